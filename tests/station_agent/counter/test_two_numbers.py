"""换单: a parcel with our own label and a carrier's number is one parcel at the site that gave it the second one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station_agent.counter.books import Books
from station_agent.counter.road import Listed
from station_agent.counter.shelves import GONE, LINKED, MAX_ENDED, MAX_LINKED, PACKED, ShelfPlan
from station_agent.counter.vocabulary import custody
from station_agent.waybill import own_parcel_code
from tests.station_agent.counter.cold_desk import ColdDesk
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, also, kinds, said, value
from tests.station_agent.counter.stops import DRIVER, bodies, stop

LABEL, NUMBER = own_parcel_code("500236", 1), OTHER
"""Our own label, and the carrier's number it got."""
BOTH = [(LABEL, NUMBER), (NUMBER, LABEL)]
SEAL = "YYS00001"


def relabelled(desk: Desk | None = None) -> Desk:
    """A parcel of another site, never taken in here, got its second number by the gun, and the power was cut since."""
    desk = desk or Desk()
    desk.scans("YYCSEND", "YYCRELABEL", LABEL, NUMBER)
    assert bodies(desk, "parcel.relabelled")[-1] == {
        "waybill": LABEL,
        "to": NUMBER,
        "carrier": "yto",
        "elsewhere": True,
    }
    return desk if isinstance(desk, ColdDesk) else desk.restarted()


def sent_and_gone() -> Desk:
    """A station that relabelled a parcel and sent it away."""
    desk = Desk()
    desk.enter(custody("parcel.accepted", waybill=LABEL, real_name="T1", inspected_by="attendant"))
    desk.enter(custody("parcel.relabelled", waybill=LABEL, to=NUMBER, carrier="yto"))
    desk.enter(custody("parcel.returned", waybill=LABEL))
    return desk


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize(("first", "second"), BOTH)
def test_a_parcel_with_two_numbers_comes_in_once(ours: bool, first: str, second: str) -> None:
    """Of ours or of another site: either number brings it in; the other one is already here, and fetches it."""
    desk = sent_and_gone() if ours else relabelled()
    desk.scan("YYCIN")
    code = desk.receive(first)
    desk = desk.restarted()
    again = desk.scan(second)
    assert (said(again), value(again, "code"), again.records) == ("parcel.already_here", code, ())
    desk.scan("YYCOUT")
    decision = desk.scan(second)
    assert (said(decision), decision.records[0].body["waybill"]) == ("parcel.collected", first)
    assert desk.scans(first, second) == ["parcel.already_collected"] * 2
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_received_parcel_that_gets_another_number_is_the_same_by_both() -> None:
    """Our label from another site came in and was relabelled here; where that happened elsewhere it is two."""
    desk, elsewhere = Desk(), Desk()
    for each in (desk, elsewhere):
        each.receive(LABEL)
    desk.enter(custody("parcel.relabelled", waybill=LABEL, to=NUMBER, elsewhere=True))
    assert said(desk.scan(NUMBER)) == "parcel.already_here"
    assert said(elsewhere.scan(NUMBER)) == "parcel.received"
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_it_is_packed_once_and_leaves_once(first: str, second: str) -> None:
    """Never accepted here, so scanned twice; the other number is inside too, and the bag leaves with one parcel."""
    desk = relabelled(stop().desk)
    desk.scan("YYCPACK")
    assert desk.scans(BAG, first, first) == ["pack.opened", "pack.unknown", "pack.packed"]
    desk = desk.restarted()
    assert desk.scans("YYCPACK", second) == ["pack.goes_on", "pack.inside"]
    assert desk.parcel(first) is desk.parcel(second)
    assert desk.parcel(first).state == PACKED
    desk.scans("YYCSEAL", SEAL, "YYCOK", DRIVER, BAG, DRIVER)
    assert bodies(desk, "bag.departed")[0]["count"] == 1
    assert {desk.parcel(number).state for number in (first, second)} == {GONE}
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_taken_out_of_its_bag_it_is_still_one(first: str, second: str) -> None:
    """By the other number; nobody's parcel again, and its two numbers are still known as one."""
    desk = relabelled()
    desk.scans("YYCPACK", BAG, first, first)
    assert desk.scans(second, second) == ["pack.inside", "pack.taken_out"]
    assert desk.shelves.parcel(first) is None
    desk = desk.restarted()
    desk.scan("YYCIN")
    desk.receive(first)
    assert said(desk.scan(second)) == "parcel.already_here"
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_turned_away_at_the_door_it_is_held_by_both(first: str, second: str) -> None:
    """A hold on one number keeps the other from leaving, being packed and coming in; either releases it."""
    desk = relabelled()
    desk.scans("YYCHOLD", "YYCRLIQUID", first)
    assert desk.scans("YYCOUT", second) == ["mode.out", "parcel.is_held"]
    assert desk.scans("YYCIN", second) == ["mode.in", "parcel.is_held"]
    assert desk.scans("YYCSEND", second) == ["mode.send", "send.held"]
    assert desk.scans("YYCPACK", BAG, second) == ["mode.pack", "pack.opened", "pack.held"]
    assert desk.scans("YYCRELEASE", second) == ["mark.released", "marked.released"]
    assert desk.scans("YYCOUT", first, first) == ["mode.out", "parcel.unknown", "out.unreceived"]
    assert said(desk.scan(second)) == "parcel.already_collected"
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_it_lies_in_one_cold_box_and_leaves_it(first: str, second: str) -> None:
    """Put in under one number it is inside by the other, and comes out when it is packed under the other."""
    desk = relabelled(ColdDesk())
    desk.scans("YYCBOX", "YYCBX1", first)
    assert desk.scans(first, second) == ["box.put", "box.already"]
    assert [content.waybill for content in desk.books.chilled] == [first]
    desk.scans("YYCPACK", BAG, second)
    packed = desk.scan(second)
    assert (kinds(packed), len(desk.books.chilled)) == (["box.taken", "parcel.packed"], 0)


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_a_list_that_names_the_other_number_means_it(first: str, second: str) -> None:
    """Unpacked under one number, announced under the other: neither short nor in excess."""
    place = stop()
    place.lists.listed = {BAG: Listed(BAG, "down", waybills=(second,))}
    desk = relabelled(place.desk)
    desk.scans("YYCIN", BAG, "YYCUNPACK", BAG)
    assert also(desk.scan(first)) == []
    assert said(desk.scan("YYCOK")) == "unpack.closed"


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_it_is_counted_once(first: str, second: str) -> None:
    """A stock-take that sees it under both numbers has seen one parcel without a shelf."""
    desk = relabelled()
    desk.scans("YYCCOUNT", first, second)
    assert len(bodies(desk, "stocktake.seen")) == 1


