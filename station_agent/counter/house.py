"""The house: the settings of a station's own rules, and what the counter hears from outside it. Pure.

Outside is whatever the counter cannot know from its books: what the county has not confirmed, devices that want repair,
boxes in alarm, certificates that run out. It is asked at the today card and once a day, never on the way of a scan.
Given to the counter by the station's start; tests give their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from station_agent.counter.local_day import CHINA_MIN

CHECK_DAYS = {"fire": 30, "power": 30, "clean": 7, "sign": 90, "scale": 365, "cold": 7}
"""Days from one check to the next; engineering judgement but for the scale, whose verification is yearly."""

DUTY_KEEP_DAYS = 1095
"""Three years, as records of a public subsidy are looked into; engineering judgement, and a setting."""


class Outside(Protocol):
    """What comes from outside the counter; all of it known without a query."""

    def unsent(self) -> int | None:
        """Entries the county has not confirmed; None where nobody looked yet."""

    def silent_since_ms(self) -> int | None:
        """Wall time the county was last heard, or, where it never was, of the oldest entry; None: nobody looked."""

    def faults(self) -> int:
        """Devices that want repair."""

    def alarms(self) -> int:
        """Cold boxes in alarm."""

    def certificates(self, day: date) -> int:
        """Certificates of scales and thermometers that have run out or soon will."""


class Alone:
    """Nothing is heard from outside."""

    def unsent(self) -> int | None:
        """Nobody looked."""
        return None

    def silent_since_ms(self) -> int | None:
        """Nobody looked."""
        return None

    def faults(self) -> int:
        """None known."""
        return 0

    def alarms(self) -> int:
        """None known."""
        return 0

    def certificates(self, day: date) -> int:
        """None known."""
        del day
        return 0


@dataclass(frozen=True, slots=True)
class House:
    """overdue_days: since the recipient knows: to be chased, to go back. offset_min: of local time from UTC.

    check_days: days from one check to the next, by sort. duty_keep_days: so long whose duty it was is kept.
    """

    overdue_days: tuple[int, ...] = (2, 7)
    offset_min: int = CHINA_MIN
    check_days: Mapping[str, int] = field(default_factory=lambda: dict(CHECK_DAYS))
    outside: Outside = field(default_factory=Alone)
    duty_keep_days: int = DUTY_KEEP_DAYS
