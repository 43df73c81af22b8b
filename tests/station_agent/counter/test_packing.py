"""装包: every row of the packing desk's table, and what is shared by the desks of bags."""

from collections.abc import Callable

import pytest

from station_agent.counter.bags import MAX_PARCELS, OPEN, SEALED
from station_agent.counter.decision import TASK_S, WEIGH_S
from station_agent.counter.shelves import ACCEPTED, HERE
from station_agent.counter.vocabulary import custody
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, also, kinds, said, value
from tests.station_agent.counter.stops import (
    DRIVER,
    OWN,
    OWN2,
    SEAL,
    SEAL2,
    accept,
    arrived,
    bodies,
    cases,
    packed,
    sealed,
    stop,
    the_bag,
)

THIRD = "JT1234567890123"


def test_a_bag_is_packed_sealed_and_known() -> None:
    """Each parcel is in its bag on disk at once; seal card, seal, OK close it with its count."""
    desk = Desk()
    accept(desk)
    accept(desk, OTHER)
    answers = desk.scans("YYCPACK", OWN, PARCEL, OTHER, "YYCOK", "YYCSEAL", SEAL, "YYCOK")
    assert answers == [
        *("mode.pack", "pack.opened", "pack.packed", "pack.packed", "pack.seal_first"),
        *("pack.seal_which", "pack.seal_said", "pack.sealed"),
    ]
    assert bodies(desk, "bag.sealed") == [{"bag": OWN, "seal": SEAL, "count": 2, "way": "up"}]
    assert [parcel.waybill for parcel in desk.shelves.in_bag(OWN)] == [PARCEL, OTHER]
    assert (the_bag(desk).state, the_bag(desk).seal) == (SEALED, SEAL)
    assert desk.rebuilt().rows() == desk.books.rows()


def nothing(desk: Desk) -> None:
    """A parcel nobody knows."""


def held(desk: Desk) -> None:
    """Prohibited goods."""
    accept(desk)
    desk.scans("YYCHOLD", "YYCRLIQUID", PARCEL)


def turned_away(desk: Desk) -> None:
    """Nobody accepted it, for what is in it."""
    desk.scans("YYCHOLD", "YYCRLIQUID", PARCEL)


def nameless(desk: Desk) -> None:
    """The sender's registration is pending."""
    accept(desk, real_name="pending")


def agreed(desk: Desk) -> None:
    """No name, but the sender's safety agreement."""
    accept(desk, real_name="pending", inspected_by="agreement")


def unseen(desk: Desk) -> None:
    """Nobody looked inside."""
    accept(desk, inspected_by="")


def waiting(desk: Desk) -> None:
    """It lies here to be fetched."""
    desk.receive()


def refused(desk: Desk) -> None:
    """Its recipient does not want it."""
    desk.receive()
    desk.scans("YYCREFUSED", PARCEL)


def elsewhere(desk: Desk) -> None:
    """It lies in another bag."""
    packed(desk, OWN2)


def handed_out(desk: Desk) -> None:
    """It was fetched."""
    code = desk.receive()
    desk.scans("YYCOUT", code)


@pytest.mark.parametrize(
    ("before", "answers"),
    [
        (accept, ["pack.packed"]),
        (agreed, ["pack.packed"]),
        (held, ["pack.held"]),
        (turned_away, ["pack.held"]),
        (nameless, ["pack.no_name"]),
        (unseen, ["pack.not_inspected"]),
        (waiting, ["pack.goes_back", "pack.packed"]),
        (refused, ["pack.packed"]),
        (elsewhere, ["pack.elsewhere"]),
        (handed_out, ["pack.ended"]),
        (nothing, ["pack.unknown", "pack.packed"]),
    ],
)
def test_what_goes_into_a_bag(before: Callable[[Desk], None], answers: list[str]) -> None:
    """What must not travel has an answer of its own and stays where it is, however often it is scanned."""
    desk = Desk()
    before(desk)
    desk.scans("YYCPACK", OWN)
    assert desk.scans(*[PARCEL] * len(answers)) == answers
    if answers[-1] != "pack.packed":
        state = desk.shelves.parcel(PARCEL)
        assert said(desk.scan(PARCEL)) == answers[-1]
        assert desk.shelves.parcel(PARCEL) == state
    assert [parcel.waybill for parcel in desk.shelves.in_bag(OWN)] == [PARCEL] * (answers[-1] == "pack.packed")
    assert desk.rebuilt().rows() == desk.books.rows()


