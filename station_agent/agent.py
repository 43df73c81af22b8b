"""The agent's loop: an event from a device -> a decision -> on disk -> an answer. The process `station run`.

A thin shell. One thread owns the journal and walks every event through `_handle`; each device has a thread of its own
that only puts events into the queue. Nothing here needs the network. Called by the `station run` command.
"""

import contextlib
import queue
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from drivers.outages import Crashed, Lost, Opened, OpeningTail, Said
from drivers.readings import BadReading, Door, Power, Reading, Reason, Scan, Temperature, Weight
from drivers.supervision import Emit
from drivers.throttling import Throttling
from station_agent.clock_desk import ClockDesk
from station_agent.coldwork import ColdWork, sensor
from station_agent.config import Device
from station_agent.counter.answers import Advice, Answer, Colour
from station_agent.counter.boxes import BoxTemperatures
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision, Moment
from station_agent.counter.doors import Doors
from station_agent.counter.faults import FaultBook
from station_agent.counter.power import LOST, SUPPLY, UNDERVOLTAGE, PowerWatch
from station_agent.counter.standstill import hold_back
from station_agent.counter.vocabulary import telemetry
from station_agent.counter.weighing import Pan, Weighing, WeighingRules
from station_agent.devices import Adopted, AdoptionThread, DeviceTable, Event, Supervised, supervise
from station_agent.errors import JournalFull, JournalUnwritable, StationError
from station_agent.feedback import Feedback
from station_agent.heeding import heed_county
from station_agent.journal.writer import Journal, Stamp
from station_agent.link_words import LinkWords
from station_agent.order_desk import OrderDesk
from station_agent.outlook import Outlook
from station_agent.personal.sweep import Sweep
from station_agent.sent_down import SentDown
from station_agent.upkeep import Upkeep
from station_agent.waiting import Seal, Waiting
from sync.entry import Lane, Position, Trust

