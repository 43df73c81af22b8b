"""Yaohua XK3190, 12 bytes all the time, no unit and no stable sign (devices.md A1).

    02  +|-  d d d d d d  decimals  checkH checkL  03        check = XOR of bytes 2..9 as ASCII hex

Out of range: no source says what it sends; this twin sends nothing then.
"""

from __future__ import annotations

from sim_hardware.scales.check import xor_hex
from sim_hardware.scales.pan import Display

STX, ETX = b"\x02", b"\x03"


def value(display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return sign, six digits and the number of decimals: the eight bytes that command mode sends too."""
    sign = "-" if display.is_negative(unit, decimals) else "+"
    return f"{sign}{display.digits(6, unit, decimals)}{decimals}".encode("ascii")


def frame(display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return the 12 bytes; nothing while out of range. `decimals` 0 to 4; `unit` stands only on the scale's front."""
    if display.out_of_range:
        return b""
    body = value(display, unit=unit, decimals=decimals)
    return STX + body + xor_hex(body) + ETX
