"""A counter in a test's hands: scans settled as the agent would, with time that the test sets."""

from dataclasses import dataclass, field, replace

from drivers.readings import BadReading, Reason, Scan
from station_agent.counter.book import Event
from station_agent.counter.books import Books, Met, Nobody, People
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision, Moment
from station_agent.counter.house import House
from station_agent.counter.resuming import resumed
from station_agent.counter.road import Road
from station_agent.counter.shelves import Parcel, ShelfPlan, Shelves
from station_agent.counter.site import Site
from station_agent.journal.writer import Record
from sync.entry import Lane

PARCEL = "SF1385628716739"
OTHER = "YT5409924808522"
BAG = "430000005180000011311853003030"
DOUBTFUL = "ABC123"
DOUBTFUL_BAG = "YY0000010000019"
PRODUCT = "6901234567892"
PAYMENT = "281234567890123456"
IDENTITY = "11010519491231002X"
ADDRESS = "http://a.cn/x"
GLUED = OTHER + PARCEL


@dataclass
class Phones(Nobody):
    """Recipients by waybill, kept in clear: a station's contacts without their cipher."""

    of: dict[str, str] = field(default_factory=dict)

    def with_last_four(self, digits: str) -> list[str]:
        """Whose number ends so."""
        return [waybill for waybill, phone in self.of.items() if phone.endswith(digits)]

    def can_be_told(self, waybill: str) -> bool:
        """Whether a whole number is known."""
        return len(self.of.get(waybill, "")) == 11

    def person_of(self, waybill: str) -> str:
        """The number stands for its owner, but not the end of one."""
        return self.of[waybill] if self.can_be_told(waybill) else ""

    def of_same_person(self, waybill: str) -> list[str]:
        """All for this number."""
        phone = self.of.get(waybill)
        return [other for other, number in self.of.items() if number == phone]

    def keep_phone(self, waybill: str, digits: str, source: str, wall_ms: int) -> Met | None:
        """A mobile number is kept at once, and the end of one where no whole one is known."""
        del source, wall_ms
        if len(digits) not in (4, 11):
            return None
        self.of[waybill] = self.of.get(waybill, digits) if len(digits) == 4 else digits
        return Met((), can_be_told=self.can_be_told(waybill))


