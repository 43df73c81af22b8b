"""The devices of one counter: a supervisor each, the beep at the gun, and the gun that is adopted when one dies.

A thin shell between the agent's loop and `drivers.supervision`; it decides nothing about parcels. Called by the agent.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivers.adoption import AdoptionWatch
from drivers.models import MODELS, Model
from drivers.outages import Crashed, DeviceEvent
from drivers.seam import Pause, Sampler
from drivers.settings import DeviceSettings
from drivers.supervision import Emit, Supervisor
from station_agent.config import Device
from station_agent.counter.cards import ADOPTION_CARD

ADOPTED_MODEL = "scan_evdev"
WATCH_STEP_S = 1.0
"""How soon the adoption watch notices that it is to stop."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A keyboard gun nobody configured scanned the adoption card; `path` is its stable path."""

    path: str

    @property
    def device(self) -> str:
        """The name events carry until it has one of its own."""
        return ADOPTION_CARD


Event = DeviceEvent | Adopted


class Supervised(Protocol):
    """What the agent needs of a device's supervisor."""

    def start(self) -> None:
        """Begin to hand on events."""

    def stop(self) -> object:
        """Hand on no more of them."""

    def send(self, data: bytes) -> None:
        """Send bytes to the device soon, or drop them."""


def supervise(device: Device, emit: Emit) -> Supervised:
    """A thread of its own for a real device."""
    return Supervisor(device.name, device.model, device.settings, emit, make_sampler=_sampler)


def _sampler(model: Model, settings: DeviceSettings, pause: Pause) -> Sampler:
    """A sampler that knows the trade where it needs to: a camera may trust a doubtful read of a sure waybill."""
    if model.transport == "picture":
        from drivers.camera.scan_camera import ScanCamera, Settings  # noqa: PLC0415 - only where there is a camera
        from station_agent.waybill.sure import surely_waybill  # noqa: PLC0415

        assert isinstance(settings, Settings)
        return ScanCamera(settings, rule=surely_waybill)
    return model.sampler(settings, pause)


class DeviceTable:
    """All devices by name; devices may join while it runs."""

    def __init__(
        self, devices: Sequence[Device], emit: Emit, make_supervisor: Callable[[Device, Emit], Supervised] = supervise
    ) -> None:
        """Nothing is opened before `start`."""
        self._emit, self._make_supervisor = emit, make_supervisor
        self._devices = {device.name: device for device in devices}
        self._supervisors = {device.name: make_supervisor(device, emit) for device in devices}

    @property
    def roles(self) -> dict[str, str]:
        """What each device is to a person, by its name."""
        return {name: device.model.role for name, device in self._devices.items()}

    @property
    def streaming(self) -> set[str]:
        """Names of the devices that speak unasked as soon as they are open."""
        return {name for name, device in self._devices.items() if device.model.streams}

    @property
    def paths(self) -> list[str]:
        """Paths that have an owner."""
        return [device.settings.path for device in self._devices.values()]

    def start(self) -> None:
        """Open everything."""
        for supervisor in self._supervisors.values():
            supervisor.start()

    def stop(self) -> None:
        """Close everything."""
        for supervisor in self._supervisors.values():
            supervisor.stop()

    def beep(self, name: str, *, good: bool) -> None:
        """Have the gun itself tell the answer, where it can and its stanza says so; only ever after the commit."""
        device = self._devices.get(name)
        if device is not None and (data := device.model.feedback(device.settings, good=good)):
            self._supervisors[name].send(data)

    def adopt(self, path: str) -> Device | None:
        """Take a keyboard gun in as a scanner and open it; None where its path has an owner already."""
        if path in self.paths:
            return None
        model = MODELS[ADOPTED_MODEL]
        names = (f"gun-adopted-{number}" for number in range(1, len(self._devices) + 2))
        device = Device(next(name for name in names if name not in self._devices), model, model.settings()(path=path))
        self._devices[device.name] = device
        self._supervisors[device.name] = self._make_supervisor(device, self._emit)
        self._supervisors[device.name].start()
        return device


class AdoptionThread:
    """Listens to keyboards nobody configured until one scans the adoption card."""

    def __init__(
        self,
        table: DeviceTable,
        emit: Callable[[Event], None],
        make_watch: Callable[..., AdoptionWatch] = AdoptionWatch,
    ) -> None:
        """`emit` is told of a gun, which the loop that hears of it adopts, and of our own mistakes, which end it."""
        self._stop, self._emit = threading.Event(), emit
        self._watch = make_watch(ADOPTION_CARD, lambda: list(table.paths), lambda path: emit(Adopted(path)))
        self._thread = threading.Thread(target=self._run, name="adoption", daemon=True)

    def __enter__(self) -> "AdoptionThread":
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        self._stop.set()
        self._thread.join(2 * WATCH_STEP_S)

    def _run(self) -> None:
        try:
            with contextlib.closing(self._watch):
                while not self._stop.is_set():
                    self._watch.step(time.monotonic(), WATCH_STEP_S)
                    if not self._watch.listened:
                        self._stop.wait(WATCH_STEP_S)
        except BaseException as error:  # noqa: BLE001  handed on whole: the agent re-raises it and the process ends
            self._emit(Crashed("adoption", error))
