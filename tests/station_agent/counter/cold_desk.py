"""A counter with cold boxes in a test's hands: as `desk.Desk`, with boxes whose watched state is written beside it."""

from dataclasses import dataclass, field

from drivers.readings import Temperature
from station_agent.coldchain.boxes import Box, ColdBoxes
from station_agent.coldchain.profiles import load_profiles
from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.chilled import watch_row
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision, Moment
from station_agent.counter.vocabulary import custody
from station_agent.journal.changes import Row
from station_agent.journal.writer import Record
from tests.station_agent.counter.desk import Desk

PROFILES = load_profiles()
BOXES = {"1": "plum_express", "2": "plum_stored", "3": "medicine", "4": "leafy_vegetables"}
BADGE = "YYB" + "7" * 40
STRANGER = "YYB" + "X" * 40


def anna(text: str, at: Moment) -> str:
    """Badge number 7 is the only good one."""
    del at
    return "7" if text == BADGE else ""


@dataclass
class ColdDesk(Desk):
    """Four boxes, box N with thermometer tN; rows: how they stand by what was written."""

    cold: ColdBoxes = field(init=False)
    rows: dict[str, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start with empty shelves and boxes."""
        self.open(Books(self.plan))

    def open(self, books: Books, *, boot: int = 1) -> None:
        """A station that starts, with what is in these books and in the rows of the boxes."""
        boxes = [Box(name, PROFILES[profile], f"t{name}") for name, profile in BOXES.items()]
        self.cold = ColdBoxes(boxes, PROFILES, books.chilled, boot=boot, now_s=self.now_s)
        self.cold.load(self.rows.values(), self.now_s)
        self.counter = Counter(books, None, self.cold, anna)

    def settle(self, decision: Decision) -> Decision:
        """Written with what waited before it, as the agent does."""
        if decision.changes or decision.records:
            self.save()
        super().settle(decision)
        self._keep(decision.records)
        return decision

    def save(self) -> None:
        """What waits is written."""
        waiting = self.cold.unsaved
        self.written += [(record, self.wall_ms) for record in waiting.records]
        self._keep(waiting.records)
        assert {change.after for change in waiting.changes} <= set(self.rows.values())
        self.cold.saved()

    def minutes(self, count: int, temperature_mc: int, device: str = "t1") -> list[Answer]:
        """Readings a minute apart."""
        answers: list[Answer] = []
        for _ in range(count):
            self.now_s += 60
            answers += self.cold.reading(device, Temperature(temperature_mc, b"", self.now_s), self.now_s)
        return answers

    def accept(self, waybill: str, product: str) -> None:
        """A parcel accepted from a sender who said what is in it."""
        record = custody("parcel.accepted", waybill=waybill, product=product)
        (changes,) = self.counter._worked([record], self.at())
        self.settle(Decision(self.counter.attention, None, (record,), worked=(changes,)))

    def _keep(self, records: tuple[Record, ...]) -> None:
        for record in records:
            row = watch_row(record.body)
            if row is not None:
                self.rows[row[0]] = row
