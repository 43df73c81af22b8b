"""补录: a paper sheet entered afterwards, once, through a power cut, with its own time."""

import pytest

from station_agent.counter.book import Event
from station_agent.counter.forms import MAX_FORMS
from station_agent.counter.road import Road
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk, Phones, also, kinds, said, value
from tests.station_agent.counter.stops import DOWN, DRIVER, OWN, SEAL, Badges

NOW_S = 1_800_000_000.0
"""2027-01-15, four in the afternoon in China."""
FORM, NEXT = "YYF000017", "YYF000018"
SHEET_MS = round(NOW_S * 1000) - 86_400_000 - 4 * 3_600_000
"""Yesterday at noon."""


def key(desk: Desk, digits: str) -> str | None:
    """Digits from cards, then OK."""
    return desk.scans(*(f"YYCD{digit}" for digit in digits), "YYCOK")[-1]


def opened(*codes: str) -> Desk:
    """A sheet of yesterday, its number and day entered, then these scans."""
    desk = Desk(now_s=NOW_S, people=Phones({PARCEL: "13800138000"}))
    assert desk.scans("YYCPAPER", FORM) == ["mode.paper", "paper.key_time"]
    assert key(desk, "0114") == "paper.opened"
    desk.scans(*codes)
    return desk


def test_acts_from_a_sheet_carry_its_number_and_time() -> None:
    """Received and handed out as at those desks, in this mode; late entries never pass for timely ones."""
    desk = opened("YYCIN")
    assert desk.counter.attention.mode.value == "paper"
    assert desk.scans(PARCEL, OTHER, "YYCOUT", PARCEL) == [
        "parcel.received",
        "parcel.received",
        "paper.out",
        "parcel.collected",
    ]
    acts = [record.body for record, _ in desk.written if record.kind.startswith("parcel.")]
    sheet = {"form": "000017", "at_ms": SHEET_MS, "afterwards": True}
    assert all(sheet.items() <= body.items() for body in acts)
    assert desk.parcel().ended_ms == desk.parcel(OTHER).received_ms == SHEET_MS
    assert desk.rebuilt().rows() == desk.books.rows()


def test_ok_ends_the_sheet_and_confirms_its_batch() -> None:
    """Whoever waits for what came in hears of it now, and that entry is of now."""
    desk = opened("YYCIN", PARCEL, OTHER)
    decision = desk.scan("YYCOK")
    assert (said(decision), value(decision, "count"), also(decision)) == ("paper.closed", "2", ["batch.to_call"])
    assert kinds(decision) == ["form.closed", "batch.confirmed", "notice.due"]
    assert all("afterwards" not in record.body for record in decision.records)
    assert decision.records[0].body == {"form": "000017", "lines": 2}
    assert desk.scans(PARCEL, "YYCOK", FORM) == ["paper.which_form", "paper.which_form", "paper.entered_before"]


def test_ok_ends_the_sheet_after_a_check() -> None:
    """A check card in between waits for no OK."""
    desk = opened("YYCIN", PARCEL, "YYCKFIRE")
    assert kinds(desk.scan("YYCOK"))[0] == "form.closed"


def test_a_sheet_of_hand_outs_confirms_no_batch() -> None:
    """A batch that is open at the counter stays so."""
    desk = Desk(now_s=NOW_S)
    desk.receive()
    desk.scans("YYCPAPER", FORM)
    key(desk, "0114")
    desk.scans("YYCOUT", PARCEL)
    assert kinds(desk.scan("YYCOK")) == ["form.closed"]


def test_ok_is_the_desks_while_it_waits_for_one() -> None:
    """All parcels of a household are fetched by OK; only the next OK ends the sheet."""
    desk = Desk(now_s=NOW_S)
    desk.scans("YYCHOUSE", "YYH00000017", "YYCCONSENT")
    for waybill in (PARCEL, OTHER):
        desk.receive(waybill)
        desk.scan("YYH00000017")
    desk.scans("YYCPAPER", FORM)
    key(desk, "0114")
    desk.scans("YYCOUT", "YYH00000017")
    assert desk.scans("YYCOK", "YYCOK") == ["out.all", "paper.closed"]


def test_marks_from_the_sheet_carry_it_too() -> None:
    """Refused, damaged, called: what is heard anywhere is of the sheet while one is open; a complaint is of now."""
    desk = opened("YYCIN", PARCEL, "YYCREFUSED", PARCEL, "YYCCALLED", PARCEL, "YYCCOMPLAINT", PARCEL)
    marked = {record.kind: record.body.get("form") for record, _ in desk.written}
    assert marked["parcel.refused"] == marked["notice.called"] == "000017"
    assert marked["case.opened"] is None
    assert desk.parcel().notice_ms == SHEET_MS


