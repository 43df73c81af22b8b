"""Shelves: every parcel the station knows, where it stands in its life, and the pick-up code it lies under. Pure.

    state      what it means                                    comes by
    ---------  -----------------------------------------------  --------------------------------------
    here       lies on a shelf, to be fetched or sent back      parcel.received
    collected  handed out to the person who came                parcel.collected
    accepted   a sender gave it, it waits to be packed          parcel.accepted
    packed     lies in a bag of ours                            parcel.packed (unpacked: back as it was); bag.received
                                                                of a bag that never left
    gone       left the station in a bag, or by a courier       bag.departed, parcel.returned
    linked     of another site: only its two numbers are known  parcel.relabelled of a parcel nobody knows here

`parcel.direct` (handed over at the roadside) ends a parcel as collected.

A parcel with our own label and a carrier's number (`parcel.relabelled`) is one parcel, whichever is scanned, also when
it comes back. Where it got its second number both are remembered, be it that another site accepted it and it was never
taken in here: then a row of its label holds the link alone (linked), until either number makes it a parcel, and the
last MAX_LINKED of them. No list of the county tells which two numbers are one, so that at any other station they are
two parcels.

`way` says whether it came in to be fetched or goes out from a sender. A parcel that ended (collected, gone) stays
known until MAX_ENDED later ones have ended, so that a second hand-out gets its own answer.

Pick-up codes: the running numbers 1000 to 9999 go round once in thirty days of wall time, CODES_A_DAY a day. The next
one is that behind the last; where that is more than a day behind time, it is the one time has come to. So a number says
how old it is, and none comes again, on this card or on the next, while a parcel or its notice is younger than 24 days:
a new card begins LEAD ahead of time, the old one had come no further. What that rests on, and what happens otherwise:

    it rests on                               otherwise
    ----------------------------------------  -------------------------------------------------------------------
    no more than 300 a day in the mean, 600   the old card was further than the lead: what it gave on top may come
    on one day                                again
    somebody knows the time when a new card   its first number is drawn: with 500 numbers of the old card out there
    gives its first number                    and 500 to be given before they are gone, one in nine that any meet
    the card before was no new one itself     what it gave on its last day may come again. New is a card of two days
                                              at 150 a day, of n / (300 - n) days at n a day
    no pause of more than twenty days         the numbers are taken to be ahead, and follow time again later

On one card no number is ever given while a parcel lies under it. A sticker's number is whatever was printed: one whose
parcel left no longer ago than LIVES_MS is told (`used_lately`), since somebody may still have a notice that names it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.counter.numbers import Numbers
from station_agent.journal.changes import Change

HERE = "here"
COLLECTED = "collected"
ACCEPTED = "accepted"
PACKED = "packed"
GONE = "gone"
LINKED = "linked"
ENDED = (COLLECTED, GONE)
PENDING = "pending"
"""Of a real name, a weight, a screening: another site, or a later scan, completes it."""
MAX_ENDED = 2000
"""Parcels that ended and are still known here; the oldest go first."""
MAX_LINKED = 1000
"""Parcels of which only two numbers are known; the link made first goes first."""
_PICKUP = re.compile(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4,6}")


class Parcel(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One parcel; times are wall milliseconds, 0 for not yet.

    way: in | out. ended_no: counts endings, 0 while it is here. weight_how: measured | typed | pending. batch: number
    of the batch it was received in. bag: the bag it lies in, or came in. notice: "" | due (asked of the county) |
    called (by the attendant) | delivered; notice_ms: since when the person knows. trouble: refused | damaged |
    wrong_station | held; nothing with trouble is packed but to go back. household: number of a household card.
    missing: number of the stock-take that did not find it, 0 for none; its code stays its own.
    Outbound: real_name: token of the sender's registration, or pending; inspected_by: badge of who looked inside,
    attendant, or agreement; screening: pending | done; product, destination, lot, source (of the order), price, flight,
    consignment: its number; successor: the carrier's number it got in the place of our own label. Of one that is only
    linked, ended_ms says since when.
    """

    waybill: str
    state: str
    received_ms: int
    code: str = ""
    way: str = "in"
    carrier: str = ""
    ended_no: int = 0
    ended_ms: int = 0
    weight_g: int | None = None
    weight_how: str = ""
    batch: int = 0
    bag: str = ""
    notice: str = ""
    notice_ms: int = 0
    chased_days: int = 0
    trouble: str = ""
    household: str = ""
    missing: int = 0
    real_name: str = ""
    inspected_by: str = ""
    screening: str = ""
    product: str = ""
    destination: str = ""
    lot: str = ""
    source: str = ""
    price: str = ""
    flight: str = ""
    consignment: int = 0
    successor: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it lies on a shelf to be fetched."""
        return self.state == HERE

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a parcel from a sender still needs: name and inspection before it is packed, weight by the hub.

        The hub screens, so that screening is never lacking here.
        """
        if self.way != "out":
            return ()
        checks = {"name": self.real_name == PENDING, "inspection": not self.inspected_by, "weight": not self.weight_how}
        return tuple(check for check, lacking in checks.items() if lacking)


