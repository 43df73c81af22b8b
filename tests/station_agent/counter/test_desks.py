"""Every row of the tables of the front desk, 入库 and 出库 that the counter's own table does not hold."""

import pytest

from station_agent.counter.answers import PHRASES
from station_agent.counter.cards import CARDS, Word, card_for, card_of
from station_agent.counter.cases import COMPLAINT_MS
from station_agent.counter.counter import IDLE_S, UNDO_S
from station_agent.counter.decision import TASK_S
from station_agent.counter.shelves import LIVES_MS
from station_agent.counter.vocabulary import custody
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, Phones, also, kinds, said, value

THIRD = "JT1234567890123"
HOUSE = "YYH00000017"
ANNA, BERT = "13800138000", "13911118000"
"""Two people with the same last four."""


def keyed(desk: Desk, digits: str) -> list[str | None]:
    """Digits from cards, then OK; what was said to the OK."""
    return desk.scans(*(f"YYCD{digit}" for digit in digits), "YYCOK")[-1:]


def household(desk: Desk, consent: str = "YYCCONSENT") -> None:
    """Register a household card."""
    assert desk.scans("YYCHOUSE", HOUSE, consent) == ["household.card", "household.consent", "household.registered"]


def test_a_batch_is_confirmed_once_and_then_asks_for_notices() -> None:
    """OK closes the batch with its count; parcels that left before are not told, who has no number is to be called."""
    desk = Desk(people=Phones({PARCEL: ANNA, OTHER: BERT}))
    desk.receive()
    code = desk.receive(OTHER)
    desk.receive("JT1234567890129")
    desk.scans("YYCOUT", code, "YYCIN")
    decision = desk.scan("YYCOK")
    assert (said(decision), kinds(decision)) == ("batch.confirmed", ["batch.confirmed", "notice.due"])
    assert decision.records[0].body == {"batch": 1, "count": 2}
    assert decision.records[1].body["waybill"] == PARCEL
    assert also(decision) == ["batch.to_call"]
    assert said(desk.scan("YYCOK")) == "batch.none"
    desk.receive(THIRD)
    assert desk.parcel(THIRD).batch == 2


def test_an_open_batch_is_told_when_another_mode_is_chosen() -> None:
    """Nobody would be told of parcels in a batch that was never confirmed."""
    desk = Desk()
    desk.receive()
    assert also(desk.scan("YYCOUT")) == ["batch.open"]
    assert also(desk.scan("YYCIN")) == []


def test_a_shelf_sticker_takes_the_place_of_the_code() -> None:
    """A free one scanned after the parcel is its code from then on; one in use, or with no parcel, changes nothing."""
    desk = Desk()
    assert said(desk.scan("2-1-1500")) == "parcel.unknown"
    desk.receive()
    assert said(desk.scan("2-1-1500")) == "parcel.shelved"
    assert desk.with_code("2-1-1500") == PARCEL
    assert desk.with_code("1-1-1000") == ""
    desk.receive(OTHER)
    assert said(desk.scan("9-9-1500")) == "shelf.taken"
    assert said(desk.scan("2-1-1500")) == "parcel.already_here"


def test_a_sticker_used_lately_is_asked_about() -> None:
    """Somebody may still have the notice that names it; scanned twice it is used all the same, and later at once."""
    desk = Desk()
    desk.receive()
    desk.scans("2-1-1500", "YYCOUT", "2-1-1500", "YYCIN")
    desk.receive(OTHER)
    assert said(desk.scan("2-1-1500")) == "shelf.used"
    assert desk.scan("2-1-1500", repeated=True).records == (), "one pull at the trigger is not two"
    assert said(desk.scan("2-1-1500")) == "parcel.shelved"
    assert desk.with_code("2-1-1500") == OTHER
    desk.scans("YYCOUT", "2-1-1500", "YYCIN")
    desk.now_s += LIVES_MS / 1000
    desk.receive("JT1234567890123")
    assert said(desk.scan("2-1-1500")) == "parcel.shelved"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_household_card_fetches_everything_of_the_house() -> None:
    """Parcels marked with the card are told together and leave with one OK, one entry each that says how."""
    desk = Desk()
    household(desk)
    for waybill in (PARCEL, OTHER):
        desk.receive(waybill)
        assert said(desk.scan(HOUSE)) == "parcel.addressed"
    desk.receive(THIRD)
    desk.scan("YYCOUT")
    found = desk.scan(HOUSE)
    assert (said(found), value(found, "count")) == ("out.found", "2")
    decision = desk.scan("YYCOK")
    assert said(decision) == "out.all"
    assert [record.body["how"] for record in decision.records] == ["household"] * 2
    assert desk.shelves.here == 1
    assert said(desk.scan(HOUSE)) == "out.nothing"


