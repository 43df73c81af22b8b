"""盘点: every row of its table, a count that outlives a power cut, and a lost card's shelves learned anew."""

import pytest

from station_agent.counter.book import Event
from station_agent.counter.decision import TASK_S
from station_agent.counter.desks.stocktaking import MAX_COUNTED, MAX_MISSING
from station_agent.counter.shelves import ShelfPlan
from station_agent.counter.vocabulary import custody
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record
from sync.entry import MAX_BODY_BYTES, encode_body
from tests.station_agent.counter.desk import BAG, DOUBTFUL, OTHER, PARCEL, Desk, also, kinds, said, value

THIRD = "JT1234567890123"
FOURTH = "JT1234567890124"
DAY_S = 86_400.0


def shelves(*waybills: str) -> Desk:
    """A station where these lie, the stock-take's card scanned."""
    desk = Desk()
    for waybill in waybills:
        desk.receive(waybill)
    desk.scan("YYCCOUNT")
    return desk


def last(desk: Desk, kind: str) -> Record:
    """The newest entry of a kind."""
    found: Record = next(record for record, _ in reversed(desk.written) if record.kind == kind)
    return found


def test_a_whole_count_finds_nothing_missing() -> None:
    """By waybill or by sticker, once each; OK ends it and a second OK has nothing to end."""
    desk = shelves(PARCEL, OTHER)
    counted = desk.scan(PARCEL)
    assert (said(counted), value(counted, "count")) == ("count.counted", "1")
    assert desk.scans(desk.parcel(OTHER).code, OTHER, PARCEL) == ["count.counted", "count.again", "count.again"]
    ended = desk.scan("YYCOK")
    assert (said(ended), also(ended), value(ended, "count")) == ("count.ended", [], "2")
    assert last(desk, "stocktake.ended").body == {
        "stocktake": 1,
        "found": 2,
        "missing": [],
        "missing_count": 0,
        "unexpected": [],
        "unexpected_count": 0,
    }
    assert said(desk.scan("YYCOK")) == "count.none"
    assert len(desk.books.stocktake) == 0


def test_what_was_not_scanned_is_missing_and_turns_up_again() -> None:
    """It keeps its code, is told with it, can be found here without a count, or handed out."""
    desk = shelves(PARCEL, OTHER, THIRD)
    desk.scan(PARCEL)
    ended = desk.scan("YYCOK")
    codes = "、".join(desk.parcel(waybill).code for waybill in (OTHER, THIRD))
    assert also(ended) == ["count.missing"]
    assert ended.answer is not None
    assert ended.answer.also[0].values == {"count": "2", "codes": codes}
    assert kinds(ended) == ["parcel.missing", "parcel.missing", "stocktake.ended"]
    assert desk.parcel(OTHER).missing == 1
    found = desk.scan(OTHER)
    assert (said(found), kinds(found)) == ("count.found", ["parcel.found"])
    assert (desk.parcel(OTHER).missing, desk.books.stocktake.is_open) == (0, False)
    desk.scan("YYCOUT")
    assert said(desk.scan(desk.parcel(THIRD).code)) == "parcel.collected"
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize(
    ("mode", "phrase", "entries"),
    [
        ("YYCIN", "parcel.already_here", ["parcel.found"]),
        ("YYCSEND", "parcel.already_here", ["parcel.found"]),
        ("YYCOUT", "parcel.collected", ["parcel.found", "parcel.collected"]),
    ],
)
def test_a_missing_parcel_turns_up_at_any_desk(mode: str, phrase: str, entries: list[str]) -> None:
    """An entry says so before whatever is done to it, and its code, its own all the time, is told."""
    desk = shelves(PARCEL, OTHER)
    code = desk.parcel(OTHER).code
    desk.scans(PARCEL, "YYCOK", mode)
    found = desk.scan(OTHER)
    assert kinds(found) == entries
    if entries == ["parcel.found"]:
        assert also(found)[-1] == "count.found"
        assert (desk.parcel(OTHER).missing, desk.parcel(OTHER).code) == (0, code)
        assert desk.scan(OTHER).records == ()
    assert said(found) == phrase
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_sticker_tells_in_receiving_and_a_keyed_number_nowhere() -> None:
    """Whoever reads a sticker in 入库 has the parcel before him; who keys a number may only be looking for it."""
    desk = shelves(PARCEL, OTHER)
    desk.scans(PARCEL, "YYCOK", "YYCIN")
    assert desk.scan(OTHER, typed=True).records == ()
    assert kinds(desk.scan(desk.parcel(OTHER).code)) == ["parcel.found"]
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert desk.parcel(OTHER).missing == 1
    desk.now_s += 1000
    told = desk.scan(OTHER)
    assert (said(told), kinds(told)) == ("told.here", ["parcel.found"])
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_missing_parcel_found_in_the_next_count_is_counted() -> None:
    """Both are recorded; one that is still missing is named again and marked once."""
    desk = shelves(PARCEL, OTHER, THIRD)
    desk.scans(PARCEL, "YYCOK", PARCEL)
    found = desk.scan(OTHER)
    assert (said(found), kinds(found)) == ("count.found", ["parcel.found", "stocktake.counted"])
    ended = desk.scan("YYCOK")
    assert kinds(ended) == ["stocktake.ended"]
    assert (ended.records[0].body["stocktake"], ended.records[0].body["missing"]) == (2, [THIRD])


