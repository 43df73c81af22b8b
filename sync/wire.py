"""The messages between a station and the county, as bytes. README.md draws them; golden vectors hold them still.

    up      ["batch", zstd(content), signature]      a run of one chain, signed over its new head
            ["hello", content, signature]            my heads; where do you stand?
    down    ["receipt", content, signature]          what the county has committed, and what it made of the request

Lists and what a station says of them travel in the same envelope: `lists.py`.

Pure: bytes in, values out. Everything is bounded before it is unpacked. Called by sender, receiver and the carry files.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Annotated, Any, NamedTuple

import msgspec
import zstandard

from sync.entry import (
    FORMAT,
    MAX_BATCH_BODY_BYTES,
    MAX_BODY_BYTES,
    MAX_NUMBER,
    ROOT,
    SALT_BYTES,
    After,
    ChainId,
    Count,
    Eight,
    Entry,
    Hash,
    Header,
    Kind,
    Lane,
    Name,
    Personal,
    Position,
    Trust,
    check_one,
    entry_hash,
    read_packed,
)
from sync.errors import BrokenChain, MalformedMessage

MAX_ENTRIES = 1000
MAX_MESSAGE_BYTES = 1 << 20
"""Largest message accepted from the wire."""
MAX_CONTENT_BYTES = 4 << 20
"""Largest batch content after decompression."""
MAX_CHAINS = 64
"""Chains a hello may ask about; its answer may give two places of each."""
MAX_KINDS = 256
ZSTD_LEVEL = 3

_HINT = "消息损坏或版本不符 / the message is damaged or of another version; nothing was changed"

Request = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Body = Annotated[bytes, msgspec.Meta(max_length=MAX_BODY_BYTES)]
Column = Annotated[list[int], msgspec.Meta(max_length=MAX_ENTRIES)]
Flags = Annotated[bytes, msgspec.Meta(max_length=MAX_ENTRIES)]
_PersonalPart = Annotated[tuple[Body, ...], msgspec.Meta(max_length=2)]


Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]
"""verify(signature, message) -> whether the signature is good."""


class Verdict(StrEnum):
    """What the county made of a request."""

    POSITION = "position"
    ACCEPTED = "accepted"
    GAP = "gap"
    FORK = "fork"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_STATION = "unknown_station"
    LATER = "later"


class Run(NamedTuple):
    """Consecutive entries of one chain, the first following `previous`."""

    station: str
    chain: ChainId
    key: bytes
    first: int
    previous: bytes
    entries: tuple[Entry, ...]

    @property
    def head(self) -> Position:
        """The place of the last entry."""
        last = self.first + len(self.entries) - 1
        return Position(self.chain.epoch, self.chain.lane, last, self.entries[-1].hash)


class Hello(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A station that (re)connects: its heads, and the question where the county stands."""

    format: int
    request: Request
    station: Name
    key: Eight
    heads: Annotated[list[Position], msgspec.Meta(max_length=MAX_CHAINS)]


class Receipt(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The county's signed word: these positions are committed in its database.

    positions: to a hello, for each chain asked its furthest place (sequence -1 where it has none), and behind it the
    place asked about where that is committed too, but is another one. To a batch, its head; at a gap, the furthest.
    request: the hello or batch it answers. incarnation: 8 bytes, another one once the county's database was restored.
    """

    format: int
    request: Request
    station: Name
    incarnation: Eight
    verdict: Verdict
    issued_ms: Count
    positions: Annotated[list[Position], msgspec.Meta(max_length=2 * MAX_CHAINS)]

    def at(self, chain: ChainId) -> Position | None:
        """The first position given of `chain`, or None where the receipt does not speak of it."""
        return next((place for place in self.positions if place.chain == chain), None)


class _Batch(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Columns of a run; a column of small differences compresses to almost nothing."""

    format: int
    request: Request
    station: Name
    epoch: Eight
    lane: Lane
    key: Eight
    first: Count
    previous: Hash
    kinds: Annotated[list[Kind], msgspec.Meta(max_length=MAX_KINDS)]
    kind: Flags
    boot: Column
    since_boot_ms: Column
    wall_offset_ms: Column
    trust: Flags
    after_sequence: Column
    after_hash8: Annotated[list[Eight], msgspec.Meta(max_length=MAX_ENTRIES)]
    bodies: Annotated[list[Body], msgspec.Meta(max_length=MAX_ENTRIES)]
    personal: Annotated[list[_PersonalPart | None], msgspec.Meta(max_length=MAX_ENTRIES)]


_pack = msgspec.msgpack.Encoder().encode
_inflate = zstandard.ZstdDecompressor(max_window_size=1 << 23).decompress
_plain = msgspec.msgpack.Decoder(list[Any])
_envelope = msgspec.msgpack.Decoder(tuple[str, bytes, Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]])
_batch = msgspec.msgpack.Decoder(_Batch)
_hello = msgspec.msgpack.Decoder(Hello)
_receipt = msgspec.msgpack.Decoder(Receipt)


