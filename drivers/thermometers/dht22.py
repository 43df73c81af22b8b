"""DHT22 / AM2302 behind the kernel's dht11 driver, `dtoverlay=dht11,gpiopin=N` (devices.md C4).

    02 8C  01 5F  EE                     on the wire, 40 bits: humidity, temperature, low byte of the sum
    028Ch = 65.2 %RH    015Fh = 35.1 C    8065h = -10.1 C: sign and magnitude, no two's complement

    /sys/devices/platform/dht11@N/iio:device0/in_temp_input                35100 LF
    /sys/devices/platform/dht11@N/iio:device0/in_humidityrelative_input    65200 LF

The kernel times the wire and checks the sum; a sample that fails, which is common, is EIO or ETIMEDOUT, and is tried
again after 2 s, the sensor's own period. Five zero bytes are a line held low whose sum fits: 0 degrees at 0 %RH is
refused. Some clones send two's complement; the kernel makes thousands of degrees of it, which are refused.
`parse_frame` reads the wire's bytes for whoever has them; it is pure. Called by supervision.
"""

from drivers.framing import bad
from drivers.readings import Reading, Reason, Temperature
from drivers.seam import Pause, no_pause
from drivers.settings import DeviceSettings, SampledSettings
from drivers.thermometers.kernel_files import Files, KernelFilesSampler, judge

FILES = Files(
    temperature="in_temp_input",
    humidity="in_humidityrelative_input",
    below="iio:device*",
    lowest_mc=-40_000,
    highest_mc=80_000,
    again_s=2.0,
    attempts=3,
)
"""Range of the sensor by its manual."""


class Settings(SampledSettings, frozen=True, kw_only=True):
    """What a technician may say about such a sensor.

    path: its folder, /sys/devices/platform/dht11@N, or the file in_temp_input itself.
    """


class Dht22Sampler(KernelFilesSampler):
    """Fetches both numbers, and refuses those of a line held low."""

    def sample(self, now_s: float) -> list[Reading]:
        """Look, up to three times in 4 s where `pause` waits; raises PortUnavailable where a right is missing."""
        return [_not_held_low(reading) for reading in super().sample(now_s)]


def sampler(settings: DeviceSettings, pause: Pause = no_pause) -> Dht22Sampler:
    """Make a sampler; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return Dht22Sampler(settings.path, FILES, pause)


def parse_frame(data: bytes, at_s: float) -> Reading:
    """Read the five bytes of the wire."""
    if len(data) != 5:
        return bad(Reason.TRUNCATED if len(data) < 5 else Reason.TOO_LONG, data, at_s)
    if sum(data[:4]) & 0xFF != data[4]:
        return bad(Reason.BAD_CHECKSUM, data, at_s)
    magnitude = (data[2] & 0x7F) << 8 | data[3]
    temperature_mc = -magnitude * 100 if data[2] & 0x80 else magnitude * 100
    return _not_held_low(judge(temperature_mc, data[0] << 8 | data[1], data, at_s, FILES))


def _not_held_low(reading: Reading) -> Reading:
    if isinstance(reading, Temperature) and reading.temperature_mc == 0 and reading.humidity_permille == 0:
        return bad(Reason.MALFORMED, reading.raw, reading.at_s, "all zeros: the line is held low")
    return reading
