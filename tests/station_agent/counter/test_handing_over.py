"""交接: every row of the handover desk's table, and what closing a handover writes."""

from dataclasses import replace

import pytest

from station_agent.counter.bags import ARRIVING, GONE, HERE, SEALED
from station_agent.counter.cards import Mode
from station_agent.counter.decision import TASK_S
from station_agent.counter.desks.handing_over import MAX_TRIES, WAIT_S
from station_agent.counter.handovers import AGREED, DROPPED, MAX_BAGS_AT_ONCE, ONE_SIDED, Handover
from station_agent.counter.road import Listed, Road, Run
from station_agent.counter.shelves import ACCEPTED, COLLECTED, PACKED
from station_agent.counter.shelves import GONE as PARCEL_GONE
from station_agent.counter.vocabulary import custody
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, also, kinds, said, value
from tests.station_agent.counter.stops import (
    CLERK,
    DAMAGED,
    DOWN,
    DRIVER,
    DRONE,
    EIGHT_MS,
    FLAWED,
    LINE,
    OWN,
    OWN2,
    OWN3,
    SEAL,
    SEAL2,
    SECOND,
    WITH_PIN,
    accept,
    arrived,
    bodies,
    cases,
    packed,
    sealed,
    stop,
    the_bag,
)

STUB, STUB2 = "YYT0001", "YYT0002"


def the_handover(desk: Desk, number: int = 1) -> Handover:
    """A handover that must be known."""
    handover = desk.books.handovers.get(str(number))
    assert handover is not None
    return handover


def test_both_ways_in_one_stop_with_five_scans() -> None:
    """Badge, bags, badge: counted aloud, confirmed by both, and the counter is back in the mode before."""
    desk = stop(LINE, now_s=EIGHT_MS / 1000).desk
    sealed(desk)
    sealed(desk, OWN2, OTHER, SEAL2)
    desk.scan("YYCIN")
    begun = desk.scan(DRIVER)
    assert (said(begun), value(begun, "count"), also(begun)) == ("handover.begun", "2", [])
    up = desk.scan(OWN)
    assert (said(up), value(up, "count"), value(up, "of")) == ("handover.bag_up", "1", "2")
    assert desk.scans(OWN2, BAG) == ["handover.all_up", "handover.bag_down"]
    desk.now_s += 20
    done = desk.scan(DRIVER)
    assert (said(done), also(done)) == ("handover.done", ["mode.in"])
    assert done.answer is not None
    assert done.answer.values == {"down": "1", "up": "2", "number": "1"}
    assert kinds(done) == ["handover.confirmed", "bag.received", "bag.departed", "bag.departed"]
    assert done.records[0].body == {
        "handover": 1,
        "driver": "1",
        "line": "L1",
        "vehicle": "渝A1",
        "transport": "bus",
        "bags_in": [BAG],
        "bags_out": [OWN, OWN2],
        "off_min": 0,
        "on_time": True,
        "weight_g": 0,
        "unweighed": 2,
        "started_ms": EIGHT_MS,
        "ended_ms": EIGHT_MS + 20_000,
    }
    assert done.records[2].body == {
        "bag": OWN,
        "handover": 1,
        "count": 1,
        "seal": SEAL,
        "driver": "1",
        "line": "L1",
        "vehicle": "渝A1",
    }
    assert (the_bag(desk).state, the_bag(desk, BAG).state) == (GONE, HERE)
    assert {desk.parcel().state, desk.parcel(OTHER).state} == {PARCEL_GONE}
    assert said(desk.scan(PARCEL)) == "parcel.come_again", "入库 again"
    assert cases(desk) == []
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize("flaw", ["expired", "not_yet", "revoked", "false", "unknown"])
def test_a_flawed_badge_stops_nobody(flaw: str) -> None:
    """The bag goes by default; the entry is marked, and a case names the driver."""
    desk = stop(flaw=flaw).desk
    sealed(desk)
    begun = desk.scan(FLAWED)
    assert (said(begun), also(begun)) == ("handover.begun", [f"badge.{flaw}"])
    assert kinds(begun) == ["handover.begun", "case.opened"]
    assert desk.scans(OWN, FLAWED) == ["handover.all_up", "handover.done"]
    assert bodies(desk, "handover.confirmed")[0]["flaw"] == flaw
    (case,) = desk.books.cases
    assert (case.about, case.subject, case.holder) == (f"driver_{flaw}", "1", "3")


def test_a_driver_of_another_line_is_a_substitute() -> None:
    """Lines are known and his does not stop here: marked and a case, and the bag goes."""
    desk = stop(DRONE).desk
    assert also(desk.scan(DRIVER)) == ["badge.other_line"]
    assert desk.scans(BAG, DRIVER) == ["handover.bag_down", "handover.done"]
    assert cases(desk) == ["driver_other_line"]


