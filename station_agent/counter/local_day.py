"""The station's own day: China keeps one time all year, eight hours ahead of UTC, as an offset from the settings. Pure.

Inside, time is UTC; a day begins at the station's midnight. Called by the desks, by what is said each morning, and for
the day that is keyed from a paper sheet.
"""

from datetime import UTC, date, datetime, timedelta

DAY_MS = 86_400_000
MINUTE_MS = 60_000
CHINA_MIN = 480
NOON = "1200"
"""Where a sheet tells only the day."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(wall_ms: int, offset_min: int = CHINA_MIN) -> date:
    """The day at the station."""
    return (_EPOCH + timedelta(milliseconds=wall_ms + offset_min * MINUTE_MS)).date()


def keyed_time_ms(digits: str, wall_ms: int, offset_min: int = CHINA_MIN) -> int | None:
    """The wall time of MMDD or MMDDHHMM as keyed: the last such time that is not after now; None for no such day.

    A day alone means its noon; today is meant also before noon.
    """
    if len(digits) not in (4, 8) or not (digits.isascii() and digits.isdigit()):
        return None
    month, day = int(digits[:2]), int(digits[2:4])
    clock = digits[4:] or NOON
    now = _EPOCH + timedelta(milliseconds=wall_ms + offset_min * MINUTE_MS)
    for year in range(now.year, now.year - 5, -1):  # 29 February comes every four years
        try:
            then = datetime(year, month, day, int(clock[:2]), int(clock[2:]), tzinfo=UTC)
        except ValueError:
            if (month, day) == (2, 29) and int(clock[:2]) < 24 and int(clock[2:]) < 60:
                continue
            return None
        if then <= now or (len(digits) == 4 and then.date() == now.date()):
            return min(round((then - _EPOCH).total_seconds() * 1000) - offset_min * MINUTE_MS, wall_ms)
    return None