def test_an_unknown_parcel_is_packed_with_a_mark() -> None:
    """Its entry says that nobody accepted it; taken out again it is unknown again."""
    desk = Desk()
    desk.scans("YYCPACK", OWN, PARCEL, PARCEL)
    assert bodies(desk, "parcel.packed") == [{"bag": OWN, "waybill": PARCEL, "unreceived": True, "carrier": "sf"}]
    assert desk.scans(PARCEL, PARCEL) == ["pack.inside", "pack.taken_out"]
    assert desk.shelves.parcel(PARCEL) is None
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_packed_parcel_scanned_twice_is_taken_out() -> None:
    """It is as it was: a sender's waits again, one to be fetched lies under its old code."""
    desk = Desk()
    code = desk.receive(OTHER)
    accept(desk)
    desk.scans("YYCPACK", OWN, PARCEL, OTHER, OTHER)
    assert desk.scans(PARCEL, PARCEL, OTHER, OTHER)[1::2] == ["pack.taken_out", "pack.shelved_again"]
    assert (desk.parcel().state, desk.parcel(OTHER).state) == (ACCEPTED, HERE)
    assert desk.with_code(code) == OTHER
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_parcel_whose_code_was_given_away_gets_another() -> None:
    """No two parcels lie under one code when one of them comes out of a bag."""
    desk = Desk()
    code = desk.receive()
    desk.scans("YYCPACK", OWN, PARCEL, PARCEL)
    desk.enter(custody("parcel.received", waybill=OTHER, code=code, batch=9))
    desk.scan(PARCEL)
    decision = desk.scan(PARCEL)
    assert value(decision, "code") != code
    assert desk.with_code(code) == OTHER
    assert desk.parcel().code == value(decision, "code")


def test_parcels_and_seals_need_a_bag() -> None:
    """Without one, or with several open and none scanned lately, the bag is asked for; the only open one goes on."""
    desk = Desk()
    accept(desk)
    accept(desk, OTHER)
    assert desk.scans("YYCPACK", PARCEL, "YYCSEAL", "1-1-1000") == ["mode.pack", *["pack.which"] * 3]
    desk.scans(OWN, PARCEL)
    desk.now_s += TASK_S + 1
    assert said(desk.scan(OTHER)) == "pack.packed"
    desk.scan(OWN2)
    desk.now_s += TASK_S + 1
    accept(desk, THIRD)
    assert said(desk.scan(THIRD)) == "pack.which"
    assert desk.scans(OWN2, THIRD) == ["pack.goes_on", "pack.packed"]
    assert desk.parcel(THIRD).bag == OWN2


def test_an_open_bag_survives_the_power_cut() -> None:
    """The mode card goes on with it and says how many are inside; leaving the mode says what is not sealed."""
    desk = Desk()
    packed(desk)
    desk = desk.restarted()
    entered = desk.scan("YYCPACK")
    assert (said(entered), value(entered, "count")) == ("pack.goes_on", "1")
    assert also(desk.scan("YYCIN")) == ["pack.left_open"]


def test_a_seal_is_used_once() -> None:
    """Scanned, any code, or keyed; one that was used, or a parcel, is no seal; an opened bag's seal stays used."""
    desk = Desk()
    sealed(desk)
    assert desk.scans(OWN, OWN) == ["pack.is_sealed", "pack.reopened"]
    assert desk.scans("YYCSEAL", SEAL, PARCEL, "YYCUNDO") == [
        *("pack.seal_which", "pack.seal_used", "pack.not_a_seal", "undone"),
    ]
    assert the_bag(desk).state == SEALED
    desk.scans(OWN, OWN, "YYCSEAL")
    assert [said(desk.scan("CN-778/12")), said(desk.scan("YYCOK"))] == ["pack.seal_said", "pack.sealed"]
    assert the_bag(desk).seal == "CN-778/12"
    packed(desk, OWN2, OTHER)
    desk.scans("YYCSEAL", *(f"YYCD{digit}" for digit in "0815"))
    assert desk.scans("YYCOK", "YYCOK") == ["pack.seal_said", "pack.sealed"]
    assert {seal.number for seal in desk.books.seals} == {SEAL, "CN-778/12", "0815"}
    assert desk.rebuilt().rows() == desk.books.rows()


def test_an_undone_sealing_frees_its_seal() -> None:
    """What did not happen used nothing up."""
    desk = Desk()
    sealed(desk)
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert desk.scans("YYCSEAL", SEAL) == ["pack.seal_which", "pack.seal_said"]


def test_what_is_not_sealed() -> None:
    """An empty bag, and one with a parcel that was held after it was packed."""
    desk = Desk()
    desk.scans("YYCPACK", OWN)
    assert said(desk.scan("YYCSEAL")) == "pack.empty"
    accept(desk)
    desk.scans(PARCEL, "YYCHOLD", "YYCRLIQUID", PARCEL)
    assert said(desk.scan("YYCSEAL")) == "pack.held_inside"


def test_a_parcel_held_between_seal_and_ok_stops_the_sealing() -> None:
    """The last look is at OK: a hold from elsewhere is not overtaken."""
    desk = Desk()
    packed(desk)
    desk.scans("YYCSEAL", SEAL)
    desk.enter(custody("parcel.held", waybill=PARCEL, reason="liquid"))
    assert said(desk.scan("YYCOK")) == "pack.held_inside"
    assert the_bag(desk).state == OPEN


