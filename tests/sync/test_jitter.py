"""Full jitter: random below a doubling ceiling."""

import random

from sync.jitter import TAKEN_CAP_S, Jitter, Reconnects


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


def test_only_a_connection_longer_than_any_twin_waits_starts_small_again() -> None:
    """One that held as long as the longest wait may have been let be by a twin; one twice as long was good."""
    reconnects = Reconnects(50.0, lambda: 1.0)
    assert [reconnects.after(None) for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 50.0]
    assert reconnects.after(99.0) == 50.0
    assert reconnects.after(100.0) == 1.0


def test_two_of_one_name_leave_each_other_ever_more_time() -> None:
    """Taken over again and again they wait minutes; a link that merely failed meanwhile does not."""
    reconnects = Reconnects(50.0, lambda: 1.0)
    taken = [reconnects.after(30.0, taken_over=True) for _ in range(12)]
    assert taken[:4] == [1.0, 2.0, 4.0, 8.0]
    assert taken[-1] == TAKEN_CAP_S
    assert reconnects.after(150.0) == 1.0
    assert reconnects.after(TAKEN_CAP_S, taken_over=True) == TAKEN_CAP_S
    assert reconnects.after(2 * TAKEN_CAP_S, taken_over=True) == 1.0


def test_two_of_one_name_settle_to_few_connections() -> None:
    """A cloned card at one broker: a day of both costs some hundreds of handshakes, not ten thousand."""
    draws, now_s, connections = random.Random(3), 0.0, 0
    twins = [Reconnects(50.0, draws.random) for _ in range(2)]
    since_s, comes_s = [0.0, 0.0], [0.0, 1.0]
    up: int | None = None
    while now_s < 86_400.0:
        who = comes_s.index(min(comes_s))
        now_s = comes_s[who]
        comes_s[who], since_s[who], connections = float("inf"), now_s, connections + 1
        if up is not None and up != who:
            comes_s[up] = now_s + twins[up].after(now_s - since_s[up], taken_over=True)
        up = who
    assert connections < 500
