"""JournalFile: the journal read-only, in short transactions, for `station sync`, show, verify and export.

It never checkpoints (a read-only connection cannot) and keeps no transaction open, so the write-ahead log can be reset.
Called by the sync process (as its JournalReader) and the journal commands.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from station_agent.errors import JournalMissing
from station_agent.journal.dropping import BROKEN, PRESSURE
from station_agent.journal.refusals import translated
from station_agent.journal.schema import STATE_TABLES, TABLES
from station_agent.journal.snapshots import (
    CLOSED_MARK,
    ROWS_MARK,
    SNAPSHOT,
    Pointer,
    Snapshot,
    Start,
    closes,
    put_together,
    read_pointer,
)
from sync.entry import MAX_BATCH_BODY_BYTES, ROOT, ChainId, Entry, Lane, Personal, Position, check_one
from sync.errors import BrokenChain, MalformedMessage

MAX_SNAPSHOTS = 8
"""Snapshots that are looked at for a whole one, the newest first."""
_COLUMNS = "header, body, hash, personal_digest, personal_salt, personal_sealed"


_HINT = "从此条起不可信,请联系县中心 / do not trust this journal from here on; tell the county"


class Gap(NamedTuple):
    """Places that are not here any more. hash: of the last of them, None at the end of a chain. reason: why."""

    first: int
    last: int
    hash: bytes | None
    reason: str


class JournalFile:
    """A read-only view of journal.db."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises JournalMissing while the agent has not made it yet, JournalDamaged."""
        self._path = path.absolute()
        self._open()

    def _open(self) -> None:
        hint = "先启动 station run / start `station run` first"
        self._inode = _inode(self._path)
        try:
            self._db = sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
        except sqlite3.OperationalError as error:
            raise JournalMissing(f"no journal at {self._path}: {error}", hint=hint) from error
        try:
            self._db.execute("SELECT count(*) FROM chain").fetchone()
        except sqlite3.OperationalError as error:
            self._db.close()
            raise JournalMissing(f"no journal at {self._path}: {error}", hint=hint) from error
        except sqlite3.DatabaseError as error:
            self._db.close()
            with translated():
                raise error
        self._chains: dict[ChainId, int] = {}
        self._version = -1

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def changed(self) -> bool:
        """Whether anything was written since the last call; a file put in the place of a broken one is gone over to.

        Raises JournalMissing, JournalDamaged as opening does.
        """
        if self._inode != _inode(self._path):
            self._db.close()
            self._open()
        version = self._ask("PRAGMA data_version")[0][0]
        changed, self._version = version != self._version, version
        return bool(changed)

    def heads(self) -> list[Position]:
        """The head of every chain, older epochs first."""
        rows = self._ask(
            "SELECT c.id, c.epoch, c.lane, e.sequence, e.hash FROM chain c JOIN entry e ON e.chain = c.id"
            " AND e.sequence = (SELECT max(sequence) FROM entry WHERE chain = c.id) ORDER BY c.id"
        )
        heads = []
        for number, epoch, lane, sequence, digest in rows:
            self._chains[ChainId(epoch, Lane(lane))] = number
            heads.append(Position(epoch, Lane(lane), sequence, digest))
        return heads

    def hash_at(self, chain: ChainId, sequence: int) -> bytes | None:
        """Hash of one entry, None where there is no such entry; of one that is gone too, where it ends a gap."""
        place = (self._number(chain), sequence)
        rows = self._ask("SELECT hash FROM entry WHERE chain = ? AND sequence = ?", place)
        rows = rows or self._ask("SELECT hash FROM gap WHERE chain = ? AND last = ?", place)
        return rows[0][0] if rows else None

    def resumes_at(self, chain: ChainId, sequence: int) -> int:
        """Where a chain goes on behind what was let go of; `sequence` itself where it is in no such gap."""
        place = sequence
        for gap in self.gaps(chain):
            if gap.reason != BROKEN and gap.first <= place <= gap.last:
                place = gap.last + 1  # another may begin right behind it
        return place

    def is_gone(self, chain: ChainId, sequence: int) -> bool:
        """Whether a place was let go of without a word to the county, since that had it."""
        return any(
            gap.first <= sequence <= gap.last and gap.reason not in (BROKEN, PRESSURE) for gap in self.gaps(chain)
        )

    def begins_at(self, chain: ChainId) -> int:
        """The first place of a chain that is still here."""
        rows = self._ask("SELECT min(sequence) FROM entry WHERE chain = ?", (self._number(chain),))
        return int(rows[0][0] or 0)

    def gaps(self, chain: ChainId) -> list[Gap]:
        """Places of a chain that are not here any more, in order."""
        rows = self._ask(
            "SELECT first, last, hash, reason FROM gap WHERE chain = ? ORDER BY first", (self._number(chain),)
        )
        return [Gap(*row) for row in rows]

    def entries(self, chain: ChainId, first: int, limit: int) -> list[Entry]:
        """Up to `limit` consecutive entries from `first` on, fewer where they are large."""
        entries = [entry for _, entry in self._numbered(chain, first, limit)]
        size = 0
        for count, entry in enumerate(entries, start=1):
            size += len(entry.body) + (len(entry.personal.sealed or b"") if entry.personal else 0)
            if size > MAX_BATCH_BODY_BYTES:
                return entries[:count]
        return entries

    def every(self, chain: ChainId, first: int = 0) -> Iterator[Entry]:
        """All entries of a chain from `first` on, read in pieces; a place that is missing is passed over."""
        yield from (entry for _, entry in self._every_numbered(chain, first))

    def _every_numbered(self, chain: ChainId, first: int) -> Iterator[tuple[int, Entry]]:
        """All entries from `first` on with their places."""
        while piece := self._numbered(chain, first, 1000):
            yield from piece
            first = piece[-1][0] + 1

    def proved(self, chain: ChainId) -> Iterator[Entry]:
        """All entries of a chain, each held against the one before or the gap before; raises BrokenChain."""
        expected, previous = 0, ROOT
        for place, entry in self._every_numbered(chain, 0):
            if place != expected:
                # Asked anew each time: the agent may let go of more while somebody walks.
                for gap in self.gaps(chain):
                    if gap.hash is not None and gap.first <= expected <= gap.last:
                        expected, previous = gap.last + 1, gap.hash
            if check_one(entry, sequence=expected, previous=previous).chain != chain:
                raise BrokenChain(f"entry {expected}: belongs to another chain", sequence=expected, hint=_HINT)
            yield entry
            expected, previous = expected + 1, entry.hash

    def verify(self, chain: ChainId) -> int:
        """Walk a whole chain and return how many entries hold; raises BrokenChain at the first that does not."""
        return sum(1 for _ in self.proved(chain))

    def start(self) -> Start | None:
        """The latest whole snapshot and the epochs before it, for a replay; None where it begins at the first entry.

        Where the file does not say which it is (it was salvaged) snapshots are looked for; not where nothing is gone.
        """
        numbers = {epoch: number for number, epoch in self._ask("SELECT id, epoch FROM chain WHERE lane = 0")}
        for number, closed in self._closings(numbers):
            snapshot, end = self._snapshot(number, closed)
            if snapshot is not None:
                pointer = Pointer(snapshot.epoch, closed, end, snapshot.of, snapshot.telemetry)
                return Start(snapshot, frozenset(epoch for epoch, at in numbers.items() if at < number), pointer)
        return None

    def _closings(self, numbers: dict[bytes, int]) -> Iterator[tuple[int, int]]:
        """Chain and place of entries that close snapshots: the one the file names, then those that are found."""
        pointer = self.pointer()
        if pointer is not None:
            yield numbers[pointer.epoch], pointer.closed
        if self._ask("SELECT 1 FROM gap JOIN chain ON chain.id = gap.chain WHERE lane = 0 LIMIT 1"):
            yield from self._ask(
                "SELECT e.chain, e.sequence FROM entry e JOIN chain c ON c.id = e.chain WHERE c.lane = 0"
                " AND instr(e.header, ?) > 0 ORDER BY e.chain DESC, e.sequence DESC LIMIT ?",
                (CLOSED_MARK, MAX_SNAPSHOTS),
            )

    def pointer(self) -> Pointer | None:
        """Which snapshot is the latest, by the file's own word and its closing entry; None where there is none."""
        pointer = read_pointer(self.remembered(SNAPSHOT))
        if pointer is None:
            return None
        there = self.hash_at(ChainId(pointer.epoch, Lane.CUSTODY), pointer.closed)
        return pointer if there == pointer.hash else None

    def remembered(self, name: str) -> bytes | None:
        """What the writer kept under a name, None for nothing."""
        rows = self._ask("SELECT value FROM meta WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows and isinstance(rows[0][0], bytes) else None

    def _snapshot(self, number: int, closed: int) -> tuple[Snapshot | None, bytes]:
        """The snapshot whose closing entry stands there, None where it is not whole, and the hash of that entry."""
        select = f"SELECT {_COLUMNS} FROM entry WHERE chain = ? AND sequence"  # noqa: S608 - our own names
        rows = self._ask(f"{select} = ?", (number, closed))
        of = closes(_entry(rows[0])) if rows else None
        if of is None:
            return None, b""
        # Its parts alone: between them may lie a day's work.
        parts = self._ask(
            f"{select} BETWEEN ? AND ? AND instr(header, ?) > 0 ORDER BY sequence", (number, of + 1, closed, ROWS_MARK)
        )
        try:
            return put_together(_entry(rows[0]), map(_entry, parts)), rows[0][2]
        except MalformedMessage:
            return None, b""

    def rows(self, table: str) -> list[tuple[object, ...]]:
        """All rows of a table of what is here now."""
        columns = ", ".join(STATE_TABLES[table])
        return self._ask(f"SELECT {columns} FROM {table}")  # noqa: S608 - names come from the schema

    def count(self, table: str) -> int:
        """How many rows a table has; 0 where a journal of an older program has no such table yet."""
        assert table in TABLES
        known = self._ask("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
        return int(self._ask(f"SELECT count(*) FROM {table}")[0][0]) if known else 0  # noqa: S608 - names come from the schema

    def _numbered(self, chain: ChainId, first: int, limit: int) -> list[tuple[int, Entry]]:
        """Up to `limit` entries from `first` on, each with the place it stands at."""
        rows = self._ask(
            f"SELECT sequence, {_COLUMNS} FROM entry WHERE chain = ? AND sequence >= ? ORDER BY sequence LIMIT ?",  # noqa: S608
            (self._number(chain), first, limit),
        )
        return [(row[0], _entry(row[1:])) for row in rows]

    def _ask(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Run one query as a transaction of its own; raises JournalDamaged or JournalUnwritable."""
        with translated():
            return self._db.execute(sql, parameters).fetchall()

    def _number(self, chain: ChainId) -> int:
        """The file's own number of a chain, -1 when there is none."""
        if chain not in self._chains:
            rows = self._ask("SELECT id FROM chain WHERE epoch = ? AND lane = ?", chain)
            if not rows:
                return -1
            self._chains[chain] = rows[0][0]
        return self._chains[chain]


def _inode(path: Path) -> int:
    """Which file has this name now, -1 for none."""
    try:
        return path.stat().st_ino
    except OSError:
        return -1


def _entry(row: tuple[Any, ...]) -> Entry:
    """A stored row as an entry."""
    header, body, digest, personal_digest, salt, sealed = row
    personal = None if personal_digest is None else Personal(personal_digest, salt, sealed)
    return Entry(header, body, personal, digest)
