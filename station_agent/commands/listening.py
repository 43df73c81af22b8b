"""A configured device on its own, for the commands that listen to one: no agent, no journal.

The port is opened exclusively, so a running station must let go of it first. Called by `station devices` and
`station scale`.
"""

import contextlib
import queue
import time
from collections.abc import Iterator
from pathlib import Path

from drivers.outages import Crashed, DeviceEvent, Lost, Opened, Said
from drivers.readings import Reading
from drivers.supervision import Supervisor
from station_agent.config import Device
from station_agent.errors import StationError
from station_agent.station import agent_runs

OPEN_S = 5.0
"""How long a port may take to open."""


def named(devices: list[Device], name: str) -> Device:
    """The configured device of that name; raises StationError."""
    for device in devices:
        if device.name == name:
            return device
    known = ", ".join(device.name for device in devices) or "无 / none"
    raise StationError(f"没有叫 {name} 的设备 / no device is called {name}", hint=f"有 / there are: {known}")


class DeviceUnavailable(StationError):
    """The device cannot be listened to now."""


class Listening:
    """One device under supervision; use it as a context."""

    def __init__(self, device: Device) -> None:
        """Nothing is opened yet."""
        self._events: queue.SimpleQueue[DeviceEvent] = queue.SimpleQueue()
        self._supervisor = Supervisor(device.name, device.model, device.settings, self._events.put)

    def __enter__(self) -> "Listening":
        """Open the device."""
        self._supervisor.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._supervisor.stop()

    def send(self, data: bytes) -> None:
        """Send bytes to the open device."""
        self._supervisor.send(data)

    def events(self, seconds: float | None) -> Iterator[DeviceEvent]:
        """What the device tells, for some seconds or for ever."""
        until_s = float("inf") if seconds is None else time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=min(left_s, 0.2))
            except queue.Empty:
                continue
            if isinstance(event, Crashed):
                raise event.error
            yield event

    def readings(self, seconds: float) -> Iterator[Reading]:
        """What the device says, for some seconds; raises DeviceUnavailable when it is lost."""
        for event in self.events(seconds):
            if isinstance(event, Lost):
                raise DeviceUnavailable(event.detail or event.reason.value, hint=event.hint)
            if isinstance(event, Said):
                yield event.reading

    def opened(self) -> None:
        """Wait until the device is open; raises DeviceUnavailable."""
        for event in self.events(OPEN_S):
            if isinstance(event, Lost):
                raise DeviceUnavailable(event.detail or event.reason.value, hint=event.hint)
            if isinstance(event, Opened):
                return
        raise DeviceUnavailable("打不开 / does not open", hint="检查电源和数据线 / check power and cable")


@contextlib.contextmanager
def alone(device: Device, data: Path) -> Iterator[Listening]:
    """Listen to a device that is open; while the station runs, the error says to stop it first."""
    try:
        with Listening(device) as listening:
            listening.opened()
            yield listening
    except DeviceUnavailable as error:
        if not agent_runs(data):
            raise
        hint = (
            "先停止驿站:sudo systemctl stop station-run,做完再 sudo systemctl start station-run"
            " / stop it first: sudo systemctl stop station-run; start it again afterwards"
        )
        message = f"{device.name} 正被运行中的驿站使用 / the running station has {device.name}"
        raise DeviceUnavailable(message, hint=hint) from error
