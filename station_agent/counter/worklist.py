"""Worklist: which parcels and open cases want somebody, a few at a time, so that a gun and two ears are enough. Pure.

    on it           which parcels                                                  off it by
    --------------  -------------------------------------------------------------  -------------------------------
    to be called    of a confirmed batch, and nobody has told their recipient: at  已打电话, or the county's notice
                    once where no number is known, a day later where the county
                    was asked
    overdue         not fetched so many days after the recipient knew of it        fetched, sent back
    to go back      overdue for the longest of these times, or refused, or         fetched, sent back
                    another station's
    missing         not found by a stock-take                                      found
    open cases      a complaint with the days it still has, and all others         投诉, then its number

The today card tells how many there are; scanned again it tells which, a page with each scan: the longest waiting first,
and what was worked off is no longer among them. Called by `today` and by the counter.
"""

from typing import NamedTuple

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.cases import COMPLAINT, Case
from station_agent.counter.decision import Moment
from station_agent.counter.house import House
from station_agent.counter.local_day import DAY_MS
from station_agent.counter.shelves import Parcel
from station_agent.counter.uncollected import overdue_days

CODES_A_PAGE = 6
CASES_A_PAGE = 3
SOON_DAYS = 2
"""A complaint that must be answered within so many days is told each morning."""
_GO_BACK = ("refused", "wrong_station")
_SORTS = {
    **{sort: sort for sort in (COMPLAINT, "prohibited", "check", "stocktake", "driver", "handover", "bag")},
    "count_differs": "handover",
}
"""How the names of cases begin that have a sentence of their own, and which."""


class Wanted(NamedTuple):
    """Parcels that want somebody, in the order of the pages; one that is to go back is not told as overdue too."""

    to_call: list[Parcel]
    overdue: list[Parcel]
    to_return: list[Parcel]
    missing: list[Parcel]


def wanted(books: Books, house: House, wall_ms: int) -> Wanted:
    """Walk through what lies on the shelves once."""
    found = Wanted([], [], [], [])
    confirmed = books.numbers.value("confirmed")
    for parcel in books.shelves.on_shelf():
        if parcel.missing:
            found.missing.append(parcel)
            continue
        if _is_to_be_called(parcel, confirmed, wall_ms):
            found.to_call.append(parcel)
        days = overdue_days(parcel, house.overdue_days, wall_ms)
        if parcel.trouble in _GO_BACK or 0 < max(house.overdue_days, default=0) == days:
            found.to_return.append(parcel)
        elif days:
            found.overdue.append(parcel)
    for parcels in found:
        parcels.sort(key=lambda parcel: (parcel.received_ms, parcel.code))
    return found


def complaints_due(books: Books, at: Moment) -> int:
    """Complaints that must be answered by now or soon; none where nobody knows what day it is."""
    soon_ms = at.wall_ms + SOON_DAYS * DAY_MS
    return sum(case.about == COMPLAINT and 0 < case.due_ms <= soon_ms for case in books.cases) if at.trusted else 0


def pages(books: Books, house: House, at: Moment) -> list[Answer]:
    """What each further scan of the today card tells; empty where nothing wants anybody."""
    found = wanted(books, house, at.wall_ms)
    told = [
        Answer(f"list.{name}", {"codes": "、".join(parcel.code for parcel in parcels[first : first + CODES_A_PAGE])})
        for name, parcels in zip(Wanted._fields, found, strict=True)
        for first in range(0, len(parcels), CODES_A_PAGE)
    ]
    cases = sorted(books.cases, key=lambda case: (case.due_ms == 0, case.due_ms, case.number))
    for first in range(0, len(cases), CASES_A_PAGE):
        head, *others = (_told(case, at) for case in cases[first : first + CASES_A_PAGE])
        told.append(Answer(head[0].phrase, head[0].values, (*head[1:], *(one for other in others for one in other))))
    return told


def _is_to_be_called(parcel: Parcel, confirmed: int, wall_ms: int) -> bool:
    if parcel.notice_ms or parcel.trouble or parcel.batch > confirmed:
        return False
    return not parcel.notice or wall_ms - parcel.received_ms >= DAY_MS


def _told(case: Case, at: Moment) -> tuple[Answer, ...]:
    """A case by its number and sort, and the days a complaint still has."""
    sort = next((sort for begins, sort in _SORTS.items() if case.about.startswith(begins)), "other")
    named = Answer(f"case.of.{sort}", {"case": str(case.number)})
    if not case.due_ms or not at.trusted:
        return (named,)
    left = (case.due_ms - at.wall_ms) // DAY_MS
    return (named, Answer("case.late") if left < 0 else Answer("case.days", {"count": str(left)}))
