"""拆包: every row of the unpacking desk's table."""

import pytest

from station_agent.counter.bags import EMPTY, HERE, UNPACKING
from station_agent.counter.decision import TASK_S
from station_agent.counter.road import Listed
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, also, kinds, said, value
from tests.station_agent.counter.stops import (
    DOWN,
    DRIVER,
    OWN,
    SEAL,
    SEAL2,
    arrived,
    cases,
    packed,
    stop,
    the_bag,
)

THIRD = "JT1234567890123"


def test_a_bag_is_unpacked_without_any_list() -> None:
    """Each parcel gets its shelf and knows its bag; OK closes the bag, the second OK the batch."""
    desk = stop().desk
    arrived(desk)
    assert desk.scans("YYCUNPACK", BAG, PARCEL, OTHER) == [
        *("mode.unpack", "unpack.begun", "parcel.received", "parcel.received"),
    ]
    closed = desk.scan("YYCOK")
    assert (said(closed), also(closed)) == ("unpack.closed", ["batch.open"])
    assert closed.records[0].body == {"bag": BAG, "found": 2, "handover": 1}
    assert {desk.parcel().bag, desk.parcel(OTHER).bag} == {BAG}
    assert said(desk.scan("YYCOK")) == "batch.confirmed"
    assert (the_bag(desk, BAG).state, cases(desk)) == (EMPTY, [])
    assert desk.rebuilt().rows() == desk.books.rows()


def test_what_differs_from_the_list_is_named_and_opens_a_case() -> None:
    """Short, in excess, damaged: each by its waybill, the driver as who had the bag last."""
    place = stop()
    place.lists.listed[BAG] = Listed(BAG, "down", waybills=(PARCEL, THIRD), seal=SEAL)
    desk = place.desk
    arrived(desk)
    desk.scan("YYCUNPACK")
    begun = desk.scan(BAG)
    assert also(begun) == ["unpack.expected", "unpack.look_at_seal"]
    assert also(desk.scan(PARCEL)) == []
    assert also(desk.scan(OTHER)) == ["unpack.excess"]
    desk.scans("YYCDAMAGED", PARCEL)
    closed = desk.scan("YYCOK")
    assert said(closed) == "unpack.differs"
    assert closed.answer is not None
    assert closed.answer.values == {"count": "2", "short": "1", "excess": "1", "damaged": "1"}
    assert closed.records[0].body == {
        "bag": BAG,
        "expected": 2,
        "found": 2,
        "handover": 1,
        "short": [THIRD],
        "excess": [OTHER],
        "damaged": [PARCEL],
    }
    (case,) = desk.books.cases
    assert (case.about, case.subject, case.holder) == ("bag_differs", BAG, "1")


def test_a_parcel_marked_before_it_is_taken_out_is_damaged() -> None:
    """The bag's entry names it, and on its shelf it is marked; in a bag's next trip nothing is left of it."""
    desk = stop().desk
    arrived(desk)
    desk.scans("YYCUNPACK", BAG, "YYCDAMAGED")
    marked = desk.scan(PARCEL)
    assert (said(marked), marked.records[0].body["bag"]) == ("marked.damaged", BAG)
    desk = desk.restarted()
    desk.scan("YYCUNPACK")
    received = desk.scan(PARCEL)
    assert (said(received), received.records[0].body["damaged"]) == ("parcel.received", True)
    assert desk.parcel().trouble == "damaged"
    closed = desk.scan("YYCOK")
    assert (said(closed), closed.records[0].body["damaged"]) == ("unpack.differs", [PARCEL])
    assert the_bag(desk, BAG).damaged == ()
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_damage_mark_taken_back_leaves_nothing_on_the_bag() -> None:
    """Undone, the parcel comes out sound; at another desk the mark is of no bag."""
    desk = stop().desk
    arrived(desk)
    desk.scans("YYCUNPACK", BAG, "YYCDAMAGED", PARCEL, "YYCUNDO")
    assert the_bag(desk, BAG).damaged == ()
    desk.scans("YYCIN", "YYCDAMAGED", OTHER, "YYCUNPACK", PARCEL)
    assert (desk.parcel().trouble, said(desk.scan("YYCOK"))) == ("", "unpack.closed")
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize(("pieces", "short", "excess"), [(2, "1", "0"), (0, "0", "1"), (1, "0", "0")])
def test_a_list_of_counts_compares_counts(pieces: int, short: str, excess: str) -> None:
    """Where the list names no waybills, how many is all that can be compared."""
    place = stop()
    place.lists.listed[BAG] = Listed(BAG, "down", pieces=pieces)
    desk = place.desk
    arrived(desk)
    desk.scans("YYCUNPACK", BAG, PARCEL)
    closed = desk.scan("YYCOK")
    if short == excess:
        assert (said(closed), cases(desk)) == ("unpack.closed", [])
    else:
        assert (value(closed, "short"), value(closed, "excess")) == (short, excess)


