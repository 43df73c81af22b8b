"""Which of the entries found in a damaged file are what was written, by their hashes alone. Pure.

Rules
1. An entry that follows from the one before it holds. So does one whose own hash was damaged, if the next follows from
   what that hash must have been.
2. What does not hold is a hole. The hash at its end is known when the next entry follows from the stored one.
3. Behind a hole whose end is not known the chain goes on from the first stored hash the next entry follows from.
4. An entry that does not follow from a known one is loose: perhaps readable, not provable, and part of the hole.
5. A personal part that was altered counts as erased; one that was erased in any copy stays erased.

before       the entry                        the next follows            it is        before the next
-----------  -------------------------------  --------------------------  -----------  ---------------
known        follows                          -                           good         its hash
known        another hash than it says        from the hash it must have  good         that hash
known        does not follow                  from the hash it says       a hole       that hash
known        does not follow                  no                          a hole       unknown
unknown      -                                from the hash it says       loose, hole  that hash
unknown      -                                no                          loose, hole  unknown

Called by the salvage, with candidates in the order of their places.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sync.entry import ROOT, Entry, Personal, entry_hash, personal_digest


class Hole(NamedTuple):
    """Places that cannot be read. hash: of the last of them, None where nobody knows."""

    first: int
    last: int
    hash: bytes | None


class Good(NamedTuple):
    """An entry that holds."""

    sequence: int
    entry: Entry


class Loose(NamedTuple):
    """An entry nobody can prove."""

    sequence: int
    entry: Entry


Place = tuple[int, Sequence[Entry]]
Found = Good | Hole | Loose


def mend(places: Iterable[Place], gone: Mapping[int, Hole] = MappingProxyType({})) -> Iterator[Found]:
    """Walk the candidates of one chain. A hole comes behind the loose entries in it, and before what follows it.

    gone: by their first places, ranges that were let go of and are no holes.
    """
    before: bytes | None = ROOT
    expected = 0
    open_hole: Hole | None = None
    for (sequence, entries), following in _with_next(places):
        while (skipped := gone.get(expected)) is not None and skipped.last < sequence:
            expected, before = skipped.last + 1, skipped.hash
        if sequence > expected:
            open_hole = _wider(open_hole, expected, sequence - 1, None)
            before = None
        expected = sequence + 1
        found, before_next = _judge(sequence, [_whole(entry) for entry in entries], before, following)
        if isinstance(found, Good):
            if open_hole is not None:
                yield open_hole._replace(hash=before)
                open_hole = None
            yield found
        else:
            if found is not None:
                yield found
            open_hole = _wider(open_hole, sequence, sequence, before_next)
        before = before_next
    if open_hole is not None:
        yield open_hole


def _judge(
    sequence: int, entries: Sequence[Entry], before: bytes | None, following: Sequence[Entry]
) -> tuple[Good | Loose | None, bytes | None]:
    """What one place holds, and the hash to go on from (None: unknown)."""
    if before is not None:
        made = [(entry, entry_hash(before, entry.header, entry.body, entry.personal)) for entry in entries]
        holding = [(entry, digest) for entry, digest in made if entry.hash == digest] or [
            (entry, digest) for entry, digest in made if _follows(digest, following)
        ]
        if holding:
            entry, digest = min(holding, key=_erased_first)
            return Good(sequence, entry._replace(hash=digest)), digest
    vouched = next((entry for entry in entries if _follows(entry.hash, following)), None)
    if vouched is not None:
        return (Loose(sequence, vouched) if before is None else None), vouched.hash
    return (Loose(sequence, entries[0]) if before is None and entries else None), None


def _follows(previous: bytes, entries: Sequence[Entry]) -> bool:
    """Whether one of these comes after an entry with this hash."""
    return any(entry_hash(previous, each.header, each.body, each.personal) == each.hash for each in entries)


def _whole(entry: Entry) -> Entry:
    """The entry without a personal part that is not the one that was chained."""
    part = entry.personal
    if (
        part is None
        or part.salt is None
        or part.sealed is None
        or personal_digest(part.salt, part.sealed) == part.digest
    ):
        return entry
    return entry._replace(personal=Personal(part.digest, None, None))


def _erased_first(candidate: tuple[Entry, bytes]) -> bool:
    part = candidate[0].personal
    return part is not None and part.sealed is not None


def _wider(hole: Hole | None, first: int, last: int, digest: bytes | None) -> Hole:
    """A hole that goes on to `last`."""
    return Hole(first if hole is None else hole.first, last, digest)


def _with_next(places: Iterable[Place]) -> Iterator[tuple[Place, Sequence[Entry]]]:
    """Each place with the candidates of the very next one."""
    before: Place | None = None
    for place in places:
        if before is not None:
            yield before, [_whole(entry) for entry in place[1]] if place[0] == before[0] + 1 else ()
        before = place
    if before is not None:
        yield before, ()
