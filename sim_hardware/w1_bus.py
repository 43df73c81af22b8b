"""DS18B20 thermometers as the kernel shows them: a tree that looks like /sys/bus/w1/devices (devices.md C1).

    <root>/28-xxxxxxxxxxxx/w1_slave      91 01 4b 46 7f ff 0c 10 70 : crc=70 YES
                                         91 01 4b 46 7f ff 0c 10 70 t=25062
    <root>/28-xxxxxxxxxxxx/temperature   25062

    byte  0,1 raw sixteenths of a degree, low first, signed   2,3 alarms TH TL   4 configuration (7f: 12 bit)
          5 ff   6 0c at power-on   7 10   8 CRC-8

A file changes by rename, so a reader sees one state or the next. Not simulated: the conversion's 750 ms, bulk reads,
the master's files. The scratchpad functions and `newton_mc` are pure.
"""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

_ADDRESS = re.compile(r"28-[0-9a-f]{12}")
_TAIL = bytes.fromhex("4b467fff")  # TH, TL, 12 bit, fixed: as in the kernel's own examples
_POWER_ON_85 = bytes.fromhex("50054b467fff0c101c")  # real, devices.md C1
_INSUFFICIENT_POWER = bytes.fromhex("ff07")
_REREAD_TOO_SOON = bytes.fromhex("98feffff7fffffff1c")  # real, devices.md C1
COLDEST_MC, HOTTEST_MC = -55_000, 125_000
"""Range of the chip in millidegrees, from its datasheet."""


def crc8(data: bytes) -> int:
    """Return the 1-wire CRC-8 of `data`: x8+x5+x4+1, reflected 8C, start 0. Over data and its CRC it is 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


def raw_for(temperature_mc: int) -> int:
    """Return the chip's sixteenths of a degree nearest to a temperature in millidegrees. ValueError out of range."""
    if not COLDEST_MC <= temperature_mc <= HOTTEST_MC:
        raise ValueError(f"a DS18B20 measures {COLDEST_MC} to {HOTTEST_MC} millidegrees, not {temperature_mc}")
    return (temperature_mc * 16 + 500) // 1000


def kernel_mc(scratchpad: bytes) -> int:
    """Return the millidegrees the kernel prints for nine bytes: cut toward zero, so -312.5 becomes -312."""
    raw = int.from_bytes(scratchpad[:2], "little", signed=True)
    whole = abs(raw) * 1000 // 16
    return -whole if raw < 0 else whole


def scratchpad_for(temperature_mc: int) -> bytes:
    """Return the nine bytes of a chip that has just measured a temperature in millidegrees. ValueError out of range."""
    raw = raw_for(temperature_mc)
    # Measured 85 degrees differ in byte 6 from the power-on value (vectors w1_slave-08), else nobody could tell.
    byte_6 = b"\x10" if raw == 85 * 16 else b"\x0c"
    return _with_crc((raw & 0xFFFF).to_bytes(2, "little") + _TAIL + byte_6 + b"\x10")


def w1_slave_text(scratchpad: bytes, *, last_good: bytes | None = None) -> str:
    """Return the two lines of `w1_slave` for nine bytes just read.

    Line 1 says what was read and the CRC computed over it; line 2 shows the last good bytes (`last_good`, or the same
    when None) and `t=` computed from the bytes just read, good or bad.
    """
    verdict = "YES" if crc8(scratchpad) == 0 else "NO"
    kept = scratchpad if last_good is None else last_good
    return (
        f"{scratchpad.hex(' ')} : crc={crc8(scratchpad[:8]):02x} {verdict}\n{kept.hex(' ')} t={kernel_mc(scratchpad)}\n"
    )


def newton_mc(elapsed_s: float, *, start_mc: int, around_mc: int, time_constant_s: float) -> int:
    """Return the temperature in millidegrees of a box after `elapsed_s` among surroundings of `around_mc`.

    Newton's law of cooling: the difference falls to 37 % in each `time_constant_s`. For demos: a cold box left open in
    a warm room, or one that a compressor pulls down. Before 0 it is `start_mc`. ValueError unless the constant is
    positive.
    """
    if time_constant_s <= 0:
        raise ValueError(f"a time constant is positive, not {time_constant_s}")
    left = math.exp(-max(0.0, elapsed_s) / time_constant_s)
    return round(around_mc + (start_mc - around_mc) * left)


