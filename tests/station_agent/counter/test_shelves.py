"""Shelves: pick-up codes, what an entry changes, and how a change is taken back."""

import pytest

from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.numbers import Number
from station_agent.counter.shelves import (
    COLLECTED,
    HERE,
    MAX_ENDED,
    Parcel,
    ShelfPlan,
    is_pickup_code,
)
from station_agent.journal.changes import Change


def received(books: Books, waybill: str, *, wall_ms: int = 0) -> str:
    """Take a parcel in under the next free code."""
    code = books.shelves.free_code()
    books.take(books.effects(Event("parcel.received", {"waybill": waybill, "code": code}, wall_ms)))
    return code


def collected(books: Books, waybill: str) -> tuple[Change, ...]:
    """Hand a parcel out."""
    changes = books.effects(Event("parcel.collected", {"waybill": waybill}, 7))
    books.take(changes)
    return changes


def holding(books: Books, parcel: Parcel, last_code: int) -> None:
    """Put a parcel and the number given last where they were stored."""
    books.take([books.shelves.put(parcel), books.numbers.put(Number("code", last_code))])


def number(code: str) -> int:
    """The running number of a code."""
    return int(code.split("-")[2])


def test_codes_fill_the_emptiest_layer_first() -> None:
    """Parcels go round the layers; a place that was emptied is filled next."""
    books = Books(ShelfPlan(2, 2))
    codes = [received(books, f"P{n}") for n in range(5)]
    assert codes == ["1-1-1000", "1-2-1001", "2-1-1002", "2-2-1003", "1-1-1004"]
    collected(books, "P2")
    assert received(books, "P5") == "2-1-1005"


def test_numbers_wrap_behind_the_last() -> None:
    """After 1999 comes 1000, or the next nobody has."""
    books = Books(ShelfPlan())
    holding(books, Parcel("OLD", HERE, 0, "1-1-1000"), 1998)
    assert [number(received(books, f"P{n}")) for n in range(3)] == [1999, 1001, 1002]


def test_a_number_is_not_given_again_at_once() -> None:
    """A number that was just freed comes last, so that an old label finds nobody else's parcel."""
    books = Books(ShelfPlan(1, 1, 1000, 1003))
    received(books, "P0")
    collected(books, "P0")
    assert [number(received(books, f"Q{n}")) for n in range(4)] == [1001, 1002, 1003, 1000]


def test_a_full_station_takes_parcels_all_the_same() -> None:
    """With every number in use longer ones follow, each once, and they fall back when some are free."""
    books = Books(ShelfPlan(1, 1, 1000, 1002))
    numbers = [number(received(books, f"P{n}")) for n in range(6)]
    assert numbers == [1000, 1001, 1002, 10000, 10001, 10002]
    collected(books, "P1")
    assert number(received(books, "P6")) == 1001


def test_parcels_handed_out_are_forgotten_oldest_first() -> None:
    """Two thousand stay known; the next hand-out lets the oldest go, in its own entry's changes."""
    books = Books(ShelfPlan())
    for n in range(MAX_ENDED):
        received(books, f"P{n}")
        assert [change.table for change in collected(books, f"P{n}")] == ["parcel", "number"]
    received(books, "NEW")
    changes = collected(books, "NEW")
    assert [(change.before or ("",))[0] for change in changes if change.after is None] == ["P0"]
    assert books.shelves.parcel("P0") is None
    assert books.shelves.parcel("P1") is not None
    assert len(books.shelves) == MAX_ENDED


def test_a_parcel_that_came_again_is_not_forgotten() -> None:
    """Only what is gone counts: a parcel taken in anew leaves the row of the handed out."""
    books = Books(ShelfPlan())
    received(books, "P0")
    collected(books, "P0")
    received(books, "P0")
    for n in range(1, MAX_ENDED + 2):
        received(books, f"P{n}")
        collected(books, f"P{n}")
    parcel = books.shelves.parcel("P0")
    assert parcel is not None
    assert parcel.state == HERE