FIRST_CODE, LAST_CODE = 1000, 9999
CODES_A_DAY = 300
"""Twice the parcels of a normal day."""
LEAD = 2 * CODES_A_DAY
"""So far ahead of time a new card begins."""
DAY_MS = 86_400_000
LIVES_MS = 24 * DAY_MS
"""So long a code of a parcel that left is not given again."""


@dataclass(frozen=True, slots=True)
class ShelfPlan:
    """Shelves, their layers, and the running numbers of pick-up codes such as 3-2-1008.

    first, last: of the numbers; when all are in use, longer ones that begin like `first` follow. begins: the one to be
    given when none was before and nobody knows the time; 0: they begin with `first`, and never follow time.
    """

    shelves: int = 3
    layers: int = 4
    first: int = 1000
    last: int = 1999
    begins: int = 0

    @property
    def series(self) -> tuple[range, ...]:
        """The numbers to be given, and the longer ones that follow when all of those are in use."""
        first = self.first
        return (
            range(first, self.last + 1),
            range(first * 10, first * 10 + 10_000),
            range(first * 100, first * 100 + 100_000),
        )


class Shelves(Book[Parcel]):
    """Parcels by waybill and by pick-up code."""

    table = "parcel"
    shape = Parcel

    def __init__(self, plan: ShelfPlan, numbers: Numbers) -> None:
        """Start empty; `numbers` holds the running ones."""
        super().__init__()
        self._plan, self._numbers = plan, numbers
        self._by_code: dict[str, str] = {}
        self._ended: dict[int, str] = {}
        self._taken: set[int] = set()
        self._in_series = [0, 0, 0]
        self._load: dict[tuple[int, int], int] = {}
        self._batches: dict[int, dict[str, None]] = {}
        self._by_successor: dict[str, str] = {}
        self._linked: set[str] = set()
        self._bags: dict[str, set[str]] = {}
        self._left: dict[str, str] = {}

    def parcel(self, waybill: str) -> Parcel | None:
        """The parcel, here or ended lately, by its number or the one it got instead; None if unknown here.

        Of the two rows of one that came back under the other of its numbers, that which did not end, or ended last.
        """
        rows = [row for number in self.numbers_of(waybill) if (row := self.get(number)) is not None]
        rows = [row for row in rows if row.state != LINKED]
        alive = next((row for row in rows if not row.ended_no), None)
        return alive or max(rows, key=lambda row: row.ended_no, default=None)

    def numbers_of(self, waybill: str) -> tuple[str, ...]:
        """The numbers a parcel goes by here, known or not: this one, and the one it had before or got instead."""
        row = self.get(waybill)
        others = (self._by_successor.get(waybill, ""), row.successor if row is not None else "")
        return (waybill, *(other for other in others if other))

    def with_code(self, code: str) -> Parcel | None:
        """The parcel that has this pick-up code now."""
        waybill = self._by_code.get(code)
        return self.get(waybill) if waybill is not None else None

    @property
    def here(self) -> int:
        """How many parcels lie here to be fetched."""
        return len(self._by_code)

    def on_shelf(self) -> Iterator[Parcel]:
        """Every parcel that lies here to be fetched."""
        return (self._values[waybill] for waybill in self._by_code.values())

    def of_batch(self, batch: int) -> list[Parcel]:
        """The parcels of a batch that still lie here."""
        return [self._values[waybill] for waybill in self._batches.get(batch, {})]

    def in_bag(self, bag: str) -> list[Parcel]:
        """The parcels packed in a bag, in the order of their waybills, which a restart does not change."""
        return [self._values[waybill] for waybill in sorted(self._bags.get(bag, ()))]

    def left_in(self, bag: str, left_ms: int) -> list[Parcel]:
        """The parcels that left in this bag at this time and are still known, in the order they left."""
        ended = (self._values[self._ended[number]] for number in sorted(self._ended))
        return [one for one in ended if one.state == GONE and one.bag == bag and one.ended_ms == left_ms]

    def is_taken(self, code: str) -> bool:
        """Whether a pick-up code's running number is in use."""
        return _running(code) in self._taken

    def used_lately(self, code: str, known_ms: int | None = None) -> bool:
        """Whether a parcel that left lay under this pick-up code so lately that its notice may still be about.

        known_ms: the wall time; where nobody knows it, whatever is still known here was lately.
        """
        left = self.get(self._left.get(code, ""))
        return left is not None and (known_ms is None or known_ms - (left.ended_ms or left.received_ms) < LIVES_MS)

    def free_code(self, known_ms: int | None = None) -> str:
        """The next pick-up code: a number nobody has, on the layer with the fewest parcels.

        A parcel is never turned away for want of a number: when the series is used up, longer ones follow.
        known_ms: the wall time, None where nobody knows it.
        """
        plan = self._plan
        number = self._free_number(known_ms)
        places = ((s, layer) for s in range(1, plan.shelves + 1) for layer in range(1, plan.layers + 1))
        shelf, layer = min(places, key=lambda place: (self._load.get(place, 0), place))
        return f"{shelf}-{layer}-{number}"

    def _free_number(self, known_ms: int | None) -> int:
        """The next number nobody has, round its series; a series that is all in use is passed over."""
        for series, taken in zip(self._plan.series, self._in_series, strict=True):
            if taken < len(series):
                start = self._start(series, known_ms)
                return next(
                    n for i in range(len(series)) if (n := series[(start + i) % len(series)]) not in self._taken
                )
        raise AssertionError("a hundred thousand parcels lie here")

    def _start(self, series: range, known_ms: int | None) -> int:
        """From which place of a series on to look: behind the number given last, or where time has come to."""
        last, plan = self._numbers.value("code"), self._plan
        behind_last = last + 1 - series.start if last in series else None
        if not plan.begins or plan.begins not in series:
            return behind_last or 0
        if known_ms is None:
            return plan.begins - series.start if behind_last is None else behind_last
        by_time = known_ms * CODES_A_DAY // DAY_MS
        if behind_last is None:
            return by_time + LEAD
        too_late = CODES_A_DAY < (by_time - behind_last) % len(series) <= len(series) * 2 // 3
        return by_time if too_late else behind_last

    def effects(self, event: Event) -> Iterable[Change]:
        """What an event changes; see the table above. A kind or parcel nobody knows changes nothing."""
        if event.kind == "parcel.received":
            received = self._received(event)
            if event.body.get("adopted"):
                return [self.put(received)]  # a sticker of whatever series: the numbers to be given go on as they were
            return [self.put(received), self._numbers.change("code", _running(received.code))]
        if event.kind == "parcel.accepted":
            return [self.put(self._accepted(event))]
        if event.kind == "bag.departed":
            return self._departed(event)
        if event.kind == "bag.received" and "left_ms" in event.body:
            stayed = self.left_in(event.body["bag"], event.body["left_ms"])
            return [self.put(msgspec.structs.replace(one, state=PACKED, ended_no=0, ended_ms=0)) for one in stayed]
        before = self.parcel(str(event.body.get("waybill")))
        if before is None and event.kind == "parcel.relabelled":
            return self._linking(event)
        if before is None and event.body.get("unreceived"):
            before = self._never_seen(event)
        if before is None:
            return []
        if event.kind == "parcel.unpacked" and not before.received_ms:
            return [self.put(_link(event, before.waybill, before.successor)) if before.successor else self.drop(before)]
        rule = _RULES.get(event.kind)
        return [] if rule is None else self._settled(before, rule(before, event))

    def _departed(self, event: Event) -> Iterator[Change]:
        """A bag left, and what is in it; as with any ending, the ones that ended longest ago are forgotten."""
        parcels, count = self.in_bag(event.body["bag"]), self._numbers.value("ended")
        at_ms = event.body.get("at_ms", event.recorded_ms)
        for parcel in parcels:
            count += 1
            yield self.put(msgspec.structs.replace(parcel, state=GONE, ended_no=count, ended_ms=at_ms))
        if parcels:
            yield self._numbers.change("ended", count)
        for number in sorted(self._ended)[: max(0, len(self._ended) + len(parcels) - MAX_ENDED)]:
            yield self.drop(self._values[self._ended[number]])

    def _linking(self, event: Event) -> Iterator[Change]:
        """Two numbers of a parcel nobody knows here are one; the oldest of such links makes room."""
        body = event.body
        yield self.put(_link(event, body["waybill"], body["to"], body.get("carrier", "")))
        if len(self._linked) >= MAX_LINKED:
            links = (self._values[waybill] for waybill in self._linked)
            yield self.drop(min(links, key=lambda old: (old.ended_ms, old.waybill)))

    def _never_seen(self, event: Event) -> Parcel | None:
        """A parcel that is handed out or packed and was never received here; one packed so has no time of receipt."""
        waybill = event.body["waybill"]
        linked = self.get(waybill)
        successor = linked.successor if linked is not None else ""
        if event.kind in ("parcel.collected", "parcel.direct"):
            return Parcel(waybill, "", event.recorded_ms, successor=successor)
        if event.kind == "parcel.packed":
            return Parcel(waybill, "", 0, way="out", carrier=event.body.get("carrier", ""), successor=successor)
        return None

    def _settled(self, before: Parcel, after: Parcel) -> Iterator[Change]:
        """A parcel in its new state; one that ended pushes out the one that ended longest ago."""
        if after.state in ENDED and before.state not in ENDED:
            count = self._numbers.value("ended") + 1
            yield self.put(msgspec.structs.replace(after, ended_no=count))
            yield self._numbers.change("ended", count)
            if len(self._ended) >= MAX_ENDED:
                yield self.drop(self._values[self._ended[min(self._ended)]])
        else:
            yield self.put(after)

    def _received(self, event: Event) -> Parcel:
        body = event.body
        before = self.get(body["waybill"])  # it goes by its other number still
        return Parcel(
            waybill=body["waybill"],
            state=HERE,
            successor=before.successor if before is not None else "",
            received_ms=body.get("at_ms", event.recorded_ms),
            code=body["code"],
            carrier=body.get("carrier", ""),
            batch=body.get("batch", 0),
            bag=body.get("bag", ""),
            household=body.get("household", ""),
            trouble="damaged" if body.get("damaged") else "",
        )

    def _accepted(self, event: Event) -> Parcel:
        names = set(Parcel.__struct_fields__) - {"state", "received_ms", "way"}
        fields: dict[str, Any] = {"screening": PENDING}
        before = self.get(event.body["waybill"])
        fields |= {"successor": before.successor if before is not None else ""}
        fields |= {name: value for name, value in event.body.items() if name in names}
        return Parcel(state=ACCEPTED, received_ms=event.body.get("at_ms", event.recorded_ms), way="out", **fields)

    def added(self, value: Parcel) -> None:
        """Keep the indexes."""
        if value.successor:
            self._by_successor[value.successor] = value.waybill
        if value.code and value.state != HERE:
            self._left[value.code] = value.waybill
        if value.state == HERE:
            self._by_code[value.code] = value.waybill
            self._number_taken(_running(value.code), 1)
            place = _place(value.code)
            self._load[place] = self._load.get(place, 0) + 1
            self._batches.setdefault(value.batch, {})[value.waybill] = None
        elif value.state == PACKED:
            self._bags.setdefault(value.bag, set()).add(value.waybill)
        elif value.state == LINKED:
            self._linked.add(value.waybill)
        elif value.ended_no:
            self._ended[value.ended_no] = value.waybill

    def _number_taken(self, number: int, by: int) -> None:
        """A number is in use from now on, or no longer."""
        if (by > 0) == (number in self._taken):
            return
        (self._taken.add if by > 0 else self._taken.discard)(number)
        for place, series in enumerate(self._plan.series):
            if number in series:
                self._in_series[place] += by

    def removed(self, value: Parcel) -> None:
        """Keep the indexes."""
        if value.successor:
            self._by_successor.pop(value.successor, None)
        if self._left.get(value.code) == value.waybill:
            del self._left[value.code]
        if value.state == HERE:
            del self._by_code[value.code]
            self._number_taken(_running(value.code), -1)
            self._load[_place(value.code)] -= 1
            batch = self._batches[value.batch]
            del batch[value.waybill]
            if not batch:
                del self._batches[value.batch]
        elif value.state == PACKED:
            inside = self._bags[value.bag]
            inside.discard(value.waybill)
            if not inside:
                del self._bags[value.bag]
        elif value.state == LINKED:
            self._linked.discard(value.waybill)
        elif value.ended_no:
            self._ended.pop(value.ended_no, None)


