"""Keeps one device alive on a thread of its own and hands what it says to one consumer.

    supervisor = Supervisor("gate", MODELS["scan_serial"], settings, emit)
    supervisor.start()      emit(Opened | Lost | Said | Crashed) is called from the device's thread from now on
    supervisor.stop()       no further event once it returned True

`emit` should be quick (a queue's put): while it runs, the device waits in the kernel's buffer. Nothing polls: an idle
device wakes its thread once a minute, a scale that says the same ten times a second wakes it three times. Not here:
what a fault means to people, and which devices there are; the agent knows both. The rules of outages stand in
`outages.py`; this file holds the thread, the clock, the port and the waiting.
"""

import _thread
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from drivers.errors import BadSettings, DriverError, PortUnavailable
from drivers.models import Model
from drivers.outages import Backoff, Crashed, DeviceEvent, Lost, Opened, OpeningTail, Outage, Said, is_silence
from drivers.ports import port_for
from drivers.readings import BadReading, Reading
from drivers.seam import Conversing, Decoder, Holding, Pause, Port, Sampler, Triggered
from drivers.settings import DeviceSettings, SampledSettings, StreamSettings

__all__ = ["Crashed", "DeviceEvent", "Lost", "Opened", "Said", "Supervisor", "watch_sampler", "watch_stream"]

READ_BYTES = 4096
IDLE_S = 60.0
"""The longest one wait lasts."""

SHORTEST_WAIT_S = 0.001
"""A decoder whose deadline has passed and stays costs a wake-up a millisecond, not a busy loop."""

BAD_SETTINGS_RETRY_S = 60.0
"""Settings do not mend themselves, but a technician may put another adapter into the same socket."""

UNCHANGED_S = 5.0
"""A device that speaks all the time and has said the same for so long is listened to in pauses."""

PAUSE_S = 0.3
"""How long such a pause is: ten frames a second are then three wake-ups. What changes is seen this much later at most,
less than the half second a weight has to stand anyway; all of it waits in the kernel's buffer (4 kB) until then."""

MAX_ORDERS = 16
"""What waits to be sent to one device; of more, the oldest are dropped."""


class Trigger(Enum):
    """The order to have the device look now; what bytes that takes, its decoder knows."""

    NOW = 1


TRIGGER = Trigger.NOW
Orders = deque[bytes | Trigger]
Emit = Callable[[DeviceEvent], None]
Clock = Callable[[], float]


class Stop(Protocol):
    """What the loops need of a threading.Event; tests pass a scripted one."""

    def is_set(self) -> bool:
        """Whether the loop is to end."""

    def wait(self, timeout: float) -> bool:
        """Wait until it is set, at most `timeout` seconds; return whether it is set."""


