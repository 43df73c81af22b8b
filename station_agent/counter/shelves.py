"""What is in the station now: parcels with their pick-up codes, and how each entry changes that.

Pure. The same rules serve the live counter, the rebuild from the journal and the simulated years. A change is worked
out (`effects`) before anything moves, written by the journal in the entry's own transaction, and then taken (`take`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from station_agent.journal.changes import Change, Row

HERE = "here"
COLLECTED = "collected"
MAX_COLLECTED = 2000
"""Parcels handed out that are still known here, so that a second hand-out gets its own answer; the oldest go first."""
_PICKUP = re.compile(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4,6}")


class Parcel(NamedTuple):
    """One row of the parcel table.

    received_ms: wall time of its receipt. ended_no: counts hand-outs, None while it is here. weight_g: None unless
    weighed.
    """

    waybill: str
    state: str
    code: str
    received_ms: int
    ended_no: int | None
    weight_g: int | None


@dataclass(frozen=True, slots=True)
class ShelfPlan:
    """Shelves, their layers, and the running numbers of pick-up codes such as 3-2-1008."""

    shelves: int = 3
    layers: int = 4
    first: int = 1000
    last: int = 9999


class Shelves:
    """The tables of what is here now, in memory."""

    def __init__(self, plan: ShelfPlan) -> None:
        """Start empty."""
        self._plan = plan
        self._parcels: dict[str, Parcel] = {}
        self._by_code: dict[str, str] = {}
        self._collected: dict[int, str] = {}
        self._taken: set[int] = set()
        self._numbers: dict[str, int] = {}
        self._load: dict[tuple[int, int], int] = {}

    def load(self, parcels: Iterable[Row], numbers: Iterable[Row]) -> None:
        """Fill from the stored tables."""
        for row in sorted((Parcel(*row) for row in parcels), key=lambda parcel: parcel.ended_no or 0):
            self.take([Change("parcel", None, row)])
        self.take(Change("number", None, row) for row in numbers)

    def parcel(self, waybill: str) -> Parcel | None:
        """The parcel, here or handed out lately; None if this station does not know it."""
        return self._parcels.get(waybill)

    def with_code(self, code: str) -> Parcel | None:
        """The parcel that has this pick-up code now."""
        waybill = self._by_code.get(code)
        return self._parcels[waybill] if waybill is not None else None

    @property
    def here(self) -> int:
        """How many parcels are on the shelves."""
        return len(self._by_code)

    def rows(self) -> dict[str, list[Row]]:
        """All rows by table, sorted by key, to be compared with stored ones."""
        return {
            "parcel": sorted(tuple(parcel) for parcel in self._parcels.values()),
            "number": sorted(self._numbers.items()),
        }

    def free_code(self) -> str:
        """The next pick-up code: a running number nobody has, on the layer with the fewest parcels.

        When all numbers are in use they go on above the last one: a parcel is never turned away for want of a number.
        """
        plan = self._plan
        span = plan.last - plan.first + 1
        start = self._numbers.get("code", plan.first - 1) - plan.first + 1
        running = (plan.first + (start + i) % span for i in range(span))
        number = next((n for n in running if n not in self._taken), None) or max(self._taken) + 1
        places = ((s, layer) for s in range(1, plan.shelves + 1) for layer in range(1, plan.layers + 1))
        shelf, layer = min(places, key=lambda place: (self._load.get(place, 0), place))
        return f"{shelf}-{layer}-{number}"

    def effects(self, kind: str, body: dict[str, Any], recorded_ms: int) -> list[Change]:
        """What an entry changes here; nothing for kinds that change nothing."""
        if kind == "parcel.received":
            return list(self._received(body, recorded_ms))
        before = self._parcels.get(str(body.get("waybill")))
        if before is None:
            return []
        if kind == "parcel.weighed":
            return [Change("parcel", before, before._replace(weight_g=body["weight_g"]))]
        if kind == "parcel.collected":
            return list(self._handed_out(before))
        return []

    def take(self, changes: Iterable[Change]) -> None:
        """Let changes happen in memory."""
        for change in changes:
            if change.table == "number":
                self._take_number(change)
            else:
                self._take_parcel(change)

    def _received(self, body: dict[str, Any], recorded_ms: int) -> Iterator[Change]:
        parcel = Parcel(body["waybill"], HERE, body["code"], recorded_ms, None, None)
        yield Change("parcel", self._parcels.get(parcel.waybill), parcel)
        yield self._number("code", _running(parcel.code))

    def _handed_out(self, before: Parcel) -> Iterator[Change]:
        count = self._numbers.get("collected", 0) + 1
        yield Change("parcel", before, before._replace(state=COLLECTED, ended_no=count))
        yield self._number("collected", count)
        if len(self._collected) >= MAX_COLLECTED:
            oldest = self._collected[min(self._collected)]
            yield Change("parcel", self._parcels[oldest], None)

    def _number(self, name: str, value: int) -> Change:
        before = self._numbers.get(name)
        return Change("number", None if before is None else (name, before), (name, value))

    def _take_number(self, change: Change) -> None:
        if change.after is None:
            assert change.before is not None
            self._numbers.pop(change.before[0])
        else:
            self._numbers[change.after[0]] = change.after[1]

    def _take_parcel(self, change: Change) -> None:
        if change.before is not None:
            self._unindex(self._parcels.pop(change.before[0]))
        if change.after is not None:
            parcel = Parcel(*change.after)
            self._parcels[parcel.waybill] = parcel
            self._index(parcel)

    def _index(self, parcel: Parcel) -> None:
        if parcel.state == HERE:
            self._by_code[parcel.code] = parcel.waybill
            self._taken.add(_running(parcel.code))
            place = _place(parcel.code)
            self._load[place] = self._load.get(place, 0) + 1
        elif parcel.ended_no is not None:
            self._collected[parcel.ended_no] = parcel.waybill

    def _unindex(self, parcel: Parcel) -> None:
        if parcel.state == HERE:
            del self._by_code[parcel.code]
            self._taken.discard(_running(parcel.code))
            self._load[_place(parcel.code)] -= 1
        elif parcel.ended_no is not None:
            self._collected.pop(parcel.ended_no, None)


def is_pickup_code(text: str) -> bool:
    """Whether this is the shape of a pick-up code, which no carrier uses for a waybill."""
    return _PICKUP.fullmatch(text) is not None


def _running(code: str) -> int:
    """Running number of a pick-up code."""
    return int(code.rsplit("-", 1)[1])


def _place(code: str) -> tuple[int, int]:
    """Shelf and layer of a pick-up code."""
    shelf, layer, _ = code.split("-")
    return int(shelf), int(layer)
