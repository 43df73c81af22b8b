"""Entries let go of because the county has had them for long enough: the oldest of a chain, a piece at a time.

What may go is said by `station_agent/letting_go.py`; here it goes. The head of a chain stays, and so does what a reader
needs of what went: a row of `gap` with the hash at its end, its reason `pruned`. Pages that come free are used again by
later entries, so that the file stops growing. Called by the journal, which hands over its transaction.
"""

from collections.abc import Mapping
from typing import NamedTuple

from station_agent.journal.dropping import PRUNED, Piece, drop, hash_of
from station_agent.journal.schema import Connection
from sync.entry import ChainId, Lane

PIECE_ENTRIES = 100
"""Entries one piece may hold, and PIECE_BYTES of them: 0.2 ms of processor here, however large the journal is."""
PIECE_BYTES = 48_000


class Kept(NamedTuple):
    """A chain by its number in the file, its first place that is still here, and its head."""

    number: int
    chain: ChainId
    first: int
    head: int


def kept(connection: Connection) -> list[Kept]:
    """Every chain that has entries, in the order of their opening; two look-ups for each."""
    rows = connection.execute(
        "SELECT id, epoch, lane, (SELECT min(sequence) FROM entry WHERE chain = id),"
        " (SELECT max(sequence) FROM entry WHERE chain = id) FROM chain ORDER BY id"
    ).fetchall()
    return [
        Kept(number, ChainId(bytes(epoch), Lane(lane)), first, head)
        for number, epoch, lane, first, head in rows
        if first is not None
    ]


def prune(connection: Connection, limits: Mapping[int, int]) -> int:
    """Let go of one piece within an open transaction; how many entries went. limits: last place by chain number."""
    for number, last in limits.items():
        found = connection.execute(
            "SELECT sequence, length(header) + length(body) + coalesce(length(personal_sealed), 0) FROM entry"
            " WHERE chain = ? AND sequence <= ? AND sequence < (SELECT max(sequence) FROM entry WHERE chain = ?)"
            " ORDER BY sequence LIMIT ?",
            (number, last, number, PIECE_ENTRIES),
        ).fetchall()
        places = _run(found)
        if not places:
            continue
        end = hash_of(connection, number, places[-1])
        assert end is not None
        drop(connection, Piece(number, ChainId(b"", Lane.CUSTODY), places[0], places[-1], PRUNED), end)
        return len(places)
    return 0


def _run(found: list[tuple[int, int]]) -> list[int]:
    """The places from the first on without a hole, as many as fit into a piece, one at least."""
    places: list[int] = []
    size = 0
    for sequence, length in found:
        size += length
        if places and (sequence != places[-1] + 1 or size > PIECE_BYTES):
            break
        places.append(sequence)
    return places
