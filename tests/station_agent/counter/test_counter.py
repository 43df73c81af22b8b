"""Counter: every row of the table at the head of counter.py, and its five rules."""

from collections.abc import Callable

import pytest

from drivers.readings import Reason
from station_agent.counter.answers import Colour
from station_agent.counter.bags import MAX_BAGS
from station_agent.counter.cards import CARDS, Mode, Word
from station_agent.counter.decision import AGAIN_S, WEIGH_S, Attention
from station_agent.counter.shelves import COLLECTED, HERE
from station_agent.counter.unused import UNUSED_BURST, UNUSED_EVERY_S
from station_agent.waybill import identify, own_bag_code
from sync.entry import Lane
from tests.station_agent.counter.desk import (
    ADDRESS,
    BAG,
    DOUBTFUL,
    DOUBTFUL_BAG,
    GLUED,
    IDENTITY,
    OTHER,
    PARCEL,
    PAYMENT,
    PRODUCT,
    Desk,
    also,
    kinds,
    said,
)

IN, OUT = "YYCIN", "YYCOUT"


def here(desk: Desk) -> None:
    """The parcel lies on a shelf."""
    desk.receive()


def handed_out(desk: Desk) -> None:
    """The parcel was here and is gone."""
    code = desk.receive()
    desk.scan(OUT)
    desk.scan(code)


def bag_here(desk: Desk) -> None:
    """The bag was received lately."""
    desk.scan(BAG)


def nothing(_desk: Desk) -> None:
    """An empty station."""


Before = Callable[[Desk], None]


@pytest.mark.parametrize(
    ("mode", "code", "before", "written", "answer"),
    [
        *[(mode, OUT, nothing, [], "mode.out") for mode in (IN, OUT)],
        *[(mode, IN, nothing, [], "mode.in") for mode in (IN, OUT)],
        *[(mode, GLUED, nothing, ["scan.unreadable"], "scan.unreadable") for mode in (IN, OUT)],
        *[(mode, PAYMENT, nothing, ["scan.refused"], "scan.refused") for mode in (IN, OUT)],
        *[(mode, IDENTITY, nothing, ["scan.refused"], "scan.refused") for mode in (IN, OUT)],
        *[(mode, ADDRESS, nothing, ["scan.refused"], "scan.refused") for mode in (IN, OUT)],
        *[(mode, PRODUCT, nothing, [], "scan.product") for mode in (IN, OUT)],
        *[(mode, "3-2-1008", nothing, [], "parcel.unknown") for mode in (IN, OUT)],
        *[(mode, DOUBTFUL, nothing, [], "scan.again") for mode in (IN, OUT)],
        *[(mode, DOUBTFUL_BAG, nothing, [], "scan.again") for mode in (IN, OUT)],
        *[(mode, "  ", nothing, [], None) for mode in (IN, OUT)],
        (IN, BAG, nothing, ["bag.received"], "bag.received"),
        (IN, BAG, bag_here, [], "bag.already_here"),
        (IN, PARCEL, nothing, ["parcel.received"], "parcel.received"),
        (IN, PARCEL, here, [], "parcel.already_here"),
        (IN, "1-1-1000", here, [], "parcel.already_here"),
        (IN, PARCEL, handed_out, [], "parcel.come_again"),
        (IN, "1-1-1000", handed_out, [], "parcel.unknown"),
        (OUT, PARCEL, here, ["parcel.collected"], "parcel.collected"),
        (OUT, "1-1-1000", here, ["parcel.collected"], "parcel.collected"),
        (OUT, PARCEL, handed_out, [], "parcel.already_collected"),
        (OUT, "1-1-1000", handed_out, [], "parcel.unknown"),
        (OUT, PARCEL, nothing, [], "parcel.unknown"),
        (OUT, BAG, nothing, [], "scan.not_here"),
        (OUT, BAG, bag_here, [], "scan.not_here"),
    ],
)
def test_every_row_of_the_table(mode: str, code: str, before: Before, written: list[str], answer: str | None) -> None:
    """Mode, code and what is here decide the entry and the answer; only entries of custody change what is here."""
    desk = Desk()
    before(desk)
    desk.scan(mode)
    rows = desk.books.rows()
    decision = desk.decide(code)
    assert (kinds(decision), said(decision)) == (written, answer)
    assert desk.books.rows() == rows
    desk.settle(decision)
    custody = any(record.lane is Lane.CUSTODY for record in decision.records)
    assert (desk.books.rows() != rows) == custody == bool(decision.changes)


