"""Consignments (大宗寄件): what one sender brings in many boxes is said once, and the boxes are counted. Pure.

    consignment.opened -> open, boxes accepted and weighed -> consignment.closed with the sum

One is open at a time; it outlives a power cut, and leaves this table when it is closed. What was said stands in every
box's own entry too, so that no box depends on it later.
"""

from collections.abc import Iterable

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.counter.shelves import Shelves
from station_agent.journal.changes import Change


class Consignment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An open consignment.

    sender: token of the sender's registration. agreement: number of the sender's safety agreement, "" for none.
    weighing: pending where the hub weighs. count: boxes accepted; weight_g: of those weighed; typed: how many of these
    weights no scale measured; unweighed: the others.
    """

    key: str
    number: int
    sender: str
    product: str
    opened_ms: int
    destination: str = ""
    price: str = ""
    lot: str = ""
    source: str = ""
    agreement: str = ""
    weighing: str = ""
    count: int = 0
    weight_g: int = 0
    unweighed: int = 0
    typed: int = 0


TYPED = "typed"
_SAID = ("destination", "price", "lot", "source", "agreement", "weighing")


class Consignments(Book[Consignment]):
    """The open consignment, if there is one."""

    table = "consignment"
    shape = Consignment

    def __init__(self, shelves: Shelves) -> None:
        """`shelves` tells what a parcel weighed before."""
        super().__init__()
        self._shelves = shelves

    @property
    def open(self) -> Consignment | None:
        """The consignment boxes are accepted for now."""
        return next(iter(self), None)

    def effects(self, event: Event) -> Iterable[Change]:
        """A consignment is opened, agreed on, closed; one of its boxes is accepted, weighed, given back."""
        body = event.body
        if event.kind == "consignment.opened":
            return [*(self.drop(other) for other in self), self.put(_opened(event))]
        now = self.open
        if now is None:
            return []
        match event.kind:
            case "consignment.closed" if body.get("consignment") == now.number:
                return [self.drop(now)]
            case "consignment.agreed" if body.get("consignment") == now.number:
                return [self.put(msgspec.structs.replace(now, agreement=body["agreement"]))]
            case "parcel.accepted" if body.get("consignment") == now.number:
                return [self._counted(now, 1, 0, 1)]
        parcel = self._shelves.parcel(str(body.get("waybill")))
        if parcel is None or parcel.consignment != now.number:
            return []
        was_g, was_typed = parcel.weight_g, int(parcel.weight_how == TYPED)
        match event.kind:
            case "parcel.weighed":
                weight_g = body.get("weight_g")
                unweighed = int(weight_g is None) - int(was_g is None)
                typed = int(body.get("how") == TYPED) - was_typed
                return [self._counted(now, 0, (weight_g or 0) - (was_g or 0), unweighed, typed)]
            case "parcel.returned" if not parcel.ended_no:
                return [self._counted(now, -1, -(was_g or 0), -int(was_g is None), -was_typed)]
        return []

    def _counted(self, now: Consignment, count: int, weight_g: int, unweighed: int, typed: int = 0) -> Change:
        """The consignment with so much more."""
        return self.put(
            msgspec.structs.replace(
                now,
                count=now.count + count,
                weight_g=now.weight_g + weight_g,
                unweighed=now.unweighed + unweighed,
                typed=now.typed + typed,
            )
        )


def _opened(event: Event) -> Consignment:
    body = event.body
    number: int = body["consignment"]
    said = {name: body[name] for name in _SAID if name in body}
    return Consignment(
        str(number), number, body["sender"], body["product"], body.get("at_ms", event.recorded_ms), **said
    )
