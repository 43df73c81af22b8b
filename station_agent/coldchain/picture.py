"""A temperature curve as an SVG picture: what was measured, what was allowed, and what nobody knows. Pure.

Chinese first, English second. Nothing is told by colour alone: unknown time is hatched and named, excursions have a
frame and a number, door openings a row of their own. The curve is broken where there is a gap; it is never drawn across
one. However long the time, a column of the picture holds at most its first, lowest, highest and last value.
Called by the trace, the pages and the reports.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape
from itertools import pairwise
from typing import NamedTuple

from station_agent.coldchain.machine import GAP_INTERVALS

WIDTH, HEIGHT = 900, 446
LEFT, RIGHT, TOP, BOTTOM = 62, 138, 80, 104
_FLOOR = HEIGHT - BOTTOM
_FONT = "'Noto Sans CJK SC','Source Han Sans SC','WenQuanYi Micro Hei','Microsoft YaHei',sans-serif"
TICKS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43_200)
MAX_TIME_LABELS = 9
STEPS_MC = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
MAX_DEGREE_LABELS = 8
LABEL_GAP = 15


class Sample(NamedTuple):
    """One value: wall time in milliseconds since 1970 UTC, millidegrees as judged; None where there was none."""

    at_ms: int
    temperature_mc: int | None


class Line(NamedTuple):
    """A limit to draw: millidegrees and its name in both languages."""

    at_mc: int
    zh: str
    en: str


class Stay(NamedTuple):
    """An excursion to mark: wall times, its number, and whether it was an alarm."""

    start_ms: int
    end_ms: int
    number: int
    alarmed: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn. start_ms < end_ms, wall time UTC; low_mc, high_mc: the range; zone_min: minutes east of UTC."""

    zh: str
    en: str
    samples: Sequence[Sample]
    start_ms: int
    end_ms: int
    low_mc: int
    high_mc: int
    interval_s: float = 60.0
    lines: Sequence[Line] = ()
    doors: Sequence[tuple[int, int]] = ()
    stays: Sequence[Stay] = ()
    zone_min: int = 480


def svg(picture: Picture) -> str:
    """The picture as one SVG document; raises ValueError when it has no length."""
    if picture.end_ms <= picture.start_ms:
        raise ValueError("a picture needs a time with a length")
    frame = _Frame(picture)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="{_FONT}">',
        f"<title>{escape(picture.zh)} / {escape(picture.en)}</title>",
        '<defs><pattern id="unknown" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" fill="#f1f1f1"/><line x1="0" y1="0" x2="0" y2="7" stroke="#a8a8a8"'
        ' stroke-width="2"/></pattern></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 28, picture.zh, size=20, weight="bold"),
        _text(LEFT, 48, picture.en, size=13, fill="#555"),
        *_ground(frame),
        *_stays(frame),
        *_gaps(frame),
        *_degrees(frame),
        *_times(frame),
        *_lines(frame),
        *_curve(frame),
        *_doors(frame),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Frame:
    """Where a time and a temperature stand on the paper."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        values = [s.temperature_mc for s in picture.samples if s.temperature_mc is not None]
        marks = [picture.low_mc, picture.high_mc, *values]
        # A limit far from everything measured would flatten the curve: it is drawn only when it is near.
        near = max(max(marks) - min(marks), 2000)
        marks += [line.at_mc for line in picture.lines if min(marks) - near <= line.at_mc <= max(marks) + near]
        room = max((max(marks) - min(marks)) // 10, 500)
        self.bottom_mc, self.top_mc = min(marks) - room, max(marks) + room

    def x(self, at_ms: int) -> float:
        """Pixels from the left; times outside stand on the edge."""
        picture = self.picture
        share = (at_ms - picture.start_ms) / (picture.end_ms - picture.start_ms)
        return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT)

    def y(self, temperature_mc: int) -> float:
        """Pixels from the top."""
        return TOP + (self.top_mc - temperature_mc) / (self.top_mc - self.bottom_mc) * (_FLOOR - TOP)

    def shows(self, temperature_mc: int) -> bool:
        """Whether a temperature is on the paper."""
        return self.bottom_mc <= temperature_mc <= self.top_mc


def _ground(frame: _Frame) -> Iterator[str]:
    """The range that is allowed, and the paper's frame."""
    top, floor = frame.y(frame.picture.high_mc), frame.y(frame.picture.low_mc)
    yield _rect(LEFT, top, WIDTH - RIGHT, floor, 'fill="#dff2e3"')
    for mc in (frame.picture.high_mc, frame.picture.low_mc):
        yield _rule(LEFT, frame.y(mc), WIDTH - RIGHT, frame.y(mc), 'stroke="#3d9150" stroke-width="1"')


