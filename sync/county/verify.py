"""Walks the chains as they are stored and names the first entry that does not follow from the one before.

A fork is followed on all of its branches: an entry is good when it follows from any entry at the place before.
`check_places` is pure; `verify_chain` reads pages of the log for it. Called by `county verify` and `county log`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, Row, text

from sync.county.database import reading
from sync.entry import ROOT, ChainId, Entry, Personal, check_one
from sync.errors import BrokenChain

PLACES = 1000

_read = text("""
    SELECT sequence, hash, header, body, personal_digest, personal_salt, personal_sealed FROM log
    WHERE chain = :chain AND sequence BETWEEN :first AND :last ORDER BY sequence, hash""")
_tip = text("SELECT max(sequence) FROM log WHERE chain = :chain")
_HINT = (
    "从此条起不可信,请保全数据库并查明原因 / do not trust this chain from here on; keep the database and find out why"
)

Place = tuple[int, list[Entry]]


def verify_chain(engine: Engine, number: int, station: str, chain: ChainId) -> int:
    """Walk one stored chain and return how many entries are good; raises BrokenChain at the first that is not."""
    return sum(check_places(_places(engine, number), station=station, chain=chain))


def check_places(places: Iterable[Place], *, station: str, chain: ChainId) -> Iterator[int]:
    """Hold each place (its number and all entries there) against the one before; yields how many entries it has.

    The first place must be 0. Raises BrokenChain.
    """
    before = [ROOT]
    for expected, (sequence, entries) in enumerate(places):
        if sequence != expected:
            raise BrokenChain(f"entry {expected}: is missing", sequence=expected, hint=_HINT)
        for entry in entries:
            _check_entry(entry, sequence, before)
            header = entry.read_header()
            if (header.station, header.chain) != (station, chain):
                raise BrokenChain(f"entry {sequence}: belongs to another chain", sequence=sequence, hint=_HINT)
        before = [entry.hash for entry in entries]
        yield len(entries)


def _check_entry(entry: Entry, sequence: int, before: list[bytes]) -> None:
    """Good after any of `before`; else raises what is wrong after the last of them."""
    for previous in before[:-1]:
        try:
            check_one(entry, sequence=sequence, previous=previous)
        except BrokenChain:
            continue
        return
    check_one(entry, sequence=sequence, previous=before[-1])


def _places(engine: Engine, number: int) -> Iterator[Place]:
    """All places of a chain, read in short transactions."""
    with reading(engine) as connection:
        tip = connection.execute(_tip, {"chain": number}).scalar_one()
    for first in range(0, (-1 if tip is None else tip) + 1, PLACES):
        rows = _read_rows(engine, number, first, first + PLACES - 1)
        for sequence, group in groupby(rows, key=lambda row: int(row.sequence)):
            yield sequence, [_entry(row) for row in group]


def read_entries(engine: Engine, number: int, first: int, last: int) -> list[Entry]:
    """All entries of a chain at the places `first` to `last`, unchecked; raises LogUnavailable."""
    return [_entry(row) for row in _read_rows(engine, number, first, last)]


def _read_rows(engine: Engine, number: int, first: int, last: int) -> Sequence[Row[Any]]:
    with reading(engine) as connection:
        return connection.execute(_read, {"chain": number, "first": first, "last": last}).all()


def _entry(row: Row[Any]) -> Entry:
    personal = None
    if row.personal_digest is not None:
        personal = Personal(row.personal_digest, row.personal_salt, row.personal_sealed)
    return Entry(row.header, row.body, personal, row.hash)
