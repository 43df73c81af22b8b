"""The doctor's looks at what hangs on the Pi: devices and their channels, the panel, the lamps. Changes nothing.

No port is opened, for that would disturb the device and whoever has it: that it is there, whose it is and what the
agent recorded of it can be seen from outside. Pins alone are taken for a moment, and only while no agent runs.
Called by `station_agent.doctor`.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from drivers.errors import DriverError
from drivers.gpio.pins import FactoryName, InputPin, factory
from drivers.gpio.signal_gpio import Settings as LampsTable
from drivers.gpio.signal_gpio import Signals
from drivers.thermometers.w1_bulk import SysfsBus
from station_agent.config import Device
from station_agent.findings import Finding, State
from station_agent.holders import holders
from station_agent.open_faults import of_device

DEV = Path("/dev")
UNSTABLE = re.compile(r"(ttyUSB|ttyACM|hidraw|input/event)\d+")
"""Nodes numbered in the order of plugging in, below /dev."""
LINKS = ("serial/by-path/*", "input/by-path/*-event-kbd", "input/by-path/*")
"""Where the socket itself has a name, best first."""
MOST_CHANNELS = 64
"""Channels told of one bus."""

_STOP = "停掉它,或换端口 / stop it, or use another port"
_PLUG = "插好线、通电;换了插口要改配置 / plug it in; another socket is another path"
_RIGHT = "sudo usermod -aG dialout,plugdev,input $USER"
_PIN_LATER = "先停 station run 再查 / stop `station run`, then look again"


def look_at_device(device: Device, faults: dict[str, list[str]], names: Sequence[str], *, agent: bool) -> list[Finding]:
    """One device: its path or pin, what the agent recorded of it, its channels. `agent` tells whether one runs."""
    part = f"设备 {device.name}"
    own = of_device(faults, device.name, names)
    if device.model.transport == "gpio":
        first = _pin(part, device, agent=agent)
    elif device.model.transport == "serial":
        first = look_at_port(part, device.settings.path, ok=f"{device.model.name} {device.settings.path}")
    else:
        first = _path(part, device) or Finding(part, State.OK, f"{device.model.name} {device.settings.path}")
    found = [first]
    if "" in own and first.state is not State.BAD:
        found.append(_recorded(part, own[""], device, agent=agent))
    return [*found, *_channels(device, own, agent=agent)]


def look_at_port(part: str, path: str, *, ok: str = "", dev: Path = DEV) -> Finding:
    """A serial port: there, ours to open, a tty, nobody else's, and named by its socket."""
    trouble = _missing(part, path) or _no_right(part, path, os.R_OK | os.W_OK)
    if trouble is not None:
        return trouble
    if not stat.S_ISCHR(Path(path).stat().st_mode):
        repair = "填写 /dev/serial/by-path/ 下的路径 / give its path under /dev/serial/by-path/"
        return Finding(part, State.BAD, f"{path} 不是串口 / is no serial port", repair)
    having = holders(path)
    strangers = [str(holder) for holder in having if not holder.is_ours]
    if strangers:
        return Finding(part, State.BAD, f"{path} 被占用 / is taken by {', '.join(strangers)}", _STOP)
    used = ",station run 使用中 / in use by station run" if any(holder.is_agent for holder in having) else ""
    return _unstable(part, path, dev) or Finding(part, State.OK, (ok or path) + used)


def look_at_lamps(lamps: LampsTable, *, agent: bool) -> Finding:
    """Lamps, buzzer and relay: the library, and each pin where no agent has them."""
    part = "灯 lamps"
    pins = ", ".join(f"{load} {pin}" for load, pin in lamps.pins().items())
    signals = Signals(lamps)

    def take() -> None:
        try:
            signals.open()
        finally:
            signals.close()

    return _taken(part, pins or "没有引脚 / no pins", take, lambda: factory(lamps.factory), agent=agent)


def stable_path(path: str, dev: Path = DEV) -> Path | None:
    """The link that names the socket a node hangs on, found by resolving the links there are; None without one."""
    node = os.path.realpath(path)
    for pattern in LINKS:
        for link in sorted(dev.glob(pattern)):
            if os.path.realpath(link) == node:
                return link
    return None


