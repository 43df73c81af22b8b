"""大宗寄件: a harvest box by box, its rows in the table of 寄件, its sum, and what survives a power cut."""

import pytest

from station_agent.counter.desks.sending_tasks import CHECK_S
from tests.station_agent.counter.desk import Desk, also, kinds, said, value
from tests.station_agent.counter.sender import (
    AIR,
    BEIJING,
    FIRST,
    INSPECTED,
    ORANGE,
    PLUM,
    SECOND,
    SENDER,
    THIRD,
    TOKEN,
    Flight,
    bulk,
    key,
    sending,
)


def agree(desk: Desk, digits: str = "20250017") -> str | None:
    """Record a safety agreement; what was said to it."""
    assert said(desk.scan("YYCAGREEMENT")) == "bulk.agreement_key"
    key(desk, digits)
    return said(desk.scan("YYCOK"))


def restarted(desk: Desk) -> Desk:
    """The same station after a power cut: only its rows are left."""
    other = Desk(site=desk.site, now_s=desk.now_s)
    other.written = desk.written
    other.books.load(desk.books.rows().__getitem__)
    return other


def test_two_hundred_boxes_in_a_row() -> None:
    """Said once, then weight first or code first as it comes: every box has its own weight, and the sum is said."""
    desk = sending()
    assert desk.scans("YYCBULK", SENDER, PLUM, BEIJING, AIR) == [
        *("bulk.begun", "send.sender", "send.goods", "send.place", "send.price"),
    ]
    assert agree(desk) == "bulk.agreement"
    assert said(desk.scan("YYCOK")) == "bulk.opened"
    for number in range(200):
        waybill, weight_g = f"SF{number:013d}", 2000 + number
        desk.now_s += 3
        if number % 2:
            desk.weigh(weight_g)
            decision = desk.scan(waybill)
            assert kinds(decision) == ["parcel.accepted", "parcel.weighed"]
        else:
            decision = desk.scan(waybill)
            assert said(desk.weigh(weight_g)) == "parcel.weighed"
        assert (said(decision), value(decision, "count")) == ("bulk.accepted", str(number + 1))
        desk.empty_pan()
    assert all(desk.parcel(f"SF{number:013d}").weight_g == 2000 + number for number in range(200))
    box = desk.parcel("SF0000000000007")
    assert (box.real_name, box.product, box.destination, box.price) == (TOKEN, "crisp_plum", "bj", "air")
    assert (box.inspected_by, box.consignment, box.lacks) == ("agreement", 1, ())
    decision = desk.scan("YYCOK")
    total_g = sum(2000 + number for number in range(200))
    assert (said(decision), value(decision, "count"), value(decision, "weight_kg")) == (
        "bulk.closed",
        "200",
        f"{total_g / 1000:.3f}",
    )
    assert decision.records[0].body == {"consignment": 1, "count": 200, "weight_g": total_g, "unweighed": 0}
    assert desk.books.consignments.open is None
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_consignment_needs_sender_and_product() -> None:
    """OK says what is missing, a box that comes too early waits for it, and nothing is written."""
    desk = sending()
    assert desk.scans("YYCBULK", "YYCOK", SENDER, "YYCOK", FIRST) == [
        *("bulk.begun", "bulk.no_sender", "send.sender", "bulk.no_product", "bulk.confirm"),
    ]
    assert desk.written == []
    assert desk.scans(PLUM, "YYCOK") == ["send.goods", "bulk.opened"]


def test_a_double_read_of_ok_does_not_end_what_it_opened() -> None:
    """Opened and closed in one breath would leave two hundred boxes without their sender."""
    desk = sending()
    bulk(desk)
    assert said(desk.scan("YYCOK", repeated=True)) is None
    assert desk.books.consignments.open is not None


def test_what_was_said_before_the_card_counts_for_the_consignment() -> None:
    """The card 大宗寄件 may come last; source and lot are every box's."""
    desk = sending()
    desk.scans(SENDER, PLUM, "YYCSGROUP", "YYCLOT", "L9", "YYCBULK", "YYCOK", FIRST)
    assert (desk.parcel(FIRST).source, desk.parcel(FIRST).lot) == ("group", "L9")


