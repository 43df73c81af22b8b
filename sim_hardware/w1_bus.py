"""DS18B20 thermometers as the kernel shows them: a tree that looks like /sys/bus/w1/devices (devices.md C1).

    <root>/28-xxxxxxxxxxxx/w1_slave      91 01 4b 46 7f ff 0c 10 70 : crc=70 YES
                                         91 01 4b 46 7f ff 0c 10 70 t=25062
    <root>/28-xxxxxxxxxxxx/temperature   25062
    <root>/28-xxxxxxxxxxxx/resolution    12        a host may write 9 to 12; obeyed at the next measurement
    <root>/28-xxxxxxxxxxxx/conv_time     750       milliseconds: 95, 190, 375, 750

    byte  0,1 raw sixteenths of a degree, low first, signed   2,3 alarms TH TL   4 configuration (7f: 12 bit)
          5 ff   6 0c at power-on   7 10   8 CRC-8      configuration 1f 3f 5f 7f: 9 to 12 bits

A file changes by rename, so a reader sees one state or the next. Reading takes no time unless `convert_slowly` says so.
The master's side, bulk reading, is `sim_hardware.w1_master`. The scratchpad functions and `newton_mc` are pure.
"""

from __future__ import annotations

import contextlib
import math
import re
import shutil
from pathlib import Path

from sim_hardware.slow_file import SlowFile

_ADDRESS = re.compile(r"28-[0-9a-f]{12}")
_ALARMS = bytes.fromhex("4b46")  # TH, TL: as in the kernel's own examples
_CONFIGURATIONS = {9: 0x1F, 10: 0x3F, 11: 0x5F, 12: 0x7F}
CONVERSION_MS = {9: 95, 10: 190, 11: 375, 12: 750}
"""By bits of resolution, in milliseconds."""
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


def scratchpad_for(temperature_mc: int, *, bits: int = 12) -> bytes:
    """Return the nine bytes of a chip that has just measured a temperature in millidegrees. ValueError out of range.

    `bits`: resolution, 9 to 12; what it does not resolve is cut off.
    """
    raw = raw_for(temperature_mc) & -(1 << 12 - bits)
    # Measured 85 degrees differ in byte 6 from the power-on value (vectors w1_slave-08), else nobody could tell.
    byte_6 = b"\x10" if raw == 85 * 16 else b"\x0c"
    return _with_crc((raw & 0xFFFF).to_bytes(2, "little") + _tail(bits) + byte_6 + b"\x10")


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
        self._written_resolution = "12\n"
        self._slow_files: list[SlowFile] = []
        self._show(self._last_good)
        self.plug()

    @property
    def path(self) -> Path:
        """The `w1_slave` file a station reads."""
        return self.directory / "w1_slave"

    @property
    def resolution(self) -> int:
        """Bits as the host last wrote them, else 12; what is no number from 9 to 12 changes nothing."""
        with contextlib.suppress(OSError):
            self._written_resolution = (self.directory / "resolution").read_text(encoding="ascii", errors="replace")
        written = self._written_resolution.strip()
        return int(written) if written in ("9", "10", "11", "12") else 12

    def set_temperature_mc(self, temperature_mc: int) -> None:
        """Measure a temperature in millidegrees from now on. Raises ValueError outside -55 to 125 degrees."""
        self._show(scratchpad_for(temperature_mc, bits=self.resolution))

    def convert_slowly(self, conversion_s: float | None = None) -> None:
        """Let every opening of a file block from now on for a conversion, as the kernel's do, until unplugged.

        `conversion_s`: None is what the resolution needs. The files are FIFOs then: one reader at a time.
        """
        if conversion_s is None:
            conversion_s = CONVERSION_MS[self.resolution] / 1000
        self._stop_slow_files()
        self._slow_files = [
            SlowFile(self.directory / "w1_slave", lambda: self._texts[0], conversion_s),
            SlowFile(self.directory / "temperature", lambda: self._texts[1], conversion_s),
        ]
        for file in self._slow_files:
            file.start()

    def begin_bulk_conversion(self) -> None:
        """Give no byte while the master lets every chip convert."""
        self._put("w1_slave", "")
        self._put("temperature", "")

    def end_bulk_conversion(self) -> None:
        """Show again what was measured."""
        if self.directory.exists():
            self._fill(self.directory)

    def power_on_85(self) -> None:
        """Show the value of a chip that never converted: 85 degrees with a good CRC."""
        self._show(_POWER_ON_85)

    def starve(self) -> None:
        """Show what too little power gives: 127.937 degrees with a good CRC."""
        self._show(_with_crc(_INSUFFICIENT_POWER + _tail(self.resolution) + b"\x0c\x10"))

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
        self._stop_slow_files()
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
        resolution = self.resolution
        texts = dict(zip(("w1_slave", "temperature"), self._texts, strict=True)) if not self._slow_files else {}
        texts |= {"resolution": f"{resolution}\n", "conv_time": f"{CONVERSION_MS[resolution]}\n"}
        for name, text in texts.items():
            _replace(directory / name, text)

    def _put(self, name: str, text: str) -> None:
        if self.directory.exists():
            _replace(self.directory / name, text)

    def _stop_slow_files(self) -> None:
        for file in self._slow_files:
            file.close()
        self._slow_files = []


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

    def sensors(self) -> list[W1Sensor]:
        """Return the thermometers in the order they were asked for."""
        return list(self._sensors.values())

    def close(self) -> None:
        """Unplug every thermometer."""
        for sensor in self._sensors.values():
            sensor.unplug()


def _tail(bits: int) -> bytes:
    """Alarms, configuration and the byte that is always ff."""
    return _ALARMS + bytes([_CONFIGURATIONS[bits], 0xFF])


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="ascii")
    fresh.replace(path)


def _with_crc(eight: bytes) -> bytes:
    return eight + bytes([crc8(eight)])