def test_a_hold_outlives_being_missing() -> None:
    """What must not leave must not leave when it turns up again."""
    desk = shelves(PARCEL, OTHER)
    desk.scans("YYCHOLD", "YYCRLIQUID", PARCEL, OTHER, "YYCOK", PARCEL, "YYCOUT")
    assert said(desk.scan(PARCEL)) == "parcel.is_held"


def test_an_unknown_parcel_is_taken_over_with_its_sticker() -> None:
    """Waybill, then sticker; it lies under that code, belongs to no batch, and asks for no notice."""
    desk = shelves(PARCEL)
    assert desk.scans(OTHER, OTHER, THIRD, "YYCOUT", "YYCCOUNT") == [
        "count.adopt",
        "count.adopt",
        "count.sticker_first",
        "mode.out",
        "count.going_on",
    ]
    assert desk.scans(OTHER, desk.parcel().code, "2-1-1500") == ["count.adopt", "shelf.taken", "count.adopted"]
    received = last(desk, "parcel.received").body
    assert (received["adopted"], received["code"], "batch" in received) == (True, "2-1-1500", False)
    assert desk.with_code("2-1-1500") == OTHER
    ended = desk.scan("YYCOK")
    assert also(ended) == ["count.missing", "count.unexpected"]
    assert ended.records[-1].body["unexpected"] == [OTHER]
    desk.scan("YYCIN")
    confirmed = desk.scan("YYCOK")
    assert confirmed.records[0].body["count"] == 1


def test_one_without_a_sticker_gets_a_new_code() -> None:
    """OK in the sticker's place; the numbers to be given go on from there."""
    desk = shelves(PARCEL)
    desk.scan(OTHER)
    decision = desk.scan("YYCOK")
    assert said(decision) == "count.adopted"
    assert value(decision, "code").endswith("-1001")


def test_a_sticker_alone_says_nothing() -> None:
    """Of nobody here, with no parcel before it: the waybill is wanted first."""
    assert said(shelves().scan("2-1-1500")) == "count.parcel_first"


def test_a_parcel_recorded_as_gone_is_taken_back() -> None:
    """Told first, taken back at the second scan, under its old code while that is free."""
    desk = Desk()
    code = desk.receive()
    desk.scans("YYCOUT", code, "YYCCOUNT")
    assert desk.scans(PARCEL, PARCEL) == ["count.come_back", "count.adopted"]
    assert desk.with_code(code) == PARCEL
    assert last(desk, "stocktake.counted").body["found"] == "adopted"


