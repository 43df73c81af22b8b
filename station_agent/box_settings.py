"""The [[box]] stanzas held against the devices and the profiles they name; every mistake is reported.

Called by `config.load` where a station has boxes: only then are the profiles read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from station_agent.coldchain.profiles import SHIPPED, Profiles, load_profiles
from station_agent.config import BoxTable, Device
from sync.settings import BadSettings, Fault

INTERVAL_S = 60.0
"""How often a thermometer is taken to be looked at that does not say so itself."""


def profiles_path(named: str | None) -> Path:
    """The file of profiles: the one the configuration names, else the shipped one."""
    return SHIPPED if named is None else Path(named)


def settled_boxes(
    boxes: Mapping[int, BoxTable], devices: Sequence[Device], known: Iterable[str], profiles: Path, file: str
) -> tuple[list[BoxTable], list[Fault]]:
    """The boxes with their interval filled in, and every mistake of theirs and of the profiles' file.

    boxes: by the number of their stanza, from 1. known: names of every device stanza, those with mistakes too.
    """
    faults: list[Fault] = []
    try:
        rules: Profiles | None = load_profiles(profiles)
    except BadSettings as bad:
        rules, faults = None, list(bad.faults)
    table = _Check(file, {device.name: device for device in devices}, frozenset(known), rules)
    settled = [table.settled(f"box.{number}", box) for number, box in boxes.items()]
    return settled, [*faults, *table.faults]


class _Check:
    """One pass over all boxes."""

    def __init__(self, file: str, devices: dict[str, Device], known: frozenset[str], rules: Profiles | None) -> None:
        self._file, self._devices, self._known, self._rules = file, devices, known, rules
        self._names: dict[str, str] = {}
        self._sensors: dict[tuple[str, str | None], str] = {}
        self.faults: list[Fault] = []

    def settled(self, key: str, box: BoxTable) -> BoxTable:
        """Look at one box; what is missing is filled in."""
        owner = self._names.setdefault(box.name, key)
        if owner != key:
            self._fault(f"{key}.name", box.name, f"未被 {owner} 用过 / not the same as {owner}", "改名 / rename it")
        if self._rules is not None:
            self._profile(key, box.profile, self._rules)
        device = self._device(f"{key}.thermometer", box.thermometer, "thermometer")
        every_s = INTERVAL_S
        if device is not None:
            every_s = getattr(device.settings, "every_s", INTERVAL_S)
            self._channel(key, box, device)
            self._own_sensor(key, box)
        if box.door is not None:
            self._device(f"{key}.door", box.door, "door")
        if box.interval_s is not None and box.interval_s < every_s:
            expected = f"≥ {every_s:g}"
            hint = "不写就跟温度计一样 / leave it out to take the thermometer's own"
            self._fault(f"{key}.interval_s", f"{box.interval_s:g}", expected, hint)
        return msgspec.structs.replace(box, interval_s=box.interval_s or every_s)

    def _profile(self, key: str, profile: str, rules: Profiles) -> None:
        """It must be there, and the station must take such goods at all."""
        good = [one.id for one in rules if not one.refused]
        if profile not in good:
            self._fault(f"{key}.profile", profile, " | ".join(good), self._meant(profile, good))

    def _device(self, key: str, name: str, role: str) -> Device | None:
        """The device of this name; None where there is none, or where its own stanza holds a mistake."""
        device = self._devices.get(name)
        good = [one.name for one in self._devices.values() if one.model.role == role]
        if device is None and name in self._known:
            return None
        if device is None or device.model.role != role:
            expected = " | ".join(good) or f"先写一个 {role} 设备 / a device stanza of a {role}"
            self._fault(key, name, expected, self._meant(name, good))
            return None
        return device

    def _channel(self, key: str, box: BoxTable, device: Device) -> None:
        """A bus of several sensors is told which; a single sensor has none."""
        sensors = list(getattr(device.settings, "sensors", ()))
        if box.channel is None and sensors:
            hint = "写明是哪一个探头 / say which sensor lies in this box"
            self._fault(f"{key}.channel", "没有 / nothing", " | ".join(sensors), hint)
        elif box.channel is not None and box.channel not in sensors:
            expected = " | ".join(sensors) or "没有 / nothing"
            self._fault(f"{key}.channel", box.channel, expected, "改正或删除 / correct or remove it")

    def _own_sensor(self, key: str, box: BoxTable) -> None:
        """One sensor measures one box."""
        owner = self._sensors.setdefault((box.thermometer, box.channel), key)
        if owner != key:
            expected = f"未被 {owner} 用过 / not the one of {owner}"
            hint = "每个冷箱一个探头 / give each box a sensor of its own"
            self._fault(f"{key}.thermometer", box.thermometer, expected, hint)

    def _meant(self, found: str, good: Sequence[str]) -> str:
        """Name the one that was probably meant."""
        close = next(iter(_close(found, good)), None)
        if close is None:
            return "改正这一项 / correct this value"
        return f"是否想写 {close}? / did you mean {close}?"

    def _fault(self, key: str, found: str, expected: str, hint: str) -> None:
        self.faults.append(Fault(self._file, key, found, expected, hint))


def _close(found: str, good: Sequence[str]) -> Iterator[str]:
    import difflib  # noqa: PLC0415 - only for a mistake

    yield from difflib.get_close_matches(found, good, n=1)