def test_a_parcel_that_comes_again_is_received_at_the_second_scan() -> None:
    """Handed out, scanned twice within 30 s while receiving: it lies here anew, with a code of its own."""
    desk = Desk()
    handed_out(desk)
    desk.scan(IN)
    assert said(desk.scan(PARCEL)) == "parcel.come_again"
    desk.now_s += AGAIN_S
    assert said(desk.scan(PARCEL)) == "parcel.received"
    parcel = desk.shelves.parcel(PARCEL)
    assert parcel is not None
    assert (parcel.state, parcel.ended_no, parcel.received_ms) == (HERE, 0, desk.wall_ms)


@pytest.mark.parametrize("code", [DOUBTFUL, DOUBTFUL_BAG])
def test_a_doubtful_code_counts_at_the_second_reading(code: str) -> None:
    """Unknown shape or failed check: the same code again within 30 s is taken, and not one moment later."""
    late = Desk()
    late.scan(code)
    late.now_s += AGAIN_S + 0.001
    assert said(late.scan(code)) == "scan.again"
    late.now_s += AGAIN_S
    assert said(late.scan(code)) in ("parcel.received", "bag.received")


@pytest.mark.parametrize("between", [PARCEL, PRODUCT, OUT, "ABC124"])
def test_a_doubt_is_forgotten_when_something_else_was_said(between: str) -> None:
    """Twice the same means one after the other: a parcel, product, card or other doubtful code between ends it."""
    desk = Desk()
    desk.scan(DOUBTFUL)
    desk.scan(between)
    assert said(desk.scan(DOUBTFUL)) == "scan.again"


def test_a_doubtful_code_that_lies_here_is_known() -> None:
    """What was taken in after two readings is handed out at the first."""
    desk = Desk()
    desk.receive(DOUBTFUL)
    desk.scan(OUT)
    assert said(desk.scan(DOUBTFUL)) == "parcel.collected"


def test_a_doubtful_code_nobody_knows_is_said_to_be_unknown_when_handing_out() -> None:
    """While handing out, the second reading of a code nobody took in gets the answer of any unknown parcel."""
    desk = Desk()
    desk.scan(OUT)
    assert [said(desk.scan(DOUBTFUL)) for _ in range(2)] == ["scan.again", "parcel.unknown"]


@pytest.mark.parametrize("code", [PARCEL, BAG, PARCEL.lower(), f" {PARCEL} ", own_bag_code("430001", 7).lower()])
def test_the_scanners_double_read_of_a_green_says_nothing(code: str) -> None:
    """Marked as repeated and green a moment ago: no answer and no entry, however the scanner writes its letters."""
    desk = Desk()
    assert said(desk.scan(code)) in ("parcel.received", "bag.received")
    decision = desk.scan(code, repeated=True)
    assert (said(decision), decision.records, decision.changes) == (None, (), ())


def test_a_double_read_that_was_not_green_is_answered() -> None:
    """What the disk refused, or a card stood between, is decided as any other scan."""
    desk = Desk()
    desk.decide(PARCEL)
    assert said(desk.scan(PARCEL, repeated=True)) == "parcel.received"
    desk.scan(OUT)
    assert said(desk.scan(PARCEL, repeated=True)) == "parcel.collected"


def test_a_double_read_of_a_hand_out_says_nothing() -> None:
    """The pick-up code's second reading does not make the customer's light yellow."""
    desk = Desk()
    code = desk.receive()
    desk.scan(OUT)
    assert [said(desk.scan(code)), said(desk.scan(code, repeated=True))] == ["parcel.collected", None]


def test_a_pickup_code_is_never_taken_in_as_a_parcel() -> None:
    """The label of a parcel that is gone, scanned again and again while receiving, makes no parcel of that name."""
    desk = Desk()
    handed_out(desk)
    desk.scan(IN)
    assert [said(desk.scan("1-1-1000")) for _ in range(3)] == ["parcel.unknown"] * 3
    assert desk.shelves.here == 0


@pytest.mark.parametrize("secret", [PAYMENT, IDENTITY, ADDRESS])
def test_what_is_refused_is_not_kept(secret: str) -> None:
    """Of a payment or identity code only the kind of refusal and the length are written, and nothing stays in mind."""
    desk = Desk()
    (record,) = desk.scan(secret).records
    assert record.body == {"device": "gun", "reason": identify(secret).refused, "length": len(secret)}
    assert secret not in repr(desk.counter.attention)