def test_what_was_sent_is_entered_too() -> None:
    """Accepted, inspected and registered as on the sheet; then OK ends it, though a weight could still come."""
    desk = opened("YYCSEND", "YYCINSPECTED", "YYN12345678", PARCEL)
    acts = [record for record, _ in desk.written if record.kind.startswith("parcel.")]
    assert {"parcel.accepted", "parcel.inspected"} <= {record.kind for record in acts}
    assert all((record.body["form"], record.body["at_ms"]) == ("000017", SHEET_MS) for record in acts)
    assert desk.parcel().received_ms == SHEET_MS
    assert said(desk.scan("YYCOK")) == "paper.closed"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_every_wrong_order_is_told() -> None:
    """No sheet, no day, no act, another sheet: told what is wanted first, and nothing written."""
    desk = Desk(now_s=NOW_S)
    desk.scan("YYCPAPER")
    assert desk.scans(PARCEL, "YYCOK", "1-1-1000") == ["paper.which_form"] * 3
    assert desk.scans(FORM, PARCEL, "YYCIN", NEXT, FORM) == [
        "paper.key_time",
        "paper.key_time",
        "paper.key_time",
        "paper.key_time",
        "paper.key_time",
    ]
    assert key(desk, "1345") == "paper.wrong_time"
    assert desk.written == []
    assert key(desk, "01141530") == "paper.opened"
    assert desk.scans(PARCEL, NEXT, FORM) == ["paper.which_act", "paper.other_open", "paper.resumed"]


def test_a_mode_card_without_a_sheet_changes_the_mode() -> None:
    """Nothing is entered, so nothing is kept; other modes end this one and the open sheet is told."""
    desk = Desk(now_s=NOW_S)
    assert desk.scans("YYCPAPER", "YYCIN") == ["mode.paper", "mode.in"]
    desk = opened("YYCIN", PARCEL)
    left = desk.scan("YYCCOUNT")
    assert (said(left), also(left)) == ("mode.count", ["paper.open"])
    resumed = desk.scan("YYCPAPER")
    assert (said(resumed), value(resumed, "count")) == ("paper.resumed", "1")


def test_a_day_long_ago_is_keyed_twice() -> None:
    """A slip of the finger would put it months away."""
    desk = Desk(now_s=NOW_S)
    desk.scans("YYCPAPER", FORM)
    assert key(desk, "0214") == "paper.long_ago"
    assert key(desk, "0215") == "paper.long_ago"
    assert key(desk, "0215") == "paper.opened"


def test_a_sheet_goes_on_after_a_power_cut() -> None:
    """Still open, in this mode, and a scan means what the last line meant; what was entered is here already."""
    after = opened("YYCIN", PARCEL).resumed()
    assert [answer.phrase for answer in after.counter.greeting.also][:1] == ["mode.paper"]
    assert after.scans(PARCEL, OTHER) == ["parcel.already_here", "parcel.received"]
    assert after.written[-1][0].body["form"] == "000017"
    assert value(after.scan("YYCOK"), "count") == "2"


def test_a_cut_before_the_first_line_asks_for_the_act() -> None:
    """The sheet is open; nobody said yet what is on it."""
    after = opened().resumed()
    assert after.scans(PARCEL, "YYCIN", PARCEL) == ["paper.which_act", "paper.in", "parcel.received"]


def test_the_scale_is_not_asked_about_yesterday() -> None:
    """A weight that settles now belongs to no parcel of the sheet."""
    desk = opened("YYCIN", PARCEL)
    assert kinds(desk.weigh(1200)) == []
    assert desk.parcel().weight_g is None


def test_a_line_is_taken_back() -> None:
    """Undo takes the parcel and the line; the sheet stays open."""
    desk = opened("YYCIN", PARCEL, OTHER)
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert desk.shelves.parcel(OTHER) is None
    assert value(desk.scan("YYCOK"), "count") == "1"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_bag_on_the_sheet() -> None:
    """Received with the sheet's number, like a parcel."""
    desk = opened("YYCIN", BAG)
    assert desk.written[-1][0].body["form"] == "000017"


@pytest.mark.parametrize("typed", [True, False])
def test_the_day_by_number_pad_or_cards(typed: bool) -> None:
    """Keyed at the pad or scanned from digit cards: the same."""
    desk = Desk(now_s=NOW_S)
    desk.scans("YYCPAPER", FORM)
    answer = said(desk.scan("0114", typed=True)) if typed else key(desk, "0114")
    assert answer == "paper.opened"
    form = desk.books.forms.open
    assert form is not None
    assert form.at_ms == SHEET_MS


def test_sheets_remembered_are_bounded() -> None:
    """The oldest goes first."""
    desk = Desk(now_s=NOW_S)
    for n in range(MAX_FORMS + 1):
        for kind in ("form.opened", "form.closed"):
            event = Event(kind, {"form": f"{n:06}", "at_ms": 1, "lines": 0}, n)
            desk.books.take(desk.books.effects(event))
    assert len(desk.books.forms) == MAX_FORMS
    assert desk.books.forms.get("000000") is None


