"""CAS 22-byte lines with a lamp byte inside the text (devices.md A8).

S T , G S ,  id lamp ,  v v v v v v v v  blank  k g  CR LF       id = 30h + number of the scale

lamp  7 always 1   6 stable   4 hold   3 print   2 gross   1 tare   0 zero
"""

from __future__ import annotations

from typing import Literal

from sim_hardware.scales.pan import Display


def frame(
    display: Display, *, number: int = 1, unit: str = "kg", decimals: int = 3, fill: Literal["0", " "] = " "
) -> bytes:
    """Return the 22 bytes of scale No. `number`; figures filled with blanks or with zeros, both are seen."""
    stable = not (display.moving or display.out_of_range)
    at_zero = not display.out_of_range and display.gross_g == 0
    lamp = 0x80 | stable << 6 | (not display.is_net) << 2 | display.is_net << 1 | at_zero
    head_1 = "OL" if display.out_of_range else "US" if display.moving else "ST"
    head = f"{head_1},{'NT' if display.is_net else 'GS'},".encode("ascii")
    return (
        head + bytes([0x30 + number, lamp]) + f",{_figures(display, unit, decimals, fill)} {unit}\r\n".encode("ascii")
    )


def _figures(display: Display, unit: str, decimals: int, fill: str) -> str:
    if display.out_of_range:
        return " " * 8
    if not display.is_negative(unit, decimals):
        return display.text(8, unit, decimals, fill=fill)
    minus = "-" + display.text(7, unit, decimals, fill=fill)
    return minus if fill == "0" else ("-" + minus[1:].lstrip()).rjust(8)
