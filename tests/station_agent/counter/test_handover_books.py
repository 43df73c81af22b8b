"""The books behind bags and handovers: their bounds, and what a road says of lines."""

from typing import Any

import pytest

from station_agent.counter.bags import EMPTY, MAX_BAGS, OPEN
from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.handovers import MAX_HANDOVERS
from station_agent.counter.handovers import OPEN as HANDOVER_OPEN
from station_agent.counter.road import Ahead, Line, Road, Run
from station_agent.counter.seals import MAX_SEALS
from station_agent.counter.shelves import MAX_ENDED, ShelfPlan
from sync.entry import decode_body, encode_body
from tests.station_agent.counter.stops import DRONE, EIGHT_MS, LINE


def enter(books: Books, kind: str, at_ms: int = 5, **body: object) -> None:
    """An entry on disk."""
    event = Event(kind, body, at_ms)
    books.entered(0, event, books.effects(event))


def test_a_row_made_from_the_entry_on_disk_is_the_row_of_the_live_counter() -> None:
    """A word read from the journal is not the program's own; the audit would call the rows broken each day."""
    body: dict[str, Any] = {"handover": 1, "sort": "badge", "driver": "2", "line": "L1"}
    live, again = Books(ShelfPlan()), Books(ShelfPlan())
    enter(live, "handover.begun", **body)
    enter(again, "handover.begun", **decode_body(encode_body(body)))
    assert again.rows() == live.rows()
    assert '"sort"' not in live.rows()["handover"][0][1]


def test_a_departure_forgets_the_parcels_that_ended_longest_ago() -> None:
    """The bound holds after a whole bag left, and the newest are the ones that are kept."""
    books = Books(ShelfPlan())
    for number in range(MAX_ENDED):
        enter(books, "parcel.collected", waybill=f"P{number:04}", unreceived=True)
    enter(books, "bag.opened", bag="B", shape="yyt_bag")
    for number in range(3):
        enter(books, "parcel.packed", bag="B", waybill=f"Q{number}", unreceived=True)
    enter(books, "bag.departed", bag="B", handover=1, count=3)
    assert len(books.shelves) == MAX_ENDED
    assert [books.shelves.get(f"P{number:04}") is None for number in range(4)] == [True, True, True, False]
    assert {books.shelves.parcel(f"Q{number}").ended_no for number in range(3)} == {2001, 2002, 2003}  # type: ignore[union-attr]


def test_bags_that_are_in_use_outlive_those_that_are_away() -> None:
    """An open bag is older than all others and is still known when the table is full."""
    books = Books(ShelfPlan())
    enter(books, "bag.opened", at_ms=1, bag="OPEN", shape="yyt_bag")
    for number in range(MAX_BAGS + 5):
        enter(books, "bag.received", at_ms=10 + number, bag=f"B{number:03}", shape="yyt_bag")
        enter(books, "bag.unpacking", at_ms=10 + number, bag=f"B{number:03}")
        enter(books, "bag.unpacked", at_ms=10 + number, bag=f"B{number:03}")
    assert len(books.bags) == MAX_BAGS
    assert [bag.code for bag in books.bags.in_state(OPEN)] == ["OPEN"]
    assert books.bags.get("B000") is None
    assert len(books.bags.in_state(EMPTY)) == MAX_BAGS - 1


def test_handovers_and_seals_are_bounded() -> None:
    """The oldest go, the open handover never."""
    books = Books(ShelfPlan())
    for number in range(1, MAX_HANDOVERS + 3):
        enter(books, "handover.begun", handover=number, sort="badge", driver="1")
        if number > 1:
            enter(books, "handover.voided", handover=number, reason="empty")
    assert len(books.handovers) == MAX_HANDOVERS
    assert books.handovers.get("1").state == HANDOVER_OPEN  # type: ignore[union-attr]
    assert books.handovers.get("2") is None
    enter(books, "bag.opened", bag="B", shape="yyt_bag")
    for number in range(MAX_SEALS + 2):
        enter(books, "bag.sealed", at_ms=number, bag="B", seal=f"S{number:05}", count=1, way="up")
    assert (len(books.seals), books.seals.get("S00001")) == (MAX_SEALS, None)


@pytest.mark.parametrize(
    ("minutes", "off"), [(0, 0), (10, 10), (-20, -20), (600, 600), (16 * 60, -480), (12 * 60, -720)]
)
def test_a_line_knows_how_far_off_its_timetable_is(minutes: int, off: int) -> None:
    """Against the nearest stop, in China's time, over midnight too."""
    assert LINE.off_min(EIGHT_MS + minutes * 60_000) == off
    assert DRONE.off_min(EIGHT_MS) is None


def test_the_nearest_of_several_stops_counts() -> None:
    """A bus that comes twice a day is not hours late at noon."""
    twice = Line("L", stops_min=(480, 720))
    assert twice.off_min(EIGHT_MS + 235 * 60_000) == -5


def test_the_carrier_is_the_driver_s_line_or_that_of_the_card() -> None:
    """A drone that takes over has its own limit; a transport no line runs leaves the driver's line."""
    road = Road((LINE, DRONE))
    assert [road.carrier("L1", said) for said in ("", "bus", "drone", "freight")] == [LINE, LINE, DRONE, LINE]
    assert road.carrier("L9", "") is None


def test_a_late_bus_is_late_all_the_way() -> None:
    """The run nearest to now counts; an early one keeps to its timetable, a late one takes as long as ever."""
    minute_ms = 60_000
    line = Line("L", margin_min=15, runs=(Run(480, 55, "HUB"), Run(720, 30, "FAR")))
    early, late, noon = (EIGHT_MS + minutes * minute_ms for minutes in (-5, 20, 230))
    assert line.ahead(early) == Ahead("HUB", EIGHT_MS + 70 * minute_ms)
    assert line.ahead(late) == Ahead("HUB", late + 70 * minute_ms)
    assert line.ahead(noon) == Ahead("FAR", EIGHT_MS + 285 * minute_ms)
    assert Line("L", stops_min=(480,)).ahead(EIGHT_MS) is None
    overnight = Line("L", margin_min=0, runs=(Run(1439, 2, "HUB"),))
    assert overnight.ahead(EIGHT_MS + 960 * minute_ms) == Ahead("HUB", EIGHT_MS + 962 * minute_ms)