def bags_on_paper() -> Desk:
    """A sheet of yesterday on which a parcel was packed and sealed, and bags are handed over now."""
    desk = Desk(now_s=NOW_S, road=Road(badges=Badges()))
    desk.scans("YYCSEND", "YYN12345678", "YYCINSPECTED", PARCEL, "YYCPAPER", FORM)
    key(desk, "0114")
    assert desk.scans("YYCPACK", OWN, PARCEL, SEAL, "YYCOK") == [
        "paper.pack",
        "pack.opened",
        "pack.packed",
        "pack.seal_said",
        "pack.sealed",
    ]
    assert desk.scans("YYCHAND", DOWN, "YYCTEMP") == ["paper.handover", "paper.handover", "handover.begun"]
    return desk


def test_bags_that_changed_hands_on_paper_are_entered() -> None:
    """Both ways, as of the sheet, one-sided: the driver signed the paper and may confirm later; OK ends the sheet."""
    desk = bags_on_paper()
    assert desk.counter.attention.mode.value == "paper"
    assert desk.scans(OWN, DOWN) == ["handover.all_up", "handover.bag_down"]
    done = desk.scan("YYCOK")
    assert (said(done), kinds(done)) == ("handover.done", ["handover.one_sided", "bag.received", "bag.departed"])
    assert "mode.paper" not in also(done)
    sheet = {"form": "000017", "at_ms": SHEET_MS, "afterwards": True}
    written = [record for record, _ in desk.written if record.kind.startswith(("handover.", "bag."))]
    assert {record.kind for record in written} >= {"bag.opened", "bag.sealed", "handover.begun", "handover.bag"}
    assert all(sheet.items() <= record.body.items() for record in written)
    closed = done.records[0].body
    assert (closed["started_ms"], closed["ended_ms"], closed["trusted"]) == (SHEET_MS, SHEET_MS, False)
    assert "on_time" not in closed, "nobody knows when the bus came"
    assert desk.parcel().state == "gone"
    ended = desk.scan("YYCOK")
    assert (said(ended), value(ended, "count")) == ("paper.closed", "5"), (
        "a bag opened, packed, sealed; two handed over"
    )
    assert desk.rebuilt().rows() == desk.books.rows()


def test_bags_on_paper_outlive_a_power_cut_and_other_lines() -> None:
    """The handover goes on with the next bag; what is left open is told, and OK never ends the sheet before it."""
    desk = bags_on_paper()
    desk.scan(OWN)
    desk = desk.resumed()
    assert said(desk.scan(DOWN)) == "handover.bag_down"
    other = desk.scan("YYCIN")
    assert (said(other), also(other)) == ("paper.in", ["handover.open_ok"])
    assert also(desk.scan("YYCHAND")) == ["handover.open_ok"]
    assert desk.scans("YYCOK", "YYCOK") == ["handover.done", "paper.closed"]
    assert desk.books.handovers.open is None
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_driver_who_comes_meanwhile_waits_for_the_end_of_it() -> None:
    """His own bags are of now, not of the sheet; a handover of his that is open is not taken for the sheet's."""
    desk = bags_on_paper()
    assert desk.scans(OWN, DRIVER, "YYCOK", DRIVER) == [
        "handover.all_up",
        "handover.finish",
        "handover.done",
        "handover.begun",
    ]
    assert desk.counter.attention.mode.value == "handover"
    assert "afterwards" not in desk.written[-1][0].body
    desk.scan(DOWN)
    assert desk.scans("YYCPAPER", "YYCHAND") == ["paper.resumed", "handover.finish"]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_services_on_paper_count_for_their_day() -> None:
    """By card or as the day's number; today's own are as they were."""
    desk = Desk(now_s=NOW_S)
    desk.scans("YYCSERVICE", "YYCVPAY", "YYCPAPER", FORM)
    key(desk, "0114")
    assert desk.scans("YYCSERVICE", "YYCVPAY", "YYCVPAY", "YYCTOTAL", "YYCVGOV", "YYCD7", "YYCOK", "YYCOK") == [
        "paper.service",
        "service.payment",
        "service.payment",
        "service.which_total",
        "service.key_total",
        "key.digit",
        "service.government",
        "paper.closed",
    ]
    tallies = desk.books.tallies
    assert [tallies.count("2027-01-14", which) for which in ("payment", "government")] == [2, 7]
    assert tallies.of_day("2027-01-15") == 1
    written = [record.body for record, _ in desk.written if record.kind.startswith("service.")]
    assert [body.get("at_ms") for body in written] == [None, SHEET_MS, SHEET_MS, SHEET_MS]
    assert desk.rebuilt().rows() == desk.books.rows()
