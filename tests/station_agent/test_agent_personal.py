"""Personal data in the agent's loop: a number keyed at the counter, sealed for the county, erased in time."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from station_agent.counter.books import Books
from station_agent.counter.counter import Counter
from station_agent.counter.shelves import ShelfPlan
from station_agent.feedback import Console
from station_agent.journal.reader import JournalFile
from station_agent.personal.sealing import Sealing
from station_agent.personal.sweep import AGAIN_S, FIRST_S, Sweep
from sync.contact import Contact
from sync.entry import Entry, Lane
from sync.keys import OpeningKey
from sync.sealing import open_sealed
from tests.station_agent.day import Day
from tests.station_agent.personal.book import Book

OLD_MS = 1_600_000_000_000
FULL = "database or disk is full"


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A station that knows the recipient of a parcel which went years ago."""
    made = Day(tmp_path)
    contacts = Book().contacts
    learned = contacts.learn("A", Contact("13800138000"), source="list", wall_ms=OLD_MS)
    assert learned is not None
    contacts.take(learned)
    changes = [*learned, contacts.mark("A", OLD_MS)]
    made.journal.commit([], changes)
    contacts.take(changes)
    made.log.clear()
    made.sweep = Sweep(
        made.journal,
        contacts,
        days=30,
        is_here=lambda _: False,
        link_path=tmp_path / "link.db",
        stamp=made.stamp,
        roll=lambda _: None,
    )
    yield made
    made.close()


def test_the_loop_erases_what_is_due(day: Day) -> None:
    """A minute after the start, not before; nobody at the counter hears of it."""
    day.at(FIRST_S - 1, lambda: day.log.append("a minute"))
    day.run(FIRST_S + 20)
    assert day.journal.rows("contact") == []
    assert day.kinds(Lane.CUSTODY) == ["personal.erased"]
    assert day.log.index("a minute") < len(day.log) - 1 - day.log[::-1].index("commit")
    assert day.said() == []


def test_a_card_that_refuses_is_a_fault_until_it_is_done(day: Day) -> None:
    """The technician sees that personal data stays longer than it may, and when that was over."""
    day.at(FIRST_S - 1, lambda: setattr(day.card, "refuses", FULL))
    day.at(FIRST_S + 30, lambda: setattr(day.card, "refuses", ""))
    day.run(FIRST_S + AGAIN_S + 120)
    assert day.kinds(Lane.CUSTODY) == ["personal.erased"]
    faults = [(header.kind, body) for header, body in day.entries(Lane.TELEMETRY) if "device" in body]
    assert [kind for kind, _ in faults] == ["device.fault", "device.recovered"]
    assert {(body["device"], body["reason"]) for _, body in faults} == {("personal", "unerased")}


# From the counter to the county

PARCEL, OTHER, PHONE = "SF1234567890123", "YT1234567890123", "13917624835"
OPENING = OpeningKey(X25519PrivateKey.from_private_bytes(b"o" * 32))


@pytest.fixture
def counter_day(tmp_path: Path) -> Iterator[Day]:
    """A station with a book of contacts, that seals for the county."""
    made = Day(tmp_path)
    contacts = Book().contacts
    made.counter = Counter(Books(ShelfPlan(), contacts))
    sealing = Sealing("V042", OPENING.public, draw=random.Random(1).randbytes)
    made.seal = lambda records, aside, wall_ms: sealing.sealed(records, aside, contacts, wall_ms)
    yield made
    made.close()


def key_in(day: Day, after_s: float, digits: str) -> None:
    """Digit cards, closed with OK."""
    for number, card in enumerate([*(f"YYCD{digit}" for digit in digits), "YYCOK"]):
        day.scan(after_s + number, card)


def custody(day: Day) -> list[Entry]:
    """Every custody entry on disk."""
    reader = JournalFile(day.path)
    (head,) = (head for head in reader.heads() if head.lane is Lane.CUSTODY)
    entries = list(reader.every(head.chain))
    reader.close()
    return entries


def test_a_keyed_number_reaches_the_county_sealed_and_nobody_else(counter_day: Day) -> None:
    """Keyed for a parcel, kept encrypted, and in the notice to the county only; a parcel without one has no part."""
    day = counter_day
    day.scan(5.0, PARCEL)
    day.scan(6.0, "YYCPHONE")
    key_in(day, 7.0, PHONE)
    day.scan(25.0, OTHER)
    day.scan(26.0, "YYCOK")
    day.run(30.0)
    assert "phone.kept" in day.said()
    assert [row[0] for row in day.journal.rows("contact")] == [PARCEL]
    parts = {entry.read_body().get("waybill"): entry.personal for entry in custody(day) if entry.personal}
    assert set(parts) == {PARCEL}
    assert open_sealed(OPENING.private, parts[PARCEL], station="V042", waybill=PARCEL) == Contact(PHONE)
    for entry in custody(day):
        assert entry.personal is None or entry.read_header().kind == "notice.due"
        assert PHONE[-4:].encode() not in entry.header + entry.body
    assert not any(PHONE[-4:] in f"{answer}" for answer in day.answers)
    stream = io.StringIO()
    for answer in day.answers:
        Console(stream).give(answer)
    keyed = [line for line in stream.getvalue().splitlines() if "•" in line]
    assert (len(keyed), len(set(keyed))) == (len(PHONE), 1)
    assert day.counter.books.with_last_four(PHONE[-4:]) == [PARCEL]


def test_a_number_keyed_after_its_batch_reaches_the_county_at_once(counter_day: Day) -> None:
    """Keyed and asked for in one transaction: the part holds what was keyed just now, and there is only one of it."""
    day = counter_day
    day.scan(5.0, PARCEL)
    day.scan(6.0, "YYCOK")
    day.scan(7.0, PARCEL)
    day.scan(8.0, "YYCPHONE")
    key_in(day, 9.0, PHONE)
    day.scan(25.0, "YYCPHONE")
    key_in(day, 26.0, PHONE)
    day.run(50.0)
    assert day.kinds(Lane.CUSTODY) == ["parcel.received", "batch.confirmed", "notice.due"]
    (part,) = (entry.personal for entry in custody(day) if entry.personal)
    assert open_sealed(OPENING.private, part, station="V042", waybill=PARCEL) == Contact(PHONE)


def test_a_number_a_full_card_refused_was_never_learned(counter_day: Day) -> None:
    """Red, and nobody is known: it is keyed again."""
    day = counter_day
    day.scan(5.0, PARCEL)
    day.scan(6.0, "YYCPHONE")
    day.at(6.5, lambda: setattr(day.card, "refuses", FULL))
    key_in(day, 7.0, PHONE)
    day.run(30.0)
    assert day.said()[-1] == "not_saved"
    assert day.counter.books.with_last_four(PHONE[-4:]) == []
