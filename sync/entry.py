"""One journal entry and the hash that ties it to the one before: the unit of custody between station and county.

What is hashed are the exact bytes that are stored and sent; nothing is ever re-encoded to be checked. Pure: called by
the journal (which makes entries), the sender, the receiver and everybody who verifies.

    header   = MessagePack array [1, station, epoch, lane, sequence, boot, since_boot_ms,
                                  recorded_ms, trust, kind, key, after]
    personal = SHA-256("yyt.personal.1" 00 salt[16] sealed)                      erasable: only this digest is chained
    content  = SHA-256("yyt.content.1" 00 u32(len(body)) body personal[32]?)
    hash     = SHA-256("yyt.entry.1" 00 previous[32] u32(len(header)) header content[32])

The first entry of a chain (sequence 0) follows 32 zero bytes. A chain is one lane of one epoch of one station.
"""

import hashlib
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from sync.errors import BrokenChain, MalformedMessage

FORMAT = 1
ROOT = bytes(32)
"""What the first entry of a chain follows."""

MAX_BODY_BYTES = 32_768
MAX_BATCH_BODY_BYTES = 512 << 10
"""A sender stops filling a batch here, well below what a receiver accepts; so does whoever reads entries out for it."""
SALT_BYTES = 16

_NOT_OURS = "等待升级或检查数据来源 / check where these bytes come from, or upgrade this program"
_pack = msgspec.msgpack.Encoder().encode


MAX_NUMBER = (1 << 53) - 1
"""Largest number anywhere in an entry: exact in every language, and differences of sums still fit 64 bits."""

Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Eight = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
Wall = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z")]
"""Name of a station: it stands in topics. Ends in \\Z since $ would let a line feed through."""
Kind = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Lane(IntEnum):
    """The two lanes of a journal: custody is never given up, telemetry may be under pressure."""

    CUSTODY = 0
    TELEMETRY = 1


class Trust(IntEnum):
    """How far the wall time of an entry can be believed."""

    UNKNOWN = 0
    KEPT = 1
    SYNCHRONISED = 2


class ChainId(NamedTuple):
    """Names one chain of one station: an epoch (8 bytes, drawn at random) and a lane."""

    epoch: bytes
    lane: Lane


class Position(NamedTuple):
    """A place in a chain: the entry `sequence` with `hash`; sequence -1 and 32 zero bytes for a chain nobody knows."""

    epoch: Eight
    lane: Lane
    sequence: Annotated[int, msgspec.Meta(ge=-1, le=MAX_NUMBER)]
    hash: Hash

    @property
    def chain(self) -> ChainId:
        """The chain this place is in."""
        return ChainId(self.epoch, self.lane)


class After(NamedTuple):
    """The custody head a telemetry entry was written after: its sequence and the first 8 bytes of its hash."""

    sequence: Count
    hash8: Eight


