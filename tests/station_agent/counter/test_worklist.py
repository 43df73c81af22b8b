"""The worklist: which parcels and cases the counts of the today card are, told page by page without a screen."""

from station_agent.counter.cases import COMPLAINT_MS
from station_agent.counter.decision import TASK_S
from station_agent.counter.house import House
from station_agent.counter.vocabulary import custody
from station_agent.counter.worklist import CODES_A_PAGE, complaints_due, pages, wanted
from tests.station_agent.counter.desk import OTHER, PARCEL, Desk, Phones, also, said, value

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0
THIRD = "JT1234567890123"


def station(*waybills: str) -> Desk:
    """A station with these parcels, their batch confirmed and nobody's number known."""
    desk = Desk(now_s=NOW_S, people=Phones())
    for waybill in waybills:
        desk.receive(waybill)
    desk.scan("YYCOK")
    return desk


def codes(desk: Desk, name: str) -> list[str]:
    """The pick-up codes of one list."""
    return [parcel.code for parcel in getattr(wanted(desk.books, House(), desk.wall_ms), name)]


def test_the_today_card_scanned_again_tells_which() -> None:
    """First how many, then which are to be called, then the day again."""
    desk = station(PARCEL, OTHER)
    day = desk.scan("YYCTODAY")
    assert (said(day), also(day)[-1]) == ("today.day", "today.which")
    which = desk.scan("YYCTODAY")
    assert (said(which), value(which, "codes")) == ("list.to_call", f"{desk.parcel().code}、{desk.parcel(OTHER).code}")
    assert which.records == ()
    assert said(desk.scan("YYCTODAY")) == "today.day"


def test_what_was_worked_off_is_no_longer_told() -> None:
    """Called, fetched: the next page has those that are left, and in the end there is none."""
    desk = station(PARCEL, OTHER)
    desk.scans("YYCCALLED", PARCEL, "YYCTODAY")
    assert value(desk.scan("YYCTODAY"), "codes") == desk.parcel(OTHER).code
    desk.scans("YYCOUT", OTHER)
    day = desk.scan("YYCTODAY")
    assert "today.which" not in also(day)
    assert said(desk.scan("YYCTODAY")) == "today.day"


def test_more_than_a_page_is_told_with_further_scans() -> None:
    """Six codes at once, the longest waiting first, until all were told."""
    desk = station(*(f"SF13856287167{n:02}" for n in range(CODES_A_PAGE + 2)))
    desk.scan("YYCTODAY")
    told = [value(desk.scan("YYCTODAY"), "codes").split("、") for _ in range(2)]
    assert [len(each) for each in told] == [CODES_A_PAGE, 2]
    assert [code for page in told for code in page] == codes(desk, "to_call")


def test_anything_else_or_a_pause_begins_with_the_day_again() -> None:
    """Another scan, a double read of the gun, or a person who comes an hour later."""
    desk = station(PARCEL)
    assert desk.scans("YYCTODAY", "YYCOUT", "YYCTODAY") == ["today.day", "mode.out", "today.day"]
    assert desk.scan("YYCTODAY", repeated=True).answer is None
    assert said(desk.scan("YYCTODAY")) == "list.to_call"
    desk.now_s += TASK_S + 1
    assert desk.scans("YYCTODAY", "yyctoday") == ["today.day", "list.to_call"]


def test_a_list_drops_nothing_that_was_begun() -> None:
    """Who is in the middle of something hears the list and goes on."""
    desk = station(PARCEL)
    assert desk.scans("YYCREFUSED", "YYCTODAY", "YYCTODAY", PARCEL)[-1] == "marked.refused"


def test_each_parcel_stands_on_the_list_that_says_what_to_do() -> None:
    """Overdue after two days, to go back after seven; refused and wrong ones at once; missing ones are looked for."""
    desk = station(PARCEL, OTHER, THIRD)
    desk.scans("YYCCALLED", PARCEL, "YYCREFUSED", OTHER, "YYCWRONG", THIRD)
    assert codes(desk, "to_return") == [desk.parcel(OTHER).code, desk.parcel(THIRD).code]
    assert codes(desk, "to_call") == codes(desk, "overdue") == []
    desk.now_s += 3 * DAY_S
    assert codes(desk, "overdue") == [desk.parcel().code]
    desk.now_s += 5 * DAY_S
    assert codes(desk, "to_return")[0] == desk.parcel().code
    assert codes(desk, "overdue") == []
    desk.scans("YYCCOUNT", OTHER, "YYCOK")
    assert codes(desk, "missing") == [desk.parcel().code, desk.parcel(THIRD).code]
    assert codes(desk, "to_return") == [desk.parcel(OTHER).code]
    first = desk.scan("YYCIN")
    assert "today.to_return" not in also(first), "it was said at the first scan of the day"


def test_cases_are_told_by_number_and_a_complaint_by_its_days() -> None:
    """The most urgent first, three a page; its number is what closes it."""
    desk = station()
    for about in ("bag_short", "driver_expired", "count_differs", "never heard of"):
        desk.enter(custody("case.opened", case=desk.books.numbers.value("case") + 1, about=about))
    desk.scans("YYCCOMPLAINT", "YYCOK")
    desk.now_s += 2 * DAY_S
    desk.scan("YYCTODAY")
    page = desk.scan("YYCTODAY")
    assert (said(page), value(page, "case")) == ("case.of.complaint", "5")
    assert also(page) == ["case.days", "case.of.bag", "case.of.driver"]
    assert page.answer is not None
    assert page.answer.also[0].values == {"count": "5"}
    last = desk.scan("YYCTODAY")
    assert (said(last), also(last)) == ("case.of.handover", ["case.of.other"])
    desk.scans("YYCCOMPLAINT", "YYCD5")
    assert said(desk.scan("YYCOK")) == "case.closed"


def test_a_complaint_is_told_each_morning_before_its_day() -> None:
    """Two days before and afterwards, until it is closed; on a clock nobody trusts no day is claimed."""
    desk = station()
    desk.scans("YYCCOMPLAINT", "YYCOK")
    desk.now_s += 4 * DAY_S
    assert also(desk.scan("YYCOUT")) == []
    desk.now_s += 2 * DAY_S
    assert also(desk.scan("YYCOUT")) == ["today.complaints"]
    desk.now_s += 2 * DAY_S
    assert also(desk.scan("YYCOUT")) == ["today.complaints"]
    assert desk.now_s - NOW_S > COMPLAINT_MS / 1000
    (late,) = pages(desk.books, House(), desk.at())
    assert [answer.phrase for answer in late.also] == ["case.late"]
    assert complaints_due(desk.books, desk.at()._replace(trusted=False)) == 0
    (unknown,) = pages(desk.books, House(), desk.at()._replace(trusted=False))
    assert unknown.also == ()


def test_a_stock_take_closes_the_case_that_asked_for_it() -> None:
    """A journal that was broken opens one; once all shelves were counted it is done."""
    desk = station(PARCEL)
    desk.enter(custody("case.opened", case=1, about="stocktake"))
    desk.scans("YYCCOUNT", PARCEL)
    desk.scan("YYCOK")
    assert len(desk.books.cases) == 0
    assert desk.rebuilt().rows() == desk.books.rows()
