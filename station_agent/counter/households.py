"""Households with a card: a random number that says nothing of anybody, and whether they consent to the shelf. Pure.

A household is asked once (domain C: nothing may be left at a station without consent); the answer is recorded, may be
changed by asking again, and never keeps a parcel from being received.
"""

from collections.abc import Iterable

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change


class Household(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A household's card. consent: yes | no; since_ms: wall time of that word."""

    number: str
    consent: str
    since_ms: int


class Households(Book[Household]):
    """Every registered household card."""

    table = "household"
    shape = Household

    def effects(self, event: Event) -> Iterable[Change]:
        """A household is registered, or asked again."""
        if event.kind != "household.registered":
            return []
        return [self.put(Household(event.body["household"], event.body["consent"], event.recorded_ms))]
