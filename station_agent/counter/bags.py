"""Bags: every bag the station has or had lately, and where it stands in its life. Pure.

state      what it means                                          comes by
---------  -----------------------------------------------------  ---------------------------------------------
open       parcels are packed into it here                        bag.opened, bag.reopened
sealed     waits for a vehicle                                    bag.sealed; handover.voided, handover.unbagged;
                                                                  bag.received of one that never left, not empty
arriving   scanned in a handover that nobody has closed yet       handover.bag (down)
here       came in closed                                         bag.received
unpacking  its parcels are taken out                              bag.unpacking
empty      unpacked; one of ours waits for its next use           bag.unpacked
gone       left with a driver                                     bag.departed
missing    a list announced it, and its time is over              bag.missed

A sealed bag that was scanned in an open handover stays sealed and bears the number of that handover. A bag that was
arriving when the handover was voided is unknown again. A bag's trip starts anew whenever it is opened or comes in.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

OPEN = "open"
SEALED = "sealed"
ARRIVING = "arriving"
HERE = "here"
UNPACKING = "unpacking"
EMPTY = "empty"
GONE = "gone"
MISSING = "missing"
AWAY = (EMPTY, GONE, MISSING)
"""Nothing that is ours to keep is in it, or it is not here."""
TOLD = -1
"""In the place of a bag's due time: what came of its trip is on record."""
MAX_BAGS = 400
"""Bags remembered, to tell a second scan from a new bag; the oldest that is away goes first."""
MAX_PARCELS = 200
"""Parcels in one bag; no bag a person lifts holds so many, and it bounds the transaction in which they leave."""
MAX_EXCESS = 50
"""Of the parcels a list did not announce so many are remembered by name."""


