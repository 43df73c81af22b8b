"""Duty: who is on duty at the counter, by the number of a badge alone. Pure.

    duty.began -> on duty -> duty.ended (by badge or card, or because nobody can be on duty for so long)

Kept through a restart. The badge of whoever came on duty last stands as `by` in what is recorded meanwhile; a duty
without a badge counts hours for nobody in particular. Used by the duty's desk and by the counter.
"""

from collections.abc import Iterable

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

NO_BADGE = "-"
"""Key of a duty that was begun without a badge."""
MAX_ON_DUTY = 8
HOUR_MS = 3_600_000
MAX_HOURS = 16
"""After so long a duty was forgotten, not worked: it ends by itself, marked so. Engineering judgement."""


class OnDuty(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One person on duty. badge: its number, or NO_BADGE; purpose: attendant | welfare."""

    badge: str
    purpose: str
    since_ms: int


class Duty(Book[OnDuty]):
    """Everybody who is on duty."""

    table = "duty"
    shape = OnDuty

    @property
    def by(self) -> str:
        """Badge of whoever came on duty last, "" where nobody with a badge is."""
        badged = [(one.since_ms, one.badge) for one in self if one.badge != NO_BADGE]
        return max(badged)[1] if badged else ""

    def of(self, badge: str) -> OnDuty | None:
        """The duty of a badge, "" for the one without a badge."""
        return self.get(badge or NO_BADGE)

    def forgotten(self, wall_ms: int) -> list[OnDuty]:
        """Duties that were begun so long ago that nobody can still be at work."""
        return sorted((one for one in self if wall_ms - one.since_ms >= MAX_HOURS * HOUR_MS), key=lambda one: one.badge)

    def effects(self, event: Event) -> Iterable[Change]:
        """Somebody comes or goes."""
        badge = event.body.get("badge") or NO_BADGE
        if event.kind == "duty.began":
            return [self.put(OnDuty(badge, event.body["purpose"], event.recorded_ms))]
        one = self.get(badge) if event.kind == "duty.ended" else None
        return [] if one is None else [self.drop(one)]
