"""What is told of a device in trouble, and how often it is tried: the pure half of supervision.

Rules: one outage is one `Lost` for each repair it asks for, however many attempts it takes; `Opened` ends it, and
only when the device has proved itself. Every reading is passed on, but the same silence is not told twice.

    state            input                                         -> state, event
    new              opened                                        -> up, Opened
    new, up          failed, garbled                               -> down, Lost
    down             failed with a hint not yet given              -> down, Lost
    down             failed with a hint already given              -> down
    down (cable)     opened, and PROOF_S went by or a clear word   -> up, Opened
    down (silent)    a clear word                                  -> up, Opened      opening proves nothing here
    down (garbled)   a stretch of bytes mostly understood          -> up, Opened      one lucky word proves nothing

Called by `drivers.supervision`, which owns the threads, the clock and the ports.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeGuard

from drivers.errors import BadSettings, DriverError, PortLost
from drivers.framing import bad, is_garbled
from drivers.readings import BadReading, Reading, Reason
from drivers.seam import MAX_FRAME_BYTES

PROOF_S = 2.0
"""A port that stays open so long after an outage is back; a browning-out hub drops it within a second."""

SILENT_HINT = "检查电源、数据线和连续发送设置 / check power, cable, and that it is set to send continuously"
GARBLED_HINT = "核对波特率、数据位、校验,检查线缆 / compare baud rate, data bits, parity; check the cable"
GONE_HINT = "检查传感器接线和供电;换过则改路径 / check sensor wiring and power; a new one has a new path"


class Loss(StrEnum):
    """In what way a device is lost."""

    UNAVAILABLE = "unavailable"
    UNPLUGGED = "unplugged"
    BAD_SETTINGS = "bad_settings"
    SILENT = "silent"
    GARBLED = "garbled"
    DISCONNECTED = "disconnected"


CABLE = frozenset({Loss.UNAVAILABLE, Loss.UNPLUGGED, Loss.BAD_SETTINGS})
"""What opening the device again can end."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The device is there, for the first time or again."""

    device: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The device is of no use until someone does what `hint` says; `detail` is for the log."""

    device: str
    reason: Loss
    hint: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """The device said something."""

    device: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Crashed:
    """The device's thread met an unforeseen error and has ended; the consumer re-raises `error` to end the process."""

    device: str
    error: BaseException


DeviceEvent = Opened | Lost | Said | Crashed


@dataclass(slots=True)
class Backoff:
    """Pauses between attempts: `first_s` doubling up to `last_s` (devices.md F), each shortened by up to half at
    random.

    `chance` returns a number in [0, 1); it keeps the devices of one hub from being tried in step.
    """

    chance: Callable[[], float]
    first_s: float = 0.5
    last_s: float = 10.0
    _next_s: float = field(default=0.0, init=False)

    def next_s(self) -> float:
        """Return how long to wait before the next attempt."""
        full_s = self._next_s or self.first_s
        self._next_s = min(self.last_s, full_s * 2)
        return full_s * (1 - self.chance() / 2)

    def reset(self) -> None:
        """The device is back: begin again at `first_s`."""
        self._next_s = 0.0


def is_silence(reading: Reading) -> TypeGuard[BadReading]:
    """Whether the decoder says that the device has stopped speaking."""
    return isinstance(reading, BadReading) and reading.reason is Reason.NO_DATA