class Header(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Who recorded what kind of entry, where in its chain, and when as far as the station knew.

    epoch: 8 bytes. boot: counts this station's boots. since_boot_ms: milliseconds since that boot, never goes back
    within it. recorded_ms: wall time, milliseconds since 1970 UTC, believable as `trust` says. key: first 8 bytes of
    the SHA-256 of the public key that signs this chain. after: the custody head, only in the telemetry lane.
    """

    format: int
    # Not Name: its pattern costs as much as the rest, and who reads entries compares with a name that was checked.
    station: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    epoch: Eight
    lane: Lane
    sequence: Count
    boot: Count
    since_boot_ms: Count
    recorded_ms: Wall
    trust: Trust
    kind: Kind
    key: Eight
    after: After | None = None

    def encode(self) -> bytes:
        """Return the exact bytes to store and hash: MessagePack, every number in its shortest form."""
        return _pack(self)

    @property
    def chain(self) -> ChainId:
        """The chain this entry stands in."""
        return ChainId(self.epoch, self.lane)


class Personal(NamedTuple):
    """The erasable part of an entry: a sealed blob under a salted digest.

    salt and sealed are None once erased; the digest stays, so that the chain still holds.
    """

    digest: bytes
    salt: bytes | None
    sealed: bytes | None

    @classmethod
    def of(cls, salt: bytes, sealed: bytes) -> "Personal":
        """Make the part from its 16 random salt bytes and the sealed fields."""
        return cls(personal_digest(salt, sealed), salt, sealed)


class Entry(NamedTuple):
    """One entry as stored: exact bytes and the hash over them."""

    header: bytes
    body: bytes
    personal: Personal | None
    hash: bytes

    def read_header(self) -> Header:
        """Decode the header; raises MalformedMessage."""
        return decode_header(self.header)

    def read_body(self) -> dict[str, Any]:
        """Decode the body, a MessagePack map; raises MalformedMessage."""
        return decode_body(self.body)


_header_decoder = msgspec.msgpack.Decoder(Header)
_body_decoder = msgspec.msgpack.Decoder(dict[str, Any])


def decode_header(data: bytes) -> Header:
    """Decode header bytes; raises MalformedMessage when they are not a header of this format."""
    header = read_packed(_header_decoder, data, "header")
    if header.format != FORMAT:
        raise MalformedMessage(f"header of format {header.format}, not {FORMAT}", hint=_NOT_OURS)
    return header


def decode_body(data: bytes) -> dict[str, Any]:
    """Decode body bytes; raises MalformedMessage when they are not a MessagePack map."""
    return read_packed(_body_decoder, data, "body")


T = TypeVar("T")


def read_packed(decoder: msgspec.msgpack.Decoder[T], data: bytes, what: str) -> T:
    """Decode MessagePack; raises MalformedMessage that names `what` could not be read."""
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # msgspec lets a string that is not UTF-8, and nesting deeper than the stack, through as they are.
        raise MalformedMessage(f"{what} cannot be read: {error}", hint=_NOT_OURS) from error


def encode_body(fields: dict[str, Any]) -> bytes:
    """Encode a body; keys keep their order, None values are left out by the caller."""
    return _pack(fields)


def key_id(public_key: bytes) -> bytes:
    """Name of a public key (32 raw bytes) in headers: the first 8 bytes of its SHA-256."""
    return hashlib.sha256(public_key).digest()[:8]


def personal_digest(salt: bytes, sealed: bytes) -> bytes:
    """Digest of the erasable part: 32 bytes."""
    return hashlib.sha256(b"yyt.personal.1\0" + salt + sealed).digest()


def entry_hash(previous: bytes, header: bytes, body: bytes, personal: Personal | None) -> bytes:
    """Hash that ties an entry to `previous` (32 bytes): 32 bytes."""
    content = hashlib.sha256(b"yyt.content.1\0" + len(body).to_bytes(4, "big") + body)
    if personal is not None:
        content.update(personal.digest)
    return hashlib.sha256(
        b"yyt.entry.1\0" + previous + len(header).to_bytes(4, "big") + header + content.digest()
    ).digest()


def walk(entries: Iterable[Entry], *, first: int, previous: bytes) -> Iterator[Entry]:
    """Yield `entries` while each follows from the one before; raises BrokenChain at the first that does not.

    first: the sequence the first entry must carry. previous: the hash it must follow, ROOT at sequence 0.
    """
    sequence = first
    for entry in entries:
        check_one(entry, sequence=sequence, previous=previous)
        yield entry
        previous = entry.hash
        sequence += 1


def check_one(entry: Entry, *, sequence: int, previous: bytes) -> Header:
    """Hold one entry against its place and return its header; raises BrokenChain with what is wrong with it."""
    hint = "从此条起不可信,请联系县中心 / do not trust this journal from here on; tell the county"
    part = entry.personal
    # A flipped bit in a card's file may turn bytes into a number. Not one loop over all: most entries have no part.
    if not (
        isinstance(previous, bytes)
        and isinstance(entry.header, bytes)
        and isinstance(entry.body, bytes)
        and isinstance(entry.hash, bytes)
        and (part is None or all(each is None or isinstance(each, bytes) for each in part))
    ):
        raise BrokenChain(f"entry {sequence}: what is stored are no bytes", sequence=sequence, hint=hint)
    if entry.hash != entry_hash(previous, entry.header, entry.body, part):
        raise BrokenChain(
            f"entry {sequence}: its hash does not follow from the one before", sequence=sequence, hint=hint
        )
    try:
        header = entry.read_header()
    except MalformedMessage as error:
        raise BrokenChain(f"entry {sequence}: {error}", sequence=sequence, hint=hint) from error
    if header.sequence != sequence:
        raise BrokenChain(f"entry {sequence}: says it is number {header.sequence}", sequence=sequence, hint=hint)
    if part is None or part.salt is None or part.sealed is None:
        return header
    if personal_digest(part.salt, part.sealed) != part.digest:
        raise BrokenChain(f"entry {sequence}: personal part altered", sequence=sequence, hint=hint)
    return header
