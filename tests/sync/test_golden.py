"""The golden vectors, held still: what our code reads and writes, and what a second reading of README.md makes of them.

The second reading uses hashlib and a MessagePack packer of thirty lines; it imports nothing of `sync.entry` or
`sync.wire` to reach the hashes.
"""

import hashlib
import json
import re
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest
import zstandard

from sync.dropped import Dropped, dropped_by
from sync.entry import FORMAT, After, ChainId, Lane, Position, decode_body, entry_hash, walk
from sync.keys import verifier
from sync.lists import (
    Held,
    HeldLists,
    SignedList,
    decode_held,
    decode_list,
    encode_held,
    encode_list,
    held_message,
    list_message,
)
from sync.wire import (
    Hello,
    Receipt,
    Verdict,
    decode_hello,
    decode_receipt,
    decode_run,
    encode_envelope,
    encode_hello,
    encode_receipt,
    encode_run,
    head_message,
    hello_message,
    open_envelope,
    receipt_message,
)
from tests.sync import make_golden

GOLDEN: dict[str, Any] = json.loads(make_golden.CASES.read_text(encoding="utf-8"))
README = Path(__file__).parents[2] / "sync" / "README.md"
each_batch = pytest.mark.parametrize("case", GOLDEN["batches"], ids=lambda case: case["name"])
each_hello = pytest.mark.parametrize("case", GOLDEN["hellos"], ids=lambda case: str(case["request"]))
each_list = pytest.mark.parametrize("case", GOLDEN["lists"], ids=lambda case: case["name"])
each_held = pytest.mark.parametrize("case", GOLDEN["held"], ids=lambda case: str(case["asks"]))
each_receipt = pytest.mark.parametrize("case", GOLDEN["receipts"], ids=lambda case: case["verdict"])


def pack(value: Any) -> bytes:
    """MessagePack, every number and length in its shortest form."""
    match value:
        case None:
            return b"\xc0"
        case int():
            return pack_int(value)
        case str():
            data = value.encode()
            return pack_length(len(data), (0xA0, 32), (0xD9, 0xDA, 0xDB)) + data
        case bytes():
            return pack_length(len(value), (0, 0), (0xC4, 0xC5, 0xC6)) + value
        case list():
            return pack_length(len(value), (0x90, 16), (None, 0xDC, 0xDD)) + b"".join(map(pack, value))
    raise TypeError(value)


def pack_length(length: int, fix: tuple[int, int], marks: tuple[int | None, int, int]) -> bytes:
    """A length before what it counts: within the mark if small enough, else in 1, 2 or 4 bytes."""
    if length < fix[1]:
        return bytes([fix[0] | length])
    for mark, size in zip(marks, (1, 2, 4), strict=True):
        if mark is not None and length < 1 << 8 * size:
            return bytes([mark]) + length.to_bytes(size, "big")
    raise ValueError(length)


def pack_int(value: int) -> bytes:
    """An integer: one byte from -32 to 127, unsigned forms above, signed forms below."""
    if -32 <= value < 128:
        return value.to_bytes(1, "big", signed=value < 0)
    for mark, size in zip((0xCC, 0xCD, 0xCE, 0xCF), (1, 2, 4, 8), strict=True):
        if 0 <= value < 1 << 8 * size:
            return bytes([mark]) + value.to_bytes(size, "big")
        if -(1 << 8 * size - 1) <= value < 0:
            return bytes([mark + 4]) + value.to_bytes(size, "big", signed=True)
    raise ValueError(value)


def sha256(*parts: bytes) -> bytes:
    """The digest of the parts joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def unhex(value: str) -> bytes:
    """Bytes of a case."""
    return bytes.fromhex(value)


def personal_digest(part: dict[str, str] | None) -> bytes:
    """What the personal part adds to the content's hash."""
    if part is None:
        return b""
    if "sealed" not in part:
        return unhex(part["digest"])
    return sha256(b"yyt.personal.1\0", unhex(part["salt"]), unhex(part["sealed"]))


def header_of(batch: dict[str, Any], entry: dict[str, Any]) -> bytes:
    """The header's bytes from the fields of a case."""
    after = entry["after"] and [entry["after"][0], unhex(entry["after"][1])]
    fields = [1, batch["station"], unhex(batch["epoch"]), batch["lane"], entry["sequence"], entry["boot"]]
    fields += [entry["since_boot_ms"], entry["recorded_ms"], entry["trust"], entry["kind"], unhex(batch["key"]), after]
    return pack(fields)


