"""What a handover comes to when it is closed: the entries of all its bags, and what is told. Pure.

    how        entry                who says so
    ---------  -------------------  ----------------------------------------------------------------
    confirmed  handover.confirmed   both: the attendant by scanning, the driver by his badge again
    one_sided  handover.one_sided   the attendant alone: the driver has no badge, or left without scanning it again
    dropped    handover.dropped     the attendant alone: nobody was here, or he left without a word
    voided     handover.voided      nobody: no bag was scanned

Another driver's badge never makes undone what was scanned with the one before: his bags that came are here, those that
went are gone with him, `reason` says that he did not confirm, and a case names him (`left_by`).

Behind it, in the same transaction: bag.received for each bag that came, bag.departed for each that left (its parcels
are gone with it), and a case for each thing that differs: the driver's own count, bags a list announced. Called by the
handover desk and by `overdue`.
"""

from typing import NamedTuple

from station_agent.counter.answers import Answer
from station_agent.counter.bags import GONE, MISSING, SEALED, Bag
from station_agent.counter.books import Books
from station_agent.counter.decision import Moment
from station_agent.counter.handovers import Handover
from station_agent.counter.road import Line, Listed
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

OTHER_DRIVER = "other_driver"
"""Why a handover ended without its driver's word: the next one's badge was scanned."""
LEFT = "handover_left"
"""What the case of such a handover is about."""


class Load(NamedTuple):
    """What the bags that leave weigh. weight_g: of those that were weighed; unweighed: how many were not.

    over_g: how much more than the vehicle may take, 0 where it is not more or nobody knows.
    """

    weight_g: int
    unweighed: int
    over_g: int


def load_of(books: Books, codes: tuple[str, ...], line: Line | None) -> Load:
    """Add up what leaves."""
    bags = [bag for code in codes if (bag := books.bags.get(code)) is not None]
    weight_g = sum(bag.weight_g or 0 for bag in bags)
    limit_g = line.max_load_kg * 1000 if line is not None and line.max_load_kg is not None else None
    over_g = max(0, weight_g - limit_g) if limit_g is not None else 0
    return Load(weight_g, sum(bag.weight_g is None for bag in bags), over_g)


def coming_now(books: Books, at: Moment, line: str) -> list[Listed]:
    """Bags the lists announce for this stop that are not here yet: those of this line, where a list names one."""
    listed = books.road.expected.coming(at.wall_ms)
    ours = (entry for entry in listed if not entry.line or not line or entry.line == line)
    return [entry for entry in ours if (bag := books.bags.get(entry.bag)) is None or bag.state in (GONE, MISSING)]


def voided(books: Books, handover: Handover, reason: str) -> list[Record]:
    """Give up a handover without a bag."""
    assert not handover.bags, handover
    record = custody("handover.voided", handover=handover.number, reason=reason, driver=handover.driver or None)
    return [record, *books.cases.closing("handover_open", str(handover.number))]


def left_by(books: Books, handover: Handover, at: Moment) -> list[Record]:
    """End a handover whose driver left without his second scan: void without bags, else one-sided, with a case."""
    if not handover.bags:
        return voided(books, handover, OTHER_DRIVER)
    how = "dropped" if handover.sort == "dropped" else "one_sided"
    records = closed(books, handover, how, at, reason=OTHER_DRIVER).records
    after = sum(record.kind == "case.opened" for record in records)
    case = books.cases.opening(LEFT, subject=str(handover.number), holder=handover.driver, after=after)
    return [*records, case]


def may_have_stayed(books: Books, now: Handover, bag: Bag) -> bool:
    """Whether a bag stands as gone only by the handover just before this one, whose driver left without his word."""
    before = books.handovers.get(str(bag.handover)) if bag.state == GONE else None
    return before is not None and before.number == now.number - 1 and before.reason == OTHER_DRIVER


def back_here(books: Books, bag: Bag) -> Record:
    """The entry of a bag that never went with the driver before: it is here, and in it what was recorded as gone."""
    count = len(books.shelves.left_in(bag.code, bag.at_ms))
    return custody(
        "bag.received",
        bag=bag.code,
        shape=bag.shape,
        seal=bag.seal or None,
        weight_g=bag.weight_g,
        left_ms=bag.at_ms,
        count=count or None,
    )


class Closing(NamedTuple):
    """The entries of a closed handover, the first its own, and what is told behind the answer."""

    records: list[Record]
    told: tuple[Answer, ...]


