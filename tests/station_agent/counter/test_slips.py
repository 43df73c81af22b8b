"""Slips of a hand or a gun: double reads, numbers keyed in the wrong place, one person's parcels told to the next."""

import pytest

from station_agent.counter.road import Listed
from station_agent.counter.vocabulary import custody
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, Phones, also, kinds, said, value
from tests.station_agent.counter.sender import THIRD, key, sending
from tests.station_agent.counter.stops import DRIVER, FLAWED, LINE, OWN, bodies, cases, packed, sealed, stop

PHONE = "13800138000"
HOUSEHOLD = "YYH00000000017"


def test_one_pull_at_the_undo_card_takes_one_act_back() -> None:
    """The gun's double read of 撤销 leaves the act before the last alone; a second pull takes it back."""
    desk = Desk()
    desk.receive()
    desk.receive(OTHER)
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert desk.scan("YYCUNDO", repeated=True).records == ()
    assert desk.shelves.here == 1
    assert said(desk.scan("YYCUNDO")) == "undone"


def test_one_pull_at_ok_closes_a_bag_and_confirms_no_batch() -> None:
    """The first OK closes a bag, the second tells the recipients: one pull does only the first."""
    desk = Desk()
    desk.scans(BAG, "YYCUNPACK", BAG, PARCEL)
    assert kinds(desk.scan("YYCOK")) == ["bag.unpacked"]
    assert kinds(desk.scan("YYCOK", repeated=True)) == []
    assert kinds(desk.scan("YYCOK")) == ["batch.confirmed"]


def test_one_pull_at_ok_behind_digits_confirms_no_batch() -> None:
    """Digits that are no waybill are refused; OK read twice does not confirm the batch instead."""
    desk = Desk()
    desk.receive()
    key(desk, "77")
    assert said(desk.scan("YYCOK")) == "scan.refused"
    assert desk.scan("YYCOK", repeated=True).records == ()
    assert desk.books.is_batch_open


def test_one_pull_at_clear_drops_digits_and_keeps_the_task() -> None:
    """清除 drops what was keyed first, the task with the next pull."""
    desk = Desk()
    desk.scan("YYCCOMPLAINT")
    key(desk, "1")
    assert said(desk.scan("YYCCLEAR")) == "key.cleared"
    assert said(desk.scan("YYCCLEAR", repeated=True)) is None
    assert said(desk.scan("YYCCLEAR")) == "task.cleared"


def test_one_pull_after_a_pause_only_tells() -> None:
    """What is only told after a pause is not handed out by the gun's double read."""
    desk = Desk()
    desk.receive()
    desk.scan("YYCOUT")
    desk.now_s += 400
    assert said(desk.scan(PARCEL)) == "told.here"
    assert desk.scan(PARCEL, repeated=True).records == ()
    assert said(desk.scan(PARCEL)) == "parcel.collected"


def test_one_pull_at_a_shelf_sticker_packs_nothing_that_waits_to_be_fetched() -> None:
    """A parcel to be fetched goes back when it is scanned twice; its sticker read twice by one pull was read once."""
    desk = Desk()
    sticker = desk.receive()
    packed(desk, OWN, OTHER)
    assert said(desk.scan(sticker)) == "pack.goes_back"
    assert desk.scan(sticker, repeated=True).records == ()
    assert said(desk.scan(sticker)) == "pack.packed"


def test_a_digit_card_read_twice_is_two_digits() -> None:
    """Whoever keys 0 0 pulls twice at the same card, as fast as she likes."""
    desk = Desk()
    desk.scan("YYCD0")
    desk.scan("YYCD0", repeated=True)
    assert desk.counter.attention.keyed == "00"


def test_what_the_disk_refused_is_decided_anew() -> None:
    """A card whose entry is not on disk acts when it is scanned again at once."""
    desk = Desk()
    desk.receive()
    desk.decide("YYCOK")
    assert kinds(desk.scan("YYCOK", repeated=True)) == ["batch.confirmed"]


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    ("cards", "answer"),
    [(("YYCLOT",), "send.lot_wrong"), (("YYCBULK", "YYCAGREEMENT"), "bulk.agreement_wrong")],
)
@pytest.mark.parametrize("phone", [PHONE, "86" + PHONE, PHONE + "4821"])
def test_a_phone_number_is_no_lot_and_no_agreement(
    cards: tuple[str, ...], answer: str, phone: str, *, typed: bool
) -> None:
    """Keyed where a lot or an agreement is asked for, it is refused and stands in no entry."""
    desk = sending()
    desk.scans(*cards)
    assert _keyed(desk, phone, typed=typed) == answer
    desk.scans("YYCCLEAR", PARCEL)
    assert PHONE not in repr(desk.written)


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("phone", [PHONE, "86" + PHONE, PHONE + "4821"])
def test_a_phone_number_is_no_seal(phone: str, *, typed: bool) -> None:
    """Keyed where a seal is asked for, the seal is asked for again."""
    desk = Desk()
    packed(desk)
    desk.scan("YYCSEAL")
    assert _keyed(desk, phone, typed=typed) == "pack.seal_which"
    assert said(desk.scan("YYCOK")) != "pack.sealed"


