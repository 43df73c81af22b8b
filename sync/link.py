"""link.db: what the county confirmed and what came down; owned by `station sync`, read by the agent.

A small SQLite file of its own, so that the journal keeps a single writer. If it is lost nothing is lost: the county is
asked where it stands at every connect. Called by the sender (as its Ledger), the agent and `station status`.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from sync.entry import ChainId, Lane, Position
from sync.errors import LinkFileUnwritable
from sync.trouble import Trouble

_SCHEMA = """
CREATE TABLE IF NOT EXISTS confirmed (
    epoch BLOB NOT NULL, lane INTEGER NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL,
    incarnation BLOB NOT NULL, receipt BLOB NOT NULL, signature BLOB NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (epoch, lane)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trouble (
    kind TEXT NOT NULL, epoch BLOB NOT NULL, lane INTEGER NOT NULL, first_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, epoch, lane)
) WITHOUT ROWID;
"""
_TABLES = 2


class Noted(NamedTuple):
    """One trouble and since when (milliseconds of wall time); chain is None where it concerns the whole link."""

    trouble: Trouble
    chain: ChainId | None
    first_ms: int


_HEALED = (Trouble.REFUSED, Trouble.UNKNOWN_STATION)
"""Troubles that are over once the county confirms anything; the others are evidence and stay."""


class LinkFile:
    """The ledger on disk. Confirmations are only a memory of what the county holds, so a lost one costs a question.

    What is confirmed or noted is told to the caller at once and is on disk after the next `save`.
    """

    def __init__(self, path: Path, wall_ms: Callable[[], int], *, writable: bool, timeout_s: float = 5.0) -> None:
        """Open `path`; with `writable` it is made when missing, else sqlite3.OperationalError is raised.

        timeout_s: how long to wait for a file that is locked; the counter must not wait for the sync process.

        A damaged file is set aside as `<name>.damaged` and made anew by the writer; a reader gets
        sqlite3.DatabaseError until then.
        """
        self._path, self._writable, self._wall_ms = path.absolute(), writable, wall_ms
        self._timeout_s = timeout_s
        self._confirmed: dict[ChainId, tuple[Position, bytes]] = {}
        self._unsaved: dict[ChainId, tuple[object, ...]] = {}
        self._notes: dict[tuple[Trouble, ChainId | None], int] = {}
        try:
            self._open()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            if not writable:
                raise
            self._path.replace(self._path.with_name(f"{path.name}.damaged"))
            self._open()

    def _open(self) -> None:
        """Connect and read what is there; raises sqlite3.DatabaseError where the file is damaged."""
        uri = f"{self._path.as_uri()}?mode={'rwc' if self._writable else 'ro'}"
        self._db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=self._timeout_s)
        try:
            if self._writable:
                # Small pages: one receipt rewrites one page, and a card wears by what is written.
                self._db.executescript("PRAGMA page_size=1024; PRAGMA synchronous=NORMAL;" + _SCHEMA)
                if self._db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    raise sqlite3.DatabaseError("quick_check failed")
            self.refresh()
        except sqlite3.DatabaseError:
            self._db.close()
            raise

    def refresh(self) -> None:
        """Read again what another process wrote."""
        rows = self._read("SELECT epoch, lane, sequence, hash, incarnation FROM confirmed")
        self._confirmed = {
            ChainId(epoch, Lane(lane)): (Position(epoch, Lane(lane), sequence, digest), incarnation)
            for epoch, lane, sequence, digest, incarnation in rows
        }

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        """All rows; none where the writer has only just made the file and not yet its tables."""
        tables = self._db.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
        return self._db.execute(query).fetchall() if tables == _TABLES else []

    def confirmed(self, chain: ChainId) -> Position | None:
        """How far the county confirmed `chain`, None if it never did."""
        known = self._confirmed.get(chain)
        return known[0] if known else None

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        """Keep a verified receipt; on disk at the next `save`.

        Within one incarnation a position never goes back; a new incarnation may stand earlier.
        """
        known = self._confirmed.get(position.chain)
        if known is not None and known[1] == incarnation and known[0].sequence >= position.sequence:
            return
        for over in [noted for noted in self._notes if noted[0] in _HEALED]:
            del self._notes[over]
        self._unsaved[position.chain] = (*position, incarnation, receipt, signature, self._wall_ms())
        self._confirmed[position.chain] = (position, incarnation)

    def save(self) -> None:
        """Write what came since the last save; the caller decides how often the card is worth it.

        Raises LinkFileUnwritable; then nothing was written, and all of it is kept for the next save.
        """
        if not self._unsaved and not self._notes:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._write()
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            hint = "检查存储卡是否已满或只读 / check whether the card is full or read-only"
            raise LinkFileUnwritable(f"{self._path} cannot be written: {error}", hint=hint) from error
        self._unsaved.clear()
        self._notes.clear()

    def _write(self) -> None:
        """Put everything unsaved into the open transaction."""
        if self._unsaved:
            self._db.executemany("DELETE FROM trouble WHERE kind = ?", [(over.value,) for over in _HEALED])
        self._db.executemany(
            "INSERT OR REPLACE INTO confirmed VALUES (?, ?, ?, ?, ?, ?, ?, ?)", list(self._unsaved.values())
        )
        notes = [(trouble.value, *_columns(chain), first_ms) for (trouble, chain), first_ms in self._notes.items()]
        self._db.executemany("INSERT OR IGNORE INTO trouble VALUES (?, ?, ?, ?)", notes)

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """Keep what people or the agent must know; the first time counts."""
        self._notes.setdefault((trouble, chain), self._wall_ms())

    def troubles(self) -> list[Noted]:
        """Everything on disk, oldest first."""
        return [
            Noted(Trouble(kind), ChainId(epoch, Lane(lane)) if epoch else None, first_ms)
            for kind, epoch, lane, first_ms in self._read(
                "SELECT kind, epoch, lane, first_ms FROM trouble ORDER BY first_ms"
            )
        ]

    def close(self) -> None:
        """Save and let go of the file; raises LinkFileUnwritable, the file is closed all the same."""
        try:
            self.save()
        finally:
            self._db.close()


def _columns(chain: ChainId | None) -> tuple[bytes, int]:
    """Epoch and lane as stored; an empty epoch stands for the whole link."""
    return (b"", 0) if chain is None else (chain.epoch, int(chain.lane))
