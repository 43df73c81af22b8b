"""The agent's loop: an event from a device -> a decision -> on disk -> an answer. The process `station run`.

A thin shell. One thread owns the journal and walks every event through `_handle`; each device has a thread of its own
that only puts events into the queue. Nothing here needs the network. Called by the `station run` command.
"""

import queue
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from drivers.outages import Crashed, DeviceEvent, Lost, Opened, OpeningTail, Said
from drivers.readings import BadReading, Door, Reading, Reason, Scan, Temperature, Weight
from drivers.supervision import Supervisor
from station_agent.config import Device
from station_agent.counter.answers import Answer
from station_agent.counter.boxes import BoxTemperatures
from station_agent.counter.counter import Counter, Decision
from station_agent.counter.faults import FaultBook
from station_agent.counter.vocabulary import telemetry
from station_agent.counter.weighing import Weighing, WeighingRules
from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.feedback import Feedback
from station_agent.journal.writer import Journal, Record, Stamp
from sync.link import LinkFile
from sync.trouble import Trouble

MAX_WAITING_EVENTS = 4096
"""Readings waiting for the counter; a device thread that finds more waits itself, and the kernel buffers for it."""
MAX_PENDING = 1000
"""Telemetry waiting for a transaction; on a full card the oldest go, custody never waits here."""
TELEMETRY_S = 2.0
"""Telemetry joins the next custody transaction, or gets one of its own after so long."""
LOOK_S = 5.0
"""How often link.db is looked at for word from the county."""
SETTLE_S = 1.0
"""How long the devices have to report at the start: a port drops what it received before it was opened."""
IDLE_S = 1.0
"""A quiet time so long is used to checkpoint."""
NOT_A_FAULT = frozenset(
    {Reason.UNSTABLE, Reason.OVERLOAD, Reason.UNDERLOAD, Reason.COUNTING, Reason.BUSY, Reason.NO_READ}
)
"""What a healthy scale or scanner may well say."""


@dataclass(slots=True)
class Workplace:
    """What the loop works with, all given from outside."""

    journal: Journal
    counter: Counter
    feedback: Feedback
    rules: WeighingRules
    boxes: BoxTemperatures
    link_path: Path
    stamp: Callable[[], Stamp]
    faults: FaultBook = field(default_factory=FaultBook)


