"""Running numbers of a station: the pick-up code given last, batches, handovers, cases. Pure.

A number only ever grows or runs round; it is written with the entry that used it, so that no number is given twice
after a power cut. Used by the books and by the desks that give numbers.
"""

from collections.abc import Iterable

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change


class Number(msgspec.Struct, frozen=True, gc=False):
    """The value used last."""

    name: str
    value: int


_USED_BY = {
    "parcel.received": ("batch", "batch"),
    "batch.confirmed": ("confirmed", "batch"),
    "case.opened": ("case", "case"),
    "handover.begun": ("handover", "handover"),
    "consignment.opened": ("consignment", "consignment"),
    "stocktake.ended": ("stocktake", "stocktake"),
    "stocktake.dropped": ("stocktake", "stocktake"),
}
"""Kind of entry -> the number it uses, and the field of its body that tells it."""


class Numbers(Book[Number]):
    """Every running number by name."""

    table = "number"
    shape = Number

    def value(self, name: str) -> int:
        """The value used last, 0 for none."""
        number = self.get(name)
        return 0 if number is None else number.value

    def change(self, name: str, value: int) -> Change:
        """The change that makes this the value used last."""
        return self.put(Number(name, value))

    def effects(self, event: Event) -> Iterable[Change]:
        """The number an entry uses up."""
        name, field = _USED_BY.get(event.kind, ("", ""))
        value = event.body.get(field)
        return [self.change(name, value)] if isinstance(value, int) and value > self.value(name) else []
