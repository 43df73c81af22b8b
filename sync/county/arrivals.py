"""What the county knows of bags on their way, and the list `bags.seen` that tells each station of those it sent.

Rules
1. A trip begins with `bag.departed`. A bag that came in after that, anywhere, has arrived: where clocks differ, up to
   CLOCKS_APART_MS before it, but never at the place it left, nor before it was last taken in there: on a short line a
   bag comes from the hub and goes back to it within the hour. Times are the corrected ones.
2. What a person of the county said of the bag since it left counts like a scan; a scan counts more than "not here".
3. A bag nobody saw is late where silence is evidence: its time is over (due_ms and GRACE_MS, or NO_DUE_MS after it
   left), the entry of its departure says where it is bound for, this county knows that station, and has all that it
   recorded until a moment behind that time (`heard`). Anywhere else silence says nothing, and nothing is said: not of a
   hub without this program, nor of one whose line is down. A person may say "not here" at any time.
4. A trip is told of until its station has heard (`bag.arrived`), and no longer than TOLD_MS.
5. A list is put up only where it would say something else than the one before it.

what is known of a trip                       standing       word in the list
--------------------------------------------  -------------  ----------------------------------------
came in elsewhere, or came back               came_in        seen_ms, at
a person says that it came in                 came_in        seen_ms, at
a person says that it is not there            late           no seen_ms
nothing; its time is not over                 under_way      -
nothing; over; bound for a station that was   late           no seen_ms
heard since
nothing; over; that one was not heard since   unheard        -
nothing; over; bound for a place that is no   elsewhere      -
station of this county
nothing; over; nobody said where it goes      nowhere        -
its station has heard                         as above       -

`trips`, `words` and `standing` are pure, the rest a shell over the database. Called by the projector's process and
`county bag`.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, text

from sync.contents import MAX_BAGS, BagSeen, BagsSeen, pack_content
from sync.county import schema
from sync.county.bag_events import CAME_IN, HEARD, LEFT
from sync.county.database import insert_new, reading, writing
from sync.county.heard import read_heard
from sync.county.lists import put_list_in
from sync.errors import SyncError
from sync.keys import SigningKey

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TOLD_MS = 7 * DAY_MS
CLOCKS_APART_MS = HOUR_MS
GRACE_MS = HOUR_MS // 2
"""A hub is busy when a bus comes in; an alarm that is taken back is worse than a late one. Engineering judgement."""
NO_DUE_MS = DAY_MS
"""The same line comes by again within a day."""
PUT_BY = "county project"

_moved = text("""
    SELECT bag, station, kind, recorded_ms, said_ms, corrected_ms, uncertainty_ms, committed_ms, due_ms, bound
    FROM bag_event WHERE committed_ms >= :since_ms ORDER BY committed_ms, chain, sequence""")
_said = text("SELECT bag, at_ms, came_in, place FROM bag_said WHERE at_ms >= :since_ms ORDER BY at_ms")
_standing = text("SELECT scope, content FROM list_put WHERE name = :name AND content IS NOT NULL")
_forget = text("DELETE FROM list_put WHERE name = :name AND content IS NULL AND put_ms < :before_ms")
_stations = text("SELECT id FROM station")
_new_said = insert_new(schema.bag_said)


class Moved(NamedTuple):
    """One row of `bag_event`. entry_ms: the time the entry carries, by which its station knows the trip.

    at_ms: the best guess at the true time; latest_ms: it was no later. bound: where a bag that left goes, "" where
    nobody said.
    """

    bag: str
    station: str
    kind: str
    entry_ms: int
    at_ms: int
    latest_ms: int
    due_ms: int | None = None
    bound: str = ""


class Said(NamedTuple):
    """What a person said of a bag, and where it was, or should have been."""

    bag: str
    at_ms: int
    came_in: bool
    place: str


class Standing(StrEnum):
    """How a trip stands; see the table above."""

    CAME_IN = "came_in"
    LATE = "late"
    UNDER_WAY = "under_way"
    UNHEARD = "unheard"
    ELSEWHERE = "elsewhere"
    NOWHERE = "nowhere"


class Trip(NamedTuple):
    """A bag that left a station, and what became of it. late: it should have been seen, or a person says "not here".

    left_ms: the time its `bag.departed` carries. over_ms: its time is over then. seen_ms, at: when and where it came
    in, None where nobody saw it. heard: its station knows. bound: where it goes, "" where nobody said; is_ours: that is
    a station of this county; bound_heard_ms: until when that one was heard, None for never, or before it is asked.
    """

    bag: str
    station: str
    left_ms: int
    due_ms: int | None
    seen_ms: int | None
    at: str
    late: bool
    heard: bool
    over_ms: int
    bound: str
    is_ours: bool
    bound_heard_ms: int | None


class NotUnderWay(SyncError):
    """Stop: no trip of this bag is known; nothing was recorded."""


def trips(moved: Sequence[Moved], said: Sequence[Said], heard: Mapping[str, int | None]) -> list[Trip]:
    """Every trip among these events, in the order in which they are known.

    heard: the stations of this county, and until when each was heard, None for never or where it makes no difference.
    """
    of_bag: dict[str, list[Moved]] = {}
    for event in moved:
        of_bag.setdefault(event.bag, []).append(event)
    words: dict[str, list[Said]] = {}
    for word in said:
        words.setdefault(word.bag, []).append(word)
    lefts: dict[tuple[str, str, int], Moved] = {}
    for left in moved:
        if left.kind == LEFT:  # one that was saved from a broken journal may have come twice
            lefts.setdefault((left.bag, left.station, left.entry_ms), left)
    return [_trip(left, of_bag[left.bag], words.get(left.bag, []), heard) for left in lefts.values()]


def _trip(left: Moved, events: list[Moved], words: list[Said], heard: Mapping[str, int | None]) -> Trip:
    """One trip: nothing counts that belongs to the next one of the same bag."""
    ends_ms = min((event.at_ms for event in events if event.kind == LEFT and event.at_ms > left.at_ms), default=None)

    def is_ours(at_ms: int, since_ms: int) -> bool:
        return at_ms >= since_ms and (ends_ms is None or at_ms < ends_ms)

    seen = [(event.at_ms, event.station) for event in _came_in(left, events) if is_ours(event.at_ms, event.since_ms)]
    ours = [word for word in words if is_ours(word.at_ms, left.at_ms)]
    seen += [(word.at_ms, word.place) for word in ours if word.came_in]
    over_ms = left.latest_ms + NO_DUE_MS if left.due_ms is None else left.due_ms + GRACE_MS
    bound_heard_ms = heard.get(left.bound)
    is_missed = bound_heard_ms is not None and bound_heard_ms > over_ms
    seen_ms, at = min(seen, default=(None, ""))
    return Trip(
        bag=left.bag,
        station=left.station,
        left_ms=left.entry_ms,
        due_ms=left.due_ms,
        seen_ms=seen_ms,
        at=at,
        late=not seen and (is_missed or (bool(ours) and not ours[-1].came_in)),
        heard=any(
            event.kind == HEARD and event.station == left.station and is_ours(event.at_ms, left.at_ms)
            for event in events
        ),
        over_ms=over_ms,
        bound=left.bound,
        is_ours=left.bound in heard,
        bound_heard_ms=bound_heard_ms,
    )


class _CameIn(NamedTuple):
    """A scan of a bag, and from when on one there belongs to the trip."""

    at_ms: int
    station: str
    since_ms: int


def _came_in(left: Moved, events: list[Moved]) -> list[_CameIn]:
    """Scans of a bag with the earliest time that counts at their place (rule 1)."""
    came_in = [event for event in events if event.kind in CAME_IN]
    here = [event.at_ms for event in came_in if event.station == left.station and event.at_ms <= left.at_ms]
    elsewhere_ms = max([left.at_ms - CLOCKS_APART_MS, *here])
    return [
        _CameIn(event.at_ms, event.station, left.at_ms + 1 if event.station == left.station else elsewhere_ms)
        for event in came_in
    ]


def standing(trip: Trip, now_ms: int) -> Standing:
    """How a trip stands now."""
    if trip.seen_ms is not None:
        return Standing.CAME_IN
    if trip.late:
        return Standing.LATE
    if now_ms <= trip.over_ms:
        return Standing.UNDER_WAY
    if not trip.bound:
        return Standing.NOWHERE
    return Standing.UNHEARD if trip.is_ours else Standing.ELSEWHERE


def words(known: Iterable[Trip]) -> dict[str, BagsSeen]:
    """The list of each station that is to be told something."""
    told: dict[str, list[BagSeen]] = {}
    for trip in known:
        if not trip.heard and (trip.late or trip.seen_ms is not None):
            told.setdefault(trip.station, []).append(BagSeen(trip.bag, trip.left_ms, trip.seen_ms, trip.at))
    return {station: BagsSeen(bags[-MAX_BAGS:]) for station, bags in told.items()}


def read_trips(engine: Engine, now_ms: int) -> list[Trip]:
    """Trips whose start the county got within TOLD_MS."""
    with reading(engine) as connection:
        return _read_trips(connection, now_ms)


def _read_trips(connection: Connection, now_ms: int) -> list[Trip]:
    """From one state of the database, so that a station is not thought heard beyond what the tables have of it."""
    since = {"since_ms": now_ms - TOLD_MS}
    moved = [_event(row) for row in connection.execute(_moved, since)]
    said = [Said(row.bag, row.at_ms, bool(row.came_in), row.place) for row in connection.execute(_said, since)]
    heard: dict[str, int | None] = dict.fromkeys(connection.execute(_stations).scalars())
    overdue = [trip for trip in trips(moved, said, heard) if trip.seen_ms is None and trip.over_ms < now_ms]
    asked = {trip.bound: read_heard(connection, trip.bound) for trip in overdue if trip.is_ours}
    return trips(moved, said, heard | asked)


def _event(row: Row[Any]) -> Moved:
    """A row: what a sheet of paper said is the time, else the corrected one."""
    entry_ms, at_ms, latest_ms = row.recorded_ms, row.corrected_ms, row.committed_ms
    if row.said_ms is not None:
        entry_ms = at_ms = latest_ms = row.said_ms
    elif row.uncertainty_ms is not None:
        latest_ms = min(row.committed_ms, row.corrected_ms + row.uncertainty_ms)
    return Moved(row.bag, row.station, row.kind, entry_ms, at_ms, latest_ms, row.due_ms, row.bound)


def put_arrivals(engine: Engine, key: SigningKey, now_ms: int) -> int:
    """Put up the list of every station for which it would say something new; how many. Raises LogUnavailable."""
    with reading(engine) as connection:
        if not _news(connection, now_ms):
            return 0
    # Looked at again: another projector may have been faster.
    with writing(engine, alone=True) as connection:
        news = _news(connection, now_ms)
        for station, content in news.items():
            put_list_in(
                connection, key, scope=station, name=BagsSeen.LIST, content=content, put_by=PUT_BY, now_ms=now_ms
            )
        # Nobody put these up: who did what when is kept for ever of people's lists alone.
        connection.execute(_forget, {"name": BagsSeen.LIST, "before_ms": now_ms - TOLD_MS})
    return len(news)


def _news(connection: Connection, now_ms: int) -> dict[str, bytes]:
    """The lists that differ from the ones that stand, by station; one that has nothing to say any more is empty."""
    registered = set(connection.execute(_stations).scalars())
    standing = {row.scope: bytes(row.content) for row in connection.execute(_standing, {"name": BagsSeen.LIST})}
    told = words(_read_trips(connection, now_ms))
    wanted = {station: pack_content(told.get(station, BagsSeen([]))) for station in standing.keys() | told.keys()}
    return {
        station: content
        for station, content in wanted.items()
        if station in registered and standing.get(station) != content
    }


def say_of_bag(engine: Engine, word: Said, *, by: str, now_ms: int) -> Trip:
    """Put on record what a person says of a bag, and return the trip it is about.

    Raises NotUnderWay where the county knows of no trip of this bag.
    """
    known = [trip for trip in read_trips(engine, now_ms) if trip.bag == word.bag]
    if not known:
        hint = "用 county bag list 查看在途袋子 / county bag list shows which bags are under way"
        raise NotUnderWay(f"没有这个在途的袋子 / no bag {word.bag} is under way", hint=hint)
    with writing(engine) as connection:
        row = {"bag": word.bag, "at_ms": word.at_ms, "came_in": word.came_in, "place": word.place, "said_by": by}
        connection.execute(_new_said, row)
    return known[-1]