def _path(part: str, device: Device) -> Finding | None:
    """What is wrong with the path of a device that is no serial port."""
    path, transport = device.settings.path, device.model.transport
    wanted = os.R_OK if transport == "sysfs" else os.R_OK | os.W_OK
    return _missing(part, path) or _no_right(part, path, wanted) or _unstable(part, path, DEV)


def _missing(part: str, path: str) -> Finding | None:
    return None if Path(path).exists() else Finding(part, State.BAD, f"{path} 不存在 / is not there", _PLUG)


def _no_right(part: str, path: str, wanted: int) -> Finding | None:
    if os.access(path, wanted):
        return None
    return Finding(part, State.BAD, f"{path} 无权打开 / no right to open it", _RIGHT)


def _unstable(part: str, path: str, dev: Path) -> Finding | None:
    """A node whose number depends on what was plugged in before it."""
    if not path.startswith(f"{dev}/") or not UNSTABLE.fullmatch(path.removeprefix(f"{dev}/")):
        return None
    better = stable_path(path, dev)
    repair = f'改为 / write path = "{better}"'
    if better is None:
        repair = "用 udev 规则按插口起名 / name it by its socket with a udev rule (SYMLINK+=)"
    return Finding(part, State.LOOK, f"{path} 重插后会变 / changes when it is plugged in again", repair)


def _pin(part: str, device: Device, *, agent: bool) -> Finding:
    """A contact at a pin, taken and let go of at once."""
    name: FactoryName = getattr(device.settings, "factory", "lgpio")
    pin = InputPin(device.settings.path, name)

    def take() -> None:
        try:
            pin.open(lambda: None)
        finally:
            pin.close()

    return _taken(part, f"{device.model.name} {device.settings.path}", take, lambda: factory(name), agent=agent)


def _taken(part: str, what: str, take: Callable[[], object], library: Callable[[], object], *, agent: bool) -> Finding:
    """Whether pins can be had; while an agent has them only the library can be looked at."""
    try:
        if agent:
            library()
        else:
            take()
    except DriverError as error:
        return Finding(part, State.BAD, str(error), error.hint)
    if agent:
        seen = f"{what}: 库已装;引脚由 station run 使用 / library installed; the pins are station run's"
        return Finding(part, State.LOOK, seen, _PIN_LATER)
    return Finding(part, State.OK, what)


def _channels(device: Device, own: dict[str, list[str]], *, agent: bool) -> Iterator[Finding]:
    """Each channel of a bus in trouble: not on the bus, not named in the stanza, or with a fault the agent recorded."""
    named, there = set(getattr(device.settings, "sensors", ())), _sensors_there(device)
    missing = set() if there is None else named - there
    for channel in sorted({*missing, *own} - {""})[:MOST_CHANNELS]:
        part = f"设备 {device.name}.{channel}"
        if channel in missing:
            repair = "检查该探头接线;换过则改 sensors / check its wiring; a new one has a new number in `sensors`"
            yield Finding(part, State.BAD, "总线上没有 / not on the bus", repair)
        else:
            yield _recorded(part, own[channel], device, agent=agent)
    for channel in sorted((there or set()) - named)[:MOST_CHANNELS]:
        part = f"设备 {device.name}.{channel}"
        repair = f'要读它就写 / to have it read: sensors = [..., "{channel}"]'
        yield Finding(part, State.LOOK, "在总线上,配置里没有 / on the bus, not in the stanza", repair)


def _sensors_there(device: Device) -> set[str] | None:
    """The sensors on the 1-wire bus of a stanza; None where it is no such bus, or the bus itself is missing."""
    path = Path(device.settings.path)
    if not hasattr(device.settings, "sensors") or not path.exists():
        return None
    return set(SysfsBus().sensors(path.parent))


def _recorded(part: str, reasons: list[str], device: Device, *, agent: bool) -> Finding:
    """A fault the agent recorded: it is so now while one runs, and was so when it ended otherwise."""
    state, when = (State.BAD, "故障 / fault") if agent else (State.LOOK, "上次运行时故障 / fault when it last ran")
    stop = "先停 station run,再 / stop `station run`, then " if agent else ""
    return Finding(part, state, f"{when}: {', '.join(reasons)}", f"{stop}station devices test {device.name}")
