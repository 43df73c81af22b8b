"""Holds: parcels turned away before they were accepted, for what is in them; they are not accepted later. Pure.

    parcel.held of a parcel nobody accepted here -> held -> parcel.released

A parcel that was accepted carries its hold itself (`shelves`). Whoever brings the same parcel again hears of it, until
somebody releases it, under either of its numbers.
"""

from collections.abc import Iterable, Iterator

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.counter.shelves import Shelves
from station_agent.journal.changes import Change

MAX_HOLDS = 500
"""Holds remembered; the oldest goes first, from the table and never from the record."""


class Hold(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One held parcel; reason: value of the reason card."""

    waybill: str
    reason: str
    at_ms: int


class Holds(Book[Hold]):
    """Held parcels by waybill."""

    table = "hold"
    shape = Hold

    def __init__(self, shelves: Shelves) -> None:
        """`shelves` tells which two numbers are one parcel."""
        super().__init__()
        self._shelves = shelves

    def effects(self, event: Event) -> Iterable[Change]:
        """A parcel is held at the door, or released."""
        waybill = str(event.body.get("waybill"))
        if event.kind == "parcel.held" and event.body.get("unreceived"):
            return self._held(Hold(waybill, event.body.get("reason", ""), event.recorded_ms))
        if event.kind != "parcel.released":
            return []
        held = map(self.get, self._shelves.numbers_of(waybill))
        return [self.drop(hold) for hold in held if hold is not None]

    def _held(self, hold: Hold) -> Iterator[Change]:
        yield self.put(hold)
        if len(self) >= MAX_HOLDS and self.get(hold.waybill) is None:
            yield self.drop(min(self, key=lambda old: (old.at_ms, old.waybill)))