def test_after_one_parcel_the_others_of_the_house_are_told() -> None:
    """Whoever fetches one hears of the rest; OK hands them out too."""
    desk = Desk()
    household(desk)
    for waybill in (PARCEL, OTHER):
        desk.receive(waybill)
        desk.scan(HOUSE)
    desk.scan("YYCOUT")
    assert also(desk.scan(PARCEL)) == ["out.more"]
    assert said(desk.scan("YYCOK")) == "out.all"
    assert desk.shelves.here == 0


def test_a_card_nobody_registered_is_said() -> None:
    """A household card without a registration fetches and gets nothing."""
    desk = Desk()
    desk.receive()
    assert said(desk.scan(HOUSE)) == "household.unknown"
    desk.scan("YYCOUT")
    assert said(desk.scan(HOUSE)) == "household.unknown"


def test_refusing_consent_keeps_no_parcel_out() -> None:
    """The word is recorded; the parcel is received and can be fetched all the same."""
    desk = Desk()
    household(desk, "YYCNOCONSENT")
    registered = desk.books.households.get("00000017")
    assert registered is not None
    assert registered.consent == "no"
    desk.receive()
    addressed = desk.scan(HOUSE)
    assert (said(addressed), also(addressed)) == ("parcel.addressed", ["household.no_consent"])
    desk.scan("YYCOUT")
    assert desk.scans(HOUSE, "YYCOK") == ["out.found", "out.all"]


def test_whoever_comes_for_a_held_parcel_hears_that_it_is_held() -> None:
    """By last four and by card: never that nothing lies here, which would send somebody home for good."""
    desk = Desk(people=Phones({PARCEL: ANNA}))
    household(desk)
    code = desk.receive()
    desk.receive(OTHER)
    desk.scans(HOUSE, "YYCHOLD", "YYCROTHER", PARCEL, "YYCHOLD", "YYCROTHER", OTHER, "YYCOUT")
    by_card, by_phone = desk.scan(HOUSE), desk.scan(ANNA[-4:], typed=True)
    assert [said(by_card), said(by_phone)] == ["parcel.is_held"] * 2
    assert value(by_phone, "code") == code
    desk.scans("YYCRELEASE", OTHER)
    assert desk.scans(HOUSE, "YYCOK") == ["out.found", "out.all"]
    assert desk.parcel().is_here


def test_an_unknown_parcel_can_always_be_handed_out() -> None:
    """Scanned twice it leaves, marked as not received here, and is known as gone afterwards."""
    desk = Desk()
    desk.scan("YYCOUT")
    assert desk.scans(PARCEL, PARCEL) == ["parcel.unknown", "out.unreceived"]
    assert desk.written[-1][0].body["unreceived"] is True
    assert said(desk.scan(PARCEL)) == "parcel.already_collected"


