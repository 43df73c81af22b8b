"""Corrected times: the arithmetic row by row, and the tables that follow corrections whenever they come."""

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from sync.county.database import add_tables, reading, writing
from sync.county.project import project_chain, project_once, rebuild
from sync.county.report import parcel_json, parcel_table, within
from sync.county.timeline import (
    DRIFT_PPM,
    JUMP_MS,
    Anchor,
    Boot,
    Bounds,
    Corrected,
    believed,
    bounds,
    by_anchors,
    corrected,
)
from sync.county.trace import read_parcel
from sync.entry import Trust
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation

S, K, U = Trust.SYNCHRONISED, Trust.KEPT, Trust.UNKNOWN
HOUR, DAY = 3_600_000, 86_400_000
BEGAN = NOW_MS - 10 * DAY


# The arithmetic


def test_before_a_correction_the_crystal_makes_it_less_sure_the_further_away() -> None:
    """An hour before it, 100 ppm are 360 ms; the trust the entry had changes nothing."""
    anchors = [Anchor(2 * HOUR, BEGAN, 1000)]
    for trust in (U, K):
        assert corrected(HOUR, 7, trust, anchors=anchors) == Corrected(BEGAN + HOUR, 1360)
    assert corrected(5 * HOUR, 7, U, anchors=anchors) == Corrected(BEGAN + 5 * HOUR, 1000 + 3 * 360)


def test_a_synchronised_entry_on_the_line_of_a_correction_stays_as_it_was() -> None:
    """However far from it; one that is off the line was a false clock's."""
    anchors = [Anchor(HOUR, BEGAN, 900)]
    assert corrected(9 * DAY, BEGAN + 9 * DAY + 400, S, anchors=anchors) == Corrected(BEGAN + 9 * DAY + 400, 900)
    assert corrected(HOUR, BEGAN + 3 * HOUR, S, anchors=anchors).at_ms == BEGAN + HOUR