def head_message(station: str, head: Position) -> bytes:
    """The bytes a station signs to vouch for a whole chain up to `head`."""
    return b"yyt.head.1\0" + _pack([station, head.epoch, head.lane, head.sequence, head.hash])


def hello_message(content: bytes) -> bytes:
    """The bytes a station signs to say hello."""
    return b"yyt.hello.1\0" + content


def receipt_message(content: bytes) -> bytes:
    """The bytes the county signs to give a receipt."""
    return b"yyt.receipt.1\0" + content


def encode_envelope(kind: str, content: bytes, signature: bytes) -> bytes:
    """Join a message's kind, content and signature (64 bytes)."""
    return _pack((kind, content, signature))


def open_envelope(payload: bytes) -> tuple[str, bytes, bytes]:
    """Split a payload into kind, content, signature; raises MalformedMessage."""
    if len(payload) > MAX_MESSAGE_BYTES:
        raise MalformedMessage(f"message of {len(payload)} bytes", hint=_HINT)
    return read_packed(_envelope, payload, "message")


def is_batch(payload: bytes) -> bool:
    """Whether a message of ours is a batch, by its first bytes."""
    return payload.startswith(b"\x93\xa5batch")


def encode_hello(hello: Hello) -> bytes:
    """Content of a hello."""
    return _pack(hello)


def decode_hello(content: bytes) -> Hello:
    """Read the content of a hello; raises MalformedMessage."""
    return read_packed(_hello, content, "hello")


def encode_receipt(receipt: Receipt) -> bytes:
    """Content of a receipt."""
    return _pack(receipt)


def decode_receipt(content: bytes) -> Receipt:
    """Read the content of a receipt; raises MalformedMessage."""
    return read_packed(_receipt, content, "receipt")


def sendable(
    entries: Sequence[Entry], *, station: str, chain: ChainId, key: bytes, first: int, previous: bytes
) -> list[Entry]:
    """The longest prefix of `entries` that holds, belongs to this chain and this key, and fits one batch.

    first, previous: the place of the first entry and the hash it must follow. Empty where already the first is broken.
    What this lets through the county reads; what it holds back would stop every batch it is in.
    """
    good: list[Entry] = []
    kinds: set[str] = set()
    size = 0
    for sequence, entry in enumerate(entries[:MAX_ENTRIES], first):
        try:
            header = check_one(entry, sequence=sequence, previous=previous)
        except BrokenChain:
            break
        kinds.add(header.kind)
        size += len(entry.body) + len((entry.personal and entry.personal.sealed) or b"")
        full = size > MAX_BATCH_BODY_BYTES or len(kinds) > MAX_KINDS
        if (full and good) or not _belongs(entry, header, station, chain, key):
            break
        good.append(entry)
        previous = entry.hash
    return good


def _belongs(entry: Entry, header: Header, station: str, chain: ChainId, key: bytes) -> bool:
    """Whether a batch can carry this entry and its header can be rebuilt from the columns, byte by byte."""
    part = entry.personal
    return (
        (header.station, header.epoch, header.lane, header.key) == (station, *chain, key)
        and (header.after is not None) == (header.lane is Lane.TELEMETRY)
        and header.encode() == entry.header
        and len(entry.body) <= MAX_BODY_BYTES
        and (part is None or part.salt is None or len(part.salt) == SALT_BYTES)
        and (part is None or part.sealed is None or len(part.sealed) <= MAX_BODY_BYTES)
    )


def encode_run(run: Run, request: int, level: int = ZSTD_LEVEL) -> bytes:
    """Content of a batch that carries `run` (entries as `sendable` lets through) as answerable request `request`."""
    # Plain lists: these headers were read and checked a moment ago, and a Header costs four times as much.
    columns = zip(*(_plain.decode(entry.header) for entry in run.entries), strict=True)
    _, _, _, _, _, boot, since_boot_ms, recorded_ms, trust, kind, _, after = columns
    kinds = list(dict.fromkeys(kind))
    number = {kind: index for index, kind in enumerate(kinds)}
    places = [place for place in after if place is not None]
    personal = [_pack_personal(entry.personal) for entry in run.entries]
    batch = _Batch(
        FORMAT,
        request,
        run.station,
        run.chain.epoch,
        run.chain.lane,
        run.key,
        run.first,
        run.previous,
        kinds,
        bytes(map(number.__getitem__, kind)),
        _differences(boot),
        _differences(since_boot_ms),
        _differences(list(map(int.__sub__, recorded_ms, since_boot_ms))),
        bytes(trust),
        _differences([sequence for sequence, _ in places]),
        [hash8 for _, hash8 in places],
        [entry.body for entry in run.entries],
        personal if any(part is not None for part in personal) else [],
    )
    return zstandard.ZstdCompressor(level=level, write_checksum=False).compress(_pack(batch))


