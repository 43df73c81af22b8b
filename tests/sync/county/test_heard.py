"""Until when a station was heard: what its silence on a bag is worth."""

import pytest

from sync.county.database import reading
from sync.county.heard import read_heard
from sync.county.project import project_once
from sync.county.timeline import SYNCHRONISED_MS
from sync.entry import After, Entry, Lane, Trust
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation

MINUTE_MS = 60_000
THEN_MS = NOW_MS - 90 * MINUTE_MS
"""The county commits at NOW_MS; entries here were made before that."""


def heard(county: PaperCounty, station: PaperStation) -> int | None:
    """Behind a round of the projector."""
    while project_once(county.engine).entries:
        pass
    with reading(county.engine) as connection:
        return read_heard(connection, station.name)


def custody(station: PaperStation, at_ms: int, trust: Trust = Trust.SYNCHRONISED, boot: int = 1) -> Entry:
    """Something that has nothing to do with bags."""
    return station.write("station.opened", {"day": 1}, recorded_ms=at_ms, trust=trust, boot=boot)


def telemetry(station: PaperStation, at_ms: int, after: After) -> None:
    """A block of temperatures behind a custody head."""
    station.write("box.temperatures", {}, lane=Lane.TELEMETRY, recorded_ms=at_ms, after=after)


def test_a_station_is_heard_until_its_last_entry_in_the_tables(county: PaperCounty, station: PaperStation) -> None:
    """Not before the projector took it, and of a backlog that is coming in only as far as it came."""
    custody(station, THEN_MS)
    custody(station, THEN_MS + MINUTE_MS)
    assert heard(county, station) is None
    county.take(station.batch(0, 1))
    with reading(county.engine) as connection:
        assert read_heard(connection, station.name) is None, "it is in the log alone"
    assert heard(county, station) == THEN_MS - SYNCHRONISED_MS
    county.take(station.batch(1))
    assert heard(county, station) == THEN_MS + MINUTE_MS - SYNCHRONISED_MS


def test_no_station_was_heard_later_than_the_county_had_its_entry(county: PaperCounty, station: PaperStation) -> None:
    """A clock that is a day ahead says nothing of what comes yet."""
    custody(station, NOW_MS + 24 * 60 * MINUTE_MS)
    county.take(station.batch())
    assert heard(county, station) == NOW_MS


def test_telemetry_is_evidence_with_the_custody_it_followed(county: PaperCounty, station: PaperStation) -> None:
    """A quiet hub is heard by its thermometer, unless a custody entry it followed is still on its way."""
    first, second = custody(station, THEN_MS), custody(station, THEN_MS + MINUTE_MS)
    county.take(station.batch(0, 1))
    telemetry(station, THEN_MS + 2 * MINUTE_MS, After(1, second.hash[:8]))
    county.take(station.batch(lane=Lane.TELEMETRY))
    assert heard(county, station) == THEN_MS - SYNCHRONISED_MS
    county.take(station.batch(1))
    assert heard(county, station) == THEN_MS + 2 * MINUTE_MS - SYNCHRONISED_MS
    telemetry(station, THEN_MS + 9 * MINUTE_MS, After(1, first.hash[:8]))
    county.take(station.batch(1, lane=Lane.TELEMETRY))
    assert heard(county, station) == THEN_MS + MINUTE_MS - SYNCHRONISED_MS, "it followed another branch"


@pytest.mark.parametrize(("trust", "known"), [(Trust.UNKNOWN, None), (Trust.KEPT, THEN_MS)])
def test_a_clock_nobody_believes_is_no_evidence(
    county: PaperCounty, station: PaperStation, trust: Trust, known: int | None
) -> None:
    """A kept one is behind, if anything; a correction that comes later makes evidence of either."""
    custody(station, THEN_MS, trust)
    county.take(station.batch())
    assert heard(county, station) == known
    began_ms = NOW_MS - 30 * MINUTE_MS
    body = {"boot": 1, "began_ms": began_ms, "uncertainty_ms": 500, "from_since_boot_ms": 1000}
    station.write("clock.corrected", body, recorded_ms=began_ms + 1000)
    county.take(station.batch(1))
    assert heard(county, station) == began_ms + 500


def test_of_a_fork_the_branch_that_is_behind_counts(county: PaperCounty, station: PaperStation) -> None:
    """A bag may have been scanned in on either; both must have got beyond."""
    custody(station, THEN_MS)
    custody(station, THEN_MS + 5 * MINUTE_MS)
    county.take(station.batch())
    entries = station.chains[station.chain()]
    del entries[1:]
    custody(station, THEN_MS + MINUTE_MS)
    county.take(station.batch(1))
    assert heard(county, station) == THEN_MS + MINUTE_MS - SYNCHRONISED_MS
