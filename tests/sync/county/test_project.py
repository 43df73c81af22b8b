"""The projection: restartable at any entry, repeatable, and honest about forks and unreadable entries."""

from typing import Any

import pytest
from sqlalchemy import text

from sync.county import project
from sync.county.database import reading, writing
from sync.county.project import parcel_event, project_chain, project_once, rebuild, waiting_chains
from sync.entry import Lane, Trust
from sync.errors import MalformedMessage
from sync.receiver import LogUnavailable
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation


def events(county: PaperCounty) -> list[tuple[Any, ...]]:
    with reading(county.engine) as connection:
        rows = connection.execute(text("SELECT * FROM parcel_event ORDER BY chain, sequence, hash"))
        return [tuple(row) for row in rows]


def marks(county: PaperCounty) -> list[tuple[int, bool]]:
    with reading(county.engine) as connection:
        rows = connection.execute(text("SELECT sequence, forked FROM parcel_event ORDER BY sequence, hash"))
        return [(row.sequence, bool(row.forked)) for row in rows]


def project_all(county: PaperCounty) -> None:
    for _ in range(100):
        if not project_once(county.engine).entries:
            return
    raise AssertionError("the projection does not end")


def test_custody_entries_with_a_waybill_become_parcel_events(county: PaperCounty, station: PaperStation) -> None:
    """Everything the body says beside the waybill is in `details`; other entries and lanes leave no row."""
    received = station.receive("YT1")
    station.write("station.opened", {"by": "a1"})
    station.write("parcel.weighed", {"waybill": "YT1", "weight_g": 1250, "device": "scale"}, trust=Trust.KEPT)
    station.write("box.block", {"waybill": "YT1"}, lane=Lane.TELEMETRY)
    county.take(station.batch())
    county.take(station.batch(lane=Lane.TELEMETRY))
    progress = project_once(county.engine)
    assert (progress.entries, progress.events, progress.unreadable) == (4, 2, 0)
    with reading(county.engine) as connection:
        rows = connection.execute(text("SELECT * FROM parcel_event ORDER BY sequence")).all()
    assert [(row.waybill, row.kind, row.trust, row.station, row.recorded_ms) for row in rows] == [
        ("YT1", "parcel.received", 2, "v001", NOW_MS),
        ("YT1", "parcel.weighed", 1, "v001", NOW_MS),
    ]
    assert rows[0].hash == received.hash
    assert rows[0].details == '{"code":"3-2-1008"}'
    assert rows[1].details == '{"weight_g":1250,"device":"scale"}'
    assert waiting_chains(county.engine) == []


@pytest.mark.parametrize("places", [1, 2, 3, 7, 1000])
def test_the_tables_are_the_same_however_often_it_stopped(
    county: PaperCounty, station: PaperStation, places: int
) -> None:
    """Steps of any size, with the chain growing between them, end in the same rows."""
    station.fill(20)
    county.take(station.batch(0, 11))
    (chain,) = waiting_chains(county.engine)
    project_chain(county.engine, chain, places)
    county.take(station.batch(11))
    while project_chain(county.engine, chain, places).entries:
        pass
    assert [row[1] for row in events(county)] == list(range(20))


def test_a_step_that_fails_changes_nothing_and_is_repeated(
    county: PaperCounty, station: PaperStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and cursor are one transaction: killed between them, neither is there."""
    station.fill(5)
    county.take(station.batch())
    (chain,) = waiting_chains(county.engine)
    with monkeypatch.context() as patch:
        patch.setattr(project, "_move", text("UPDATE nowhere SET sequence = :sequence WHERE chain = :chain"))
        with pytest.raises(Exception, match="nowhere"):
            project_chain(county.engine, chain)
    assert events(county) == []
    assert project_chain(county.engine, chain).events == 5


def test_a_rebuild_gives_the_same_tables(county: PaperCounty, station: PaperStation) -> None:
    """The log alone is enough."""
    station.fill(5)
    county.take(station.batch())
    project_all(county)
    before = events(county)
    rebuild(county.engine)
    assert events(county) == []
    project_all(county)
    assert events(county) == before


def test_a_branch_behind_the_cursor_is_taken_too_and_both_are_marked(
    county: PaperCounty, station: PaperStation
) -> None:
    """The commit draws the cursor back; entries with a rival at their place are marked, those before are not."""
    station.fill(5)
    county.take(station.batch())
    project_all(county)
    assert marks(county) == [(number, False) for number in range(5)]
    chain = station.chain()
    station.chains[chain] = station.chains[chain][:3]
    station.receive("YT-other")
    county.take(station.batch(3))
    project_all(county)
    assert marks(county) == [(0, False), (1, False), (2, False), (3, True), (3, True), (4, False)]


def test_a_fork_at_the_first_entry_is_taken(county: PaperCounty, station: PaperStation) -> None:
    """Place 0 has no place before it; the cursor goes back to the very start."""
    station.fill(2)
    county.take(station.batch())
    project_all(county)
    station.chains.clear()
    station.receive("YT-other")
    county.take(station.batch())
    project_all(county)
    assert marks(county) == [(0, True), (0, True), (1, False)]


@pytest.mark.parametrize(
    "body", [b"\xc1", b"\x93\x01\x02\x03", {"waybill": 7}, {"waybill": ""}, {"waybill": "x" * 65}, {"waybill": "a\x00"}]
)
def test_an_unreadable_entry_is_counted_and_stops_nothing(
    county: PaperCounty, station: PaperStation, body: dict[str, Any] | bytes
) -> None:
    """It stays in the log; the entries after it are projected, and a person is told which one it was."""
    station.write("parcel.received", body)
    station.receive("YT2")
    county.take(station.batch())
    progress = project_once(county.engine)
    assert (progress.entries, progress.events, progress.unreadable) == (2, 1, 1)
    assert "entry 0" in progress.example


def test_parcel_event_is_pure_and_says_why_it_refuses(station: PaperStation) -> None:
    """The core takes an entry and returns columns."""
    event = parcel_event(station.receive("YT1"))
    assert event is not None
    assert event["waybill"] == "YT1"
    assert parcel_event(station.write("station.opened", {})) is None
    with pytest.raises(MalformedMessage, match="waybill"):
        parcel_event(station.write("parcel.received", {"waybill": None}))


@pytest.mark.sqlite
def test_a_database_that_refuses_is_unavailable_to_the_projector_too(
    county: PaperCounty, station: PaperStation
) -> None:
    """The projector tries again later; nothing was changed."""
    station.fill(1)
    county.take(station.batch())
    with county.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")
    with pytest.raises(LogUnavailable):
        project_once(county.engine)
    with county.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 0")
    assert project_once(county.engine).events == 1


def test_a_cursor_belongs_to_one_chain(county: PaperCounty, station: PaperStation) -> None:
    """A chain that appears later, with lower row ids or not, is taken from its own start."""
    station.fill(3)
    county.take(station.batch())
    project_all(county)
    station.epoch = b"epoch002"
    station.fill(2)
    county.take(station.batch())
    assert project_once(county.engine).events == 2
    with writing(county.engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM cursor")).scalar_one() == 2
