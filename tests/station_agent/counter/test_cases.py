"""The open cases: bounded, complaints the last to go, and nothing dropped without an entry and a word."""

from station_agent.counter.cases import COMPLAINT, MAX_OPEN
from station_agent.counter.vocabulary import custody
from tests.station_agent.counter.desk import OTHER, PARCEL, Desk, also, kinds, said
from tests.station_agent.counter.stops import FLAWED, stop


def full(desk: Desk, complaints: int) -> None:
    """All the cases a station keeps, the complaints first."""
    for number in range(1, MAX_OPEN + 1):
        about = COMPLAINT if number <= complaints else "bag_short"
        desk.enter(custody("case.opened", case=number, about=about, subject=f"S{number}", holder="9"))


def test_the_oldest_goes_with_an_entry_and_a_word_but_no_complaint() -> None:
    """Complaints were here first and stay; taken back, the one that made room is open again."""
    desk = Desk()
    full(desk, complaints=3)
    desk.scan("YYCCOMPLAINT")
    opened = desk.scan(PARCEL)
    assert (said(opened), also(opened)[-1]) == ("complaint.opened", "case.dropped")
    assert kinds(opened) == ["case.dropped", "case.opened"]
    assert opened.records[0].body == {"case": 4, "about": "bag_short", "subject": "S4", "holder": "9"}
    assert (len(desk.books.cases), desk.books.cases.get("4")) == (MAX_OPEN, None)
    assert desk.rebuilt().rows() == desk.books.rows()
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert (len(desk.books.cases), desk.books.cases.get("4") is not None) == (MAX_OPEN, True)
    assert desk.rebuilt().rows() == desk.books.rows()


def test_among_nothing_but_complaints_the_oldest_goes() -> None:
    """Bounded all the same, and said: its number is told and its day stands in the record."""
    desk = Desk()
    full(desk, complaints=MAX_OPEN)
    desk.scan("YYCCOMPLAINT")
    opened = desk.scan(OTHER)
    assert (opened.records[0].kind, opened.records[0].body["case"]) == ("case.dropped", 1)
    assert len(desk.books.cases) == MAX_OPEN


def test_a_case_opened_by_the_way_makes_room_too() -> None:
    """A flawed badge stops nobody, and neither does a full table."""
    desk = stop().desk
    full(desk, complaints=0)
    begun = desk.scan(FLAWED)
    assert (said(begun), kinds(begun)) == ("handover.begun", ["case.dropped", "handover.begun", "case.opened"])
    assert desk.rebuilt().rows() == desk.books.rows()


def test_an_entry_nobody_made_room_for_keeps_the_bound_and_the_complaints() -> None:
    """As a recovery enters one: the table stays bounded, and what goes is no complaint."""
    desk = Desk()
    full(desk, complaints=MAX_OPEN - 1)
    desk.enter(custody("case.opened", case=MAX_OPEN + 1, about="stocktake"))
    assert len(desk.books.cases) == MAX_OPEN
    assert sum(case.about == COMPLAINT for case in desk.books.cases) == MAX_OPEN - 1
