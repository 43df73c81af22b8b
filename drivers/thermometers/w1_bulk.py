"""Several DS18B20 on one bus, converting at the same time: the file `therm_bulk_read` (devices.md C1).

    trigger LF        written: all sensors start to convert; the kernel returns when they are done (up to 0.75 s)
    0 LF              read: no bulk conversion is pending
    -1 LF             read: it runs; `w1_slave` of the sensors is empty meanwhile
    1 LF              read: it is done, and at least one sensor's value has not been fetched

One stanza is one bus, and its readings carry the sensor's number as channel. Two things would make an old value look
fresh, and neither can be seen when it happens:
- A value that nobody fetched stays in the sensor and is what the next read gives, however old.
- The kernel takes a trigger of exactly eight bytes, and says nothing when it does not obey (w1_therm.c
  `therm_bulk_read_store` returns the length in any case).
So values that wait are fetched and thrown away first, from every sensor on the bus, named or not. After that, "done"
can only mean a conversion later than the beginning of this look; and without it (the trigger was not obeyed, somebody
else fetched the value) reading makes the sensor convert by itself, which is slower and fresh. Nothing is read where the
trigger could not be written. Each sensor's `w1_slave` is judged as `w1_slave.py` does, CRC and all. Called by
supervision.
"""

import re
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Protocol

import msgspec

from drivers.framing import bad
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.seam import Pause, no_pause
from drivers.settings import DeviceSettings, SampledSettings
from drivers.sysfs import fetch, order
from drivers.thermometers.w1_slave import parse_w1_slave

TRIGGER = b"trigger\n"
LOOK_AGAIN_S = 0.1
MAX_LOOKS = 30
"""Three seconds: four times the longest conversion, for clones are slower than the sheet."""
MAX_SENSORS = 64

_SENSOR = r"^[0-9a-f]{2}-[0-9a-f]{12}$"
Sensor = Annotated[str, msgspec.Meta(pattern=_SENSOR)]


class Settings(SampledSettings, frozen=True, kw_only=True):
    """What a technician may say about such a bus.

    path: the bus's file, /sys/bus/w1/devices/w1_bus_master1/therm_bulk_read.
    sensors: the folders of its sensors, 28-...; only those named are read, so that a missing one is noticed. Without
    any, nothing is triggered and the state of the bus is all that is told.
    """

    sensors: Annotated[tuple[Sensor, ...], msgspec.Meta(max_length=32)] = ()


class Bulk(Enum):
    """The state of a bus."""

    NONE = b"0\n"
    RUNNING = b"-1\n"
    DONE = b"1\n"


def sampler(settings: DeviceSettings, pause: Pause = no_pause) -> "W1BulkSampler":
    """Make a sampler; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return W1BulkSampler(settings, pause)


def parse_state(data: bytes, at_s: float) -> Bulk | BadReading:
    """Read the text of `therm_bulk_read`."""
    if data == TRIGGER:  # a simulated bus that has not yet taken the command
        return Bulk.RUNNING
    if data in {state.value for state in Bulk}:
        return Bulk(data)
    if not data.strip():
        return bad(Reason.NO_DATA, data, at_s, "the bus says nothing")
    return bad(Reason.MALFORMED if data.endswith(b"\n") else Reason.TRUNCATED, data, at_s, "no state of a bulk read")


class Bus(Protocol):
    """The files of a bus; `SysfsBus` is the kernel's."""

    def fetch(self, path: Path, now_s: float) -> bytes | BadReading:
        """Read one file, as `drivers.sysfs.fetch`."""

    def order(self, path: Path, command: bytes, now_s: float) -> BadReading | None:
        """Write one file, as `drivers.sysfs.order`."""

    def sensors(self, folder: Path) -> list[str]:
        """Names of all sensors on the bus, at most MAX_SENSORS."""


class SysfsBus:
    """The kernel's files."""

    def fetch(self, path: Path, now_s: float) -> bytes | BadReading:
        """Read one file."""
        return fetch(path, now_s)

    def order(self, path: Path, command: bytes, now_s: float) -> BadReading | None:
        """Write one file."""
        return order(path, command, now_s)

    def sensors(self, folder: Path) -> list[str]:
        """Folders named like sensors; none where the bus has just gone."""
        try:
            return sorted(path.name for path in folder.iterdir() if re.fullmatch(_SENSOR, path.name))[:MAX_SENSORS]
        except OSError:
            return []


class W1BulkSampler:
    """Starts the conversions of one bus and fetches what came of them."""

    def __init__(self, settings: Settings, pause: Pause, bus: "Bus | None" = None) -> None:
        """Open nothing yet. `bus` is another one in tests."""
        self._path = Path(settings.path)
        self._sensors = tuple(dict.fromkeys(settings.sensors))
        self._pause = pause
        self._bus = bus or SysfsBus()

    def sample(self, now_s: float) -> list[Reading]:
        """Look once at every sensor; may take a second. Raises PortUnavailable where a right is missing."""
        state = self._settled(now_s)
        if isinstance(state, BadReading):
            return self._for_all(state)
        if not self._sensors:
            return [_idle(state, now_s)]
        if state is Bulk.DONE:
            for name in self._bus.sensors(self._path.parent):
                self._bus.fetch(self._path.parent / name / "w1_slave", now_s)
        refused = self._bus.order(self._path, TRIGGER, now_s)
        if refused is not None:
            return self._for_all(refused)
        state = self._settled(now_s)
        if isinstance(state, BadReading):
            return self._for_all(state)
        return [self._sensor(name, now_s) for name in self._sensors]

    def _settled(self, now_s: float) -> Bulk | BadReading:
        """The state once no conversion runs, or what is wrong."""
        for _ in range(MAX_LOOKS):
            data = self._bus.fetch(self._path, now_s)
            state = data if isinstance(data, BadReading) else parse_state(data, now_s)
            if state is not Bulk.RUNNING:
                return state
            if not self._pause(LOOK_AGAIN_S):
                break
        return bad(Reason.BUSY, Bulk.RUNNING.value, now_s, "a conversion runs and does not end")

    def _sensor(self, name: str, now_s: float) -> Reading:
        data = self._bus.fetch(self._path.parent / name / "w1_slave", now_s)
        reading = data if isinstance(data, BadReading) else parse_w1_slave(data, now_s)
        assert isinstance(reading, (Temperature, BadReading)), reading
        return replace(reading, channel=name)

    def _for_all(self, trouble: BadReading) -> list[Reading]:
        """The bus's trouble is each sensor's."""
        return [replace(trouble, channel=name) for name in self._sensors] or [trouble]


def _idle(state: Bulk, at_s: float) -> BadReading:
    """What to tell of a bus of which no sensor is named."""
    if state is Bulk.DONE:
        return bad(Reason.STALE, state.value, at_s, "a finished conversion that nobody fetched; no sensor is named")
    return bad(Reason.NO_DATA, state.value, at_s, "no sensor is named in the settings")