def columns_of(batch: dict[str, Any]) -> bytes:
    """The content of a batch before compression, from the fields of a case."""
    entries = batch["entries"]
    kinds = list(dict.fromkeys(entry["kind"] for entry in entries))
    after = [entry["after"] for entry in entries if entry["after"]]
    parts = [packed_part(entry.get("personal")) for entry in entries]
    return pack(
        [
            1,
            batch["request"],
            batch["station"],
            unhex(batch["epoch"]),
            batch["lane"],
            unhex(batch["key"]),
            batch["first"],
            unhex(batch["previous"]),
            kinds,
            bytes(kinds.index(entry["kind"]) for entry in entries),
            differences([entry["boot"] for entry in entries]),
            differences([entry["since_boot_ms"] for entry in entries]),
            differences([entry["recorded_ms"] - entry["since_boot_ms"] for entry in entries]),
            bytes(entry["trust"] for entry in entries),
            differences([sequence for sequence, _ in after]),
            [unhex(hash8) for _, hash8 in after],
            [unhex(entry["body"]) for entry in entries],
            parts if any(parts) else [],
        ]
    )


def packed_part(part: dict[str, str] | None) -> list[bytes] | None:
    """A personal part as it travels."""
    if part is None:
        return None
    return [unhex(part[name]) for name in (("salt", "sealed") if "sealed" in part else ("digest",))]


def differences(values: list[int]) -> list[int]:
    """The first value, then differences."""
    return values[:1] + [later - earlier for earlier, later in pairwise(values)]


def places_of(cases: list[list[Any]]) -> list[Position]:
    """Positions of a case."""
    return [Position(unhex(epoch), Lane(lane), sequence, unhex(digest)) for epoch, lane, sequence, digest in cases]


def test_the_file_is_what_its_script_writes() -> None:
    """Nobody edited the vectors by hand, and the script did not drift; compressed frames may differ."""

    def without_frames(golden: dict[str, Any]) -> dict[str, Any]:
        batches = [{name: value for name, value in case.items() if name != "message"} for case in golden["batches"]]
        return golden | {"batches": batches}

    assert without_frames(json.loads(json.dumps(make_golden.make()))) == without_frames(GOLDEN)


@each_batch
def test_hashes_by_a_second_reading(case: dict[str, Any]) -> None:
    """Headers packed by hand, and plain SHA-256, give the same headers and hashes."""
    previous = unhex(case["previous"])
    for entry in case["entries"]:
        header = header_of(case, entry)
        assert header.hex() == entry["header"]
        body = unhex(entry["body"])
        content = sha256(b"yyt.content.1\0", len(body).to_bytes(4, "big"), body, personal_digest(entry.get("personal")))
        previous = sha256(b"yyt.entry.1\0", previous, len(header).to_bytes(4, "big"), header, content)
        assert previous.hex() == entry["hash"]


@each_batch
def test_columns_by_a_second_reading(case: dict[str, Any]) -> None:
    """The content of a batch before compression, packed by hand, is the same bytes."""
    assert columns_of(case).hex() == case["content"]


@each_batch
def test_signatures_by_a_second_reading(case: dict[str, Any]) -> None:
    """What a batch signs is the packed head, and the station's public key verifies it."""
    last = case["entries"][-1]
    head = [case["station"], unhex(case["epoch"]), case["lane"], last["sequence"], unhex(last["hash"])]
    signed = b"yyt.head.1\0" + pack(head)
    assert signed.hex() == case["signed"]
    assert verifier(unhex(GOLDEN["station_public"]))(unhex(case["signature"]), signed)


@each_batch
def test_a_batch_decodes_to_its_fields(case: dict[str, Any]) -> None:
    """The recorded message gives the run, its request and its entries, field by field."""
    kind, content, signature = open_envelope(unhex(case["message"]))
    run, request = decode_run(content)
    assert (kind, signature.hex(), request) == ("batch", case["signature"], case["request"])
    assert (run.station, run.chain) == (case["station"], ChainId(unhex(case["epoch"]), Lane(case["lane"])))
    assert (run.key.hex(), run.first, run.previous.hex()) == (case["key"], case["first"], case["previous"])
    assert [make_golden.entry_case(entry) for entry in run.entries] == case["entries"]
    for entry, expected in zip(run.entries, case["entries"], strict=True):
        header = entry.read_header()
        after = expected["after"] and After(expected["after"][0], unhex(expected["after"][1]))
        assert (header.boot, header.kind, header.after) == (expected["boot"], expected["kind"], after)
        assert decode_body(entry.body) == decode_body(unhex(expected["body"]))
    assert list(walk(run.entries, first=run.first, previous=run.previous)) == list(run.entries)