def _stays(frame: _Frame) -> Iterator[str]:
    """Excursions: framed, numbered, dashed where it was no alarm."""
    for stay in frame.picture.stays:
        left, right = frame.x(stay.start_ms), frame.x(stay.end_ms)
        dash = "" if stay.alarmed else ' stroke-dasharray="4 3"'
        fill, ink = ("#fbdcd8", "#b3261e") if stay.alarmed else ("#fff1d6", "#9a6700")
        # Half clear: the range that was allowed is seen behind it.
        yield _rect(left, TOP, max(right, left + 2), _FLOOR, f'fill="{fill}" fill-opacity="0.55" stroke="{ink}"{dash}')
        word = f"报警 {stay.number}" if stay.alarmed else f"超限 {stay.number}"
        yield _text((left + right) / 2, TOP - 4, word, size=12, fill=ink, anchor="middle", weight="bold")


def _gaps(frame: _Frame) -> Iterator[str]:
    """Time nobody measured."""
    picture = frame.picture
    longest_ms = picture.interval_s * 1000 * GAP_INTERVALS
    known = [s.at_ms for s in picture.samples if s.temperature_mc is not None]
    times = [picture.start_ms, *known, picture.end_ms]
    for a, b in pairwise(times):
        if b - a <= longest_ms:
            continue
        left, right = frame.x(a), frame.x(b)
        yield _rect(left, TOP, right, _FLOOR, 'fill="url(#unknown)"')
        if right - left >= 46:
            middle, height = (left + right) / 2, (TOP + _FLOOR) / 2
            yield _rect(middle - 23, height - 18, middle + 23, height + 16, 'fill="#fff" opacity="0.85" rx="3"')
            yield _text(middle, height - 3, "无数据", size=13, fill="#444", anchor="middle")
            yield _text(middle, height + 11, "no data", size=10, fill="#444", anchor="middle")


