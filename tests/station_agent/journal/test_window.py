"""The recovery window is over when the county's clock and the station's own life say so, whatever a clock shows."""

import hypothesis.strategies as st
from hypothesis import given

from station_agent.journal.window import AWAKE_MS, DAY_MS, LIVED_MS, Lived, Window, packed, unpacked

AT_MS = 1_790_000_000_000
YEARS_MS = 73 * 365 * DAY_MS
EMPTY = Window()


def days(count: int, window: Window = EMPTY, *, keep: int = 30) -> Window:
    """So many days in good order; on day N the county has chain 1 up to N."""
    begun = len(window.days)
    for day in range(begun, begun + count):
        window = window.looked(b"a", AT_MS + day * DAY_MS, Lived(1, day * DAY_MS), {1: day}, keep)
    return window


def test_what_was_confirmed_is_free_after_thirty_days_and_not_before() -> None:
    """The thirty-first look frees what the county had at the first; older days are not kept."""
    assert days(30).free(30) == {}
    assert days(31).free(30) == {1: 0}
    window = days(50, days(31))
    assert (window.free(30), len(window.days)) == ({1: 50}, 31)


def test_a_county_clock_that_jumps_far_ahead_is_one_day() -> None:
    """Seventy years at once free nothing; back in its own time it goes on counting from there."""
    window = days(5)
    far = window.looked(b"a", AT_MS + YEARS_MS, Lived(1, 6 * DAY_MS), {1: 5}, 30)
    assert (len(far.days), far.free(30)) == (6, {})
    back = far.looked(b"a", AT_MS + 6 * DAY_MS, Lived(1, 7 * DAY_MS), {1: 6}, 30)
    assert len(back.days) == 6
    again = back.looked(b"a", AT_MS + 7 * DAY_MS, Lived(1, 8 * DAY_MS), {1: 7}, 30)
    assert len(again.days) == 7


def test_days_the_station_did_not_live_do_not_count() -> None:
    """A county clock that runs wild adds no day within twenty hours of a boot, nor by starting again and again."""
    window = days(1)
    for hour in range(19):
        window = window.looked(b"a", AT_MS + hour * 400 * DAY_MS, Lived(1, hour * 3_600_000), {1: 0}, 30)
    for boot in range(2, 40):
        window = window.looked(b"a", AT_MS + YEARS_MS * boot, Lived(boot, AWAKE_MS - 1), {1: 0}, 30)
    assert len(window.days) == 1
    assert len(window.looked(b"a", AT_MS + DAY_MS, Lived(1, LIVED_MS), {1: 0}, 30).days) == 2
    assert len(window.looked(b"a", AT_MS + DAY_MS, Lived(2, AWAKE_MS), {1: 0}, 30).days) == 2


def test_a_restored_county_is_counted_anew() -> None:
    """What the one before confirmed long ago frees nothing: the new one may lack it."""
    window = days(40).looked(b"b", AT_MS + 50 * DAY_MS, Lived(1, 50 * DAY_MS), {1: 7}, 30)
    assert (len(window.days), window.free(30)) == (1, {})


def test_it_is_kept_as_bytes_and_anything_else_is_an_empty_one() -> None:
    """A journal of an older program, or bytes that are no window, begin anew."""
    window = days(33)
    assert unpacked(packed(window)) == window
    assert unpacked(None) == unpacked(b"\xff\x00") == Window()


@given(st.lists(st.tuples(st.integers(-400, 400), st.integers(0, 30), st.booleans()), max_size=80), st.integers(1, 6))
def test_no_clock_frees_anything_in_fewer_lived_days_than_the_window(
    looks: list[tuple[int, int, bool]], keep: int
) -> None:
    """Whatever the county's clock does, each day that counts cost the station hours of its own."""
    window, at_ms, boot, since_ms, lived_ms = Window(), AT_MS, 1, 0, 0
    for days_on, hours, boots in looks:
        at_ms = max(0, at_ms + days_on * DAY_MS)
        boot, since_ms = (boot + 1, 0) if boots else (boot, since_ms)
        since_ms += hours * 3_600_000
        lived_ms += hours * 3_600_000
        window = window.looked(b"a", at_ms, Lived(boot, since_ms), {1: len(window.days)}, keep)
        assert len(window.days) <= keep + 1
        if window.free(keep):
            assert lived_ms >= keep * AWAKE_MS
