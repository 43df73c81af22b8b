"""Personal parts are erased from entries the county has, and the chain holds without them."""

import pytest

from station_agent.errors import JournalFull
from station_agent.journal.changes import Change
from station_agent.journal.writer import ERASE_ENTRIES, Journal, OldParts, Record, Stamp
from sync.entry import Lane, Personal, Position, Trust
from tests.station_agent.day import Card
from tests.station_agent.journal.files import Bench, by_sqlite3, custody, telemetry

NEVER_MS = 1 << 50
"""A wall time long after everything."""


def sealed(number: int) -> Record:
    """A parcel with a personal part that is easy to find in a file."""
    return custody(number)._replace(personal=Personal.of(bytes([number % 251]) * 16, b"SEALED-%06d" % number))


def write(journal: Journal, *records: Record, wall_ms: int = 1000, trust: Trust = Trust.KEPT) -> Position:
    """Write with a given wall time; the place of the last."""
    return journal.commit(records, (), Stamp(1, wall_ms, trust))[-1]


def left(bench: Bench) -> list[int]:
    """Sequences of custody entries whose personal part is whole."""
    return [row[0] for row in bench.ask("SELECT sequence FROM entry WHERE personal_sealed IS NOT NULL ORDER BY 1")]


def erase(journal: Journal, confirmed: Position, before_ms: int = NEVER_MS) -> OldParts:
    """One piece."""
    old = journal.old_personal(confirmed, before_ms)
    assert old is not None
    journal.erase_personal([old])
    return old


def test_erased_parts_leave_the_chain_whole(bench: Bench) -> None:
    """Salt and sealed fields go, the digest stays, every hash still follows; the next entry goes on from there."""
    journal = bench.journal()
    place = write(journal, sealed(1), custody(2), sealed(3))
    assert erase(journal, place).sequences == (1, 3)
    entries = bench.walked(place.chain)
    digests = [sealed(n).personal.digest for n in (1, 3)]  # type: ignore[union-attr]
    assert [entry.personal for entry in entries if entry.personal] == [Personal(d, None, None) for d in digests]
    write(journal, custody(4))
    assert len(bench.walked(place.chain)) == 5


def test_only_what_the_county_confirmed_and_old_is_erased(plain: Bench) -> None:
    """Not behind its position, not younger than the limit; an unknown clock counts as old."""
    journal = plain.journal()
    write(journal, sealed(1), wall_ms=1000)
    write(journal, sealed(2), wall_ms=9_000_000, trust=Trust.UNKNOWN)
    place = write(journal, sealed(3), wall_ms=2000)
    write(journal, sealed(4), wall_ms=1000)
    assert journal.old_personal(place._replace(sequence=0), NEVER_MS) == OldParts(1, (), 0, True)
    assert journal.old_personal(place, 2000) == OldParts(1, (1, 2), 2, True)
    assert journal.old_personal(place, 500) == OldParts(1, (), 0, True)
    erase(journal, place, 2000)
    assert left(plain) == [3, 4]
    assert erase(journal, place).sequences == (3,)
    assert left(plain) == [4]


def test_a_chain_that_is_not_here_has_nothing_to_erase(plain: Bench) -> None:
    """The county may remember an epoch of another card."""
    journal = plain.journal()
    assert journal.old_personal(Position(b"elsewher", Lane.CUSTODY, 5, bytes(32)), NEVER_MS) is None


def test_both_lanes_are_looked_at_apart(plain: Bench) -> None:
    """A telemetry position says nothing of custody."""
    journal = plain.journal()
    write(journal, sealed(1))
    place = write(journal, telemetry()._replace(personal=sealed(2).personal))
    assert erase(journal, place).sequences == (1,)
    assert left(plain) == [1]


def test_a_long_chain_is_looked_at_in_pieces_and_once(plain: Bench) -> None:
    """A scan never waits long; after a restart the search goes on where it stood."""
    journal = plain.journal()
    place = write(journal, *(custody(n) for n in range(ERASE_ENTRIES)), sealed(7))
    first = erase(journal, place)
    assert (first.sequences, first.ended) == ((), False)
    again = plain.journal()
    second = erase(again, place)
    assert (second.sequences, second.ended) == ((ERASE_ENTRIES + 1,), True)
    assert left(plain) == []


def test_a_county_that_stands_further_back_takes_nothing_back(plain: Bench) -> None:
    """Restored from a backup it confirms less than before: the search does not start anew."""
    journal = plain.journal()
    place = write(journal, sealed(1), sealed(2))
    erase(journal, place)
    old = erase(journal, place._replace(sequence=1))
    assert (old.sequences, old.through, old.ended) == ((), 2, True)


def test_records_and_changes_go_with_it(bench: Bench) -> None:
    """One transaction: what was erased, the entry that says so, the row of the contact."""
    journal = bench.journal()
    row = ("SF1", b"SEALED-ROW-" * 4)
    journal.commit([], [Change("contact", None, row)])
    place = write(journal, sealed(1))
    assert journal.rows("contact") == [row]
    old = journal.old_personal(place, NEVER_MS)
    assert old is not None
    (said,) = journal.erase_personal([old], [custody(9)], [Change("contact", row, None)])
    assert (said.sequence, journal.rows("contact")) == (2, [])
    assert len(bench.walked(place.chain)) == 3


def test_nothing_erased_is_left_in_the_file(bench: Bench) -> None:
    """Parts and rows are overwritten, not only unlinked: freed pages and cells hold none of them."""
    journal = bench.journal()
    rows = [(f"SF{n}", b"SEALED-ROW-%06d-" % n + bytes(60)) for n in range(200)]
    journal.commit([], [Change("contact", None, row) for row in rows])
    place = write(journal, *(sealed(n) for n in range(200)))
    journal.checkpoint()
    assert b"SEALED-" in bench.path.read_bytes()
    old = journal.old_personal(place, NEVER_MS)
    assert old is not None
    journal.erase_personal([old], (), [Change("contact", row, None) for row in rows])
    bench.close()
    assert b"SEALED-" not in bench.path.read_bytes()
    assert not bench.path.with_name("journal.db-wal").exists()


def test_a_card_that_refuses_erases_nothing_and_counts_nothing(plain: Bench) -> None:
    """All or nothing; the same call may be made again."""
    log: list[str] = []
    card = Card(by_sqlite3(plain.path), log)
    plain.opened.append(card._inner)
    journal = plain.journal(connection=card)
    place = write(journal, sealed(1))
    old = journal.old_personal(place, NEVER_MS)
    assert old is not None
    card.refuses = "database or disk is full"
    with pytest.raises(JournalFull):
        journal.erase_personal([old], [custody(2)])
    card.refuses = ""
    assert left(plain) == [1]
    assert journal.old_personal(place, NEVER_MS) == old
    journal.erase_personal([old], [custody(2)])
    assert left(plain) == []


def test_a_damaged_header_stops_no_erasing(plain: Bench) -> None:
    """Verify tells of the damage; what is personal in it need not stay."""
    journal = plain.journal()
    place = write(journal, sealed(1), sealed(2))
    plain.ask("UPDATE entry SET header = x'00' WHERE sequence = 1")
    assert erase(journal, place).sequences == (1, 2)
