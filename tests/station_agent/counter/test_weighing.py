"""Weighing: every cell of the table at the head of weighing.py, and the rule of the settled row."""

from collections.abc import Iterable

import hypothesis.strategies as st
import pytest
from hypothesis import given

from drivers.readings import BadReading, Reason, Weight
from station_agent.counter.weighing import Pan, Weighing, WeighingRules

RULES = WeighingRules(division_g=5.0, near_zero_g=20.0, row=3, quiet_s=0.5)


class Scale:
    """Eight readings a second: binary fractions add up exactly, and the fifth in a row ends half a second."""

    def __init__(self) -> None:
        """A pan that was seen empty."""
        self.now_s = 0.0
        self.weighing = Weighing(RULES)
        self.show(0.0, 0.0)

    def show(self, *weights_g: float, stable: bool | None = True) -> list[float]:
        """What settles while the display shows these, one after the other."""
        settled = []
        for weight_g in weights_g:
            self.now_s += 0.125
            given_g = self.weighing.weight(Weight(weight_g, stable, b"", self.now_s))
            settled += [given_g] if given_g is not None else []
        return settled

    def bad(self, reason: Reason) -> Reason | None:
        """What is said of a reading without a value."""
        self.now_s += 0.125
        return self.weighing.bad(BadReading(reason, b"", self.now_s))


def loaded() -> Scale:
    """One reading away from an empty pan."""
    scale = Scale()
    scale.show(1000.0)
    return scale


def given_once() -> Scale:
    """The weight on the pan was given."""
    scale = Scale()
    assert scale.show(*[1000.0] * 5) == [1000.0]
    return scale


STATES = {Pan.EMPTY: Scale, Pan.LOADED: loaded, Pan.GIVEN: given_once}


@pytest.mark.parametrize("state", Pan)
@pytest.mark.parametrize("near_zero_g", [0.0, 19.9, -19.9])
def test_near_zero_empties_the_pan(state: Pan, near_zero_g: float) -> None:
    """From any state; also where the display has drifted a little below zero."""
    scale = STATES[state]()
    assert scale.weighing.pan is state
    assert scale.show(near_zero_g, near_zero_g) == []
    assert scale.weighing.pan is Pan.EMPTY


@pytest.mark.parametrize("state", Pan)
def test_below_zero_changes_no_state_and_breaks_the_row(state: Pan) -> None:
    """Somebody lifts the pan: nothing settles out of it, and the row starts again."""
    scale = STATES[state]()
    assert scale.show(*[-500.0] * 10) == []
    assert scale.weighing.pan is state
    settled = scale.show(*[1000.0] * 4)
    assert settled == []


def test_an_empty_pan_is_loaded_by_a_weight() -> None:
    """The first weight above near-zero loads it."""
    scale = Scale()
    assert scale.show(20.0) == []
    assert scale.weighing.pan is Pan.LOADED


def test_a_quiet_row_is_given_once() -> None:
    """At the fifth equal reading half a second has passed; the rest of the load gives nothing more."""
    scale = Scale()
    assert scale.show(*[1000.0] * 4) == []
    assert scale.show(1000.0) == [1000.0]
    assert scale.weighing.pan is Pan.GIVEN
    assert scale.show(*[1000.0] * 40, *[2000.0] * 50) == []


def test_one_weight_a_parcel() -> None:
    """The next weight is given only after the pan was empty."""
    scale = given_once()
    assert scale.show(0.0, 0.0, *[2000.0] * 5) == [2000.0]


def test_one_damaged_frame_that_reads_zero_gives_no_second_weight() -> None:
    """A single zero between weights is no empty pan, whatever its flag says."""
    scale = given_once()
    assert scale.show(0.0, *[1000.0] * 10, 0.0, *[1000.0] * 10) == []


def test_a_scale_that_says_each_weight_once_is_believed() -> None:
    """It never shows zero, so nothing else could tell two parcels apart; what it says is moving is not given."""
    weighing = Weighing(RULES, says_once=True)
    assert weighing.weight(Weight(700.0, None, b"", 1.0)) == 700.0
    assert weighing.weight(Weight(900.0, False, b"", 2.0)) is None
    assert weighing.weight(Weight(5.0, True, b"", 3.0)) is None
    assert weighing.weight(Weight(1200.0, True, b"", 4.0)) == 1200.0


