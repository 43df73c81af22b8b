"""Overdue parcels: counted from the notice, told once per threshold, at the day's first scan and by the today card."""

from station_agent.counter.counter import WALK_AGAIN_S, WALK_EVERY_S
from station_agent.counter.shelves import Parcel
from station_agent.counter.uncollected import KNOWN_MS, MAX_AT_ONCE, overdue_days, uncollected
from tests.station_agent.counter.desk import OTHER, PARCEL, Desk, also, kinds, said

DAY_S = 86_400.0
NOW_S = 1_800_000_000.0
DAYS = (2, 7)


def called() -> Desk:
    """A parcel whose recipient was called, another nobody knows of."""
    desk = Desk(now_s=NOW_S)
    desk.receive()
    desk.receive(OTHER)
    desk.scans("YYCOK", "YYCCALLED", PARCEL)
    return desk


def test_overdue_is_written_once_per_threshold() -> None:
    """After two days and after seven, for the parcel whose recipient knows, and never twice."""
    desk = called()
    assert desk.tick() == []
    told: list[tuple[float, int]] = []
    for hours in range(24 * 10):
        desk.now_s = NOW_S + hours * 3600
        for decision in desk.tick():
            assert (decision.answer, decision.undoable) == (None, False)
            told += [
                (hours / 24, record.body["days"]) for record in decision.records if record.body["waybill"] == PARCEL
            ]
    assert told == [(2.0, 2), (7.0, 7)]
    assert desk.rebuilt().rows() == desk.books.rows()


def test_the_tick_rests_between_its_walks() -> None:
    """Parcels are walked through every ten minutes, and again soon after something was found."""
    desk = called()
    desk.now_s += 3 * DAY_S
    assert [kinds(decision) for decision in desk.tick()] == [["parcel.overdue"]]
    assert desk.tick() == []
    desk.receive("JT1234567890123")
    desk.scans("YYCCALLED", "JT1234567890123")
    desk.now_s += WALK_AGAIN_S
    assert desk.tick() == []
    desk.now_s += WALK_EVERY_S
    assert desk.tick() == []


def test_a_card_that_refuses_brings_it_up_again() -> None:
    """What was not written is proposed again at the next walk."""
    desk = called()
    desk.now_s += 3 * DAY_S
    (refused,) = desk.counter.tick(desk.at())
    desk.now_s += WALK_AGAIN_S
    assert [kinds(decision) for decision in desk.tick()] == [kinds(refused)]


def test_many_are_written_in_pieces() -> None:
    """No more than MAX_AT_ONCE in one transaction."""
    parcels = [Parcel(str(n), "here", 1, f"1-1-{n}", notice_ms=1) for n in range(MAX_AT_ONCE + 1)]
    assert len(uncollected(parcels, DAYS, 3 * 86_400_000)) == MAX_AT_ONCE


def test_who_is_not_late() -> None:
    """Not told, gone, missing, or told by a clock that was not set."""
    wall_ms = KNOWN_MS + 30 * 86_400_000
    assert overdue_days(Parcel("A", "here", 1, notice_ms=KNOWN_MS), DAYS, wall_ms) == 7
    for parcel in (
        Parcel("A", "here", 1),
        Parcel("A", "collected", 1, notice_ms=KNOWN_MS),
        Parcel("A", "here", 1, notice_ms=KNOWN_MS, missing=1),
        Parcel("A", "here", 1, notice_ms=KNOWN_MS - 1),
    ):
        assert overdue_days(parcel, DAYS, wall_ms) == 0


def test_overdue_is_told_at_the_first_scan_of_a_day() -> None:
    """Behind the first answer, once; a card that refuses that scan has told nothing."""
    desk = called()
    desk.now_s += 3 * DAY_S
    assert "parcel.overdue" in also(desk.decide("YYCOUT"))
    assert "parcel.overdue" in also(desk.scan("YYCOUT"))
    assert also(desk.scan("YYCIN")) == []
    desk.now_s += DAY_S
    assert "parcel.overdue" in also(desk.scan("YYCIN"))
    desk.scan("YYCOUT")
    code = desk.parcel().code
    assert said(desk.scan(code)) in ("parcel.collected", "told.here")
