"""Snapshot: all that is here now, as entries of the custody lane, so that what lies behind it may go. Pure.

    snapshot.rows     of, part, data     data: zlib of a piece of one MessagePack array [[table, column, ...], ...]
    snapshot.closed   of, telemetry, parts, rows, digest (SHA-256 of that array)

Rules
1. It is one state: the one behind the custody entry `of` and the telemetry entry `telemetry` of its own epoch. Its
   parts may have other entries between them; a replay loads the rows and goes on with the entry behind `of`.
2. It counts only whole: closed, in the same epoch, with all parts and the digest that were said. One that was cut off
   (a power cut, a new epoch) is nothing, and stays nothing.
3. Rows are those of the books, notes and boxes, tables and columns as in `schema.STATE_TABLES`. Contacts are in no
   entry and in no snapshot. A later program reads older rows: a book's field is only ever added, with a default.

Called by `letting_go.py`, which writes it a part in each quiet moment, and by whoever makes the rows again.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from station_agent.journal.changes import Row
from station_agent.journal.schema import STATE_TABLES
from station_agent.journal.writer import Record
from sync.entry import ChainId, Entry, Lane
from sync.errors import MalformedMessage

ROWS, CLOSED = "snapshot.rows", "snapshot.closed"
SNAPSHOT = "snapshot"
"""Under this name the journal's file remembers where the latest one is."""
PART_BYTES = 24_000
"""Of the array in one part: about 5 kB of entry and 0.4 ms of processor here, so that a scan does not wait."""
ROWS_MARK, CLOSED_MARK = msgspec.msgpack.encode(ROWS), msgspec.msgpack.encode(CLOSED)
"""How the headers of such entries can be told among others, before they are read."""


class Pointer(NamedTuple):
    """Where a snapshot ends and what it is of. closed, hash: of its closing entry. of, telemetry: the last places whose
    entries are in its rows."""

    epoch: bytes
    closed: int
    hash: bytes
    of: int
    telemetry: int


def pack_pointer(pointer: Pointer) -> bytes:
    """As the journal's file remembers it under SNAPSHOT."""
    return msgspec.msgpack.encode(pointer)


def read_pointer(kept: bytes | None) -> Pointer | None:
    """What was remembered; None for nothing, or for what is none."""
    try:
        return None if kept is None else msgspec.msgpack.decode(kept, type=Pointer)
    except msgspec.MsgspecError:
        return None


class Snapshot(NamedTuple):
    """The rows by table, behind the places `of` (custody) and `telemetry` of an epoch."""

    epoch: bytes
    of: int
    telemetry: int
    rows: dict[str, list[Row]]

    @property
    def size(self) -> int:
        """How many rows."""
        return sum(map(len, self.rows.values()))


class Start(NamedTuple):
    """Where a replay begins: a snapshot, the epochs before its own, and where it was found."""

    snapshot: Snapshot
    older: frozenset[bytes]
    pointer: Pointer

    def covers(self, chain: ChainId, sequence: int) -> bool:
        """Whether what an entry changed is in the rows already."""
        if chain.epoch != self.snapshot.epoch:
            return chain.epoch in self.older
        return sequence <= (self.snapshot.of if chain.lane is Lane.CUSTODY else self.snapshot.telemetry)


def records(snapshot: Snapshot) -> Iterator[Record]:
    """The entries of a snapshot in their order, the closing one last; each is made when it is asked for."""
    digest, parts, waiting = hashlib.sha256(), 0, bytearray(b"\xdd" + snapshot.size.to_bytes(4, "big"))
    for table, rows in snapshot.rows.items():
        for row in rows:
            waiting += msgspec.msgpack.encode((table, *row))
            while len(waiting) >= PART_BYTES:
                yield _part(snapshot.of, parts, piece := bytes(waiting[:PART_BYTES]))
                digest.update(piece)
                del waiting[:PART_BYTES]
                parts += 1
    if waiting:
        yield _part(snapshot.of, parts, bytes(waiting))
        digest.update(waiting)
        parts += 1
    body = {"of": snapshot.of, "telemetry": snapshot.telemetry, "parts": parts, "rows": snapshot.size}
    yield Record(Lane.CUSTODY, CLOSED, {**body, "digest": digest.digest()})


def _part(of: int, part: int, piece: bytes) -> Record:
    return Record(Lane.CUSTODY, ROWS, {"of": of, "part": part, "data": zlib.compress(piece, 6)})


def closes(entry: Entry) -> int | None:
    """The place a closing entry's snapshot is of, None for any other entry or one that cannot be read."""
    try:
        header, body = entry.read_header(), entry.read_body()
    except MalformedMessage:
        return None
    of = body.get("of")
    return of if header.kind == CLOSED and header.lane is Lane.CUSTODY and isinstance(of, int) else None


def put_together(closing: Entry, between: Iterable[Entry]) -> Snapshot | None:
    """The snapshot that `closing` closes, from the entries behind its `of` up to it; None where it is not whole."""
    epoch, said = closing.read_header().epoch, closing.read_body()
    stream = bytearray()
    parts = 0
    for entry in between:
        if entry.read_header().kind != ROWS:
            continue
        body = entry.read_body()
        if (body.get("of"), body.get("part")) == (said.get("of"), parts):
            stream += _unpacked(body.get("data"))
            parts += 1
    if (said.get("parts"), said.get("digest")) != (parts, hashlib.sha256(stream).digest()):
        return None
    try:
        tables = _tables(msgspec.msgpack.decode(bytes(stream), type=list[tuple[Any, ...]]))
    except msgspec.MsgspecError:
        return None
    made = Snapshot(epoch, said["of"], said.get("telemetry", -1), tables)
    return made if isinstance(made.telemetry, int) else None


def _unpacked(data: object) -> bytes:
    """A piece of the array; nothing for what is none, which the digest shows."""
    if not isinstance(data, bytes):
        return b""
    try:
        return zlib.decompressobj().decompress(data, PART_BYTES * 2)
    except zlib.error:
        return b""


def _tables(rows: list[tuple[Any, ...]]) -> dict[str, list[Row]]:
    """Rows by table; those of a table this program does not have are left out."""
    tables: dict[str, list[Row]] = {table: [] for table in STATE_TABLES}
    for table, *row in rows:
        if table in tables and len(row) == len(STATE_TABLES[table]):
            tables[table].append(tuple(row))
    return tables
