"""Writes tests/cases/wire.json: `python -m tests.sync.make_golden`. Run once; a change of the file is a new protocol.

Ed25519 signatures are deterministic, so that every byte but the compressed frame's is held still.
"""

import json
from pathlib import Path
from typing import Any

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync import dropped
from sync.contents import RevokedBadges, pack_content
from sync.entry import (
    FORMAT,
    ROOT,
    After,
    ChainId,
    Entry,
    Header,
    Lane,
    Personal,
    Position,
    Trust,
    encode_body,
    entry_hash,
)
from sync.keys import SigningKey
from sync.lists import (
    EVERYBODY,
    Held,
    HeldLists,
    SignedList,
    encode_held,
    encode_list,
    held_message,
    list_message,
)
from sync.wire import (
    Hello,
    Receipt,
    Run,
    Verdict,
    encode_envelope,
    encode_hello,
    encode_receipt,
    encode_run,
    head_message,
    hello_message,
    open_envelope,
    receipt_message,
)

CASES = Path(__file__).parents[1] / "cases" / "wire.json"
STATION = "v001"
EPOCH = bytes.fromhex("0011223344556677")
INCARNATION = bytes.fromhex("c0c1c2c3c4c5c6c7")
STATION_SEED, COUNTY_SEED = bytes(range(32)), bytes(range(32, 64))
NOW_MS = 1_800_000_000_000


def signing_key(seed: bytes) -> SigningKey:
    """The key of a 32-byte seed."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))


def write_chain(lane: Lane, records: list[dict[str, Any]]) -> list[Entry]:
    """Entries from what differs between them."""
    entries: list[Entry] = []
    previous = ROOT
    for sequence, record in enumerate(records):
        header = Header(
            FORMAT,
            STATION,
            EPOCH,
            lane,
            sequence,
            record.get("boot", 1),
            record["since_boot_ms"],
            record["recorded_ms"],
            record.get("trust", Trust.SYNCHRONISED),
            record["kind"],
            signing_key(STATION_SEED).id,
            record.get("after"),
        ).encode()
        body = encode_body(record["body"])
        entries.append(
            Entry(header, body, record.get("personal"), entry_hash(previous, header, body, record.get("personal")))
        )
        previous = entries[-1].hash
    return entries


def chains() -> dict[str, list[Entry]]:
    """The chains of the vectors: the README's two entries, every kind of personal part, the edges of every number."""
    part = Personal.of(bytes(range(16)), b"sealed name and phone")
    received = {
        "since_boot_ms": 61_500,
        "recorded_ms": NOW_MS,
        "kind": "parcel.received",
        "body": {"waybill": "YT0000000000001", "code": "3-2-1008"},
    }
    collected = {
        "since_boot_ms": 95_250,
        "recorded_ms": NOW_MS + 33_750,
        "kind": "parcel.collected",
        "body": {"waybill": "YT0000000000001"},
    }
    edges = [
        {"boot": 0, "since_boot_ms": 0, "recorded_ms": 0, "trust": Trust.UNKNOWN, "kind": "a", "body": {}},
        {
            "boot": 127,
            "since_boot_ms": 128,
            "recorded_ms": -1,
            "trust": Trust.KEPT,
            "kind": "b" * 31,
            "body": {"n": None},
        },
        {"boot": 255, "since_boot_ms": 256, "recorded_ms": -33, "kind": "秤" * 64, "body": {"b": b"\x00" * 300}},
        {"boot": 65_535, "since_boot_ms": 65_536, "recorded_ms": -(2**53) + 1, "kind": "a", "body": {"t": "x" * 300}},
        {"boot": 2**32, "since_boot_ms": 2**53 - 1, "recorded_ms": 2**53 - 1, "kind": "a", "body": {"f": 1.5}},
        {"boot": 2**53 - 1, "since_boot_ms": 0, "recorded_ms": -32_769, "kind": "a", "body": {"l": [1, -1, True]}},
    ]
    cold = [
        {
            "since_boot_ms": 600_000 * (number + 1),
            "recorded_ms": NOW_MS + 600_000 * number,
            "kind": "box.temperatures",
            "body": {"mc": [4000, 4100, None]},
            "after": After(number * 2, bytes([number]) * 8),
        }
        for number in range(3)
    ]
    return {
        "readme": write_chain(Lane.CUSTODY, [received, collected]),
        "personal": write_chain(
            Lane.CUSTODY,
            [received | {"personal": part}, collected, received | {"personal": Personal(part.digest, None, None)}],
        ),
        "edges": write_chain(Lane.CUSTODY, edges),
        "telemetry": write_chain(Lane.TELEMETRY, cold),
    }


