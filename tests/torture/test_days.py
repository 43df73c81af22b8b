"""Sixty days without a county, then all of it at once; and days on end of a station and of a county: nothing grows.

In virtual time, with the real programs on real SQLite files: `script` says what happens on a day, `station_days` lives
it, `draining` brings it to a county, `county_days` is a county of 301 stations. At length under `make torture`, half a
day of each in every test run. What is bounded, and by what:

what                                     bound                                      by
---------------------------------------  -----------------------------------------  ------------------------------------
a station's memory                       within 5 % over 72 h from its third day    2,000 parcels that left, 200
                                         on, and over forty from its twentieth on   handovers; SQLite's 2 MB of cache
its write-ahead log                      16 MB                                      CHECKPOINT_COMMITS_BUSY
a county's memory                        within 5 % from the first day to the       SQLite's 64 MB of cache
                                         third                                      for each of two engines
its write-ahead log                      16 MB and what the projector wrote since   CHECKPOINT_PAGES
sending a backlog                        the same for a day as for sixty            a batch of 1,000 entries at a time
file handles, threads                    the same at every look

A station's first walks of its record (`journal/audit`, once a day) and its first weeks of parcels leave the heap some
megabytes larger; that is not growth, and is why a station is measured from its third day on.
"""

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from drivers.readings import Scan
from sim_hardware.demo import ledgers
from sim_hardware.demo.audit import audit
from station_agent.counter.books import Books
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Moment
from station_agent.counter.shelves import ShelfPlan
from station_agent.journal.writer import CHECKPOINT_COMMITS_BUSY
from station_agent.upkeep import LOG_BYTES
from tests.station_agent.journal.files import LIBRARIES, Bench
from tests.station_agent.journal.files import telemetry as journal_telemetry
from tests.torture import county_days, script, station_days
from tests.torture.draining import Drained, drain
from tests.torture.gauges import Gauge, growth_percent, peak_kb, told

DAYS = 60
STATIONS = 301
WITHIN_PERCENT = 5.0
COUNTY_LOG_BYTES = 32 << 20
PEAK_BYTES = 8 << 20
LINK_BYTES = 64 << 10
WORKED = {"parcel.received": script.PARCELS, "parcel.collected": script.PARCELS, "handover.done": 2, "pack.sealed": 1}
"""What a whole day must have been answered with, so that what is measured is a day's work."""


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """A folder in memory where there is one: what is measured does not depend on the disk, and waits for it do."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


def _check_steady(gauges: Sequence[Gauge], log_bytes: int) -> None:
    """Handles and threads do not become more, and the log has its bound.

    While a station walks its record it has the file open once more.
    """
    later = gauges[1:]
    half = len(later) // 2 or 1
    fewest = min(gauge.handles for gauge in later[:half])
    assert min(gauge.handles for gauge in later[half:] or later) == fewest
    assert max(gauge.handles for gauge in later) <= fewest + 1
    assert {gauge.threads for gauge in later} == {later[0].threads}
    assert 0 < max(gauge.log_bytes for gauge in gauges) <= log_bytes


def _check_drained(folder: Path, drained: Drained) -> int:
    """The county has the journal entry by entry, each hash worked out anew; nothing was let go of. How many."""
    journal = ledgers.journal_entries(folder / "data" / "journal.db")
    county = ledgers.county_entries(folder / "county.db")
    findings = audit(journal, county, [], ledgers.confirmed(folder / "data" / "link.db"))[:4]
    assert [finding for finding in findings if not finding.holds] == []
    for lane in (0, 1):
        places = [place.sequence for place in county if place.lane == lane]
        assert places == list(range(len(places))), "every place from the first on, in order"
    with closing(sqlite3.connect(folder / "data" / "journal.db")) as database:
        assert database.execute("SELECT count(*) FROM gap").fetchone() == (0,)
    assert drained.peak_bytes < PEAK_BYTES
    assert (folder / "data" / "link.db").stat().st_size <= LINK_BYTES
    return len(county)


# Half a day, in every test run


def test_half_a_day_offline_arrives_whole_and_takes_nothing_more(memory: Path) -> None:
    """No county, the work goes on; then everything is there in order, and handles, threads and log are as before."""
    folder = memory / "half"
    seen, days = station_days.live(folder, 0, 12, county=False)
    assert days.heard["parcel.received"] == script.PARCELS
    assert not (folder / "data" / "link.db").exists()
    _check_steady(seen, LOG_BYTES)
    drained = drain(folder / "data", station_days.STATION, folder / "county.db", batch=20)
    assert drained.breaks
    assert _check_drained(folder, drained) > 300


def test_half_a_day_of_a_county_takes_nothing_more(memory: Path) -> None:
    """Lost receipts, cut stations, lists: all that was written is in the tables, and the log has its bound."""
    seen, counted = county_days.live(memory / "few", 4, 12)
    _check_steady(seen, COUNTY_LOG_BYTES)
    assert counted["written"] == _logged(memory / "few" / "county.db")
    assert counted["lost"]
    assert counted["list"]
    assert not counted["malformed"]


def test_a_log_nobody_finds_the_time_to_move_has_its_bound(memory: Path) -> None:
    """A rush without one idle second: the log of a journal stays below what the upkeep tells people of."""
    bench = Bench(memory / "rush.db", LIBRARIES["sqlite3"])
    journal, counter = bench.journal(), Counter(Books(ShelfPlan()))
    log, sizes = memory / "rush.db-wal", []
    for number in range(CHECKPOINT_COMMITS_BUSY * 3 // 2):
        now_s = number * 1.0
        at, code = Moment("gun", now_s, round(now_s * 1000)), f"SF{number:013d}"
        decision = counter.scan(Scan(code, code.encode(), now_s), at)
        places = journal.commit([*decision.records, journal_telemetry(number)], decision.changes)
        counter.settle(decision, [place.sequence for place in places[:-1]], now_s)
        sizes.append(log.stat().st_size)
    bench.close()
    assert len(counter.books.shelves) == len(sizes), "every scan was a parcel"
    assert LOG_BYTES // 4 < max(sizes) <= LOG_BYTES
    assert sizes[-1] == sizes[CHECKPOINT_COMMITS_BUSY], "what was moved is written over"


def _logged(path: Path) -> int:
    """Entries in a county's log."""
    counts = ledgers.counts(path, "log")
    assert counts is not None
    return sum(counts)


