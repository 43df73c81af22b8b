"""Where bags left, came in and were opened: rows of `bag_event`, made from the log by the projector.

    bag.departed                    left with a driver; the start of a trip
    bag.received, bag.unpacking     came in, whoever sent it
    bag.arrived                     who sent it has heard that it came in
    act.undone                      takes back what stands at the places it names: those rows go

A row is known by its place and its hash, as all of a projection. `read_bag` is pure. Called by `project`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from sync.county import schema
from sync.county.database import insert_new
from sync.county.times import Stamped
from sync.entry import MAX_NUMBER, Header
from sync.errors import MalformedMessage

LEFT, HEARD, UNDONE = "bag.departed", "bag.arrived", "act.undone"
CAME_IN = ("bag.received", "bag.unpacking")
KINDS = frozenset({LEFT, HEARD, *CAME_IN})
MAX_BAG = 64
MAX_PLACES = 10_000

_insert = insert_new(schema.bag_event)
_remove = text("DELETE FROM bag_event WHERE chain = :chain AND sequence = :sequence")


class BagEvent(NamedTuple):
    """What one entry says of a bag; or the places an undoing takes back, and then no bag."""

    bag: str = ""
    at_ms: int = 0
    due_ms: int | None = None
    undone: tuple[int, ...] = ()


def read_bag(header: Header, body: dict[str, Any]) -> BagEvent | None:
    """What an entry says of a bag, None where it is none of KINDS; raises MalformedMessage."""
    hint = "检查站点程序版本 / check the version of the station's program"
    if header.kind == UNDONE:
        places = body.get("places")
        if not isinstance(places, list) or len(places) > MAX_PLACES or not all(map(_is_number, places)):
            raise MalformedMessage(f"act.undone of {str(places)[:80]}", hint=hint)
        return BagEvent(undone=tuple(places))
    if header.kind not in KINDS:
        return None
    bag, at_ms, due_ms = body.get("bag"), body.get("at_ms", header.recorded_ms), body.get("due_ms")
    if not isinstance(bag, str) or not bag.isascii() or not bag.isprintable() or not 0 < len(bag) <= MAX_BAG:
        raise MalformedMessage(f"bag {str(bag)[:80]!r}", hint=hint)
    if not _is_number(at_ms) or not (due_ms is None or _is_number(due_ms)):
        raise MalformedMessage(f"times of bag {bag}: {str(at_ms)[:40]}, {str(due_ms)[:40]}", hint=hint)
    return BagEvent(bag, at_ms, due_ms)


def keep_bags(connection: Connection, chain: int, read: Sequence[tuple[Stamped, BagEvent]]) -> None:
    """Write what entries of one chain say, in their order."""
    rows = [
        {
            "chain": chain,
            "sequence": stamped.header.sequence,
            "hash": stamped.hash,
            "bag": event.bag,
            "station": stamped.header.station,
            "kind": stamped.header.kind,
            "recorded_ms": event.at_ms,
            "due_ms": event.due_ms,
            "committed_ms": stamped.committed_ms,
        }
        for stamped, event in read
        if event.bag
    ]
    if rows:
        connection.execute(_insert, rows)
    undone = [{"chain": chain, "sequence": place} for _, event in read for place in event.undone]
    if undone:
        connection.execute(_remove, undone)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_NUMBER
