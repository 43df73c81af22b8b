"""Opening, market days, checks with their cases, the today card and what the first scan of a day brings."""

from dataclasses import dataclass
from datetime import date

import pytest

from station_agent.counter.answers import PHRASES
from station_agent.counter.cards import CARDS, Word
from station_agent.counter.decision import TASK_S
from station_agent.counter.house import CHECK_DAYS, House
from station_agent.counter.upkeep import CHECKS
from tests.station_agent.counter.desk import OTHER, PARCEL, Desk, Phones, also, kinds, said, value

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0
DAY = "2027-01-15"


@dataclass
class Elsewhere:
    """What a test says comes from outside."""

    waiting: int | None = None
    since_ms: int | None = None
    broken: int = 0
    warm: int = 0
    papers: int = 0

    def unsent(self) -> int | None:
        """As set."""
        return self.waiting

    def silent_since_ms(self) -> int | None:
        """As set."""
        return self.since_ms

    def faults(self) -> int:
        """As set."""
        return self.broken

    def alarms(self) -> int:
        """As set."""
        return self.warm

    def certificates(self, day: date) -> int:
        """As set, on the day of the test."""
        assert day.isoformat() >= DAY
        return self.papers


def station(outside: Elsewhere | None = None, *, trusted: bool = True) -> Desk:
    """A station at four in the afternoon. trusted: whether its clock was synchronised."""
    return Desk(now_s=NOW_S, house=House(outside=outside or Elsewhere()), trusted=trusted)


def lines(desk: Desk) -> dict[str, str]:
    """What the today card says behind the parcels: phrase -> count."""
    decision = desk.scan("YYCTODAY")
    assert decision.answer is not None
    assert decision.records == ()
    return {answer.phrase: answer.values.get("count", "") for answer in decision.answer.also}


def test_opening_and_market_day_are_noted_once_a_day() -> None:
    """The same again says so; closing and opening again are; a night nobody closed is no hindrance."""
    desk = station()
    assert desk.scans("YYCOPEN", "YYCOPEN", "YYCMARKET", "YYCMARKET", "YYCCLOSE", "YYCCLOSE", "YYCOPEN") == [
        "station.opened",
        "station.already",
        "station.market_day",
        "station.already",
        "station.closed",
        "station.already",
        "station.opened",
    ]
    assert all(record.body == {"day": DAY} for record, _ in desk.written)
    desk.now_s += DAY_S
    assert desk.scans("YYCOPEN", "YYCMARKET") == ["station.opened", "station.market_day"]
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize("what", CHECKS)
def test_a_check_is_due_again_after_its_days(what: str) -> None:
    """Each sort has a card and a sentence; the day it is due is in the entry, and told from that day on."""
    desk = station()
    card = next(card for card in CARDS.values() if (card.word, card.value) == (Word.CHECK, what))
    decision = desk.scan(card.code)
    body = decision.records[0].body
    assert (said(decision), body["what"], body["ok"], body["day"]) == ("check.done", what, True, DAY)
    assert date.fromisoformat(body["due"]) - date.fromisoformat(DAY) == CHECK_DAYS[what] * (
        date(2027, 1, 2) - date(2027, 1, 1)
    )
    assert said(desk.scan(card.code)) == "check.already"
    assert f"check.due.{what}" in PHRASES
    desk.now_s += (CHECK_DAYS[what] - 1) * DAY_S
    assert also(desk.scan("YYCOUT")) == []
    desk.now_s += DAY_S
    assert also(desk.scan("YYCIN")) == [f"check.due.{what}"]
    assert also(desk.scan("YYCOUT")) == []


def test_what_is_not_in_order_is_a_case_until_it_is() -> None:
    """Right after its check; due at once; told again tomorrow; one case; the next good check closes it."""
    desk = station()
    assert desk.scans("YYCKBAD", "YYCKFIRE") == ["check.which", "check.done"]
    bad = desk.scan("YYCKBAD")
    assert (said(bad), kinds(bad), value(bad, "case")) == ("check.bad", ["check.done", "case.opened"], "1")
    assert (bad.records[0].body["ok"], bad.records[0].body["due"]) == (False, DAY)
    assert said(desk.scan("YYCKBAD")) == "check.which"
    assert lines(desk)["today.cases"] == "1"
    desk.now_s += DAY_S
    good = desk.scan("YYCKFIRE")
    assert (kinds(good), also(good)) == (["check.done", "case.closed"], ["check.due.fire"])
    again = desk.scan("YYCKBAD")
    assert kinds(again) == ["check.done", "case.opened"]
    assert kinds(desk.scan("YYCUNDO")) == ["act.undone"]
    assert len(desk.books.cases) == 0
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_case_about_the_check_is_not_opened_twice() -> None:
    """Not in order yesterday and not today: still one case, told by its number."""
    desk = station()
    desk.scans("YYCKFIRE", "YYCKBAD")
    (case,) = desk.books.cases
    assert (case.about, case.subject) == ("check", "fire")
    desk.scans("YYCKPOWER", "YYCKBAD")
    assert len(desk.books.cases) == 2