def _degrees(frame: _Frame) -> Iterator[str]:
    """The scale at the left."""
    span = frame.top_mc - frame.bottom_mc
    step = next((step for step in STEPS_MC if span / step <= MAX_DEGREE_LABELS), STEPS_MC[-1])
    yield _text(LEFT - 8, TOP - 8, "°C", size=13, anchor="end", fill="#333")
    for mc in range(-(-frame.bottom_mc // step) * step, frame.top_mc + 1, step):
        y = frame.y(mc)
        yield _rule(LEFT, y, WIDTH - RIGHT, y, 'stroke="#000" stroke-opacity="0.09"')
        label = f"{mc / 1000:.1f}" if step < 1000 else str(mc // 1000)
        yield _text(LEFT - 8, y + 4, label.replace("-", "−"), size=13, anchor="end", fill="#333")


def _times(frame: _Frame) -> Iterator[str]:
    """The clock at the foot, in local time; the day is named where it begins."""
    picture = frame.picture
    zone = timezone(timedelta(minutes=picture.zone_min))
    minutes = (picture.end_ms - picture.start_ms) / 60_000
    step_ms = 60_000 * next((step for step in TICKS_MIN if minutes / step <= MAX_TIME_LABELS), TICKS_MIN[-1])
    shift_ms = picture.zone_min * 60_000
    first = -(-(picture.start_ms + shift_ms) // step_ms) * step_ms - shift_ms
    named = ""
    for at_ms in range(first, picture.end_ms + 1, step_ms):
        local = datetime.fromtimestamp(at_ms / 1000, zone)
        x = frame.x(at_ms)
        yield _rule(x, _FLOOR, x, _FLOOR + 5, 'stroke="#333"')
        yield _text(x, _FLOOR + 19, f"{local:%H:%M}", size=13, anchor="middle", fill="#333")
        day = f"{local.month}月{local.day}日"
        if day != named:
            named = day
            yield _text(x, _FLOOR + 34, day, size=12, anchor="middle", fill="#555")
    yield _rule(LEFT, _FLOOR, WIDTH - RIGHT, _FLOOR, 'stroke="#333"')


def _lines(frame: _Frame) -> Iterator[str]:
    """Limits with their names at the right, moved apart where they would cover one another."""
    picture = frame.picture
    wanted = [Line(picture.high_mc, "上限", "high"), Line(picture.low_mc, "下限", "low")]
    wanted += [line for line in picture.lines if frame.shows(line.at_mc)]
    lowest = TOP - LABEL_GAP * 1.0
    for line in sorted(set(wanted), key=lambda line: -line.at_mc):
        y = frame.y(line.at_mc)
        own = line.at_mc in (picture.high_mc, picture.low_mc)
        ink = "#2c6e3c" if own else "#b3261e"
        if not own:
            yield _rule(LEFT, y, WIDTH - RIGHT, y, f'stroke="{ink}" stroke-dasharray="6 4"')
        lowest = max(y, lowest + LABEL_GAP)
        yield _rule(WIDTH - RIGHT, y, WIDTH - RIGHT + 7, lowest, f'stroke="{ink}" stroke-opacity="0.6"')
        yield _text(WIDTH - RIGHT + 10, lowest + 4, f"{line.zh} {line.en} {_bound(line.at_mc)}", size=12, fill=ink)


def _bound(at_mc: int) -> str:
    """A limit for people: one millidegree beyond a round value means "more than" or "less than" that."""
    sign, round_mc = {1: (">", at_mc - 1), 99: ("<", at_mc + 1)}.get(at_mc % 100, ("", at_mc))
    return f"{sign}{round_mc / 1000:g}".replace("-", "−")


def _curve(frame: _Frame) -> Iterator[str]:
    """The values, each unbroken run a line, each lonely value a dot."""
    for run in _runs(frame.picture):
        places = [(frame.x(s.at_ms), frame.y(s.temperature_mc or 0)) for s in _thinned(frame, run)]
        if len(places) == 1:
            yield f'<circle cx="{places[0][0]:.1f}" cy="{places[0][1]:.1f}" r="2.5" fill="#123f8c"/>'
            continue
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{points}" fill="none" stroke="#123f8c" stroke-width="2" stroke-linejoin="round"/>'


def _runs(picture: Picture) -> Iterator[list[Sample]]:
    """Values without a gap between them."""
    run: list[Sample] = []
    for sample in picture.samples:
        if sample.temperature_mc is None or not picture.start_ms <= sample.at_ms <= picture.end_ms:
            continue
        if run and sample.at_ms - run[-1].at_ms > picture.interval_s * 1000 * GAP_INTERVALS:
            yield run
            run = []
        run.append(sample)
    if run:
        yield run


def _thinned(frame: _Frame, run: Iterable[Sample]) -> list[Sample]:
    """At most four values a column of the paper: nothing that could be seen is lost."""
    columns: dict[int, list[Sample]] = {}
    for sample in run:
        columns.setdefault(int(frame.x(sample.at_ms)), []).append(sample)
    kept: list[Sample] = []
    for column in columns.values():
        by_value = sorted(column, key=lambda s: s.temperature_mc or 0)
        kept += sorted({column[0], by_value[0], by_value[-1], column[-1]})
    return kept


def _doors(frame: _Frame) -> Iterator[str]:
    """A row of its own under the clock: when the door stood open."""
    y = _FLOOR + 48
    yield _text(LEFT - 8, y + 9, "开门", size=12, anchor="end", fill="#333")
    yield _rule(LEFT, y + 5, WIDTH - RIGHT, y + 5, 'stroke="#bbb"')
    for start_ms, end_ms in frame.picture.doors:
        left = frame.x(start_ms)
        yield _rect(left, y, max(frame.x(end_ms), left + 2), y + 10, 'fill="#7a4a00"')
    yield _text(WIDTH - RIGHT + 10, y + 9, "door open", size=12, fill="#555")


def _legend() -> Iterator[str]:
    """What the marks mean."""
    y = HEIGHT - 16
    marks = (
        ('fill="#dff2e3" stroke="#3d9150"', "允许范围 in range", 140),
        ('fill="#fbdcd8" stroke="#b3261e"', "报警 alarm", 100),
        ('fill="#fff1d6" stroke="#9a6700" stroke-dasharray="4 3"', "超限,未报警 out, no alarm", 190),
        ('fill="url(#unknown)" stroke="#999"', "无数据 no data", 120),
    )
    x = float(LEFT)
    for style, words, width in marks:
        yield _rect(x, y - 11, x + 16, y + 1, style)
        yield _text(x + 22, y, words, size=12, fill="#333")
        x += width + 22


def _rect(left: float, top: float, right: float, bottom: float, style: str) -> str:
    size = f'width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return f'<rect x="{left:.1f}" y="{top:.1f}" {size} {style}/>'


def _rule(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def _text(
    x: float, y: float, words: str, *, size: int, fill: str = "#111", anchor: str = "start", weight: str = "normal"
) -> str:
    style = f'font-size="{size}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'
