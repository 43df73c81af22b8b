"""TWINS: the simulated twin of every device model, by the model's name in a station's configuration.

A maker sets one out at a path and returns its `Place`: the twin itself, what a configuration says of it, and how it
is opened and closed. A scale is listed in `scales.FORMATS`, a scanner with commands in `scanners.PROTOCOLS`; both are
taken over here. A contact at a pin is at the end of a wire (`sim_hardware.contact_wire`), since gpiozero's mock pins
live inside the process that watches them. Called by `sim_hardware.table` and the contract suite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from sim_hardware.camera import CameraFolder
from sim_hardware.contact_wire import ContactWire
from sim_hardware.door import Lid, Mains, PushButton, RealTime
from sim_hardware.keyboard import KeyboardGun
from sim_hardware.scale import SerialScale
from sim_hardware.scales import FORMATS
from sim_hardware.scanner import SerialScanner
from sim_hardware.scanners import PROTOCOLS
from sim_hardware.scanners.triggered import TriggeredScanner
from sim_hardware.serial_twin import SerialTwin
from sim_hardware.thermometers.modbus import GenericSlave, ModbusThermometer, SerialThermometer, Trs02a, XyMd02
from sim_hardware.thermometers.sysfs_tree import Chip, SysfsThermometer
from sim_hardware.voice import Voice
from sim_hardware.w1_bus import W1Bus
from sim_hardware.w1_master import W1Master
from sim_hardware.wire import VirtualWire

BOX_EVERY_S = 60
"""How often a station samples a box: "a box sampled each minute" (design.md, budgets)."""
LINE_BAUD = 9600
"""Of a plain gun: most makers (devices.md B1)."""
BOX_ADDRESS = "28-0316a2794bff"
"""The name of a box's DS18B20; made up, of the kernel's form."""
BUTTON_CODE = "YYCOUT"
"""The card a button stands for: handing out, what an attendant with full hands wants most."""

Setting = int | float | str | list[str]
V = TypeVar("V", bound=Voice)


@dataclass(frozen=True, slots=True)
class Place:
    """One twin on the table."""

    model: str
    twin: object
    path: Path
    """What the configuration names."""
    open: Callable[[], object]
    close: Callable[[], object]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """What the configuration says besides."""


MakePlace = Callable[[Path, bool], Place]
"""Sets a twin out at a path, paced at its baud rate or not; nothing exists on disk until it is opened."""


def _serial(model: str, make: Callable[[VirtualWire], SerialTwin[V]], baud: int, at: Path, paced: bool) -> Place:
    wire = VirtualWire(at, baud=baud if paced else None)
    twin = make(wire)

    def switch_on() -> None:
        wire.plug()
        twin.start()

    def switch_off() -> None:
        twin.close()
        wire.close()

    return Place(model, twin, wire.link, switch_on, switch_off, {"baudrate": baud})


def _scale(model: str, at: Path, paced: bool) -> Place:
    voice = FORMATS[model]()
    if not voice.usb_powered:
        return _serial(model, lambda wire: SerialScale(wire, voice=voice), voice.baud, at, paced)
    place = _serial(model, lambda wire: SerialScale(wire, voice=voice), voice.baud, at, paced=False)
    return Place(model, place.twin, place.path, place.open, place.close)


def _scanner(model: str, at: Path, paced: bool) -> Place:
    voice = PROTOCOLS[model]()
    return _serial(model, lambda wire: TriggeredScanner(wire, voice), voice.baud, at, paced)


def _gun(model: str, at: Path, paced: bool) -> Place:
    twin = SerialScanner(VirtualWire(at, baud=LINE_BAUD if paced else None))
    return Place(model, twin, twin.wire.link, twin.plug, twin.wire.close, {"baudrate": LINE_BAUD})


def _keyboard(model: str, at: Path, _paced: bool) -> Place:
    twin = KeyboardGun(VirtualWire(at, baud=None), layout="keypad" if model == "keypad_evdev" else "gun")
    return Place(model, twin, twin.wire.link, twin.plug, twin.wire.close)


def _modbus(model: str, make: Callable[[], ModbusThermometer], at: Path, paced: bool) -> Place:
    voice = make()
    return _serial(model, lambda wire: SerialThermometer(wire, voice), voice.baud, at, paced)


def _w1(model: str, at: Path, _paced: bool) -> Place:
    bus = W1Bus(at.with_name(f"{at.name}-w1"))
    sensor = bus.sensor(BOX_ADDRESS)
    file = sensor.path if model == "w1_slave" else sensor.directory / "temperature"
    return Place(model, sensor, file, sensor.plug, bus.close, {"every_s": BOX_EVERY_S})


def _w1_bulk(model: str, at: Path, _paced: bool) -> Place:
    bus = W1Bus(at.with_name(f"{at.name}-w1"))
    sensor = bus.sensor(BOX_ADDRESS)
    master = W1Master(bus)

    def switch_on() -> None:
        sensor.plug()
        master.open()

    def switch_off() -> None:
        master.close()
        bus.close()

    settings: dict[str, Setting] = {"every_s": BOX_EVERY_S, "sensors": [sensor.address]}
    return Place(model, sensor, master.path, switch_on, switch_off, settings)


def _sysfs(chip: Chip, at: Path, _paced: bool) -> Place:
    twin = SysfsThermometer(at, chip)
    return Place(chip, twin, twin.path, twin.plug, twin.unplug, {"every_s": BOX_EVERY_S})


def _door(model: str, at: Path, paced: bool) -> Place:
    pin = ContactWire(at)
    lid = Lid(pin, wait_until=RealTime().wait_until if paced else None)
    return Place(model, lid, pin.wire.link, pin.plug, pin.close, {"factory": "mock"})


def _button(model: str, at: Path, paced: bool) -> Place:
    pin = ContactWire(at)
    button = PushButton(pin, wait_until=RealTime().wait_until if paced else None)
    return Place(model, button, pin.wire.link, pin.plug, pin.close, {"factory": "mock", "code": BUTTON_CODE})


def _mains(model: str, at: Path, paced: bool) -> Place:
    pin = ContactWire(at)
    mains = Mains(pin, wait_until=RealTime().wait_until if paced else None)
    return Place(model, mains, pin.wire.link, pin.plug, pin.close, {"factory": "mock"})


def _camera(model: str, at: Path, _paced: bool) -> Place:
    twin = CameraFolder(at)
    return Place(model, twin, twin.folder, twin.plug, twin.unplug)


TWINS: Mapping[str, MakePlace] = {
    "scan_serial": partial(_gun, "scan_serial"),
    **{model: partial(_scanner, model) for model in PROTOCOLS},
    "scan_evdev": partial(_keyboard, "scan_evdev"),
    "keypad_evdev": partial(_keyboard, "keypad_evdev"),
    **{model: partial(_scale, model) for model in FORMATS},
    "w1_slave": partial(_w1, "w1_slave"),
    "w1_temperature": partial(_w1, "w1_temperature"),
    "w1_bulk": partial(_w1_bulk, "w1_bulk"),
    "modbus_xymd02": partial(_modbus, "modbus_xymd02", XyMd02),
    "modbus_pt100_trs02a": partial(_modbus, "modbus_pt100_trs02a", Trs02a),
    "modbus_generic": partial(_modbus, "modbus_generic", GenericSlave),
    "dht22": partial(_sysfs, "dht22"),
    "sht3x": partial(_sysfs, "sht3x"),
    "door_gpio": partial(_door, "door_gpio"),
    "button_gpio": partial(_button, "button_gpio"),
    "power_gpio": partial(_mains, "power_gpio"),
    "scan_camera": partial(_camera, "scan_camera"),
}
