"""Parcels nobody fetches: which are overdue since their recipient knows of them, each told once per threshold. Pure.

The time runs from the notice, never from the day a parcel came: who does not know of it is not late. A parcel that
cannot be found is not overdue but missing. Called by the counter's tick, and for what is said of the day.
"""

from collections.abc import Iterable

from station_agent.counter.local_day import DAY_MS
from station_agent.counter.shelves import Parcel
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

MAX_AT_ONCE = 50
"""Entries in one transaction; the rest follow at the next tick."""
KNOWN_MS = 1_704_067_200_000
"""2024-01-01: a notice from before is a clock that was not set yet, and says nothing of how long ago it was."""


def overdue_days(parcel: Parcel, thresholds: Iterable[int], wall_ms: int) -> int:
    """The highest threshold (days) a parcel has passed, 0 for none."""
    since_ms = parcel.notice_ms
    if not parcel.is_here or parcel.missing or not since_ms or since_ms < KNOWN_MS <= wall_ms:
        return 0
    return max((days for days in thresholds if wall_ms - since_ms >= days * DAY_MS), default=0)


def uncollected(parcels: Iterable[Parcel], thresholds: tuple[int, ...], wall_ms: int) -> list[Record]:
    """The entries of parcels that have passed a threshold not yet told; MAX_AT_ONCE at most."""
    found: list[Record] = []
    for parcel in parcels:
        days = overdue_days(parcel, thresholds, wall_ms)
        if days > parcel.chased_days:
            found.append(custody("parcel.overdue", waybill=parcel.waybill, code=parcel.code, days=days))
            if len(found) >= MAX_AT_ONCE:
                break
    return found
