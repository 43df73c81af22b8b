"""What comes between: a mark, a call, a card, a duty or a check begun while somebody is at a bag or a handover."""

import pytest

from station_agent.counter.answers import PHRASES
from station_agent.counter.cards import CARDS, Word
from station_agent.counter.decision import TASK_S
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, also, said
from tests.station_agent.counter.sender import sending
from tests.station_agent.counter.stops import CLERK, DOWN, DRIVER, OWN, SEAL, arrived, bodies, packed, sealed, stop

HOUSE = "YYH00000017"
ERRANDS = {
    "YYCREFUSED": ("mark.refused", "cleared.refused", [OTHER]),
    "YYCHOLD": ("mark.why", "cleared.held", ["YYCRLIQUID", OTHER]),
    "YYCCALLED": ("called.which", "cleared.called", [OTHER]),
    "YYCHOUSE": ("household.card", "cleared.household", [HOUSE, "YYCCONSENT"]),
    "YYCCOMPLAINT": ("complaint.which", "cleared.complaint", ["YYCOK"]),
    "YYCDUTYATTEND": ("duty.badge", "cleared.duty", ["YYCOK"]),
}
"""Card -> what it asks, what the clear card says of it, what finishes it."""


def handing() -> Desk:
    """A handover with one bag up and one down, and a parcel on the shelves."""
    desk = stop().desk
    desk.receive(OTHER)
    sealed(desk)
    desk.scans(DRIVER, OWN, BAG)
    return desk


@pytest.mark.parametrize("card", ERRANDS)
def test_cleared_in_a_handover_it_says_what_and_that_the_handover_goes_on(card: str) -> None:
    """Asked first, then dropped: what was not noted, how far the handover is; the next bag and the badge count."""
    desk, (asks, dropped, _) = handing(), ERRANDS[card]
    assert said(desk.scan(card)) == asks
    cleared = desk.scan("YYCCLEAR")
    assert (said(cleared), also(cleared)) == ("task.cleared", [dropped, "handover.open"])
    assert cleared.answer is not None
    assert cleared.answer.also[-1].values == {"down": "1", "up": "1", "number": "1"}
    assert desk.scans(DOWN, DRIVER) == ["handover.bag_down", "handover.done"]
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize("card", ERRANDS)
def test_done_in_a_handover_it_leaves_it_going(card: str) -> None:
    """The mark is made, the call noted; bags are scanned on without another badge."""
    desk, (_, _, rest) = handing(), ERRANDS[card]
    before = len(desk.written)
    desk.scans(card, *rest)
    assert len(desk.written) > before
    assert desk.scans(DOWN, DRIVER) == ["handover.bag_down", "handover.done"]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_one_after_the_other_they_still_leave_it_going() -> None:
    """A mark given up for another, both dropped at once, and one taken back: the handover is beneath them all."""
    desk = handing()
    desk.scans("YYCHOWMANY", "YYCREFUSED", "YYCCOMPLAINT")
    assert also(desk.scan("YYCCLEAR")) == ["cleared.complaint", "handover.open"]
    assert said(desk.scan("YYCCLEAR")) == "handover.open", "the count the driver was to key is forgotten too"
    assert desk.scans("YYCREFUSED", "YYCUNDO", DOWN)[1:] == ["undone", "handover.bag_down"]
    assert said(desk.scan(BAG)) == "handover.bag_down", "undone was the bag before"


def test_a_driver_s_badge_waits_for_the_mark_or_its_end() -> None:
    """Nothing is confirmed while a parcel is asked for, and nothing is lost: cleared, his badge closes it."""
    desk = handing()
    assert desk.scans("YYCDAMAGED", DRIVER, BAG) == ["mark.damaged", "task.unfinished", "task.unfinished"]
    assert desk.scans("YYCCLEAR", DRIVER) == ["task.cleared", "handover.done"]


def test_left_alone_it_is_dropped_aloud_and_the_handover_stays_open() -> None:
    """As any act; his badge goes on with the handover."""
    desk = handing()
    desk.scan("YYCDAMAGED")
    desk.now_s += TASK_S + 1
    assert [said(decision) for decision in desk.tick()] == ["task.dropped"]
    assert desk.scans(DRIVER, DOWN, DRIVER) == ["handover.resumed", "handover.bag_down", "handover.done"]


