"""The figures against every number of the domain sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.coldchain.figures import (
    Method,
    Point,
    above,
    below,
    coverage,
    deviation,
    figures,
    gaps,
    mean,
    mean_kinetic,
)

LINE = [Point(60.0 * at, c) for at, c in ((0, 6), (15, 8), (30, 11), (45, 9), (60, 7), (75, 7.5))]
QUARTER_S = 900.0


@pytest.mark.parametrize(
    ("celsius", "weights", "arithmetic", "kinetic"),
    [
        ([2, 3, 4, 5, 6, 12, 9, 5], None, 5.75, 6.372141),
        ([5] * 95 + [25], None, 5.208333, 5.779942),
        ([4, 10, 4], [60, 30, 270], 4.5, 4.703607),
        ([5] * 7, None, 5.0, 5.0),
    ],
)
def test_means(celsius: list[float], weights: list[float] | None, arithmetic: float, kinetic: float) -> None:
    """Arithmetic and mean kinetic temperature, to the sixth decimal."""
    assert round(mean(celsius, weights), 6) == arithmetic
    assert round(mean_kinetic(celsius, weights), 6) == kinetic


def test_no_values_have_no_mean() -> None:
    """Nothing is made up."""
    for function in (mean, mean_kinetic, deviation):
        with pytest.raises(ValueError, match="no values"):
            function([])


@given(st.lists(st.floats(-30, 60), min_size=1, max_size=50))
def test_the_kinetic_mean_lies_between_mean_and_maximum(celsius: list[float]) -> None:
    """Warm hours weigh more."""
    assert mean(celsius) - 1e-6 <= mean_kinetic(celsius) <= max(celsius) + 1e-6


def test_degree_minutes_by_both_methods() -> None:
    """Linear 56.25 °C min and 37.5 min; previous-value hold 60.0 and 30."""
    assert above(LINE, 8, QUARTER_S) == (56.25, 37.5, Method.LINEAR)
    assert above(LINE, 8, QUARTER_S, Method.HOLD) == (60.0, 30.0, Method.HOLD)
    assert Method.HOLD.value == "previous_value_hold"


def test_under_a_limit_is_above_mirrored() -> None:
    """The same numbers with the sign turned."""
    mirrored = [Point(p.at_s, None if p.celsius is None else -p.celsius) for p in LINE]
    assert below(mirrored, -8, QUARTER_S) == (56.25, 37.5, Method.LINEAR)


def test_nothing_is_interpolated_across_a_gap() -> None:
    """Three intervals are the last that count; a look without a value is no value."""
    pair = [Point(0.0, 10.0), Point(180.0, 10.0)]
    assert above(pair, 8, 60.0).minutes == 3.0
    assert above([Point(0.0, 10.0), Point(180.1, 10.0)], 8, 60.0).minutes == 0.0
    assert above([Point(0.0, 10.0), Point(90.0, None), Point(180.0, 10.0)], 8, 60.0).minutes == 3.0


def test_coverage_and_gaps_share_the_time() -> None:
    """An hour with twenty minutes missing, and the ends."""
    points = [Point(60.0 * at, 5.0) for at in range(61) if not 20 < at < 40]
    assert coverage(points, 0.0, 3600.0, 60.0) == pytest.approx(100 * 40 / 60)
    assert gaps(points, 0.0, 3600.0, 60.0) == [(1200.0, 2400.0)]
    assert gaps(points, -600.0, 4200.0, 60.0) == [(-600.0, 0.0), (1200.0, 2400.0), (3600.0, 4200.0)]
    assert coverage([], 0.0, 60.0, 60.0) == 0.0
    with pytest.raises(ValueError, match="no length"):
        coverage(points, 5.0, 5.0, 60.0)


def test_a_summary_weighs_values_with_their_measured_time() -> None:
    """Dense samples while it was warm do not make the day warmer."""
    slow = [Point(600.0 * at, 4.0) for at in range(7)]
    dense = sorted([*slow, *(Point(1200.0 + at, 4.0) for at in range(1, 599, 7))])
    for points in (slow, dense):
        found = figures(points, start_s=0.0, end_s=3600.0, interval_s=600.0, limit_c=8.0)
        assert found.mean_c == pytest.approx(4.0)
        assert (found.coverage_percent, found.gaps, found.over.minutes) == (100.0, 0, 0.0)
    found = figures(LINE, start_s=0.0, end_s=4500.0, interval_s=QUARTER_S, limit_c=8.0)
    assert (found.values, found.minimum_c, found.maximum_c) == (6, 6, 11)
    assert found.mean_c == pytest.approx((6 / 2 + 8 + 11 + 9 + 7 + 7.5 / 2) / 5)
    assert found.over.degree_minutes == 56.25


def test_a_summary_of_nothing_says_nothing() -> None:
    """No values: no mean, one gap as long as the time."""
    found = figures([Point(5.0, None)], start_s=0.0, end_s=3600.0, interval_s=60.0, limit_c=8.0)
    assert (found.values, found.mean_c, found.mkt_c, found.minimum_c, found.coverage_percent) == (
        0,
        None,
        None,
        None,
        0,
    )
    assert (found.gaps, found.gap_minutes) == (1, 60.0)
