"""A DS18B20 behind the kernel's 1-wire driver: the file `w1_slave` (devices.md C1).

    91 01 4b 46 7f ff 0c 10 70 : crc=70 YES LF      nine bytes of the sensor, the kernel's verdict on their CRC
    91 01 4b 46 7f ff 0c 10 70 t=25062 LF           the last GOOD nine bytes, millidegrees of the bytes just read

    0 LSB  1 MSB (signed, 1/16 degree)  2 TH  3 TL  4 resolution  5 FF  6 (0C at power-on)  7 10  8 CRC-8

Neither YES nor t= is believed: the CRC and the temperature are computed again from the first line, so that the sign
bug of 5.10 kernels (t=4086000 for -10 degrees) reads right. What is refused although its CRC fits: all zeros (bus
held low), the tail `7f ff ff ff` of a sensor read again too soon, 127.9375 (no power for the conversion) and 85.000
with byte 6 at 0C (the conversion never ran). 85.000 otherwise may be the truth in a hot car or a clone's power-on
value: a Temperature marked suspect. `parse_w1_slave` is pure; `W1SlaveSampler` only fetches the file. Called by
supervision.
"""

import re
from pathlib import Path

from drivers.framing import bad
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.seam import Pause, no_pause
from drivers.settings import DeviceSettings, SampledSettings
from drivers.sysfs import fetch

LOWEST_MC, HIGHEST_MC = -55_000, 125_000
"""The sensor's range by its datasheet."""

POWER_ON_MC = 85_000
UNPOWERED_MC = 127_937  # 127.9375, cut toward zero as the kernel does

READ_AGAIN_S = 1.0
"""An empty file is worth one more look after so long; sooner, the sensor gives `7f ff ff ff` (devices.md C1, F)."""

_BYTES = rb"((?:[0-9a-f]{2} ){9})"
_VERDICT = re.compile(_BYTES + rb": crc=([0-9a-f]{2}) (YES|NO)")
_LAST_GOOD = re.compile(_BYTES + rb"t=-?\d{1,10}")


class Settings(SampledSettings, frozen=True, kw_only=True):
    """What a technician may say about such a sensor; `path` is the file, /sys/bus/w1/devices/28-.../w1_slave."""


def sampler(settings: DeviceSettings, pause: Pause = no_pause) -> "W1SlaveSampler":
    """Make a sampler; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return W1SlaveSampler(settings, pause)


def crc8(data: bytes) -> int:
    """Return the 1-wire CRC-8 (x^8 + x^5 + x^4 + 1, reflected 8Ch, start 0); over data and its CRC it is 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


def parse_w1_slave(data: bytes, at_s: float) -> Reading:
    """Read the whole text of `w1_slave`: a Temperature in millidegrees, or a BadReading that says why not."""
    if not data.strip():
        return bad(Reason.NO_DATA, data, at_s, "the kernel got no answer, or a bulk conversion runs")
    lines = data.split(b"\n")
    if len(lines) < 3:  # two lines and what is after the second LF
        return bad(Reason.TRUNCATED, data, at_s)
    verdict, last_good = _VERDICT.fullmatch(lines[0]), _LAST_GOOD.fullmatch(lines[1])
    if verdict is None or last_good is None or any(lines[2:]):
        return bad(Reason.MALFORMED, data, at_s, "not the two lines of w1_slave")
    scratchpad = bytes.fromhex(verdict[1].decode("ascii"))
    if not any(scratchpad):
        return bad(Reason.MALFORMED, data, at_s, "all zeros: the bus is held low")
    if verdict[3] == b"NO" or crc8(scratchpad) != 0 or scratchpad[8] != int(verdict[2], 16):
        return bad(Reason.BAD_CHECKSUM, data, at_s)
    if verdict[1] != last_good[1]:
        return bad(Reason.MALFORMED, data, at_s, "the two lines differ though the first is good")
    return _temperature(scratchpad, data, at_s)


def _temperature(scratchpad: bytes, raw: bytes, at_s: float) -> Reading:
    if scratchpad[4:8] == b"\x7f\xff\xff\xff" and scratchpad[2:4] == b"\xff\xff":
        return bad(Reason.MALFORMED, raw, at_s, "read again too soon: the sensor sent ones")
    sixteenths = int.from_bytes(scratchpad[:2], "little", signed=True)
    temperature_mc = abs(sixteenths) * 1000 // 16 * (-1 if sixteenths < 0 else 1)  # toward zero, as the kernel cuts
    if temperature_mc == UNPOWERED_MC:
        return bad(Reason.FAULT, raw, at_s, "127.94 degrees: too little power for the conversion")
    if not LOWEST_MC <= temperature_mc <= HIGHEST_MC:
        return bad(Reason.OUT_OF_RANGE, raw, at_s)
    if temperature_mc != POWER_ON_MC:
        return Temperature(temperature_mc, raw, at_s)
    if scratchpad[6] == 0x0C:
        return bad(Reason.POWER_ON_VALUE, raw, at_s, "85 degrees: the conversion never ran")
    return Temperature(temperature_mc, raw, at_s, suspect=Reason.POWER_ON_VALUE)


class W1SlaveSampler:
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
        return data if isinstance(data, BadReading) else parse_w1_slave(data, now_s)