@each_batch
def test_a_batch_encodes_to_the_same_content(case: dict[str, Any]) -> None:
    """Encoding what was decoded gives the same content and the same signed message."""
    run, request = decode_run(open_envelope(unhex(case["message"]))[1])
    assert zstandard.decompress(encode_run(run, request)).hex() == case["content"]
    assert head_message(run.station, run.head).hex() == case["signed"]
    station = make_golden.signing_key(unhex(GOLDEN["station_seed"]))
    assert station.sign(head_message(run.station, run.head)).hex() == case["signature"]


@each_hello
def test_a_hello_holds_still(case: dict[str, Any]) -> None:
    """Fields to bytes, bytes to fields, by our code and by hand; the signature verifies."""
    hello = Hello(FORMAT, case["request"], case["station"], unhex(case["key"]), places_of(case["heads"]))
    content = unhex(case["content"])
    assert decode_hello(content) == hello
    assert encode_hello(hello) == content
    heads = [list(head) for head in hello.heads]
    assert pack([1, hello.request, hello.station, hello.key, heads]) == content
    assert hello_message(content) == b"yyt.hello.1\0" + content == unhex(case["signed"])
    signature = make_golden.signing_key(unhex(GOLDEN["station_seed"])).sign(hello_message(content))
    assert encode_envelope("hello", content, signature) == unhex(case["message"])
    assert pack(["hello", content, signature]) == unhex(case["message"])


@each_receipt
def test_a_receipt_holds_still(case: dict[str, Any]) -> None:
    """Fields to bytes, bytes to fields, by our code and by hand; the signature verifies."""
    places = places_of(case["positions"])
    receipt = Receipt(
        FORMAT,
        case["request"],
        case["station"],
        unhex(case["incarnation"]),
        Verdict(case["verdict"]),
        case["issued_ms"],
        places,
    )
    content = unhex(case["content"])
    assert decode_receipt(content) == receipt
    assert encode_receipt(receipt) == content
    fields = [1, receipt.request, receipt.station, receipt.incarnation, case["verdict"], receipt.issued_ms]
    assert pack([*fields, [list(place) for place in places]]) == content
    assert receipt_message(content) == b"yyt.receipt.1\0" + content == unhex(case["signed"])
    assert verifier(unhex(GOLDEN["county_public"]))(unhex(case["signature"]), receipt_message(content))
    assert pack(["receipt", content, unhex(case["signature"])]) == unhex(case["message"])


@each_list
def test_a_list_holds_still(case: dict[str, Any]) -> None:
    """What is signed by hand is what is recorded; the frame inflates to the content; our code reads all of it."""
    content = unhex(case["list_content"])
    signed = b"yyt.list.1\0" + pack([case["scope"], case["name"], case["version"], sha256(content)])
    assert signed.hex() == case["signed"]
    assert list_message(case["scope"], case["name"], case["version"], content) == signed
    assert verifier(unhex(GOLDEN["county_public"]))(unhex(case["signature"]), signed)
    found = decode_list(unhex(case["content"]), unhex(case["signature"]))
    assert found == SignedList(case["scope"], case["name"], case["version"], content, unhex(case["signature"]))
    head = pack([1, case["scope"], case["name"], case["version"], b""])
    assert unhex(case["content"]).startswith(head[:-2])
    assert pack(["list", unhex(case["content"]), unhex(case["signature"])]) == unhex(case["message"])
    assert open_envelope(encode_list(found))[::2] == ("list", unhex(case["signature"]))


@each_held
def test_what_a_station_says_of_its_lists_holds_still(case: dict[str, Any]) -> None:
    """Fields to bytes, bytes to fields, by our code and by hand; the signature verifies."""
    content = unhex(case["content"])
    said = HeldLists(FORMAT, case["station"], unhex(case["key"]), case["asks"], [Held(*each) for each in case["held"]])
    assert decode_held(content) == said
    assert encode_held(said) == content
    assert pack([1, case["station"], unhex(case["key"]), case["asks"], case["held"]]) == content
    assert held_message(content) == b"yyt.lists.1\0" + content == unhex(case["signed"])
    assert verifier(unhex(GOLDEN["station_public"]))(unhex(case["signature"]), held_message(content))
    assert pack(["lists", content, unhex(case["signature"])]) == unhex(case["message"])