def test_links_of_parcels_nobody_has_are_bounded() -> None:
    """The one made first goes first, and with it only the link; a link counts as nothing on the shelves of the day."""
    desk = Desk()
    for number in range(MAX_LINKED + 1):
        desk.now_s += 1
        desk.enter(custody("parcel.relabelled", waybill=f"YYP{number}", to=f"SF{number}", elsewhere=True))
    assert len([*desk.shelves]) == MAX_LINKED < MAX_ENDED
    assert desk.shelves.numbers_of("SF0") == ("SF0",)
    assert desk.shelves.numbers_of("SF1") == ("SF1", "YYP1")
    assert (desk.shelves.here, said(desk.scan("YYCTODAY"))) == (0, "today.day")
    assert desk.rebuilt().rows() == desk.books.rows()


ACTS = (
    *(LABEL, NUMBER, LABEL, NUMBER, PARCEL, BAG, "YYCOK", "YYCUNDO", "YYCCLEAR", SEAL, "restart"),
    *("YYCIN", "YYCOUT", "YYCPACK", "YYCSEND", "YYCRELABEL", "YYCRETURN", "YYCDAMAGED"),
)


def alive(books: Books) -> set[str]:
    """Rows of the two numbers that are a parcel at this station."""
    rows = [books.shelves.get(number) for number in (LABEL, NUMBER)]
    return {row.waybill for row in rows if row is not None and row.state != LINKED and not row.ended_no}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ACTS), max_size=30))
def test_in_whatever_order_it_is_one_parcel(acts: list[str]) -> None:
    """Both numbers scanned anywhere, taken back and across power cuts: never two parcels, and entries make the same."""
    desk = relabelled(Desk(ShelfPlan(shelves=1, layers=1)))
    for act in acts:
        if act == "restart":
            desk = desk.restarted()
            continue
        desk.scan(act)
        assert len(alive(desk.books)) <= 1
        assert desk.shelves.numbers_of(LABEL) == (LABEL, NUMBER), "the link was made before the first power cut"
        if alive(desk.books):
            assert desk.shelves.parcel(LABEL) is desk.shelves.parcel(NUMBER)
    assert desk.rebuilt().rows() == desk.books.rows()