def test_a_clock_nobody_trusts_is_flagged_and_no_case() -> None:
    """The badge is accepted, and whether the bus was on time is left open."""
    desk = stop(LINE).desk
    desk.trusted = False
    begun = desk.scan(DRIVER)
    assert (also(begun), begun.records[0].body["flaw"], begun.records[0].body["trusted"]) == (
        ["badge.clock"],
        "clock",
        False,
    )
    done = [desk.scan(BAG), desk.scan(DRIVER)][1]
    assert "on_time" not in done.records[0].body
    assert cases(desk) == []


def test_badges_that_begin_nothing() -> None:
    """A damaged one is asked for again, a clerk's has no meaning here; nothing is written."""
    desk = stop().desk
    assert desk.scans(DAMAGED, CLERK, "YYCHAND", CLERK) == [
        *("badge.damaged", "paper.not_now", "mode.handover", "paper.not_now"),
    ]
    assert desk.written == []


def test_a_station_without_keys_hands_over_all_the_same() -> None:
    """Nobody can say whose badge it is: the same text is the same driver, another is another."""
    desk = Desk(road=Road())
    assert also(desk.scan(DRIVER)) == ["badge.unknown"]
    assert desk.scans(BAG, SECOND, DRIVER) == ["handover.bag_down", "handover.other", "handover.done"]


def test_the_gun_s_double_read_of_a_badge_confirms_nothing() -> None:
    """Begun by one reading, the same reading again is silent; so it is for the second word on an empty stop."""
    desk = stop().desk
    assert said(desk.scan(DRIVER)) == "handover.begun"
    assert said(desk.scan(DRIVER, repeated=True)) is None
    assert said(desk.scan(DRIVER)) == "handover.nothing"
    assert said(desk.scan(DRIVER, repeated=True)) is None
    done = desk.scan(DRIVER)
    assert (said(done), done.records[0].body["bags_in"]) == ("handover.done", [])
    assert said(desk.scan(DRIVER, repeated=True)) is None


def test_a_badge_with_a_pin_waits_for_it() -> None:
    """Digits by card are not said aloud; after five wrong ones each further one waits twice as long."""
    desk = stop().desk
    assert said(desk.scan(WITH_PIN)) == "badge.pin"
    assert desk.scans("YYCD1", "YYCOK") == ["key.hidden", "badge.pin_wrong"]
    for _ in range(MAX_TRIES - 1):
        assert said(desk.scan("000000", typed=True)) == "badge.pin_wrong"
    assert said(desk.scan("246810", typed=True)) == "badge.pin_wait"
    desk.now_s += WAIT_S + 1
    assert said(desk.scan("000000", typed=True)) == "badge.pin_wrong"
    desk.now_s += WAIT_S + 1
    assert said(desk.scan("246810", typed=True)) == "badge.pin_wait"
    assert "246810" not in repr(desk.counter.attention)
    desk.now_s += WAIT_S
    assert said(desk.scan("246810", typed=True)) == "handover.begun"
    assert desk.written[0][0].body["driver"] == "4"
    assert desk.scans(BAG, WITH_PIN) == ["handover.bag_down", "handover.done"]


@pytest.mark.parametrize("given_up", ["clear", "a long pause"])
def test_a_pin_given_up_leads_back_to_the_mode_before(given_up: str) -> None:
    """The clear card, or nobody going on with it: the counter does what it did before the badge."""
    desk = stop().desk
    desk.scans("YYCOUT", WITH_PIN)
    if given_up == "clear":
        cleared = desk.scan("YYCCLEAR")
        assert (said(cleared), also(cleared)) == ("task.cleared", ["cleared.pin", "mode.out"])
    else:
        desk.now_s += TASK_S + 1
        assert [said(decision) for decision in desk.tick()] == ["task.dropped"]
    assert desk.counter.attention.mode is Mode.OUT
    assert desk.scans(WITH_PIN, "246810")[0] == "badge.pin"


def test_the_clear_card_says_that_a_handover_stands() -> None:
    """How far it is, and what ends it; what was begun within it is dropped, and bags are scanned on at once."""
    desk = stop().desk
    desk.scans("YYCHAND", DRIVER, BAG)
    cleared = desk.scan("YYCCLEAR")
    assert (said(cleared), value(cleared, "down")) == ("handover.open", "1")
    counting = (desk.scan("YYCHOWMANY"), desk.scan("YYCCLEAR"))[1]
    assert (said(counting), also(counting)) == ("task.cleared", ["cleared.counting", "handover.open"])
    assert desk.scans(DOWN, DRIVER, "YYCCLEAR") == ["handover.bag_down", "handover.done", "card.not_now"]
    assert desk.scans("YYCTEMP", "YYCCLEAR", "YYCOK") == ["handover.begun", "handover.open_ok", "handover.none"]
    assert desk.scans("YYCDIRECT", "YYCCLEAR") == ["direct.which", "task.cleared"]
    assert desk.scans(DRIVER, "YYCUNDO", "YYCCLEAR")[1:] == ["undone", "task.cleared"], "no handover, nothing stands"