def test_what_was_let_go_of_is_named_as_recorded() -> None:
    """A body packed by hand is the recorded one, in its order; it gives the range it says; wrong ones give none."""
    batch = next(case for case in GOLDEN["batches"] if case["name"] == "what was let go of, named")
    entries = decode_run(open_envelope(unhex(batch["message"]))[1])[0].entries
    for case, entry in zip(GOLDEN["dropped"]["ranges"], entries, strict=True):
        epoch, first_hash, end = (unhex(case[name]) for name in ("epoch", "first_hash", "hash"))
        fields: dict[str, Any] = {"epoch": epoch, "lane": case["lane"], "first": case["first"], "last": case["last"]}
        fields |= {"first_hash": first_hash, "hash": end}
        packed = bytes([0x80 | len(fields)]) + b"".join(pack(name) + pack(value) for name, value in fields.items())
        assert packed.hex() == case["body"] == entry.body.hex()
        assert dropped_by(entry) == Dropped(epoch, 1, case["first"], case["last"], end)
        for wrong in GOLDEN["dropped"]["refused"]:
            assert dropped_by(entry._replace(body=unhex(wrong["body"]))) is None, wrong["why"]


def test_the_chain_goes_on_behind_what_was_let_go_of() -> None:
    """Range joins range, and the first batch behind the last of them follows the hash it names."""
    before, _, behind = GOLDEN["batches"][-3:]
    ranges = GOLDEN["dropped"]["ranges"]
    places = [before["entries"][-1]["sequence"] + 1]
    for case in ranges:
        assert case["first"] == places[-1]
        places.append(case["last"] + 1)
    assert (behind["first"], behind["previous"]) == (places[-1], ranges[-1]["hash"])
    assert ranges[0]["first_hash"] == ranges[0]["hash"], "a range of one entry has one hash"


def test_every_verdict_is_recorded() -> None:
    """A new verdict needs a vector."""
    assert {case["verdict"] for case in GOLDEN["receipts"]} == {verdict.value for verdict in Verdict}


def test_an_altered_vector_does_not_verify() -> None:
    """One bit of any hashed part changes the hash: header, body, previous hash, personal digest."""
    entry = decode_run(open_envelope(unhex(GOLDEN["batches"][1]["message"]))[1])[0].entries[0]
    assert entry.personal is not None
    other = entry.personal._replace(digest=bytes(32))
    good = (bytes(32), entry.header, entry.body, entry.personal)
    assert entry_hash(*good) == entry.hash
    altered = [(b"\1" + bytes(31), *good[1:]), (*good[:3], other), (*good[:3], None)]
    altered += [(good[0], good[1] + b"\0", *good[2:]), (*good[:2], good[2] + b"\0", good[3])]
    assert all(entry_hash(*parts) != entry.hash for parts in altered)


def test_the_readme_shows_the_first_vector() -> None:
    """The worked example is the recorded bytes; spaces and line ends are for the eye."""
    shown = re.sub(r"\s", "", README.read_text(encoding="utf-8"))
    batch, receipt = GOLDEN["batches"][0], GOLDEN["receipts"][0]
    wanted = [GOLDEN[name] for name in ("station_seed", "county_seed", "station_public", "county_public")]
    wanted += [batch[name] for name in ("content", "signed", "signature", "message")]
    wanted += [receipt[name] for name in ("content", "signature", "message")]
    wanted += [case[name] for case in (GOLDEN["lists"][0], GOLDEN["held"][1]) for name in ("signed", "message")]
    wanted += [entry[name] for entry in batch["entries"] for name in ("header", "body", "hash")]
    missing = [value for value in wanted if value not in shown]
    assert not missing


def test_wall_times_are_rebuilt_from_offsets() -> None:
    """The column of wall times holds differences of (recorded - since boot): nearly always zero."""
    case = next(case for case in GOLDEN["batches"] if case["name"] == "edges")
    offsets = [entry["recorded_ms"] - entry["since_boot_ms"] for entry in case["entries"]]
    assert list(accumulate(differences(offsets))) == offsets