class LineQuality:
    """Judges whether a line is understood: wrong line settings turn every frame into garbage, noise only some.

    An occasion is what comes within SPAN_S of its first byte: a scan, a burst of noise, a piece of a stream. It is
    judged once it gave a reading, or MAX_BYTES without one, and is garbled if under half of it was understood.

    Garbage   OCCASIONS garbled ones within WITHIN_S, of MIN_BYTES together; or MIN_BYTES of a device that is called
              silent while bytes still come, or after a second occasion.
    Good      MIN_READINGS readings and MIN_BYTES understood since the last garbled occasion.

    A verdict forgets the garbage before it. So does an occasion that was understood, and a reading of WORD_BYTES even
    in the midst of noise: hardly anything so long is read by chance.
    """

    SPAN_S = 5.0
    """Interference goes on for seconds (a motor that starts, a plug that is moved): so much of it is one burst."""
    FLOWING_S = 1.0
    """Bytes as new as this still come: a burst of noise and then nothing is a silence."""
    OCCASIONS = 3
    KEPT = 16
    WITHIN_S = 600.0
    """Long enough for a person who tries a new gun, and for a thermometer asked once a minute."""
    MIN_READINGS = 3
    MIN_BYTES = 64
    MAX_BYTES = 2 * MAX_FRAME_BYTES
    WORD_BYTES = 8
    """So many bytes of noise are printable 1 time in 3,000, so many letters are right with a wrong parity 1 in 256."""

    def __init__(self) -> None:
        """Nothing was heard."""
        self._begun_s = self._last_s = float("-inf")
        self._received = self._understood = 0
        self._judged = False
        self._garbled: list[tuple[float, int]] = []  # (end, bytes) of past garbled occasions, KEPT at most
        self._good_bytes = self._good_readings = 0

    def take(self, received: int, readings: Sequence[Reading], now_s: float) -> bool | None:
        """Count `received` bytes and what became of them; True: mostly garbage, False: good, None: no verdict yet."""
        if received:
            if now_s - self._begun_s >= self.SPAN_S:
                self._end_occasion()
                self._begun_s = now_s
            self._last_s = now_s
        clear = [reading for reading in readings if not is_garbled(reading) and not is_silence(reading)]
        understood = sum(len(reading.raw) for reading in clear)
        self._received += received
        self._understood += understood
        self._good_bytes += understood
        self._good_readings += len(clear)
        self._judged |= bool(readings) or self._received >= self.MAX_BYTES
        if any(len(reading.raw) >= self.WORD_BYTES for reading in clear):
            self._garbled.clear()
        return self._verdict(now_s, silent=any(is_silence(reading) for reading in readings))

    @property
    def _garbage(self) -> bool:
        """Whether the occasion as it stands is garbled."""
        return self._judged and self._understood * 2 < self._received

    def _end_occasion(self) -> None:
        """Keep what the occasion was."""
        if self._garbage:
            self._garbled = [*self._garbled, (self._last_s, self._received)][-self.KEPT :]
        elif self._understood:
            self._garbled.clear()
        self._received = self._understood = 0
        self._judged = False

    def _verdict(self, now_s: float, *, silent: bool) -> bool | None:
        garbled = [count for at_s, count in self._garbled if now_s - at_s <= self.WITHIN_S]
        if self._garbage:
            self._good_bytes = self._good_readings = 0
            garbled.append(self._received)
        flowing = self._garbage and now_s - self._last_s < self.FLOWING_S
        enough = (silent and (flowing or len(garbled) > 1)) or (self._garbage and len(garbled) >= self.OCCASIONS)
        if enough and sum(garbled) >= self.MIN_BYTES:
            self._forget()
            return True
        if self._good_readings >= self.MIN_READINGS and self._good_bytes >= self.MIN_BYTES:
            self._forget()
            return False
        return None

    def _forget(self) -> None:
        self._garbled.clear()
        self._received = self._understood = self._good_bytes = self._good_readings = 0
        self._judged = False


