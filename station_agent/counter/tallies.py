"""Tallies: how often each service was given on each day, and nothing of whom it was given to. Pure.

    service.counted -> one more        service.total -> the day's number as keyed in the evening, whatever was counted

Used by the services' desk and by what is said of the day.
"""

from collections.abc import Iterable, Iterator

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

MAX_TALLIES = 600
"""Rows remembered: six services for a hundred days; the entries stay."""


class Tally(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One service on one day. key: "YYYY-MM-DD service". typed: the number was keyed, not counted by cards."""

    key: str
    count: int
    typed: bool = False


class Tallies(Book[Tally]):
    """Every tally of late."""

    table = "tally"
    shape = Tally

    def count(self, day: str, service: str) -> int:
        """How often a service was given on a day."""
        tally = self.get(f"{day} {service}")
        return 0 if tally is None else tally.count

    def of_day(self, day: str) -> int:
        """How many services were given on a day."""
        return sum(tally.count for tally in self if tally.key.startswith(f"{day} "))

    def effects(self, event: Event) -> Iterable[Change]:
        """A service was given, or a day's number was keyed."""
        body = event.body
        if event.kind == "service.counted":
            before = self.get(f"{body['day']} {body['service']}")
            count, typed = (0, False) if before is None else (before.count, before.typed)
            return self._kept(Tally(f"{body['day']} {body['service']}", count + 1, typed))
        if event.kind == "service.total":
            return self._kept(Tally(f"{body['day']} {body['service']}", body["count"], typed=True))
        return []

    def _kept(self, tally: Tally) -> Iterator[Change]:
        yield self.put(tally)
        if len(self) >= MAX_TALLIES and self.get(tally.key) is None:
            yield self.drop(min(self, key=lambda old: old.key))