def test_not_in_order_belongs_to_the_check_just_done() -> None:
    """Left alone it is nobody's; a parcel in between loses it without harm."""
    desk = station()
    desk.scan("YYCKFIRE")
    desk.now_s += TASK_S + 1
    assert said(desk.scan("YYCKBAD")) == "check.which"
    desk.scan("YYCKPOWER")
    assert said(desk.scan(PARCEL)) == "parcel.received"


def test_today_counts_the_parcels_of_today() -> None:
    """In, fetched and here; what came yesterday is here and not in."""
    desk = station()
    desk.receive("JT1234567890123")
    desk.now_s += DAY_S
    desk.receive()
    desk.receive(OTHER)
    desk.scans("YYCOUT", PARCEL)
    decision = desk.scan("YYCTODAY")
    assert decision.answer is not None
    assert (said(decision), decision.answer.values) == ("today.day", {"received": "2", "collected": "1", "here": "2"})


def test_today_says_all_there_is() -> None:
    """From outside and from the books, each with its number; nothing is said of what is nothing."""
    outside = Elsewhere(waiting=12, since_ms=round((NOW_S - 3.5 * DAY_S) * 1000), broken=2, warm=1, papers=3)
    desk = station(outside)
    for waybill in (PARCEL, OTHER, "JT1234567890123"):
        desk.receive(waybill)
    desk.scans("YYCOK", "YYCCALLED", PARCEL, "YYCCOUNT", PARCEL, OTHER, "YYCOK")
    desk.scans("YYCSERVICE", "YYCVPAY", "YYCCOMPLAINT", "YYCOK")
    said_now = lines(desk)
    assert said_now == {
        "today.services": "1",
        "today.alarms": "1",
        "today.unsent": "12",
        "today.silent": "3",
        "today.to_call": "1",
        "today.missing": "1",
        "today.cases": "1",
        "today.repair": "2",
        "today.certificates": "3",
        "today.never_checked": "6",
        "today.which": "",
    }
    desk.now_s += 8 * DAY_S
    later = lines(desk)
    assert (later.get("parcel.overdue"), later["today.to_return"]) == (None, "1")


def test_who_is_to_be_called() -> None:
    """Once the batch is confirmed who has no number, and a day later whom the county has not told."""
    desk = Desk(now_s=NOW_S, people=Phones({PARCEL: "13800138000"}))
    desk.receive()
    desk.receive(OTHER)
    assert "today.to_call" not in lines(desk)
    desk.scan("YYCOK")
    assert lines(desk)["today.to_call"] == "1"
    desk.now_s += DAY_S
    assert lines(desk)["today.to_call"] == "2"
    desk.scans("YYCCALLED", PARCEL, "YYCCALLED", OTHER)
    assert "today.to_call" not in lines(desk)


def test_a_county_not_heard_of_is_told_once_a_day() -> None:
    """At the first scan, after a whole day; not before, and not at the second."""
    outside = Elsewhere(since_ms=round(NOW_S * 1000))
    desk = station(outside)
    assert also(desk.scan("YYCOUT")) == []
    desk.now_s += DAY_S
    first = desk.scan("YYCIN")
    assert also(first) == ["today.silent"]
    assert also(desk.scan("YYCOUT")) == []


def test_without_a_trusted_clock_no_number_of_days_is_claimed() -> None:
    """How long the county was not heard is then not known, only that it was long; by the card and at the first scan."""
    outside = Elsewhere(since_ms=round(NOW_S * 1000))
    desk = station(outside, trusted=False)
    assert "today.silent_long" not in lines(desk)
    desk.now_s += 3 * DAY_S
    first = desk.scan("YYCIN")
    assert also(first) == ["today.silent_long"]
    assert "today.silent" not in lines(desk)


def test_today_is_heard_in_the_middle_of_something() -> None:
    """It drops nothing: neither keyed digits nor a mark that waits for its parcel."""
    desk = station()
    desk.scans("YYCSERVICE", "YYCTOTAL", "YYCTODAY", "YYCVPAY", "YYCD4")
    assert said(desk.scan("YYCOK")) == "service.payment"
    assert desk.scans("YYCREFUSED", "YYCTODAY", PARCEL) == ["mark.refused", "today.day", "marked.refused"]
