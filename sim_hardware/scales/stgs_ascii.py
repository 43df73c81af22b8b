r"""The `ST,GS` family of text lines (devices.md A8).

    S T , G S , + _ _ 1 . 2 3 4 k g CR LF      18 bytes: head 1, head 2, sign, seven characters of weight, unit

    head 1  ST stable   US moving   OL out of range (with + over, with - under); then the figures are blanks, or nines
    head 2  GS gross    NT net      left out by A&D's EK-L

`LAYOUTS` holds what makers changed in it. Not simulated: counting lines, checkweigher heads, print commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim_hardware.scales.pan import Display


@dataclass(frozen=True, slots=True)
class Layout:
    """One maker's line: whether head 2 and the sign are there, width and fill of the figures, the unit as printed."""

    has_head_2: bool = True
    has_sign: bool = True
    width: int = 7
    fill: str = " "
    unit_width: int = 2


LAYOUTS = {
    "chinese18": Layout(),
    "chinese19": Layout(width=8, fill="0"),
    "ad4404": Layout(fill="0"),
    "ekl": Layout(has_head_2=False, width=8, fill="0", unit_width=3),
    "tscale": Layout(has_sign=False, width=8, unit_width=2),
}
"""By maker (devices.md A8): most Chinese boards, A&D AD-4404 and EK-L, TScale."""


def frame(
    display: Display,
    *,
    layout: Layout = LAYOUTS["chinese18"],
    unit: str = "kg",
    decimals: int = 3,
    out_of_range_figures: Literal["blanks", "nines"] = "blanks",
) -> bytes:
    """Return the line. `out_of_range_figures`: blanks (AD-4404), or nines like a number (EK-L)."""
    head_2 = ("NT," if display.is_net else "GS,") if layout.has_head_2 else ""
    if display.out_of_range:
        head_1, negative = "OL", display.under
        nines = ("9" * (layout.width - decimals - 1) + "." + "9" * decimals).rjust(layout.width)
        tail = nines + unit.rjust(layout.unit_width)
        if out_of_range_figures == "blanks":
            tail = " " * len(tail)
    else:
        head_1, negative = "US" if display.moving else "ST", display.is_negative(unit, decimals)
        tail = display.text(layout.width, unit, decimals, fill=layout.fill) + unit.rjust(layout.unit_width)
    if layout.has_sign:
        tail = ("-" if negative else "+") + tail
    elif negative and not display.out_of_range:
        tail = ("-" + tail.lstrip()).rjust(len(tail))
    return f"{head_1},{head_2}{tail}\r\n".encode("ascii")