def test_of_an_unreadable_scan_four_bytes_are_kept() -> None:
    """It may have been somebody's payment code: reason, length, and no more than its head."""
    (record,) = Desk().bad(b"2812345678", Reason.TRUNCATED).records
    assert record.body == {"device": "gun", "reason": "truncated", "length": 10, "head": b"2812"}


def test_two_glued_codes_are_not_a_parcel() -> None:
    """A lost line end is unreadable, not a long waybill, as often as it is scanned."""
    desk = Desk()
    assert [said(desk.scan(GLUED)) for _ in range(3)] == ["scan.unreadable"] * 3
    assert desk.shelves.here == 0


def test_unreadable_scans_have_an_allowance() -> None:
    """Each is answered; a burst is recorded, then one in ten seconds, with the number of those left out."""
    desk = Desk()
    recorded = [desk.bad() for _ in range(UNUSED_BURST + 7)]
    assert [bool(decision.records) for decision in recorded] == [True] * UNUSED_BURST + [False] * 7
    assert {said(decision) for decision in recorded} == {"scan.unreadable"}
    desk.now_s += UNUSED_EVERY_S
    (record,) = desk.bad().records
    assert record.body["unreported"] == 7
    assert desk.bad().records == ()
    desk.now_s += 1000 * UNUSED_EVERY_S
    after = [desk.bad() for _ in range(UNUSED_BURST + 1)]
    assert [bool(decision.records) for decision in after] == [True] * UNUSED_BURST + [False]
    assert ["unreported" in decision.records[0].body for decision in after[:2]] == [True, False]


def test_refused_scans_have_the_same_allowance() -> None:
    """A poster before a fixed scanner fills no card; what was left out is counted in the next record of either kind."""
    desk = Desk()
    decisions = [desk.scan(ADDRESS) for _ in range(UNUSED_BURST + 3)]
    assert [bool(decision.records) for decision in decisions] == [True] * UNUSED_BURST + [False] * 3
    assert {said(decision) for decision in decisions} == {"scan.refused"}
    desk.now_s += UNUSED_EVERY_S
    (record,) = desk.bad().records
    assert (record.kind, record.body["unreported"]) == ("scan.unreadable", 3)


def test_bags_are_told_from_new_ones_as_long_as_they_are_remembered() -> None:
    """The last 64 bags are known; an older one counts as new."""
    desk = Desk()
    bags = [own_bag_code("430001", serial) for serial in range(MAX_BAGS + 1)]
    assert {said(desk.scan(bag)) for bag in bags} == {"bag.received"}
    assert said(desk.scan(bags[1])) == "bag.already_here"
    assert said(desk.scan(bags[0])) == "bag.received"


def test_a_bags_entry_names_its_whole_code_and_shape() -> None:
    """The entry holds the code as normalised and the word for its shape."""
    (record,) = Desk().scan(BAG).records
    assert (record.lane, record.body) == (Lane.CUSTODY, {"bag": BAG, "shape": "cn_bag_30"})


def test_a_receipt_names_the_carrier_where_it_is_known() -> None:
    """The guess stands in the entry, and is left out where several carriers are possible."""
    desk = Desk()
    assert desk.scan(PARCEL).records[0].body == {
        "waybill": PARCEL,
        "code": "1-1-1000",
        "carrier": "sf",
        "batch": 1,
    }
    assert "carrier" not in desk.scan("432895069186308").records[0].body


def test_a_weight_belongs_to_the_parcel_received_last_once() -> None:
    """Within 30 s of its receipt a settled weight is the parcel's; a second one belongs to nobody."""
    desk = Desk()
    desk.receive(OTHER)
    desk.receive()
    desk.now_s += WEIGH_S
    decision = desk.weigh(1234.4)
    assert said(decision) == "parcel.weighed"
    assert decision.records[0].body == {"waybill": PARCEL, "weight_g": 1234, "device": "scale"}
    assert decision.answer is not None
    assert decision.answer.values == {"weight_kg": "1.234"}
    weights = {waybill: desk.shelves.parcel(waybill) for waybill in (PARCEL, OTHER)}
    assert {name: parcel.weight_g for name, parcel in weights.items() if parcel} == {PARCEL: 1234, OTHER: None}
    again = desk.weigh(999)
    assert (said(again), again.records) == (None, ())


def test_a_weight_that_comes_late_belongs_to_nobody() -> None:
    """After 30 s nobody knows what lies on the pan."""
    desk = Desk()
    desk.receive()
    desk.now_s += WEIGH_S + 0.001
    assert desk.weigh(500).records == ()


def test_a_weight_after_the_hand_out_belongs_to_nobody() -> None:
    """The parcel received last is gone when the scale settles."""
    desk = Desk()
    handed_out(desk)
    assert desk.weigh(500).records == ()