def test_a_second_driver_s_badge_ends_it_only_when_scanned_twice() -> None:
    """Once is told; twice the first is one-sided: what he brought is here, what he took is gone, a case names him."""
    desk = stop().desk
    sealed(desk)
    desk.scans(DRIVER, OWN, BAG)
    assert said(desk.scan(SECOND)) == "handover.other"
    assert said(desk.scan(DOWN)) == "handover.bag_down"
    assert said(desk.scan(SECOND)) == "handover.other"
    begun = desk.scan(SECOND)
    assert kinds(begun) == [
        *("handover.one_sided", "bag.received", "bag.received", "bag.departed", "case.opened", "handover.begun"),
    ]
    assert (also(begun)[0], value(begun, "count")) == ("handover.was_left", "0")
    assert [the_bag(desk, code).state for code in (OWN, BAG, DOWN)] == [GONE, HERE, HERE]
    assert (desk.parcel().state, the_bag(desk).holder) == (PARCEL_GONE, "1")
    assert (the_handover(desk).state, the_handover(desk).reason) == (ONE_SIDED, "other_driver")
    assert [(case.about, case.subject, case.holder) for case in desk.books.cases] == [("handover_left", "1", "1")]
    assert said(desk.scan("YYCUNDO")) == "undo.nothing", "what changed hands is not taken back"
    assert desk.scans(SECOND, SECOND) == ["handover.nothing", "handover.done"]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_driver_who_left_confirms_at_his_next_stop() -> None:
    """His next badge is told the number; keyed, both have said it, and the case that named him is closed."""
    desk = stop().desk
    desk.scans(DRIVER, BAG, SECOND, SECOND, SECOND, SECOND)
    assert cases(desk) == ["handover_left"]
    assert also(desk.scan(DRIVER)) == ["handover.unconfirmed"]
    assert desk.scans("YYCD1", "YYCOK", DRIVER, DRIVER)[1] == "handover.agreed"
    assert (the_handover(desk).state, cases(desk)) == (AGREED, [])
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_bag_the_first_driver_left_behind_goes_with_the_second() -> None:
    """Scanned twice it was here all the time, with what is in it, and goes up under its seal, the second driver's."""
    desk = stop().desk
    sealed(desk)
    desk.weigh(5000)
    desk.scans(DRIVER, OWN, SECOND, SECOND)
    assert (the_bag(desk).state, said(desk.scan(OWN))) == (GONE, "handover.bag_stayed")
    up = desk.scan(OWN)
    assert (said(up), kinds(up)) == ("handover.all_up", ["bag.received", "handover.bag"])
    assert up.records[0].body == {
        "bag": OWN,
        "shape": "yyt_bag",
        "seal": SEAL,
        "weight_g": 5000,
        "left_ms": desk.wall_ms,
        "count": 1,
    }
    assert (up.records[1].body["way"], desk.parcel().state, the_bag(desk).state) == ("up", PACKED, SEALED)
    done = desk.scan(SECOND)
    assert (done.records[0].body["bags_out"], done.records[0].body["weight_g"]) == ([OWN], 5000)
    assert [body["count"] for body in bodies(desk, "bag.departed")] == [1, 1]
    assert (the_bag(desk).state, the_bag(desk).holder, the_bag(desk).seal) == (GONE, "2", SEAL)
    assert desk.parcel().state == PARCEL_GONE
    assert desk.scans(DRIVER, OWN) == ["handover.begun", "handover.bag_down"], "any later one brings it"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_only_what_left_in_it_that_time_is_in_a_bag_that_stayed() -> None:
    """Parcels of its trips before are gone; left behind again it waits sealed, and can be opened and taken out of."""
    desk = stop().desk
    sealed(desk)
    desk.scans(DRIVER, OWN, DRIVER)
    desk.now_s += 60
    accept(desk, OTHER)
    desk.scans("YYCPACK", OWN, OWN, OTHER, "YYCSEAL", SEAL2, "YYCOK", DRIVER, OWN, SECOND, SECOND)
    assert {desk.parcel(waybill).state for waybill in (PARCEL, OTHER)} == {PARCEL_GONE}
    desk = desk.restarted()
    desk.scans(SECOND, OWN, OWN)
    assert (desk.parcel().state, desk.parcel(OTHER).state) == (PARCEL_GONE, PACKED)
    assert desk.scans("YYCOVERLOAD", OWN) == ["handover.take_off", "handover.left_behind"]
    assert (the_bag(desk).state, the_bag(desk).seal) == (SEALED, "YYS00002")
    desk.scans("YYCUNDO", "YYCOVERLOAD", OWN, SECOND, SECOND, "YYCPACK", OWN, OWN, OTHER, OTHER)
    assert desk.parcel(OTHER).state == ACCEPTED
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_bag_that_stayed_and_was_empty_or_passing_on() -> None:
    """It has no parcels of ours in it, leaves with none, and its seal is kept."""
    desk = stop().desk
    arrived(desk)
    desk.scans(DRIVER, BAG, BAG, SEAL, SECOND, SECOND, BAG)
    up = desk.scan(BAG)
    assert (kinds(up), "count" in up.records[0].body) == (["bag.received", "handover.bag"], False)
    assert (the_bag(desk, BAG).state, the_bag(desk, BAG).seal) == (HERE, SEAL)
    assert bodies(desk, "bag.departed")[0]["count"] == 0
    assert desk.rebuilt().rows() == desk.books.rows()


