"""All that is here now: every book of the station, changed together by each entry. Pure.

    shelves      parcels and their pick-up codes      numbers   running numbers
    households   household cards and their consent    bags      bags that came or go
    cases        what somebody must see to            chilled   what lies in the cold boxes
    holds        parcels refused for what is in them  consignments   the harvest of one sender, box by box
    clock        what the wall times of this boot are worth
    handovers    stops of a vehicle                   seals     seals that were used
    stocktake    parcels counted so far               tallies   services and packaging of each day
    duty         who is on duty                       upkeep    opening and checks
    forms        paper sheets entered afterwards

`entered` is the one way in: the live counter, the rebuild from the journal and the tests walk it alike. Undoing an act
is entering the correcting entry `act.undone`, which names the places of the entries it takes back; their changes are
remembered for the last HISTORY custody entries.
Called by the counter, `station journal rebuild`, and the simulated years.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from station_agent.counter.bags import Bags
from station_agent.counter.book import Book, Event
from station_agent.counter.cases import Cases
from station_agent.counter.chilled import Chilled
from station_agent.counter.consignments import Consignments
from station_agent.counter.duty import Duty
from station_agent.counter.forms import Forms
from station_agent.counter.handovers import Handovers
from station_agent.counter.holds import Holds
from station_agent.counter.households import Households
from station_agent.counter.numbers import Numbers
from station_agent.counter.road import Road
from station_agent.counter.seals import Seals
from station_agent.counter.shelves import Parcel, ShelfPlan, Shelves
from station_agent.counter.stocktake import Stocktake
from station_agent.counter.tallies import Tallies
from station_agent.counter.timekeeping import Timekeeping
from station_agent.counter.upkeep import Upkeep
from station_agent.journal.changes import Change, Row

HISTORY = 2048
"""Custody entries whose changes are remembered, so that an act among them can be taken back; more than any one act
writes. A rebuild remembers the same, since places are counted and not acts."""
UNDONE = "act.undone"


class Met(NamedTuple):
    """A recipient, from the county's list or the number pad. changes: that keep him.

    can_be_told: whether his whole number is known once they are on disk.
    """

    changes: tuple[Change, ...] = ()
    can_be_told: bool = False


class People(Protocol):
    """What is known of recipients; kept outside the chain, encrypted, and erased in time."""

    def with_last_four(self, digits: str) -> list[str]:
        """Waybills of parcels whose recipient's phone ends so."""

    def can_be_told(self, waybill: str) -> bool:
        """Whether the recipient's number is known well enough to be told by the county."""

    def person_of(self, waybill: str) -> str:
        """A pseudonym of the recipient, "" where nobody is known."""

    def of_same_person(self, waybill: str) -> list[str]:
        """Waybills for the same recipient, this one among them; empty where nobody is known."""

    def keep_phone(self, waybill: str, digits: str, source: str, wall_ms: int) -> Met | None:
        """What keeps a phone number, or the four digits a label shows of one; None for what is neither."""

    def meet(self, waybill: str, wall_ms: int) -> Met:
        """What the county's list brings of this parcel's recipient that is not known better already."""

    def take(self, changes: Iterable[Change]) -> None:
        """Let such changes happen in memory."""


class Nobody:
    """A station without a vault: no recipient is known."""

    def with_last_four(self, digits: str) -> list[str]:
        """No one."""
        del digits
        return []

    def can_be_told(self, waybill: str) -> bool:
        """Never."""
        del waybill
        return False

    def person_of(self, waybill: str) -> str:
        """Nobody."""
        del waybill
        return ""

    def of_same_person(self, waybill: str) -> list[str]:
        """None."""
        del waybill
        return []

    def keep_phone(self, waybill: str, digits: str, source: str, wall_ms: int) -> Met | None:
        """Nothing is kept."""
        del waybill, digits, source, wall_ms
        return None

    def meet(self, waybill: str, wall_ms: int) -> Met:
        """No list is read."""
        del waybill, wall_ms
        return Met()

    def take(self, changes: Iterable[Change]) -> None:
        """Nothing to take."""
        del changes


