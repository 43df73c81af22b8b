"""link.db: what the county confirmed and what came down; owned by `station sync`, read by the agent.

A small SQLite file of its own, so that the journal keeps a single writer. If it is lost nothing is lost: the county is
asked where it stands at every connect. Called by the sender (as its Ledger), the agent and `station status`.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sync.entry import ChainId, Lane, Position
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


class Noted(NamedTuple):
    """One trouble and since when (milliseconds of wall time); chain is None where it concerns the whole link."""

    trouble: Trouble
    chain: ChainId | None
    first_ms: int


class LinkFile:
    """The ledger on disk. Confirmations are only a memory of what the county holds, so a lost one costs a question."""

    def __init__(self, path: Path, wall_ms: Callable[[], int], *, writable: bool) -> None:
        """Open `path`; with `writable` it is made when missing, else sqlite3.OperationalError is raised."""
        mode = "rwc" if writable else "ro"
        self._db = sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=5.0)
        self._wall_ms = wall_ms
        self._confirmed: dict[ChainId, tuple[Position, bytes]] = {}
        self._unsaved: dict[ChainId, tuple[object, ...]] = {}
        if writable:
            # Small pages: one receipt rewrites one page, and a card wears by what is written.
            self._db.executescript("PRAGMA page_size=1024; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self.refresh()

    def refresh(self) -> None:
        """Read again what another process wrote."""
        rows = self._db.execute("SELECT epoch, lane, sequence, hash, incarnation FROM confirmed").fetchall()
        self._confirmed = {
            ChainId(epoch, Lane(lane)): (Position(epoch, Lane(lane), sequence, digest), incarnation)
            for epoch, lane, sequence, digest, incarnation in rows
        }

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
        self._unsaved[position.chain] = (*position, incarnation, receipt, signature, self._wall_ms())
        self._confirmed[position.chain] = (position, incarnation)

    def save(self) -> None:
        """Write what was confirmed since the last save; the caller decides how often the card is worth it."""
        if not self._unsaved:
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT OR REPLACE INTO confirmed VALUES (?, ?, ?, ?, ?, ?, ?, ?)", list(self._unsaved.values())
        )
        self._db.execute("COMMIT")
        self._unsaved.clear()

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """Keep what people or the agent must know; the first time counts."""
        epoch, lane = chain if chain is not None else (b"", Lane.CUSTODY)
        self._db.execute(
            "INSERT OR IGNORE INTO trouble VALUES (?, ?, ?, ?)", (trouble.value, epoch, int(lane), self._wall_ms())
        )

    def troubles(self) -> list[Noted]:
        """Everything noted, oldest first."""
        rows = self._db.execute("SELECT kind, epoch, lane, first_ms FROM trouble ORDER BY first_ms").fetchall()
        return [
            Noted(Trouble(kind), ChainId(epoch, Lane(lane)) if epoch else None, first_ms)
            for kind, epoch, lane, first_ms in rows
        ]

    def close(self) -> None:
        """Save and let go of the file."""
        self.save()
        self._db.close()
