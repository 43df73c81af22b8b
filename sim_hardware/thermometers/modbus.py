"""Modbus thermometers: the SHT20 box XY-MD02, the PT100 transmitter TRS-02a, and any other by its register map.

    XY-MD02   04 read: 0001 temperature, 0002 humidity, tenths (some clones hundredths)           (devices.md C2)
              03/06/10: 0101 address  0102 baud  0103 0104 corrections in tenths
    TRS-02a   03 read: 0001 temperature in tenths, 0002 status  00 good  A0 open  60 short  20 damaged  40 low  80 high
              a fault keeps the last good value; register 0001 alone is then answered by the status as exception (C3)

`SerialThermometer` is the shell with the world's verbs. The words of the plain-text mode have no source.
"""

from __future__ import annotations

from typing import Literal

from sim_hardware.serial_twin import SerialTwin
from sim_hardware.thermometers.rtu import (
    BAD_FUNCTION,
    BAD_VALUE,
    READ_HOLDING,
    READ_INPUT,
    Refused,
    RtuVoice,
    looked_up,
    signed,
)

FAULTS = {"open": 0xA0, "short": 0x60, "damaged": 0x20, "low": 0x40, "high": 0x80}
"""Status of the TRS-02a by name."""
Fault = Literal["open", "short", "damaged", "low", "high"]


class ModbusThermometer(RtuVoice):
    """A slave that measures a temperature, at first 4 degrees."""

    def __init__(self, *, address: int = 1) -> None:
        """`address` and errors: as for RtuVoice."""
        super().__init__(address=address)
        self.temperature_mc = 4_000

    def set_temperature_mc(self, temperature_mc: int) -> None:
        """Measure a temperature in millidegrees. Raises ValueError where a register has no room for it."""
        signed(round(temperature_mc / 10))
        self.temperature_mc = temperature_mc


