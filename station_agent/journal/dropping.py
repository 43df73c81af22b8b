"""Telemetry let go of when the card is full: the oldest ranges first, those the county has before those it lacks.

What the county lacks is named in an entry of the custody lane (`telemetry.dropped`), in the same transaction, so that
the county knows what is missing and why, and the chain behind it still holds there. Custody is never let go of here.
The head of a chain stays, and so does what a reader needs of what went: a row of `gap` with the hash at its end.
Called by the journal, which hands over its transaction; one call lets go of one piece.
"""

from typing import Any, NamedTuple

from station_agent.journal.schema import Connection
from sync.entry import ChainId, Lane

DROP_ENTRIES = 200
"""Entries one piece may hold: 10 ms here."""
CONFIRMED, PRESSURE, PRUNED, BROKEN = "confirmed", "pressure", "pruned", "broken"
"""Why places are not here any more; `pruned` is what `pruning` lets go of, `broken` what a salvage could not read."""
DROPPED = "telemetry.dropped"
NAMED = "named"
"""Under this name the file remembers the county's incarnation that was told of all that is gone."""


class Gone(NamedTuple):
    """A range that is not here any more, whatever the reason, and the hash at its end."""

    epoch: bytes
    lane: int
    first: int
    last: int
    hash: bytes


class Piece(NamedTuple):
    """A range of one chain to let go of, by its number in the file. before: the hash the first of it follows."""

    number: int
    chain: ChainId
    first: int
    last: int
    reason: str

    def body(self, first_hash: bytes, hash_: bytes) -> dict[str, Any]:
        """What the entry says that names it."""
        return {
            "epoch": self.chain.epoch,
            "lane": int(self.chain.lane),
            "first": self.first,
            "last": self.last,
            "first_hash": first_hash,
            "hash": hash_,
        }


def oldest(connection: Connection, confirmed: dict[ChainId, int]) -> Piece | None:
    """The next piece, None where no telemetry is left to let go of. confirmed: how far the county has each chain."""
    chains = connection.execute(
        "SELECT c.id, c.epoch, (SELECT min(sequence) FROM entry WHERE chain = c.id),"
        " (SELECT max(sequence) FROM entry WHERE chain = c.id) FROM chain c WHERE c.lane = ? ORDER BY c.id",
        (int(Lane.TELEMETRY),),
    ).fetchall()
    waiting: Piece | None = None
    for number, epoch, first, head in chains:
        if first is None or first >= head:
            continue
        chain = ChainId(bytes(epoch), Lane.TELEMETRY)
        have, last = confirmed.get(chain, -1), min(first + DROP_ENTRIES - 1, head - 1)
        if have >= first:
            return Piece(number, chain, first, min(last, have), CONFIRMED)
        waiting = waiting or Piece(number, chain, first, last, PRESSURE)
    return waiting


def gone(connection: Connection) -> list[Gone]:
    """Every range that was let go of, older epochs first."""
    rows = connection.execute(
        "SELECT c.epoch, c.lane, g.first, g.last, g.hash FROM gap g JOIN chain c ON c.id = g.chain"
        " WHERE g.hash IS NOT NULL AND g.reason != ? ORDER BY g.chain, g.first",
        (BROKEN,),
    ).fetchall()
    return [Gone(bytes(epoch), lane, first, last, bytes(end)) for epoch, lane, first, last, end in rows]


def hash_of(connection: Connection, number: int, sequence: int) -> bytes | None:
    """Hash of an entry that is here."""
    rows = connection.execute("SELECT hash FROM entry WHERE chain = ? AND sequence = ?", (number, sequence)).fetchall()
    return bytes(rows[0][0]) if rows else None


def drop(connection: Connection, piece: Piece, hash_: bytes) -> None:
    """Let go of a piece within an open transaction; one that goes on where another of its kind ended joins it."""
    place = (piece.number, piece.first, piece.last)
    connection.execute("DELETE FROM entry WHERE chain = ? AND sequence BETWEEN ? AND ?", place)
    before = connection.execute(
        "SELECT first FROM gap WHERE chain = ? AND last = ? AND reason = ?",
        (piece.number, piece.first - 1, piece.reason),
    ).fetchall()
    first = before[0][0] if before else piece.first
    connection.execute(
        "INSERT OR REPLACE INTO gap VALUES (?, ?, ?, ?, ?)", (piece.number, first, piece.last, hash_, piece.reason)
    )
