"""The table of devices: the beep at the gun, and the gun that takes a dead one's place."""

import queue
from dataclasses import dataclass, field
from typing import Any

import msgspec

from drivers.adoption import AdoptionWatch
from drivers.models import MODELS
from drivers.outages import Crashed, DeviceEvent
from station_agent.config import Device
from station_agent.devices import AdoptionThread, DeviceTable, Event


@dataclass
class Silent:
    """A supervisor that only takes notes."""

    name: str
    notes: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.notes.append("start")

    def stop(self) -> None:
        self.notes.append("stop")

    def send(self, data: bytes) -> None:
        self.notes.append(data.hex())


def table(*devices: Device) -> tuple[DeviceTable, dict[str, Silent]]:
    """A table whose supervisors take notes."""
    made: dict[str, Silent] = {}

    def make(device: Device, _emit: Any) -> Silent:
        made[device.name] = Silent(device.name)
        return made[device.name]

    return DeviceTable(devices, _nowhere, make), made


def _nowhere(_event: DeviceEvent) -> None:
    pass


def gun(**keys: Any) -> Device:
    """A serial gun with these keys in its stanza."""
    model = MODELS["scan_serial"]
    return Device("gun", model, msgspec.convert({"path": "/dev/gun", **keys}, model.settings()))


def test_a_gun_that_may_beep_is_told_good_and_bad_apart() -> None:
    """The stanza asks for it; the two answers differ in what is sent."""
    devices, made = table(gun(beep=True))
    devices.beep("gun", good=True)
    devices.beep("gun", good=False)
    assert len(made["gun"].notes) == 2
    assert made["gun"].notes[0] != made["gun"].notes[1]


def test_nothing_is_sent_to_a_gun_that_did_not_ask_or_is_unknown() -> None:
    """Bytes to a gun that does not expect them may change its settings."""
    devices, made = table(gun())
    devices.beep("gun", good=True)
    devices.beep("nobody", good=True)
    assert made["gun"].notes == []


def test_an_adopted_gun_is_a_scanner_and_opened() -> None:
    """It has a name of its own, the role of a scanner, and is stopped with the others."""
    devices, made = table(gun())
    adopted = devices.adopt("/dev/input/by-path/usb-event-kbd")
    assert adopted is not None
    assert devices.roles[adopted.name] == "scanner"
    devices.stop()
    assert made[adopted.name].notes == ["start", "stop"]


def test_a_gun_is_adopted_once_and_each_has_a_name_of_its_own() -> None:
    """The card scanned twice opens nothing twice; a second gun is another device."""
    devices, _ = table(gun())
    first = devices.adopt("/dev/input/event1")
    assert devices.adopt("/dev/input/event1") is None
    second = devices.adopt("/dev/input/event2")
    assert first is not None
    assert second is not None
    assert first.name != second.name
    assert devices.adopt("/dev/gun") is None


class Wrong(AdoptionWatch):
    """A watch with a mistake in it."""

    def step(self, now_s: float, timeout_s: float = 0.0) -> None:
        raise ZeroDivisionError(now_s, timeout_s)


def test_a_mistake_in_the_adoption_thread_is_handed_on() -> None:
    """A thread that died silently would leave a dead gun without its successor: the agent hears of it, and ends."""
    told: queue.SimpleQueue[Event] = queue.SimpleQueue()
    made, _ = table()
    with AdoptionThread(made, told.put, Wrong):
        event = told.get(timeout=5.0)
    assert isinstance(event, Crashed)
    assert isinstance(event.error, ZeroDivisionError)
    assert event.device == "adoption"
