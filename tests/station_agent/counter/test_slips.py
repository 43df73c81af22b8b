"""Slips of a hand or a gun: double reads, numbers keyed in the wrong place, one person's parcels told to the next."""

import pytest

from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, kinds, said
from tests.station_agent.counter.sender import key, sending
from tests.station_agent.counter.stops import OWN, packed

PHONE = "13800138000"


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
    """Digits that are no waybill are asked for again; OK read twice does not confirm the batch instead."""
    desk = Desk()
    desk.receive()
    key(desk, "77")
    assert said(desk.scan("YYCOK")) == "scan.again"
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
def test_a_phone_number_is_no_lot_and_no_agreement(cards: tuple[str, ...], answer: str, *, typed: bool) -> None:
    """Keyed where a lot or an agreement is asked for, it is refused and stands in no entry."""
    desk = sending()
    desk.scans(*cards)
    assert _keyed(desk, typed=typed) == answer
    desk.scans("YYCCLEAR", PARCEL)
    assert PHONE not in repr(desk.written)


@pytest.mark.parametrize("typed", [True, False])
def test_a_phone_number_is_no_seal(*, typed: bool) -> None:
    """Keyed where a seal is asked for, the seal is asked for again."""
    desk = Desk()
    packed(desk)
    desk.scan("YYCSEAL")
    assert _keyed(desk, typed=typed) == "pack.seal_which"
    assert said(desk.scan("YYCOK")) != "pack.sealed"


def test_a_drivers_count_is_no_phone_number() -> None:
    """More bags than a vehicle carries are asked for again; what is keyed then counts."""
    desk = Desk()
    desk.scans("YYCHAND", "YYCDROP", BAG, "YYCHOWMANY")
    assert _keyed(desk, typed=False) == "handover.count_key"
    assert said(desk.scan("1", typed=True)) == "handover.counted"
    assert PHONE not in repr(desk.written)


def _keyed(desk: Desk, *, typed: bool) -> str | None:
    """The phone number, at the pad or by cards."""
    if typed:
        return said(desk.scan(PHONE, typed=True))
    key(desk, PHONE)
    return said(desk.scan("YYCOK"))