def test_a_weight_nobody_waits_for_is_not_written() -> None:
    """Without a receipt before it a weight is no event."""
    decision = Desk().weigh(500)
    assert (said(decision), decision.records) == (None, ())


@pytest.mark.parametrize(
    ("reason", "answer"),
    [(Reason.OVERLOAD, "scale.overload"), (Reason.UNDERLOAD, "scale.unusable"), (Reason.MALFORMED, "scale.unusable")],
)
def test_the_scales_trouble_is_said_only_to_one_who_waits(reason: Reason, answer: str) -> None:
    """With a parcel waiting for its weight the reason is said, and the parcel goes on waiting; else nothing."""
    desk = Desk()
    assert said(desk.counter.no_weight(reason, desk.at("scale"))) is None
    desk.receive()
    assert said(desk.settle(desk.counter.no_weight(reason, desk.at("scale")))) == answer
    assert said(desk.weigh(500)) == "parcel.weighed"
    desk.receive(OTHER)
    desk.now_s += WEIGH_S + 1
    assert said(desk.counter.no_weight(reason, desk.at("scale"))) is None


def test_nothing_is_green_without_an_entry_but_cards() -> None:
    """A green answer promises that something is on disk; only a change of mode needs nothing there."""
    desk = Desk()
    for code in (PARCEL, PARCEL, DOUBTFUL, BAG, BAG, PRODUCT, PAYMENT, OUT, BAG, PARCEL, PARCEL, OTHER, IN, PARCEL):
        decision = desk.scan(code)
        assert decision.answer is not None
        if decision.answer.colour is Colour.GREEN and decision.answer.sound == "high":
            assert code in CARDS or any(record.lane is Lane.CUSTODY for record in decision.records)


def test_a_counter_starts_receiving() -> None:
    """After a restart parcels are taken in, and what was in mind before is gone."""
    assert Desk().counter.attention == Attention(mode=Mode.IN)


def test_a_parcel_handed_out_keeps_its_row() -> None:
    """It is still known, so that a second hand-out gets its own answer."""
    desk = Desk()
    handed_out(desk)
    parcel = desk.shelves.parcel(PARCEL)
    assert parcel is not None
    assert (parcel.state, parcel.ended_no) == (COLLECTED, 1)


def test_each_piece_of_a_consignment_of_several_is_a_parcel_of_its_own() -> None:
    """Two labels of one waybill get a code each, and the second is not "already here"."""
    desk, codes = Desk(), []
    for number in (1, 2):
        decision = desk.scan(f"JDVA00000000001-{number}-2-")
        assert decision.answer is not None
        assert decision.answer.phrase == "parcel.received"
        codes.append(decision.answer.values["code"])
    assert len(set(codes)) == 2


def test_a_typed_waybill_counts_when_typed_twice_and_is_marked() -> None:
    """A label no gun can read: typing errs more than reading, so it is asked again unless its check digit fits."""
    desk, answers = Desk(), []
    for code in ("SF1385628716739", "SF1385628716739", "RB123456785GB"):
        decision = desk.scan(code, typed=True)
        answers.append(said(decision))
        assert all(record.body["typed"] is True for record in decision.records)
    assert answers == ["scan.again", "parcel.received", "parcel.received"]


DIALLED = ["013812345678", "138123456781234", "13812345678123", "1381234567812345", "8613812345678123", "037112345678"]
"""Phones as long as waybills: behind the 0 of old, with their extension and no sign between, a landline with eight."""


@pytest.mark.parametrize(
    "digits", ["8613812345678", "13812345678", "02355123456", "1234567890", "246810", "1234", *DIALLED]
)
@pytest.mark.parametrize("cards", [False, True])
def test_what_a_person_types_never_makes_a_waybill_of_a_phone(digits: str, cards: bool) -> None:
    """However often, at the pad or by cards: refused with what to do instead, and only its length is kept.

    A gun that reads it is believed.
    """
    desk = Desk()
    for _ in range(3):
        codes = [*(f"YYCD{digit}" for digit in digits), "YYCOK"]
        decisions = [desk.scan(code) for code in codes] if cards else [desk.scan(digits, typed=True)]
        assert (said(decisions[-1]), also(decisions[-1])) == ("scan.refused", ["phone.which"])
        assert all(digits not in repr(record.body) for decision in decisions for record in decision.records)
    assert not list(desk.books.shelves)
    if len(digits) == 13:
        assert said(desk.scan(digits)) == "parcel.received"


