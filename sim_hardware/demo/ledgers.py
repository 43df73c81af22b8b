"""Reads both databases, and what the station said, from outside: an independent witness that shares no code with them.

Every hash is worked out anew from the stored bytes by the formula of the wire. Called by the screen and the audit.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from sync.entry import ROOT, Entry, Lane, Personal, entry_hash


class Place(NamedTuple):
    """Where an entry stands."""

    epoch: bytes
    lane: int
    sequence: int


class Counts(NamedTuple):
    """Entries per lane."""

    custody: int
    telemetry: int


_COLUMNS = "c.epoch, c.lane, t.sequence, header, body, hash, personal_digest, personal_salt, personal_sealed"
_QUERY = "SELECT {columns} FROM {table} t JOIN chain c ON c.id = t.chain ORDER BY c.id, t.sequence"


def journal_entries(path: Path) -> dict[Place, list[Entry]]:
    """All entries of a journal by place."""
    return _entries(path, _QUERY.format(columns=_COLUMNS, table="entry"))


def county_entries(path: Path) -> dict[Place, list[Entry]]:
    """All entries of the county's log by place; a fork has two at one place."""
    return _entries(path, _QUERY.format(columns=_COLUMNS, table="log"))


def bad_links(entries: dict[Place, list[Entry]]) -> list[Place]:
    """Places whose stored hash is not what header, body and the entry before give."""
    return [
        place
        for place, branches in entries.items()
        if not all(_follows(entry, _hashes_before(entries, place)) for entry in branches)
    ]


def _hashes_before(entries: dict[Place, list[Entry]], place: Place) -> list[bytes]:
    """What the entries at `place` may follow."""
    if place.sequence == 0:
        return [ROOT]
    return [entry.hash for entry in entries.get(place._replace(sequence=place.sequence - 1), [])]


def _follows(entry: Entry, before: list[bytes]) -> bool:
    """Whether the stored hash is what the bytes give after one of `before`."""
    return any(entry.hash == entry_hash(root, entry.header, entry.body, entry.personal) for root in before)


def counts(path: Path, table: str) -> Counts | None:
    """Entries per lane in `entry` (a journal) or `log` (the county); None while there is no database yet."""
    try:
        with _opened(path) as database:
            rows = database.execute(
                f"SELECT c.lane, count(*) FROM {table} t JOIN chain c ON c.id = t.chain GROUP BY c.lane"  # noqa: S608
            ).fetchall()
    except sqlite3.OperationalError:
        return None
    by_lane = dict(rows)
    return Counts(by_lane.get(int(Lane.CUSTODY), 0), by_lane.get(int(Lane.TELEMETRY), 0))


def confirmed(path: Path) -> int | None:
    """How many entries the county's receipts confirm; None while there are none."""
    try:
        with _opened(path) as database:
            total: int | None = database.execute("SELECT sum(sequence + 1) FROM confirmed").fetchone()[0]
    except sqlite3.OperationalError:
        return None
    return total


def sentences(path: Path) -> list[str]:
    """What the station said on its console, each line marked with its colour."""
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [line for line in lines if line[:1] in ("●", "▲", "■")]


def _entries(path: Path, query: str) -> dict[Place, list[Entry]]:
    found: dict[Place, list[Entry]] = {}
    with _opened(path) as database:
        for epoch, lane, sequence, header, body, digest, *personal in database.execute(query):
            part = Personal(*personal) if personal[0] is not None else None
            found.setdefault(Place(epoch, lane, sequence), []).append(Entry(header, body, part, digest))
    return found


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection, closed again at once: whoever reads must not hold anybody up."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2.0)) as database:
        yield database