MAX_WAITING_EVENTS = 4096
"""Readings waiting for the counter; a device thread that finds more waits itself, and the kernel buffers for it."""
LOOK_S = 5.0
"""How often link.db is looked at for word from the county."""
SETTLE_S = 1.0
"""How long the devices have to report at the start: a port drops what it received before it was opened."""
IDLE_S = 1.0
"""A quiet time so long is used to checkpoint."""
LISTS = "lists"
"""The name faults of the county's lists go by."""
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
    cold: ColdWork = field(default_factory=ColdWork)
    orders: OrderDesk | None = None
    outlook: Outlook | None = None
    upkeep: Upkeep | None = None
    told: Answer | None = None
    sweep: Sweep | None = None
    sent_down: SentDown | None = None
    words: LinkWords = field(default_factory=LinkWords)
    seal: Seal = lambda records, _aside, _wall_ms: records
    clock: ClockDesk | None = None
    power: PowerWatch = field(default_factory=PowerWatch)
    throttling: Callable[[], Throttling | None] = lambda: None
    adopts_guns: bool = False
    quiet: Callable[[], object] = lambda: None


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
        streams = [d.name for d in scales if not d.model.says_once]
        self._devices = DeviceTable(devices, hold_back(self._emit, place.rules, streams), make_supervisor)
        self._roles = self._devices.roles
        self._waiting = Waiting(place.journal, place.cold, place.upkeep, place.seal, clock)
        self._note = self._waiting.note
        self._unheard = self._devices.streaming
        self._settle_by_s = float("inf")
        self._opened_s = float("-inf")
        self._looked_s = self._busy_s = clock()
        self._note([telemetry("station.started", version=version), *place.cold.setups])
        if place.clock is not None:
            self._note(place.clock.started())

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
            # Before the first scan, and after who waits for us was told: a revoked badge is refused from the start.
            self._heed_county()
            self._bring_news(self._clock())
            with AdoptionThread(self._devices, self._emit) if self._place.adopts_guns else nullcontext():
                while not self._stopping:
                    self._round()
                    beat()
        finally:
            self._devices.stop()
            self._write_unfinished(self._clock())

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
        self._told(self._place.cold.tick(now_s))
        stamp, at = self._moment("clock", now_s)
        for decision in self._place.counter.tick(at):
            self._decide(decision, stamp)
        if self._waiting.due_s is not None and now_s >= self._waiting.due_s:
            self._waiting.write()
        if self._place.power.must_save(now_s):
            self._save_all(now_s)
        if now_s - self._busy_s >= IDLE_S:
            self._busy_s = now_s
            self._place.journal.idle()
            if self._place.upkeep is not None:
                self._note(self._place.upkeep.turn(now_s))
            self._place.quiet()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._heed_county()
            self._bring_news(now_s)
            self._heed_orders(now_s)
            self._sweep(now_s)
            if self._place.clock is not None:
                self._place.clock.serve()
            self._look_at_supply(now_s)

    def _wait_s(self) -> float:
        """How long nothing need be done."""
        due_s = [self._clock() + LOOK_S]
        if self._waiting.due_s is not None:
            due_s.append(self._waiting.due_s)
        if self._place.power.save_at_s is not None:
            due_s.append(self._place.power.save_at_s)
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
                self._weigh(device, reading, now_s)
            case Temperature():
                name = sensor(device, reading.channel)
                self._place.faults.well(name, now_s)
                self._note(self._place.boxes.take(name, reading))
                self._told(self._place.cold.reading(device, reading, now_s))
            case BadReading():
                self._read_bad(device, reading, now_s)
            case Door():
                self._place.faults.well(device, now_s)
                self._note(self._place.doors.take(device, reading))
                self._place.cold.door(device, reading, now_s)
            case Power():
                self._heed_power(device, reading, now_s)

    def _weigh(self, device: str, reading: Weight, now_s: float) -> None:
        """A weight that settled, or a pan that is empty again, to the counter."""
        weighing = self._weighing[device]
        pan = weighing.pan
        settled_g = weighing.weight(reading)
        if settled_g is not None:
            stamp, at = self._moment(device, now_s)
            self._decide(self._place.counter.weight(settled_g, at), stamp)
        elif pan is not weighing.pan and weighing.pan is Pan.EMPTY:
            stamp, at = self._moment(device, now_s)
            self._decide(self._place.counter.emptied(at), stamp)

    def _moment(self, device: str, now_s: float) -> tuple[Stamp, Moment]:
        """The time an entry will carry, and the same as the counter sees it."""
        stamp = self._place.stamp()
        synchronised, kept = stamp.trust is Trust.SYNCHRONISED, stamp.trust is not Trust.UNKNOWN
        return stamp, Moment(device, now_s, stamp.wall_ms, trusted=synchronised, kept=kept)

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
            self._note(self._place.boxes.take(sensor(device, reading.channel), reading))
            self._told(self._place.cold.reading(device, reading, now_s))
        if reading.reason not in NOT_A_FAULT:
            name = sensor(device, reading.channel)
            self._note(self._place.faults.bad(name, reading.reason.value, now_s, reading.detail))

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
                places = self._waiting.commit(decision, stamp)
            except Exception as error:
                hint = error.hint if isinstance(error, StationError) else _UNFORESEEN_HINT
                if not decision.by_time:  # nobody waits for it; it comes up again by itself
                    place.feedback.give(Answer("not_saved", advice=Advice.of(hint)))
                if isinstance(error, (JournalFull, JournalUnwritable)):
                    return Colour.RED
                raise
        else:
            self._note(decision.records)
        if decision.answer is not None:  # at once: it is on disk, and nobody asks the counter before it has settled
            place.feedback.give(decision.answer)
        custody = [where.sequence for where in places if where.lane is Lane.CUSTODY]
        place.counter.settle(decision, custody, self._clock())
        return None if decision.answer is None else decision.answer.colour

    def _told(self, answers: Sequence[Answer]) -> None:
        """Say what the cold boxes say, whether or not the card takes it; what they noted waits for a transaction.

        All at once, the alarms first: a next answer would cut off the one before.
        """
        if answers:
            first, *others = sorted(answers, key=lambda answer: answer.colour is not Colour.RED)
            self._place.feedback.give(replace(first, also=(*first.also, *others)))
        if self._place.cold.waits:
            self._waiting.soon()

    def _write_unfinished(self, now_s: float) -> None:
        """Write what waits, and what is still being gathered as it is."""
        self._note(self._place.boxes.finish())
        self._note(self._place.doors.finish(now_s))
        self._place.cold.finish(now_s)
        self._waiting.write()

    def _heed_power(self, device: str, power: Power, now_s: float) -> None:
        """The mains are gone or there: an entry, and a word to people when it is theirs to know."""
        if power.is_good:
            self._place.faults.well(device, now_s)
        else:
            self._note(self._place.faults.bad(device, LOST, now_s))
        answer = self._place.power.take(device, power)
        if answer is not None:
            self._place.feedback.give(answer)

    def _save_all(self, now_s: float) -> None:
        """Be ready to be cut off: all that waits is written, and the log moved into the file."""
        self._write_unfinished(now_s)
        self._place.journal.checkpoint()
        answer = self._place.power.saved(all_of_it=self._waiting.is_empty)
        if answer is not None:
            self._place.feedback.give(answer)

    def _look_at_supply(self, now_s: float) -> None:
        """Under-voltage as the firmware sees it, where there is one to ask."""
        seen = self._place.throttling()
        if seen is None:
            return
        if self._place.power.supply(seen):
            self._note(self._place.faults.bad(SUPPLY, UNDERVOLTAGE, now_s, f"get_throttled {seen.flags:#x}"))
        if not seen.undervoltage:
            self._place.faults.well(SUPPLY, now_s)

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

    def _bring_news(self, now_s: float) -> None:
        """What lists change for parcels that are here; what the card refuses waits for the next look."""
        sent_down = self._place.sent_down
        if sent_down is None:
            return
        if sent_down.trouble is not None:
            self._note(self._place.faults.bad(LISTS, "unreadable", now_s, sent_down.trouble))
        else:
            self._place.faults.well(LISTS, now_s)
        stamp, at = self._moment("county", now_s)
        decision = sent_down.news.due(at, self._place.counter.attention)
        if decision is None:
            return
        with contextlib.suppress(JournalFull, JournalUnwritable):
            places = self._waiting.commit(decision, stamp)
            self._place.counter.settle(decision, [place.sequence for place in places], now_s)
            sent_down.news.brought()

    def _heed_county(self) -> None:
        """Word from the county, where there is any; in a new epoch nothing of the old one can be taken back."""
        epoch = self._place.journal.epoch
        self._listen()
        if self._place.journal.epoch != epoch:
            self._place.counter.epoch_opened()

    def _listen(self) -> None:
        """Take that word, and go on in a new epoch where it says so."""
        place = self._place
        said = heed_county(
            place.link_path,
            place.journal,
            lambda: place.stamp().wall_ms,
            place.sent_down,
            place.outlook,
            words=place.words,
        )
        if said is not None:
            place.feedback.give(said)