def _link(event: Event, waybill: str, successor: str, carrier: str = "") -> Parcel:
    """A parcel of which only its two numbers are known."""
    at_ms = event.body.get("at_ms", event.recorded_ms)
    return Parcel(waybill, LINKED, 0, way="out", carrier=carrier, ended_ms=at_ms, successor=successor)


def _packed(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, state=PACKED, bag=event.body["bag"])


def _unpacked(parcel: Parcel, event: Event) -> Parcel:
    """Back on the shelf under the code the entry names, or back among those that wait to be packed."""
    if parcel.way == "out":
        return msgspec.structs.replace(parcel, state=ACCEPTED, bag="")
    return msgspec.structs.replace(parcel, state=HERE, bag="", code=event.body["code"])


def _shelved(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, code=event.body["code"])


def _weighed(parcel: Parcel, event: Event) -> Parcel:
    how = event.body.get("how", "measured")
    return msgspec.structs.replace(parcel, weight_g=event.body.get("weight_g"), weight_how=how)


def _collected(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, state=COLLECTED, ended_ms=event.body.get("at_ms", event.recorded_ms))


def _returned(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, state=GONE, ended_ms=event.body.get("at_ms", event.recorded_ms))


def _noticed(parcel: Parcel, event: Event) -> Parcel:
    notice = event.kind.removeprefix("notice.")
    at_ms = event.body.get("at_ms", event.recorded_ms)
    # The person knows from the first word on; asking the county is not yet a word.
    since_ms = parcel.notice_ms or (0 if notice == "due" else at_ms)
    return msgspec.structs.replace(parcel, notice=notice, notice_ms=since_ms)