class Agent:
    """One running station."""

    def __init__(self, place: Workplace, devices: Sequence[Device], version: str) -> None:
        """Nothing is opened before `run`."""
        self._place = place
        self._roles = {device.name: device.model.role for device in devices}
        self._weighing = {name: Weighing(place.rules) for name, role in self._roles.items() if role == "scale"}
        self._events: queue.SimpleQueue[DeviceEvent | None] = queue.SimpleQueue()
        self._stopping = False
        self._supervisors = [Supervisor(d.name, d.model, d.settings, self._emit) for d in devices]
        self._pending: deque[Record] = deque(maxlen=MAX_PENDING)
        self._pending_since_s: float | None = None
        self._unheard = set(self._roles)
        self._settle_by_s = float("inf")
        self._opened_s = float("-inf")
        self._looked_s = time.monotonic()
        self._busy_s = time.monotonic()
        self._link: LinkFile | None = None
        self._note([telemetry("station.started", version=version)])

    def stop(self) -> None:
        """Order `run` to end; may be called from a signal handler."""
        self._stopping = True
        self._events.put(None)

    def run(self, *, ready: Callable[[], None], beat: Callable[[], None]) -> None:
        """Work until `stop`; what was gathered is written before returning. Anything unexpected is raised.

        ready is called once when the counter can be used, beat at least every 5 s while the loop turns.
        """
        for supervisor in self._supervisors:
            supervisor.start()
        try:
            self._settle()
            self._place.feedback.give(Answer("station.ready", {"here": str(self._place.counter.shelves.here)}))
            ready()
            while not self._stopping:
                self._round()
                beat()
        finally:
            for supervisor in self._supervisors:
                supervisor.stop()
            self._note(self._place.boxes.finish())
            self._write_pending()

    def _settle(self) -> None:
        """Wait until every device has reported once, and until a scan made now is heard whole."""
        self._settle_by_s = time.monotonic() + SETTLE_S
        while time.monotonic() < self._settle_by_s and not self._stopping:
            self._round()
            if not self._unheard:
                self._settle_by_s = min(self._settle_by_s, self._opened_s + OpeningTail.QUIET_S)
        self._settle_by_s = float("inf")

    def _emit(self, event: DeviceEvent) -> None:
        """Take an event from a device's thread; holds that thread back while too many wait."""
        while self._events.qsize() >= MAX_WAITING_EVENTS:
            time.sleep(0.01)
        self._events.put(event)

    def _round(self) -> None:
        """Wait for one event, handle it, then do what time asks for."""
        try:
            event = self._events.get(timeout=self._wait_s())
        except queue.Empty:
            event = None
        if event is not None:
            self._handle(event)
        now_s = time.monotonic()
        self._note(self._place.faults.tick(now_s))
        self._note(self._place.boxes.tick(now_s))
        if self._pending_since_s is not None and now_s - self._pending_since_s >= TELEMETRY_S:
            self._write_pending()
        if now_s - self._busy_s >= IDLE_S:
            self._busy_s = now_s
            self._place.journal.idle()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._heed_county()

    def _wait_s(self) -> float:
        """How long nothing need be done."""
        due_s = [time.monotonic() + LOOK_S]
        if self._pending_since_s is not None:
            due_s.append(self._pending_since_s + TELEMETRY_S)
        due_s.append(self._settle_by_s)
        return max(0.0, min(due_s) - time.monotonic())

    def _handle(self, event: DeviceEvent) -> None:
        """One event of one device."""
        now_s = time.monotonic()
        self._unheard.discard(event.device)
        match event:
            case Said(device, reading):
                self._read(device, reading, now_s)
            case Opened(device):
                self._opened_s = now_s
                self._place.faults.well(device, now_s)
            case Lost(device, reason, hint, detail):
                if records := self._place.faults.bad(device, reason.value, now_s, detail):
                    self._note(records)
                    self._place.feedback.give(Answer("device.fault", {"device": device, "hint": hint}))
            case Crashed(_, error):
                raise error

    def _read(self, device: str, reading: Reading, now_s: float) -> None:
        """One reading: to the counter, the boxes or the faults."""
        match reading:
            case Scan():
                self._busy_s = now_s
                stamp = self._place.stamp()
                self._decide(self._place.counter.scan(device, reading, now_s, stamp.wall_ms), stamp)
            case Weight():
                self._place.faults.well(device, now_s)
                settled_g = self._weighing[device].weight(reading)
                if settled_g is not None:
                    self._decide(self._place.counter.weight(device, settled_g, now_s))
            case Temperature():
                self._place.faults.well(device, now_s)
                self._note(self._place.boxes.take(device, reading))
            case BadReading():
                self._read_bad(device, reading, now_s)
            case Door():
                raise NotImplementedError("doors come with the GPIO drivers")

    def _read_bad(self, device: str, reading: BadReading, now_s: float) -> None:
        """A reading without a value: said at the counter, or opened as a fault, never a number."""
        role = self._roles[device]
        if role == "scanner" and reading.reason is not Reason.NO_DATA:
            self._decide(self._place.counter.bad_scan(device, reading, now_s))
            return
        if role == "scale":
            complaint = self._weighing[device].bad(reading)
            if complaint is not None:
                self._decide(self._place.counter.no_weight(complaint, now_s))
        elif role == "thermometer":
            self._note(self._place.boxes.take(device, reading))
        if reading.reason not in NOT_A_FAULT:
            self._note(self._place.faults.bad(device, reading.reason.value, now_s, reading.detail))

    def _decide(self, decision: Decision, stamp: Stamp | None = None) -> None:
        """Write a decision, let it happen, and only then answer."""
        place = self._place
        if decision.changes or any(record.kind.partition(".")[0] != "scan" for record in decision.records):
            records = [*self._pending, *decision.records]
            try:
                place.journal.commit(records, decision.changes, stamp)
            except (JournalFull, JournalUnwritable) as error:
                place.feedback.give(Answer("not_saved", {"hint": error.hint}))
                return
            self._forget_pending()
        else:
            self._note(decision.records)
        place.counter.settle(decision)
        if decision.answer is not None:
            place.feedback.give(decision.answer)

    def _note(self, records: Sequence[Record]) -> None:
        """Keep telemetry for the next transaction."""
        if records and self._pending_since_s is None:
            self._pending_since_s = time.monotonic()
        self._pending.extend(records)

    def _write_pending(self) -> None:
        """Write telemetry in a transaction of its own; a card that refuses is tried again later."""
        if not self._pending:
            return
        try:
            self._place.journal.commit(list(self._pending))
        except (JournalFull, JournalUnwritable):
            self._pending_since_s = time.monotonic()
        else:
            self._forget_pending()

    def _forget_pending(self) -> None:
        self._pending.clear()
        self._pending_since_s = None

    def _heed_county(self) -> None:
        """If the county holds another history of our present epoch, go on in a new one."""
        if self._link is None:
            if not self._place.link_path.exists():
                return
            self._link = LinkFile(self._place.link_path, lambda: self._place.stamp().wall_ms, writable=False)
        for noted in self._link.troubles():
            if noted.trouble not in (Trouble.FORK, Trouble.ROLLED_BACK) or noted.chain is None:
                continue
            if noted.chain.epoch == self._place.journal.epoch:
                self._place.journal.open_epoch(noted.trouble.value)
                return
