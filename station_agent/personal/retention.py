"""What of the contacts has been kept long enough. Pure.

Rules
1. A contact is of use while its parcel is here. What is on no shelf (handed out, returned, announced and never come) is
   marked with the time that was first seen, at the daily look.
2. A parcel that is here again (taken back by mistake, received at last) loses the mark.
3. Away for `days` days and more: erased. Shorter than the 90 to 180 days personal fields may be kept in the trade,
   since the county has its own sealed copy.
4. A time in the future is a clock that was wrong: the days are counted from now.
5. A row that does not open is of use to nobody: erased at once.

    mark    parcel here    parcel away
    nil     -              mark with now
    since   clear          since <= now - days: erase; since > now: mark with now; else -

Called by the daily sweep.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from station_agent.personal.contacts import Kept

DAY_MS = 86_400_000
DAYS = 30
MOST_AT_ONCE = 500
"""Rows changed in one transaction: the counter never waits long; the rest comes with the next."""


class Due(NamedTuple):
    """What is to be done now. erase: waybills. mark: waybills and since when they are away. more: it is not all."""

    erase: list[str]
    mark: list[tuple[str, int | None]]
    more: bool


def due(
    kept: Iterable[Kept], unreadable: Iterable[str], *, is_here: Callable[[str], bool], now_ms: int, days: int
) -> Due:
    """What is due among the contacts kept, at most MOST_AT_ONCE of it."""
    erase, mark = list(unreadable), list[tuple[str, int | None]]()
    for waybill, away_ms in kept:
        if is_here(waybill):
            if away_ms is not None:
                mark.append((waybill, None))
        elif away_ms is None or away_ms > now_ms:
            mark.append((waybill, now_ms))
        elif away_ms <= before_ms(now_ms, days):
            erase.append(waybill)
    room = max(MOST_AT_ONCE - len(erase), 0)
    return Due(erase[:MOST_AT_ONCE], mark[:room], len(erase) + len(mark) > MOST_AT_ONCE)


def before_ms(now_ms: int, days: int) -> int:
    """What is older than this wall time has been kept long enough."""
    return now_ms - days * DAY_MS
