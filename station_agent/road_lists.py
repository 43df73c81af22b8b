"""The county's lists of bags and lines, as the counter's road asks for them. Pure.

Made anew from `sync.contents` whenever a list came down, and put into the books' road by whoever reads link.db. What a
list does not say is None. Days are China's.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from station_agent.counter.road import Line, Listed, Road
from sync.contents import BagsSeen, Lines, Manifest, ManifestBag, ManifestTrip, Way
from sync.contents import Line as ListedLine

CHINA = timezone(timedelta(hours=8))
MINUTE_MS = 60_000


class Lists:
    """Manifests (路单) of one station, with the timetable their trips run by, and what came of the bags it sent."""

    def __init__(self, station: str, manifest: Manifest, lines: Lines, seen: BagsSeen) -> None:
        """As they came down; any may be empty."""
        self._seen = {(bag.bag, bag.left_ms): bag.seen_ms is not None for bag in seen.bags}
        known = {line.line: line for line in lines.lines}
        self._bags: dict[str, tuple[Listed, datetime]] = {}
        for trip in manifest.trips:
            due_ms = _due_ms(trip, known.get(trip.line), station)
            day = datetime(trip.day.year, trip.day.month, trip.day.day, tzinfo=CHINA)
            for bag in trip.bags:
                listed = _listed(bag, trip, due_ms)
                held = self._bags.get(bag.bag)
                # A bag of ours stands on a list again and again; the newest trip counts.
                if held is None or held[1] <= day:
                    self._bags[bag.bag] = listed, day

    def bag(self, code: str) -> Listed | None:
        """What is announced of this bag, on its newest trip."""
        held = self._bags.get(code)
        return None if held is None else held[0]

    def coming(self, wall_ms: int) -> list[Listed]:
        """Bags that come down on this day."""
        today = datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(CHINA).date()
        return [listed for listed, day in self._bags.values() if listed.way == Way.DOWN.value and day.date() == today]

    def has_arrived(self, code: str, left_ms: int) -> bool | None:
        """What the county says of this trip of the bag, None where it says nothing."""
        return self._seen.get((code, left_ms))


def _listed(bag: ManifestBag, trip: ManifestTrip, due_ms: int | None) -> Listed:
    """One bag of a trip."""
    waybills = None if bag.waybills is None else tuple(bag.waybills)
    return Listed(bag.bag, trip.way.value, trip.line, bag.seal, bag.pieces, bag.printed_g, waybills, due_ms)


def _due_ms(trip: ManifestTrip, line: ListedLine | None, station: str) -> int | None:
    """When a trip's bags should be at their end, the margin included: here, or at the last stop."""
    runs = next((run for run in line.trips if run.trip == trip.trip), None) if line is not None else None
    if line is None or runs is None or not runs.stops:
        return None
    here = [stop.minute for stop in runs.stops if stop.station == station]
    if trip.way is Way.DOWN and not here:
        return None
    minute = here[-1] if trip.way is Way.DOWN else runs.stops[-1].minute
    midnight = datetime(trip.day.year, trip.day.month, trip.day.day, tzinfo=CHINA)
    return round(midnight.timestamp() * 1000) + (minute + line.margin_min) * MINUTE_MS


def listed_road(road: Road, station: str, manifest: Manifest, lines: Lines, seen: BagsSeen) -> Road:
    """The road as the county's lists have it; its lines stand before those of the settings, where any came."""
    here = tuple(_line(line, station) for line in lines.lines)
    return replace(road, lines=here or road.lines, expected=Lists(station, manifest, lines, seen))


def _line(line: ListedLine, station: str) -> Line:
    stops = tuple(stop.minute for trip in line.trips for stop in trip.stops if stop.station == station)
    return Line(line.line, line.zh, line.kind.value, line.vehicle, stops, line.max_load_kg, line.margin_min)