@dataclass
class Desk:
    """One counter; `wall_ms` is the seconds times a thousand, and what the clock was set ahead."""

    plan: ShelfPlan = field(default_factory=ShelfPlan)
    site: Site = field(default_factory=Site)
    now_s: float = 100.0
    people: People | None = None
    house: House = field(default_factory=House)
    counter: Counter = field(init=False)
    written: list[tuple[Record, int]] = field(default_factory=list)
    road: Road = field(default_factory=Road)
    trusted: bool = True
    ahead_ms: int = 0

    def __post_init__(self) -> None:
        """Start with empty shelves."""
        self.counter = Counter(Books(self.plan, self.people, self.road), self.site, house=self.house)

    @property
    def books(self) -> Books:
        """What is here now."""
        return self.counter.books

    @property
    def shelves(self) -> Shelves:
        """The parcels."""
        return self.counter.books.shelves

    def parcel(self, waybill: str = PARCEL) -> Parcel:
        """What is known of a parcel that must be known."""
        parcel = self.shelves.parcel(waybill)
        assert parcel is not None, f"{waybill} is not known"
        return parcel

    def with_code(self, code: str) -> str:
        """Waybill of the parcel with this pick-up code, "" for nobody's."""
        parcel = self.shelves.with_code(code)
        return parcel.waybill if parcel is not None else ""

    def at(self, device: str = "gun") -> Moment:
        """Now."""
        return Moment(device, self.now_s, self.wall_ms, self.trusted)

    @property
    def wall_ms(self) -> int:
        """The wall time an entry carries now."""
        return round(self.now_s * 1000) + self.ahead_ms

    def decide(self, code: str, *, repeated: bool = False, typed: bool = False) -> Decision:
        """A scan, proposed only."""
        return self.counter.scan(Scan(code, code.encode(), self.now_s, repeated=repeated, typed=typed), self.at())

    def settle(self, decision: Decision) -> Decision:
        """Let a proposal happen, its records written."""
        first = sum(record.lane is Lane.CUSTODY for record, _ in self.written)
        self.counter.settle(decision, range(first, first + len(decision.worked)), self.now_s)
        self.written += [(record, self.wall_ms) for record in decision.records]
        return decision

    def scan(self, code: str, *, repeated: bool = False, typed: bool = False) -> Decision:
        """A scan, written and settled."""
        return self.settle(self.decide(code, repeated=repeated, typed=typed))

    def scans(self, *codes: str) -> list[str | None]:
        """Several, and what was said to each."""
        return [said(self.scan(code)) for code in codes]

    def tick(self) -> list[Decision]:
        """What time brings, written and settled."""
        return [self.settle(decision) for decision in self.counter.tick(self.at("clock"))]

    def enter(self, record: Record) -> None:
        """An entry of a desk that is not under test."""
        place = sum(written.lane is Lane.CUSTODY for written, _ in self.written)
        event = Event(record.kind, record.body, self.wall_ms)
        self.books.entered(place, event, self.books.effects(event))
        self.written.append((record, self.wall_ms))

    def restarted(self) -> "Desk":
        """The power was cut: the same station from its stored rows, with nothing in mind."""
        rows = self.books.rows()
        desk = replace(self, written=self.written)
        desk.books.load(rows.__getitem__)
        assert desk.books.rows() == rows
        return desk

    def resumed(self) -> "Desk":
        """The power was cut, and the station goes on in the mode of its last entry."""
        desk = self.restarted()
        custody = [(record.kind, record.body) for record, _ in self.written if record.lane is Lane.CUSTODY]
        desk.counter.resume(resumed(reversed(custody)))
        return desk

    def rebuilt(self) -> Books:
        """Books made from the records alone, as `station journal rebuild` makes them."""
        books = Books(self.plan, road=self.road)
        custody = [(record, wall_ms) for record, wall_ms in self.written if record.lane is Lane.CUSTODY]
        for place, (record, wall_ms) in enumerate(custody):
            event = Event(record.kind, record.body, wall_ms)
            books.entered(place, event, books.effects(event))
        return books

    def bad(self, raw: bytes = b"?", reason: Reason = Reason.MALFORMED) -> Decision:
        """A scan nobody can read."""
        return self.settle(self.counter.bad_scan(BadReading(reason, raw, self.now_s), self.at()))

    def weigh(self, weight_g: float) -> Decision:
        """A settled weight."""
        return self.settle(self.counter.weight(weight_g, self.at("scale")))

    def empty_pan(self, device: str = "scale") -> Decision:
        """The pan is empty again."""
        return self.settle(self.counter.emptied(self.at(device)))

    def receive(self, waybill: str = PARCEL) -> str:
        """Take a parcel in, whatever it takes, and return its pick-up code."""
        decision = self.scan(waybill)
        if said(decision) in ("scan.again", "parcel.come_again", "told.unknown"):
            decision = self.scan(waybill)
        assert said(decision) == "parcel.received", said(decision)
        return str(decision.records[0].body["code"])


def said(decision: Decision) -> str | None:
    """Name of the phrase a decision answers with."""
    return decision.answer.phrase if decision.answer is not None else None


def also(decision: Decision) -> list[str]:
    """Names of the phrases said behind the answer."""
    return [answer.phrase for answer in decision.answer.also] if decision.answer is not None else []


def value(decision: Decision, name: str) -> str:
    """A value of the answer."""
    assert decision.answer is not None
    return decision.answer.values[name]


def kinds(decision: Decision) -> list[str]:
    """Kinds of the entries a decision writes."""
    return [record.kind for record in decision.records]