def test_a_check_in_a_handover_waits_for_nothing() -> None:
    """Bags are scanned on; the clear card drops nothing of it and tells of the handover; 不合格 goes on with it too."""
    desk = handing()
    assert desk.scans("YYCKFIRE", DOWN) == ["check.done", "handover.bag_down"]
    cleared = desk.scans("YYCKPOWER", "YYCCLEAR")
    assert cleared == ["check.done", "handover.open"]
    assert desk.scans("YYCKCLEAN", "YYCKBAD", DRIVER) == ["check.done", "check.bad", "handover.done"]


def test_in_no_handover_only_what_was_dropped_is_said() -> None:
    """Nothing goes on in 入库; a check is on disk, and the clear card has nothing to drop."""
    desk = Desk()
    desk.scan("YYCWRONG")
    assert also(desk.scan("YYCCLEAR")) == ["cleared.wrong_station"]
    assert desk.scans("YYCKFIRE", "YYCCLEAR", "YYCKBAD") == ["check.done", "card.not_now", "check.which"]


@pytest.mark.parametrize("bags", [1, 2])
def test_a_bag_in_work_goes_on(bags: int) -> None:
    """A mark while packing, made or dropped, and a seal given up: parcels still go into this bag, as it says."""
    desk = stop().desk
    desk.receive(OTHER)
    if bags == 2:
        desk.scans("YYCPACK", DOWN)
    packed(desk)
    desk.scan("YYCDAMAGED")
    cleared = desk.scan("YYCCLEAR")
    assert also(cleared) == ["cleared.damaged", "pack.goes_on"]
    assert cleared.answer is not None
    assert cleared.answer.also[-1].values == {"bag": OWN, "count": "1"}
    for seal in (["YYCSEAL"], ["YYCSEAL", SEAL]):
        desk.scans(*seal)
        assert also(desk.scan("YYCCLEAR")) == ["cleared.sealing", "pack.goes_on"]
        assert said(desk.scan("YYCOK")) == "pack.seal_first"
    assert desk.scans("YYCDAMAGED", OTHER, OTHER)[1:] == ["marked.damaged", "pack.packed"]
    assert desk.parcel(OTHER).bag == OWN


def test_a_bag_in_unpacking_goes_on() -> None:
    """The seal that was asked for, or a mark, is dropped; what is taken out next is of this bag."""
    desk = stop().desk
    arrived(desk)
    desk.scans("YYCUNPACK", BAG, "YYCSEAL")
    assert also(desk.scan("YYCCLEAR")) == ["cleared.seal", "unpack.goes_on"]
    desk.scan("YYCREFUSED")
    assert also(desk.scan("YYCCLEAR")) == ["cleared.refused", "unpack.goes_on"]
    desk.scan(PARCEL)
    assert bodies(desk, "parcel.received")[0]["bag"] == BAG


def test_a_check_of_a_sender_s_parcel_does_not_outlive_another_parcel_in_the_hand() -> None:
    """After a mark on another parcel 已验视 is said of the next one, never of the one before the mark."""
    desk = sending()
    desk.scans(PARCEL, "YYCDAMAGED", OTHER, "YYCINSPECTED")
    assert bodies(desk, "parcel.inspected") == []


def test_the_driver_s_own_steps_say_what_was_dropped() -> None:
    """Counting, taking off, a seal, a parcel at the roadside: each by name, and the handover behind it."""
    desk = handing()
    for card, dropped in {
        "YYCHOWMANY": "cleared.counting",
        "YYCOVERLOAD": "cleared.take_off",
        "YYCSEAL": "cleared.seal",
        "YYCDIRECT": "cleared.direct",
    }.items():
        desk.scan(card)
        assert also(desk.scan("YYCCLEAR")) == [dropped, "handover.open"], card
    assert said(desk.scan(BAG)) == "handover.bag_again"
    assert said(desk.scan(CLERK)) == "paper.not_now"


def test_every_mark_has_its_words_for_the_clear_card() -> None:
    """A mark whose dropping nobody hears of would be taken for made."""
    marks = [card.value for card in CARDS.values() if card.word is Word.MARK]
    for mark in marks:
        desk = Desk()
        desk.scan(next(card.code for card in CARDS.values() if (card.word, card.value) == (Word.MARK, mark)))
        cleared = desk.scan("YYCCLEAR")
        assert also(cleared) == [f"cleared.{mark}"]
        assert f"cleared.{mark}" in PHRASES
