"""Temperature and humidity that a kernel driver offers as two numbers in files: iio (DHT22) and hwmon (SHT3x).

    .../in_temp_input                35100 LF     millidegrees        iio
    .../in_humidityrelative_input    65200 LF     thousandths of %RH
    .../temp1_input                  23875 LF     millidegrees        hwmon
    .../humidity1_input              54600 LF     thousandths of %RH

The kernel reads the wire and checks it; a failed check is an error number (EIO, ETIMEDOUT) where a number would be.
The folder's own number (iio:device0, hwmon2) changes from boot to boot, so a configuration may name the device's
folder, which stays. Not a model; called by `dht22` and `sht3x`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from drivers.framing import bad
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.seam import Pause
from drivers.sysfs import fetch

_NUMBER = re.compile(rb"(-?\d{1,9})\n")


@dataclass(frozen=True, slots=True)
class Files:
    """Where a kernel driver puts its numbers, and what the sensor can show.

    temperature, humidity: file names. below: where they stand under the device's folder, as a glob pattern.
    again_s: how soon the sensor may be read again, attempts: how often at most.
    """

    temperature: str
    humidity: str
    below: str
    lowest_mc: int
    highest_mc: int
    again_s: float
    attempts: int


def parse_number(data: bytes, at_s: float) -> int | BadReading:
    """Read one whole number and its LF; a file cut short is no number, for its last digits may be what is missing."""
    match = _NUMBER.fullmatch(data)
    if match is not None:
        return int(match[1])
    if not data.strip():
        return bad(Reason.NO_DATA, data, at_s, "the kernel gave nothing")
    return bad(Reason.MALFORMED if data.endswith(b"\n") else Reason.TRUNCATED, data, at_s, "not one number")


def judge(temperature_mc: int, permille: int | None, raw: bytes, at_s: float, files: Files) -> Reading:
    """Make a Temperature of numbers in the sensor's range, or OUT_OF_RANGE; an impossible humidity is left out."""
    if not files.lowest_mc <= temperature_mc <= files.highest_mc:
        return bad(Reason.OUT_OF_RANGE, raw, at_s, f"{temperature_mc / 1000:g} C")
    if permille is not None and not 0 <= permille <= 1000:
        permille = None
    return Temperature(temperature_mc, raw, at_s, humidity_permille=permille)


class KernelFilesSampler:
    """Fetches both files of one sensor."""

    def __init__(self, path: str, files: Files, pause: Pause) -> None:
        """`path` is the temperature file or the device's folder; nothing is opened yet."""
        self._path = Path(path)
        self._files = files
        self._pause = pause

    def sample(self, now_s: float) -> list[Reading]:
        """Look, again after `again_s` while the kernel gives nothing; raises PortUnavailable where a right is missing.

        The humidity may come from a later look at the same wire (drivers keep a value for 2 s at most).
        """
        reading = self._look(now_s)
        for _ in range(self._files.attempts - 1):
            failed = isinstance(reading, BadReading) and reading.reason is Reason.NO_DATA
            if not failed or not self._pause(self._files.again_s):
                break
            reading = self._look(now_s)
        return [reading]

    def _look(self, now_s: float) -> Reading:
        place = self._place()
        if place is None:
            return bad(Reason.DISCONNECTED, b"", now_s, f"no {self._files.temperature} under {self._path}")
        data = fetch(place, now_s)
        if isinstance(data, BadReading):
            return data
        temperature_mc = parse_number(data, now_s)
        if isinstance(temperature_mc, BadReading):
            return temperature_mc
        return judge(temperature_mc, self._permille(place, now_s), data, now_s, self._files)

    def _permille(self, place: Path, now_s: float) -> int | None:
        """The humidity beside a temperature file, None where there is none or it cannot be read."""
        if place.name != self._files.temperature:
            return None
        data = fetch(place.with_name(self._files.humidity), now_s)
        number = data if isinstance(data, BadReading) else parse_number(data, now_s)
        return None if isinstance(number, BadReading) else round(number / 100)

    def _place(self) -> Path | None:
        """The temperature file: the path itself, or the first found in the device's folder."""
        if not self._path.is_dir():
            return self._path
        names = (self._files.temperature, f"{self._files.below}/{self._files.temperature}")
        return next((place for name in names for place in sorted(self._path.glob(name))), None)