class Supervisor:
    """One device, its thread, and the order to stop."""

    def __init__(
        self,
        device: str,
        model: Model,
        settings: DeviceSettings,
        emit: Emit,
        *,
        clock: Clock = time.monotonic,
        chance: Callable[[], float] = random.random,
        make_port: Callable[[Model, DeviceSettings], Port] = port_for,
        make_sampler: Callable[[Model, DeviceSettings, Pause], Sampler] = Model.sampler,
    ) -> None:
        """`device` is the name events carry. Nothing is opened before `start`.

        `make_sampler` is for whoever has more to give a sampler than its settings, such as a camera's carrier rule.
        """
        self.device = device
        self._model = model
        self._settings = settings
        self._emit = emit
        self._clock = clock
        self._backoff = Backoff(chance)
        self._make_port = make_port
        self._make_sampler = make_sampler
        self._stop = threading.Event()
        self._port: Port | None = None
        self._orders: Orders = deque(maxlen=MAX_ORDERS)
        self._thread = threading.Thread(target=self._run, name=f"device {device}", daemon=True)

    def start(self) -> None:
        """Begin; once only."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Order the thread to end and wait for it; return whether it did.

        A stream ends within milliseconds; a sampler may be held by the kernel for the sensor's conversion time (0.75
        s), and its thread is a daemon, which cannot keep the process alive.
        """
        self._stop.set()
        if self._port is not None:
            self._port.interrupt()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def send(self, data: bytes) -> None:
        """Send `data` to the device soon, from any thread; dropped where the device is not open or cannot be written.

        For answers that hold only now (a beep): nothing is kept for a device that comes back later.
        """
        self._order(data)

    def trigger(self) -> None:
        """Have a scanner without a button look now, from any thread; nothing where the model cannot be told to."""
        self._order(TRIGGER)

    def _order(self, order: bytes | Trigger) -> None:
        if self._port is not None:
            self._orders.append(order)
            self._port.interrupt()

    def _run(self) -> None:
        try:
            if self._model.streams:
                self._run_stream()
            else:
                self._run_sampler()
        except BaseException as error:  # noqa: BLE001  handed on whole: the consumer re-raises it and the process ends
            self._crash(error)

    def _run_stream(self) -> None:
        outage = Outage(self.device)
        try:
            self._port = self._make_port(self._model, self._settings)
        except BadSettings as error:  # no such transport: only another program version helps
            _tell(outage.failed(error), self._emit)
            return
        watch_stream(
            self._port,
            lambda: self._model.decoder(self._settings),
            outage,
            self._emit,
            self._stop,
            backoff=self._backoff,
            clock=self._clock,
            pauses=may_cut(self._model, self._settings),
            rests=may_rest(self._model, self._settings),
            orders=self._orders,
        )

    def _run_sampler(self) -> None:
        every_s = self._settings.every_s if isinstance(self._settings, SampledSettings) else IDLE_S
        sampler = self._make_sampler(self._model, self._settings, lambda seconds: not self._stop.wait(seconds))
        try:
            watch_sampler(sampler, Outage(self.device), self._emit, self._stop, every_s=every_s, clock=self._clock)
        finally:
            if isinstance(sampler, Holding):
                sampler.close()

    def _crash(self, error: BaseException) -> None:
        """See that our fault is noticed: by the consumer, or if it is the consumer's, by the main thread."""
        try:
            self._emit(Crashed(self.device, error))
        except BaseException:
            _thread.interrupt_main()
            raise


def may_cut(model: Model, settings: DeviceSettings) -> bool:
    """Whether what comes right after opening may be the tail of a frame that a pause would have shown.

    Not so for a device that speaks all the time, where there is no pause to wait for, nor for one behind hidraw: the
    kernel hands out whole reports only.
    """
    return model.transport != "hidraw" and not (isinstance(settings, StreamSettings) and settings.silent_after_s)


def may_rest(model: Model, settings: DeviceSettings) -> bool:
    """Whether it is a scale that speaks all the time into a buffer one read empties: a tty, not hidraw's reports."""
    speaks = isinstance(settings, StreamSettings) and bool(settings.silent_after_s)
    return speaks and model.role == "scale" and model.transport == "serial"


def watch_stream(
    port: Port,
    make_decoder: Callable[[], Decoder],
    outage: Outage,
    emit: Emit,
    stop: Stop,
    *,
    backoff: Backoff,
    clock: Clock,
    pauses: bool,
    rests: bool = False,
    orders: Orders | None = None,
) -> None:
    """Open, listen, and after any loss open again with a fresh decoder, until `stop`.

    `pauses` tells whether the device speaks only when used, `rests` whether one that always says the same unasked may
    be heard in pieces of PAUSE_S, which an order then waits out too. `orders` is what others want sent: it is emptied
    at every opening, then carried out as it fills (whoever fills it interrupts the port). The port is closed at the end
    whatever happens.
    """
    while not stop.is_set():
        wait_s = 0.0
        try:
            port.open()
            if orders is not None:
                orders.clear()
            _tell(outage.opened(clock()), emit)
            listening = _Listening(
                port,
                make_decoder(),
                outage,
                emit,
                backoff=backoff,
                clock=clock,
                pauses=pauses,
                rests=rests,
                orders=orders,
            )
            listening.until_silent(stop)
        except BadSettings as error:
            _tell(outage.failed(error), emit)
            wait_s = BAD_SETTINGS_RETRY_S
        except PortUnavailable as error:
            _tell(outage.failed(error), emit)
        finally:
            port.close()
        stop.wait(wait_s or backoff.next_s())


