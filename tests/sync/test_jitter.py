"""Full jitter: random below a doubling ceiling."""

import random

from sync.jitter import Jitter


def test_the_ceiling_doubles_up_to_the_cap() -> None:
    """1, 2, 4 ... 60 seconds at most, and never more however often."""
    jitter = Jitter(1.0, 60.0, lambda: 1.0)
    waits = [jitter.next_s() for _ in range(10_000)]
    assert waits[:8] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert set(waits[8:]) == {60.0}


def test_success_starts_small_again() -> None:
    """After a reset the first ceiling counts."""
    jitter = Jitter(1.0, 60.0, lambda: 1.0)
    for _ in range(5):
        jitter.next_s()
    jitter.reset()
    assert jitter.next_s() == 1.0


def test_three_hundred_stations_spread_evenly() -> None:
    """Each tenth of the ceiling gets about its share of a county that lost its power at once."""
    draws = random.Random(1)
    waits = []
    for _ in range(3000):
        jitter = Jitter(1.0, 60.0, draws.random, tries=6)
        waits.append(jitter.next_s())
    tenths = [sum(1 for wait in waits if tenth * 6 <= wait < tenth * 6 + 6) for tenth in range(10)]
    assert min(tenths) > 240
    assert max(tenths) < 360
