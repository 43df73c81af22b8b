"""One label for a label printer, 60 x 40 or 40 x 30 mm, laid out in whole dots. Pure layout.

A print head has a fixed grid, so a module is a whole number of dots, the most that leave ten modules of white on either
side and never under 0.25 mm (2 dots of a 203 dpi head). 40 mm are too narrow for the bars of our sixteen characters
(165 modules with the quiet zones, 41.3 mm at 0.25): the small label carries a QR instead, which a laser gun cannot
read. Not here: what a printer is sent (`tspl`, `zpl`). Called by `station labels`.
"""

from dataclasses import dataclass

from station_agent.printing.cards import in_fours
from station_agent.printing.drawing import QR_QUIET_MODULES, QUIET_MODULES, Bars, Mark, Page, Square, Words, centred
from station_agent.printing.symbols import code128, qr_side

SIZES_MM: dict[str, tuple[int, int]] = {"60x40": (60, 40), "40x30": (40, 30)}
"""Label sizes by the name on the box."""
RESOLUTIONS = {203: 8, 300: 12}
"""Dots per inch as printers are sold -> dots per millimetre."""
MIN_BAR_MM = 0.25


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label. what: Chinese and English name of the thing; station: its name, "" for none."""

    code: str
    what: tuple[str, str]
    station: str


def label_page(label: Label, size: str, dots_per_mm: int) -> Page:
    """Lay a label out; `size` is one of SIZES_MM."""
    width_mm, height_mm = SIZES_MM[size]
    modules = len(code128(label.code))
    dots = width_mm * dots_per_mm // (modules + 2 * QUIET_MODULES)
    if dots / dots_per_mm >= MIN_BAR_MM:
        marks = _with_bars(label, width_mm, modules, dots / dots_per_mm)
    else:
        marks = _with_square(label, width_mm, dots_per_mm)
    return Page(width_mm, height_mm, tuple(marks))


def _with_bars(label: Label, width_mm: int, modules: int, module_mm: float) -> list[Mark]:
    inner_mm = width_mm - 4
    # On the grid of the head: half the white is a whole number of modules, or bars would be one dot off.
    left_mm = (width_mm / module_mm - modules) // 2 * module_mm
    return [
        Words(2, 7, f"邮运通 {label.station}".strip(), 11, inner_mm),
        Words(2, 14.5, label.what[0], 16, inner_mm / 2),
        Words(2 + inner_mm / 2, 14.5, label.what[1], 8, inner_mm / 2),
        Bars(left_mm, 17, 15, module_mm, label.code),
        centred(2, 37, inner_mm, in_fours(label.code), 11),
    ]


def _with_square(label: Label, width_mm: int, dots_per_mm: int) -> list[Mark]:
    side = qr_side(label.code) + 2 * QR_QUIET_MODULES
    module_mm = 21 * dots_per_mm // side / dots_per_mm
    quiet_mm = QR_QUIET_MODULES * module_mm
    rest_mm = side * module_mm + 1
    return [
        Square(quiet_mm, quiet_mm, module_mm, label.code),
        Words(rest_mm, 8, label.what[0], 14, width_mm - rest_mm - 1),
        Words(rest_mm, 12.5, label.what[1], 7, width_mm - rest_mm - 1),
        Words(rest_mm, 18, label.station, 8, width_mm - rest_mm - 1),
        centred(1.5, 26.5, width_mm - 3, in_fours(label.code), 10),
    ]
