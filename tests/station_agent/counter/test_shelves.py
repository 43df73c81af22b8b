"""Shelves: pick-up codes, what an entry changes, and how a change is taken back."""

import pytest

from station_agent.counter.shelves import COLLECTED, HERE, MAX_COLLECTED, Parcel, ShelfPlan, Shelves, is_pickup_code
from station_agent.journal.changes import Change


def received(shelves: Shelves, waybill: str, *, wall_ms: int = 0) -> str:
    """Take a parcel in under the next free code."""
    code = shelves.free_code()
    shelves.take(shelves.effects("parcel.received", {"waybill": waybill, "code": code}, wall_ms))
    return code


def collected(shelves: Shelves, waybill: str) -> list[Change]:
    """Hand a parcel out."""
    changes = shelves.effects("parcel.collected", {"waybill": waybill}, 0)
    shelves.take(changes)
    return changes


def number(code: str) -> int:
    """The running number of a code."""
    return int(code.split("-")[2])


def test_codes_fill_the_emptiest_layer_first() -> None:
    """Parcels go round the layers; a place that was emptied is filled next."""
    shelves = Shelves(ShelfPlan(2, 2))
    codes = [received(shelves, f"P{n}") for n in range(5)]
    assert codes == ["1-1-1000", "1-2-1001", "2-1-1002", "2-2-1003", "1-1-1004"]
    collected(shelves, "P2")
    assert received(shelves, "P5") == "2-1-1005"


def test_numbers_wrap_behind_9999() -> None:
    """After 9999 comes 1000, or the next nobody has."""
    shelves = Shelves(ShelfPlan())
    shelves.load([("OLD", HERE, "1-1-1000", 0, None, None)], [("code", 9998)])
    assert [number(received(shelves, f"P{n}")) for n in range(3)] == [9999, 1001, 1002]


def test_a_number_is_not_given_again_at_once() -> None:
    """A number that was just freed comes last, so that an old label finds nobody else's parcel."""
    shelves = Shelves(ShelfPlan(1, 1, 1000, 1003))
    received(shelves, "P0")
    collected(shelves, "P0")
    assert [number(received(shelves, f"Q{n}")) for n in range(4)] == [1001, 1002, 1003, 1000]


def test_a_full_station_takes_parcels_all_the_same() -> None:
    """With every number in use they go on above the last, each once, and fall back when some are free."""
    shelves = Shelves(ShelfPlan(1, 1, 1000, 1002))
    numbers = [number(received(shelves, f"P{n}")) for n in range(6)]
    assert numbers == [1000, 1001, 1002, 1003, 1004, 1005]
    collected(shelves, "P1")
    assert number(received(shelves, "P6")) == 1001


def test_parcels_handed_out_are_forgotten_oldest_first() -> None:
    """Two thousand stay known; the next hand-out lets the oldest go, in its own entry's changes."""
    shelves = Shelves(ShelfPlan())
    for n in range(MAX_COLLECTED):
        received(shelves, f"P{n}")
        assert len(collected(shelves, f"P{n}")) == 2
    received(shelves, "NEW")
    changes = collected(shelves, "NEW")
    assert [(change.before or ("",))[0] for change in changes if change.after is None] == ["P0"]
    assert shelves.parcel("P0") is None
    assert shelves.parcel("P1") is not None
    assert len(shelves.rows()["parcel"]) == MAX_COLLECTED


def test_a_parcel_that_came_again_is_not_forgotten() -> None:
    """Only what is gone counts: a parcel taken in anew leaves the row of the handed out."""
    shelves = Shelves(ShelfPlan())
    received(shelves, "P0")
    collected(shelves, "P0")
    received(shelves, "P0")
    for n in range(1, MAX_COLLECTED + 2):
        received(shelves, f"P{n}")
        collected(shelves, f"P{n}")
    parcel = shelves.parcel("P0")
    assert parcel is not None
    assert parcel.state == HERE