# At length


@pytest.fixture(scope="module")
def two_months(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Gauge]]:
    """A station that worked sixty days with no county at all, and what it took."""
    folder = tmp_path_factory.mktemp("two-months")
    seen, found = told("tests.torture.station_days", folder, 0, DAYS * 24)
    assert {phrase: found["heard"][phrase] for phrase in WORKED} == {what: DAYS * n for what, n in WORKED.items()}
    return folder, seen


@pytest.mark.torture
def test_sixty_days_offline_are_drained_in_order_with_nothing_dropped(two_months: tuple[Path, list[Gauge]]) -> None:
    """0 dropped, 0 altered, 0 out of order; the backlog's size costs the sender no memory."""
    folder, seen = two_months
    assert not (folder / "data" / "link.db").exists()
    _check_steady(seen, LOG_BYTES)
    _hold_and_tell(f"{DAYS} days of a station", seen, 480, DAYS * 24)
    drained = drain(folder / "data", station_days.STATION, folder / "county.db")
    entries = _check_drained(folder, drained)
    print(
        f"{DAYS} days offline: {entries:,} entries, journal {seen[-1].file_bytes / 1e6:.1f} MB; drained in"
        f" {drained.messages} messages of {drained.sent_bytes / entries:.1f} B an entry with {drained.breaks} breaks:"
        f" 0 dropped, 0 out of order; both ends' memory {drained.peak_bytes / 1e6:.1f} MB at most, link.db"
        f" {(folder / 'data' / 'link.db').stat().st_size >> 10} kB"
    )


@pytest.mark.torture
def test_a_station_takes_no_more_after_72_hours(two_months: tuple[Path, list[Gauge]]) -> None:
    """It goes on after its two months, with the county's receipts and lists coming down; log, handles, threads too."""
    folder, _ = two_months
    seen, found = told("tests.torture.station_days", folder, DAYS, 121, "county")
    assert found["heard"]["parcel.collected"] == 5 * script.PARCELS
    _check_steady(seen, LOG_BYTES)
    _hold_and_tell("72 h of a station", seen, 48, 120)


@pytest.mark.torture
def test_a_county_of_301_takes_no_more_at_72_hours_than_at_24(memory: Path) -> None:
    """Every entry written is in the log and nothing malformed; memory, log, handles and threads have their bounds."""
    seen, found = told("tests.torture.county_days", memory / "county", STATIONS, 73)
    counted = found["counted"]
    assert counted["written"] == _logged(memory / "county" / "county.db")
    assert not counted["malformed"]
    _check_steady(seen, COUNTY_LOG_BYTES)
    _hold_and_tell(f"72 h of {STATIONS} stations, {counted['written']:,} entries", seen, 24, 72)


def _hold_and_tell(what: str, seen: list[Gauge], first: int, last: int) -> None:
    """One line for the README; and the memory must not have grown from the one day to the other."""
    before_mb, after_mb = (peak_kb(seen, hour) / 1024 for hour in (first, last))
    growth = growth_percent(seen, first, last)
    print(
        f"\n{what}: memory {before_mb:.1f} MB in the day up to {first} h, {after_mb:.1f} MB up to {last} h"
        f" ({growth:+.1f} %); log at most {max(gauge.log_bytes for gauge in seen) / 1e6:.1f} MB,"
        f" {seen[-1].handles} handles, {seen[-1].threads} thread"
    )
    assert abs(growth) <= WITHIN_PERCENT
