"""Where bags left and for where, came in and were opened: rows of `bag_event`, made from the log by the projector.

    bag.departed                    left with a driver; the start of a trip. bound: the station it is bound for, by list
                                    or timetable, else what its label says (`to`)
    bag.received, bag.unpacking     came in, whoever sent it
    handover.bag (down)             a driver brought it: it is there, also while nobody has ended that handover
    bag.arrived                     who sent it has heard that it came in
    act.undone                      takes back what stands at the places it names, in its own branch: those rows go

A row is known by its place and its hash, as all of a projection. `read_bag` is pure. Called by `project`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeGuard

from sqlalchemy import Connection, text

from sync.county import schema
from sync.county.database import insert_new
from sync.county.times import Stamped, Times
from sync.county.undoing import MAX_BACK, taken_back
from sync.entry import MAX_NUMBER, Header
from sync.errors import MalformedMessage

LEFT, HEARD, UNDONE = "bag.departed", "bag.arrived", "act.undone"
BROUGHT = "handover.bag"
CAME_IN = ("bag.received", "bag.unpacking", BROUGHT)
KINDS = frozenset({LEFT, HEARD, *CAME_IN})
MAX_BAG = 64

_insert = insert_new(schema.bag_event)
_remove = text("DELETE FROM bag_event WHERE chain = :chain AND sequence = :sequence AND hash = :hash")


class BagEvent(NamedTuple):
    """What one entry says of a bag; or the places an undoing takes back, and then no bag.

    said_ms: when it was, where another than the entry's own time is said. bound: "" where nobody said.
    """

    kind: str
    bag: str = ""
    said_ms: int | None = None
    due_ms: int | None = None
    bound: str = ""
    undone: tuple[int, ...] = ()


def read_bag(header: Header, body: dict[str, Any]) -> BagEvent | None:
    """What an entry says of a bag, None where it is none of KINDS; raises MalformedMessage."""
    hint = "检查站点程序版本 / check the version of the station's program"
    if header.kind == UNDONE:
        places = body.get("places")
        first = max(0, header.sequence - MAX_BACK)
        if not isinstance(places, list) or not all(is_number(each, first, header.sequence) for each in places):
            raise MalformedMessage(f"act.undone of {str(places)[:80]}", hint=hint)
        return BagEvent(header.kind, undone=tuple(dict.fromkeys(places)))
    if header.kind not in KINDS or (header.kind == BROUGHT and body.get("way") != "down"):
        return None
    bag, said_ms, due_ms = body.get("bag"), body.get("at_ms"), body.get("due_ms")
    if not _is_code(bag):
        raise MalformedMessage(f"bag {str(bag)[:80]!r}", hint=hint)
    if not all(each is None or is_number(each) for each in (said_ms, due_ms)):
        raise MalformedMessage(f"times of bag {bag}: {str(said_ms)[:40]}, {str(due_ms)[:40]}", hint=hint)
    bound = (body.get("bound") or body.get("to") or "") if header.kind == LEFT else ""
    if bound and not _is_code(bound):
        raise MalformedMessage(f"where bag {bag} is bound for: {str(bound)[:80]!r}", hint=hint)
    return BagEvent(header.kind, bag, said_ms, due_ms, bound)


def keep_bags(connection: Connection, chain: int, times: Times, read: Sequence[tuple[Stamped, BagEvent]]) -> None:
    """Write what entries of one chain say, in their order."""
    rows = [
        {
            "chain": chain,
            "sequence": stamped.header.sequence,
            "hash": stamped.hash,
            "bag": event.bag,
            "station": stamped.header.station,
            "kind": event.kind,
            "bound": event.bound,
            "due_ms": event.due_ms,
            "said_ms": event.said_ms,
            **times.columns(stamped),
        }
        for stamped, event in read
        if event.bag
    ]
    if rows:
        connection.execute(_insert, rows)
    for stamped, event in read:
        gone = taken_back(connection, chain, stamped.header.sequence, stamped.hash, event.undone)
        if gone:
            keys = [{"chain": chain, "sequence": place, "hash": entry} for place, entry in gone]
            connection.execute(_remove, keys)


def is_number(value: object, first: int = 0, end: int = MAX_NUMBER) -> TypeGuard[int]:
    """Whether a field of a body is a whole number from `first` on, before `end`."""
    return isinstance(value, int) and not isinstance(value, bool) and first <= value < end


def _is_code(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and value.isprintable() and 0 < len(value) <= MAX_BAG