def test_a_drivers_count_is_no_phone_number() -> None:
    """More bags than a vehicle carries are asked for again; what is keyed then counts."""
    desk = Desk()
    desk.scans("YYCHAND", "YYCDROP", BAG, "YYCHOWMANY")
    assert _keyed(desk, typed=False) == "handover.count_key"
    assert said(desk.scan("1", typed=True)) == "handover.counted"
    assert PHONE not in repr(desk.written)


def _keyed(desk: Desk, phone: str = PHONE, *, typed: bool) -> str | None:
    """The phone number, at the pad or by cards."""
    if typed:
        return said(desk.scan(phone, typed=True))
    key(desk, phone)
    return said(desk.scan("YYCOK"))


def test_what_one_person_came_for_is_not_handed_to_the_next() -> None:
    """Told by last four and left: the next person's parcel ends that, and OK hands out nothing of the first one's."""
    first, second = "13800138000", "15912345678"
    desk = Desk(people=Phones(of={PARCEL: first, THIRD: first, OTHER: second}))
    for waybill in (PARCEL, THIRD, OTHER):
        desk.receive(waybill)
    desk.scan("YYCOUT")
    assert said(desk.scan("8000", typed=True)) == "out.found"
    decision = desk.scan(OTHER)
    assert (said(decision), also(decision)) == ("parcel.collected", [])
    assert desk.scan("YYCOK").records == ()
    assert desk.shelves.here == 2


def test_digits_nobody_closed_are_forgotten() -> None:
    """A digit card scanned by mistake does not stand before what the next person keys hours later."""
    desk = Desk(people=Phones(of={PARCEL: PHONE}))
    desk.receive()
    desk.scans("YYCOUT", "YYCD5")
    desk.now_s += 200
    desk.tick()
    assert desk.counter.attention.keyed == ""
    key(desk, "8000")
    assert said(desk.scan("YYCOK")) == "out.found"


def test_digits_nobody_closed_do_not_drop_what_stays() -> None:
    """Forgetting them says nothing and leaves the mode and the shelves alone."""
    desk = Desk()
    desk.scans("YYCOUT", "YYCD5")
    desk.now_s += 200
    assert [said(decision) for decision in desk.tick()][:1] == [None]
    assert desk.counter.attention.mode.value == "out"


@pytest.mark.parametrize("mode", ["YYCIN", "YYCOUT"])
def test_what_was_held_at_the_door_goes_no_further(mode: str) -> None:
    """A parcel held before anybody received it is neither taken in nor handed out, until it is released."""
    desk = Desk()
    desk.scans("YYCHOLD", "YYCRLIQUID", PARCEL, mode)
    assert desk.scans(PARCEL, PARCEL) == ["parcel.is_held", "parcel.is_held"]
    desk.scans("YYCRELEASE", PARCEL)
    assert "parcel.is_held" not in desk.scans(PARCEL, PARCEL)


def test_what_was_held_at_the_door_and_found_on_a_shelf_stays_held() -> None:
    """A stock-take may find it here; it is still not handed out, not packed and not handed over at the roadside."""
    desk = Desk()
    desk.scans("YYCHOLD", "YYCRLIQUID", PARCEL, "YYCCOUNT", PARCEL)
    assert said(desk.scan("YYCOK")) == "count.adopted"
    assert desk.scans("YYCOUT", PARCEL)[1] == "parcel.is_held"
    assert desk.scans("YYCPACK", OWN, PARCEL)[2] == "pack.held"
    assert desk.scans("YYCHAND", "YYCDIRECT", PARCEL)[2] == "parcel.is_held"


def test_a_held_parcel_does_not_go_back_either() -> None:
    """退回 is a way out of the station like any other: release it first."""
    desk = Desk()
    desk.receive()
    desk.scans("YYCHOLD", "YYCRLIQUID", PARCEL)
    assert desk.scans("YYCRETURN", PARCEL)[1] == "parcel.is_held"
    assert desk.scans("YYCCLEAR", "YYCRELEASE", PARCEL, "YYCRETURN", PARCEL)[-1] == "marked.returned"


def test_a_pick_up_code_can_be_keyed_with_cards_alone() -> None:
    """The digits of a code without its strokes find its parcel; digits that fit two find neither."""
    desk = Desk()
    code = desk.receive()
    desk.scan("YYCOUT")
    key(desk, code.replace("-", ""))
    decision = desk.scan("YYCOK")
    assert (said(decision), decision.records[0].body["how"]) == ("parcel.collected", "code")


def test_digits_that_fit_two_pick_up_codes_hand_out_neither() -> None:
    """1-11-1008 and 11-1-1008 are told apart by the parcel in the hand alone."""
    desk = Desk()
    for waybill, sticker in ((PARCEL, "1-11-1008"), (OTHER, "11-1-1009")):
        desk.receive(waybill)
        assert said(desk.scan(sticker)) == "parcel.shelved"
    desk.enter(custody("parcel.shelved", waybill=OTHER, code="11-1-1008", was="11-1-1009"))
    desk.scan("YYCOUT")
    assert kinds(desk.scan("1111008", typed=True)) == ["scan.refused"]