def test_another_badge_after_one_that_brought_nothing() -> None:
    """No bag, no case: the first handover is void and nothing is said of it."""
    desk = stop().desk
    begun = (desk.scans(DRIVER, SECOND), desk.scan(SECOND))[1]
    assert (kinds(begun), also(begun), cases(desk)) == (["handover.voided", "handover.begun"], [], [])
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_power_cut_in_the_middle_is_gone_on_with() -> None:
    """The same driver's badge says how far it was and closes nothing; his next one does."""
    desk = stop().desk
    sealed(desk)
    desk.scans(DRIVER, OWN)
    desk = desk.restarted()
    resumed = desk.scan(DRIVER)
    assert (said(resumed), value(resumed, "up"), resumed.records) == ("handover.resumed", "1", ())
    assert said(desk.scan(DRIVER, repeated=True)) is None
    assert desk.scans(BAG, DRIVER) == ["handover.bag_down", "handover.done"]
    assert bodies(desk, "handover.confirmed")[0]["bags_out"] == [OWN]


def test_after_a_power_cut_another_driver_loses_no_bag() -> None:
    """Whatever was scanned with the first is here or gone with him, once, with a case; the second's own begins."""
    desk = stop().desk
    sealed(desk)
    desk.scans(DRIVER, OWN, BAG)
    desk = desk.restarted()
    begun = desk.scan(SECOND)
    assert (said(begun), kinds(begun)) == (
        "handover.begun",
        ["handover.one_sided", "bag.received", "bag.departed", "case.opened", "handover.begun"],
    )
    assert [the_bag(desk, code).state for code in (OWN, BAG)] == [GONE, HERE]
    assert desk.books.handovers.open == the_handover(desk, 2)
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize("leave", ["another mode", "a long pause"])
def test_an_interrupted_handover_is_not_lost(leave: str) -> None:
    """Left for another mode or alone, it goes on with the badge; the mode card tells of it."""
    desk = stop().desk
    desk.scans(DRIVER, BAG)
    if leave == "another mode":
        assert also(desk.scan("YYCIN")) == ["handover.open"]
    else:
        desk.now_s += TASK_S + 1
        assert [said(decision) for decision in desk.tick()] == [None]
    assert said(desk.scan("YYCHAND")) == "handover.open"
    assert [desk.scans(code)[0] for code in (DOWN, "YYCOK", STUB)] == ["handover.open"] * 3, "what ends it"
    assert desk.scans(DRIVER, DOWN, DRIVER) == ["handover.resumed", "handover.bag_down", "handover.done"]


def test_left_alone_a_driver_s_without_a_badge_goes_on_with_ok() -> None:
    """What is scanned tells how it is ended: OK goes on with it first, and closes it then."""
    desk = stop().desk
    desk.scans("YYCHAND", "YYCTEMP", BAG)
    desk.now_s += TASK_S + 1
    desk.tick()
    assert desk.scans(DOWN, "YYCOK", DOWN, "YYCOK") == [
        *("handover.open_ok", "handover.resumed", "handover.bag_down", "handover.done"),
    ]


def test_what_belongs_to_a_handover_wants_the_badge_first() -> None:
    """A stub, a seal, OK and the cards of bags before any badge: told whose turn it is, and nothing is written."""
    desk = stop().desk
    desk.scan("YYCHAND")
    for code in (STUB, SEAL, "YYCOK", "YYCHOWMANY", "YYCTBUS", "YYCSEAL", "YYCOVERLOAD", "YYCSHORT"):
        assert said(desk.scan(code)) == "handover.badge_first", code
    desk.scan(WITH_PIN)
    assert desk.scans(BAG, "YYCOK") == ["badge.pin", "badge.pin"]
    assert desk.written == []


