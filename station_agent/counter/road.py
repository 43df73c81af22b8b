"""The road: lines and their timetables, what lists announce, and who may carry; what a station is told of it. Pure.

Nothing here is needed for a handover: without lines, lists or the county's key every bag goes all the same, and the
entry says what could not be checked. Given to the books by the station's start; `Lists` and `Badges` are filled by
whoever reads what came down from the county (`station_agent.badges`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

DAY_MIN = 1440
CHINA_MIN = 480
"""China keeps one time all year, UTC+8."""
MINUTE_MS = 60_000


class Run(NamedTuple):
    """One run of a vehicle that goes on from here. stop_min: minute of the day in China's time at which it stops here.

    bound: the station its bags from here are bound for, "" where the timetable alone does not say; takes_min: minutes
    from here to there.
    """

    stop_min: int
    takes_min: int
    bound: str


class Ahead(NamedTuple):
    """Where a bag that leaves now is bound for, "" where nobody can say; when it should be there, margin included."""

    bound: str
    due_ms: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line that stops here. kind: bus | freight | mixed | drone. stops_min: minutes of the day in China's time.

    margin_min: so far off the timetable is still on time. max_load_kg: None where nobody said. runs: those that go on
    from here, none where nobody said where they go.
    """

    id: str
    name: str = ""
    kind: str = "bus"
    vehicle: str = ""
    stops_min: tuple[int, ...] = ()
    max_load_kg: int | None = None
    margin_min: int = 15
    runs: tuple[Run, ...] = ()

    def off_min(self, wall_ms: int) -> int | None:
        """Minutes after the nearest stop of the timetable, negative before it; None without a timetable."""
        now_min = (wall_ms // MINUTE_MS + CHINA_MIN) % DAY_MIN
        offs = ((now_min - stop + DAY_MIN // 2) % DAY_MIN - DAY_MIN // 2 for stop in self.stops_min)
        return min(offs, key=abs, default=None)

    def ahead(self, wall_ms: int) -> Ahead | None:
        """Where the run that stops here nearest to now goes; a late bus comes later to its end. None without runs."""
        off_ms, run = min(
            ((_off_ms(run.stop_min, wall_ms), run) for run in self.runs),
            key=lambda pair: abs(pair[0]),
            default=(0, None),
        )
        if run is None:
            return None
        leaves_ms = max(wall_ms, wall_ms - off_ms)
        return Ahead(run.bound, leaves_ms + (run.takes_min + self.margin_min) * MINUTE_MS)


def _off_ms(stop_min: int, wall_ms: int) -> int:
    """How long after the nearest stop at this minute of the day it is now, negative before it."""
    day_ms = DAY_MIN * MINUTE_MS
    return (wall_ms + (CHINA_MIN - stop_min) * MINUTE_MS + day_ms // 2) % day_ms - day_ms // 2


class Listed(NamedTuple):
    """What a list says of one bag; None where it does not. way: up (leaves here) | down (comes here).

    pieces: how many parcels; waybills: which. due_ms: when it should be here (down) or where it is bound for (up), the
    margin included. bound: the station it leaves for, "" where the list does not say.
    """

    bag: str
    way: str
    line: str = ""
    seal: str | None = None
    pieces: int | None = None
    printed_g: int | None = None
    waybills: tuple[str, ...] | None = None
    due_ms: int | None = None
    bound: str = ""


class Expected(Protocol):
    """What the county's lists (路单) announce. A station without lists knows nothing and works all the same."""

    def bag(self, code: str) -> Listed | None:
        """What is announced of this bag."""

    def coming(self, wall_ms: int) -> list[Listed]:
        """Bags announced for this station that should come about now or should have come today."""

    def has_arrived(self, code: str, left_ms: int) -> bool | None:
        """Whether a bag that left us then came in elsewhere; None where the county said nothing of that trip."""


class NoLists:
    """No list came."""

    def bag(self, code: str) -> Listed | None:
        """Nothing is known."""
        del code
        return None

    def coming(self, wall_ms: int) -> list[Listed]:
        """Nothing is announced."""
        del wall_ms
        return []

    def has_arrived(self, code: str, left_ms: int) -> bool | None:
        """Nobody said."""
        del code, left_ms
        return None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stands here, as far as his badge says. who: what stands for him in entries, never his name.

    role: driver | attendant | technician | courier, "" where nobody can say. carries: whether he may take bags at all.
    place: his line. flaw: "" | clock (nobody knows the day: accepted and flagged) | expired | not_yet | revoked | false
    (not signed by the county) | unknown (nobody's key is here to tell). opens_with: says whether digits are the badge's
    PIN; None where it asks for none.
    """

    who: str
    carries: bool = True
    place: str = ""
    flaw: str = ""
    opens_with: Callable[[str], bool] | None = field(default=None, repr=False)
    role: str = ""


class Badges(Protocol):
    """Reads badges."""

    def read(self, text: str, wall_ms: int, *, trusted: bool) -> Holder | None:
        """Who this is; None for a text that is damaged, or of a newer make, and says nothing."""


class UnknownBadges:
    """A station that has no key of a county: every badge is somebody, nobody can say who."""

    def read(self, text: str, wall_ms: int, *, trusted: bool) -> Holder | None:
        """Somebody."""
        del wall_ms, trusted
        return Holder(stranger(text), flaw="unknown")


def stranger(text: str) -> str:
    """What stands for a badge that cannot be read, so that its second scan is known."""
    return "?" + hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Road:
    """All of it. tolerance_g: so far apart two weights of one bag count as the same."""

    lines: tuple[Line, ...] = ()
    tolerance_g: int = 200
    expected: Expected = field(default_factory=NoLists)
    badges: Badges = field(default_factory=UnknownBadges)

    def line(self, name: str) -> Line | None:
        """The line of this name, None where it does not stop here."""
        return next((line for line in self.lines if line.id == name), None)

    def carrier(self, line: str, transport: str) -> Line | None:
        """What the bags ride on: the driver's line, or that of the transport the card named if it is another kind."""
        own = self.line(line)
        if not transport or (own is not None and own.kind == transport):
            return own
        return next((other for other in self.lines if other.kind == transport), own)
