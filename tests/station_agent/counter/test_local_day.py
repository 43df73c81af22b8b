"""The station's own day, and the day keyed from a paper sheet."""

import pytest

from station_agent.counter.local_day import DAY_MS, day_of, keyed_time_ms

NOON_MS = 1_768_449_600_000
"""2026-01-15 12:00 in China, 04:00 UTC."""
HOUR_MS = 3_600_000


def test_a_day_begins_at_midnight_in_china() -> None:
    """Eight hours before UTC's; another offset gives another day."""
    assert day_of(NOON_MS).isoformat() == "2026-01-15"
    assert day_of(NOON_MS + 12 * HOUR_MS).isoformat() == "2026-01-16"
    assert day_of(NOON_MS + 12 * HOUR_MS - 1).isoformat() == "2026-01-15"
    assert day_of(NOON_MS + 12 * HOUR_MS, 0).isoformat() == "2026-01-15"


@pytest.mark.parametrize(
    ("digits", "ago_ms"),
    [
        ("0115", 0),
        ("0114", DAY_MS),
        ("01141530", DAY_MS - 3 * HOUR_MS - HOUR_MS // 2),
        ("01150830", 3 * HOUR_MS + HOUR_MS // 2),
        ("01151201", 365 * DAY_MS - 60_000),
        ("0116", 364 * DAY_MS),
        ("1231", 15 * DAY_MS),
        ("0229", 686 * DAY_MS),
    ],
)
def test_a_keyed_day_is_the_last_such_day(digits: str, ago_ms: int) -> None:
    """Never after now: a later day of the year is one of the year before, 29 February of the last leap year."""
    assert keyed_time_ms(digits, NOON_MS) == NOON_MS - ago_ms


@pytest.mark.parametrize(
    "digits", ["", "1", "115", "1301", "0230", "0431", "0000", "01152460", "01152400", "011508301", "02292500"]
)
def test_what_is_no_day(digits: str) -> None:
    """No such day or time, or not of four or eight digits."""
    assert keyed_time_ms(digits, NOON_MS) is None


def test_today_is_meant_before_noon_too() -> None:
    """A day alone means its noon, but never a time that is still to come."""
    assert keyed_time_ms("0115", NOON_MS - HOUR_MS) == NOON_MS - HOUR_MS