def dropped_bodies(telemetry: list[Entry]) -> list[dict[str, Any]]:
    """Bodies of `telemetry.dropped` for two ranges side by side, of one entry and of three."""
    return [
        {
            "epoch": EPOCH,
            "lane": int(Lane.TELEMETRY),
            "first": first,
            "last": last,
            "first_hash": telemetry[first].hash,
            "hash": telemetry[last].hash,
        }
        for first, last in ((1, 1), (2, 4))
    ]


def dropped_chains() -> tuple[list[Entry], list[Entry]]:
    """Seven blocks of temperatures, and the custody entries that name what a full card let go of among them."""
    cold = [
        {
            "since_boot_ms": 600_000 * (number + 1),
            "recorded_ms": NOW_MS + 600_000 * number,
            "kind": "box.temperatures",
            "body": {"mc": [4000 + number]},
            "after": After(0, bytes(8)),
        }
        for number in range(7)
    ]
    telemetry = write_chain(Lane.TELEMETRY, cold)
    named = [
        {"since_boot_ms": 5_000_000, "recorded_ms": NOW_MS + 5_000_000, "kind": dropped.KIND, "body": body}
        for body in dropped_bodies(telemetry)
    ]
    return telemetry, write_chain(Lane.CUSTODY, named)


def dropped_cases(telemetry: list[Entry], custody: list[Entry]) -> dict[str, Any]:
    """What the named ranges say, and bodies that name nothing: the chain then has a hole as before."""
    good = dropped_bodies(telemetry)[1]
    wrong: dict[str, dict[str, Any]] = {
        "custody is never let go of": good | {"lane": 0},
        "ends before it begins": good | {"first": 5},
        "a place below 0": good | {"first": -1},
        "a hash of 31 bytes": good | {"hash": bytes(31)},
        "no hash": {name: value for name, value in good.items() if name != "hash"},
        "a place that is text": good | {"last": "4"},
    }
    ranges = [
        {name: value.hex() if isinstance(value, bytes) else value for name, value in body.items()}
        | {"body": entry.body.hex()}
        for body, entry in zip(dropped_bodies(telemetry), custody, strict=True)
    ]
    refused = [{"why": why, "body": encode_body(body).hex()} for why, body in wrong.items()]
    return {"ranges": ranges, "refused": refused}


def entry_case(entry: Entry) -> dict[str, Any]:
    """One entry, bytes as hex."""
    header = entry.read_header()
    case: dict[str, Any] = {
        "sequence": header.sequence,
        "boot": header.boot,
        "since_boot_ms": header.since_boot_ms,
        "recorded_ms": header.recorded_ms,
        "trust": int(header.trust),
        "kind": header.kind,
        "after": None if header.after is None else [header.after.sequence, header.after.hash8.hex()],
        "body": entry.body.hex(),
        "header": entry.header.hex(),
        "hash": entry.hash.hex(),
    }
    if entry.personal is not None:
        parts = zip(("digest", "salt", "sealed"), entry.personal, strict=True)
        case["personal"] = {name: part.hex() for name, part in parts if part is not None}
    return case


def batch_case(name: str, entries: list[Entry], first: int, request: int) -> dict[str, Any]:
    """A batch of all entries from `first` on."""
    key = signing_key(STATION_SEED)
    header = entries[0].read_header()
    run = Run(STATION, header.chain, key.id, first, entries[first - 1].hash if first else ROOT, tuple(entries[first:]))
    frame = encode_run(run, request)
    signed = head_message(STATION, run.head)
    return {
        "name": name,
        "request": request,
        "station": STATION,
        "epoch": EPOCH.hex(),
        "lane": int(header.lane),
        "key": key.id.hex(),
        "first": first,
        "previous": run.previous.hex(),
        "entries": [entry_case(entry) for entry in entries[first:]],
        "content": zstandard.decompress(frame).hex(),
        "signed": signed.hex(),
        "signature": key.sign(signed).hex(),
        "message": encode_envelope("batch", frame, key.sign(signed)).hex(),
    }


def place_case(place: Position) -> list[Any]:
    """A position as it stands on the wire."""
    return [place.epoch.hex(), int(place.lane), place.sequence, place.hash.hex()]


def signed_case(kind: str, fields: dict[str, Any], content: bytes, signed: bytes, key: SigningKey) -> dict[str, Any]:
    """A hello, a receipt, or a station's word on its lists."""
    signature = key.sign(signed)
    return fields | {
        "content": content.hex(),
        "signed": signed.hex(),
        "signature": signature.hex(),
        "message": encode_envelope(kind, content, signature).hex(),
    }