def test_between_two_corrections_the_drift_is_spread() -> None:
    """Ten days at 20 ppm, seen at a quarter of the way: a quarter of the drift, and the truth within what is told."""
    drift = 10 * DAY * 20 // 1_000_000
    time = corrected(DAY * 5 // 2, 7, K, anchors=[Anchor(0, BEGAN, 1000), Anchor(10 * DAY, BEGAN + drift, 1000)])
    assert time.at_ms == BEGAN + DAY * 5 // 2 + drift // 4
    assert time.uncertainty_ms is not None
    assert 1000 < time.uncertainty_ms <= 1000 + DAY * 5 // 2 * DRIFT_PPM // 1_000_000 + drift


def test_a_correction_no_crystal_explains_is_passed_over() -> None:
    """A false server, or a hand on the clock, between two that agree; and the newest one's word against an older's."""
    good, false, again = Anchor(0, BEGAN, 1000), Anchor(HOUR, BEGAN + DAY, 1000), Anchor(2 * HOUR, BEGAN + 100, 1000)
    assert believed([again, false, good]) == (good, again)
    assert believed([good, false]) == (false,)
    assert believed([]) == ()
    assert by_anchors([good, false, again], HOUR).at_ms == BEGAN + HOUR + 50


def test_a_boot_without_a_correction_lies_between_its_neighbours() -> None:
    """Two of them share what is between: each began after the one before and ended before the one after."""
    first = Boot(4, HOUR, NOW_MS, (Anchor(0, BEGAN, 0),))
    last = Boot(7, HOUR, NOW_MS, (Anchor(0, BEGAN + 5 * HOUR, 0),))
    found = bounds([first, Boot(5, HOUR // 2, NOW_MS), Boot(6, HOUR, NOW_MS), last])
    end = BEGAN + HOUR - by_anchors(first.anchors, HOUR).uncertainty_ms  # type: ignore[operator]
    assert found == {
        5: Bounds(end, BEGAN + 5 * HOUR - HOUR - HOUR // 2),
        6: Bounds(end + HOUR // 2, BEGAN + 4 * HOUR),
    }


def test_what_the_county_committed_bounds_it_from_above() -> None:
    """An entry was made before it came, where no later boot says more; before the first correction nobody knows."""
    assert bounds([Boot(1, HOUR, NOW_MS)]) == {1: Bounds(None, NOW_MS)}
    assert corrected(HOUR, NOW_MS + 5 * DAY, U, bounds=Bounds(None, NOW_MS)) == Corrected(NOW_MS + HOUR, None)
    assert corrected(HOUR, 40_000, U, bounds=Bounds(None, NOW_MS)) == Corrected(40_000, None)


def test_within_its_bounds_a_kept_clock_is_the_best_guess() -> None:
    """A chip's time counts where it can be true; an unknown clock's does not, and the middle is taken."""
    bound = Bounds(BEGAN, BEGAN + 10_000)
    assert corrected(500, BEGAN + 2_500, K, bounds=bound) == Corrected(BEGAN + 2_500, 8_000)
    assert corrected(500, BEGAN + 2_500, U, bounds=bound) == Corrected(BEGAN + 5_500, 5_000)
    assert corrected(500, BEGAN + DAY, K, bounds=bound) == Corrected(BEGAN + 5_500, 5_000)
    assert corrected(500, BEGAN + DAY, S, bounds=bound) == Corrected(BEGAN + DAY, 1000)
    assert corrected(500, 7, U) == Corrected(7, None)


def test_contradicting_clocks_leave_no_negative_width() -> None:
    """Where the county's own clock was behind, the earlier bound stands."""
    found = bounds([Boot(1, HOUR, NOW_MS, (Anchor(0, BEGAN, 0),)), Boot(2, HOUR, BEGAN - DAY)])
    assert found[2].width_ms == 0


@given(
    anchors=st.lists(st.tuples(st.integers(0, 10**4), st.integers(-1500, 1500)), min_size=1, max_size=6),
    times=st.lists(st.integers(0, 2 * 10**4), min_size=2, max_size=10),
)
def test_corrected_time_goes_back_by_no_more_than_corrections_differ(
    anchors: list[tuple[int, int]], times: list[int]
) -> None:
    """What was later in the boot is not earlier in the world, but for what two believed corrections are apart."""
    made = [Anchor(since, BEGAN + off, 1000) for since, off in anchors]
    apart_ms = max(each.began_ms for each in believed(made)) - min(each.began_ms for each in believed(made))
    shown = [by_anchors(made, since).at_ms for since in sorted(times)]
    assert apart_ms <= 2 * (JUMP_MS + 1)
    assert all(later >= earlier - apart_ms for earlier, later in pairwise(shown))


# The tables


def correct(station: PaperStation, boot: int, since_boot_ms: int, began_ms: int) -> None:
    """A correction as a station writes it."""
    body = {"epoch": station.epoch, "boot": boot, "began_ms": began_ms, "offset_ms": 0}
    body |= {"uncertainty_ms": 1000, "from_since_boot_ms": since_boot_ms}
    at = {"recorded_ms": began_ms + since_boot_ms, "boot": boot, "since_boot_ms": since_boot_ms}
    station.write("clock.corrected", body, **at)  # type: ignore[arg-type]


def receive(station: PaperStation, waybill: str, boot: int, since_boot_ms: int, recorded_ms: int = 40_000) -> None:
    """A parcel received in a boot with an unknown clock."""
    station.receive(waybill, boot=boot, since_boot_ms=since_boot_ms, recorded_ms=recorded_ms, trust=U)


def ship(county: PaperCounty, station: PaperStation, first: int) -> None:
    """Bring the entries from `first` on and project them."""
    county.take(station.batch(first))
    while project_once(county.engine).entries:
        pass


def times(county: PaperCounty) -> dict[str, tuple[int, int | None]]:
    """Corrected time and uncertainty of each waybill."""
    with reading(county.engine) as connection:
        rows = connection.execute(text("SELECT waybill, corrected_ms, uncertainty_ms FROM parcel_event")).all()
        return {row.waybill: (row.corrected_ms, row.uncertainty_ms) for row in rows}


def test_a_correction_that_comes_later_puts_earlier_events_right(county: PaperCounty, station: PaperStation) -> None:
    """Shown as recorded and of unknown worth, until the correction is projected; the record itself stays."""
    receive(station, "YT1", 1, HOUR)
    ship(county, station, 0)
    assert times(county) == {"YT1": (40_000, None)}
    correct(station, 1, 2 * HOUR, BEGAN)
    receive(station, "YT2", 1, 3 * HOUR)
    ship(county, station, 1)
    assert times(county) == {"YT1": (BEGAN + HOUR, 1360), "YT2": (BEGAN + 3 * HOUR, 1360)}
    (event,) = read_parcel(county.engine, "YT1")
    assert (event.recorded_ms, event.trust, event.is_timed) == (40_000, U, True)


def test_a_correction_of_the_next_boot_bounds_the_one_before(county: PaperCounty, station: PaperStation) -> None:
    """A boot without network is known to half the gap around it, as soon as the next one has a correction."""
    correct(station, 1, 0, BEGAN)
    receive(station, "YT1", 2, 0)
    ship(county, station, 0)
    known = times(county)["YT1"]
    correct(station, 3, 0, BEGAN + HOUR)
    ship(county, station, 2)
    assert times(county)["YT1"] == (BEGAN + HOUR // 2, HOUR // 2 + 1000)
    assert known[1] is not None
    assert known[1] > DAY


@pytest.mark.parametrize("seed", range(4))
def test_the_tables_are_the_same_by_whatever_steps_they_came(
    county: PaperCounty, station: PaperStation, seed: int
) -> None:
    """Corrections early and late, boots without any, steps of any size: at the end as after a rebuild in one go.

    Bounds by the county's own clock are left out: they may stay a tenth behind.
    """
    draw = random.Random(seed)
    correct(station, 1, 0, BEGAN)
    number = 0
    for boot in range(1, 8):
        for since_ms in range(0, 10 * HOUR, 2 * HOUR):
            number += 1
            receive(station, f"YT{number}", boot, since_ms)
            if draw.random() < 0.15:
                correct(station, boot, since_ms + 5, BEGAN + boot * DAY + draw.randint(-1500, 1500))
    correct(station, 8, 0, BEGAN + 8 * DAY)
    county.take(station.batch())
    while project_chain(county.engine, 1, draw.randint(1, 9)).entries:
        pass
    stepwise = times(county)
    rebuild(county.engine)
    assert times(county) == {}
    project_once(county.engine)
    assert times(county) == stepwise
    assert len(stepwise) == number


def test_narrower_bounds_are_used_when_they_are_worth_it(county: PaperCounty, station: PaperStation) -> None:
    """A boot whose entries come as they are made gets surer with the first of them, and is not written for nothing."""
    correct(station, 1, 0, BEGAN)
    receive(station, "YT1", 2, HOUR)
    ship(county, station, 0)
    wide = times(county)["YT1"]
    for number in range(2, 12):
        receive(station, f"YT{number}", 2, number * DAY // 2)
        ship(county, station, number)
    narrow = times(county)["YT1"]
    assert wide[1] is not None
    assert narrow[1] is not None
    assert narrow[1] < wide[1] * 0.6


@pytest.mark.parametrize("field", ["boot", "began_ms", "uncertainty_ms", "from_since_boot_ms"])
@pytest.mark.parametrize("value", [None, "x", -1, 1 << 60])
def test_a_broken_correction_is_counted_and_stops_nothing(
    county: PaperCounty, station: PaperStation, field: str, value: Any
) -> None:
    """It stays in the log and corrects nothing."""
    body = {"boot": 1, "began_ms": BEGAN, "uncertainty_ms": 1000, "from_since_boot_ms": 0, field: value}
    station.write("clock.corrected", {name: each for name, each in body.items() if each is not None})
    receive(station, "YT1", 1, HOUR)
    county.take(station.batch())
    progress = project_once(county.engine)
    if (field, value) != ("began_ms", -1):
        assert progress.unreadable == 1
        assert times(county)["YT1"] == (40_000, None)
    assert progress.events == 1


def test_a_correction_of_another_boot_than_its_own_corrects_nothing(county: PaperCounty, station: PaperStation) -> None:
    """No station writes such a thing."""
    body = {"boot": 9, "began_ms": BEGAN, "uncertainty_ms": 1000, "from_since_boot_ms": 0}
    station.write("clock.corrected", body)
    receive(station, "YT1", 1, HOUR)
    county.take(station.batch())
    assert project_once(county.engine).unreadable == 0
    assert times(county)["YT1"][1] is None


def test_trace_shows_the_corrected_time_and_how_sure_it_is(county: PaperCounty, station: PaperStation) -> None:
    """In the table and for programs; the order stays the chain's."""
    receive(station, "YT1", 1, HOUR)
    station.write("parcel.collected", {"waybill": "YT1"}, boot=2, since_boot_ms=0, recorded_ms=9, trust=U)
    correct(station, 2, 1, BEGAN + DAY)
    ship(county, station, 0)
    events = read_parcel(county.engine, "YT1")
    assert [event.kind for event in events] == ["parcel.received", "parcel.collected"]
    assert '"corrected_ms": ' + str(BEGAN + DAY) in parcel_json("YT1", events)
    cells = [list(column.cells) for column in parcel_table(events).columns]
    assert cells[1] == ["不明 unknown", "± 2 秒 s"]
    assert within(2 * DAY) == "± 2 天 d"


def test_an_older_databases_projection_is_made_anew(county: PaperCounty, station: PaperStation) -> None:
    """A table with other columns is dropped and filled again from the log; the log is not touched."""
    receive(station, "YT1", 1, HOUR)
    correct(station, 1, 2 * HOUR, BEGAN)
    ship(county, station, 0)
    before = times(county)
    with writing(county.engine) as connection:
        connection.execute(text("DROP TABLE clock_anchor"))
        connection.execute(text("ALTER TABLE parcel_event DROP COLUMN corrected_ms"))
    add_tables(county.engine)
    assert times(county) == {}
    assert project_once(county.engine).entries == 2
    assert times(county) == before
    add_tables(county.engine)
    assert times(county) == before
