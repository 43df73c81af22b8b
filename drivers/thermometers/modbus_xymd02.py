"""XY-MD02, also sold as XY-MD01 or "SHT20 Modbus sensor": temperature and humidity on RS-485 (devices.md C2).

    01 04 0001 0002 20 0B                request: function 04, input registers 1 and 2
    01 04 04 0131 0222 2A CE             reply: 0131h = 30.5 C, 0222h = 54.6 %RH, both signed, in tenths
    01 04 02 0131 79 74                  reply to a request for one register
    01 84 02 C2 C1                       refusal: illegal data address, so another register map

Some clones count in hundredths, which no reply shows: setting `per_degree`. The wrong one usually leaves the sensor's
range of -40 to 60 C and is refused (-40..80 is let pass, as some housings print), but 3 degrees read as 30 is not
found, so compare with another thermometer at set-up. A humidity outside 0..100 % is left out. An XY-MD02 in its
auto-report mode sends text instead of replies; the reading then says so. Pure; called by supervision.
"""

from functools import partial
from typing import Literal

from drivers.framing import bad
from drivers.modbus import signed16
from drivers.readings import Reading, Reason, Temperature
from drivers.registers import ModbusSettings, Question, RegisterDecoder
from drivers.settings import DeviceSettings

LOWEST_MC, HIGHEST_MC = -40_000, 80_000


class Settings(ModbusSettings, frozen=True, kw_only=True):
    """What a technician may say about such a sensor; shipped as address 1, 9600 8N1.

    per_degree: counts per degree and per %RH, 10, or 100 for some clones.
    humidity: ask for the second register too.
    """

    per_degree: Literal[10, 100] = 10
    humidity: bool = True


def decoder(settings: DeviceSettings) -> RegisterDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    question = Question(4, 1, 2 if settings.humidity else 1, frozenset({1, 2}))
    return RegisterDecoder(settings, question, partial(parse_registers, per_degree=settings.per_degree))


def parse_registers(registers: tuple[int, ...], raw: bytes, at_s: float, *, per_degree: int = 10) -> Reading:
    """Read register 1, and 2 if it is there: a Temperature in range, or OUT_OF_RANGE."""
    temperature_mc = signed16(registers[0]) * 1000 // per_degree  # exact: 1000 is a multiple of 10 and 100
    if not LOWEST_MC <= temperature_mc <= HIGHEST_MC:
        return bad(Reason.OUT_OF_RANGE, raw, at_s, f"{temperature_mc / 1000:g} C: counts per degree 10 or 100?")
    permille = registers[1] * 10 // per_degree if len(registers) > 1 else None
    if permille is not None and permille > 1000:
        permille = None
    return Temperature(temperature_mc, raw, at_s, humidity_permille=permille)
