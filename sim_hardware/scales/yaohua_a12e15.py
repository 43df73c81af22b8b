"""Yaohua XK3190-A12(E), 15 bytes all the time (devices.md A3).

    W  G|N  v v v v v v v  k g  checkH checkL  CR LF       value with its point; no point: the last one is blank
    nine blanks  O L 2 3  CR LF   over Max + 9 e           nine blanks  L O 2 3  CR LF   below -20 d

Check = XOR of bytes 1 to 11 as ASCII hex. A minus takes the place of the first digit. No stable sign.
"""

from __future__ import annotations

from sim_hardware.scales.check import xor_hex
from sim_hardware.scales.pan import Display


def frame(display: Display, *, decimals: int = 3) -> bytes:
    """Return the 15 bytes; always kilograms."""
    if display.out_of_range:
        body = (" " * 9 + ("OL" if display.over else "LO")).encode("ascii")
    else:
        minus = "-" if display.is_negative("kg", decimals) else ""
        width = (7 if decimals else 6) - len(minus)
        figures = minus + display.text(width, "kg", decimals)
        body = f"W{'N' if display.is_net else 'G'}{figures:<7}kg".encode("ascii")
    return body + xor_hex(body) + b"\r\n"
