"""The wire's encodings: what goes in comes out, every bound holds, and no byte string does more than be refused."""

import random
import resource
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.entry import (
    FORMAT,
    MAX_BATCH_BODY_BYTES,
    MAX_BODY_BYTES,
    MAX_NUMBER,
    ROOT,
    After,
    ChainId,
    Entry,
    Header,
    Lane,
    Name,
    Personal,
    Position,
    Trust,
    decode_body,
    decode_header,
    encode_body,
    entry_hash,
    walk,
)
from sync.errors import BrokenChain, MalformedMessage
from sync.wire import (
    MAX_CHAINS,
    MAX_CONTENT_BYTES,
    MAX_ENTRIES,
    MAX_KINDS,
    MAX_MESSAGE_BYTES,
    Hello,
    Receipt,
    Run,
    Verdict,
    decode_hello,
    decode_receipt,
    decode_run,
    encode_envelope,
    encode_hello,
    encode_receipt,
    encode_run,
    head_message,
    open_envelope,
    sendable,
)
from tests.sync.memory import STATION, STATION_KEY, make_journal, make_log, make_receiver

KEY = STATION_KEY.id
# fmt: off
COLUMNS = [
    "format", "request", "station", "epoch", "lane", "key", "first", "previous", "kinds", "kind", "boot",
    "since_boot_ms", "wall_offset_ms", "trust", "after_sequence", "after_hash8", "bodies", "personal",
]
# fmt: on

eights = st.binary(min_size=8, max_size=8)
hashes = st.binary(min_size=32, max_size=32)
counts = st.integers(0, MAX_NUMBER)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", fullmatch=True)
kinds = st.text(min_size=1, max_size=64)
positions = st.builds(Position, eights, st.sampled_from(Lane), st.integers(-1, MAX_NUMBER), hashes)
personal_parts = st.one_of(
    st.none(),
    st.builds(Personal.of, st.binary(min_size=16, max_size=16), st.binary(max_size=50)),
    st.builds(Personal, hashes, st.none(), st.none()),
)
bodies = st.dictionaries(st.text(max_size=5), st.one_of(st.none(), st.integers(-5, 5), st.text(max_size=9)), max_size=3)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Any run that may stand in a journal."""
    station, epoch, lane = draw(names), draw(eights), draw(st.sampled_from(Lane))
    first = draw(st.one_of(st.just(0), counts))
    previous = first_previous = draw(hashes) if first else ROOT
    entries: list[Entry] = []
    for sequence in range(first, min(first + draw(st.integers(1, 6)), MAX_NUMBER + 1)):
        header = Header(
            FORMAT,
            station,
            epoch,
            lane,
            sequence,
            draw(counts),
            draw(counts),
            draw(st.integers(-MAX_NUMBER, MAX_NUMBER)),
            draw(st.sampled_from(Trust)),
            draw(kinds),
            KEY,
            After(draw(counts), draw(eights)) if lane is Lane.TELEMETRY else None,
        ).encode()
        body, part = encode_body(draw(bodies)), draw(personal_parts)
        entries.append(Entry(header, body, part, entry_hash(previous, header, body, part)))
        previous = entries[-1].hash
    return Run(station, ChainId(epoch, lane), KEY, first, first_previous, tuple(entries))


def plain_run(count: int = 3, lane: Lane = Lane.CUSTODY) -> Run:
    """A run of plain entries."""
    journal = make_journal()
    journal.fill(count, lane)
    return journal.run(ChainId(journal.epoch, lane))


def columns(run: Run, **changed: Any) -> bytes:
    """A batch whose columns are replaced by name, packed again and compressed."""
    fields = msgspec.msgpack.decode(zstandard.decompress(encode_run(run, 7)))
    for name, value in changed.items():
        fields[COLUMNS.index(name)] = value
    return zstandard.compress(msgspec.msgpack.encode(fields))


def peak_kb() -> int:
    """Most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


# What goes in comes out