def _troubled(parcel: Parcel, event: Event) -> Parcel:
    if parcel.trouble == "held":
        return parcel  # held it stays, whatever else is found, until it is released
    return msgspec.structs.replace(parcel, trouble=event.kind.removeprefix("parcel."))


def _released(parcel: Parcel, _: Event) -> Parcel:
    return msgspec.structs.replace(parcel, trouble="")


def _chased(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, chased_days=event.body["days"])


def _missing(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, missing=event.body.get("stocktake", 0))


def _found(parcel: Parcel, _: Event) -> Parcel:
    return msgspec.structs.replace(parcel, missing=0)


def _of_household(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, household=event.body["household"])


def _registered(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, real_name=event.body["real_name"])


def _inspected(parcel: Parcel, event: Event) -> Parcel:
    return msgspec.structs.replace(parcel, inspected_by=event.body["by"])


def _screened(parcel: Parcel, _: Event) -> Parcel:
    return msgspec.structs.replace(parcel, screening="done")


def _relabelled(parcel: Parcel, event: Event) -> Parcel:
    carrier = event.body.get("carrier", parcel.carrier)
    return msgspec.structs.replace(parcel, successor=event.body["to"], carrier=carrier)


_RULES = {
    "parcel.shelved": _shelved,
    "parcel.weighed": _weighed,
    "parcel.collected": _collected,
    "parcel.direct": _collected,
    "parcel.packed": _packed,
    "parcel.unpacked": _unpacked,
    "parcel.returned": _returned,
    "parcel.refused": _troubled,
    "parcel.damaged": _troubled,
    "parcel.wrong_station": _troubled,
    "parcel.held": _troubled,
    "parcel.released": _released,
    "parcel.overdue": _chased,
    "parcel.missing": _missing,
    "parcel.found": _found,
    "parcel.addressed": _of_household,
    "parcel.registered": _registered,
    "parcel.inspected": _inspected,
    "parcel.screened": _screened,
    "parcel.relabelled": _relabelled,
    "notice.due": _noticed,
    "notice.called": _noticed,
    "notice.delivered": _noticed,
}
"""How an entry about one parcel changes it."""


def is_pickup_code(text: str) -> bool:
    """Whether this is the shape of a pick-up code, which no carrier uses for a waybill."""
    return _PICKUP.fullmatch(text) is not None


def running_number(code: str) -> int:
    """Running number of a pick-up code."""
    return int(code.rsplit("-", 1)[1])


_running = running_number


def _place(code: str) -> tuple[int, int]:
    """Shelf and layer of a pick-up code."""
    shelf, layer, _ = code.split("-")
    return int(shelf), int(layer)