def test_its_old_code_is_not_given_twice() -> None:
    """A code that somebody else has meanwhile is not taken from them."""
    desk = Desk(ShelfPlan(shelves=1, layers=1, first=1000, last=1000))
    code = desk.receive()
    desk.scans("YYCOUT", code, "YYCIN")
    assert desk.receive(OTHER) == code
    desk.scan("YYCCOUNT")
    assert desk.scans(PARCEL, PARCEL) == ["count.come_back", "count.adopted"]
    assert desk.parcel().code != code
    assert desk.with_code(code) == OTHER


def test_bags_and_outbound_parcels_are_told() -> None:
    """A bag is not a parcel on a shelf; what waits to be sent is no find."""
    desk = shelves()
    record = custody("parcel.accepted", waybill=PARCEL)
    desk.books.take(desk.books.effects(Event(record.kind, record.body, desk.wall_ms)))
    assert desk.scans(BAG, PARCEL) == ["scan.not_here", "parcel.is_outbound"]
    assert desk.written == []


@pytest.mark.parametrize("leave", ["YYCIN", "YYCCLEAR", "a power cut", "a long pause"])
def test_a_parcel_that_waits_for_its_sticker_is_never_lost(leave: str) -> None:
    """That it was seen is on disk; leaving says that it has no shelf, and so do the mode card and the end."""
    desk = shelves(PARCEL)
    assert kinds(desk.scan(OTHER)) == ["stocktake.seen"]
    if leave == "YYCIN":
        assert also(desk.scan(leave)) == ["count.waiting", "count.open"]
    elif leave == "YYCCLEAR":
        assert also((desk.scan(leave), desk.scan("YYCIN"))[1]) == ["count.waiting", "count.open"]
    elif leave == "a power cut":
        desk = desk.restarted()
    else:
        desk.now_s += TASK_S + 1
        desk.tick()
    going_on = desk.scan("YYCCOUNT")
    assert (said(going_on), also(going_on)[0], value(going_on, "count")) == ("count.going_on", "count.waiting", "0")
    assert going_on.answer is not None
    assert going_on.answer.also[0].values == {"count": "1", "ends": OTHER[-4:]}
    assert desk.scans(PARCEL) == ["count.counted"]
    again = desk.scan(OTHER)
    assert (said(again), again.records) == ("count.adopt", ())
    assert desk.scans("2-1-1500") == ["count.adopted"]
    assert also(desk.scan("YYCOK")) == ["count.unexpected"]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_count_that_ends_names_what_has_no_shelf() -> None:
    """In its entry and aloud; one that was received elsewhere meanwhile is no longer among them."""
    desk = shelves(PARCEL)
    desk.scans(PARCEL, OTHER, "YYCCLEAR", THIRD, "YYCIN", THIRD, "YYCCOUNT")
    ended = desk.scan("YYCOK")
    assert also(ended) == ["count.waiting"]
    body = last(desk, "stocktake.ended").body
    assert (body["seen"], body["seen_count"], body["missing_count"]) == ([OTHER], 1, 0)
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_doubtful_code_is_taken_over_when_read_twice() -> None:
    """The counter's own rule comes first."""
    desk = shelves()
    assert desk.scans(DOUBTFUL, DOUBTFUL, "1-1-1500") == ["scan.again", "count.adopt", "count.adopted"]


def test_an_adoption_left_alone_is_dropped() -> None:
    """Nothing of it was recorded, and a sticker later does not belong to it."""
    desk = shelves()
    desk.scan(OTHER)
    desk.now_s += TASK_S + 1
    assert said(desk.scan("2-1-1500")) == "count.parcel_first"


def test_a_power_cut_loses_no_scan() -> None:
    """The count goes on in its mode; what was scanned before needs no second scan."""
    desk = shelves(PARCEL, OTHER)
    desk.scan(PARCEL)
    after = desk.resumed()
    assert [answer.phrase for answer in after.counter.greeting.also][:1] == ["mode.count"]
    assert said(after.scan(PARCEL)) == "count.again"
    assert also(after.scan("YYCOUT")) == ["count.open"]
    going_on = after.scan("YYCCOUNT")
    assert (said(going_on), value(going_on, "count")) == ("count.going_on", "1")
    after.scan(OTHER)
    assert also(after.scan("YYCOK")) == []