@given(runs(), st.integers(0, 2**63 - 1))
def test_a_run_comes_out_as_it_went_in(run: Run, request: int) -> None:
    """Every entry, byte by byte, its hash, and the request."""
    assert decode_run(encode_run(run, request)) == (run, request)


@given(runs())
def test_what_is_sendable_is_read_at_the_other_end(run: Run) -> None:
    """The sender's check lets a whole good run through, and all it lets through can be decoded."""
    good = sendable(
        run.entries, station=run.station, chain=run.chain, key=run.key, first=run.first, previous=run.previous
    )
    assert tuple(good) == run.entries
    assert list(walk(run.entries, first=run.first, previous=run.previous)) == list(run.entries)


@given(
    st.builds(
        Hello, st.just(FORMAT), st.integers(0, 2**63 - 1), names, eights, st.lists(positions, max_size=MAX_CHAINS)
    )
)
@settings(max_examples=50)
def test_a_hello_comes_out_as_it_went_in(hello: Hello) -> None:
    """Every field of a hello."""
    assert decode_hello(encode_hello(hello)) == hello


@given(
    st.builds(
        Receipt,
        st.just(FORMAT),
        st.integers(0, 2**63 - 1),
        names,
        eights,
        st.sampled_from(Verdict),
        counts,
        st.lists(positions, max_size=2 * MAX_CHAINS),
    )
)
@settings(max_examples=50)
def test_a_receipt_comes_out_as_it_went_in(receipt: Receipt) -> None:
    """Every field of a receipt; `at` gives the first place of a chain."""
    assert decode_receipt(encode_receipt(receipt)) == receipt
    for place in receipt.positions:
        first = receipt.at(place.chain)
        assert first is not None
        assert first.chain == place.chain
    assert receipt.at(ChainId(b"nobodys!", Lane.CUSTODY)) is None or any(
        place.epoch == b"nobodys!" for place in receipt.positions
    )


@given(st.text(max_size=10), st.binary(max_size=100), st.binary(min_size=64, max_size=64))
def test_an_envelope_comes_out_as_it_went_in(kind: str, content: bytes, signature: bytes) -> None:
    """Kind, content, signature."""
    assert open_envelope(encode_envelope(kind, content, signature)) == (kind, content, signature)


def test_a_full_batch_is_small() -> None:
    """A thousand plain entries travel in less than 20 bytes each: a column of small differences is almost nothing."""
    assert len(encode_run(plain_run(MAX_ENTRIES), 7)) < 20 * MAX_ENTRIES


# Noise


READERS: list[Callable[[bytes], object]] = [
    open_envelope,
    decode_hello,
    decode_receipt,
    decode_run,
    decode_header,
    decode_body,
]


@given(st.binary(max_size=300))
def test_noise_is_malformed(data: bytes) -> None:
    """Any bytes are a message or MalformedMessage, for every reader."""
    for read in READERS:
        with suppress(MalformedMessage):
            read(data)


@pytest.mark.parametrize("lane", list(Lane))
def test_every_flipped_bit_shows(lane: Lane) -> None:
    """A flipped bit is malformed, refused, or of what is not signed: the request number, spare bits of the frame."""
    run = plain_run(3, lane)
    payload = encode_envelope("batch", encode_run(run, 7), STATION_KEY.sign(head_message(STATION, run.head)))
    for place in range(len(payload)):
        for bit in range(8):
            altered = bytearray(payload)
            altered[place] ^= 1 << bit
            log = make_log()
            try:
                receipt = decode_receipt(open_envelope(make_receiver(log).receive(STATION, bytes(altered), 0))[1])
            except MalformedMessage:
                continue
            refused = receipt.verdict in (Verdict.BAD_SIGNATURE, Verdict.UNKNOWN_STATION)
            if not refused:
                assert receipt.positions == [run.head]
                stored = [next(iter(at.values())) for at in log.chains[STATION, run.chain].values()]
                assert stored == list(run.entries)


