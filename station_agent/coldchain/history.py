"""How cold a parcel was kept: its stays in boxes, the samples of their thermometers then, figures and picture. Pure.

Readings are recorded by the thermometer, with time since boot; what watched which box stands in `box.set_up` entries.
Wall times of one boot all go by that boot's best clock (`Clocks`), so that a clock set in the middle of a stay moves no
sample against another. What is judged and drawn is the raw value and the offset certified on that day.
Called by `station trace`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from station_agent.coldchain.figures import Figures, Point, figures
from station_agent.coldchain.picture import Line, Picture, Sample, Stay
from station_agent.coldchain.profiles import Profile, Profiles
from sync.entry import Trust

LIMIT_NAMES = {"warn": ("预警", "warn"), "alarm": ("报警", "alarm")}
MAX_SAMPLES = 2_000_000
"""Samples of one trace; a year of a box looked at twice a minute is half of it."""


class At(NamedTuple):
    """A time: the boot, and milliseconds since it began."""

    boot: int
    since_boot_ms: int


class Clocks:
    """The best clock of every boot: that of the entry with the highest trust, the last one of those."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._best: dict[int, tuple[Trust, int]] = {}

    def take(self, at: At, wall_ms: int, trust: Trust) -> None:
        """An entry's two times."""
        known = self._best.get(at.boot)
        if known is None or trust >= known[0]:
            self._best[at.boot] = trust, wall_ms - at.since_boot_ms

    def wall_ms(self, at: At) -> int:
        """Wall time in milliseconds; raises KeyError for a boot without an entry."""
        return at.since_boot_ms + self._best[at.boot][1]


class Watched(NamedTuple):
    """What watched a box from a time on, by its entry."""

    since: At
    box: str
    thermometer: str
    door: str
    low_mc: int
    high_mc: int
    interval_s: float
    profile: str
    version: str


class Block(NamedTuple):
    """Readings of one thermometer: boot, first sample since boot, seconds after it, millidegrees or None."""

    boot: int
    start_ms: int
    at_s: Sequence[int]
    temperature_mc: Sequence[int | None]


class Lying(NamedTuple):
    """A stay of a parcel in a box; until None while it is still inside. profile: of the goods."""

    box: str
    profile: str
    since: At
    until: At | None