def test_a_count_of_days_ago_is_dropped() -> None:
    """Too much may have happened since; it is said and recorded, and the next count has another number."""
    desk = shelves(PARCEL)
    desk.scans(PARCEL, "YYCOUT")
    desk.now_s += DAY_S
    decision = desk.scan("YYCCOUNT")
    assert (said(decision), kinds(decision)) == ("count.dropped", ["stocktake.dropped"])
    assert desk.counter.attention.mode.value == "count"
    assert said(desk.scan(PARCEL)) == "count.counted"
    assert last(desk, "stocktake.counted").body["stocktake"] == 2


def test_the_end_can_be_taken_back() -> None:
    """An OK too early: undo brings the count back as it was, and nothing is missing."""
    desk = shelves(PARCEL, OTHER)
    desk.scans(PARCEL, "YYCOK")
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert (desk.parcel(OTHER).missing, desk.books.stocktake.found) == (0, 1)
    desk.scan(OTHER)
    assert also(desk.scan("YYCOK")) == []
    assert desk.rebuilt().rows() == desk.books.rows()


def test_very_many_missing_are_asked_about_and_marked_in_pieces() -> None:
    """The first OK asks; each more marks some; the last ends it with the number of all, in a body that fits."""
    waybills = [f"JT{n:013}" for n in range(2 * MAX_MISSING + 2)]
    desk = shelves(PARCEL, *waybills)
    desk.scan(PARCEL)
    said_ = [said(desk.scan("YYCOK")) for _ in range(4)]
    assert said_ == ["count.many_missing", "count.marked", "count.marked", "count.ended"]
    ended = last(desk, "stocktake.ended").body
    assert (ended["found"], ended["missing_count"], len(ended["missing"])) == (1, len(waybills), MAX_MISSING)
    longest = ended | {"missing": ["X" * 64] * MAX_MISSING, "unexpected": ["X" * 64] * MAX_MISSING}
    assert len(encode_body(longest)) <= MAX_BODY_BYTES
    assert all(desk.parcel(waybill).missing == 1 for waybill in waybills)
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_count_is_bounded() -> None:
    """Beyond any village's shelves it asks for its end, and ends."""
    desk = shelves(PARCEL)
    for n in range(MAX_COUNTED):
        row = (str(n), f'{{"waybill":"{n}","found":"here","at_ms":1}}')
        desk.books.stocktake.take(Change("stocktake", None, row))
    assert desk.scans(PARCEL, desk.parcel().code) == ["count.full", "count.full"]
    assert said(desk.decide("YYCOK")) == "count.ended"


def test_a_lost_card_is_learned_from_the_shelves() -> None:
    """A new card in another series, a stock-take: everything can be fetched by its old sticker, no code twice."""
    old = Desk(ShelfPlan(first=1000, last=1999))
    waybills = [f"JT{n:013}" for n in range(30)]
    codes = {old.receive(waybill): waybill for waybill in waybills}
    new = Desk(ShelfPlan(first=2000, last=2999))
    fresh = new.receive(PARCEL)
    new.scan("YYCCOUNT")
    for code, waybill in codes.items():
        assert new.scans(waybill, code) == ["count.adopt", "count.adopted"]
    new.scan("YYCIN")
    given = [new.receive(f"JT{n:013}") for n in range(100, 130)]
    assert len({code.split("-")[2] for code in (fresh, *given, *codes)}) == 61
    assert fresh.split("-")[2] == "2000"
    assert given[0].split("-")[2] == "2001"
    new.scan("YYCOUT")
    for code, waybill in codes.items():
        decision = new.scan(code)
        assert said(decision) == "parcel.collected"
        assert decision.records[0].body["waybill"] == waybill
