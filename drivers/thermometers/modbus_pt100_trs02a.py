"""Simex TRS-02a: the transmitter of a Pt100 probe on RS-485 (devices.md C3, from its manual).

    01 03 0001 0002 95 CB                request: function 03, registers 1 (value) and 2 (status)
    01 03 04 00C1 0000 AB CF             reply: 00C1h = 19.3 C, signed tenths; status 0
    01 03 04 00C5 00A0 EA 76             reply: probe wire broken; 00C5h is the LAST GOOD value
    01 83 A0 41 48                       refusal of a read of register 1 alone: the status as exception code

    status  A0 open circuit   60 short circuit   20 damaged   40 below range   80 above range

A value under any status but 0 is old, so it is never delivered. Both registers are therefore always read together; a
reply with one register is refused. Pure; called by supervision.
"""

from drivers.framing import bad
from drivers.modbus import EXCEPTIONS, signed16
from drivers.readings import Reading, Reason, Temperature
from drivers.registers import ModbusSettings, Question, RegisterDecoder
from drivers.settings import DeviceSettings

LOWEST_MC, HIGHEST_MC = -200_000, 850_000
"""What a Pt100 can be (IEC 60751)."""

STATUS = {
    0xA0: (Reason.FAULT, "the probe's wire is broken; the value shown is the last good one"),
    0x60: (Reason.FAULT, "the probe is short-circuited; the value shown is the last good one"),
    0x20: (Reason.FAULT, "the transmitter is damaged; the value shown is the last good one"),
    0x40: (Reason.OUT_OF_RANGE, "below the range of the transmitter"),
    0x80: (Reason.OUT_OF_RANGE, "above the range of the transmitter"),
}

REFUSALS = EXCEPTIONS | {code: detail for code, (_, detail) in STATUS.items()}


class Settings(ModbusSettings, frozen=True, kw_only=True):
    """What a technician may say about such a transmitter; shipped as address 1, 9600 8N1."""


def decoder(settings: DeviceSettings) -> RegisterDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return RegisterDecoder(settings, Question(3, 1, 2, frozenset({2})), parse_registers, REFUSALS)


def parse_registers(registers: tuple[int, ...], raw: bytes, at_s: float) -> Reading:
    """Read value and status: a Temperature only under status 0."""
    value, status = registers
    if status:
        reason, detail = STATUS.get(status, (Reason.FAULT, "unknown"))
        return bad(reason, raw, at_s, f"status {status:02X}h: {detail}")
    temperature_mc = signed16(value) * 100
    if not LOWEST_MC <= temperature_mc <= HIGHEST_MC:
        return bad(Reason.OUT_OF_RANGE, raw, at_s, f"{temperature_mc / 1000:g} C is no temperature of a Pt100")
    return Temperature(temperature_mc, raw, at_s)