@pytest.mark.parametrize(
    ("card", "kind"),
    [
        ("YYCREFUSED", "parcel.refused"),
        ("YYCDAMAGED", "parcel.damaged"),
        ("YYCWRONG", "parcel.wrong_station"),
        ("YYCRETURN", "parcel.returned"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_mark_belongs_to_the_parcel_after_it(card: str, kind: str, known: bool) -> None:
    """Known or turned away at the door, one parcel gets the mark, by its waybill or code, and the next does not."""
    desk = Desk()
    code = desk.receive() if known else PARCEL
    desk.scan(card)
    decision = desk.scan(code)
    assert (kinds(decision), decision.records[0].body["waybill"]) == ([kind], PARCEL)
    assert decision.records[0].body.get("unreceived") is (None if known else True)
    assert kinds(desk.scan(OTHER)) == ["parcel.received"]


def test_a_held_parcel_does_not_leave_until_released() -> None:
    """A hold wants its reason first; red at the hand-out; release is for held ones only."""
    desk = Desk()
    code = desk.receive()
    assert desk.scans("YYCHOLD", code, "YYCRLIQUID", code) == ["mark.why", "mark.why", "mark.held", "marked.held"]
    desk.scan("YYCOUT")
    assert said(desk.scan(code)) == "parcel.is_held"
    assert desk.scans("YYCRELEASE", code, "YYCRELEASE", code)[1::2] == ["marked.released", "marked.not_held"]
    assert said(desk.scan(code)) == "parcel.collected"


def test_a_mark_waits_for_its_parcel_and_can_be_cleared() -> None:
    """Other cards do not lose it; clear does, and so does being left alone."""
    desk = Desk()
    desk.receive()
    assert desk.scans("YYCREFUSED", "YYCCONSENT", "YYCCLEAR") == ["mark.refused", "task.unfinished", "task.cleared"]
    desk.scan("YYCREFUSED")
    desk.now_s += TASK_S + 1
    assert said(desk.scan(OTHER)) == "parcel.received"


def test_a_call_to_the_recipient_is_noted() -> None:
    """From the call on the person knows; overdue is counted from it."""
    desk = Desk()
    desk.receive()
    assert desk.scans("YYCCALLED", PARCEL) == ["called.which", "called.noted"]
    parcel = desk.parcel()
    assert (parcel.notice, parcel.notice_ms) == ("called", desk.wall_ms)


def test_a_complaint_has_a_number_and_seven_days() -> None:
    """With a parcel or without; its number keyed later closes it."""
    desk = Desk()
    desk.receive()
    assert desk.scans("YYCCOMPLAINT", PARCEL) == ["complaint.which", "complaint.opened"]
    assert desk.scans("YYCCOMPLAINT", "YYCOK") == ["complaint.which", "complaint.opened"]
    first, second = sorted(desk.books.cases, key=lambda case: case.number)
    assert (first.number, first.subject, first.due_ms) == (1, PARCEL, desk.wall_ms + COMPLAINT_MS)
    assert (second.number, second.subject) == (2, "")
    desk.scan("YYCCOMPLAINT")
    assert keyed(desk, "1") == ["case.closed"]
    assert [case.number for case in desk.books.cases] == [2]
    desk.scan("YYCCOMPLAINT")
    assert keyed(desk, "77") == ["case.unknown"]


def test_the_last_act_is_taken_back_by_an_entry_that_names_it() -> None:
    """Undo names the places; twice undoes two acts; then nothing is left to take back."""
    desk = Desk()
    code = desk.receive()
    desk.scans("YYCOUT", code)
    decision = desk.scan("YYCUNDO")
    assert (said(decision), kinds(decision)) == ("undone", ["act.undone"])
    assert decision.records[0].body == {"places": [1], "act": "parcel.collected"}
    assert desk.with_code(code) == PARCEL
    assert desk.scans("YYCUNDO", "YYCUNDO") == ["undone", "undo.nothing"]
    assert desk.shelves.here == 0
    assert desk.rebuilt().rows() == desk.books.rows()


def test_an_act_is_not_taken_back_for_ever() -> None:
    """After a while somebody else's act would be meant."""
    desk = Desk()
    desk.receive()
    desk.now_s += UNDO_S + 1
    assert said(desk.scan("YYCUNDO")) == "undo.too_late"


def test_after_a_pause_a_scan_only_tells() -> None:
    """The first parcel after a pause is told with the mode; the second scan acts. A card acts at once."""
    desk = Desk()
    code = desk.receive()
    desk.now_s += IDLE_S + 1
    told = desk.scan(code)
    assert (said(told), also(told)) == ("told.here", ["mode.in"])
    desk.now_s += IDLE_S + 1
    assert said(desk.scan(OTHER)) == "told.unknown"
    assert said(desk.scan(OTHER)) == "parcel.received"
    desk.now_s += IDLE_S + 1
    assert said(desk.scan("YYCOUT")) == "mode.out"


def test_keyed_digits_are_cleared_and_forgotten() -> None:
    """Clear empties what was keyed; OK without digits is OK itself."""
    desk = Desk()
    assert desk.scans("YYCD1", "YYCCLEAR", "YYCOK") == ["key.digit", "key.cleared", "batch.none"]
    assert "7" not in repr(desk.settle(desk.decide("YYCD7")).attention)


def test_bags_are_not_for_the_hand_out() -> None:
    """A bag scanned there is said, and nothing is written."""
    desk = Desk()
    desk.scan("YYCOUT")
    assert (said(desk.scan(BAG)), desk.written) == ("scan.not_here", [])


def test_every_card_is_known_by_its_code_and_has_its_own() -> None:
    """What is printed is what is understood, in small letters too; station's own cards follow their pattern."""
    for code, card in CARDS.items():
        assert card_of(code.lower()) == card
        assert code.startswith("YYC")
        assert code[3:].isalnum()
    box = card_for(Word.BOX, "1")
    assert card_of(box.code) == box
    assert not set(CARDS) & {
        card_for(word, "1").code for word in (Word.BOX, Word.PRODUCT, Word.DESTINATION, Word.PRICE)
    }


def test_every_mode_card_has_its_words() -> None:
    """A mode nobody can hear of would be silent."""
    assert {f"mode.{card.value}" for card in CARDS.values() if card.word is Word.MODE} <= PHRASES.keys()


def test_last_four_of_one_person_find_all_that_is_hers() -> None:
    """Both parcels are told with their codes; OK hands them out, each with how it was asked for."""
    desk = Desk(people=Phones({PARCEL: ANNA, OTHER: ANNA}))
    codes = [desk.receive(), desk.receive(OTHER)]
    desk.scan("YYCOUT")
    found = desk.scan("8000", typed=True)
    assert (said(found), value(found, "codes")) == ("out.found", "、".join(sorted(codes)))
    decision = desk.scan("YYCOK")
    assert [(record.kind, record.body["how"]) for record in decision.records] == [("parcel.collected", "last_four")] * 2


def test_last_four_of_several_people_always_ask() -> None:
    """A collision hands nothing out, whoever comes; nobody's last four are said."""
    desk = Desk(people=Phones({PARCEL: ANNA, OTHER: BERT}))
    desk.receive()
    desk.receive(OTHER)
    desk.scan("YYCOUT")
    assert said(desk.scan("8000", typed=True)) == "out.several"
    assert keyed(desk, "8000") == ["out.several"]
    assert keyed(desk, "1234") == ["out.nobody"]
    assert said(desk.scan("YYCOK")) == "card.not_now"
    assert desk.shelves.here == 2


def test_after_one_parcel_the_others_of_the_same_number_are_told() -> None:
    """Whoever fetches one by its code hears where the rest lies."""
    desk = Desk(people=Phones({PARCEL: ANNA, OTHER: ANNA}))
    code = desk.receive()
    desk.receive(OTHER)
    desk.scan("YYCOUT")
    assert also(desk.scan(code)) == ["out.more"]


def test_a_phone_is_keyed_for_the_parcel_before() -> None:
    """The card, eleven digits, OK; other digits are asked for again, and no entry holds any of it."""
    phones = Phones()
    desk = Desk(people=phones)
    assert said(desk.scan("YYCPHONE")) == "phone.which"
    desk.receive()
    assert said(desk.scan("YYCPHONE")) == "phone.key"
    assert keyed(desk, "138") == ["phone.wrong"]
    assert keyed(desk, ANNA) == ["phone.kept"]
    assert phones.of == {PARCEL: ANNA}
    assert ANNA not in repr(desk.written)


def test_the_end_of_a_number_is_kept_where_the_label_shows_no_more() -> None:
    """The parcel is found by it; nobody can be told, so its recipient is to be called; a whole number is better."""
    phones = Phones()
    desk = Desk(people=phones)
    desk.receive()
    desk.scan("YYCPHONE")
    assert keyed(desk, "8000") == ["phone.kept_end"]
    confirmed = desk.scan("YYCOK")
    assert (kinds(confirmed), also(confirmed)) == (["batch.confirmed"], ["batch.to_call"])
    desk.scan("YYCOUT")
    assert said(desk.scan("8000", typed=True)) == "out.found"
    desk.scans("YYCIN", PARCEL, "YYCPHONE")
    assert keyed(desk, ANNA) == ["phone.kept"]
    desk.scans(PARCEL, "YYCPHONE")
    assert keyed(desk, ANNA[-4:]) == ["phone.kept"]
    assert phones.of == {PARCEL: ANNA}


def late(desk: Desk) -> None:
    """A parcel whose batch is confirmed, scanned once more so that it is the one meant."""
    desk.receive()
    desk.scans("YYCOK", PARCEL)


def test_a_phone_keyed_after_the_batch_asks_for_the_notice_at_once() -> None:
    """Once only, with its pick-up code, and not to be taken back; a number keyed anew asks for nothing."""
    desk = Desk(people=Phones())
    late(desk)
    desk.scan("YYCPHONE")
    decision = desk.scan(ANNA, typed=True)
    assert (said(decision), kinds(decision)) == ("phone.kept", ["notice.due"])
    assert decision.records[0].body == {"waybill": PARCEL, "code": desk.parcel().code}
    assert said(desk.scan("YYCUNDO")) == "undo.nothing"
    desk.scans(PARCEL, "YYCPHONE")
    assert kinds(desk.scan(BERT, typed=True)) == []
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_phone_keyed_before_the_batch_is_confirmed_waits_for_it() -> None:
    """OK asks for it, and nothing before."""
    desk = Desk(people=Phones())
    desk.receive()
    desk.scan("YYCPHONE")
    assert kinds(desk.scan(ANNA, typed=True)) == []
    assert kinds(desk.scan("YYCOK")) == ["batch.confirmed", "notice.due"]


@pytest.mark.parametrize("gone", ["out", "refused"])
def test_nobody_is_told_late_of_a_parcel_that_left_or_is_in_trouble(gone: str) -> None:
    """Keyed while it was meant still: kept, and nothing is asked for."""
    desk = Desk(people=Phones())
    desk.receive()
    desk.scans("YYCOK", *(["YYCREFUSED"] if gone == "refused" else []), PARCEL)
    assert said(desk.scan("YYCPHONE")) == "phone.key"
    if gone == "out":
        desk.enter(custody("parcel.collected", waybill=PARCEL, code=desk.parcel().code, how="scan"))
    decision = desk.scan(ANNA, typed=True)
    assert (said(decision), kinds(decision)) == ("phone.kept", [])


def test_a_released_parcel_is_told_of_when_its_batch_was() -> None:
    """What the hold kept back is asked for with the release."""
    desk = Desk(people=Phones({PARCEL: ANNA}))
    code = desk.receive()
    desk.scans("YYCHOLD", "YYCROTHER", code)
    assert kinds(desk.scan("YYCOK")) == ["batch.confirmed"]
    desk.scan("YYCRELEASE")
    assert kinds(desk.scan(code)) == ["parcel.released", "notice.due"]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_household_card_after_the_batch_asks_for_a_notice_nobody_asked_for() -> None:
    """Where the number became known meanwhile and nobody was told; without a number nothing is asked for."""
    phones = Phones()
    desk = Desk(people=phones)
    household(desk)
    late(desk)
    assert kinds(desk.scan(HOUSE)) == ["parcel.addressed"]
    phones.of[PARCEL] = ANNA
    desk.scan(PARCEL)
    assert kinds(desk.scan(HOUSE)) == ["parcel.addressed", "notice.due"]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_what_was_sent_on_was_not_handed_out() -> None:
    """Whoever asks for a parcel that went back hears that it left, not that somebody fetched it; so do its marks."""
    desk = Desk()
    code = desk.receive()
    desk.receive(OTHER)
    desk.scans("YYCRETURN", PARCEL, "YYCOUT", OTHER)
    assert desk.scans(PARCEL, OTHER, code) == ["parcel.already_gone", "parcel.already_collected", "parcel.unknown"]
    assert desk.scans("YYCDAMAGED", PARCEL, OTHER)[1:] == ["parcel.already_gone", "parcel.already_collected"]


def test_a_batch_with_nothing_left_in_it_is_nothing_to_confirm() -> None:
    """Its only parcel went back: no count of none is told when another mode is chosen."""
    desk = Desk()
    desk.receive()
    desk.scans("YYCRETURN", PARCEL)
    assert also(desk.scan("YYCOUT")) == []
