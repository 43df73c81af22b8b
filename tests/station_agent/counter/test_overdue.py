"""What time alone brings: dropped tasks said, handovers left open, bags and confirmations that did not come."""

import pytest

from station_agent.counter.bags import TOLD
from station_agent.counter.counter import OVERDUE_EVERY_S
from station_agent.counter.decision import TASK_S
from station_agent.counter.overdue import LEFT_OPEN_MS, UNCONFIRMED_MS
from station_agent.counter.road import Listed
from tests.station_agent.counter.desk import BAG, Desk, kinds, said
from tests.station_agent.counter.stops import DRIVER, LINE, OWN, Stop, bodies, cases, sealed, stop, the_bag


def wait(desk: Desk, wait_ms: float) -> list[tuple[str | None, list[str]]]:
    """Time goes by; what was said and written then."""
    desk.now_s += wait_ms / 1000
    return [(said(decision), kinds(decision)) for decision in desk.tick()]


def sent(due_ms: int | None) -> Stop:
    """A bag that went up and is due at its end."""
    place = stop(LINE)
    sealed(place.desk)
    place.lists.listed[OWN] = Listed(OWN, "up", due_ms=due_ms)
    assert place.desk.scans(DRIVER, OWN, DRIVER)[-1] == "handover.done"
    return place


def test_a_dropped_task_is_said_once() -> None:
    """What was begun and left alone; not what merely says where somebody works."""
    desk = Desk()
    desk.tick()
    desk.scan("YYCDAMAGED")
    assert wait(desk, TASK_S * 1000) == []
    assert wait(desk, 1000) == [("task.dropped", [])]
    assert wait(desk, 1000) == []
    desk.scans("YYCPACK", OWN)
    assert wait(desk, TASK_S * 1000 + 1000) == [(None, [])]


def test_a_tick_counts_as_nobody_s_work_and_keeps_what_can_be_undone() -> None:
    """The pause goes on, and a case that time opened does not stand between a person and her last act."""
    desk = stop().desk
    desk.scans(DRIVER, BAG)
    before = desk.counter.attention.acted_s
    assert wait(desk, LEFT_OPEN_MS) == [(None, []), ("overdue.handover_open", ["case.opened"])]
    assert desk.counter.attention.acted_s == before
    desk.now_s -= LEFT_OPEN_MS / 1000 - 60
    assert said(desk.scan("YYCUNDO")) == "undone"
    assert desk.books.bags.get(BAG) is None


def test_a_handover_left_open_is_a_case_or_void() -> None:
    """With bags somebody must look, once; without any it is forgotten quietly."""
    desk = stop().desk
    desk.scans(DRIVER, BAG)
    wait(desk, LEFT_OPEN_MS)
    assert cases(desk) == ["handover_open"]
    assert wait(desk, LEFT_OPEN_MS) == []
    assert desk.scans(DRIVER, DRIVER) == ["handover.resumed", "handover.done"]
    assert cases(desk) == [], "the case is closed by what it waited for"
    desk.scan(DRIVER)
    assert wait(desk, LEFT_OPEN_MS) == [(None, []), (None, ["handover.voided"])]
    assert desk.books.handovers.open is None
    assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize("jump_ms", [40 * LEFT_OPEN_MS, -40 * LEFT_OPEN_MS])
def test_a_clock_that_is_set_in_the_middle_ends_no_handover(jump_ms: int) -> None:
    """Neither void nor alarmed by the jump; and none is waited for longer because the clock went back."""
    for bags in ([], [BAG]):
        desk = stop(now_s=1_000_000.0).desk
        desk.scans(DRIVER, *bags)
        desk.ahead_ms = jump_ms
        assert wait(desk, 60_000) == []
        assert desk.books.handovers.open is not None
        written = ["case.opened"] if bags else ["handover.voided"]
        assert wait(desk, LEFT_OPEN_MS)[-1][1] == written
        assert desk.rebuilt().rows() == desk.books.rows()


@pytest.mark.parametrize(("then", "now", "waits"), [(True, True, False), (False, True, True), (True, False, True)])
def test_after_a_restart_the_wall_time_counts_where_it_was_trusted(then: bool, now: bool, waits: bool) -> None:
    """Trusted at its beginning and now it is overdue at once; else it has its quarter of an hour from this start on."""
    desk = stop().desk
    desk.trusted = then
    desk.scans(DRIVER, BAG)
    desk = desk.restarted()
    desk.trusted, desk.ahead_ms = now, LEFT_OPEN_MS
    alarm = ("overdue.handover_open", ["case.opened"])
    assert (alarm in wait(desk, 1000)) is not waits
    desk.now_s += 1
    assert (alarm in wait(desk, LEFT_OPEN_MS)) is waits


