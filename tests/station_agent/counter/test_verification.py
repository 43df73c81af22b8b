"""Verifying a scale: every cell of the table at the head of verification.py, and what the figures prove."""

import math
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from drivers.readings import BadReading, Door, Reason, Weight
from station_agent.counter.steady import WITHIN_S, Steady
from station_agent.counter.verification import Stage, Verification, Verifying, permissible_g, verification_of
from station_agent.counter.weighing import WeighingRules
from sync.entry import Lane

RULES = WeighingRules(division_g=5.0, near_zero_g=20.0, row=3, quiet_s=0.5)
MASS_G = 1000.0
SETTLED, LONG = 5, round(WITHIN_S * 8) + 1
"""Readings until the display stands, and until it has for seven seconds; eight a second add up exactly."""


class Scale:
    """A verification under way, and its clock."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.verifying = Verifying(RULES, MASS_G)

    def show(self, weight_g: float, count: int = SETTLED, *, stable: bool | None = True) -> Stage:
        """Let the display show a weight so many times; where that leads."""
        for _ in range(count):
            self.now_s += 0.125
            self.verifying.take(Weight(weight_g, stable, b"", self.now_s))
        return self.verifying.stage

    def bad(self, reason: Reason) -> Stage:
        """A reading without a value."""
        self.now_s += 0.125
        self.verifying.take(BadReading(reason, b"", self.now_s))
        return self.verifying.stage


def at_load() -> Scale:
    """The empty pan was seen."""
    scale = Scale()
    scale.show(0.0)
    return scale


def at_lift() -> Scale:
    """The mass was weighed once."""
    scale = at_load()
    scale.show(MASS_G)
    return scale


def at_load_again() -> Scale:
    """The mass was taken off once."""
    scale = at_lift()
    scale.show(0.0)
    return scale


def at_lift_again() -> Scale:
    """The mass was weighed twice."""
    scale = at_load_again()
    scale.show(MASS_G)
    return scale


def done() -> Scale:
    """All of it."""
    scale = at_lift_again()
    scale.show(0.0)
    return scale


CELLS: list[tuple[Callable[[], Scale], float, int, Stage]] = [
    (Scale, 0.0, SETTLED, Stage.LOAD),
    (Scale, -2.5, SETTLED, Stage.LOAD),
    (Scale, 2.6, LONG, Stage.EMPTY),
    (Scale, MASS_G, LONG, Stage.EMPTY),
    (at_load, MASS_G, SETTLED, Stage.LIFT),
    (at_load, MASS_G + 50.0, SETTLED, Stage.LIFT),
    (at_load, MASS_G - 51.0, SETTLED, Stage.LOAD),
    (at_load, MASS_G - 51.0, LONG, Stage.LIFT),
    (at_load, 20.0, LONG, Stage.LIFT),
    (at_load, 19.9, LONG, Stage.LOAD),
    (at_load, -500.0, LONG, Stage.LOAD),
    (at_lift, 0.0, SETTLED, Stage.LOAD),
    (at_lift, 2.5, SETTLED, Stage.LOAD),
    (at_lift, 10.0, SETTLED, Stage.LIFT),
    (at_lift, 10.0, LONG, Stage.LOAD),
    (at_lift, 499.0, SETTLED, Stage.LIFT),
    (at_lift, 499.0, LONG, Stage.DONE),
    (at_lift, -30.0, LONG, Stage.DONE),
    (at_lift, 500.0, LONG, Stage.LIFT),
    (at_lift, MASS_G, LONG, Stage.LIFT),
    (at_load_again, MASS_G, SETTLED, Stage.LIFT),
    (at_lift_again, 0.0, SETTLED, Stage.DONE),
    (at_lift_again, 10.0, LONG, Stage.DONE),
    (done, MASS_G, LONG, Stage.DONE),
    (done, 0.0, LONG, Stage.DONE),
]


@pytest.mark.parametrize(("begin", "weight_g", "count", "stage"), CELLS)
def test_the_table(begin: Callable[[], Scale], weight_g: float, count: int, stage: Stage) -> None:
    """Each cell leads where the table says, and not one reading sooner."""
    scale = begin()
    before = scale.verifying.stage
    assert scale.show(weight_g, count - 1) is before
    assert scale.show(weight_g, 1) is stage


def test_what_was_kept() -> None:
    """Both weights and both zeros, as shown."""
    scale = Scale()
    for weight_g in (0.0, 1001.0, 1.0, 999.0, -1.0):
        scale.show(weight_g)
    assert scale.verifying.stage is Stage.DONE
    assert (scale.verifying.shown_g, scale.verifying.returned_g) == ([1001.0, 999.0], [1.0, -1.0])


@pytest.mark.parametrize("begin", [Scale, at_load, at_lift, at_lift_again])
@pytest.mark.parametrize("reason", [Reason.UNSTABLE, Reason.OVERLOAD, Reason.BAD_CHECKSUM])
def test_a_bad_reading_begins_the_row_anew(begin: Callable[[], Scale], reason: Reason) -> None:
    """In every stage."""
    scale = begin()
    before = scale.verifying.stage
    good_g = MASS_G if before is Stage.LOAD else 0.0
    scale.show(good_g, SETTLED - 1)
    assert scale.bad(reason) is before
    assert scale.show(good_g, SETTLED - 1) is before
    assert scale.show(good_g, 1) is not before


def test_moving_weights_never_count() -> None:
    """The scale's own flag is believed; a scale without one is judged by agreement."""
    assert Scale().show(0.0, LONG, stable=False) is Stage.EMPTY
    assert Scale().show(0.0, SETTLED, stable=None) is Stage.LOAD


