"""Tallies: how often each service was given on each day, how much packaging came and went; nothing of whom. Pure.

    service.counted, stock.counted -> one more
    service.total, stock.total -> the day's number as keyed in the evening, whatever was counted

Used by the services' desk and by what is said of the day.
"""

from collections.abc import Iterable, Iterator

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

MAX_TALLIES = 600
"""Rows remembered: six services and four counts of packaging for sixty days; the entries stay."""
_STOCK = ("packaging_", "basket_")
"""How the names begin that count things and no services."""


class Tally(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One service, or count of things, on one day. key: "YYYY-MM-DD name".

    typed: the number was keyed, not counted by cards.
    """

    key: str
    count: int
    typed: bool = False


class Tallies(Book[Tally]):
    """Every tally of late."""

    table = "tally"
    shape = Tally

    def count(self, day: str, name: str) -> int:
        """How often a service was given on a day, or how many things were counted."""
        tally = self.get(f"{day} {name}")
        return 0 if tally is None else tally.count

    def of_day(self, day: str) -> int:
        """How many services were given on a day."""
        of_day = ((tally.key.removeprefix(f"{day} "), tally) for tally in self if tally.key.startswith(f"{day} "))
        return sum(tally.count for name, tally in of_day if not name.startswith(_STOCK))

    def effects(self, event: Event) -> Iterable[Change]:
        """A service was given, a thing was counted, or a day's number was keyed."""
        body, (what, _, how) = event.body, event.kind.partition(".")
        if what not in ("service", "stock") or how not in ("counted", "total"):
            return []
        key = f"{body['day']} {body[what]}"
        if how == "total":
            return self._kept(Tally(key, body["count"], typed=True))
        before = self.get(key)
        count, typed = (0, False) if before is None else (before.count, before.typed)
        return self._kept(Tally(key, count + 1, typed))

    def _kept(self, tally: Tally) -> Iterator[Change]:
        yield self.put(tally)
        if len(self) >= MAX_TALLIES and self.get(tally.key) is None:
            yield self.drop(min(self, key=lambda old: old.key))