def test_what_lay_on_the_pan_before_we_looked_belongs_to_nobody() -> None:
    """A weight present at the start is never given; the first one after an empty pan is."""
    weighing = Weighing(RULES)
    for n in range(50):
        assert weighing.weight(Weight(700.0, True, b"", n * 0.1)) is None
    assert weighing.weight(Weight(0.0, True, b"", 5.0)) is None
    assert weighing.weight(Weight(0.0, True, b"", 5.1)) is None
    settled = [weighing.weight(Weight(700.0, True, b"", 6.0 + n / 8)) for n in range(5)]
    assert settled == [*[None] * 4, 700.0]


@pytest.mark.parametrize(
    ("weights_g", "settled_g"),
    [
        ([1000, 1005, 1000, 1005, 1000, 1005], [1000]),
        ([1000, 1006] * 20, []),
        ([1000, 1005, 995] * 10, []),
        ([500, 800, 950, 1000, 1000, 1000, 1000, 1000, 1000], [1000]),
        ([1000 + 3 * n for n in range(40)], []),
    ],
)
def test_a_row_lies_within_one_division(weights_g: list[float], settled_g: list[float]) -> None:
    """One step of the display back and forth settles; two steps, a swing around the middle or a slow rise do not."""
    assert Scale().show(*weights_g) == settled_g


def test_a_scale_that_says_it_moves_is_not_believed() -> None:
    """Readings with the moving flag break the row, however equal they are; None says nothing."""
    scale = Scale()
    assert scale.show(*[1000.0] * 40, stable=False) == []
    assert scale.show(*[1000.0] * 4) == []
    assert scale.show(1000.0) == [1000.0]
    assert Scale().show(*[1000.0] * 5, stable=None) == [1000.0]


def test_a_slow_scale_needs_three_readings() -> None:
    """Half a second alone is not enough: two readings a second apart are no row."""
    scale = Scale()
    readings = [scale.weighing.weight(Weight(1000.0, True, b"", 10.0 + n)) for n in range(3)]
    assert readings == [None, None, 1000.0]


@pytest.mark.parametrize("reason", [Reason.MALFORMED, Reason.OVERLOAD, Reason.UNDERLOAD, Reason.OUT_OF_RANGE])
def test_a_bad_reading_on_a_loaded_pan_is_told_once(reason: Reason) -> None:
    """The row starts again; the reason is said the first time, and again for the next load."""
    scale = loaded()
    assert [scale.bad(reason) for _ in range(3)] == [reason, None, None]
    assert scale.show(*[1000.0] * 4) == []
    assert scale.show(1000.0) == [1000.0]
    scale.show(0.0, 0.0, 1000.0)
    assert scale.bad(reason) is reason


@pytest.mark.parametrize("reason", [Reason.UNSTABLE, Reason.BUSY])
def test_a_scale_that_only_says_it_moves_is_not_complained_of(reason: Reason) -> None:
    """Moving is what a scale does while a parcel is put down; it still breaks the row."""
    scale = Scale()
    scale.show(*[1000.0] * 4)
    assert scale.bad(reason) is None
    assert scale.show(*[1000.0] * 4) == []
    assert scale.bad(Reason.MALFORMED) is Reason.MALFORMED


def test_a_parcel_too_heavy_is_told_from_an_empty_pan() -> None:
    """An overload is a load; any other bad reading of an empty pan concerns nobody."""
    scale = Scale()
    assert scale.bad(Reason.MALFORMED) is None
    assert scale.bad(Reason.OVERLOAD) is Reason.OVERLOAD
    assert scale.weighing.pan is Pan.LOADED


def test_after_its_weight_a_parcel_is_not_complained_of() -> None:
    """What happens while a weighed parcel is taken off says nothing."""
    assert given_once().bad(Reason.MALFORMED) is None


EVENTS = st.lists(
    st.one_of(
        st.sampled_from([0.0, 500.0, 505.0, 510.0, 2000.0, -100.0]),
        st.sampled_from([Reason.OVERLOAD, Reason.MALFORMED, Reason.UNSTABLE]),
    ),
    max_size=80,
)


@given(EVENTS)
def test_never_two_weights_without_an_empty_pan(events: Iterable[float | Reason]) -> None:
    """Over any stream: a weight is a number the scale showed, and between two the pan was empty."""
    scale = Scale()
    emptied = True
    for event in events:
        if isinstance(event, Reason):
            scale.bad(event)
            continue
        settled = scale.show(event)
        emptied = emptied or event == 0.0
        if settled:
            assert emptied
            assert settled == [event]
            assert event > 0
            emptied = False
