"""The agent's daily erasing: in its place in the loop, told to people when a card refuses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station_agent.personal.sweep import AGAIN_S, FIRST_S, Sweep
from sync.contact import Contact
from sync.entry import Lane
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
