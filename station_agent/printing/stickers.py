"""Stickers, 3 x 8 on a sheet of 70 x 37 mm: pick-up codes, cold boxes, our own parcels and bags. Pure layout.

They fit the common sheet of 24 die-cut labels and plain paper alike; nothing is printed closer to the paper's edge than
office printers can. Not here: which codes, and the labels of a label printer (`label`). Called by `station cards` and
`station labels`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from station_agent.printing.drawing import (
    A4_MM,
    PRINTER_MARGIN_MM,
    Imprint,
    Mark,
    Page,
    bars_in,
    centred,
    cut_lines,
    in_pages,
)

COLUMNS, ROWS = 3, 8
_WIDTH_MM, _HEIGHT_MM = 70.0, 37.0
_TOP_MM = (A4_MM[1] - ROWS * _HEIGHT_MM) / 2


@dataclass(frozen=True, slots=True)
class Sticker:
    """One sticker. big: the words read from afar; text: the code as a person reads it, or what it is."""

    code: str
    big: str
    text: str


def sticker_pages(stickers: Sequence[Sticker], imprint: Imprint) -> list[Page]:
    """Sheets of stickers in the order given, row by row; the imprint stands small on each."""
    pages = []
    for part in in_pages(stickers, COLUMNS * ROWS):
        marks: list[Mark] = cut_lines(0, _TOP_MM, (_WIDTH_MM, _HEIGHT_MM), COLUMNS, ROWS)
        for place, sticker in enumerate(part):
            row, column = divmod(place, COLUMNS)
            marks += _sticker(sticker, imprint, column * _WIDTH_MM, _TOP_MM + row * _HEIGHT_MM)
        pages.append(Page(*A4_MM, tuple(marks)))
    return pages


def _sticker(sticker: Sticker, imprint: Imprint, x_mm: float, y_mm: float) -> list[Mark]:
    inner_mm = _WIDTH_MM - 2 * PRINTER_MARGIN_MM
    x_mm += PRINTER_MARGIN_MM
    return [
        centred(x_mm, y_mm + 13.8, inner_mm, sticker.big, 30),
        bars_in(sticker.code, x_mm, y_mm + 16.3, inner_mm, 10),
        centred(x_mm, y_mm + 29.3, inner_mm, sticker.text, 8),
        centred(x_mm, y_mm + 32, inner_mm, str(imprint), 5),
    ]
