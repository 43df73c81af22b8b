"""The count of a stock-take so far: what was found on the shelves since it began. Pure.

    row      what it means                                 comes by
    -------  --------------------------------------------  --------------------------------------
    here     scanned, and it was to be here                stocktake.counted
    adopted  scanned, and nobody knew that it lies here    stocktake.counted
    seen     scanned, and nobody knew of it: its sticker   stocktake.seen
             has still to be said
    missing  not scanned, and marked so (many at once)     parcel.missing
    -        the count is over                             stocktake.ended, stocktake.dropped

A row a parcel, so that a power cut loses no scan; a count is open while it has rows. Used by the stock-take's desk.
"""

from collections.abc import Iterable, Sequence

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.counter.numbers import Numbers
from station_agent.counter.shelves import Parcel, Shelves
from station_agent.counter.vocabulary import custody
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record

HERE = "here"
ADOPTED = "adopted"
SEEN = "seen"
MISSING = "missing"


class Counted(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One parcel of the open count. at_ms: wall time of its scan."""

    waybill: str
    found: str
    at_ms: int


class Stocktake(Book[Counted]):
    """The open count, if any."""

    table = "stocktake"
    shape = Counted

    def __init__(self, numbers: Numbers) -> None:
        """`numbers` gives the number of the next stock-take."""
        super().__init__()
        self._numbers = numbers
        self._others = 0

    @property
    def number(self) -> int:
        """Number of the open count, or of the next one."""
        return self._numbers.value("stocktake") + 1

    @property
    def is_open(self) -> bool:
        """Whether anything was counted since the last one ended."""
        return len(self) > 0

    @property
    def found(self) -> int:
        """How many parcels were counted."""
        return len(self) - self._others

    def has(self, waybill: str) -> bool:
        """Whether this parcel was counted."""
        row = self.get(waybill)
        return row is not None and row.found not in (MISSING, SEEN)

    def of(self, found: str) -> list[str]:
        """Waybills of all rows of a sort, sorted."""
        return sorted(row.waybill for row in self if row.found == found)

    def effects(self, event: Event) -> Iterable[Change]:
        """See the table."""
        body = event.body
        if event.kind == "stocktake.counted":
            return [self.put(Counted(body["waybill"], body.get("found", HERE), event.recorded_ms))]
        if event.kind == "stocktake.seen":
            return [self.put(Counted(body["waybill"], SEEN, event.recorded_ms))]
        if event.kind == "parcel.missing" and body.get("stocktake"):
            return [self.put(Counted(body["waybill"], MISSING, event.recorded_ms))]
        if event.kind in ("stocktake.ended", "stocktake.dropped"):
            return [self.drop(row) for row in self]
        return []

    def added(self, value: Counted) -> None:
        """Keep count."""
        self._others += value.found in (MISSING, SEEN)

    def removed(self, value: Counted) -> None:
        """Keep count."""
        self._others -= value.found in (MISSING, SEEN)


def found_again(parcel: Parcel) -> Record:
    """The entry of a missing parcel that turned up; its code has been its own all the time."""
    return custody("parcel.found", waybill=parcel.waybill, code=parcel.code)


def found_before(shelves: Shelves, written: Sequence[Record]) -> list[Record]:
    """These entries, and before what is done to a missing parcel that it was found: somebody has it in his hands."""
    found: set[str] = set()
    records: list[Record] = []
    for record in written:
        acts = record.kind.startswith("parcel.") and record.kind not in ("parcel.found", "parcel.missing")
        parcel = shelves.parcel(str(record.body.get("waybill"))) if acts else None
        if record.kind == "parcel.found":
            found.add(record.body["waybill"])
        if parcel is not None and parcel.missing and not parcel.ended_no and parcel.waybill not in found:
            found.add(parcel.waybill)
            records.append(found_again(parcel))
        records.append(record)
    return records