def test_a_drift_is_not_standing_still() -> None:
    """More than a division between the lightest and the heaviest begins the row anew, however slowly it goes."""
    steady = Steady(RULES)
    for number in range(100):
        standing = steady.take(Weight(2.0 * number, None, b"", 0.25 * number))
        assert standing is None or standing.for_s <= 0.5


def test_three_readings_at_once_are_not_half_a_second() -> None:
    """Nor are two readings enough, however far apart; what is no weight is passed over."""
    steady = Steady(RULES)
    assert [steady.take(Weight(0.0, True, b"", at_s)) for at_s in (0.0, 0.1, 0.2)] == [None] * 3
    steady.restart()
    assert [steady.take(Weight(0.0, True, b"", at_s)) for at_s in (1.0, 2.0)] == [None] * 2
    assert steady.take(Door(True, b"", 2.5)) is None
    assert steady.take(Weight(0.0, True, b"", 3.0)) is not None


def test_a_mass_like_an_empty_pan_is_refused() -> None:
    """Forty grams cannot be told from a pan that is nearly empty; neither can what is no number."""
    with pytest.raises(ValueError, match="empty pan"):
        Verifying(RULES, 40.0)
    Verifying(RULES, 40.1)


@given(weights=st.lists(st.tuples(st.floats(-100, 2000), st.booleans()), max_size=80))
def test_whatever_is_shown_what_is_kept_fits_the_stage(weights: Iterable[tuple[float, bool]]) -> None:
    """At most two of each, a zero for every weight when it is done, and no way back."""
    scale = Scale()
    for weight_g, settles in weights:
        before = (len(scale.verifying.shown_g), len(scale.verifying.returned_g))
        scale.show(weight_g, SETTLED if settles else 1)
        after = (len(scale.verifying.shown_g), len(scale.verifying.returned_g))
        assert before <= after
        assert after[0] - after[1] == (scale.verifying.stage is Stage.LIFT)
        assert after[0] <= 2


@pytest.mark.parametrize(
    ("mass_g", "allowed_g"), [(1.0, 5.0), (2500.0, 5.0), (2501.0, 10.0), (10_000.0, 10.0), (10_001.0, 15.0)]
)
def test_the_permissible_error(mass_g: float, allowed_g: float) -> None:
    """One, two and three divisions: class III in service, by the number of divisions."""
    assert permissible_g(mass_g, 5.0) == allowed_g


ON, UNTIL = date(2026, 3, 1), date(2027, 2, 28)


def verification(**keys: Any) -> Verification:
    """A good one."""
    fields: dict[str, Any] = {
        "device": "scale",
        "mass_g": MASS_G,
        "shown_g": (1001.0, 999.5),
        "returned_g": 1.0,
        "tolerance_g": 5.0,
        "zero_g": 2.5,
        "certificate": "F2-88",
        "by": "王工",
        "on": ON,
        "valid_until": UNTIL,
    }
    return Verification(**{**fields, **keys})


@pytest.mark.parametrize(
    ("keys", "error_g", "within"),
    [
        ({}, 1.0, True),
        ({"shown_g": (1005.0, 1000.0)}, 5.0, True),
        ({"shown_g": (995.0, 1000.0)}, -5.0, True),
        ({"shown_g": (1000.1, 1000.1), "tolerance_g": 0.1}, 0.1, True),
        ({"shown_g": (1005.1, 1000.5)}, 5.1, False),
        ({"shown_g": (1000.0, 994.0)}, -6.0, False),
        ({"shown_g": (1004.0, 998.0)}, 4.0, False),
        ({"returned_g": 2.6}, 1.0, False),
        ({"returned_g": -2.6}, 1.0, False),
        ({"shown_g": (1000.0,)}, 0.0, False),
    ],
)
def test_what_the_figures_prove(keys: dict[str, Any], error_g: float, within: bool) -> None:
    """The worst error counts, both times must agree, the pan must come back to zero, and once is not enough."""
    found = verification(**keys)
    assert (found.error_g, found.within) == (error_g, within)
    assert found.mistake is None


def test_it_is_an_entry_that_is_never_evicted() -> None:
    """It goes to the custody lane with every figure and what they prove, and reads back the same."""
    record = verification(shown_g=(1010.0, 1010.0)).record("0" * 16)
    assert (record.lane, record.kind) == (Lane.CUSTODY, "scale.verified")
    assert (record.body["error_g"], record.body["within"], record.body["order"]) == (10.0, False, "0" * 16)
    assert verification_of(record.body) == verification(shown_g=(1010.0, 1010.0))


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"shown_g": ()}, "nothing"),
        ({"mass_g": 0.0}, "more than 0"),
        ({"mass_g": math.nan}, "more than 0"),
        ({"tolerance_g": math.nan}, "more than 0"),
        ({"valid_until": ON - timedelta(days=1)}, "before"),
        ({"by": " "}, "named"),
        ({"certificate": " "}, "named"),
    ],
)
def test_what_cannot_be_is_a_mistake(keys: dict[str, Any], word: str) -> None:
    """Each mistake is told in words."""
    assert word in (verification(**keys).mistake or "")