class Books:
    """Every book, and what the last entries changed."""

    def __init__(self, plan: ShelfPlan, people: People | None = None, road: Road | None = None) -> None:
        """Start empty. people: what is known of recipients; nobody by default. road: lines, lists and badges."""
        self.people: People = Nobody() if people is None else people
        self.road = road or Road()
        self.numbers = Numbers()
        self.shelves = Shelves(plan, self.numbers)
        self.households = Households()
        self.bags = Bags()
        self.cases = Cases(self.numbers)
        self.consignments = Consignments(self.shelves)
        self.holds = Holds(self.shelves)
        self.chilled = Chilled()
        self.clock = Timekeeping()
        self.handovers, self.seals = Handovers(), Seals()
        self.stocktake, self.tallies, self.duty = Stocktake(self.numbers), Tallies(), Duty()
        self.upkeep, self.forms = Upkeep(), Forms()
        every: tuple[Book[Any], ...] = (
            *(self.numbers, self.shelves, self.households, self.bags, self.cases),
            *(self.consignments, self.holds, self.chilled, self.clock),
            *(self.handovers, self.seals),
            *(self.stocktake, self.tallies, self.duty, self.upkeep, self.forms),
        )
        self._every = {book.table: book for book in every}
        self._history: dict[int, tuple[Change, ...]] = {}

    @property
    def open_batch(self) -> int:
        """Number of the batch parcels are received in now, or that the next one opens."""
        return max(self.numbers.value("batch"), self.numbers.value("confirmed") + 1)

    @property
    def is_batch_open(self) -> bool:
        """Whether anything was received since the last batch was confirmed."""
        return self.numbers.value("batch") > self.numbers.value("confirmed")

    def with_last_four(self, digits: str) -> list[str]:
        """Waybills of parcels whose recipient's phone ends so."""
        return self.people.with_last_four(digits)

    def person_of(self, parcel: Parcel) -> str:
        """What tells recipients apart: household, else pseudonym, else the parcel stands for itself."""
        return parcel.household or self.people.person_of(parcel.waybill) or parcel.waybill

    def of_same_person(self, parcel: Parcel) -> list[str]:
        """Waybills of all parcels on the shelves for the same recipient, this one among them."""
        if parcel.household:
            return [other.waybill for other in self.shelves.on_shelf() if other.household == parcel.household]
        return self.people.of_same_person(parcel.waybill)

    def keep_phone(self, waybill: str, digits: str, source: str, wall_ms: int) -> Met | None:
        """What keeps a recipient's phone, encrypted; None for what is no phone number."""
        return self.people.keep_phone(waybill, digits, source, wall_ms)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of all tables."""
        return tuple(self._every)

    def load(self, rows: Callable[[str], Iterable[Row]]) -> None:
        """Fill from the stored tables; `rows` gives those of one."""
        for table, book in self._every.items():
            book.load(rows(table))

    def rows(self) -> dict[str, list[Row]]:
        """All rows by table, sorted by key, to be compared with stored ones."""
        return {table: book.rows() for table, book in self._every.items()}

    def effects(self, event: Event) -> tuple[Change, ...]:
        """What one entry changes, nothing moved yet."""
        if event.kind == UNDONE:
            return self._undoing(event.body.get("places", ()))
        return tuple(change for book in self._every.values() for change in book.effects(event))

    def worked_out(self, events: Sequence[Event]) -> list[tuple[Change, ...]]:
        """What several entries change one after the other, for each of them; nothing has moved afterwards."""
        done: list[tuple[Change, ...]] = []
        taken: list[Change] = []
        for number, event in enumerate(events, start=1):
            done.append(self.effects(event))
            if number < len(events):
                self.take(done[-1])
                taken += done[-1]
        self.take(change.undone for change in reversed(taken))
        return done

    def knows(self, identity: str) -> bool:
        """Whether a parcel or bag goes by this here."""
        return len(self.shelves.numbers_of(identity)) > 1 or any(
            one is not None for one in (self.shelves.parcel(identity), self.bags.get(identity))
        )

    def is_held(self, waybill: str) -> bool:
        """Whether a parcel must not go on: held while it was here, or at the door before anybody took it in."""
        parcel = self.shelves.parcel(waybill)
        return (parcel is not None and parcel.trouble == "held") or self.is_turned_away(waybill)

    def is_turned_away(self, waybill: str) -> bool:
        """Whether a parcel was held at the door, under either of its numbers, before anybody took it in."""
        return any(self.holds.get(number) is not None for number in self.shelves.numbers_of(waybill))

    def take_aside(self, changes: Iterable[Change]) -> None:
        """Changes that belong to no entry are on disk: what is known of recipients."""
        self.people.take(changes)

    def take(self, changes: Iterable[Change]) -> None:
        """Let changes happen in memory; those of tables that are nobody's here are left to their owners."""
        for change in changes:
            book = self._every.get(change.table)
            if book is not None:
                book.take(change)

    def entered(self, place: int, event: Event, changes: tuple[Change, ...]) -> None:
        """A custody entry is on disk at this place: let its changes happen, and remember them."""
        self.take(changes)
        history = self._history
        if event.kind == "epoch.opened":
            history.clear()  # places are counted anew
        elif event.kind == UNDONE:
            # What was taken back, and the taking back, are as if they had not been.
            for undone in event.body["places"]:
                history.pop(undone, None)
        else:
            history[place] = tuple(change for change in changes if change.table != self.numbers.table)
        while history and (oldest := next(iter(history))) <= place - HISTORY:
            del history[oldest]

    def forget_acts(self) -> None:
        """Nothing recorded so far can be taken back any more: another epoch was opened."""
        self._history.clear()

    def can_undo(self, places: Iterable[int]) -> bool:
        """Whether these places can still be taken back: all remembered, and no later entry touched the same rows."""
        wanted = set(places)
        if not wanted or not wanted <= self._history.keys():
            return False
        touched: set[tuple[str, Any]] = set()
        for place in reversed(self._history):
            rows = {(change.table, _key(change)) for change in self._history[place]}
            if place in wanted and rows & touched:
                return False
            if place not in wanted:
                touched |= rows
        return True

    def _undoing(self, places: Iterable[int]) -> tuple[Change, ...]:
        """The changes that take entries back, the newest first. Numbers stay: none is given twice."""
        return tuple(
            change.undone for place in sorted(places, reverse=True) for change in reversed(self._history.get(place, ()))
        )


def _key(change: Change) -> Any:  # noqa: ANN401 - whatever the key of a table is
    row = change.after or change.before
    assert row is not None
    return row[0]
