"""What the counter hears from outside itself, and what time alone brings, over a real journal and link.db."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station_agent.agent import LOOK_S
from station_agent.badges import CountyBadges
from station_agent.config import load
from station_agent.counter.book import Event
from station_agent.counter.counter import WALK_EVERY_S
from station_agent.counter.duty import HOUR_MS, MAX_HOURS
from station_agent.counter.notes import WARN_DAYS, Notes
from station_agent.counter.vocabulary import custody
from station_agent.outlook import Outlook
from sync.entry import Lane
from sync.link import LinkFile
from tests.station_agent.counter.test_verification import UNTIL, verification
from tests.station_agent.day import START_S, Day
from tests.station_agent.folder import init, opened, write

WALL_MS = 1_700_000_000_000


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A day at a station with nothing connected yet."""
    made = Day(tmp_path)
    yield made
    made.close()


def outlook(day: Day) -> Outlook:
    """An outlook on that station."""
    return Outlook(day.journal, Notes())


def link(day: Day, *, writable: bool = True) -> LinkFile:
    """Its link.db."""
    return LinkFile(day.folder / "link.db", lambda: WALL_MS, writable=writable)


def test_before_the_first_look_nothing_is_known(day: Day) -> None:
    """Nothing is said of what nobody looked at."""
    seen = outlook(day)
    assert (seen.unsent(), seen.silent_since_ms(), seen.faults(), seen.alarms()) == (None, None, 0, 0)


def test_without_a_link_everything_is_unsent(day: Day) -> None:
    """Both lanes, from the first entry on; the oldest tells since when the county has heard nothing."""
    seen = outlook(day)
    first_ms = day.stamp().wall_ms
    day.now_s += 50.0
    day.journal.commit([custody("station.opened", day="2023-11-14")])
    seen.look(None)
    assert (seen.unsent(), seen.silent_since_ms()) == (3, first_ms)


def test_what_the_county_confirmed_is_not_unsent(day: Day) -> None:
    """Confirmed to the head there is nothing; what comes later waits, while the county stays heard when it was."""
    seen = outlook(day)
    sync = link(day)
    for lane in Lane:
        sync.confirm(day.journal.head(lane), bytes(8), b"", b"")
    sync.save()
    seen.look(sync)
    assert (seen.unsent(), seen.silent_since_ms()) == (0, WALL_MS)
    day.now_s += 50.0
    day.journal.commit([custody("station.opened", day="2023-11-14")])
    day.now_s += 50.0
    day.journal.commit([custody("station.closed", day="2023-11-14")])
    seen.look(sync)
    assert (seen.unsent(), seen.silent_since_ms()) == (2, WALL_MS)
    sync.close()


def test_any_word_of_the_county_counts_as_heard(day: Day) -> None:
    """A receipt that confirms nothing new is a word too, and a later one counts from then on."""
    seen, sync = outlook(day), link(day)
    sync.met(bytes(8))
    sync.save()
    seen.look(sync)
    assert (seen.unsent(), seen.silent_since_ms()) == (2, WALL_MS)
    sync.close()


def test_open_faults_are_counted_by_device(day: Day) -> None:
    """Two reasons of one device are one device to repair."""
    seen = outlook(day)
    for device, reason in (("scale", "silent"), ("scale", "malformed"), ("gun", "lost")):
        seen.open_faults.bad(device, reason, 1.0)
    assert seen.faults() == 2


def test_certificates_that_run_out_are_counted(tmp_path: Path) -> None:
    """From thirty days before the last day on."""
    assert init(tmp_path).exit_code == 0
    with opened(tmp_path) as station:
        record = verification().record("1" * 16)
        station.notes.take(station.notes.effects(record.kind, record.body))
        told = [station.outlook.certificates(UNTIL + timedelta(days)) for days in (-WARN_DAYS - 1, -WARN_DAYS, 1)]
        assert told == [0, 1, 1]


def test_the_agent_looks_every_few_seconds(day: Day) -> None:
    """With and without link.db; the today card then says how much waits."""
    seen = outlook(day)
    day.outlook = seen
    day.run(2 * LOOK_S + 1)
    assert seen.unsent() is not None


def test_what_time_brings_is_written_by_the_agent(day: Day) -> None:
    """A duty nobody ended ends without a word; a card that refuses says nothing, and it comes up again."""
    began = Event("duty.began", {"badge": "17", "purpose": "attendant"}, WALL_MS - MAX_HOURS * HOUR_MS)
    day.counter.books.take(day.counter.books.effects(began))
    day.card.refuses = "database or disk is full"
    day.at(5.0, lambda: setattr(day.card, "refuses", ""))
    day.run(WALK_EVERY_S + 20.0)
    assert day.kinds(Lane.CUSTODY) == ["duty.ended"]
    assert day.said() == []
    assert day.now_s >= START_S + WALK_EVERY_S


def test_the_house_follows_the_settings(tmp_path: Path) -> None:
    """Days of overdue and checks, and local time, as [counter] says; the county's key reads badges."""
    assert init(tmp_path).exit_code == 0
    path = tmp_path / "etc" / "station.toml"
    path.write_text(
        path.read_text("utf-8") + "\n[counter]\nchase_days = 3\nclean_days = 1\nutc_offset_min = 0\n", "utf-8"
    )
    assert load(path)[0].counter.return_days == 7
    with opened(tmp_path) as station:
        house = station.counter.house
        assert (house.overdue_days, house.offset_min, house.check_days["clean"]) == ((3, 7), 0, 1)
        assert house.outside is station.outlook
        assert isinstance(station.counter.books.road.badges, CountyBadges)
        write(station, custody("duty.began", badge="17", purpose="attendant"))
    with opened(tmp_path) as station:
        assert station.counter.books.duty.by == "17"
