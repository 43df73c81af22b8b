"""Walks the chains as they are stored, names the first entry that does not follow from the one before, and holds the
end of every branch against the station's signature.

A fork is followed on all of its branches: an entry is good when it follows from any entry at the place before. Hashes
alone could all be made anew by whoever owns the database; the signature over a head could not, and it vouches for
everything before it. `check_places` and `check_heads` are pure; `verify_chain` reads pages of the log for them. Called
by `county verify` and `county log`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, text

from sync.county.database import reading
from sync.dropped import Dropped
from sync.entry import ROOT, ChainId, Entry, Personal, Position, check_one
from sync.errors import BrokenChain
from sync.keys import verifier
from sync.wire import Verify, head_message

PLACES = 1000

_read = text("""
    SELECT sequence, hash, header, body, personal_digest, personal_salt, personal_sealed FROM log
    WHERE chain = :chain AND sequence BETWEEN :first AND :last ORDER BY sequence, hash""")
_dropped = text("""
    SELECT first, last, hash FROM dropped
    WHERE station = :station AND epoch = :epoch AND lane = :lane ORDER BY first""")
_tip = text("SELECT max(sequence) FROM log WHERE chain = :chain")
_heads = text("SELECT sequence, hash, signature FROM signed_head WHERE chain = :chain")
_keys = text("SELECT public_key FROM station_key WHERE station = :station")
_HINT = (
    "从此条起不可信,请保全数据库并查明原因 / do not trust this chain from here on; keep the database and find out why"
)

Place = tuple[int, list[Entry]]


class SignedHead(NamedTuple):
    """A place and the station's signature over it."""

    place: Position
    signature: bytes


def verify_chain(engine: Engine, number: int, station: str, chain: ChainId) -> int:
    """Walk one stored chain and return how many entries are good; raises BrokenChain at the first that is not."""
    good = sum(check_places(_places(engine, number), station=station, chain=chain, gone=_gone(engine, station, chain)))
    with reading(engine) as connection:
        tip = connection.execute(_tip, {"chain": number}).scalar_one()
        rows = connection.execute(_heads, {"chain": number}).all()
        keys = [bytes(key) for key in connection.execute(_keys, {"station": station}).scalars()]
    heads = [SignedHead(Position(*chain, row.sequence, bytes(row.hash)), bytes(row.signature)) for row in rows]
    ends = [entry.hash for entry in read_entries(engine, number, tip, tip)] if tip is not None else []
    check_heads(heads, ends, tip or 0, station=station, checks=[verifier(key) for key in keys])
    return good


def check_heads(
    heads: Sequence[SignedHead], ends: Iterable[bytes], tip: int, *, station: str, checks: Sequence[Verify]
) -> None:
    """Hold every signature against the station's keys, and the hashes at the tip against the signatures.

    `ends` are the hashes at place `tip`; raises BrokenChain for one that nobody signed, or a signature of another key.
    """
    for place, signature in heads:
        message = head_message(station, place)
        if not any(check(signature, message) for check in checks):
            raise BrokenChain(f"entry {place.sequence}: not signed by {station}", sequence=place.sequence, hint=_HINT)
    unsigned = set(ends) - {head.place.hash for head in heads}
    if unsigned:
        raise BrokenChain(f"entry {tip}: no signature of {station} vouches for it", sequence=tip, hint=_HINT)


def check_places(
    places: Iterable[Place], *, station: str, chain: ChainId, gone: Sequence[Dropped] = ()
) -> Iterator[int]:
    """Hold each place (its number and all entries there) against the one before; yields how many entries it has.

    The first place must be 0. gone: ranges the station named when it let go of them; what comes behind one follows the
    end that was named. Raises BrokenChain.
    """
    before, expected = [ROOT], 0
    for sequence, entries in places:
        if sequence != expected:
            ends = [each.hash for each in gone if each.last == sequence - 1]
            if not ends or not _is_named(expected, sequence, gone):
                raise BrokenChain(f"entry {expected}: is missing", sequence=expected, hint=_HINT)
            before = ends
        expected = sequence + 1
        for entry in entries:
            _check_entry(entry, sequence, before)
            header = entry.read_header()
            if (header.station, header.chain) != (station, chain):
                raise BrokenChain(f"entry {sequence}: belongs to another chain", sequence=sequence, hint=_HINT)
        before = [entry.hash for entry in entries]
        yield len(entries)


def _is_named(first: int, end: int, gone: Sequence[Dropped]) -> bool:
    """Whether every place from `first` up to before `end` is in a range that was named."""
    place = first
    for _ in range(len(gone) + 1):
        if place >= end:
            break
        place = max((each.last + 1 for each in gone if each.first <= place <= each.last), default=place)
    return place >= end


def _gone(engine: Engine, station: str, chain: ChainId) -> list[Dropped]:
    """The ranges of a chain the station let go of."""
    of = {"station": station, "epoch": chain.epoch, "lane": int(chain.lane)}
    with reading(engine) as connection:
        rows = connection.execute(_dropped, of).all()
    return [Dropped(chain.epoch, int(chain.lane), row.first, row.last, bytes(row.hash)) for row in rows]


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
