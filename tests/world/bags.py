"""Where every bag is, worked out from the entries alone by rules of its own, and held against a station's books.

place      what it means                            comes by
---------  ---------------------------------------  -----------------------------------------------------
here       open, sealed, came in, being emptied     bag.opened, bag.received
empty      here, and nothing in it                  bag.unpacked
coming     scanned in a handover nobody closed yet  handover.bag (down)
away       with a driver, or never came             bag.departed, bag.missed
nowhere    never seen, or its handover was undone   -

A handover that is closed names the bags that were scanned in it and no others; each of them is received or departs
once, before anything else happens to any bag. What an `act.undone` takes back did not happen.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from station_agent.counter import bags as states
from station_agent.counter.shelves import PACKED
from tests.world.witness import must

if TYPE_CHECKING:
    from station_agent.counter.books import Books
    from sync.entry import Entry

HERE, EMPTY, COMING, AWAY = "here", "empty", "coming", "away"
PLACES = {
    states.OPEN: HERE, states.SEALED: HERE, states.HERE: HERE, states.UNPACKING: HERE, states.EMPTY: EMPTY,
    states.ARRIVING: COMING, states.GONE: AWAY, states.MISSING: AWAY,
}  # fmt: skip
"""What a state in the books means."""
CLOSED = ("handover.confirmed", "handover.one_sided", "handover.dropped")
_FOLLOWS = ("bag.received", "bag.departed")
"""What stands behind a handover that is closed, once for each of its bags, before anything else of bags."""
_ABOUT = ("bag.", "handover.", "act.undone", "epoch.opened")


class BagPlaces:
    """Every bag of one station, entry by entry."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.loaded: set[str] = set()
        self.owed: dict[str, str] = {}
        """Bags of a handover just closed, and the place they are to be at."""

    def take(self, kind: str, body: dict[str, Any]) -> None:
        """One entry that was not undone."""
        must(not self.owed or kind in _FOLLOWS, f"{kind} before the bags of a closed handover: {sorted(self.owed)}")
        match kind:
            case "bag.opened":
                self._move(body["bag"], (None, EMPTY, AWAY), HERE)
            case "bag.received":
                self._received(body["bag"])
            case "bag.unpacked":
                self._move(body["bag"], (HERE,), EMPTY)
            case "bag.missed":
                self._move(body["bag"], (None, AWAY), AWAY)
            case "bag.departed":
                must(self.owed.pop(body["bag"], None) == AWAY, f"{body['bag']} left, and is in no handover's list")
                self._move(body["bag"], (HERE, EMPTY), AWAY)
            case "handover.begun" | "handover.voided":
                must(not self.coming and not self.loaded, "a handover ended, and its bags did not")
            case "handover.bag" if body["way"] == "up":
                must(self.places.get(body["bag"]) in (HERE, EMPTY), "a bag goes up that is not here")
                must(body["bag"] not in self.loaded, "a bag goes up twice")
                self.loaded.add(body["bag"])
            case "handover.bag":
                self._move(body["bag"], (None, AWAY), COMING)
            case "handover.unbagged" if body["bag"] in self.loaded:
                self.loaded.remove(body["bag"])
            case "handover.unbagged":
                self._move(body["bag"], (COMING,), None)
            case _ if kind in CLOSED:
                self._closed(body["bags_in"], body["bags_out"])

    @property
    def coming(self) -> set[str]:
        """Bags of the open handover that come."""
        return {bag for bag, place in self.places.items() if place == COMING and bag not in self.owed}

    def _closed(self, bags_in: Sequence[str], bags_out: Sequence[str]) -> None:
        must(set(bags_in) == self.coming and set(bags_out) == self.loaded, "a handover names other bags than its own")
        must(len(bags_in) + len(bags_out) == len({*bags_in, *bags_out}), "a bag changes hands twice in one handover")
        self.owed = dict.fromkeys(bags_in, HERE) | dict.fromkeys(bags_out, AWAY)
        self.loaded = set()

    def _received(self, bag: str) -> None:
        owed = self.owed.pop(bag, None)
        must(owed in (None, HERE), "a bag that leaves came in")
        self._move(bag, (COMING,) if owed else (None, EMPTY, AWAY), HERE)

    def _move(self, bag: str, before: tuple[str | None, ...], after: str | None) -> None:
        must(self.places.get(bag) in before, f"{bag} is {self.places.get(bag)} and becomes {after}")
        if after is None:
            del self.places[bag]
        else:
            self.places[bag] = after


def places_by(entries: Iterable["Entry"]) -> BagPlaces:
    """Where the bags are by a station's custody entries, the first first; epochs follow each other."""
    epochs: list[list[tuple[int, str, dict[str, Any]]]] = []
    for entry in entries:
        header = entry.read_header()
        if header.kind.startswith(_ABOUT):
            if header.kind == "epoch.opened":
                epochs.append([])
            epochs[-1].append((header.sequence, header.kind, entry.read_body()))
    found = BagPlaces()
    for epoch in epochs:
        undone = {place for _, kind, body in epoch if kind == "act.undone" for place in body["places"]}
        for place, kind, body in epoch:
            if place not in undone:
                found.take(kind, body)
    must(not found.owed, f"bags of a closed handover stayed in it: {sorted(found.owed)}")
    return found


def check_bags(books: "Books", entries: Iterable["Entry"], name: str) -> None:
    """Every bag is at one place, and it is the one the entries say; a packed parcel lies in a bag that is here."""
    found = places_by(entries)
    by_books = {bag.code: PLACES[bag.state] for bag in books.bags}
    expected = {bag: place for bag, place in found.places.items() if place != AWAY or bag in by_books}
    must(by_books == expected, f"{name}: bags are elsewhere by the entries: {by_books.items() ^ expected.items()}")
    now = books.handovers.open
    must(set(now.ups if now else ()) == found.loaded, f"{name}: the open handover holds other bags")
    must(set(now.downs if now else ()) == found.coming, f"{name}: other bags are coming")
    for parcel in books.shelves:
        if parcel.state == PACKED:
            bag = books.bags.get(parcel.bag)
            must(bag and bag.state in (states.OPEN, states.SEALED), f"{name}: {parcel.waybill} lies in no bag")