@pytest.mark.parametrize("kind", ["epoch.opened", "parcel.weighed", "parcel.collected", "later.kind", "case.closed"])
def test_entries_that_change_nothing_here(kind: str) -> None:
    """Kinds of other things, of later versions, and those of a parcel nobody knows change nothing."""
    assert Books(ShelfPlan()).effects(Event(kind, {"waybill": "P", "code": "1-1-1", "weight_g": 1}, 0)) == ()


def test_effects_move_nothing() -> None:
    """Changes are worked out before they happen."""
    books = Books(ShelfPlan())
    received(books, "P")
    rows = books.rows()
    events = [
        Event(kind, {"waybill": "P", "code": "1-1-1001", "weight_g": 7}, 5)
        for kind in ("parcel.received", "parcel.weighed", "parcel.collected")
    ]
    assert all(books.worked_out(events))
    assert (books.rows(), books.shelves.here) == (rows, 1)


def test_a_change_undone_restores() -> None:
    """Taking changes and then each undone, last first, leaves rows, codes and the next free code as before."""
    books = Books(ShelfPlan())
    for n in range(MAX_ENDED):
        received(books, f"P{n}")
        collected(books, f"P{n}")
    received(books, "HERE")
    for kind, body in (
        ("parcel.received", {"waybill": "NEW", "code": "1-1-5000"}),
        ("parcel.received", {"waybill": "P7", "code": "1-1-5000"}),
        ("parcel.weighed", {"waybill": "HERE", "weight_g": 7}),
        ("parcel.collected", {"waybill": "HERE"}),
    ):
        before, code = books.rows(), books.shelves.free_code()
        changes = books.effects(Event(kind, body, 9))
        books.take(changes)
        assert books.rows() != before
        books.take(change.undone for change in reversed(changes))
        assert (books.rows(), books.shelves.free_code()) == (before, code)


def test_the_first_change_of_a_number_can_be_undone() -> None:
    """A counter that did not exist is gone again."""
    books = Books(ShelfPlan())
    changes = books.effects(Event("parcel.received", {"waybill": "P", "code": "1-1-1000"}, 0))
    books.take(changes)
    books.take(change.undone for change in reversed(changes))
    assert not any(books.rows().values())


def test_loading_is_the_reverse_of_rows() -> None:
    """Rows stored and loaded give the same station: parcels, codes, and the order of those handed out."""
    books = Books(ShelfPlan())
    for n in range(12):
        received(books, f"P{11 - n:02}", wall_ms=n)
    for n in range(5):
        collected(books, f"P{n:02}")
    rows, again = books.rows(), Books(ShelfPlan())
    again.load(rows.__getitem__)
    assert (again.rows(), again.shelves.here) == (rows, 7)
    assert again.shelves.free_code() == books.shelves.free_code()
    assert again.shelves.parcel("P00") == Parcel("P00", COLLECTED, 11, "3-4-1011", ended_no=1, ended_ms=7)


def test_codes_of_an_older_plan_still_count() -> None:
    """A station that lost a shelf goes on handing out what lies there."""
    books = Books(ShelfPlan(1, 1))
    holding(books, Parcel("P", HERE, 0, "9-9-1000"), 1000)
    assert books.shelves.with_code("9-9-1000") is not None
    assert received(books, "Q") == "1-1-1001"


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


def test_ten_thousand_parcels_get_codes_of_their_own() -> None:
    """The series is used up, longer numbers follow, and none is given twice."""
    books = Books(ShelfPlan())
    codes = [number(received(books, f"P{n}")) for n in range(10_000)]
    assert len(set(codes)) == 10_000
    assert (codes[999], codes[1000], codes[-1]) == (1999, 10_000, 18_999)
    collected(books, "P7")
    assert number(received(books, "Q")) == 1007