def test_a_bag_we_sent_that_did_not_arrive_names_the_driver() -> None:
    """Due, and the county has not seen it: one case, told once; closed when it arrives after all."""
    place = sent(due_ms=3_600_000)
    desk, arrived = place.desk, place.lists.arrived
    assert wait(desk, 3_600_000) == [], "nobody said anything of it"
    arrived[OWN] = False
    assert wait(desk, OVERDUE_EVERY_S * 1000) == [("overdue.bag_sent", ["bag.overdue", "case.opened"])]
    (case,) = desk.books.cases
    assert (case.about, case.subject, case.holder) == ("bag_not_arrived", OWN, "1")
    assert wait(desk, OVERDUE_EVERY_S * 1000) == []
    arrived[OWN] = True
    assert wait(desk, OVERDUE_EVERY_S * 1000) == [(None, ["bag.arrived", "case.closed"])]
    assert cases(desk) == []
    assert wait(desk, OVERDUE_EVERY_S * 1000) == []
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_bag_that_arrived_in_time_is_nobody_s_case() -> None:
    """The county's word ends it quietly."""
    place = sent(due_ms=3_600_000)
    place.lists.arrived[OWN] = True
    assert wait(place.desk, 3_600_000) == [(None, ["bag.arrived"])]
    assert the_bag(place.desk).due_ms == TOLD


def test_a_bag_without_a_timetable_is_late_by_the_county_s_word_alone() -> None:
    """No list of ours said when it is due: told once, and not again when a person closed the case."""
    place = sent(due_ms=None)
    desk = place.desk
    place.lists.arrived[OWN] = False
    assert wait(desk, OVERDUE_EVERY_S * 1000) == [("overdue.bag_sent", ["bag.overdue", "case.opened"])]
    assert wait(desk, OVERDUE_EVERY_S * 1000) == []
    assert desk.rebuilt().rows() == desk.books.rows()


def test_an_announced_bag_that_did_not_come_names_the_line() -> None:
    """One case, told once; the case closes when the bag comes with a later driver."""
    place = stop(LINE)
    place.lists.listed[BAG] = Listed(BAG, "down", "L1", due_ms=3_600_000)
    desk = place.desk
    assert wait(desk, 3_000_000) == []
    assert wait(desk, 600_000) == [("overdue.bag_coming", ["bag.missed", "case.opened"])]
    (case,) = desk.books.cases
    assert (case.about, case.subject, case.holder) == ("bag_missing", BAG, "渝A1")
    assert wait(desk, OVERDUE_EVERY_S * 1000) == []
    desk.scan(DRIVER)
    assert kinds(desk.scan(BAG)) == ["handover.bag", "case.closed"]
    assert cases(desk) == []


def test_a_missing_bag_that_turns_up_without_a_driver_closes_its_case() -> None:
    """Received in 入库 or unpacked at the second scan, it is found."""
    for mode, scans in (("YYCIN", 1), ("YYCUNPACK", 2)):
        place = stop(LINE)
        place.lists.listed[BAG] = Listed(BAG, "down", "L1", due_ms=1)
        place.desk.tick()
        assert cases(place.desk) == ["bag_missing"]
        place.desk.scans(mode, *[BAG] * scans)
        assert cases(place.desk) == []


def test_a_one_sided_handover_wants_the_other_side_within_a_day() -> None:
    """Told and a case, once."""
    desk = stop().desk
    desk.scans("YYCHAND", "YYCDROP", BAG, "YYCDROP")
    assert wait(desk, UNCONFIRMED_MS) == []
    assert wait(desk, OVERDUE_EVERY_S * 1000) == [("overdue.unconfirmed", ["handover.overdue", "case.opened"])]
    assert wait(desk, OVERDUE_EVERY_S * 1000) == []
    assert bodies(desk, "handover.overdue") == [{"handover": 1}]
    assert cases(desk) == ["handover_unconfirmed"]
    desk.scans(DRIVER, "YYCD1", "YYCOK")
    assert cases(desk) == []


def test_nothing_is_late_while_nobody_knows_the_time() -> None:
    """A clock that was just started from nothing must not accuse a driver."""
    place = sent(due_ms=3_600_000)
    place.lists.arrived[OWN] = False
    place.desk.trusted = False
    assert wait(place.desk, 7_200_000) == []
    place.desk.trusted = True
    assert wait(place.desk, OVERDUE_EVERY_S * 1000) == [("overdue.bag_sent", ["bag.overdue", "case.opened"])]


def test_several_things_are_told_one_at_a_time() -> None:
    """An alarm a look, so that each is heard."""
    place = stop(LINE)
    for bag in (BAG, OWN):
        place.lists.listed[bag] = Listed(bag, "down", "L1", due_ms=1)
    first, second = (wait(place.desk, OVERDUE_EVERY_S * 1000) for _ in range(2))
    assert [answer for answer, _ in (*first, *second)] == ["overdue.bag_coming"] * 2
    assert wait(place.desk, OVERDUE_EVERY_S * 1000) == []