def test_every_flipped_bit_inside_the_frame_shows() -> None:
    """The same below the compression, where a flip is not caught by the frame's own form."""
    run = plain_run(3, Lane.TELEMETRY)
    content = zstandard.decompress(encode_run(run, 7))
    for place in range(len(content)):
        for bit in range(8):
            altered = bytearray(content)
            altered[place] ^= 1 << bit
            try:
                found, request = decode_run(zstandard.compress(bytes(altered)))
            except MalformedMessage:
                continue
            assert head_message(found.station, found.head) != head_message(run.station, run.head) or (
                request != 7 and found == run
            )


@given(st.integers(0, 2**32), st.integers(1, 6))
@settings(max_examples=300)
def test_a_mangled_batch_is_malformed_or_another(seed: int, changes: int) -> None:
    """Bytes cut, doubled and put in, huge lengths among them: never another exception."""
    draws = random.Random(seed)
    content = bytearray(zstandard.decompress(encode_run(MANGLED, 7)))
    for _ in range(changes):
        place = draws.randrange(len(content))
        mark = bytes([draws.choice([0xDD, 0xDF, 0xDC, 0xC6, 0xDB, 0xCF, 0xD3, 0x91, 0xC7])])
        patch = draws.choice([b"", draws.randbytes(3), mark + draws.randbytes(8)])
        content[place : place + draws.randrange(6)] = patch
    with suppress(MalformedMessage):
        decode_run(zstandard.compress(bytes(content)))
    with suppress(MalformedMessage):
        decode_body(bytes(content[-60:]))


MANGLED = plain_run(5, Lane.TELEMETRY)


# Bombs


def test_nesting_deeper_than_the_stack_is_malformed() -> None:
    """A body of thirty thousand open arrays is refused; it does not end the program that reads it."""
    for opener in (b"\x91", b"\x81\xa1a"):
        with pytest.raises(MalformedMessage, match="body"):
            decode_body(b"\x81\xa1a" + opener * 10_000 + b"\xc0")


@pytest.mark.parametrize("reader", [decode_body, decode_header, decode_hello, decode_receipt, open_envelope])
def test_text_that_is_not_utf8_is_malformed(reader: Any) -> None:
    """A byte that is no UTF-8 in any string is refused; one flipped bit must not end a county's ingest."""
    good = {
        decode_body: b"\x81\xa2ab\x01",
        decode_header: plain_run(1).entries[0].header,
        decode_hello: encode_hello(Hello(FORMAT, 1, "ab", KEY, [])),
        decode_receipt: encode_receipt(Receipt(FORMAT, 1, "ab", KEY, Verdict.LATER, 0, [])),
        open_envelope: encode_envelope("ab", b"", bytes(64)),
    }[reader]
    reader(good)
    with pytest.raises(MalformedMessage):
        reader(good.replace(b"ab", b"\xff\xfe").replace(b"v001", b"\xff001"))


def frame(size: int, level: int = 19) -> bytes:
    """A frame of zeros."""
    return zstandard.compress(bytes(size), level)


def test_a_frame_that_inflates_too_far_is_refused() -> None:
    """A hundred megabytes of zeros are ten kilobytes on the wire, and none of them is made."""
    bomb = frame(100 << 20, 1)
    assert len(bomb) < MAX_MESSAGE_BYTES
    before = peak_kb()
    with pytest.raises(MalformedMessage):
        decode_run(bomb)
    assert peak_kb() - before < 1000


def test_a_frame_that_claims_much_and_holds_little_is_refused() -> None:
    """Any claimed size and window, before empty or broken blocks: little memory, one kind of error."""
    before = peak_kb()
    for descriptor in range(256):
        for size in (0, 1, MAX_CONTENT_BYTES, MAX_CONTENT_BYTES + 1, 1 << 31, (1 << 64) - 1):
            claim = b"\x28\xb5\x2f\xfd" + bytes([descriptor]) + b"\xf8" + size.to_bytes(8, "little")
            for blocks in (b"", b"\x01\x00\x00", b"\x00\x00\x10" + bytes(20)):
                with pytest.raises(MalformedMessage):
                    decode_run(claim + blocks)
    assert peak_kb() - before < 20_000


