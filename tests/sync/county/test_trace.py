"""The order of one parcel's life: sequence within a chain, believable time between chains."""

import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event, text

from sync.contact import Contact
from sync.county.contacts import open_contacts
from sync.county.database import add_tables, writing
from sync.county.project import project_once
from sync.county.store import CountyLog
from sync.county.trace import ParcelEvent, in_order, read_parcel
from sync.entry import Trust
from sync.keys import OpeningKey, SigningKey
from sync.sealing import Sealer
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation, register

S, K, U = Trust.SYNCHRONISED, Trust.KEPT, Trust.UNKNOWN


DAY_MS = 86_400_000


def paper_event(chain: int, sequence: int, recorded_ms: int, trust: Trust = S) -> ParcelEvent:
    head = (f"v{chain}", recorded_ms, trust, "parcel.received", chain, sequence, b"h", "{}", False)
    return ParcelEvent(*head, recorded_ms, None)


def places(events: list[ParcelEvent]) -> list[tuple[int, int]]:
    return [(each.chain, each.sequence) for each in events]


def test_between_stations_believable_times_decide() -> None:
    """A parcel that went from station 2 to station 1 is shown so."""
    assert places(in_order([paper_event(1, 5, 200), paper_event(2, 9, 100)])) == [(2, 9), (1, 5)]


def test_within_a_chain_a_clock_that_went_back_changes_nothing() -> None:
    """The sequence is the order."""
    assert places(in_order([paper_event(1, 6, 50), paper_event(1, 5, 100)])) == [(1, 5), (1, 6)]


def test_an_unknown_clock_stands_where_its_chain_puts_it() -> None:
    """A boot in 1970 between two believable entries is shown between them, not before everything."""
    shown = in_order(
        [
            paper_event(1, 1, 100),
            paper_event(1, 2, 3, U),
            paper_event(2, 1, 50),
            paper_event(1, 3, 300),
            paper_event(2, 2, 200),
        ]
    )
    assert places(shown) == [(2, 1), (1, 1), (1, 2), (2, 2), (1, 3)]


def test_unknown_clocks_before_the_first_known_one_stand_just_before_it() -> None:
    """There is no earlier neighbour to ask."""
    assert places(in_order([paper_event(1, 0, 7, U), paper_event(1, 1, 100, K), paper_event(2, 0, 50)])) == [
        (2, 0),
        (1, 0),
        (1, 1),
    ]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), st.integers(0, 99), st.sampled_from(Trust)), unique=True)
)
def test_no_event_is_lost_and_no_chain_is_reordered(raw: list[tuple[int, int, int, Trust]]) -> None:
    """Whatever the clocks said."""
    shown = in_order(paper_event(*each) for each in raw)
    assert sorted(places(shown)) == sorted((chain, sequence) for chain, sequence, _, _ in raw)
    for chain in (1, 2, 3):
        sequences = [each.sequence for each in shown if each.chain == chain]
        assert sequences == sorted(sequences)


def test_a_parcel_is_read_across_stations(county: PaperCounty, station: PaperStation, tmp_path: Path) -> None:
    """Received here, collected there."""
    other = PaperStation(SigningKey.create(tmp_path / "other.key"), name="v002", epoch=b"epoch-v2")
    register(county.engine, other)
    other.receive("YT9", recorded_ms=NOW_MS - 5000)
    station.write("parcel.collected", {"waybill": "YT9", "code": "1-1"})
    station.receive("YT8")
    county.take(station.batch())
    county.take(other.batch(), "v002")
    project_once(county.engine)
    assert [(each.station, each.kind) for each in read_parcel(county.engine, "YT9")] == [
        ("v002", "parcel.received"),
        ("v001", "parcel.collected"),
    ]
    assert read_parcel(county.engine, "YT0") == []


def commit_on(county: PaperCounty, station: PaperStation, now_ms: int) -> None:
    """The newest entry reaches the county when its clock says `now_ms`."""
    last = len(station.chains[station.chain()]) - 1
    run = station.run(last)
    CountyLog(county.engine, clock_ms=lambda: now_ms).commit(run, run.entries, last, bytes(64))
    project_once(county.engine)


def test_a_parcel_is_found_on_every_day_the_county_heard_of_it(county: PaperCounty, station: PaperStation) -> None:
    """Days apart, a year apart, and on the day of a county clock that stood in 1970; sealed contacts too."""
    opening = OpeningKey(X25519PrivateKey.from_private_bytes(b"c" * 32))
    sealer = Sealer(station.name, opening.public, draw=random.Random(5).randbytes)
    days = (NOW_MS, NOW_MS, NOW_MS + DAY_MS, NOW_MS + 365 * DAY_MS, 5, NOW_MS - DAY_MS)
    for number, now_ms in enumerate(days):
        sealed = sealer.personal(Contact(f"1380013800{number}"), "YT1", bytes([number] * 16), period=1)
        station.receive("YT1", personal=sealed)
        commit_on(county, station, now_ms)
        station.receive("YT2")
        commit_on(county, station, now_ms + 40 * DAY_MS)
    assert [each.sequence for each in read_parcel(county.engine, "YT1")] == [0, 2, 4, 6, 8, 10]
    found = open_contacts(county.engine, opening.private, "YT1", by="x", purpose="y", now_ms=NOW_MS)
    phones = [each.contact.phone[-1] for each in found if each.contact is not None]
    assert phones == ["3", "2", "1", "0", "5", "4"]  # newest at the county first


def test_an_older_databases_events_are_indexed_by_day(county: PaperCounty, station: PaperStation) -> None:
    """A projection from before the day was a column is made anew, with its index, and nothing of it is lost."""
    station.receive("YT1")
    commit_on(county, station, NOW_MS)
    before = read_parcel(county.engine, "YT1")
    with writing(county.engine) as connection:
        connection.execute(text("DROP INDEX parcel_event_day_waybill"))
        connection.execute(text("ALTER TABLE parcel_event DROP COLUMN committed_day"))
        connection.execute(text("CREATE INDEX parcel_event_waybill ON parcel_event (waybill)"))
    add_tables(county.engine)
    assert project_once(county.engine).events == 1
    assert read_parcel(county.engine, "YT1") == before
    with writing(county.engine) as connection:
        connection.execute(text("DROP INDEX parcel_event_day_waybill"))  # fails where there is none


@pytest.mark.sqlite
def test_no_look_for_a_waybill_reads_a_whole_table(county: PaperCounty) -> None:
    """SQLite finds the days and the waybill on each by descents of the one index, whatever it knows of the tables."""
    asked: list[tuple[str, object]] = []

    @event.listens_for(county.engine, "before_cursor_execute")
    def _ask(_c: Connection, _cursor: object, statement: str, values: object, *_more: object) -> None:
        if "event_day" in statement and "EXPLAIN" not in statement:
            asked.append((statement, values))

    read_parcel(county.engine, "YT1")
    key = X25519PrivateKey.from_private_bytes(b"c" * 32)
    open_contacts(county.engine, key, "YT1", by="x", purpose="y", now_ms=NOW_MS)
    assert len(asked) == 2
    with county.engine.connect() as connection:
        for statement, values in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
            plan = [row.detail for row in rows]
            index = "INDEX parcel_event_day_waybill"
            assert any(f"{index} (committed_day=? AND waybill=?)" in step for step in plan), plan
            assert [step for step in plan if step.startswith("SCAN")] == ["SCAN event_day"] * 2, plan
