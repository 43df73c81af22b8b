"""Seals: the numbers that were used, so that none is used twice. Pure.

A seal is used up by `bag.sealed`, also when the bag is opened again: it was cut. A sealing that was taken back by undo
did not happen, and its seal is free. Read by the packing desk.
"""

from collections.abc import Iterable, Iterator

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

MAX_SEALS = 5000
"""Seals remembered: two years of seven bags a day; the oldest goes first."""


class Seal(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A used seal and the bag it closed."""

    number: str
    bag: str
    at_ms: int


class Seals(Book[Seal]):
    """Used seals by their number."""

    table = "seal"
    shape = Seal

    def effects(self, event: Event) -> Iterable[Change]:
        """A bag is sealed."""
        return self._used(event) if event.kind == "bag.sealed" else []

    def _used(self, event: Event) -> Iterator[Change]:
        body = event.body
        yield self.put(Seal(body["seal"], body["bag"], body.get("at_ms", event.recorded_ms)))
        if len(self) >= MAX_SEALS and self.get(body["seal"]) is None:
            yield self.drop(min(self, key=lambda seal: (seal.at_ms, seal.number)))
