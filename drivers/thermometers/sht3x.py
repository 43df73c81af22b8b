"""Sensirion SHT30/31/35 on I2C behind the kernel's sht3x driver, `dtoverlay=i2c-sensor,sht3x` (devices.md C4).

    BE EF 92  66 4A C1                   on the wire: temperature word, CRC, humidity word, CRC
    T = -45 + 175 x word / 65535 C       RH = 100 x word / 65535 %
    CRC-8: polynomial 31h, start FFh, not reflected; BEEFh -> 92h

    /sys/bus/i2c/devices/1-0044/hwmon/hwmon2/temp1_input        23875 LF      address 44h, or 45h with ADDR high
    /sys/bus/i2c/devices/1-0044/hwmon/hwmon2/humidity1_input    54600 LF

The kernel reads the wire and checks the CRC; a sample that fails is EIO, and is tried again after a second.
`parse_frame` reads the wire's bytes for whoever has them; it is pure. Called by supervision.
"""

from drivers.framing import bad
from drivers.readings import Reading, Reason
from drivers.seam import Pause, no_pause
from drivers.settings import DeviceSettings, SampledSettings
from drivers.thermometers.kernel_files import Files, KernelFilesSampler, judge

FILES = Files(
    temperature="temp1_input",
    humidity="humidity1_input",
    below="hwmon/hwmon*",
    lowest_mc=-40_000,
    highest_mc=125_000,
    again_s=1.0,
    attempts=2,
)
"""Range of the sensor by its sheet."""


class Settings(SampledSettings, frozen=True, kw_only=True):
    """What a technician may say about such a sensor.

    path: its folder, /sys/bus/i2c/devices/1-0044, or the file temp1_input itself.
    """


def sampler(settings: DeviceSettings, pause: Pause = no_pause) -> KernelFilesSampler:
    """Make a sampler; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return KernelFilesSampler(settings.path, FILES, pause)


def crc8(data: bytes) -> int:
    """Return Sensirion's CRC of one word."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x31 if crc & 0x80 else 0)) & 0xFF
    return crc


def parse_frame(data: bytes, at_s: float) -> Reading:
    """Read a temperature word and its CRC, and the humidity's if the master read on."""
    if len(data) not in (3, 6):
        return bad(Reason.TRUNCATED if len(data) < 6 else Reason.TOO_LONG, data, at_s)
    words = [data[at : at + 3] for at in range(0, len(data), 3)]
    if any(crc8(word[:2]) != word[2] for word in words):
        return bad(Reason.BAD_CHECKSUM, data, at_s)
    numbers = [int.from_bytes(word[:2], "big") for word in words]
    temperature_mc = round(-45_000 + 175_000 * numbers[0] / 0xFFFF)
    permille = round(1000 * numbers[1] / 0xFFFF) if len(numbers) > 1 else None
    return judge(temperature_mc, permille, data, at_s, FILES)
