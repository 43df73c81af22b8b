"""The day as it stands, for a station without a screen: what the today card says, and what the first scan brings. Pure.

The card tells all of it, the counts first; what is nothing is not said. The first scan of a day brings only what wants
somebody: what is overdue, a county not heard of for a day or more (without a number where the clock is not to be
trusted), checks and certificates that are due. Parcels are walked through once for it, which is why it is never done on
the way of any other scan. Called by the counter.
"""

from dataclasses import dataclass

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.decision import Moment
from station_agent.counter.house import House
from station_agent.counter.local_day import DAY_MS, day_of
from station_agent.counter.shelves import COLLECTED, Parcel
from station_agent.counter.uncollected import overdue_days


@dataclass(slots=True)
class Counts:
    """Parcels of a day. here: all that lie here and were not missed by a stock-take. overdue: to_return among them."""

    received: int = 0
    collected: int = 0
    sent: int = 0
    here: int = 0
    to_call: int = 0
    overdue: int = 0
    to_return: int = 0
    missing: int = 0


def counts(books: Books, house: House, wall_ms: int) -> Counts:
    """Walk through all parcels once."""
    found = Counts()
    begin_ms = _begin_ms(wall_ms, house.offset_min)
    confirmed = books.numbers.value("confirmed")
    for parcel in books.shelves:
        today = parcel.received_ms >= begin_ms
        found.received += today and parcel.way == "in"
        found.sent += today and parcel.way == "out"
        found.collected += parcel.state == COLLECTED and parcel.ended_ms >= begin_ms
        if parcel.is_here and parcel.missing:
            found.missing += 1
        elif parcel.is_here:
            found.here += 1
            found.to_call += _to_call(parcel, confirmed, wall_ms)
            days = overdue_days(parcel, house.overdue_days, wall_ms)
            found.overdue += days > 0
            found.to_return += 0 < max(house.overdue_days, default=0) == days
    return found


def told_today(books: Books, house: House, at: Moment) -> Answer:
    """What the today card says."""
    found, day = counts(books, house, at.wall_ms), day_of(at.wall_ms, house.offset_min)
    outside = house.outside
    lines = [
        ("today.sent", found.sent),
        ("today.services", books.tallies.of_day(day.isoformat())),
        ("today.alarms", outside.alarms()),
        ("today.unsent", outside.unsent() or 0),
        *_silent(house, at),
        ("today.to_call", found.to_call),
        ("parcel.overdue", found.overdue),
        ("today.to_return", found.to_return),
        ("today.missing", found.missing),
        ("today.cases", len(books.cases)),
        ("today.repair", outside.faults()),
        ("today.certificates", outside.certificates(day)),
        ("today.never_checked", len(books.upkeep.never())),
    ]
    due = [Answer(f"check.due.{what}") for what in books.upkeep.due(day.isoformat())]
    values = {"received": str(found.received), "collected": str(found.collected), "here": str(found.here)}
    return Answer("today.day", values, (*_nonzero(lines), *due))


def told_first(books: Books, house: House, at: Moment) -> tuple[Answer, ...]:
    """What is said behind the answer to the first scan of a day."""
    day = day_of(at.wall_ms, house.offset_min)
    lines = [
        ("parcel.overdue", counts(books, house, at.wall_ms).overdue),
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


def _to_call(parcel: Parcel, confirmed: int, wall_ms: int) -> bool:
    """Whether its recipient has to be called: its batch is confirmed, and a day later nobody has told them."""
    if parcel.notice_ms or parcel.trouble or parcel.batch > confirmed:
        return False
    return not parcel.notice or wall_ms - parcel.received_ms >= DAY_MS


def _silent(house: House, at: Moment) -> list[tuple[str, int]]:
    """Whole days since the county was heard; by a clock nobody set, that it was long, and no number."""
    since_ms = house.outside.silent_since_ms()
    days = 0 if since_ms is None else max(0, at.wall_ms - since_ms) // DAY_MS
    return [("today.silent", days)] if at.trusted else [("today.silent_long", int(days > 0))]