def test_checks_stay_each_boxs_own_without_an_agreement() -> None:
    """Each box is inspected; an agreement recorded in the middle frees the later ones."""
    desk = sending()
    bulk(desk)
    assert "send.lacks_inspection" in also(desk.scan(FIRST))
    desk.weigh(1000)
    assert said(desk.scan(INSPECTED)) == "send.inspected"
    desk.scan(SECOND)
    assert desk.parcel(SECOND).lacks == ("inspection", "weight")
    assert agree(desk) == "bulk.agreed"
    assert "send.lacks_inspection" not in also(desk.scan(THIRD))
    assert [desk.parcel(each).inspected_by for each in (FIRST, SECOND, THIRD)] == ["attendant", "", "agreement"]


def test_an_agreement_is_for_consignments_and_has_a_number() -> None:
    """Outside of one the card says so; a number too short is asked for again."""
    desk = sending()
    assert said(desk.scan("YYCAGREEMENT")) == "bulk.only"
    bulk(desk)
    assert agree(desk, "12") == "bulk.agreement_wrong"
    key(desk, "1234")
    assert said(desk.scan("YYCOK")) == "bulk.agreed"


def test_a_box_passed_over_is_told_and_counted() -> None:
    """The next number tells which box has no weight; the sum says how many; a weight later goes where it belongs."""
    desk = sending()
    bulk(desk)
    desk.scan(FIRST)
    assert also(desk.scan(SECOND))[-1] == "send.unweighed"
    desk.weigh(1500)
    desk.empty_pan()
    desk.weigh(1400)
    assert said(desk.scan(FIRST)) == "send.completed"
    assert [desk.parcel(each).weight_g for each in (FIRST, SECOND)] == [1400, 1500]
    desk.scan(THIRD)
    decision = desk.scan("YYCOK")
    assert (value(decision, "count"), value(decision, "weight_kg"), also(decision)) == (
        "3",
        "2.900",
        ["bulk.unweighed"],
    )


def test_a_weight_without_a_number_is_no_boxs() -> None:
    """Weighed, put aside and not scanned: told, and the next box is not given it."""
    desk = sending()
    bulk(desk)
    desk.weigh(1500)
    assert said(desk.empty_pan()) == "send.weight_lost"
    desk.scan(FIRST)
    assert desk.parcel(FIRST).weight_g is None


def test_a_box_may_go_elsewhere_in_another_class() -> None:
    """Destination and price class said before a box are that box's; sender, product, lot and source are everybody's."""
    desk = sending()
    bulk(desk, BEIJING)
    assert desk.scans("YYCGXGD", AIR, FIRST, SECOND) == [
        *("send.place", "send.price", "bulk.accepted", "bulk.accepted"),
    ]
    assert [(desk.parcel(each).destination, desk.parcel(each).price) for each in (FIRST, SECOND)] == [
        ("gd", "air"),
        ("bj", ""),
    ]
    desk.now_s += CHECK_S + 1
    assert desk.scans(SENDER, ORANGE, "YYCLOT", "YYCSOWN", "YYCQXPARCEL") == [
        *["bulk.end_first"] * 4,
        "send.price_wrong",
    ]


def test_a_consignment_without_a_scale() -> None:
    """到站再称 said with the rest leaves every box's weight to the hub; a box on a scale is weighed all the same."""
    desk = sending()
    bulk(desk, "YYCNOSCALE")
    assert "send.lacks_weight" not in also(desk.scan(FIRST))
    desk.weigh(1000)
    desk.scan(SECOND)
    assert [desk.parcel(each).weight_how for each in (FIRST, SECOND)] == ["pending", "measured"]
    assert desk.scans("YYCBULK", "YYCOK") == ["bulk.open", "bulk.closed"]
    assert desk.written[-1][0].body == {"consignment": 1, "count": 2, "weight_g": 1000, "unweighed": 1}