@pytest.mark.parametrize(
    "text",
    ["+8613812345678", "008613812345678", "138-1234-5678", "+86 138 1234 5678", "+86013812345678",
     "13812345678-1234", "0371-1381234", "0371-81381234", "400-138-1234", "138****1234",
     "13812345678*1234", "13812345678/13912345678", "1381234567813812345678", "+863711381234", "008637181381234"],
)  # fmt: skip
def test_a_phone_typed_with_its_signs_is_refused_with_what_to_do(text: str) -> None:
    """As the bare digits are; what is no number at all is only refused."""
    desk = Desk()
    for _ in range(2):
        decision = desk.scan(text, typed=True)
        assert (said(decision), also(decision)) == ("scan.refused", ["phone.which"])
    assert also(desk.scan(PAYMENT, typed=True)) == []
    assert not list(desk.books.shelves)
    assert not any(part in repr(desk.written) for part in ("1381234", "138-1234", "138****"))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("755123456789", "twelve digits, old SF"),
        ("138123456789", "one digit too many for a phone, and twelve digits are an old number's"),
        ("8612345678901", "86 and no mobile number behind it"),
        ("9501334123456", "a relay number's shape, and China Post's"),
        ("771234567890123", "STO, fifteen digits"),
        ("00861391234567890125", "a logistic unit whose check fits, a phone behind 0086 else"),
    ],
)
def test_what_a_carrier_issues_is_typed_and_never_refused(code: str, why: str) -> None:
    """Asked for twice or taken, but no phone for the counter."""
    desk = Desk()
    assert said(desk.scan(code, typed=True)) != "scan.refused", why
    assert said(desk.scan(code, typed=True)) != "scan.refused", why
    assert code[-18:] in repr(desk.written), why


def _said(desk: Desk, code: str, at_s: float, *, repeated: bool = False) -> str:
    """The answer to one scan, settled; "" for none."""
    desk.now_s = at_s
    return said(desk.scan(code, repeated=repeated)) or ""


@pytest.mark.parametrize("between", ["6901234567892", "281234567890123456", "ODDCODE77", "SF1385628716739", "YYCIN"])
def test_a_weight_belongs_to_nobody_once_something_else_was_scanned(between: str) -> None:
    """What lies on the scale then is not the parcel received last."""
    desk = Desk()
    assert _said(desk, "SF1385628716739", 1.0) == "parcel.received"
    assert _said(desk, between, 2.0) != "parcel.received"
    assert desk.weigh(777.0).records == ()


def test_the_guns_own_double_read_confirms_nothing() -> None:
    """A doubtful code read twice by one pull of the trigger was read once."""
    desk = Desk()
    assert _said(desk, "ODDCODE77", 1.0) == "scan.again"
    assert _said(desk, "ODDCODE77", 1.2, repeated=True) == ""
    assert _said(desk, "ODDCODE77", 4.0) == "parcel.received"


def test_cards_are_known_in_any_case_and_never_become_parcels() -> None:
    """A gun with Caps Lock on types small letters; a card nobody knows is said, however often it is scanned."""
    desk = Desk()
    assert _said(desk, "yycout", 1.0) == "mode.out"
    assert [_said(desk, "YYCFOO", at_s) for at_s in (2.0, 5.0)] == ["card.unknown", "card.unknown"]


@pytest.mark.parametrize(
    ("card", "mode"),
    [
        *(("YYCTEMP", "handover"), ("YYCDROP", "handover"), ("YYCOVERLOAD", "handover"), ("YYCTBUS", "handover")),
        *(("YYCPROXY", "out"), ("YYCINSPECTED", "send"), ("YYCRELABEL", "send"), ("YYCVPAY", "service")),
    ],
)
def test_a_card_of_another_mode_says_which_card_comes_first(card: str, mode: str) -> None:
    """In 入库 nothing is done by it and nothing written; behind the mode card it means something."""
    desk = Desk()
    told = desk.scan(card)
    assert (said(told), also(told), desk.written) == ("card.not_now", [f"card.first_{mode}"], [])
    desk.scan(next(one.code for one in CARDS.values() if (one.word, one.value) == (Word.MODE, mode)))
    assert "card.not_now" not in desk.scans(card)


def test_a_card_of_a_mode_this_station_has_not_says_only_that() -> None:
    """No cold box here: nobody is sent to a card that leads nowhere; nor from a mode to itself."""
    desk = Desk()
    told = desk.scan("YYCTAKE")
    assert (said(told), also(told)) == ("card.not_now", [])
