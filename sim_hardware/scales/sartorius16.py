"""Sartorius, 16 characters (devices.md A11).

+|-  blank  v v v v v v v v  blank  u u u  CR LF       a blank unit while moving (UNVERIFIED there)
six blanks  H|L  seven blanks  CR LF                   over, under; the column is that of the recorded cases
"""

from __future__ import annotations

from sim_hardware.scales.pan import Display


def frame(display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return the 16 bytes; leading zeros are blanks, the unit is left-aligned."""
    if display.out_of_range:
        return f"{' ' * 6}{'H' if display.over else 'L'}{' ' * 7}\r\n".encode("ascii")
    sign = "-" if display.is_negative(unit, decimals) else "+"
    shown_unit = "" if display.moving else unit
    return f"{sign} {display.text(8, unit, decimals, fill=' ')} {shown_unit:<3}\r\n".encode("ascii")