class W1Sensor:
    """One thermometer on the bus. Created by `W1Bus.sensor`; at first plugged in and at 4 degrees."""

    def __init__(self, root: Path, address: str) -> None:
        """`root`: the bus's directory; `address`: `28-` and twelve lower-case hex digits, else ValueError."""
        if not _ADDRESS.fullmatch(address):
            raise ValueError(f"a DS18B20's name is 28- and twelve lower-case hex digits, not {address!r}")
        self.address = address
        self.directory = root / address
        self._aside = root / f".{address}"
        self._last_good = scratchpad_for(4_000)
        self._texts = ("", "")
        self._show(self._last_good)
        self.plug()

    @property
    def path(self) -> Path:
        """The `w1_slave` file a station reads."""
        return self.directory / "w1_slave"

    def set_temperature_mc(self, temperature_mc: int) -> None:
        """Measure a temperature in millidegrees from now on. Raises ValueError outside -55 to 125 degrees."""
        self._show(scratchpad_for(temperature_mc))

    def power_on_85(self) -> None:
        """Show the value of a chip that never converted: 85 degrees with a good CRC."""
        self._show(_POWER_ON_85)

    def starve(self) -> None:
        """Show what too little power gives: 127.937 degrees with a good CRC."""
        self._show(_with_crc(_INSUFFICIENT_POWER + _TAIL + b"\x0c\x10"))

    def reread_too_soon(self) -> None:
        """Show -22.5 degrees, CRC good, of a chip read again within a second (real bytes)."""
        self._show(_REREAD_TOO_SOON)

    def short_circuit(self) -> None:
        """Hold the bus low: nine zero bytes, whose CRC is good, and 0 degrees."""
        self._show(bytes(9))

    def empty(self) -> None:
        """Fail as newer kernels do: both files have no byte at all."""
        self._write("", "")

    def bad_crc(self) -> None:
        """Fail as older kernels do: `NO`, the last good bytes, and `t=` out of bytes with one bit wrong.

        The file `temperature` came with the newer kernels and is empty then.
        """
        spoiled = bytes([self._last_good[0] ^ 0x10]) + self._last_good[1:]
        self._write(w1_slave_text(spoiled, last_good=self._last_good), "")

    def unplug(self) -> None:
        """Take the chip off the bus: its directory is gone at once. Does nothing if it is gone already."""
        if self.directory.exists():
            shutil.rmtree(self._aside, ignore_errors=True)
            self.directory.rename(self._aside)
            shutil.rmtree(self._aside)

    def plug(self) -> None:
        """Put it back as it was last told to be: the whole directory appears at once. Does nothing if it is there."""
        if not self.directory.exists():
            shutil.rmtree(self._aside, ignore_errors=True)
            self._aside.mkdir(parents=True)
            self._fill(self._aside)
            self._aside.rename(self.directory)

    def _show(self, scratchpad: bytes) -> None:
        self._last_good = scratchpad
        self._write(w1_slave_text(scratchpad), f"{kernel_mc(scratchpad)}\n")

    def _write(self, w1_slave: str, temperature: str) -> None:
        self._texts = (w1_slave, temperature)
        if self.directory.exists():
            self._fill(self.directory)

    def _fill(self, directory: Path) -> None:
        for name, text in zip(("w1_slave", "temperature"), self._texts, strict=True):
            fresh = directory / f".{name}.new"
            fresh.write_text(text, encoding="ascii")
            fresh.replace(directory / name)


class W1Bus:
    """The 1-wire bus of one station; as many thermometers as are asked for."""

    def __init__(self, root: Path) -> None:
        """`root`: stands for /sys/bus/w1/devices; created when missing."""
        self.root = root
        self.root.mkdir(parents=True, exist_ok=True)
        self._sensors: dict[str, W1Sensor] = {}

    def sensor(self, address: str) -> W1Sensor:
        """Return the thermometer of that name, plugging in a new one at 4 degrees if there is none yet.

        Raises ValueError for a name that is not `28-` and twelve lower-case hex digits.
        """
        if address not in self._sensors:
            self._sensors[address] = W1Sensor(self.root, address)
        return self._sensors[address]

    def close(self) -> None:
        """Unplug every thermometer."""
        for sensor in self._sensors.values():
            sensor.unplug()


def _with_crc(eight: bytes) -> bytes:
    return eight + bytes([crc8(eight)])