def test_a_bag_with_a_held_parcel_does_not_go_up() -> None:
    """Held after its bag was sealed: the bag stays and says so; opened, the parcel taken out, it goes."""
    desk = stop().desk
    packed(desk, waybill=OTHER)
    sealed(desk)
    desk.scans("YYCHOLD", "YYCRLIQUID", PARCEL, DRIVER)
    stopped = desk.scan(OWN)
    assert (said(stopped), value(stopped, "bag"), stopped.records) == ("handover.held_inside", OWN, ())
    assert desk.scans(DRIVER, DRIVER) == ["handover.nothing", "handover.done"]
    assert desk.scans("YYCPACK", OWN, OWN, PARCEL, PARCEL)[-1] == "pack.taken_out"
    assert desk.scans("YYCSEAL", SEAL2, "YYCOK", DRIVER, OWN, DRIVER)[-2:] == ["handover.all_up", "handover.done"]
    assert [desk.parcel(waybill).state for waybill in (OTHER, PARCEL)] == [PARCEL_GONE, ACCEPTED]


@pytest.mark.parametrize("begin", [(DRIVER,), ("YYCHAND", "YYCTEMP")])
def test_a_parcel_held_while_its_bag_is_up_keeps_it_here(begin: tuple[str, ...]) -> None:
    """The end waits until the bag is taken off; who drove off has taken it."""
    desk = stop().desk
    sealed(desk)
    end = DRIVER if begin == (DRIVER,) else "YYCOK"
    desk.scans(*begin, OWN, BAG, "YYCHOLD", "YYCRLIQUID", PARCEL)
    assert said(desk.scan(end)) == "handover.held_inside"
    off = desk.restarted()
    off.scans("YYCHAND", *begin[-1:])
    assert off.scans("YYCOVERLOAD", OWN, end) == ["handover.take_off", "handover.left_behind", "handover.done"]
    assert (desk.parcel().state, the_bag(off).state) == (PACKED, SEALED)
    assert said(desk.scan("YYCDROP")) == "handover.done"
    assert desk.parcel().state == PARCEL_GONE


def test_a_bag_of_an_open_handover_is_not_received_yet() -> None:
    """入库 in the middle of it says what is wanted first, whichever way the bag goes."""
    desk = stop().desk
    sealed(desk)
    desk.scans(DRIVER, OWN, BAG, "YYCIN")
    assert desk.scans(OWN, BAG) == ["unpack.in_handover"] * 2


def test_a_mark_that_waits_does_not_keep_the_driver_waiting() -> None:
    """The badge begins from any mode, whatever else was begun."""
    desk = stop().desk
    assert desk.scans("YYCOUT", "YYCDAMAGED", DRIVER, BAG, DRIVER) == [
        *("mode.out", "mark.damaged", "handover.begun", "handover.bag_down", "handover.done"),
    ]


def test_a_driver_without_a_badge() -> None:
    """One-sided, a state of its own, with a case; closed by OK, confirmed later by a badge and its number."""
    desk = stop().desk
    sealed(desk)
    desk.scan("YYCHAND")
    begun = desk.scan("YYCTEMP")
    assert (kinds(begun), also(begun)) == (["handover.begun", "case.opened"], ["badge.no_badge"])
    assert desk.scans("YYCTEMP", OWN, "YYCOK") == ["handover.finish", "handover.all_up", "handover.done"]
    assert (the_handover(desk).state, the_bag(desk).state) == (ONE_SIDED, GONE)
    assert bodies(desk, "handover.one_sided")[0]["bags_out"] == [OWN]
    begun = desk.scan(DRIVER)
    assert (also(begun), value(begun, "count")) == (["handover.unconfirmed"], "0")
    assert desk.scans("YYCD7", "YYCOK", "YYCD1", "YYCOK") == [
        *("key.digit", "handover.no_number", "key.digit", "handover.agreed"),
    ]
    assert the_handover(desk).state == AGREED
    assert bodies(desk, "handover.agreed") == [{"handover": 1, "driver": "1", "by": 2}]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_bags_that_were_left_while_nobody_was_here() -> None:
    """无人交接 begins it and closes it; empty it is dropped without a trace in the books' open one."""
    desk = stop().desk
    assert desk.scans("YYCHAND", "YYCDROP", "YYCDROP") == ["mode.handover", "handover.begun", "handover.none"]
    assert desk.scans("YYCDROP", BAG, "YYCDROP") == ["handover.begun", "handover.bag_down", "handover.done"]
    assert (the_handover(desk, 2).state, the_bag(desk, BAG).state) == (DROPPED, HERE)
    assert "driver" not in bodies(desk, "handover.dropped")[0]