class Correction(NamedTuple):
    """A certificate: known since its entry, and counting for a thermometer from a wall time to a wall time."""

    thermometer: str
    offset_mc: int
    entered: At
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Warmth:
    """One stay with what was measured in it. figures, picture: None where nothing is known of its time."""

    lying: Lying
    start_ms: int
    end_ms: int
    figures: Figures | None
    picture: Picture | None
    shows_mkt: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What the journal says of the boxes; `end` is the time of its last entry."""

    clocks: Clocks
    watched: Sequence[Watched]
    blocks: dict[str, list[Block]]
    doors: dict[str, list[tuple[At, bool]]]
    corrections: Sequence[Correction]
    excursions: Sequence[tuple[At, str, dict[str, Any]]]
    end: At


def lyings(entries: Iterable[tuple[str, dict[str, Any], At]], waybill: str) -> list[Lying]:
    """The stays by the entries about a parcel (kind, body, time), in order."""
    found: list[Lying] = []
    for kind, body, at in entries:
        if body.get("waybill") != waybill:
            continue
        if kind == "box.put":
            found.append(Lying(body["box"], body["profile"], at, None))
        elif kind == "box.taken" and found and found[-1].until is None:
            found[-1] = found[-1]._replace(until=at)
    return found


def warmth(record: Record, lying: Lying, waybill: str, profiles: Profiles) -> Warmth:
    """What was measured while a parcel lay in a box."""
    clocks = record.clocks
    start_ms, end_ms = clocks.wall_ms(lying.since), clocks.wall_ms(lying.until or record.end)
    goods = profiles.get(lying.profile)
    shows_mkt = goods is not None and goods.mkt
    watched = [one for one in record.watched if one.box == lying.box and clocks.wall_ms(one.since) <= end_ms]
    # Before the first set-up that is still known nobody can say what watched the box.
    if not watched or end_ms <= start_ms:
        return Warmth(lying, start_ms, end_ms, None, None, shows_mkt)
    last = watched[-1]
    samples = _samples(record, watched, start_ms, end_ms)
    points = [Point(s.at_ms / 1000, None if s.temperature_mc is None else s.temperature_mc / 1000) for s in samples]
    numbers = figures(
        points,
        start_s=start_ms / 1000,
        end_s=end_ms / 1000,
        interval_s=last.interval_s,
        limit_c=last.high_mc / 1000,
    )
    zh, en = (goods.zh, goods.en) if goods is not None else (lying.profile, lying.profile)
    picture = Picture(
        zh=f"{waybill} · {lying.box} 号箱 · {zh}",
        en=f"{waybill}, box {lying.box}, {en}",
        samples=samples,
        start_ms=start_ms,
        end_ms=end_ms,
        low_mc=last.low_mc,
        high_mc=last.high_mc,
        interval_s=last.interval_s,
        lines=_limits(profiles, last),
        doors=_openings(record, last.door, start_ms, end_ms),
        stays=_stays(record, lying.box, start_ms, end_ms),
    )
    return Warmth(lying, start_ms, end_ms, numbers, picture, shows_mkt)


def _samples(record: Record, watched: Sequence[Watched], start_ms: int, end_ms: int) -> list[Sample]:
    """The judged values of whatever thermometer watched the box at each time."""
    found: list[Sample] = []
    begins = [record.clocks.wall_ms(one.since) for one in watched]
    # The first set-up also speaks for what came before it: its entry is written with the first readings.
    spans = zip([start_ms, *begins[1:]], [*begins[1:], end_ms + 1], watched, strict=True)
    for first_ms, last_ms, one in spans:
        for block in record.blocks.get(one.thermometer, ()):
            zero_ms = record.clocks.wall_ms(At(block.boot, block.start_ms))
            if zero_ms > end_ms or zero_ms + block.at_s[-1] * 1000 < start_ms:
                continue
            for at_s, raw_mc in zip(block.at_s, block.temperature_mc, strict=True):
                at_ms = zero_ms + at_s * 1000
                if max(first_ms, start_ms) <= at_ms < min(last_ms, end_ms + 1):
                    judged = None if raw_mc is None else raw_mc + _offset(record, one.thermometer, at_ms)
                    found.append(Sample(at_ms, judged))
        if len(found) > MAX_SAMPLES:
            break
    return sorted(found, key=lambda sample: sample.at_ms)[:MAX_SAMPLES]


def _offset(record: Record, thermometer: str, at_ms: int) -> int:
    """What the newest certificate known then says to add, if it counted then: as the box was judged."""
    wall_ms = record.clocks.wall_ms
    known = [c for c in record.corrections if c.thermometer == thermometer and wall_ms(c.entered) <= at_ms]
    return known[-1].offset_mc if known and known[-1].from_ms <= at_ms < known[-1].to_ms else 0


def _limits(profiles: Profiles, watched: Watched) -> list[Line]:
    """The limits of the box, where the file of profiles is still the one that judged it."""
    profile: Profile | None = profiles.get(watched.profile) if profiles.version == watched.version else None
    if profile is None:
        return []
    return [Line(limit.at_mc, *LIMIT_NAMES[limit.level]) for limit in profile.limits]


def _openings(record: Record, door: str, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """When the door stood open; a restart ends what is known of it."""
    found: list[tuple[int, int]] = []
    opened: At | None = None
    for at, is_open in [*record.doors.get(door, ()), (record.end, False)]:
        if opened is not None and (not is_open or at.boot != opened.boot):
            until = at if at.boot == opened.boot else opened
            found.append((record.clocks.wall_ms(opened), record.clocks.wall_ms(until)))
            opened = None
        if is_open and opened is None:
            opened = at
    return [(max(a, start_ms), min(b, end_ms)) for a, b in found if a <= end_ms and b >= start_ms]


def _stays(record: Record, box: str, start_ms: int, end_ms: int) -> list[Stay]:
    """The excursions of the box that touch the time, from their first sample to their end."""
    found: dict[int, Stay] = {}
    for at, kind, body in record.excursions:
        if body["box"] != box:
            continue
        number, now_ms = body["excursion"], record.clocks.wall_ms(at)
        before = found.get(number)
        if kind == "excursion.opened":
            begin_ms = record.clocks.wall_ms(At(at.boot, body["since_ms"]))
            found[number] = Stay(begin_ms, record.clocks.wall_ms(record.end), number, False)
        elif before is not None and kind == "excursion.alarm":
            found[number] = before._replace(alarmed=True)
        elif before is not None and kind in ("excursion.ended", "excursion.recovered"):
            found[number] = before._replace(end_ms=now_ms)
        elif before is not None and kind == "excursion.reopened":
            found[number] = before._replace(end_ms=record.clocks.wall_ms(record.end))
        elif before is not None and kind == "excursion.closed":
            found[number] = before._replace(end_ms=min(before.end_ms, now_ms))
    return [stay for stay in found.values() if stay.start_ms <= end_ms and stay.end_ms >= start_ms]