def test_another_scan_forgets_the_seal_that_was_said() -> None:
    """A parcel after the seal goes into the bag, and OK does not close it behind her back."""
    desk = Desk()
    packed(desk)
    accept(desk, OTHER)
    assert desk.scans("YYCSEAL", "YYCPROXY", SEAL, OTHER, "YYCOK") == [
        *("pack.seal_which", "pack.seal_which", "pack.seal_said", "pack.packed", "pack.seal_first"),
    ]


def test_bags_that_cannot_be_packed() -> None:
    """One that came in full, one in a handover; one that left is taken at the second scan."""
    desk = stop().desk
    arrived(desk)
    assert desk.scans("YYCPACK", BAG) == ["mode.pack", "pack.bag_full"]
    sealed(desk)
    desk.scans(DRIVER, OWN, "YYCPACK")
    assert said(desk.scan(OWN)) == "pack.in_handover"
    desk.scans(DRIVER, DRIVER, "YYCPACK")
    assert desk.scans(OWN, OWN) == ["pack.bag_gone", "pack.opened"]


def test_a_bag_is_full_at_some_number() -> None:
    """The bound that keeps a departure in one transaction; known and unknown parcels alike."""
    desk = Desk()
    desk.scans("YYCPACK", OWN)
    for number in range(MAX_PARCELS):
        desk.enter(custody("parcel.packed", bag=OWN, waybill=f"P{number}", unreceived=True))
    accept(desk)
    assert desk.scans(PARCEL, OTHER) == ["pack.full", "pack.full"]


def test_a_bag_is_weighed_when_it_was_scanned() -> None:
    """Before or after sealing; what its code prints and what it weighed before is told, and nothing is refused."""
    desk = Desk()
    packed(desk, BAG)
    assert desk.weigh(3000).answer is None, "the parcel was scanned last, not the bag"
    desk.scan(BAG)
    first = desk.weigh(3100)
    assert (said(first), also(first)) == ("bag.weighed", [])
    desk.scans("YYCSEAL", SEAL, "YYCOK")
    second = desk.weigh(5400)
    assert also(second) == ["bag.printed_differs", "bag.weight_drifted"]
    assert second.records[0].body == {"bag": BAG, "weight_g": 5400, "device": "scale", "was_g": 3100}
    assert (the_bag(desk, BAG).weight_g, cases(desk)) == (5400, [])
    assert bodies(desk, "bag.sealed")[0]["weight_g"] == 3100
    desk.scan(BAG)
    desk.now_s += WEIGH_S + 1
    assert desk.weigh(3000).answer is None


@pytest.mark.parametrize(
    ("card", "kind", "mark"),
    [
        ("YYCSHORT", "bag.marked", "short"),
        ("YYCEXCESS", "bag.marked", "excess"),
        ("YYCBAGDAMAGED", "bag.marked", "damaged"),
        ("YYCSEALBAD", "bag.seal_broken", "seal_broken"),
    ],
)
def test_what_is_wrong_with_a_bag_is_said_by_card(card: str, kind: str, mark: str) -> None:
    """It is recorded each time and opens one case; without a bag it is asked for."""
    desk = Desk()
    desk.scan("YYCPACK")
    assert said(desk.scan(card)) == "bag.which"
    desk.scan(OWN)
    decision = desk.scan(card)
    assert (said(decision), kinds(decision)) == (f"bag.is_{mark}", [kind, "case.opened"])
    again = desk.scan(card)
    assert (kinds(again), value(again, "case")) == ([kind], "1")
    assert cases(desk) == [f"bag_{mark}"]


def test_a_second_seal_for_another_bag_is_told_apart() -> None:
    """Two bags, two seals: the packing desk never closes one with the other's."""
    desk = Desk()
    sealed(desk)
    sealed(desk, OWN2, OTHER, SEAL2)
    assert [(seal.number, seal.bag) for seal in desk.books.seals] == [(SEAL, OWN), (SEAL2, OWN2)]


def test_our_own_seal_needs_no_card_before_it() -> None:
    """A YYS seal scanned while a bag is in work is its seal; without a bag, or into an empty one, it is answered."""
    desk = Desk()
    accept(desk)
    own = "YYS00000017"
    assert desk.scans("YYCPACK", own, OWN, own) == ["mode.pack", "pack.which", "pack.opened", "pack.empty"]
    assert desk.scans(PARCEL, own, "YYCOK") == ["pack.packed", "pack.seal_said", "pack.sealed"]
    assert the_bag(desk).state == SEALED


def test_a_packed_parcel_says_everywhere_in_which_bag_it_lies() -> None:
    """Its owner comes for it, it is scanned in 入库 or counted: the bag is named, and nothing is written."""
    desk = stop().desk
    packed(desk)
    before = len(desk.written)
    for mode in ("YYCOUT", "YYCIN", "YYCCOUNT"):
        told = (desk.scan(mode), desk.scan(PARCEL))[1]
        assert (said(told), value(told, "bag")) == ("pack.elsewhere", OWN), mode
    assert len(desk.written) == before
