"""Yaohua `=` format with the highest character first: "2" on the A26 (devices.md A4).

    =  0|-  c c c c c c c         the sign, then seven characters with point.  3.000 is =0003.000

Nothing ends a frame but the next `=`; no check, no unit, no stable sign. Out of range: no source; nothing is sent.
"""

from __future__ import annotations

from sim_hardware.scales.pan import Display


def frame(display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return the nine bytes; `unit` stands only on the scale's front."""
    if display.out_of_range:
        return b""
    sign = "-" if display.is_negative(unit, decimals) else "0"
    return f"={sign}{display.text(7, unit, decimals)}".encode("ascii")
