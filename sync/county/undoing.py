"""Which entries an `act.undone` takes back: those at the places it names, in its own branch of the chain.

    1   2   3a  4a  5a: takes back 4     its branch is 5a 4a 3a 2 1: 4a is taken back
            3b  4b  5b                   4b stands

The log keeps no entry's parent, but a hash says what it follows. So a fork is walked back from the undoing, place by
place. What both branches have in common is taken back where one of them does. Called by `bag_events`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from sync.entry import Personal, entry_hash

MAX_BACK = 10_000
"""Places between an undoing and what it takes back; a station takes back only what it did a minute ago."""

_between = text("""
    SELECT sequence, hash FROM log WHERE chain = :chain AND sequence BETWEEN :first AND :last ORDER BY sequence DESC""")
_whole = text("""
    SELECT sequence, hash, header, body, personal_digest FROM log
    WHERE chain = :chain AND sequence = :sequence AND hash = :hash""")


def taken_back(
    connection: Connection, chain: int, sequence: int, entry: bytes, places: Sequence[int]
) -> list[tuple[int, bytes]]:
    """Place and hash of what the undoing `entry` at `sequence` takes back; `places` lie at most MAX_BACK before it.

    Places the log does not have are left out, and those before them.
    """
    if not places:
        return []
    rows = connection.execute(_between, {"chain": chain, "first": min(places), "last": sequence - 1}).all()
    at_place: dict[int, list[bytes]] = {}
    for row in rows:
        at_place.setdefault(row.sequence, []).append(bytes(row.hash))
    branch: dict[int, bytes] = {}
    here = (sequence, entry)
    for place in range(sequence - 1, min(places) - 1, -1):
        known = at_place.get(place, [])
        before = known[0] if len(known) == 1 else _parent(connection, chain, here, known)
        if before is None:
            break
        branch[place] = before
        here = (place, before)
    return [(place, branch[place]) for place in places if place in branch]


def _parent(connection: Connection, chain: int, here: tuple[int, bytes], known: Sequence[bytes]) -> bytes | None:
    """Which of the entries at the place before this one follows."""
    found = connection.execute(_whole, {"chain": chain, "sequence": here[0], "hash": here[1]}).one_or_none()
    return None if found is None else next((each for each in known if _follows(found, each)), None)


def _follows(row: Row[Any], previous: bytes) -> bool:
    part = None if row.personal_digest is None else Personal(bytes(row.personal_digest), None, None)
    return entry_hash(previous, bytes(row.header), bytes(row.body), part) == bytes(row.hash)
