"""The county's lists of bags and lines, as the counter's road asks for them. Pure.

Made anew from `sync.contents` whenever a list came down, and put into the books' road by whoever reads link.db. What a
list does not say is None. Days are China's.

    a bag on a trip                                       comes here or leaves      bound for
    ----------------------------------------------------  ------------------------  -----------------------------
    names a station                                       comes to that one         that one
    the trip ends here; it begins here                    comes; leaves             as below
    any other trip down; up                               comes; leaves             as below
    leaves on a trip up                                                             the trip's last stop
    leaves on a trip down                                                           the only stop ahead, if it is one
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from station_agent.counter.road import DAY_MIN, Line, Listed, Road, Run
from sync.contents import BagsSeen, Lines, LineTrip, Manifest, ManifestBag, ManifestTrip, Stop, Way
from sync.contents import Line as ListedLine

CHINA = timezone(timedelta(hours=8))
MINUTE_MS = 60_000
LEAVES, COMES = "up", "down"
"""The ways of `Listed`."""


class Lists:
    """Manifests (路单) of one station, with the timetable their trips run by, and what came of the bags it sent."""

    def __init__(self, station: str, manifest: Manifest, lines: Lines, seen: BagsSeen) -> None:
        """As they came down; any may be empty."""
        self._seen = {(bag.bag, bag.left_ms): bag.seen_ms is not None for bag in seen.bags}
        known = {line.line: line for line in lines.lines}
        self._bags: dict[str, tuple[Listed, datetime]] = {}
        for trip in manifest.trips:
            day = datetime(trip.day.year, trip.day.month, trip.day.day, tzinfo=CHINA)
            for bag in trip.bags:
                listed = _listed(bag, trip, known.get(trip.line), station)
                held = self._bags.get(bag.bag)
                # A bag of ours stands on a list again and again; the newest trip counts.
                if held is None or held[1] <= day:
                    self._bags[bag.bag] = listed, day

    def bag(self, code: str) -> Listed | None:
        """What is announced of this bag, on its newest trip."""
        held = self._bags.get(code)
        return None if held is None else held[0]

    def coming(self, wall_ms: int) -> list[Listed]:
        """Bags that come here on this day."""
        today = datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(CHINA).date()
        return [listed for listed, day in self._bags.values() if listed.way == COMES and day.date() == today]

    def has_arrived(self, code: str, left_ms: int) -> bool | None:
        """What the county says of this trip of the bag, None where it says nothing."""
        return self._seen.get((code, left_ms))


def _listed(bag: ManifestBag, trip: ManifestTrip, line: ListedLine | None, station: str) -> Listed:
    """One bag of a trip, as this station sees it."""
    run = next((run for run in line.trips if run.trip == trip.trip), None) if line is not None else None
    stops = run.stops if run is not None else []
    leaves = bag.to != station if bag.to is not None else _leaves(trip.way, stops, station)
    bound = (bag.to or _bound(trip.way, stops, station)) if leaves else ""
    end_min = next((stop.minute for stop in reversed(stops) if stop.station == (bound if leaves else station)), None)
    due_ms = None
    if line is not None and end_min is not None:
        midnight = datetime(trip.day.year, trip.day.month, trip.day.day, tzinfo=CHINA)
        due_ms = round(midnight.timestamp() * 1000) + (end_min + line.margin_min) * MINUTE_MS
    waybills = None if bag.waybills is None else tuple(bag.waybills)
    way = LEAVES if leaves else COMES
    return Listed(bag.bag, way, trip.line, bag.seal, bag.pieces, bag.printed_g, waybills, due_ms, bound)


def _leaves(way: Way, stops: list[Stop], station: str) -> bool:
    """Whether the bags of a trip leave here."""
    ends = [stop.station == station for stop in (stops[0], stops[-1])] if stops else [False, False]
    return ends[0] if ends[0] != ends[1] else way is Way.UP


def _bound(way: Way, stops: list[Stop], station: str) -> str:
    """Where bags from here are bound for on a run with these stops, "" where the timetable alone does not say."""
    ahead = [stop.station for stop in _ahead(stops, station)] or [stop.station for stop in stops]
    alone = way is Way.UP or len(set(ahead)) == 1
    return ahead[-1] if ahead and alone and ahead[-1] != station else ""


def _ahead(stops: list[Stop], station: str) -> list[Stop]:
    """The stops behind this station's."""
    here = next((place for place, stop in enumerate(stops) if stop.station == station), len(stops))
    return stops[here + 1 :]


def listed_road(road: Road, station: str, manifest: Manifest, lines: Lines, seen: BagsSeen) -> Road:
    """The road as the county's lists have it; its lines stand before those of the settings, where any came."""
    here = tuple(_line(line, station) for line in lines.lines)
    return replace(road, lines=here or road.lines, expected=Lists(station, manifest, lines, seen))


def _line(line: ListedLine, station: str) -> Line:
    stops = tuple(stop.minute for trip in line.trips for stop in trip.stops if stop.station == station)
    runs = tuple(run for trip in line.trips if (run := _run(trip, station)) is not None)
    return Line(line.line, line.zh, line.kind.value, line.vehicle, stops, line.max_load_kg, line.margin_min, runs)


def _run(trip: LineTrip, station: str) -> Run | None:
    """A run as far as it goes on from here, None where it does not."""
    ahead = _ahead(trip.stops, station)
    if not ahead:
        return None
    here_min = next(stop.minute for stop in trip.stops if stop.station == station)
    return Run(here_min, (ahead[-1].minute - here_min) % DAY_MIN, _bound(trip.way, trip.stops, station))
