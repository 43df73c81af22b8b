"""What is left of entries in a damaged file: found by how they begin, wherever they lie. Pure.

SQLite reads no leaf behind a damaged page, and nothing at all behind a damaged first page. Here no page header, pointer
or tree is believed: every header of an entry begins with the same bytes (format, station), and what stands before it
must be a record of the table `entry` (https://www.sqlite.org/fileformat2.html, 2.1 record format, 1.6 payload):

    payload length (varint) | record header: its length, 8 serial types (varints) | chain | sequence | header | body |
    hash | personal_digest | personal_salt | personal_sealed

Pages of the file and of the write-ahead log are looked at alike, free ones too; whether what is found is what was
written is shown by the hashes (`mending.py`) and by nothing here. Called by the salvage of a broken journal.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from station_agent.journal.schema import PAGE_BYTES
from sync.entry import FORMAT, MAX_BODY_BYTES, Entry, Header, Personal, decode_header
from sync.errors import MalformedMessage

COLUMNS = 8
MAX_PAYLOAD = 2 * MAX_BODY_BYTES + 4096
_MAX_LOCAL = (PAGE_BYTES - 12) * 64 // 255 - 23
_MIN_LOCAL = (PAGE_BYTES - 12) * 32 // 255 - 23
_BEFORE_HEADER = range(10, 48)
"""How far before an entry's header its cell can begin: payload length, record header, chain, sequence."""

PageAt = Callable[[int], bytes | None]
"""A page by its number, None where there is none."""


class Remnant(NamedTuple):
    """An entry as it was found: number of its chain in that file, its header read, and its stored bytes."""

    chain: int
    header: Header
    entry: Entry


def beginning(station: str) -> bytes:
    """How every stored header of this station begins."""
    return bytes([0x9C]) + msgspec.msgpack.encode(FORMAT) + msgspec.msgpack.encode(station) + b"\xc4\x08"


def remnants(page: bytes, mark: bytes, overflow: PageAt) -> Iterator[Remnant]:
    """Every entry that begins in `page`. mark: `beginning` of the station; overflow: where the rest of long ones is."""
    at = page.find(mark)
    while at >= 0:
        for before in _BEFORE_HEADER:
            found = _cell(page, at - before, at, overflow) if before <= at else None
            if found is not None:
                yield found
                break
        at = page.find(mark, at + 1)


def _cell(page: bytes, start: int, header_at: int, overflow: PageAt) -> Remnant | None:
    """The entry in the cell that begins at `start`, None where none does whose header stands at `header_at`."""
    size, body = _varint(page, start)
    if not 64 < size <= MAX_PAYLOAD or body >= header_at:
        return None
    types, first = _types(page, body)
    if len(types) != COLUMNS or first + _width(types[0]) + _width(types[1]) != header_at:
        return None
    if first - body + sum(map(_width, types)) != size:
        return None
    payload = _payload(page, body, size, overflow)
    return None if payload is None else _remnant(payload, types, first - body)


def _remnant(payload: bytes, types: list[int], at: int) -> Remnant | None:
    """The columns of a record as an entry, None where they cannot be one."""
    values: list[int | bytes | None] = []
    for kind in types:
        width = _width(kind)
        values.append(_value(kind, payload[at : at + width]))
        at += width
    match values:
        case [int(chain), int(), bytes(header), bytes(body), bytes(digest), part, salt, sealed]:
            pass
        case _:
            return None
    try:
        read = decode_header(header)
    except MalformedMessage:
        return None
    personal = None
    if isinstance(part, bytes):
        personal = Personal(part, salt, sealed) if isinstance(salt, bytes) and isinstance(sealed, bytes) else None
        personal = personal or Personal(part, None, None)
    return Remnant(chain, read, Entry(header, body, personal, digest))


def _payload(page: bytes, at: int, size: int, overflow: PageAt) -> bytes | None:
    """A whole payload, its overflow pages followed; None where one of them is not there."""
    local = size
    if size > _MAX_LOCAL:
        local = _MIN_LOCAL + (size - _MIN_LOCAL) % (PAGE_BYTES - 4)
        local = local if local <= _MAX_LOCAL else _MIN_LOCAL
    if at + local > len(page):
        return None
    parts, left = [page[at : at + local]], size - local
    following = int.from_bytes(page[at + local : at + local + 4], "big")
    while left > 0:  # bounded: every round takes a page's worth of at most MAX_PAYLOAD
        more = overflow(following)
        if more is None:
            return None
        parts.append(more[4 : 4 + left])
        left -= PAGE_BYTES - 4
        following = int.from_bytes(more[:4], "big")
    whole = b"".join(parts)
    return whole if len(whole) == size else None


def _types(page: bytes, at: int) -> tuple[list[int], int]:
    """Serial types of a record that begins at `at`, and where its values begin; no types where it is none."""
    size, at_type = _varint(page, at)
    end = at + size
    types: list[int] = []
    if not COLUMNS < size <= 40 or end > len(page):
        return [], at
    while at_type < end and len(types) <= COLUMNS:
        kind, at_type = _varint(page, at_type)
        types.append(kind)
    return (types, end) if at_type == end else ([], at)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of SQLite's and where it ends; -1 where the bytes do not hold one of a sensible size."""
    value = 0
    for index in range(at, min(at + 5, len(data))):
        value = (value << 7) | (data[index] & 0x7F)
        if data[index] < 0x80:
            return value, index + 1
    return -1, len(data)


_WIDTHS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)


def _width(kind: int) -> int:
    """Bytes of a value of this serial type."""
    return _WIDTHS[kind] if 0 <= kind < 12 else max(0, (kind - 12) // 2)


def _value(kind: int, data: bytes) -> int | bytes | None:
    """A value of this serial type; a text or a float, which no column of ours holds, is None."""
    if kind in (8, 9):
        return kind - 8
    if 1 <= kind <= 6:
        return int.from_bytes(data, "big", signed=True)
    return data if kind >= 12 and kind % 2 == 0 else None
