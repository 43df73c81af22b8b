"""The day as it stands, for a station without a screen: what the today card says, and what the first scan brings. Pure.

The card tells all of it, the counts first; what is nothing is not said. Scanned again it tells which parcels and cases
they are (`worklist`). The first scan of a day brings only what wants somebody: what is overdue or is to go back,
complaints to be answered, a county not heard of for a day or more (without a number where the clock is not to be
trusted), checks and certificates that are due. Parcels are walked through for it, which is why it is never done on the
way of any other scan. Called by the counter.
"""

from typing import NamedTuple

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.decision import Moment
from station_agent.counter.house import House
from station_agent.counter.local_day import DAY_MS, day_of
from station_agent.counter.shelves import COLLECTED
from station_agent.counter.worklist import complaints_due, pages, wanted


class Counts(NamedTuple):
    """Parcels of a day."""

    received: int
    collected: int
    sent: int


def counts(books: Books, house: House, wall_ms: int) -> Counts:
    """Walk through all parcels once."""
    begin_ms = _begin_ms(wall_ms, house.offset_min)
    received = collected = sent = 0
    for parcel in books.shelves:
        today = parcel.received_ms >= begin_ms
        received += today and parcel.way == "in"
        sent += today and parcel.way == "out"
        collected += parcel.state == COLLECTED and parcel.ended_ms >= begin_ms
    return Counts(received, collected, sent)


def told_today(books: Books, house: House, at: Moment) -> Answer:
    """What the today card says."""
    found, day = counts(books, house, at.wall_ms), day_of(at.wall_ms, house.offset_min)
    work = wanted(books, house, at.wall_ms)
    outside = house.outside
    lines = [
        ("today.sent", found.sent),
        ("today.services", books.tallies.of_day(day.isoformat())),
        ("today.alarms", outside.alarms()),
        ("today.unsent", outside.unsent() or 0),
        *_silent(house, at),
        ("today.to_call", len(work.to_call)),
        ("parcel.overdue", len(work.overdue)),
        ("today.to_return", len(work.to_return)),
        ("today.missing", len(work.missing)),
        ("today.cases", len(books.cases)),
        ("today.complaints", complaints_due(books, at)),
        ("today.repair", outside.faults()),
        ("today.certificates", outside.certificates(day)),
        ("today.never_checked", len(books.upkeep.never())),
    ]
    due = [Answer(f"check.due.{what}") for what in books.upkeep.due(day.isoformat())]
    here = books.shelves.here - len(work.missing)
    values = {"received": str(found.received), "collected": str(found.collected), "here": str(here)}
    which = (Answer("today.which"),) if len(books.cases) or any(work) else ()
    return Answer("today.day", values, (*_nonzero(lines), *due, *which))


def told_which(books: Books, house: House, at: Moment, page: int) -> Answer | None:
    """What the today card says when it is scanned again; page: from 0 on, None behind the last."""
    told = pages(books, house, at)
    return told[page] if page < len(told) else None


def told_first(books: Books, house: House, at: Moment) -> tuple[Answer, ...]:
    """What is said behind the answer to the first scan of a day."""
    day = day_of(at.wall_ms, house.offset_min)
    work = wanted(books, house, at.wall_ms)
    lines = [
        ("parcel.overdue", len(work.overdue)),
        ("today.to_return", len(work.to_return)),
        ("today.complaints", complaints_due(books, at)),
        *_silent(house, at),
        ("today.certificates", house.outside.certificates(day)),
    ]
    return (*_nonzero(lines), *(Answer(f"check.due.{what}") for what in books.upkeep.due(day.isoformat())))


def _nonzero(lines: list[tuple[str, int]]) -> list[Answer]:
    return [Answer(phrase, {"count": str(count)}) for phrase, count in lines if count]


def _begin_ms(wall_ms: int, offset_min: int) -> int:
    """Wall time of the station's last midnight."""
    local_ms = wall_ms + offset_min * 60_000
    return wall_ms - local_ms % DAY_MS


def _silent(house: House, at: Moment) -> list[tuple[str, int]]:
    """Whole days since the county was heard; by a clock nobody set, that it was long, and no number."""
    since_ms = house.outside.silent_since_ms()
    days = 0 if since_ms is None else max(0, at.wall_ms - since_ms) // DAY_MS
    return [("today.silent", days)] if at.trusted else [("today.silent_long", int(days > 0))]