@pytest.mark.parametrize("card", [True, False])
def test_the_seal_is_held_against_what_was_noted(card: bool) -> None:
    """Noted when the bag changed hands; the same is right, another is recorded and opens a case, the work goes on."""
    desk = stop().desk
    desk.scans(DRIVER, BAG, SEAL, DRIVER)
    assert the_bag(desk, BAG).seal == SEAL
    desk.scans("YYCUNPACK", BAG)
    scans = (["YYCSEAL"] if card else [], SEAL)
    assert desk.scans(*scans[0], scans[1])[-1] == "bag.seal_right"
    other = desk.scan(SEAL2)
    assert (said(other), kinds(other)) == ("bag.seal_other", ["bag.seal_broken", "case.opened"])
    assert other.records[0].body == {"bag": BAG, "reason": "other", "seal": SEAL2, "expected": SEAL}
    assert said(desk.scan(PARCEL)) == "parcel.received"


def test_a_seal_nobody_noted_is_noted_now() -> None:
    """Any code after the seal card; a card that is no seal is asked again."""
    desk = stop().desk
    arrived(desk)
    assert desk.scans("YYCUNPACK", BAG, "YYCSEAL", "YYCPROXY", "CN-5/7", SEAL) == [
        *("mode.unpack", "unpack.begun", "bag.seal_which", "bag.seal_which", "bag.seal_noted", "bag.seal_other"),
    ]


def test_bags_that_are_not_unpacked_at_once() -> None:
    """Unknown: at the second scan, received first. In a handover, ours, or while another is in work: told."""
    desk = stop().desk
    packed(desk)
    desk.scans("YYCUNPACK")
    assert said(desk.scan(OWN)) == "unpack.ours"
    assert said(desk.scan(BAG)) == "unpack.unknown"
    begun = desk.scan(BAG)
    assert kinds(begun) == ["bag.received", "bag.unpacking"]
    assert desk.scans(DOWN, BAG) == ["unpack.close_first", "unpack.goes_on"]
    desk.scans("YYCOK", DRIVER, DOWN, "YYCUNPACK")
    assert said(desk.scan(DOWN)) == "unpack.in_handover"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_bag_half_unpacked_survives_the_power_cut() -> None:
    """The mode card goes on with it; its parcels are counted once; leaving the mode says it is not done."""
    desk = stop().desk
    arrived(desk)
    desk.scans("YYCUNPACK", BAG, PARCEL)
    desk = desk.restarted()
    entered = desk.scan("YYCUNPACK")
    assert (said(entered), value(entered, "count")) == ("unpack.goes_on", "1")
    assert desk.scans(PARCEL, OTHER) == ["parcel.already_here", "parcel.received"]
    assert also(desk.scan("YYCIN"))[0] == "unpack.left_open"
    desk.scans("YYCUNPACK")
    desk.now_s += TASK_S + 1
    assert value(desk.scan("YYCOK"), "count") == "2"


def test_parcels_and_ok_without_a_bag() -> None:
    """A parcel asks for its bag, OK is that of 入库, a sticker and a household card after a parcel go their way."""
    desk = stop().desk
    arrived(desk)
    assert desk.scans("YYCUNPACK", PARCEL, "YYCOK") == ["mode.unpack", "unpack.which", "batch.none"]
    desk.scans(BAG, PARCEL)
    assert desk.scans("2-1-1500", "YYCSHORT") == ["parcel.shelved", "bag.is_short"]
    assert the_bag(desk, BAG).state == UNPACKING


def test_undoing_a_parcel_puts_it_back_into_the_bag() -> None:
    """The count is as before, and the bag is still in work."""
    desk = Desk()
    desk.scans(BAG, "YYCUNPACK", BAG, PARCEL)
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert (the_bag(desk, BAG).count, desk.shelves.here) == (0, 0)
    assert said(desk.scan(PARCEL)) == "parcel.received"
    desk.scans("YYCUNDO", "YYCUNDO")
    assert the_bag(desk, BAG).state == HERE
    assert desk.rebuilt().rows() == desk.books.rows()