def closed(books: Books, handover: Handover, how: str, at: Moment, *, reason: str = "") -> Closing:
    """Close a handover `how`: confirmed, one_sided or dropped; reason: why its driver said nothing at its end."""
    line = books.road.carrier(handover.line, handover.transport)
    load = load_of(books, handover.ups, line)
    missing = coming_now(books, at, handover.line) if handover.sort != "dropped" and not reason else []
    left = [bag for bag in books.bags.in_state(SEALED) if bag.code not in handover.ups]
    records = [_own_record(handover, how, line, load, at, reason)]
    records += [_received(books, code, handover) for code in handover.downs]
    records += [_departed(books, code, handover, line, at) for code in handover.ups]
    records += books.cases.closing("handover_open", str(handover.number))
    records += _cases(books, handover, bool(missing))
    told = []
    if handover.counted is not None and handover.counted != handover.bags:
        told.append(Answer("handover.count_differs", {"count": str(handover.counted)}))
    if missing:
        told.append(Answer("handover.missing", {"count": str(len(missing))}))
    if left:
        told.append(Answer("handover.left", {"count": str(len(left))}))
    if load.over_g:
        told.append(Answer("handover.overload", {"weight_kg": f"{load.over_g / 1000:.1f}"}))
    return Closing(records, tuple(told))


def _own_record(handover: Handover, how: str, line: Line | None, load: Load, at: Moment, reason: str) -> Record:  # noqa: PLR0917 - all of one entry
    # When a driver left nobody knows; the badge that was scanned now is another's.
    off_min = line.off_min(at.wall_ms) if line is not None and at.trusted and not reason else None
    return custody(
        f"handover.{how}",
        handover=handover.number,
        reason=reason or None,
        driver=handover.driver or None,
        flaw=handover.flaw or None,
        line=handover.line or None,
        vehicle=(line.vehicle or None) if line is not None else None,
        transport=handover.transport or (line.kind if line is not None else None),
        bags_in=list(handover.downs),
        bags_out=list(handover.ups),
        counted=handover.counted,
        stub=handover.stub or None,
        off_min=off_min,
        on_time=abs(off_min) <= line.margin_min if line is not None and off_min is not None else None,
        weight_g=load.weight_g if handover.ups else None,
        unweighed=load.unweighed or None,
        over_g=load.over_g or None,
        started_ms=handover.started_ms,
        ended_ms=at.wall_ms,
        trusted=None if at.trusted else False,
    )


def _received(books: Books, code: str, handover: Handover) -> Record:
    bag = books.bags.get(code)
    return custody(
        "bag.received",
        bag=code,
        shape=bag.shape if bag is not None else "",
        handover=handover.number,
        driver=handover.driver or None,
        seal=(bag.seal or None) if bag is not None else None,
        weight_g=bag.weight_g if bag is not None else None,
    )


def _departed(books: Books, code: str, handover: Handover, line: Line | None, at: Moment) -> Record:
    bag = books.bags.get(code) or Bag(code, SEALED, "", 0)
    bound, due_ms = _bound_for(books, code, line, at)
    return custody(
        "bag.departed",
        bag=code,
        handover=handover.number,
        count=len(books.shelves.in_bag(code)),
        seal=bag.seal or None,
        weight_g=bag.weight_g,
        driver=handover.driver or None,
        line=handover.line or None,
        vehicle=(line.vehicle or None) if line is not None else None,
        to=bag.to or None,
        bound=bound or None,
        due_ms=due_ms,
    )


def _bound_for(books: Books, code: str, line: Line | None, at: Moment) -> tuple[str, int | None]:
    """Where a bag that leaves now is bound for, "" where nobody can say, and when it should be there.

    A list that names the bag says where; the timetable of what it rides on says when, counted from now: a late bus is
    late all the way. A time that is over already was that of an earlier trip.
    """
    listed = books.road.expected.bag(code)
    ahead = line.ahead(at.wall_ms) if line is not None and at.trusted else None
    if listed is not None and listed.way != "up":
        listed = None
    bound = (listed.bound if listed is not None else "") or (ahead.bound if ahead is not None else "")
    dues = [listed.due_ms] if listed is not None and listed.due_ms is not None else []
    if ahead is not None and ahead.bound and ahead.bound == bound:
        dues.append(ahead.due_ms)
    return bound, max((due_ms for due_ms in dues if due_ms > at.wall_ms), default=None)


def _cases(books: Books, handover: Handover, missing: bool) -> list[Record]:
    """One for each sort of difference."""
    abouts = []
    if handover.counted is not None and handover.counted != handover.bags:
        abouts.append("count_differs")
    if missing:
        abouts.append("handover_short")
    subject = str(handover.number)
    return [
        books.cases.opening(about, subject=subject, holder=handover.driver, after=after)
        for after, about in enumerate(abouts)
    ]
