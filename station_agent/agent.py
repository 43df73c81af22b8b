"""The agent's loop: an event from a device -> a decision -> on disk -> an answer. The process `station run`.

A thin shell. One thread owns the journal and walks every event through `_handle`; each device has a thread of its own
that only puts events into the queue. Nothing here needs the network. Called by the `station run` command.
"""

import contextlib
import queue
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from drivers.outages import Crashed, Lost, Opened, OpeningTail, Said
from drivers.readings import BadReading, Door, Reading, Reason, Scan, Temperature, Weight
from drivers.supervision import Emit
from station_agent.config import Device
from station_agent.counter.answers import Advice, Answer, Colour
from station_agent.counter.boxes import BoxTemperatures
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision, Moment
from station_agent.counter.doors import Doors
from station_agent.counter.faults import FaultBook
from station_agent.counter.vocabulary import telemetry
from station_agent.counter.weighing import Weighing, WeighingRules
from station_agent.devices import Adopted, AdoptionThread, DeviceTable, Event, Supervised, supervise
from station_agent.errors import JournalFull, JournalUnwritable, StationError
from station_agent.feedback import Feedback
from station_agent.journal.writer import Journal, Record, Stamp
from station_agent.order_desk import OrderDesk
from station_agent.personal.sweep import Sweep
from station_agent.upkeep import Upkeep
from sync.entry import Lane, Position, Trust
from sync.link import LinkFile
from sync.trouble import Trouble

MAX_WAITING_EVENTS = 4096
"""Readings waiting for the counter; a device thread that finds more waits itself, and the kernel buffers for it."""
MAX_PENDING = 1000
"""Telemetry waiting for a transaction; on a full card the oldest go, custody never waits here."""
TELEMETRY_S = 2.0
"""Telemetry joins the next custody transaction, or gets one of its own after so long."""
RETRY_S = 30.0
"""Telemetry a card refused is tried again after so long; a custody transaction takes it along before."""
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
NOT_A_SCAN = frozenset({Reason.NO_DATA, Reason.BAD_COMMAND})
"""What a scanner says of itself, not of a code."""
_UNFORESEEN_HINT = "程序出错,正在重启 / the program failed and starts again"


class Events(Protocol):
    """The queue between the devices and the loop."""

    def put(self, item: Event | None, /) -> None:
        """Add one; from any thread, even from a signal handler."""

    def get(self, *, timeout: float) -> Event | None:
        """Take the oldest; raises queue.Empty when none came within `timeout` seconds."""

    def qsize(self) -> int:
        """How many wait."""


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
    doors: Doors = field(default_factory=Doors)
    orders: OrderDesk | None = None
    upkeep: Upkeep | None = None
    told: Answer | None = None
    sweep: Sweep | None = None
    seal: Callable[[Sequence[Record], int], Sequence[Record]] = lambda records, _: records
    adopts_guns: bool = False


