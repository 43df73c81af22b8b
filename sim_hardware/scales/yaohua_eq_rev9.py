"""Yaohua `=` format with the lowest character first: "1" on the A26, "2" on the A23p (devices.md A4).

    =  c c c c c c c  0|-         seven characters with point, lowest first; then the sign.  3.000 is =000.3000

Nothing ends a frame but the next `=`; no check, no unit, no stable sign. Out of range: no source; nothing is sent.
"""

from __future__ import annotations

from sim_hardware.scales.pan import Display


def frame(display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return the nine bytes; `unit` stands only on the scale's front."""
    if display.out_of_range:
        return b""
    sign = "-" if display.is_negative(unit, decimals) else "0"
    return f"={display.text(7, unit, decimals)[::-1]}{sign}".encode("ascii")
