"""What lies in the cold boxes, as a book: which parcel, in which box, since when. Pure.

A row changes only with an entry: box.put makes or moves it, box.taken removes it; the entries' own times say from when
to when. What may lie where, and how cold it is there, is for `coldchain`, which a station without boxes never loads;
the rows are kept and rebuilt all the same. A parcel that leaves the shelves leaves its box by an entry before
(`leavings`). Called by the books, by `coldchain.contents`, and by the counter.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.counter.shelves import ACCEPTED, HERE, LINKED, Parcel, Shelves
from station_agent.counter.vocabulary import custody
from station_agent.journal.changes import Change, Row
from station_agent.journal.writer import Record

WATCH_TABLE = "cold_box"
"""Table of the boxes' own states: name and the state as MessagePack, changed by every entry that carries `watch`."""
_STAYING = (HERE, ACCEPTED, LINKED)


class Content(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A parcel in a box. profile: of the goods. product: "" where it was not said. put_ms: wall time."""

    waybill: str
    box: str
    profile: str
    put_ms: int
    product: str = ""


class Chilled(Book[Content]):
    """Every parcel that lies in a cold box."""

    table = "cold_content"
    shape = Content

    def __init__(self) -> None:
        """Nothing lies anywhere."""
        super().__init__()
        self._inside: dict[str, dict[str, Content]] = {}

    def inside(self, box: str) -> list[Content]:
        """The parcels in a box, in the order they were put in."""
        return list(self._inside.get(box, {}).values())

    def effects(self, event: Event) -> Iterable[Change]:
        """A parcel is put into a box, or taken out of the one it lies in."""
        body = event.body
        if event.kind == "box.put":
            product = body.get("product", "")
            return [self.put(Content(body["waybill"], body["box"], body["profile"], event.recorded_ms, product))]
        before = self.get(body["waybill"]) if event.kind == "box.taken" else None
        return [] if before is None else [self.drop(before)]

    def added(self, value: Content) -> None:
        """Keep the contents by box."""
        self._inside.setdefault(value.box, {})[value.waybill] = value

    def removed(self, value: Content) -> None:
        """Keep the contents by box."""
        del self._inside[value.box][value.waybill]


def taken(content: Content, excursion: int | None) -> Record:
    """The entry of a parcel that is taken out; excursion: number of the one that is open in its box."""
    fields = {"put_ms": content.put_ms, "profile": content.profile, "excursion": excursion}
    return custody("box.taken", waybill=content.waybill, box=content.box, **fields)


def leavings(chilled: Chilled, shelves: Shelves, worked: Sequence[Iterable[Change]]) -> dict[int, list[Content]]:
    """What leaves its box because its parcel leaves the shelves: by the number of the entry that makes it leave."""
    found: dict[int, list[Content]] = {}
    for number, changes in enumerate(worked):
        for change in changes:
            if change.table != shelves.table or change.after is None or not _leaves(change.after):
                continue
            inside = map(chilled.get, shelves.numbers_of(change.after[0]))
            found.setdefault(number, []).extend(content for content in inside if content is not None)
    return {number: contents for number, contents in found.items() if contents}


def watch_row(body: dict[str, Any]) -> Row | None:
    """The row of a box's state that an entry brings; None for one that carries none."""
    return (body["box"], msgspec.msgpack.encode(body["watch"])) if "watch" in body else None


def _leaves(row: Row) -> bool:
    """Whether a parcel's row says that it no longer stands on the shelves."""
    return msgspec.json.decode(row[1], type=Parcel).state not in _STAYING