class Bag(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One bag. shape: kind of its code. at_ms: when it came into this state; opened_ms: when its trip began here.

    count: parcels taken out of it so far; what is packed in it the shelves know. seal: noted for it; checked: a person
    read that seal on the bag before opening it. weight_g: measured last. handover: number of the one it is in, or last
    changed hands in; holder: the driver of it. to: where it is to go. due_ms: when it should have come to its end, 0
    where nobody said, TOLD once the county's word of it is on record.
    excess: taken out of it and on no list. damaged: marked so before they were taken out.
    """

    code: str
    state: str
    shape: str
    at_ms: int
    opened_ms: int = 0
    count: int = 0
    seal: str = ""
    checked: bool = False
    weight_g: int | None = None
    handover: int = 0
    holder: str = ""
    to: str = ""
    due_ms: int = 0
    excess: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def is_away(self) -> bool:
        """Whether it may start a new trip."""
        return self.state in AWAY


class Bags(Book[Bag]):
    """Bags by their code."""

    table = "bag"
    shape = Bag

    def in_state(self, *states: str) -> list[Bag]:
        """The bags in these states, the oldest first."""
        return sorted((bag for bag in self if bag.state in states), key=lambda bag: (bag.at_ms, bag.code))

    def effects(self, event: Event) -> Iterable[Change]:
        """What an event changes; see the table above. A kind or bag nobody knows changes nothing."""
        starting = _STARTS.get(event.kind)
        if starting is not None and (event.kind != "handover.bag" or event.body["way"] == "down"):
            return self._known(starting(event, self.get(event.body["bag"])))
        if event.kind == "handover.voided":
            return self._voided(event)
        rule = _RULES.get(event.kind)
        before = self.get(str(event.body.get("bag"))) if rule is not None else None
        if rule is None or before is None:
            return []
        after = rule(before, event)
        return [self.drop(before)] if after is None else [self.put(after)]

    def _known(self, bag: Bag) -> Iterator[Change]:
        yield self.put(bag)
        if len(self) >= MAX_BAGS and self.get(bag.code) is None:
            yield self.drop(min(self, key=lambda old: (not old.is_away, old.at_ms, old.code)))

    def _voided(self, event: Event) -> Iterator[Change]:
        """Bags of a handover that did not happen are what they were."""
        for code in event.body.get("bags_in", ()):
            bag = self.get(code)
            if bag is not None and bag.state == ARRIVING:
                yield self.drop(bag)
        for code in event.body.get("bags_out", ()):
            bag = self.get(code)
            if bag is not None:
                yield self.put(msgspec.structs.replace(bag, handover=0))


def _at_ms(event: Event) -> int:
    at_ms: int = event.body.get("at_ms", event.recorded_ms)
    return at_ms


def _opened(event: Event, before: Bag | None) -> Bag:
    del before
    body, at_ms = event.body, _at_ms(event)
    return Bag(body["bag"], OPEN, body["shape"], at_ms, at_ms, to=body.get("to", ""))


def _received(event: Event, before: Bag | None) -> Bag:
    """What was noted of it while it was arriving stays known."""
    body, at_ms = event.body, _at_ms(event)
    if before is not None and before.state == ARRIVING:
        return msgspec.structs.replace(before, state=HERE, at_ms=at_ms)
    if before is not None and "left_ms" in body:  # it never left: what is known of this trip of it still holds
        state = SEALED if body.get("count") else HERE
        return msgspec.structs.replace(before, state=state, at_ms=at_ms, handover=0, holder="", due_ms=0)
    return Bag(body["bag"], HERE, body["shape"], at_ms, at_ms)


def _arriving(event: Event, before: Bag | None) -> Bag:
    del before
    body, at_ms = event.body, _at_ms(event)
    holder, number = body.get("driver", ""), body["handover"]
    return Bag(body["bag"], ARRIVING, body["shape"], at_ms, at_ms, handover=number, holder=holder)


def _missed(event: Event, before: Bag | None) -> Bag:
    del before
    return Bag(event.body["bag"], MISSING, "", _at_ms(event), holder=event.body.get("holder", ""))


_STARTS: dict[str, Callable[[Event, Bag | None], Bag]] = {
    "bag.opened": _opened,
    "bag.received": _received,
    "handover.bag": _arriving,
    "bag.missed": _missed,
}
"""Entries by which a bag is here that need not have been before."""


def _set(**fields: Any) -> Callable[[Bag, Event], Bag]:  # noqa: ANN401 - whatever a bag's fields hold
    return lambda bag, _: msgspec.structs.replace(bag, **fields)


def _taken_out(bag: Bag, event: Event) -> Bag:
    """A parcel was received out of it."""
    excess = bag.excess
    if event.body.get("excess") and len(excess) < MAX_EXCESS:
        excess = (*excess, event.body["waybill"])
    return msgspec.structs.replace(bag, count=bag.count + 1, excess=excess)


def _damaged_inside(bag: Bag, event: Event) -> Bag:
    """A parcel that still lies in it was marked."""
    waybill = event.body["waybill"]
    if waybill in bag.damaged or len(bag.damaged) >= MAX_EXCESS:
        return bag
    return msgspec.structs.replace(bag, damaged=(*bag.damaged, waybill))


def _weighed(bag: Bag, event: Event) -> Bag:
    return msgspec.structs.replace(bag, weight_g=event.body["weight_g"])


def _sealed(bag: Bag, event: Event) -> Bag:
    body = event.body
    return msgspec.structs.replace(
        bag, state=SEALED, at_ms=_at_ms(event), seal=body["seal"], to=body.get("to", bag.to), handover=0
    )


def _reopened(bag: Bag, event: Event) -> Bag:
    return msgspec.structs.replace(bag, state=OPEN, at_ms=_at_ms(event), seal="", weight_g=None)


def _seal_noted(bag: Bag, event: Event) -> Bag:
    return msgspec.structs.replace(bag, seal=event.body["seal"], checked=bool(event.body.get("checked")))


def _loaded(bag: Bag, event: Event) -> Bag:
    """It goes up with the open handover; one that came down was dealt with before."""
    return msgspec.structs.replace(bag, handover=event.body["handover"])


def _unbagged(bag: Bag, _: Event) -> Bag | None:
    return None if bag.state == ARRIVING else msgspec.structs.replace(bag, handover=0)


def _unpacking(bag: Bag, event: Event) -> Bag:
    return msgspec.structs.replace(bag, state=UNPACKING, at_ms=_at_ms(event), count=0, excess=(), damaged=())


def _unpacked(bag: Bag, event: Event) -> Bag:
    return Bag(bag.code, EMPTY, bag.shape, _at_ms(event))


def _departed(bag: Bag, event: Event) -> Bag:
    body = event.body
    return msgspec.structs.replace(
        bag,
        state=GONE,
        at_ms=_at_ms(event),
        handover=body["handover"],
        holder=body.get("driver", ""),
        due_ms=body.get("due_ms", 0),
    )


_RULES: dict[str, Callable[[Bag, Event], Bag | None]] = {
    "parcel.received": _taken_out,
    "parcel.damaged": _damaged_inside,
    "bag.weighed": _weighed,
    "bag.sealed": _sealed,
    "bag.reopened": _reopened,
    "bag.seal_noted": _seal_noted,
    "handover.bag": _loaded,
    "handover.unbagged": _unbagged,
    "bag.unpacking": _unpacking,
    "bag.unpacked": _unpacked,
    "bag.departed": _departed,
    "bag.overdue": _set(due_ms=TOLD),
    "bag.arrived": _set(due_ms=TOLD),
}
"""How an entry about a known bag changes it; None: it is unknown again."""