def test_a_frame_without_its_size_is_refused() -> None:
    """A frame that does not say how much it holds cannot be bounded before it is inflated."""
    content = zstandard.decompress(encode_run(plain_run(), 7))
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    with pytest.raises(MalformedMessage):
        decode_run(compressor.compress(content))


def test_bytes_behind_the_frame_are_refused() -> None:
    """One frame and nothing else: a second one, a skippable one, or noise is not carried along."""
    good = encode_run(plain_run(), 7)
    for tail in (b"\0", good, b"\x50\x2a\x4d\x18\x04\0\0\0abcd"):
        with pytest.raises(MalformedMessage):
            decode_run(good + tail)
        with pytest.raises(MalformedMessage):
            decode_run(tail + good)


def test_a_truncated_frame_is_refused() -> None:
    """Every cut."""
    good = encode_run(plain_run(20), 7)
    for length in range(len(good)):
        with pytest.raises(MalformedMessage):
            decode_run(good[:length])


@pytest.mark.parametrize("mark", ["dd", "df", "c6", "db", "c9"])
def test_a_length_beyond_the_data_takes_no_memory(mark: str) -> None:
    """Four thousand million of anything, claimed in five bytes."""
    before = peak_kb()
    claim = bytes.fromhex(mark) + b"\xff\xff\xff\xff\xff"
    for payload in (claim, b"\x81\xa1a" + claim, b"\x93\xa1a" + claim):
        with pytest.raises(MalformedMessage):
            decode_body(payload)
        with pytest.raises(MalformedMessage):
            open_envelope(payload)
        with pytest.raises(MalformedMessage):
            decode_run(zstandard.compress(payload))
    assert peak_kb() - before < 1000


def test_the_largest_content_takes_bounded_memory() -> None:
    """Four megabytes of the smallest elements, in every column that is a list: no more than some lists of pointers."""
    run = plain_run(1)
    before = peak_kb()
    for name in ("boot", "bodies", "personal", "kinds", "after_hash8"):
        for element in (0, b"", None, "a"):
            with pytest.raises(MalformedMessage):
                decode_run(columns(run, **{name: [element] * 1_500_000}))
    with pytest.raises(MalformedMessage):
        decode_run(columns(run, personal=[[b""] * 1_500_000]))
    assert peak_kb() - before < 120_000


def test_a_message_too_large_is_refused_unread() -> None:
    """One byte above the bound."""
    content = bytes(MAX_MESSAGE_BYTES)
    with pytest.raises(MalformedMessage, match="bytes"):
        open_envelope(encode_envelope("batch", content, bytes(64)))


# Bounds of a batch