def test_a_driver_who_drove_off_without_a_word() -> None:
    """无人交接 closes what his badge began, as dropped; after a power cut it goes on first."""
    desk = stop().desk
    sealed(desk)
    desk.scans(DRIVER, OWN)
    desk = desk.restarted()
    assert desk.scans("YYCHAND", "YYCDROP", "YYCDROP") == ["handover.open", "handover.resumed", "handover.done"]
    assert (the_handover(desk).state, desk.parcel().state) == (DROPPED, PARCEL_GONE)


def test_a_temporary_driver_after_a_power_cut() -> None:
    """The mode card goes on with his handover; for a badge's the card must be scanned twice, and voids it."""
    desk = stop().desk
    desk.scans("YYCHAND", "YYCTEMP", BAG)
    desk = desk.restarted()
    assert desk.scans("YYCHAND", "YYCOK") == ["handover.resumed", "handover.done"]
    desk.scan(DRIVER)
    desk = desk.restarted()
    assert desk.scans("YYCHAND", "YYCTEMP", "YYCTEMP") == ["handover.open", "handover.other", "handover.begun"]
    assert desk.scans("YYCIN", "YYCHAND", "YYCTEMP") == ["mode.in", "handover.resumed", "handover.finish"]


def test_bags_in_the_wrong_state() -> None:
    """Counted before, not sealed, in unpacking: told. One that came in goes on at the second scan, empty ones up."""
    desk = stop().desk
    arrived(desk)
    arrived(desk, DOWN)
    packed(desk)
    desk.scans("YYCUNPACK", BAG, DRIVER)
    assert desk.scans(OWN, BAG) == ["handover.bag_open", "handover.bag_open"]
    assert desk.scans(DOWN, DOWN, DOWN) == ["handover.bag_on", "handover.all_up", "handover.bag_again"]
    desk.scans(DRIVER, "YYCUNPACK", "YYCOK", DRIVER)
    assert said(desk.scan(BAG)) == "handover.all_up"
    assert bodies(desk, "handover.bag")[-1]["empty"] is True
    desk.scan(DRIVER)
    desk.scan(DRIVER)
    assert said(desk.scan(BAG)) == "handover.bag_down", "a bag of ours comes back"
    assert the_bag(desk, BAG).state == ARRIVING


def test_bags_before_the_badge_and_parcels_without_a_bag() -> None:
    """Both are told what is wanted first."""
    desk = stop().desk
    assert desk.scans("YYCHAND", BAG, PARCEL, "1-1-1000", DRIVER, PARCEL, "YYCOK") == [
        *("mode.handover", "handover.badge_first", "handover.bag_please", "handover.bag_please"),
        *("handover.begun", "handover.bag_please", "handover.badge_again"),
    ]


def test_a_bag_the_vehicle_cannot_take_stays() -> None:
    """The card, then the bag: out of the handover, sealed as before; another bag is none of it."""
    desk = stop().desk
    sealed(desk)
    desk.scans(DRIVER, OWN)
    assert desk.scans("YYCOVERLOAD", BAG, "YYCOVERLOAD", OWN) == [
        *("handover.take_off", "handover.not_in", "handover.take_off", "handover.left_behind"),
    ]
    assert (the_bag(desk).state, the_handover(desk).ups) == (SEALED, ())
    done = [desk.scan(BAG), desk.scan(DRIVER)][1]
    assert also(done) == ["handover.left", "mode.pack"]
    assert desk.parcel().bag == OWN
    assert desk.rebuilt().rows() == desk.books.rows()


def test_too_many_bags_at_once() -> None:
    """The bound of one transaction is told; what is in goes."""
    desk = stop().desk
    desk.scan(DRIVER)
    for number in range(MAX_BAGS_AT_ONCE):
        assert said(desk.scan(f"43000000518000001131{number:04d}000030")) == "handover.bag_down"
    assert desk.scans(BAG, DRIVER) == ["handover.full", "handover.done"]


def test_the_load_of_the_vehicle_is_a_warning() -> None:
    """Told at the bag that is too much and at the end, in the entry too; a drone's line has a limit of its own."""
    desk = stop(LINE, DRONE).desk
    for bag, waybill, seal in ((OWN, PARCEL, SEAL), (OWN2, OTHER, SEAL2)):
        sealed(desk, bag, waybill, seal)
        desk.weigh(30_000)
    desk.scan(DRIVER)
    assert also(desk.scan(OWN)) == []
    assert also(desk.scan("YYCTDRONE")) == ["handover.overload"]
    assert said(desk.scan("YYCTMIXED")) == "handover.by_mixed"
    assert also(desk.scan(OWN2)) == ["handover.overload"]
    done = desk.scan(DRIVER)
    assert also(done)[0] == "handover.overload"
    body = done.records[0].body
    assert (body["weight_g"], body["over_g"], body["transport"]) == (60_000, 10_000, "mixed")


