"""A counter in a test's hands: scans settled as the agent would, with time that the test sets."""

from dataclasses import dataclass, field

from drivers.readings import BadReading, Reason, Scan
from station_agent.counter.counter import Counter, Decision
from station_agent.counter.shelves import ShelfPlan, Shelves
from station_agent.journal.writer import Record

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
class Desk:
    """One counter; `wall_ms` is the seconds times a thousand."""

    plan: ShelfPlan = field(default_factory=ShelfPlan)
    now_s: float = 100.0
    counter: Counter = field(init=False)
    written: list[tuple[Record, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with empty shelves."""
        self.counter = Counter(Shelves(self.plan))

    @property
    def wall_ms(self) -> int:
        """The wall time an entry carries now."""
        return round(self.now_s * 1000)

    def decide(self, code: str, *, repeated: bool = False) -> Decision:
        """A scan, proposed only."""
        return self.counter.scan(
            "gun", Scan(code, code.encode(), self.now_s, repeated=repeated), self.now_s, self.wall_ms
        )

    def settle(self, decision: Decision) -> Decision:
        """Let a proposal happen, its records written."""
        self.counter.settle(decision)
        self.written += [(record, self.wall_ms) for record in decision.records]
        return decision

    def scan(self, code: str, *, repeated: bool = False) -> Decision:
        """A scan, written and settled."""
        return self.settle(self.decide(code, repeated=repeated))

    def bad(self, raw: bytes = b"?", reason: Reason = Reason.MALFORMED) -> Decision:
        """A scan nobody can read."""
        return self.settle(self.counter.bad_scan("gun", BadReading(reason, raw, self.now_s), self.now_s))

    def weigh(self, weight_g: float) -> Decision:
        """A settled weight."""
        return self.settle(self.counter.weight("scale", weight_g, self.now_s))

    def receive(self, waybill: str = PARCEL) -> str:
        """Take a parcel in, whatever it takes, and return its pick-up code."""
        decision = self.scan(waybill)
        if decision.answer is not None and decision.answer.phrase in ("scan.again", "parcel.come_again"):
            decision = self.scan(waybill)
        assert said(decision) == "parcel.received", said(decision)
        return str(decision.records[0].body["code"])


def said(decision: Decision) -> str | None:
    """Name of the phrase a decision answers with."""
    return decision.answer.phrase if decision.answer is not None else None


def kinds(decision: Decision) -> list[str]:
    """Kinds of the entries a decision writes."""
    return [record.kind for record in decision.records]
