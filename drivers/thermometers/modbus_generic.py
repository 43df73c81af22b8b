"""Any Modbus RTU thermometer whose manual gives its registers (devices.md C3: "map per device").

    01 03 02 6D60 94 FC                  reply: register 6D60h = 28000; 28 C with scale 0.001
    04 83 02 D0 F0                       refusal: illegal data address, so the map in the settings is wrong

The settings say which register holds the temperature, how it is scaled, and whether another register holds a status.
temperature = register x `scale` + `offset`, in `unit`; two's complement unless `signed` is false. Both registers are
read in one request, so a status never belongs to another moment than its value. Nothing is guessed: a status that is
not `status_good`, a register that is in `invalid`, and a temperature outside `lowest_c`..`highest_c` are BadReadings.
Registers are numbered as on the wire, from 0; a manual that writes 30001 or 40001 means 0. Pure; called by supervision.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Annotated, Literal

import msgspec

from drivers.errors import BadSettings
from drivers.framing import bad
from drivers.modbus import signed16
from drivers.readings import Reading, Reason, Temperature
from drivers.registers import ModbusSettings, Question, RegisterDecoder
from drivers.settings import DeviceSettings

MAX_SPAN = 32
"""Registers in one request; cheap devices refuse more."""

Register = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]


class Settings(ModbusSettings, frozen=True, kw_only=True):
    """What the manual of such a thermometer says; shipped line settings are mostly 9600 8N1, address 1.

    function: 3 for holding registers (4xxxx), 4 for input registers (3xxxx).
    register: of the temperature, from 0. scale: degrees per count. offset: added after scaling, in `unit`; it belongs
    to the register map and is no calibration. signed: two's complement. unit: C, F or K.
    invalid: what the register holds when there is no sensor. lowest_c, highest_c: the device's range.
    status_register: where its status stands, if it has one; status_good: the values under which a temperature counts.
    """

    function: Literal[3, 4] = 3
    register: Register = 0
    scale: Annotated[float, msgspec.Meta(gt=0, le=100)] = 0.1
    offset: Annotated[float, msgspec.Meta(ge=-1000, le=1000)] = 0.0
    signed: bool = True
    unit: Literal["C", "F", "K"] = "C"
    invalid: Annotated[tuple[Register, ...], msgspec.Meta(max_length=16)] = (0x7FFF, 0x8000)
    lowest_c: Annotated[float, msgspec.Meta(ge=-273, le=1000)] = -100.0
    highest_c: Annotated[float, msgspec.Meta(ge=-273, le=1000)] = 150.0
    status_register: Register | None = None
    status_good: Annotated[tuple[Register, ...], msgspec.Meta(min_length=1, max_length=16)] = (0,)


def decoder(settings: DeviceSettings) -> RegisterDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings. Raises BadSettings."""
    assert isinstance(settings, Settings), type(settings)
    first, count = _span(settings)
    question = Question(settings.function, first, count, frozenset({count}))
    return RegisterDecoder(settings, question, partial(parse_registers, first=first, settings=settings))


def parse_registers(registers: tuple[int, ...], raw: bytes, at_s: float, *, first: int, settings: Settings) -> Reading:
    """Read registers that begin at number `first` by the map in `settings`."""
    if settings.status_register is not None:
        status = registers[settings.status_register - first]
        if status not in settings.status_good:
            return bad(Reason.FAULT, raw, at_s, f"status {status:04X}h")
    register = registers[settings.register - first]
    if register in settings.invalid:
        return bad(Reason.FAULT, raw, at_s, f"{register:04X}h: no sensor")
    temperature_mc = _millidegrees(register, settings)
    if not settings.lowest_c * 1000 <= temperature_mc <= settings.highest_c * 1000:
        return bad(Reason.OUT_OF_RANGE, raw, at_s, f"{temperature_mc / 1000:g} C: scale, sign, unit?")
    return Temperature(temperature_mc, raw, at_s)


def _span(settings: Settings) -> tuple[int, int]:
    """The first register to ask for and how many."""
    wanted = [settings.register]
    if settings.status_register is not None:
        wanted.append(settings.status_register)
    count = max(wanted) - min(wanted) + 1
    if count > MAX_SPAN:
        raise BadSettings(
            f"registers {min(wanted)} and {max(wanted)} are too far apart for one request of {MAX_SPAN}",
            hint="去掉 status_register,或换成专用型号 / leave status_register out, or name the device's own model",
        )
    return min(wanted), count


def _millidegrees(register: int, settings: Settings) -> int:
    """Scale as decimals do, so that 0.1 is a tenth; Fahrenheit and Kelvin become Celsius."""
    counts = signed16(register) if settings.signed else register
    degrees = counts * Decimal(str(settings.scale)) + Decimal(str(settings.offset))
    if settings.unit == "F":
        degrees = (degrees - 32) * 5 / 9
    elif settings.unit == "K":
        degrees -= Decimal("273.15")
    return int((degrees * 1000).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