def test_scale_drift_between_packing_and_handover_opens_a_case() -> None:
    """Weighed again with the driver there: the same within tolerance is fine, more is somebody's business."""
    desk = stop().desk
    sealed(desk)
    desk.weigh(5000)
    desk.scans(DRIVER, OWN)
    assert also(desk.weigh(5150)) == []
    desk.scan(OWN)
    drifted = desk.weigh(4500)
    assert also(drifted) == ["bag.weight_drifted"]
    assert drifted.records[0].body == {
        "bag": OWN,
        "weight_g": 4500,
        "device": "scale",
        "was_g": 5150,
        "handover": 1,
    }
    assert cases(desk) == ["bag_weight"]


def test_the_driver_s_own_count_is_kept_apart() -> None:
    """Keyed by him; what differs from ours opens a case and stops nothing."""
    desk = stop().desk
    desk.scans(DRIVER, BAG)
    assert desk.scans("YYCHOWMANY", "YYCD2", "YYCOK") == ["handover.count_key", "key.digit", "handover.counted"]
    done = desk.scan(DRIVER)
    assert also(done)[0] == "handover.count_differs"
    assert (done.records[0].body["counted"], done.records[0].body["bags_in"]) == (2, [BAG])
    assert cases(desk) == ["count_differs"]


def test_a_stub_is_the_driver_s_receipt() -> None:
    """Its number stands in the entry; one given before is told."""
    desk = stop().desk
    assert desk.scans(DRIVER, STUB, BAG, DRIVER) == [
        *("handover.begun", "handover.stub", "handover.bag_down", "handover.done"),
    ]
    assert bodies(desk, "handover.confirmed")[0]["stub"] == "0001"
    assert desk.scans(DRIVER, STUB, STUB2) == ["handover.begun", "handover.stub_used", "handover.stub"]


def test_the_seal_of_a_bag_is_noted_and_compared() -> None:
    """A bag that comes: noted. One that goes must bear the seal it was closed with."""
    desk = stop().desk
    sealed(desk)
    desk.scan(DRIVER)
    assert desk.scans(SEAL, "YYCSEAL", "YYCSHORT") == ["bag.which", "bag.which", "bag.which"]
    assert desk.scans(BAG, "YYCSEAL", "CN-7/1", OWN, SEAL, SEAL2) == [
        *("handover.bag_down", "bag.seal_which", "bag.seal_noted"),
        *("handover.all_up", "bag.seal_right", "bag.seal_other"),
    ]
    assert said(desk.scan("YYCBAGDAMAGED")) == "bag.is_damaged"
    desk.scans("YYCSEAL", *(f"YYCD{digit}" for digit in "00001"))
    assert said(desk.scan("YYCOK")) == "bag.seal_other"
    assert cases(desk) == ["bag_seal_broken", "bag_damaged"]


def test_lists_are_told_and_stop_nobody() -> None:
    """x of y by the list; a bag on no list is marked, one that did not come opens a case with the driver."""
    place = stop(LINE)
    place.lists.listed = {
        BAG: Listed(BAG, "down", "L1"),
        DOWN: Listed(DOWN, "down", "L1"),
        OWN2: Listed(OWN2, "down", "L2"),
    }
    desk = place.desk
    begun = desk.scan(DRIVER)
    assert (also(begun), begun.answer and begun.answer.also[0].values) == (["handover.coming"], {"count": "2"})
    first = desk.scan(BAG)
    assert (said(first), value(first, "count"), value(first, "of")) == ("handover.bag_down_of", "1", "2")
    assert also(desk.scan(OWN3)) == ["handover.unlisted"]
    assert also(desk.scan(OWN2)) == ["handover.other_line"]
    assert bodies(desk, "handover.bag")[-1]["other_line"] == "L2"
    done = desk.scan(DRIVER)
    assert also(done)[0] == "handover.missing"
    (case,) = desk.books.cases
    assert (case.about, case.subject, case.holder) == ("handover_short", "1", "1")
    assert desk.scans(DRIVER, DOWN) == ["handover.begun", "handover.all_down"]


