"""The order of one parcel's life: sequence within a chain, believable time between chains."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sync.county.project import project_once
from sync.county.trace import ParcelEvent, in_order, read_parcel
from sync.entry import Trust
from sync.keys import SigningKey
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation, register

S, K, U = Trust.SYNCHRONISED, Trust.KEPT, Trust.UNKNOWN


def event(chain: int, sequence: int, recorded_ms: int, trust: Trust = S) -> ParcelEvent:
    head = (f"v{chain}", recorded_ms, trust, "parcel.received", chain, sequence, b"h", "{}", False)
    return ParcelEvent(*head, recorded_ms, None)


def places(events: list[ParcelEvent]) -> list[tuple[int, int]]:
    return [(each.chain, each.sequence) for each in events]


def test_between_stations_believable_times_decide() -> None:
    """A parcel that went from station 2 to station 1 is shown so."""
    assert places(in_order([event(1, 5, 200), event(2, 9, 100)])) == [(2, 9), (1, 5)]


def test_within_a_chain_a_clock_that_went_back_changes_nothing() -> None:
    """The sequence is the order."""
    assert places(in_order([event(1, 6, 50), event(1, 5, 100)])) == [(1, 5), (1, 6)]


def test_an_unknown_clock_stands_where_its_chain_puts_it() -> None:
    """A boot in 1970 between two believable entries is shown between them, not before everything."""
    shown = in_order([event(1, 1, 100), event(1, 2, 3, U), event(2, 1, 50), event(1, 3, 300), event(2, 2, 200)])
    assert places(shown) == [(2, 1), (1, 1), (1, 2), (2, 2), (1, 3)]


def test_unknown_clocks_before_the_first_known_one_stand_just_before_it() -> None:
    """There is no earlier neighbour to ask."""
    assert places(in_order([event(1, 0, 7, U), event(1, 1, 100, K), event(2, 0, 50)])) == [(2, 0), (1, 0), (1, 1)]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), st.integers(0, 99), st.sampled_from(Trust)), unique=True)
)
def test_no_event_is_lost_and_no_chain_is_reordered(raw: list[tuple[int, int, int, Trust]]) -> None:
    """Whatever the clocks said."""
    shown = in_order(event(*each) for each in raw)
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