def watch_sampler(sampler: Sampler, outage: Outage, emit: Emit, stop: Stop, *, every_s: float, clock: Clock) -> None:
    """Look every `every_s` seconds, counted from look to look, until `stop`."""
    while not stop.is_set():
        begun_s = clock()
        try:
            _tell(outage.looked(sampler.sample(begun_s)), emit)
        except DriverError as error:
            _tell(outage.failed(error), emit)
        stop.wait(max(0.0, begun_s + every_s - clock()))


class _Listening:
    """One time of being open: from the port's opening to its loss, or to the device's silence."""

    def __init__(
        self,
        port: Port,
        decoder: Decoder,
        outage: Outage,
        emit: Emit,
        *,
        backoff: Backoff,
        clock: Clock,
        pauses: bool,
        rests: bool,
        orders: Orders | None,
    ) -> None:
        self._orders: Orders = deque() if orders is None else orders
        self._port = port
        self._decoder = decoder
        self._conversing = decoder if isinstance(decoder, Conversing) else None
        self._outage = outage
        self._emit = emit
        self._backoff = backoff
        self._clock = clock
        self._tail = OpeningTail(clock(), pauses=pauses)
        self._sameness = _Sameness(clock()) if rests else None

    def until_silent(self, stop: Stop) -> None:
        """Hand on what the device says until `stop` or a silence; raises PortLost."""
        now_s = self._clock()
        silent = self._take(0, self._decoder.tick(now_s), now_s)
        while not (silent or stop.is_set()):
            data = self._port.read(READ_BYTES, self._wait_s(now_s))
            now_s = self._clock()
            readings = self._decode(data, now_s)
            silent = self._take(len(data), readings, now_s)
            self._tell(self._outage.tick(now_s))
            if self._sameness is not None and self._sameness.lasts(readings, now_s) and not self._orders:
                stop.wait(PAUSE_S)

    def _wait_s(self, now_s: float) -> float:
        ends = (self._decoder.deadline_s, self._outage.deadline_s, now_s + IDLE_S)
        return max(SHORTEST_WAIT_S, min(end for end in ends if end is not None) - now_s)

    def _decode(self, data: bytes, now_s: float) -> list[Reading]:
        if not data:
            return self._decoder.tick(now_s)
        instead = self._tail.cut(data, now_s)
        if instead is not None:
            return instead
        return self._tail.after(self._decoder.feed(data, now_s))

    def _take(self, received: int, readings: list[Reading], now_s: float) -> bool:
        """Hand on the readings, send what the decoder wants sent; return whether the device has now gone silent."""
        if received or readings:
            aside = self._conversing.aside() if self._conversing is not None else 0
            self._tell(self._outage.heard(received - aside, readings, now_s))
        self._carry_out()
        request = self._decoder.poll()
        if request:
            self._port.write(request)
            self._tail.asked()
            self._sameness = None  # it is listened to in step with what it is asked
        return any(is_silence(reading) for reading in readings)

    def _carry_out(self) -> None:
        """Send what others want sent; a trigger goes by way of the decoder, which knows what it takes."""
        while self._orders:
            order = self._orders.popleft()
            if isinstance(order, bytes):
                self._port.write(order)
            elif isinstance(self._decoder, Triggered):
                self._decoder.trigger()

    def _tell(self, events: list[DeviceEvent]) -> None:
        for event in events:
            if isinstance(event, Opened):
                self._backoff.reset()
            self._emit(event)


class _Sameness:
    """Whether a device has said nothing new for UNCHANGED_S."""

    def __init__(self, now_s: float) -> None:
        self._said = b""
        self._since_s = now_s

    def lasts(self, readings: list[Reading], now_s: float) -> bool:
        """Take what was just read; anything but the same frame again, a bad one too, begins anew."""
        for reading in readings:
            if reading.raw != self._said or isinstance(reading, BadReading):
                self._said, self._since_s = reading.raw, now_s
        return now_s - self._since_s >= UNCHANGED_S


def _tell(events: list[DeviceEvent], emit: Emit) -> None:
    for event in events:
        emit(event)