def test_a_parcel_is_handed_over_at_the_roadside() -> None:
    """With a proof, without a shelf; known or not, in a handover or not; what is elsewhere is not."""
    desk = stop().desk
    assert desk.scans("YYCHAND", "YYCDIRECT", "YYCOK", PARCEL, "YYCOK") == [
        *("mode.handover", "direct.which", "direct.which", "direct.proof", "direct.done"),
    ]
    assert bodies(desk, "parcel.direct")[0] == {
        "waybill": PARCEL,
        "proof": "attendant",
        "unreceived": True,
        "carrier": "sf",
    }
    desk.scan("YYCIN")
    code = desk.receive(OTHER)
    desk.scans(DRIVER, BAG, "YYCDIRECT", OTHER, STUB)
    assert bodies(desk, "parcel.direct")[1] == {
        "waybill": OTHER,
        "code": code,
        "proof": "stub",
        "proof_number": "0001",
        "handover": 1,
        "driver": "1",
    }
    assert (desk.parcel().state, desk.parcel(OTHER).state) == (COLLECTED, COLLECTED)
    accept(desk, "JT1234567890123")
    assert desk.scans("YYCDIRECT", OTHER, "JT1234567890123", "YYCCLEAR") == [
        *("direct.which", "parcel.already_collected", "parcel.is_outbound", "task.cleared"),
    ]
    assert desk.scan(DRIVER).records[0].kind == "handover.confirmed", "given up at the roadside, the stop went on"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_undoing_a_bag_leaves_the_handover_going() -> None:
    """A bag scanned by mistake is taken back; the handover goes on and its end cannot be taken back."""
    desk = stop().desk
    desk.scans(DRIVER, BAG, DOWN)
    assert desk.scans("YYCUNDO", DRIVER) == ["undone", "handover.done"]
    assert desk.books.bags.get(DOWN) is None
    assert said(desk.scan("YYCUNDO")) == "undo.nothing"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_bag_that_left_comes_in_by_receiving_too() -> None:
    """A bag of ours comes back without a driver; one that lies here was received."""
    desk = stop().desk
    sealed(desk)
    desk.scans(DRIVER, OWN, DRIVER)
    assert desk.scans("YYCIN", OWN, OWN) == ["mode.in", "bag.received", "bag.already_here"]
    assert the_bag(desk).state == HERE


def test_parcels_in_a_cold_box_leave_it_before_they_are_packed() -> None:
    """What lay in a box is taken out by an entry of its own, in the bag's transaction."""
    desk = stop().desk
    accept(desk)
    desk.enter(custody("box.put", waybill=PARCEL, box="box1", profile="plum", version=1))
    desk.scans("YYCPACK", OWN)
    assert kinds(desk.scan(PARCEL)) == ["box.taken", "parcel.packed"]
    assert len(desk.books.chilled) == 0
    assert desk.rebuilt().rows() == desk.books.rows()


RUNS = replace(LINE, runs=(Run(480, 60, "HUB"),))
ARRIVES_MS = EIGHT_MS + 75 * 60_000
"""An hour behind its stop, and the margin."""


@pytest.mark.parametrize(
    ("listed", "bound", "due_ms"),
    [
        (None, "HUB", ARRIVES_MS),
        (Listed(OWN, "up", bound="HUB", due_ms=ARRIVES_MS - 60_000), "HUB", ARRIVES_MS),
        (Listed(OWN, "up", bound="HUB", due_ms=ARRIVES_MS + 60_000), "HUB", ARRIVES_MS + 60_000),
        (Listed(OWN, "up", bound="FAR", due_ms=ARRIVES_MS - 60_000), "FAR", ARRIVES_MS - 60_000),
        (Listed(OWN, "up", bound="FAR", due_ms=EIGHT_MS - 1), "FAR", None),
        (Listed(OWN, "down", due_ms=ARRIVES_MS + 60_000), "HUB", ARRIVES_MS),
    ],
    ids=["timetable", "late bus", "list", "elsewhere", "list of yesterday", "it came with that one"],
)
def test_a_bag_that_leaves_says_where_it_is_bound_for(listed: Listed | None, bound: str, due_ms: int | None) -> None:
    """The list says where, else the run of the driver's line; the later of their times counts, none that is over."""
    place = stop(RUNS, now_s=EIGHT_MS / 1000)
    sealed(place.desk)
    if listed is not None:
        place.lists.listed[OWN] = listed
    done = [place.desk.scan(code) for code in (DRIVER, OWN, DRIVER)][2]
    body = done.records[1].body
    assert (body["bound"], body.get("due_ms")) == (bound, due_ms)
    assert place.desk.rebuilt().rows() == place.desk.books.rows()


def test_without_a_believed_clock_or_a_line_nobody_says_where_a_bag_goes() -> None:
    """Which run it was is anybody's guess, and a guess is not written."""
    for place, codes in ((stop(RUNS), (DRIVER, OWN, DRIVER)), (stop(), (DRIVER, OWN, DRIVER))):
        sealed(place.desk)
        place.desk.trusted = bool(place.desk.books.road.lines) is False
        done = [place.desk.scan(code) for code in codes][2]
        assert {"bound", "due_ms"} & done.records[1].body.keys() == set()
