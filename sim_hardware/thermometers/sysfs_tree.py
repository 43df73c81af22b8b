"""DHT22 and SHT3x as the kernel shows them: directories with one number a file (devices.md C4).

    dht22   <root>/iio:device0/{name, in_temp_input, in_humidityrelative_input}
    sht3x   <root>/hwmon0/{name, temp1_input, humidity1_input}        millidegrees, and thousandths of a percent

A real driver fails a read with EIO; a plain file cannot, so that stands as a missing file (`vanish`) or an empty one
(`empty`). Files change by rename. The frames on the wires behind them, `dht22_bits` and `crc8_sensirion`, are pure.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

Chip = Literal["dht22", "sht3x"]
_FILES: dict[str, tuple[str, str, str]] = {
    "dht22": ("iio:device0", "in_temp_input", "in_humidityrelative_input"),
    "sht3x": ("hwmon0", "temp1_input", "humidity1_input"),
}
_NAMES = {"dht22": "dht11", "sht3x": "sht3x"}  # the kernel's driver for both DHT11 and DHT22 is dht11
_RANGES_MC = {"dht22": (-40_000, 80_000), "sht3x": (-40_000, 125_000)}
_STEPS_MC = {"dht22": 100, "sht3x": 1}


def dht22_bits(temperature_mc: int, humidity_permille: int) -> bytes:
    """Return the 40 bits of a DHT22: humidity, temperature as sign and magnitude, and the low byte of their sum."""
    tenths = round(abs(temperature_mc) / 100)
    data = humidity_permille.to_bytes(2, "big") + (tenths | (0x8000 if temperature_mc < 0 else 0)).to_bytes(2, "big")
    return data + bytes([sum(data) & 0xFF])


def crc8_sensirion(data: bytes) -> int:
    """Return the CRC-8 that follows each 16-bit word of an SHT3x: polynomial 31, start FF."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31 if crc & 0x80 else crc << 1) & 0xFF
    return crc


class SysfsThermometer:
    """One chip's directory; at first plugged in, at 4 degrees and 54.6 %."""

    def __init__(self, root: Path, chip: Chip) -> None:
        """`root`: stands for /sys/bus/iio/devices or /sys/class/hwmon; created when missing."""
        directory, self._temperature, self._humidity = _FILES[chip]
        self.chip = chip
        self.directory = root / directory
        self._aside = root / f".{directory}"
        self._texts: dict[str, str | None] = {"name": f"{_NAMES[chip]}\n", self._humidity: "54600\n"}
        self.set_temperature_mc(4_000)
        self.plug()

    @property
    def path(self) -> Path:
        """The temperature's file."""
        return self.directory / self._temperature

    def set_temperature_mc(self, temperature_mc: int) -> None:
        """Measure a temperature in millidegrees, to the chip's own step. Raises ValueError outside the chip's range."""
        coldest_mc, hottest_mc = _RANGES_MC[self.chip]
        if not coldest_mc <= temperature_mc <= hottest_mc:
            raise ValueError(f"it measures {coldest_mc} to {hottest_mc} millidegrees, not {temperature_mc}")
        step_mc = _STEPS_MC[self.chip]
        self._write({self._temperature: f"{round(temperature_mc / step_mc) * step_mc}\n"})

    def set_humidity_permille(self, humidity_permille: int) -> None:
        """Measure a humidity. Raises ValueError outside 0 to 1000."""
        if not 0 <= humidity_permille <= 1000:
            raise ValueError(f"humidity is 0 to 1000 permille, not {humidity_permille}")
        self._write({self._humidity: f"{humidity_permille * 100}\n"})

    def empty(self) -> None:
        """Fail the next reads: no byte in the files, until a value is set."""
        self._write({self._temperature: "", self._humidity: ""})

    def vanish(self) -> None:
        """Fail the next reads: the files are gone, until a value is set."""
        self._write({self._temperature: None, self._humidity: None})

    def unplug(self) -> None:
        """Take the chip off: its directory is gone at once. Does nothing if it is gone already."""
        if self.directory.exists():
            shutil.rmtree(self._aside, ignore_errors=True)
            self.directory.rename(self._aside)
            shutil.rmtree(self._aside)

    def plug(self) -> None:
        """Put it back as it was last told to be. Does nothing if it is there."""
        if not self.directory.exists():
            shutil.rmtree(self._aside, ignore_errors=True)
            self._aside.mkdir(parents=True)
            self._fill(self._aside)
            self._aside.rename(self.directory)

    def _write(self, texts: dict[str, str | None]) -> None:
        self._texts |= texts
        if self.directory.exists():
            self._fill(self.directory)

    def _fill(self, directory: Path) -> None:
        for name, text in self._texts.items():
            if text is None:
                (directory / name).unlink(missing_ok=True)
                continue
            fresh = directory / f".{name}.new"
            fresh.write_text(text, encoding="ascii")
            fresh.replace(directory / name)
