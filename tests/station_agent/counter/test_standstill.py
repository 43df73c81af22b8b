"""What a scale repeats is held back, and nobody who follows it can tell the difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.outages import Loss, Lost, Opened, Said
from drivers.readings import BadReading, Reason, Temperature, Weight
from station_agent.counter.standstill import Standstill, hold_back
from station_agent.counter.weighing import Pan, Weighing, WeighingRules

RULES = WeighingRules()


def weights(grams: float, count: int, *, stable: bool | None = True, from_s: float = 0.0) -> list[Said]:
    """So many frames of one weight, ten a second."""
    return [Said("scale", Weight(grams, stable, b"", from_s + number / 10)) for number in range(count)]


def passed(standstill: Standstill, events: list[Said]) -> int:
    """How many are handed on."""
    return sum(not standstill.adds_nothing(event) for event in events)


@pytest.mark.parametrize("grams", [0.0, 1500.0, -40.0])
def test_a_day_of_the_same_word_is_told_for_half_a_second(grams: float) -> None:
    """Empty, loaded or below zero: as many frames as settle a weight pass, and then none."""
    assert passed(Standstill(RULES), weights(grams, 2_000)) == 6


def test_an_empty_pan_that_trembles_is_empty() -> None:
    """Weights near zero say the same, whatever their last digit and their word on stability."""
    events = [Said("scale", Weight(n % 3 * 5.0, n % 2 == 0, b"", n / 10)) for n in range(100)]
    assert passed(Standstill(RULES), events) == 6


@pytest.mark.parametrize(
    "news",
    [
        Said("scale", Weight(1500.0, False, b"", 10.0)),
        Said("scale", Weight(1505.0, True, b"", 10.0)),
        Said("scale", BadReading(Reason.OVERLOAD, b"", 10.0)),
        Lost("scale", Loss.UNPLUGGED, "plug it in"),
        Opened("scale"),
    ],
)
def test_news_passes_and_a_new_row_begins(news: Said | Lost | Opened) -> None:
    """Another weight, another word on stability, trouble and its end; the same weight after them is news too."""
    standstill = Standstill(RULES)
    assert passed(standstill, weights(1500.0, 50)) == 6
    assert not standstill.adds_nothing(news)
    assert passed(standstill, weights(1500.0, 50, from_s=10.1)) == 6


def test_only_scales_that_speak_all_the_time_are_held_back() -> None:
    """Of two scales that say the same, the one that gives each weight once is passed on whole; so are other devices."""
    heard: list[Said] = []
    emit = hold_back(heard.append, RULES, ["scale"])
    for event in weights(1500.0, 50):
        emit(event)
        emit(Said("says once", event.reading))
    emit(Said("box", Temperature(4000, b"", 9.0)))
    assert [sum(event.device == name for event in heard) for name in ("scale", "says once", "box")] == [6, 50, 1]


EVENT = st.one_of(
    st.builds(
        lambda grams, stable: Weight(grams, stable, b"", 0.0),
        st.sampled_from([0.0, 5.0, -5.0, 25.0, 1500.0, 1505.0, 1512.0, -40.0]),
        st.sampled_from([True, False, None]),
    ),
    st.builds(
        lambda reason: BadReading(reason, b"", 0.0),
        st.sampled_from([Reason.UNSTABLE, Reason.OVERLOAD, Reason.BAD_CHECKSUM]),
    ),
)


@given(st.lists(st.tuples(EVENT, st.integers(1, 12)), max_size=12))
def test_whoever_follows_hears_the_same(story: list[tuple[Weight | BadReading, int]]) -> None:
    """Behind any stream, weights settle at the same frames and pans are empty at the same frames as without it."""
    standstill, plain, behind, now_s = Standstill(RULES), Weighing(RULES), Weighing(RULES), 0.0
    for reading, count in story:
        for _ in range(count):
            now_s += 0.1
            said = _at(reading, now_s)
            heard = not standstill.adds_nothing(Said("scale", said))
            wanted = _follow(plain, said)
            assert (_follow(behind, said) if heard else (None, behind.pan)) == wanted


def _at(reading: Weight | BadReading, at_s: float) -> Weight | BadReading:
    if isinstance(reading, Weight):
        return Weight(reading.weight_g, reading.stable, b"", at_s)
    return BadReading(reading.reason, b"", at_s)


def _follow(weighing: Weighing, reading: Weight | BadReading) -> tuple[object, Pan]:
    """What came of it, and the pan."""
    given_ = weighing.weight(reading) if isinstance(reading, Weight) else weighing.bad(reading)
    return given_, weighing.pan
