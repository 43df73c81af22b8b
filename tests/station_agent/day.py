"""An agent without threads: its queue is a script with a clock of its own, its devices are put up by hand."""

import queue
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from drivers.models import MODELS
from drivers.outages import DeviceEvent, Opened, Said
from drivers.readings import Reading, Scan, Weight
from drivers.supervision import Emit
from station_agent.agent import Agent, Workplace
from station_agent.coldchain.boxes import Box, ColdBoxes
from station_agent.coldchain.profiles import load_profiles
from station_agent.coldwork import ColdWork
from station_agent.config import Device
from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.boxes import BoxTemperatures
from station_agent.counter.calibration import Calibrations
from station_agent.counter.chilled import WATCH_TABLE
from station_agent.counter.counter import Counter
from station_agent.counter.desk import ReadBadge, no_badge
from station_agent.counter.shelves import ShelfPlan
from station_agent.counter.weighing import WeighingRules
from station_agent.devices import Event
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import create
from station_agent.journal.writer import Identity, Journal, Stamp
from station_agent.outlook import Outlook
from station_agent.personal.sweep import Sweep
from station_agent.sent_down import SentDown
from station_agent.waiting import Seal
from sync.entry import Header, Lane, Trust

START_S = 1000.0


class Card:
    """The journal's connection: tells every commit, and refuses as it is told.

    refuses: what SQLite says to every COMMIT, "" for a good card. room: entries one transaction may hold.
    """

    def __init__(self, inner: sqlite3.Connection, log: list[str]) -> None:
        """Pass on to `inner`; commits are noted in `log`."""
        self._inner, self._log = inner, log
        self.refuses = ""
        self.error: type[Exception] = sqlite3.OperationalError
        self.room = 10_000
        self.refused: Callable[[], object] = lambda: None
        self._held = 0

    def execute(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Any:
        """Run a statement or refuse it."""
        if sql.startswith("BEGIN"):
            self._held = 0
        if sql.startswith("INSERT INTO entry"):
            self._held += 1
        if sql == "COMMIT" and (self.refuses or self._held > self.room):
            self.refused()
            raise self.error(self.refuses or "database or disk is full")
        rows = self._inner.execute(sql, parameters)
        if sql == "COMMIT":
            self._log.append("commit")
        if "wal_checkpoint" in sql:
            self._log.append("checkpoint")
        return rows


@dataclass
class Day:
    """Steps at given times, the events they make, and what the agent did; also the agent's queue and clock.

    A second day in the same folder goes on with its journal; with another `boot` it is after a power cut. lag_ms: how
    far the wall clock is behind.
    """

    folder: Path
    boot: str = "boot"
    trust: Trust = Trust.KEPT
    lag_ms: int = 0
    now_s: float = START_S
    log: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    beats_s: list[float] = field(default_factory=list)
    ready_s: float | None = None
    sweep: Sweep | None = None
    sent_down: SentDown | None = None
    quiet: Callable[[], object] = lambda: None
    seal: Seal = lambda records, _aside, _wall_ms: records
    crowd: int = 0
    outlook: Outlook | None = None
    emits: dict[str, Emit] = field(default_factory=dict)
    _steps: deque[tuple[float, Callable[[], object]]] = field(default_factory=deque)
    _waiting: deque[Event | None] = field(default_factory=deque)
    _devices: list[Device] = field(default_factory=list)
    _first: dict[str, list[tuple[float, DeviceEvent]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A journal on a real file; an empty station, or what a day before left in it."""
        self.path = self.folder / "journal.db"
        is_new = not self.path.exists()
        self._inner = sqlite3.connect(self.path, isolation_level=None)
        self.card = Card(self._inner, self.log)
        if is_new:
            create(self.card)
        identity = Identity("V042", b"keykeyke", "pi", self.boot)
        self.epochs = 0
        self.journal = Journal(self.card, identity, stamp=self.stamp, draw_epoch=self._draw_epoch)
        self.counter = Counter(Books(ShelfPlan()))
        self.counter.books.load(self.journal.rows)
        self.cold = ColdWork()
        self.log.clear()

    def chill(
        self, *boxes: Box, calibrations: Calibrations | None = None, read_badge: ReadBadge = no_badge
    ) -> ColdBoxes:
        """Set up cold boxes as they stood when the day before ended."""
        books = self.counter.books
        cold = ColdBoxes(boxes, load_profiles(), books.chilled, boot=self.journal.boot, now_s=self.now_s)
        cold.load(self.journal.rows(WATCH_TABLE), self.now_s)
        self.counter = Counter(books, None, cold, read_badge)
        self.cold = ColdWork(cold, calibrations, self.stamp)
        return cold

    def close(self) -> None:
        """Let go of the file."""
        self._inner.close()

    def device(self, name: str, model: str, first: DeviceEvent | None, *, after_s: float = 0.0, **keys: Any) -> None:
        """Put up a device; `first` is what its supervisor reports `after_s` from its start, `keys` its stanza's."""
        chosen = MODELS[model]
        self._devices.append(Device(name, chosen, chosen.settings()(path=f"/dev/{name}", **keys)))
        self._first[name] = [(after_s, first)] if first is not None else []

    def at(self, after_s: float, step: Callable[[], object]) -> None:
        """Do something so many seconds after the start."""
        self._steps.append((START_S + after_s, step))

    def says(self, after_s: float, event: Event) -> None:
        """A device's event."""
        self.at(after_s, partial(self._waiting.append, event))

    def scan(self, after_s: float, code: str) -> None:
        """A scan at the gun."""
        self.read(after_s, "gun", Scan(code, code.encode(), START_S + after_s))

    def read(self, after_s: float, device: str, reading: Reading) -> None:
        """A reading of any device."""
        self.says(after_s, Said(device, reading))

    def weigh(self, after_s: float, weight_g: float, *, count: int = 8) -> None:
        """A load put on an empty pan, eight readings a second."""
        for n in range(count):
            at_s = after_s + n / 8
            self.read(at_s, "scale", Weight(weight_g, True, b"", START_S + at_s))

    def run(self, until_s: float, *, open_gun: bool = True) -> None:
        """Let the agent live through the script, and stop it."""
        if open_gun:
            self.device("gun", "scan_serial", Opened("gun"))
        place = Workplace(
            journal=self.journal,
            counter=self.counter,
            feedback=self,
            rules=WeighingRules(),
            boxes=BoxTemperatures(60.0),
            link_path=self.folder / "link.db",
            stamp=self.stamp,
            outlook=self.outlook,
            sweep=self.sweep,
            sent_down=self.sent_down,
            quiet=self.quiet,
            seal=self.seal,
            cold=self.cold,
        )
        self.agent = Agent(
            place, self._devices, "0.test", make_supervisor=self._supervise, events=self, clock=self.clock
        )
        self.at(until_s, self.agent.stop)
        self._sort()
        self.agent.run(ready=self._ready, beat=lambda: self.beats_s.append(self.now_s))

    def clock(self) -> float:
        """The agent's monotonic clock."""
        return self.now_s

    def stamp(self) -> Stamp:
        """The agent's time to record."""
        return Stamp(round(self.now_s * 1000), 1_700_000_000_000 - self.lag_ms + round(self.now_s * 1000), self.trust)

    def give(self, answer: Answer) -> None:
        """Feedback: keep what was said, and when in the order of things."""
        assert answer.zh
        self.answers.append(answer)
        self.log.append(answer.phrase)

    def put(self, item: Event | None, /) -> None:
        """The queue's entrance."""
        self._waiting.append(item)

    def get(self, *, timeout: float) -> Event | None:
        """The queue's exit: time goes on to the next step, or by `timeout`."""
        assert timeout >= 0
        if not self._waiting:
            end_s = self.now_s + timeout
            if self._steps and self._steps[0][0] <= end_s:
                at_s, step = self._steps.popleft()
                self.now_s = max(self.now_s, at_s)
                step()
            else:
                assert self._steps, "the script is over and the agent goes on"
                self.now_s = end_s
        if not self._waiting:
            raise queue.Empty
        return self._waiting.popleft()

    def qsize(self) -> int:
        """How many wait, and a crowd that a test makes up."""
        return len(self._waiting) + self.crowd

    def said(self) -> list[str]:
        """Every answer after the first, which says that the station is ready."""
        return [answer.phrase for answer in self.answers if answer.phrase != "station.ready"]

    def kinds(self, lane: Lane) -> list[str]:
        """Kinds of all entries on disk in one lane, every epoch, each chain verified; the epochs' own left out."""
        return [header.kind for header, _ in self.entries(lane) if header.kind != "epoch.opened"]

    def entries(self, lane: Lane) -> list[tuple[Header, dict[str, Any]]]:
        """Headers and bodies of all entries on disk in one lane."""
        reader = JournalFile(self.path)
        found = []
        for head in reader.heads():
            reader.verify(head.chain)
            if head.lane is lane:
                found += [(entry.read_header(), entry.read_body()) for entry in reader.every(head.chain)]
        reader.close()
        return found

    def _sort(self) -> None:
        """By time; what was given first comes first."""
        self._steps = deque(sorted(self._steps, key=lambda step: step[0]))

    def _draw_epoch(self) -> bytes:
        self.epochs += 1
        return self.epochs.to_bytes(8, "big")

    def _ready(self) -> None:
        self.ready_s = self.now_s - START_S
        self.log.append("ready")

    def _supervise(self, device: Device, emit: Emit) -> "Twin":
        self.emits[device.name] = emit
        return Twin(self, device.name, emit)

    def report(self, name: str, emit: Emit) -> None:
        """A device's supervisor was started: its first report comes when the test said."""
        for after_s, event in self._first.get(name, []):
            if after_s:
                self.at(after_s, partial(emit, event))
                self._sort()
            else:
                emit(event)


@dataclass
class Twin:
    """Stands in for a device's supervisor."""

    day: Day
    name: str
    emit: Emit

    def start(self) -> None:
        """Begin."""
        self.day.log.append(f"start {self.name}")
        self.day.report(self.name, self.emit)

    def stop(self) -> None:
        """End."""
        self.day.log.append(f"stop {self.name}")

    def send(self, data: bytes) -> None:
        """Bytes for the device: a beep."""
        self.day.log.append(f"send {self.name} {data.hex()}")