def hello_case(request: int, heads: list[Position]) -> dict[str, Any]:
    """A hello that names `heads`."""
    key = signing_key(STATION_SEED)
    content = encode_hello(Hello(FORMAT, request, STATION, key.id, heads))
    fields = {
        "request": request,
        "station": STATION,
        "key": key.id.hex(),
        "heads": [place_case(head) for head in heads],
    }
    return signed_case("hello", fields, content, hello_message(content), key)


def receipt_case(request: int, verdict: Verdict, places: list[Position]) -> dict[str, Any]:
    """A receipt."""
    receipt = Receipt(FORMAT, request, STATION, INCARNATION, verdict, NOW_MS + 60_000, places)
    fields = {
        "request": request,
        "station": STATION,
        "incarnation": INCARNATION.hex(),
        "verdict": verdict.value,
        "issued_ms": receipt.issued_ms,
        "positions": [place_case(place) for place in places],
    }
    content = encode_receipt(receipt)
    return signed_case("receipt", fields, content, receipt_message(content), signing_key(COUNTY_SEED))


def list_case(scope: str, name: str, version: int, content: bytes) -> dict[str, Any]:
    """A list the county put up; "frame" and "message" are of one zstd, another may compress to other bytes."""
    key = signing_key(COUNTY_SEED)
    signed = list_message(scope, name, version, content)
    message = encode_list(SignedList(scope, name, version, content, key.sign(signed)))
    return {
        "scope": scope,
        "name": name,
        "version": version,
        "list_content": content.hex(),
        "content": open_envelope(message)[1].hex(),
        "signed": signed.hex(),
        "signature": key.sign(signed).hex(),
        "message": message.hex(),
    }


def held_case(asks: int, held: list[Held]) -> dict[str, Any]:
    """A station's word on its lists."""
    key = signing_key(STATION_SEED)
    content = encode_held(HeldLists(FORMAT, STATION, key.id, asks, held))
    fields = {"station": STATION, "key": key.id.hex(), "asks": asks, "held": [list(each) for each in held]}
    return signed_case("lists", fields, content, held_message(content), key)


def make() -> dict[str, Any]:
    """Everything in the file."""
    written = chains()
    readme = written["readme"]
    head = Position(EPOCH, Lane.CUSTODY, 1, readme[1].hash)
    unknown = Position(*ChainId(EPOCH, Lane.TELEMETRY), -1, ROOT)
    batches = [batch_case(name, entries, 0, 40 + number) for number, (name, entries) in enumerate(written.items())]
    batches.append(batch_case("second telemetry", written["telemetry"], 1, 2**63 - 1))
    cold, naming = dropped_chains()
    batches.append(batch_case("telemetry before what was let go of", cold[:1], 0, 50))
    batches.append(batch_case("what was let go of, named", naming, 0, 51))
    batches.append(batch_case("telemetry behind what was let go of", cold, 5, 52))
    receipts = [
        receipt_case(40, Verdict.ACCEPTED, [head]),
        receipt_case(39, Verdict.POSITION, [unknown, head]),
        receipt_case(0, Verdict.GAP, [unknown]),
        receipt_case(2**63 - 1, Verdict.FORK, [head]),
        *(receipt_case(1, verdict, []) for verdict in (Verdict.BAD_SIGNATURE, Verdict.UNKNOWN_STATION, Verdict.LATER)),
    ]
    return {
        "station_seed": STATION_SEED.hex(),
        "county_seed": COUNTY_SEED.hex(),
        "station_public": signing_key(STATION_SEED).public.hex(),
        "county_public": signing_key(COUNTY_SEED).public.hex(),
        "batches": batches,
        "dropped": dropped_cases(cold, naming),
        "hellos": [hello_case(39, [unknown, head]), hello_case(0, [])],
        "receipts": receipts,
        "lists": [
            list_case(EVERYBODY, RevokedBadges.LIST, NOW_MS, pack_content(RevokedBadges([3, 17, 2**32 - 1]))),
            list_case(STATION, "manifest", NOW_MS + 1, b""),
            list_case(EVERYBODY, "later.list", 2**53 - 1, bytes(range(256)) * 4),
        ],
        "held": [held_case(1, []), held_case(0, [Held(EVERYBODY, RevokedBadges.LIST, NOW_MS), Held(STATION, "a", 0)])],
    }


if __name__ == "__main__":
    CASES.write_text(json.dumps(make(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