def decode_run(content: bytes) -> tuple[Run, int]:
    """Rebuild the run in a batch, every hash computed here, and its request number; raises MalformedMessage.

    That the run is the station's own is only shown by the signature over its head.
    """
    batch = read_packed(_batch, _decompress(content), "batch")
    count = len(batch.bodies)
    _check_columns(batch, count)
    after: Sequence[After | None] = [
        After(sequence, hash8)
        for sequence, hash8 in zip(accumulate(batch.after_sequence), batch.after_hash8, strict=True)
    ] or [None] * count
    personal = [_unpack_personal(part) for part in batch.personal] or [None] * count
    entries = []
    previous = batch.previous
    columns = zip(
        range(batch.first, batch.first + count),
        batch.kind,
        accumulate(batch.boot),
        accumulate(batch.since_boot_ms),
        accumulate(batch.wall_offset_ms),
        batch.trust,
        after,
        batch.bodies,
        personal,
        strict=True,
    )
    for sequence, kind, boot, since_boot_ms, offset_ms, trust, place, body, part in columns:
        header = _pack(
            Header(
                FORMAT,
                batch.station,
                batch.epoch,
                batch.lane,
                sequence,
                boot,
                since_boot_ms,
                since_boot_ms + offset_ms,
                _TRUST[trust],
                batch.kinds[kind],
                batch.key,
                place,
            )
        )
        previous = entry_hash(previous, header, body, part)
        entries.append(Entry(header, body, part, previous))
    chain = ChainId(batch.epoch, batch.lane)
    return Run(batch.station, chain, batch.key, batch.first, batch.previous, tuple(entries)), batch.request


_TRUST = tuple(Trust)


def _check_columns(batch: _Batch, count: int) -> None:
    """Refuse columns that do not fit together; raises MalformedMessage."""
    if batch.format != FORMAT or count == 0:
        raise MalformedMessage(f"batch of format {batch.format} with {count} entries", hint=_HINT)
    columns = (batch.kind, batch.boot, batch.since_boot_ms, batch.wall_offset_ms, batch.trust)
    telemetry = count if batch.lane is Lane.TELEMETRY else 0
    if (
        any(len(column) != count for column in columns)
        or len(batch.personal) not in (0, count)
        or len(batch.after_sequence) != telemetry
        or len(batch.after_hash8) != telemetry
        or set(batch.kind) != set(range(len(batch.kinds)))
        or max(batch.trust) >= len(_TRUST)
    ):
        raise MalformedMessage("columns of a batch do not fit together", hint=_HINT)
    if batch.first == 0 and batch.previous != ROOT:
        raise MalformedMessage("the first entry of a chain follows nothing", hint=_HINT)
    since_boot_ms = list(accumulate(batch.since_boot_ms))
    recorded_ms = map(int.__add__, since_boot_ms, accumulate(batch.wall_offset_ms))
    if (
        batch.first + count - 1 > MAX_NUMBER
        or not all(-MAX_NUMBER <= wall <= MAX_NUMBER for wall in recorded_ms)
        or any(min(values) < 0 or max(values) > MAX_NUMBER for values in _counts(batch, since_boot_ms))
    ):
        raise MalformedMessage("a number of a batch is out of all bounds", hint=_HINT)


def _counts(batch: _Batch, since_boot_ms: list[int]) -> list[list[int]]:
    """The numbers of a batch that are never negative, differences added up; without empty columns."""
    columns = [since_boot_ms, list(accumulate(batch.boot)), list(accumulate(batch.after_sequence))]
    return [column for column in columns if column]


def _differences(values: Sequence[int]) -> list[int]:
    """First value, then each value's difference to the one before."""
    return [*values[:1]] + [later - earlier for earlier, later in pairwise(values)]


def _pack_personal(part: Personal | None) -> tuple[bytes, ...] | None:
    """Salt and sealed fields, or the digest alone once they were erased."""
    if part is None:
        return None
    if part.salt is None or part.sealed is None:
        return (part.digest,)
    return (part.salt, part.sealed)


def _unpack_personal(packed: tuple[bytes, ...] | None) -> Personal | None:
    """Reverse of `_pack_personal`; raises MalformedMessage."""
    match packed:
        case None:
            return None
        case (bytes(digest),) if len(digest) == 32:
            return Personal(digest, None, None)
        case (bytes(salt), bytes(sealed)) if len(salt) == 16:
            return Personal.of(salt, sealed)
        case _:
            raise MalformedMessage("personal part of a wrong shape", hint=_HINT)


def _decompress(content: bytes) -> bytes:
    """Inflate a batch within its bound; raises MalformedMessage."""
    try:
        size = zstandard.frame_content_size(content)  # -1 where the frame does not say
        if not 0 < size <= MAX_CONTENT_BYTES:
            raise MalformedMessage(f"batch says it holds {size} bytes", hint=_HINT)
        return _inflate(content, max_output_size=MAX_CONTENT_BYTES, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise MalformedMessage(f"batch cannot be inflated: {error}", hint=_HINT) from error
