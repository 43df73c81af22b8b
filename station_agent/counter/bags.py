"""Bags: every bag the station has or had lately, and where it stands in its life. Pure.

state    what it means                                     comes by
-------  ------------------------------------------------  ----------------
here     came in closed                                    bag.received
"""

from collections.abc import Iterable, Iterator

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

HERE = "here"
MAX_BAGS = 400
"""Bags remembered, to tell a second scan from a new bag; the oldest goes first."""


class Bag(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One bag. shape: kind of its code. at_ms: when it came into this state."""

    code: str
    state: str
    shape: str
    at_ms: int


class Bags(Book[Bag]):
    """Bags by their code."""

    table = "bag"
    shape = Bag

    def effects(self, event: Event) -> Iterable[Change]:
        """What an event changes; see the table above."""
        if event.kind == "bag.received":
            return self._known(Bag(event.body["bag"], HERE, event.body["shape"], event.recorded_ms))
        return []

    def _known(self, bag: Bag) -> Iterator[Change]:
        yield self.put(bag)
        if len(self) >= MAX_BAGS and self.get(bag.code) is None:
            yield self.drop(min(self, key=lambda old: (old.at_ms, old.code)))