@pytest.mark.parametrize("kind", ["bag.received", "epoch.opened", "parcel.weighed", "parcel.collected", "later.kind"])
def test_entries_that_change_nothing_here(kind: str) -> None:
    """Kinds of other things, of later versions, and those of a parcel nobody knows change nothing."""
    assert Shelves(ShelfPlan()).effects(kind, {"waybill": "P", "code": "1-1-1", "weight_g": 1}, 0) == []


def test_effects_move_nothing() -> None:
    """Changes are worked out before they happen."""
    shelves = Shelves(ShelfPlan())
    received(shelves, "P")
    rows = shelves.rows()
    for kind in ("parcel.received", "parcel.weighed", "parcel.collected"):
        assert shelves.effects(kind, {"waybill": "P", "code": "1-1-1001", "weight_g": 7}, 5)
    assert (shelves.rows(), shelves.here) == (rows, 1)


def test_a_change_undone_restores() -> None:
    """Taking changes and then each undone, last first, leaves rows, codes and the next free code as before."""
    shelves = Shelves(ShelfPlan())
    for n in range(MAX_COLLECTED):
        received(shelves, f"P{n}")
        collected(shelves, f"P{n}")
    received(shelves, "HERE")
    for kind, body in (
        ("parcel.received", {"waybill": "NEW", "code": "1-1-5000"}),
        ("parcel.received", {"waybill": "P7", "code": "1-1-5000"}),
        ("parcel.weighed", {"waybill": "HERE", "weight_g": 7}),
        ("parcel.collected", {"waybill": "HERE"}),
    ):
        before, code = shelves.rows(), shelves.free_code()
        changes = shelves.effects(kind, body, 9)
        shelves.take(changes)
        assert shelves.rows() != before
        shelves.take(change.undone for change in reversed(changes))
        assert (shelves.rows(), shelves.free_code()) == (before, code)


def test_the_first_change_of_a_number_can_be_undone() -> None:
    """A counter that did not exist is gone again."""
    shelves = Shelves(ShelfPlan())
    changes = shelves.effects("parcel.received", {"waybill": "P", "code": "1-1-1000"}, 0)
    shelves.take(changes)
    shelves.take(change.undone for change in reversed(changes))
    assert shelves.rows() == {"parcel": [], "number": []}


def test_loading_is_the_reverse_of_rows() -> None:
    """Rows stored and loaded give the same station: parcels, codes, and the order of those handed out."""
    shelves = Shelves(ShelfPlan())
    for n in range(12):
        received(shelves, f"P{11 - n:02}", wall_ms=n)
    for n in range(5):
        collected(shelves, f"P{n:02}")
    rows, again = shelves.rows(), Shelves(ShelfPlan())
    again.load(rows["parcel"], rows["number"])
    assert (again.rows(), again.here, again.free_code()) == (rows, 7, shelves.free_code())
    assert again.parcel("P00") == Parcel("P00", COLLECTED, "3-4-1011", 11, 1, None)


def test_codes_of_an_older_plan_still_count() -> None:
    """A station that lost a shelf goes on handing out what lies there."""
    shelves = Shelves(ShelfPlan(1, 1))
    shelves.load([("P", HERE, "9-9-1000", 0, None, None)], [("code", 1000)])
    assert shelves.with_code("9-9-1000") is not None
    assert received(shelves, "Q") == "1-1-1001"


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("3-2-1008", True),
        ("12-20-9999", True),
        ("1-1-10000", True),
        ("SF1385628716739", False),
        ("3-2-100", False),
        ("3-2-1008-", False),
        ("3-2-٣٣٣٣", False),
        ("123-2-1008", False),
    ],
)
def test_the_shape_of_a_pickup_code(text: str, is_code: bool) -> None:
    """Shelf, layer and a number of four digits or more, in ASCII."""
    assert is_pickup_code(text) is is_code