class Outage:
    """The state of one device as people see it; the table stands at the head of this file."""

    def __init__(self, device: str) -> None:
        """Nothing is known of the device yet."""
        self._device = device
        self._known = False
        self._down: Loss | None = None
        self._hints: set[str] = set()  # bounded: hints are constants of this package
        self._proof_at_s: float | None = None
        self._quality = LineQuality()

    @property
    def down(self) -> Loss | None:
        """In what way the device is lost, or None."""
        return self._down

    @property
    def deadline_s(self) -> float | None:
        """When `tick` ends an outage, or None."""
        return self._proof_at_s

    def opened(self, now_s: float) -> list[DeviceEvent]:
        """The port opened."""
        self._quality = LineQuality()
        if not self._known:
            return self._up()
        if self._down in CABLE:
            self._proof_at_s = now_s + PROOF_S
        return []

    def tick(self, now_s: float) -> list[DeviceEvent]:
        """Time passed with the port open."""
        return self._up() if self._proof_at_s is not None and now_s >= self._proof_at_s else []

    def failed(self, error: DriverError) -> list[DeviceEvent]:
        """The port did not open, or was lost."""
        loss = Loss.UNAVAILABLE
        if isinstance(error, BadSettings):
            loss = Loss.BAD_SETTINGS
        elif isinstance(error, PortLost):
            loss = Loss.UNPLUGGED
        return self._lost(loss, error.hint, str(error))

    def heard(self, received: int, readings: Sequence[Reading], now_s: float) -> list[DeviceEvent]:
        """Bytes came, or a deadline passed; return the readings as events, and what they say of the device."""
        events: list[DeviceEvent] = []
        garbage = self._quality.take(received, readings, now_s)
        if garbage:  # before the readings: a garbled line makes a decoder say "silent", which asks for another repair
            events += self._lost(Loss.GARBLED, GARBLED_HINT, "most bytes cannot be understood: line settings?")
        elif garbage is False and self._down is Loss.GARBLED:
            events += self._up()
        for reading in readings:
            events += self._hear(reading)
        return events

    def looked(self, readings: Sequence[Reading]) -> list[DeviceEvent]:
        """A sampler looked: any reading that is not DISCONNECTED shows that the device is there.

        A look that merely found nothing new shows that it can be opened, which ends an outage of the cable.
        """
        events: list[DeviceEvent] = []
        gone = [r for r in readings if isinstance(r, BadReading) and r.reason is Reason.DISCONNECTED]
        if gone and len(gone) == len(readings):  # of several sensors on one bus, one that is gone is not the bus
            events += self._lost(Loss.DISCONNECTED, GONE_HINT, gone[0].detail)
        elif self._down in CABLE or not self._known or (readings and self._down is not None):
            events += self._up()
        return [*events, *(Said(self._device, reading) for reading in readings)]

    def _hear(self, reading: Reading) -> list[DeviceEvent]:
        said = Said(self._device, reading)
        if is_silence(reading):
            if self._down in (Loss.SILENT, Loss.GARBLED):
                return []  # a fresh decoder noticed the same trouble again
            return [said, *self._lost(Loss.SILENT, SILENT_HINT, reading.detail)]
        if is_garbled(reading) or self._down in (None, Loss.GARBLED):
            return [said]
        return [*self._up(), said]

    def _lost(self, loss: Loss, hint: str, detail: str) -> list[DeviceEvent]:
        self._known = True
        self._down = loss
        self._proof_at_s = None
        if hint in self._hints:
            return []
        self._hints.add(hint)
        return [Lost(self._device, loss, hint, detail)]

    def _up(self) -> list[DeviceEvent]:
        self._known = True
        self._down = None
        self._proof_at_s = None
        self._hints.clear()
        return [Opened(self._device)]


class OpeningTail:
    """Keeps what was cut by our opening the port from being read as whole.

    A scanner opened in the middle of a code would deliver the code's tail, a perfectly good wrong code. So bytes that
    come within QUIET_S of opening, and whatever follows them without so long a pause, are no frame. A device that
    speaks all the time has no pause to wait for: there the decoder finds the next frame, and only its first complaint
    is dropped.
    """

    QUIET_S = 0.1
    """As long as the longest pause inside a record (devices.md B1), shorter than anyone scans after plugging in."""

    def __init__(self, opened_s: float, *, pauses: bool) -> None:
        """`pauses` tells whether the device speaks only when used."""
        self._quiet_at_s: float | None = opened_s + self.QUIET_S if pauses else None
        self._first = not pauses
        self._told = False

    def asked(self) -> None:
        """We sent the device a request: what comes now is its answer."""
        self._quiet_at_s = None

    def cut(self, data: bytes, now_s: float) -> list[Reading] | None:
        """Return None if `data` is to be decoded; else what to tell of it instead, once."""
        if self._quiet_at_s is None:
            return None
        if now_s >= self._quiet_at_s:
            self._quiet_at_s = None
            return None
        self._quiet_at_s = now_s + self.QUIET_S
        if self._told:
            return []
        self._told = True
        return [bad(Reason.TRUNCATED, data, now_s, "opened in the middle of a frame")]

    def after(self, readings: list[Reading]) -> list[Reading]:
        """Drop the complaint about the first, cut frame of a device that speaks all the time."""
        if not self._first or not readings:
            return readings
        self._first = False
        return readings[1:] if is_garbled(readings[0]) else readings