def test_a_box_given_back_leaves_the_sum() -> None:
    """One replaced counts once, a box that goes back to the sender counts no longer."""
    desk = sending()
    bulk(desk)
    for waybill, weight_g in ((FIRST, 1000), (SECOND, 2000)):
        desk.scan(waybill)
        desk.weigh(weight_g)
        desk.empty_pan()
    desk.scans("YYCWEIGH", FIRST)
    desk.weigh(1100)
    desk.scans("YYCRETURN", SECOND)
    consignment = desk.books.consignments.open
    assert consignment is not None
    assert (consignment.count, consignment.weight_g, consignment.unweighed) == (1, 1100, 0)
    assert desk.rebuilt().rows() == desk.books.rows()


def test_typed_weights_stand_apart_in_the_sum() -> None:
    """How many of them no scale measured is told and recorded; one that is measured after all is none of them."""
    desk = sending()
    bulk(desk)
    for waybill in (FIRST, SECOND):
        desk.scans("YYCTYPEDKG", "YYCD9", "YYCD0", "YYCD0", "YYCOK", waybill)
    desk.scans("YYCWEIGH", FIRST)
    desk.weigh(1100)
    desk.empty_pan()
    consignment = desk.books.consignments.open
    assert consignment is not None
    assert (consignment.weight_g, consignment.typed, consignment.unweighed) == (2000, 1, 0)
    closed = desk.scan("YYCOK")
    assert also(closed) == ["bulk.typed"]
    assert closed.records[0].body == {"consignment": 1, "count": 2, "weight_g": 2000, "typed": 1, "unweighed": 0}
    bulk(desk)
    desk.scans("YYCTYPEDKG", "YYCD9", "YYCOK", "SF1385628716738", "YYCRETURN", "SF1385628716738")
    assert also(desk.scan("YYCOK")) == []
    assert desk.rebuilt().rows() == desk.books.rows()


def test_an_open_consignment_is_told_and_outlives_the_power() -> None:
    """Leaving, coming back, opening another one: told with its count. After a power cut the boxes go on."""
    desk = sending()
    bulk(desk)
    desk.scan(FIRST)
    assert also(desk.scan("YYCIN")) == ["bulk.open"]
    desk = restarted(desk)
    assert also(desk.scan("YYCSEND")) == ["bulk.open"]
    assert said(desk.scan("YYCBULK")) == "bulk.open"
    assert value(desk.scan(SECOND), "count") == "2"
    assert desk.parcel(SECOND).real_name == TOKEN
    desk.scans("YYCOK")
    bulk(desk)
    assert desk.books.consignments.open is not None
    assert desk.books.consignments.open.number == 2


def test_a_box_can_be_taken_back_and_so_can_the_end() -> None:
    """Undo of the closing opens it again; undo of a box lessens the count."""
    desk = sending()
    bulk(desk)
    desk.weigh(900)
    desk.scans(FIRST, SECOND, "YYCOK")
    assert desk.scans("YYCUNDO", "YYCUNDO") == ["undone", "undone"]
    consignment = desk.books.consignments.open
    assert consignment is not None
    assert (consignment.count, consignment.weight_g) == (1, 900)
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_flight_is_told_once_for_the_boxes_that_make_it() -> None:
    """The first box names it; when the cut-off passes the next box tells the change."""
    desk = sending(Flight("CA1", 150_000))
    bulk(desk)
    assert "send.flight" in also(desk.scan(FIRST))
    assert not {"send.flight", "send.no_flight"} & set(also(desk.scan(SECOND)))
    desk.now_s = 151
    assert "send.no_flight" in also(desk.scan(THIRD))


def test_a_sender_without_a_name_gets_one_within_a_consignment() -> None:
    """A parcel from before, scanned again, takes the sender's card; a box of the consignment has its sender already."""
    desk = sending()
    desk.scan(FIRST)
    desk.scan("YYCCLEAR")
    bulk(desk)
    assert desk.scans(FIRST, SENDER) == ["send.lacking", "send.registered"]
    assert desk.scans(SECOND, SENDER) == ["bulk.accepted", "bulk.end_first"]


@pytest.mark.parametrize("held_first", [True, False])
def test_a_held_box_is_refused(held_first: bool) -> None:
    """A hold stops a box of a consignment like any other parcel."""
    desk = sending()
    bulk(desk)
    if not held_first:
        desk.scan(FIRST)
    desk.scans("YYCHOLD", "YYCRLIVE", FIRST)
    assert said(desk.scan(FIRST)) == "send.held"