@pytest.mark.parametrize(
    "changed",
    [
        {"format": 2},
        {"request": -1},
        {"request": 2**63},
        {"station": ""},
        {"station": "a" * 33},
        {"station": "v001\n"},
        {"station": "v/001"},
        {"station": "+"},
        {"station": "村"},
        {"epoch": b"short"},
        {"lane": 2},
        {"lane": Lane.TELEMETRY},
        {"key": bytes(9)},
        {"first": -1},
        {"first": 2**53},
        {"first": MAX_NUMBER - 1},
        {"first": 2**64 - 1},
        {"previous": b"\1" + bytes(31)},
        {"previous": bytes(31)},
        {"kinds": []},
        {"kinds": ["parcel.received", "never.used"]},
        {"kinds": ["a" * 65]},
        {"kinds": [""]},
        {"kinds": [1]},
        {"kind": b"\0\0\1"},
        {"kind": b"\0\0\xff"},
        {"kind": b"\0\0"},
        {"kind": b"\0\0\0\0"},
        {"boot": [1, 0]},
        {"boot": [1, 0, 0, 0]},
        {"boot": [-1, 0, 0]},
        {"boot": [1, 0, -2]},
        {"boot": [2**53, 0, 0]},
        {"boot": [2**63, 2**63, 2**63]},
        {"boot": [1.0, 0, 0]},
        {"since_boot_ms": [-1, 0, 0]},
        {"since_boot_ms": [2**64 - 1, -(2**63), -(2**63)]},
        {"wall_offset_ms": [2**53, 0, 0]},
        {"wall_offset_ms": [-(2**54), 0, 0]},
        {"wall_offset_ms": [0, 2**64 - 1, 0]},
        {"trust": b"\2\2\3"},
        {"trust": b""},
        {"after_sequence": [0]},
        {"after_hash8": [bytes(8)]},
        {"bodies": []},
        {"bodies": [b"\x80", b"\x80"]},
        {"bodies": [b"\x80", b"\x80", bytes(MAX_BODY_BYTES + 1)]},
        {"personal": [None]},
        {"personal": [None, None, [bytes(31)]]},
        {"personal": [None, None, []]},
        {"personal": [None, None, [bytes(15), b""]]},
        {"personal": [None, None, [bytes(16), bytes(MAX_BODY_BYTES + 1)]]},
        {"personal": [None, None, [bytes(16), b"", b""]]},
        {"personal": [None, None, "text"]},
    ],
    ids=str,
)
def test_a_column_out_of_its_bounds_is_refused(changed: dict[str, Any]) -> None:
    """Each column alone, a little and a lot beyond what README.md allows."""
    run = plain_run(3)
    decode_run(columns(run))
    with pytest.raises(MalformedMessage):
        decode_run(columns(run, **changed))


def test_more_entries_than_allowed_are_refused() -> None:
    """1,000 are read, 1,001 are not."""
    run = plain_run(MAX_ENTRIES + 1)
    allowed = run._replace(entries=run.entries[:MAX_ENTRIES])
    assert decode_run(encode_run(allowed, 7))[0] == allowed
    with pytest.raises(MalformedMessage):
        decode_run(encode_run(run, 7))


def test_a_batch_has_exactly_its_columns() -> None:
    """One column more or less is another protocol."""
    fields = msgspec.msgpack.decode(zstandard.decompress(encode_run(plain_run(), 7)))
    for wrong in (fields[:-1], [*fields, None], [*fields, [[[[]]]]], []):
        with pytest.raises(MalformedMessage):
            decode_run(zstandard.compress(msgspec.msgpack.encode(wrong)))


@pytest.mark.parametrize("sequence", [-2, 2**53, 2**64 - 1])
def test_a_position_out_of_bounds_is_refused(sequence: int) -> None:
    """What a database could not hold never reaches it."""
    hello = Hello(FORMAT, 1, STATION, KEY, [Position(bytes(8), Lane.CUSTODY, sequence, bytes(32))])
    with pytest.raises(MalformedMessage):
        decode_hello(encode_hello(hello))


def test_too_many_heads_are_refused() -> None:
    """64 may be asked about."""
    place = Position(bytes(8), Lane.CUSTODY, 1, bytes(32))
    with pytest.raises(MalformedMessage):
        decode_hello(encode_hello(Hello(FORMAT, 1, STATION, KEY, [place] * (MAX_CHAINS + 1))))


