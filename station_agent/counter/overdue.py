"""What time alone makes a case of: bags that did not arrive, handovers nobody finished. Pure.

what                                                       entries                            told
---------------------------------------------------------  ---------------------------------  --------------------
open handover without a bag, quiet for LEFT_OPEN_MS        handover.voided                    -
open handover with bags, quiet for LEFT_OPEN_MS            case.opened                        overdue.handover_open
bag we sent, came in elsewhere by the county's word        bag.arrived (case.closed)          -
bag we sent, by the county's word not in time, and not
due any more by our own list either                        bag.overdue, case.opened           overdue.bag_sent
handover the other side did not confirm for UNCONFIRMED_MS handover.overdue, case.opened      overdue.unconfirmed
bag a list announced, due, and not here                    bag.missed, case.opened            overdue.bag_coming

How long a handover was quiet is told by the monotonic clock (`Quiet`): a wall clock that is set in the middle of one
ends nothing. The wall time counts only for one that was begun before this start, and only where it could be trusted
both then and now; else such a one has its LEFT_OPEN_MS from this start on.

A case names who had the thing last. Each thing is told once: its row remembers. What hangs on the time of day is left
alone while nobody can say what time it is. Called by the counter's tick.
"""

from typing import NamedTuple

from station_agent.counter.answers import Answer
from station_agent.counter.bags import GONE, TOLD
from station_agent.counter.books import Books
from station_agent.counter.closing import voided
from station_agent.counter.decision import Moment
from station_agent.counter.handovers import Handover
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

MINUTE_MS = 60_000
LEFT_OPEN_MS = 15 * MINUTE_MS
"""A stop takes a minute; a driver who has not confirmed by now has driven on. Engineering judgement."""
UNCONFIRMED_MS = 24 * 60 * MINUTE_MS
"""The same line comes by again within a day."""


class Late(NamedTuple):
    """One thing that is overdue: what to write, and what to say, if anything."""

    records: tuple[Record, ...]
    answer: Answer | None = None


class Quiet:
    """Since when the open handover has been quiet."""

    def __init__(self) -> None:
        """Nothing was seen in this start yet."""
        self._seen: Handover | None = None
        self._since_s = 0.0
        self._of_this_start = False

    def acted(self, open_now: Handover | None, now_s: float) -> None:
        """Something was written: it moved, if it is not what it was."""
        if open_now != self._seen:
            self._seen, self._since_s, self._of_this_start = open_now, now_s, True

    def ms(self, open_now: Handover, at: Moment) -> float:
        """How long; one that was open at this start is met here first."""
        if open_now != self._seen:
            self._seen, self._since_s, self._of_this_start = open_now, at.now_s, False
        quiet_ms = (at.now_s - self._since_s) * 1000
        if self._of_this_start or not (at.trusted and open_now.trusted):
            return quiet_ms
        return max(quiet_ms, at.wall_ms - open_now.at_ms)


def overdue(books: Books, at: Moment, quiet: Quiet) -> Late | None:
    """The first thing that is overdue now, None where nothing is."""
    late = _left_open(books, at, quiet)
    if late is None and at.trusted:
        late = _sent(books, at) or _unconfirmed(books, at) or _coming(books, at)
    return late


def _left_open(books: Books, at: Moment, quiet: Quiet) -> Late | None:
    """A handover that was begun and not closed."""
    handover = books.handovers.open
    if handover is None or quiet.ms(handover, at) < LEFT_OPEN_MS:
        return None
    if not handover.bags:
        return Late(tuple(voided(books, handover, "empty")))
    subject = str(handover.number)
    if books.cases.about("handover_open", subject) is not None:
        return None
    case = books.cases.opening("handover_open", subject=subject, holder=handover.driver)
    return Late((case,), Answer("overdue.handover_open", {"number": subject}))


def _sent(books: Books, at: Moment) -> Late | None:
    """A bag that left here."""
    for bag in books.bags.in_state(GONE):
        waited = bag.due_ms != TOLD or books.cases.about("bag_not_arrived", bag.code) is not None
        arrived = books.road.expected.has_arrived(bag.code, bag.at_ms) if waited else None
        if arrived:
            closing = books.cases.closing("bag_not_arrived", bag.code)
            return Late((custody("bag.arrived", bag=bag.code, handover=bag.handover), *closing))
        if arrived is False and 0 <= bag.due_ms < at.wall_ms:
            record = custody("bag.overdue", bag=bag.code, handover=bag.handover, holder=bag.holder or None)
            case = books.cases.opening("bag_not_arrived", subject=bag.code, holder=bag.holder)
            return Late((record, case), Answer("overdue.bag_sent", {"bag": bag.code}))
    return None


def _unconfirmed(books: Books, at: Moment) -> Late | None:
    """A handover only we have said something of."""
    for handover in books.handovers.unconfirmed():
        if 0 < handover.since_ms < at.wall_ms - UNCONFIRMED_MS:
            subject = str(handover.number)
            record = custody("handover.overdue", handover=handover.number)
            case = books.cases.opening("handover_unconfirmed", subject=subject, holder=handover.driver)
            return Late((record, case), Answer("overdue.unconfirmed", {"number": subject}))
    return None


def _coming(books: Books, at: Moment) -> Late | None:
    """A bag that was announced for us."""
    for listed in books.road.expected.coming(at.wall_ms):
        if listed.due_ms is None or listed.due_ms >= at.wall_ms or books.bags.get(listed.bag) is not None:
            continue
        line = books.road.line(listed.line)
        holder = (line.vehicle if line is not None else "") or listed.line
        record = custody("bag.missed", bag=listed.bag, holder=holder or None, due_ms=listed.due_ms)
        case = books.cases.opening("bag_missing", subject=listed.bag, holder=holder)
        return Late((record, case), Answer("overdue.bag_coming", {"bag": listed.bag}))
    return None
