"""What is left out where personal data is looked for: wall times of today, and nothing else."""

import time

from tests.station_agent.clear_text import DAY_MS, without_times


def test_only_times_of_today_are_left_out() -> None:
    """A phone alone, behind a country's code, or among others stays; so does a time of another day, and text."""
    now_ms = time.time_ns() // 1_000_000
    for text in (b"13917624835", b"8613917624835", b"x13900004835y", b"%d" % (now_ms + 2 * DAY_MS), b"%d0" % now_ms):
        assert without_times(text) == text
    assert without_times(b'{"at_ms":%d,"phone":"13917624835"}' % now_ms) == b'{"at_ms":,"phone":"13917624835"}'