def test_a_listed_parcel_taken_in_before_its_bag_is_not_short() -> None:
    """入库 first and 拆包 afterwards: what lies here is counted with the bag, and no case is opened."""
    at = stop(LINE)
    at.lists.listed[BAG] = Listed(BAG, "down", waybills=(PARCEL, OTHER))
    at.desk.scans(DRIVER, BAG, DRIVER, "YYCIN", PARCEL, "YYCUNPACK", BAG, OTHER)
    decision = at.desk.scan("YYCOK")
    assert (said(decision), kinds(decision), value(decision, "count")) == ("unpack.closed", ["bag.unpacked"], "2")
    assert "short" not in decision.records[0].body


def test_a_handover_whose_driver_drove_off_is_ended_by_a_card_that_says_so() -> None:
    """Left alone it stands in the way of unpacking; 无人交接 goes on with it and says that a second scan ends it."""
    desk = stop(LINE).desk
    desk.scans(DRIVER, BAG)
    desk.now_s += 2000
    desk.tick()
    assert desk.scans("YYCUNPACK", BAG, "YYCHAND")[1] == "unpack.in_handover"
    assert also(desk.scan("YYCDROP")) == ["handover.drop_again"]
    assert kinds(desk.scan("YYCDROP"))[0] == "handover.dropped"
    assert desk.scans("YYCUNPACK", BAG)[1] == "unpack.begun"


def test_what_is_said_next_is_about_the_parcel_scanned_last() -> None:
    """A parcel that was here already takes the phone keyed after it, not the one received before it."""
    people = Phones()
    desk = Desk(people=people)
    desk.receive()
    desk.receive(OTHER)
    assert desk.scans(PARCEL, "YYCPHONE") == ["parcel.already_here", "phone.key"]
    desk.scan(PHONE, typed=True)
    assert people.of == {PARCEL: PHONE}


def test_the_sticker_of_a_parcel_means_that_parcel_too() -> None:
    """Its own sticker scanned, then the phone card: the phone is keyed for it."""
    people = Phones()
    desk = Desk(people=people)
    sticker = desk.receive()
    desk.receive(OTHER)
    desk.scans(sticker, "YYCPHONE")
    desk.scan(PHONE, typed=True)
    assert people.of == {PARCEL: PHONE}


def test_a_parcel_to_be_scanned_again_is_not_the_one_before() -> None:
    """A doubtful code between: the phone card asks for the parcel instead of taking the one received before."""
    desk = Desk(people=Phones())
    desk.receive()
    assert desk.scans("ODDCODE77", "YYCPHONE") == ["scan.again", "phone.which"]


def test_a_household_card_long_after_the_last_parcel_is_given_no_parcel() -> None:
    """Somebody comes to fetch while the counter still receives: the last stranger's parcel is not made hers."""
    desk = Desk()
    desk.scans("YYCHOUSE", HOUSEHOLD, "YYCCONSENT")
    desk.receive()
    desk.now_s += 200
    assert desk.scan(HOUSEHOLD).records == ()
    assert desk.parcel().household == ""
    desk.scan(PARCEL)
    assert said(desk.scan(HOUSEHOLD)) == "parcel.addressed"


def test_one_driver_with_one_flaw_is_one_case() -> None:
    """A badge that is expired for weeks does not bury the complaints under a case a stop."""
    desk = stop(LINE).desk
    for _ in range(3):
        desk.scans(FLAWED, BAG, FLAWED)
        desk.scans("YYCUNPACK", BAG, BAG, "YYCOK", "YYCHAND")
    assert cases(desk).count("driver_expired") == 1
    assert len(bodies(desk, "handover.confirmed")) == 3


def test_a_parcel_in_a_bag_does_not_go_back_by_card() -> None:
    """退回 for a parcel that lies in a bag is told which: the bag's count stays what was sealed."""
    desk = Desk()
    sealed(desk)
    assert desk.scans("YYCRETURN", PARCEL)[1] == "pack.elsewhere"
    assert len(desk.shelves.in_bag(OWN)) == 1


def test_a_bag_of_ours_was_not_received() -> None:
    """入库 says of a bag that is packed here that it goes out, not that it came in."""
    desk = Desk()
    packed(desk)
    assert desk.scans("YYCIN", OWN)[1] == "unpack.ours"


def test_after_a_power_cut_the_open_handover_is_told() -> None:
    """The mode, and how far the handover got; not the mode twice."""
    desk = stop(LINE).desk
    sealed(desk)
    desk.scans(DRIVER, OWN)
    greeting = desk.resumed().counter.greeting
    assert [answer.phrase for answer in greeting.also] == ["mode.handover", "handover.open"]
    assert greeting.also[1].values["up"] == "1"
