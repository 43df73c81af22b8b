"""A device under the real supervision and port, and what its consumer heard of it."""

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drivers.models import MODELS
from drivers.outages import Crashed, DeviceEvent, Lost, Opened, Said
from drivers.readings import Reading
from drivers.settings import DeviceSettings
from drivers.supervision import Supervisor
from tests.contract.twins import settings_of

PATIENCE_S = 20.0
"""How long a test waits for what takes a second or two when it works."""


@dataclass
class Heard:
    """What supervision said, in order."""

    events: "queue.Queue[DeviceEvent]" = field(default_factory=queue.Queue)
    readings: list[Reading] = field(default_factory=list)

    def until_said(self, wanted: Callable[[Reading], bool], *, patience_s: float = PATIENCE_S) -> None:
        """Wait for a reading; fail with what came instead."""
        self._until(lambda event: any(map(wanted, _said(event))), patience_s)

    def says(self, wanted: Callable[[Reading], bool], *, within_s: float) -> bool:
        """Whether a reading comes within a while."""
        end_s = time.monotonic() + within_s
        while (left_s := end_s - time.monotonic()) > 0:
            try:
                said = _said(self.events.get(timeout=left_s))
            except queue.Empty:
                return False
            self.readings += said
            if any(wanted(reading) for reading in said):
                return True
        return False

    def until_opened(self) -> None:
        """Wait until the device is there."""
        self._until(lambda event: isinstance(event, Opened), PATIENCE_S)

    def until_lost(self) -> None:
        """Wait until the device is noticed to be gone."""
        self._until(lambda event: isinstance(event, Lost), PATIENCE_S)

    def _until(self, wanted: Callable[[DeviceEvent], bool], patience_s: float) -> None:
        end_s = time.monotonic() + patience_s
        seen: list[DeviceEvent] = []
        while (left_s := end_s - time.monotonic()) > 0:
            try:
                event = self.events.get(timeout=left_s)
            except queue.Empty:
                break
            assert not isinstance(event, Crashed), event
            seen.append(event)
            self.readings += _said(event)
            if wanted(event):
                return
        raise AssertionError(f"waited in vain; last heard {seen[-5:]}")


def _said(event: DeviceEvent) -> list[Reading]:
    return [event.reading] if isinstance(event, Said) else []


@contextmanager
def supervised(name: str, path: Path | str, **keys: object) -> Iterator[Heard]:
    """Supervise a device of a model at a path, at its defaults but for `keys`."""
    heard = Heard()
    settings: DeviceSettings = settings_of(MODELS[name], path, **keys)
    supervisor = Supervisor(name, MODELS[name], settings, heard.events.put)
    supervisor.start()
    try:
        yield heard
    finally:
        assert supervisor.stop(5.0)