class XyMd02(ModbusThermometer):
    """The cheap box with an SHT20 inside."""

    period_s = 1.0

    def __init__(self, *, address: int = 1, per_degree: Literal[10, 100] = 10) -> None:
        """`per_degree`: 10, or 100 on some clones. `address` and errors: as for RtuVoice."""
        super().__init__(address=address)
        self.humidity_permille = 546
        self.per_degree = per_degree
        self.reports_text = False
        """Whether it is in its plain-text mode: a line a second, and deaf to Modbus."""
        self._set_up = {0x0101: address, 0x0102: 9600, 0x0103: 0, 0x0104: 0}

    def read(self, function: int, register: int, count: int) -> list[int]:
        """Return measured values (04) or settings (03)."""
        if function == READ_INPUT:
            return looked_up({1: self._scaled(self.temperature_mc, 0x0103, 1000), 2: self._humidity()}, register, count)
        return looked_up(self._set_up, register, count)

    def write(self, register: int, values: list[int]) -> None:
        """Change settings; a new address counts from the next request on, a new baud from the next power-up."""
        looked_up(self._set_up, register, len(values))
        for place, value in enumerate(values, register):
            if place == 0x0101 and not 1 <= value <= 247:
                raise Refused(BAD_VALUE)
            self._set_up[place] = value

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer, unless it is in the plain-text mode."""
        if self.reports_text:
            return b""
        said = super().hear(data, now_s)
        self.address = self._set_up[0x0101]
        return said

    def speak(self, now_s: float) -> bytes:
        """Return the line of the plain-text mode."""
        del now_s
        if not self.reports_text:
            return b""
        return f"{self.temperature_mc / 1000:.1f}℃,{self.humidity_permille / 10:.1f}%\r\n".encode("gbk")

    def _humidity(self) -> int:
        return self._scaled(self.humidity_permille, 0x0104, 10)

    def _scaled(self, measured: int, correction: int, per_unit: int) -> int:
        tenths = self._set_up[correction]
        corrected = measured + (tenths - 0x10000 if tenths >= 0x8000 else tenths) * per_unit // 10
        return signed(round(corrected * self.per_degree / per_unit))


class Trs02a(ModbusThermometer):
    """A PT100 transmitter that keeps its last good value when the wire breaks."""

    def __init__(self, *, address: int = 1) -> None:
        """`address` and errors: as for RtuVoice."""
        super().__init__(address=address)
        self.fault: Fault | None = None

    def set_temperature_mc(self, temperature_mc: int) -> None:
        """Measure a temperature, unless a fault keeps the last good one."""
        if self.fault is None:
            super().set_temperature_mc(temperature_mc)

    def read(self, function: int, register: int, count: int) -> list[int]:
        """Return value and status; the value alone is refused with the status while there is a fault."""
        if function != READ_HOLDING:
            raise Refused(BAD_FUNCTION)
        status = 0 if self.fault is None else FAULTS[self.fault]
        if status and (register, count) == (1, 1):
            raise Refused(status)
        return looked_up({1: signed(round(self.temperature_mc / 100)), 2: status}, register, count)


class GenericSlave(ModbusThermometer):
    """Any slave: what its registers hold is said as a map, one and the same for functions 03 and 04."""

    def __init__(
        self,
        *,
        address: int = 1,
        registers: dict[int, int] | None = None,
        temperature_register: int = 0,
        per_degree: int = 10,
    ) -> None:
        """`registers`: 0 to 65535 by number; the temperature stands in `temperature_register`, per tenth of a degree
        or what `per_degree` says. `address` and errors: as for RtuVoice."""
        super().__init__(address=address)
        self.registers = dict(registers or {})
        self._temperature_register = temperature_register
        self._per_degree = per_degree
        self.set_temperature_mc(self.temperature_mc)

    def set_temperature_mc(self, temperature_mc: int) -> None:
        """Measure a temperature in millidegrees. Raises ValueError where the register has no room for it."""
        raw = signed(round(temperature_mc * self._per_degree / 1000))
        self.temperature_mc = temperature_mc
        self.registers[self._temperature_register] = raw

    def read(self, function: int, register: int, count: int) -> list[int]:
        """Return what the map holds."""
        del function
        return looked_up(self.registers, register, count)

    def write(self, register: int, values: list[int]) -> None:
        """Change what the map holds; no register is added."""
        looked_up(self.registers, register, len(values))
        self.registers.update(enumerate(values, register))


class SerialThermometer(SerialTwin[ModbusThermometer]):
    """A Modbus thermometer at the end of an RS-485 line."""

    def set_temperature_mc(self, temperature_mc: int) -> None:
        """Let it measure a temperature in millidegrees. Raises ValueError where a register has no room for it."""
        with self._lock:
            self.voice.set_temperature_mc(temperature_mc)

    def echo(self, *, on: bool = True) -> None:
        """Let the adapter hand the host its own request back."""
        self.voice.echoes = on

    def stray_zeros(self, leading: int, trailing: int = 0) -> None:
        """Let an undriven bus add bytes 00 around each answer. Raises ValueError outside 0 to 16."""
        if not (0 <= leading <= 16 and 0 <= trailing <= 16):
            raise ValueError(f"0 to 16 stray bytes, not {leading} and {trailing}")
        self.voice.leading_zeros, self.voice.trailing_zeros = leading, trailing

    def break_wire(self, fault: Fault | None = "open") -> None:
        """Break or short the probe; None mends it. Raises ValueError on a device that does not tell."""
        if not isinstance(self.voice, Trs02a):
            raise ValueError("only modbus_pt100_trs02a tells of a broken probe")
        if fault is not None and fault not in FAULTS:
            raise ValueError(f"a fault is one of {', '.join(FAULTS)}, not {fault}")
        self.voice.fault = fault

    def report_text(self, *, on: bool = True) -> None:
        """Put an XY-MD02 into its plain-text mode, or back. Raises ValueError on other devices."""
        if not isinstance(self.voice, XyMd02):
            raise ValueError("only modbus_xymd02 has a plain-text mode")
        self.voice.reports_text = on
