"""A DS18B20 behind the kernel's 1-wire driver: the file `temperature`, a number alone (devices.md C1).

    25062 LF          millidegrees, cut toward zero; no bytes, no CRC
    (nothing)         any failure on newer kernels, or a bulk conversion runs

Use `w1_slave` where it exists: it shows the sensor's bytes, and so what this file hides. Here four numbers cannot be
told from a fault: 85000 (the conversion never ran), 0 (the bus is held low and its CRC of zeros fits) and -22500 (read
again too soon) are delivered as suspect, to be kept only where the neighbours agree; 127937 (no power) is beyond the
sensor's range and refused. `parse_temperature` is pure; the sampler only fetches the file. Called by supervision.
"""

import re
from pathlib import Path

from drivers.framing import bad
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.seam import Pause, no_pause
from drivers.settings import DeviceSettings, SampledSettings
from drivers.sysfs import fetch
from drivers.thermometers.w1_slave import HIGHEST_MC, LOWEST_MC, POWER_ON_MC, READ_AGAIN_S, UNPOWERED_MC

SUSPECT = {POWER_ON_MC: Reason.POWER_ON_VALUE, 0: Reason.MALFORMED, -22_500: Reason.MALFORMED}
"""What a faulty sensor or bus shows, and what the bytes would have been called."""

_NUMBER = re.compile(rb"(-?\d{1,7})\n")


class Settings(SampledSettings, frozen=True, kw_only=True):
    """What a technician may say about such a sensor; `path` is the file, /sys/bus/w1/devices/28-.../temperature."""


def sampler(settings: DeviceSettings, pause: Pause = no_pause) -> "W1TemperatureSampler":
    """Make a sampler; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return W1TemperatureSampler(settings, pause)


def parse_temperature(data: bytes, at_s: float) -> Reading:
    """Read the whole text of `temperature`: a Temperature in millidegrees, or a BadReading that says why not."""
    if not data.strip():
        return bad(Reason.NO_DATA, data, at_s, "the kernel got no answer, or a bulk conversion runs")
    match = _NUMBER.fullmatch(data)
    if match is None:
        return bad(Reason.MALFORMED if data.endswith(b"\n") else Reason.TRUNCATED, data, at_s, "not one number")
    temperature_mc = int(match[1])
    if temperature_mc == UNPOWERED_MC:
        return bad(Reason.FAULT, data, at_s, "127.94 degrees: too little power for the conversion")
    if not LOWEST_MC <= temperature_mc <= HIGHEST_MC:
        return bad(Reason.OUT_OF_RANGE, data, at_s)
    return Temperature(temperature_mc, data, at_s, suspect=SUSPECT.get(temperature_mc))


class W1TemperatureSampler:
    """Fetches the file of one sensor; reading it takes the sensor's conversion time, up to 0.75 s."""

    def __init__(self, settings: Settings, pause: Pause) -> None:
        """Open nothing yet; an empty file is read again only if `pause` waited for READ_AGAIN_S."""
        self._path = Path(settings.path)
        self._pause = pause

    def sample(self, now_s: float) -> list[Reading]:
        """Look once, or twice if the file was empty; raises PortUnavailable where we may not read it."""
        reading = self._look(now_s)
        if isinstance(reading, BadReading) and reading.reason is Reason.NO_DATA and self._pause(READ_AGAIN_S):
            reading = self._look(now_s)
        return [reading]

    def _look(self, now_s: float) -> Reading:
        data = fetch(self._path, now_s)
        return data if isinstance(data, BadReading) else parse_temperature(data, now_s)