@pytest.mark.parametrize("name", ["v001\n", "", "-a", "a b", "a" * 33])
def test_a_name_that_cannot_stand_in_a_topic_is_refused(name: str) -> None:
    """Also one that ends in a line feed, which $ in a pattern lets through."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(name, Name)


# What a sender holds back


def sent(run: Run, entries: tuple[Entry, ...] | None = None) -> int:
    """How many entries of a run are sendable."""
    return len(
        sendable(
            run.entries if entries is None else entries,
            station=run.station,
            chain=run.chain,
            key=run.key,
            first=run.first,
            previous=run.previous,
        )
    )


def rehashed(run: Run, place: int, **parts: Any) -> tuple[Entry, ...]:
    """The run with one entry's parts replaced, and its chain hashed anew."""
    entries: list[Entry] = []
    previous = run.previous
    for index, entry in enumerate(run.entries):
        changed = entry._replace(**parts) if index == place else entry
        previous = entry_hash(previous, changed.header, changed.body, changed.personal)
        entries.append(changed._replace(hash=previous))
    return tuple(entries)


def test_a_batch_ends_before_an_entry_no_county_would_read() -> None:
    """A chain that holds and yet cannot be carried: what comes before it goes, so that no batch is refused whole."""
    run = plain_run(5)
    header = run.entries[3].read_header()
    unpacked = run.entries[3].header.replace(b"\x01\xa4v001", b"\xcc\x01\xa4v001")
    assert decode_header(unpacked) == header
    for parts in (
        {"header": msgspec.structs.replace(header, station="v002").encode()},
        {"header": msgspec.structs.replace(header, key=b"otherkey").encode()},
        {"header": msgspec.structs.replace(header, epoch=b"otherepo").encode()},
        {"header": msgspec.structs.replace(header, after=After(0, bytes(8))).encode()},
        {"header": msgspec.structs.replace(header, boot=-1).encode()},
        {"header": msgspec.structs.replace(header, recorded_ms=2**60).encode()},
        {"header": msgspec.structs.replace(header, kind="a" * 65).encode()},
        {"header": unpacked},
        {"header": b"\xc0"},
        {"body": bytes(MAX_BODY_BYTES + 1)},
        {"personal": Personal.of(bytes(15), b"")},
        {"personal": Personal.of(bytes(16), bytes(MAX_BODY_BYTES + 1))},
    ):
        entries = rehashed(run, 3, **parts)
        assert sent(run, entries) == 3, parts


def test_a_batch_ends_before_a_broken_entry() -> None:
    """Altered body, hash, personal part or order."""
    run = plain_run(5)
    part = Personal.of(bytes(16), b"name")._replace(sealed=b"other name")
    for entries in (
        (*run.entries[:3], run.entries[3]._replace(body=b"\x80"), run.entries[4]),
        (*run.entries[:3], run.entries[3]._replace(hash=bytes(32)), run.entries[4]),
        (*run.entries[:3], run.entries[4]),
        rehashed(run, 3, personal=part),
    ):
        assert sent(run, entries) == 3
        with pytest.raises(BrokenChain) as broken:
            list(walk(entries, first=0, previous=ROOT))
        assert broken.value.sequence == 3


def test_a_batch_ends_where_it_is_full() -> None:
    """By count, by bytes, by kinds; a single entry always goes."""
    assert sent(plain_run(MAX_ENTRIES + 5)) == MAX_ENTRIES
    journal = make_journal()
    for number in range(MAX_KINDS + 5):
        journal.write(kind=f"kind.{number}")
    run = journal.run(ChainId(journal.epoch, Lane.CUSTODY))
    assert sent(run) == MAX_KINDS
    decode_run(encode_run(run._replace(entries=run.entries[:MAX_KINDS]), 7))
    journal = make_journal()
    for _ in range(40):
        journal.write(body={"b": bytes(30_000)}, personal=Personal.of(bytes(16), bytes(30_000)))
    run = journal.run(ChainId(journal.epoch, Lane.CUSTODY))
    assert sent(run) == MAX_BATCH_BODY_BYTES // 60_006


@pytest.mark.parametrize("format_", [0, 2, 255])
def test_a_header_of_another_format_is_refused(format_: int) -> None:
    """An old program does not guess at a new header."""
    header = plain_run(1).entries[0].read_header()
    with pytest.raises(MalformedMessage, match="format"):
        decode_header(msgspec.structs.replace(header, format=format_).encode())
