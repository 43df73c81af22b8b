"""Once a day what has been kept long enough is erased, and an entry says so."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from station_agent.journal.changes import Change
from station_agent.journal.reader import JournalFile
from station_agent.journal.writer import Journal, Record, Stamp
from station_agent.personal.retention import MOST_AT_ONCE
from station_agent.personal.sweep import AGAIN_S, DAY_S, FIRST_S, KIND, Sweep
from sync.contact import Contact
from sync.entry import Lane, Personal, Trust
from sync.link import LinkFile
from tests.station_agent.day import Card
from tests.station_agent.journal.files import Bench, by_sqlite3
from tests.station_agent.personal.book import DAY_MS, NOW_MS, Book

DAYS = 30


@dataclass
class Station:
    """A journal on a real card, a book, parcels on a shelf, and days that go by."""

    folder: Path
    here: set[str] = field(default_factory=set)
    trust: Trust = Trust.SYNCHRONISED
    day: float = 0.0
    months: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Everything empty."""
        self.bench = Bench(self.folder / "journal.db", by_sqlite3)
        self.card = Card(self.bench.connection(), [])
        self.journal: Journal = self.bench.journal(connection=self.card)
        self.journal._stamp = self.stamp  # the bench's own time goes by milliseconds
        self.book = Book()
        self.sweep = Sweep(
            self.journal,
            self.book.contacts,
            days=DAYS,
            is_here=self.here.__contains__,
            link_path=self.folder / "link.db",
            stamp=self.stamp,
            roll=self.months.append,
        )

    def stamp(self) -> Stamp:
        """The present day."""
        return Stamp(int(self.day * DAY_MS), NOW_MS + int(self.day * DAY_MS), self.trust)

    def receive(self, waybill: str) -> None:
        """A parcel with a known recipient, sealed for the county."""
        changes = self.book.contacts.learn(waybill, Contact("13800138000"), source="list", wall_ms=self.stamp().wall_ms)
        assert changes is not None
        part = Personal.of(waybill.ljust(16).encode(), b"sealed " + waybill.encode())
        self.journal.commit([Record(Lane.CUSTODY, "parcel.received", {"waybill": waybill}, part)], changes)
        self.book.contacts.take(changes)
        self.here.add(waybill)

    def confirm(self) -> None:
        """The county has everything."""
        link = LinkFile(self.folder / "link.db", lambda: 0, writable=True)
        link.confirm(self.journal.head(Lane.CUSTODY), bytes(8), b"", b"")
        link.close()

    def serve(self, after_days: float = 0.0) -> str | None:
        """One call, as the agent makes it every few seconds."""
        self.day += after_days + 1e-6
        return self.sweep.serve(self.day * DAY_S)

    def erased(self) -> list[dict[str, Any]]:
        """What the entries say was erased; the chain is verified on the way."""
        reader = JournalFile(self.bench.path)
        chain = self.journal.head(Lane.CUSTODY).chain
        reader.verify(chain)
        bodies = [entry.read_body() for entry in reader.every(chain) if entry.read_header().kind == KIND]
        reader.close()
        return bodies

    def sealed(self) -> int:
        """Personal parts that are still whole."""
        return int(self.bench.ask("SELECT count(*) FROM entry WHERE personal_sealed IS NOT NULL")[0][0])


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made = Station(tmp_path)
    made.serve()
    made.day += (FIRST_S + 1) / DAY_S
    yield made
    made.bench.close()


def test_a_contact_goes_thirty_days_after_its_parcel(station: Station) -> None:
    """While the parcel is here it stays, however long; then it is marked, and erased when its time is over."""
    station.receive("A")
    station.confirm()
    for _ in range(40):
        assert station.serve(1.0) is None
    assert (station.book.contacts.count, station.erased()[0]["count"]) == (1, 0)
    station.here.clear()
    for _ in range(DAYS):
        station.serve(1.0)
        assert station.book.contacts.count == 1
    station.serve(1.0)
    assert station.book.contacts.count == 0
    assert station.journal.rows("contact") == []
    wall_ms = station.stamp().wall_ms
    assert station.erased()[-1] == {"count": 1, "entries": 0, "before_ms": wall_ms - DAYS * DAY_MS, "days": DAYS}


def test_sealed_parts_go_once_confirmed_and_old(station: Station) -> None:
    """Not before the county has them, not before their time; the entry counts them and the chain verifies."""
    station.receive("A")
    station.receive("B")
    station.serve(DAYS + 1.0)
    assert station.sealed() == 2
    station.confirm()
    station.receive("C")
    station.serve(1.0)
    assert station.sealed() == 1
    assert [(body["count"], body["entries"]) for body in station.erased()] == [(0, 2)]


def test_it_is_done_once_a_day(station: Station) -> None:
    """Between, a call does nothing at all."""
    for _ in range(48):
        station.serve(0.5 / 24)
    assert len(station.months) == 1
    station.serve(0.5 / 24)
    assert len(station.months) == 2


def test_an_unknown_clock_erases_nothing(station: Station) -> None:
    """A wrong year would take everything; it is looked at again soon, and done once the clock is known."""
    station.receive("A")
    station.here.clear()
    station.serve()
    station.day += 400
    station.trust = Trust.UNKNOWN
    station.serve()
    assert station.book.contacts.count == 1
    station.trust = Trust.KEPT
    station.serve(AGAIN_S / DAY_S)
    assert station.book.contacts.count == 0


def test_a_full_card_is_told_and_tried_again(station: Station) -> None:
    """Nothing is erased in memory that is still on the card."""
    station.receive("A")
    station.here.clear()
    station.serve()
    station.day += DAYS + 1
    station.card.refuses = "database or disk is full"
    assert "卡已满" in (station.serve() or "")
    assert station.book.contacts.count == 1
    station.card.refuses = ""
    assert "卡已满" in (station.serve() or "")
    assert station.serve(AGAIN_S / DAY_S) is None
    assert station.book.contacts.count == 0


def test_much_is_done_in_pieces(station: Station) -> None:
    """Each call a bounded one; the next call goes on at once."""
    contacts, changes = station.book.contacts, list[Change]()
    for number in range(MOST_AT_ONCE + 20):
        changes += contacts.learn(f"P{number}", Contact("13800138000"), source="list", wall_ms=NOW_MS) or ()
    station.journal.commit([], changes)
    contacts.take(changes)
    station.serve()
    station.serve()
    station.day += DAYS + 1
    station.serve()
    assert station.book.contacts.count == 20
    station.serve()
    assert station.book.contacts.count == 0
    assert [body["count"] for body in station.erased()] == [MOST_AT_ONCE, 20]


def test_rows_of_a_lost_key_are_erased(station: Station) -> None:
    """They are of use to nobody."""
    station.book.contacts.load([("X", b"sealed with another key" * 3)])
    station.serve()
    assert station.book.contacts.unreadable == []
    assert station.erased()[0]["count"] == 1


@pytest.mark.parametrize("content", [b"", b"\xa5" * 4096])
def test_a_link_file_that_cannot_be_read_keeps_the_parts(station: Station, content: bytes) -> None:
    """Without the county's word nothing of an entry is erased; contacts go by their own time."""
    station.receive("A")
    (station.folder / "link.db").write_bytes(content)
    station.serve(DAYS + 1.0)
    assert station.sealed() == 1