class Agent:
    """One running station."""

    def __init__(
        self,
        place: Workplace,
        devices: Sequence[Device],
        version: str,
        *,
        make_supervisor: Callable[[Device, Emit], Supervised] = supervise,
        events: Events | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is opened before `run`. make_supervisor, events and clock are other ones in tests."""
        self._place, self._clock = place, clock
        scales = [device for device in devices if device.model.role == "scale"]
        self._weighing = {d.name: Weighing(place.rules, says_once=d.model.says_once) for d in scales}
        self._events: Events = events if events is not None else queue.SimpleQueue[Event | None]()
        self._stopping = False
        self._devices = DeviceTable(devices, self._emit, make_supervisor)
        self._roles = self._devices.roles
        self._pending: deque[Record] = deque(maxlen=MAX_PENDING)
        self._write_at_s: float | None = None
        self._unheard = self._devices.streaming
        self._settle_by_s = float("inf")
        self._opened_s = float("-inf")
        self._looked_s = self._busy_s = clock()
        self._note([telemetry("station.started", version=version)])

    def stop(self) -> None:
        """Order `run` to end; may be called from a signal handler."""
        self._stopping = True
        self._events.put(None)

    def run(self, *, ready: Callable[[], None], beat: Callable[[], None]) -> None:
        """Work until `stop`; what was gathered is written before returning. Anything unexpected is raised.

        ready is called once when the counter can be used, beat at least every 5 s while the loop turns.
        """
        try:
            self._devices.start()
            self._settle()
            self._place.feedback.give(self._place.counter.greeting)
            if self._place.told is not None:
                self._place.feedback.give(self._place.told)
            ready()
            with AdoptionThread(self._devices, self._emit) if self._place.adopts_guns else nullcontext():
                while not self._stopping:
                    self._round()
                    beat()
        finally:
            self._devices.stop()
            self._note(self._place.boxes.finish())
            self._note(self._place.doors.finish(self._clock()))
            self._write_pending()

    def _settle(self) -> None:
        """Wait until every device that sends unasked has reported once, and until a scan made now is heard whole.

        What is only looked at (a thermometer takes 0.75 s) loses nothing and is not waited for.
        """
        self._settle_by_s = self._clock() + SETTLE_S
        while not self._stopping:
            if not self._unheard:
                self._settle_by_s = min(self._settle_by_s, self._opened_s + OpeningTail.QUIET_S)
            if self._clock() >= self._settle_by_s:
                break
            self._round()
        self._settle_by_s = float("inf")

    def _emit(self, event: Event) -> None:
        """Take an event from a device's thread; holds that thread back while too many wait."""
        while self._events.qsize() >= MAX_WAITING_EVENTS and not self._stopping:
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
        now_s = self._clock()
        self._note(self._place.faults.tick(now_s))
        self._note(self._place.boxes.tick(now_s))
        self._note(self._place.doors.tick(now_s))
        if self._write_at_s is not None and now_s >= self._write_at_s:
            self._write_pending()
        if now_s - self._busy_s >= IDLE_S:
            self._busy_s = now_s
            self._place.journal.idle()
            if self._place.upkeep is not None:
                self._note(self._place.upkeep.turn(now_s))
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._heed_county()
            self._heed_orders(now_s)
            self._sweep(now_s)

    def _wait_s(self) -> float:
        """How long nothing need be done."""
        due_s = [self._clock() + LOOK_S]
        if self._write_at_s is not None:
            due_s.append(self._write_at_s)
        due_s.append(self._settle_by_s)
        return max(0.0, min(due_s) - self._clock())

    def _handle(self, event: Event) -> None:
        """One event of one device."""
        now_s = self._clock()
        self._unheard.discard(event.device)
        match event:
            case Said(device, reading):
                self._read(device, reading, now_s)
            case Opened(device):
                if self._roles[device] == "scanner":
                    self._opened_s = now_s
                self._place.faults.well(device, now_s)
            case Lost(device, reason, hint, detail):
                if records := self._place.faults.bad(device, reason.value, now_s, detail):
                    self._note(records)
                    self._place.feedback.give(Answer("device.fault", {"device": device}, advice=Advice.of(hint)))
            case Adopted(path):
                self._adopt(path)
            case Crashed(_, error):
                raise error

    def _read(self, device: str, reading: Reading, now_s: float) -> None:
        """One reading: to the counter, the boxes or the faults."""
        match reading:
            case Scan():
                self._busy_s = now_s
                stamp, at = self._moment(device, now_s)
                self._beep(device, self._decide(self._place.counter.scan(reading, at), stamp))
            case Weight():
                self._place.faults.well(device, now_s)
                settled_g = self._weighing[device].weight(reading)
                if settled_g is not None:
                    stamp, at = self._moment(device, now_s)
                    self._decide(self._place.counter.weight(settled_g, at), stamp)
            case Temperature():
                sensor = _sensor(device, reading)
                self._place.faults.well(sensor, now_s)
                self._note(self._place.boxes.take(sensor, reading))
            case BadReading():
                self._read_bad(device, reading, now_s)
            case Door():
                self._place.faults.well(device, now_s)
                self._note(self._place.doors.take(device, reading))

    def _moment(self, device: str, now_s: float) -> tuple[Stamp, Moment]:
        """The time an entry will carry, and the same as the counter sees it."""
        stamp = self._place.stamp()
        return stamp, Moment(device, now_s, stamp.wall_ms, stamp.trust is Trust.SYNCHRONISED)

    def _read_bad(self, device: str, reading: BadReading, now_s: float) -> None:
        """A reading without a value: said at the counter, or opened as a fault, never a number."""
        role = self._roles[device]
        if role == "scanner" and reading.reason not in NOT_A_SCAN:
            stamp, at = self._moment(device, now_s)
            self._beep(device, self._decide(self._place.counter.bad_scan(reading, at), stamp))
            return
        if role == "scale":
            complaint = self._weighing[device].bad(reading)
            if complaint is not None:
                stamp, at = self._moment(device, now_s)
                self._decide(self._place.counter.no_weight(complaint, at), stamp)
        elif role == "thermometer":
            self._note(self._place.boxes.take(_sensor(device, reading), reading))
        if reading.reason not in NOT_A_FAULT:
            sensor = _sensor(device, reading)
            self._note(self._place.faults.bad(sensor, reading.reason.value, now_s, reading.detail))

    def _adopt(self, path: str) -> None:
        """A new gun takes the place of a dead one."""
        device = self._devices.adopt(path)
        if device is None:
            return
        self._roles = self._devices.roles
        self._note([telemetry("device.adopted", device=device.name, path=path)])
        self._place.feedback.give(Answer("device.adopted", {"device": device.name}))

    def _beep(self, device: str, colour: Colour | None) -> None:
        """Tell the answer at the gun too: a person looks at the parcel, not at a lamp."""
        if colour is not None:
            self._devices.beep(device, good=colour is Colour.GREEN)

    def _decide(self, decision: Decision, stamp: Stamp) -> Colour | None:
        """Write a decision, let it happen, and only then answer; what is telemetry alone need not be on disk first.

        Returns the colour that was answered.
        """
        place = self._place
        places: Sequence[Position] = ()
        if decision.changes or any(record.lane is Lane.CUSTODY for record in decision.records):
            try:
                places = self._commit(decision, stamp)
            except Exception as error:
                hint = error.hint if isinstance(error, StationError) else _UNFORESEEN_HINT
                place.feedback.give(Answer("not_saved", advice=Advice.of(hint)))
                if isinstance(error, (JournalFull, JournalUnwritable)):
                    return Colour.RED
                raise
        else:
            self._note(decision.records)
        custody = [where.sequence for where in places if where.lane is Lane.CUSTODY]
        place.counter.settle(decision, custody, self._clock())
        if decision.answer is None:
            return None
        place.feedback.give(decision.answer)
        return decision.answer.colour

    def _commit(self, decision: Decision, stamp: Stamp) -> Sequence[Position]:
        """Write a decision, and the waiting telemetry with it if there is room for both; its own places."""
        pending = list(self._pending)
        records = self._place.seal(decision.records, stamp.wall_ms)
        try:
            places = self._place.journal.commit([*pending, *records], decision.changes, stamp)
        except JournalFull:
            made = self._place.upkeep is not None and self._place.upkeep.make_room()
            if not (pending or made):
                raise
            return self._place.journal.commit(records, decision.changes, stamp)
        self._forget_pending()
        return places[len(pending) :]

    def _note(self, records: Sequence[Record]) -> None:
        """Keep telemetry for the next transaction."""
        if records and self._write_at_s is None:
            self._write_at_s = self._clock() + TELEMETRY_S
        self._pending.extend(records)

    def _write_pending(self) -> None:
        """Write telemetry in a transaction of its own; a card that refuses is tried again later."""
        if not self._pending:
            return
        try:
            self._place.journal.commit(list(self._pending))
        except (JournalFull, JournalUnwritable):
            self._write_at_s = self._clock() + RETRY_S
        else:
            self._forget_pending()

    def _forget_pending(self) -> None:
        self._pending.clear()
        self._write_at_s = None

    def _heed_orders(self, now_s: float) -> None:
        """Enter what commands have ordered; what the card refuses waits in its folder."""
        if self._place.orders is None:
            return
        trouble = self._place.orders.serve(self._place.journal.commit, self._roles)
        if trouble is not None:
            self._note(self._place.faults.bad("orders", "unusable", now_s, trouble))
        else:
            self._place.faults.well("orders", now_s)

    def _sweep(self, now_s: float) -> None:
        """Erase what was kept of recipients long enough; what the card refuses is tried again."""
        if self._place.sweep is None:
            return
        trouble = self._place.sweep.serve(now_s)
        if trouble is not None:
            self._note(self._place.faults.bad("personal", "unerased", now_s, trouble))
        else:
            self._place.faults.well("personal", now_s)

    def _heed_county(self) -> None:
        """If the county holds another history of our present epoch, go on in a new one."""
        if not self._place.link_path.exists():
            return
        try:
            # Opened anew each time: the sync process may have made the file again in its place.
            link = LinkFile(self._place.link_path, lambda: self._place.stamp().wall_ms, writable=False, timeout_s=0.05)
            try:
                troubles = link.troubles()
            finally:
                link.close()
        except sqlite3.DatabaseError:
            return  # that file is the sync process' to mend; it is looked at again soon
        for noted in troubles:
            if noted.trouble not in (Trouble.FORK, Trouble.ROLLED_BACK) or noted.chain is None:
                continue
            if noted.chain.epoch == self._place.journal.epoch:
                with contextlib.suppress(JournalFull, JournalUnwritable):  # tried again at the next look
                    self._place.journal.open_epoch(noted.trouble.value)
                return


def _sensor(device: str, reading: Temperature | BadReading) -> str:
    """The name a reading is kept under: the device's, and its channel where it carries several sensors."""
    return device if reading.channel is None else f"{device}.{reading.channel}"
