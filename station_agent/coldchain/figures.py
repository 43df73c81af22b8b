"""What a row of temperatures amounts to: mean, mean kinetic temperature, extremes, time beyond a limit, coverage. Pure.

A point is a time and a value, or a time and None. Two neighbouring values more than GAP_INTERVALS sampling intervals
apart have a gap between them: no figure uses that time, nothing is interpolated over it, and coverage says how much it
was. Figures say by which method they were made, since linear and previous-value hold differ.

Sources: mean kinetic temperature, USP <1160>, with the pairing of 83.144 kJ/mol and 0.0083144 kJ/(mol K), that is
exactly 10,000 K. It says nothing of frozen goods or of the quality of fruit: show it for medicine only.
Called by the trace, the pages and the county's reports.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from station_agent.coldchain.machine import GAP_INTERVALS

ACTIVATION_K = 10_000.0
"""Heat of activation over the gas constant."""
ZERO_K = 273.15


class Method(StrEnum):
    """What a value is taken to be until the next one. The words go into EPCIS' dataProcessingMethod."""

    LINEAR = "linear"
    HOLD = "previous_value_hold"


class Point(NamedTuple):
    """One sample: seconds on any one clock, degrees Celsius as judged; None where there was no value."""

    at_s: float
    celsius: float | None


class Over(NamedTuple):
    """Time beyond a limit: degree_minutes in °C min, minutes, and how the time between samples was read."""

    degree_minutes: float
    minutes: float
    method: Method


class Figures(NamedTuple):
    """A row of temperatures in one line. None where not one value was measured.

    values: how many. mean_c, deviation_c, mkt_c: weighted with the measured time around each value. coverage_percent:
    measured time of the whole. gaps: how many, with gap_minutes their sum (at the ends too). over: above the limit.
    """

    values: int
    minimum_c: float | None
    maximum_c: float | None
    mean_c: float | None
    deviation_c: float | None
    mkt_c: float | None
    over: Over
    coverage_percent: float
    gaps: int
    gap_minutes: float


def mean(celsius: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Arithmetic mean; weights default to equal ones, their sum is above 0. Raises ValueError for no values."""
    weights = _weights(celsius, weights)
    return math.fsum(c * w for c, w in zip(celsius, weights, strict=True)) / math.fsum(weights)


def mean_kinetic(celsius: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Mean kinetic temperature in °C; weights as for `mean`. Raises ValueError for no values."""
    weights = _weights(celsius, weights)
    rates = math.fsum(w * math.exp(-ACTIVATION_K / (c + ZERO_K)) for c, w in zip(celsius, weights, strict=True))
    return ACTIVATION_K / -math.log(rates / math.fsum(weights)) - ZERO_K


def deviation(celsius: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Standard deviation of the values themselves (not of a wider population), weights as for `mean`."""
    weights = _weights(celsius, weights)
    middle = mean(celsius, weights)
    squares = math.fsum(w * (c - middle) ** 2 for c, w in zip(celsius, weights, strict=True))
    return math.sqrt(squares / math.fsum(weights))


def above(points: Iterable[Point], limit_c: float, interval_s: float, method: Method = Method.LINEAR) -> Over:
    """Degree-minutes and minutes above a limit (the limit itself adds nothing); gaps add nothing."""
    spans = [_span_above(a, b, limit_c, method) for a, b in neighbours(points, interval_s)]
    return Over(math.fsum(area for area, _ in spans) / 60, math.fsum(time for _, time in spans) / 60, method)


def below(points: Iterable[Point], limit_c: float, interval_s: float, method: Method = Method.LINEAR) -> Over:
    """The same under a limit."""
    mirrored = (Point(p.at_s, None if p.celsius is None else -p.celsius) for p in points)
    return above(mirrored, -limit_c, interval_s, method)


def neighbours(points: Iterable[Point], interval_s: float) -> Iterator[tuple[Point, Point]]:
    """Values that follow one another without a gap; looks without a value are passed over."""
    last: Point | None = None
    for point in points:
        if point.celsius is None:
            continue
        if last is not None and point.at_s - last.at_s <= interval_s * GAP_INTERVALS:
            yield last, point
        last = point


def coverage(points: Iterable[Point], start_s: float, end_s: float, interval_s: float) -> float:
    """Percent of a time that lies between neighbouring values; raises ValueError for a time without length."""
    if end_s <= start_s:
        raise ValueError(f"a time from {start_s} to {end_s} has no length")
    known_s = math.fsum(max(0.0, min(b.at_s, end_s) - max(a.at_s, start_s)) for a, b in neighbours(points, interval_s))
    return 100.0 * known_s / (end_s - start_s)


def gaps(points: Iterable[Point], start_s: float, end_s: float, interval_s: float) -> list[tuple[float, float]]:
    """The unknown times from start to end, the ends included where nothing was measured there."""
    longest_s = interval_s * GAP_INTERVALS
    times = [start_s, *(p.at_s for p in points if p.celsius is not None and start_s <= p.at_s <= end_s), end_s]
    return [(a, b) for a, b in pairwise(times) if b - a > longest_s]


def figures(
    points: Sequence[Point],
    *,
    start_s: float,
    end_s: float,
    interval_s: float,
    limit_c: float,
    method: Method = Method.LINEAR,
) -> Figures:
    """All figures of the time from start to end; limit_c: upper end of the range. Raises ValueError as `coverage`."""
    inside = [point for point in points if start_s <= point.at_s <= end_s]
    values = [point.celsius for point in inside if point.celsius is not None]
    unknown = gaps(inside, start_s, end_s, interval_s)
    weights = _held_s(inside, interval_s)
    return Figures(
        len(values),
        min(values, default=None),
        max(values, default=None),
        mean(values, weights) if values else None,
        deviation(values, weights) if values else None,
        mean_kinetic(values, weights) if values else None,
        above(inside, limit_c, interval_s, method),
        coverage(inside, start_s, end_s, interval_s),
        len(unknown),
        math.fsum(b - a for a, b in unknown) / 60,
    )


def _held_s(points: Iterable[Point], interval_s: float) -> list[float]:
    """Measured time around each value: half of it on either side. Equal weights where nothing has a neighbour."""
    times = [point.at_s for point in points if point.celsius is not None]
    held = [0.0] * len(times)
    for place, (a, b) in enumerate(pairwise(times)):
        if b - a <= interval_s * GAP_INTERVALS:
            held[place] += (b - a) / 2
            held[place + 1] += (b - a) / 2
    return held if any(held) else [1.0] * len(held)


def _span_above(a: Point, b: Point, limit_c: float, method: Method) -> tuple[float, float]:
    """Degree-seconds and seconds above a limit between two neighbouring values."""
    assert a.celsius is not None
    assert b.celsius is not None
    length_s, first, last = b.at_s - a.at_s, a.celsius - limit_c, b.celsius - limit_c
    if method is Method.HOLD:
        return (first * length_s, length_s) if first > 0 else (0.0, 0.0)
    if first <= 0 and last <= 0:
        return 0.0, 0.0
    if first >= 0 and last >= 0:
        return (first + last) / 2 * length_s, length_s
    # The line crosses the limit: what is above it is a triangle.
    top = max(first, last)
    part_s = length_s * top / abs(first - last)
    return top / 2 * part_s, part_s


def _weights(celsius: Sequence[float], weights: Sequence[float] | None) -> Sequence[float]:
    if not celsius:
        raise ValueError("no values")
    return [1.0] * len(celsius) if weights is None else weights
