"""The text of older Yaohua A12 and its clones (devices.md A3).

    w  w|n|t  v v v v v v v  k g | l b  CR LF        gross, net, tare; seven characters with point, a minus first

With a tare set it sends the net line and then the tare line, so that a reader must tell them apart. Out of range: no
source; this twin sends nothing then.
"""

from __future__ import annotations

from sim_hardware.scales.pan import Display


def frame(display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return the line of the moment, net and tare lines together when a tare is set."""
    if display.out_of_range:
        return b""
    if not display.is_net:
        return _line("ww", display, unit, decimals)
    return _line("wn", display, unit, decimals) + _line("wt", Display(gross_g=display.tare_g), unit, decimals)


def _line(head: str, display: Display, unit: str, decimals: int) -> bytes:
    negative = display.is_negative(unit, decimals)
    figures = ("-" if negative else "") + display.text(6 if negative else 7, unit, decimals)
    return f"{head}{figures}{unit}\r\n".encode("ascii")
