"""A page to print as data: words, bars, QR squares and lines, in millimetres from its top left corner. Pure.

It draws nothing: `pdf` and `picture` do. It knows the sizes a code needs so that every gun reads it, and keeps the
quiet zone inside the room it was given. Called by the layouts.

Sizes: Code 128 keeps ten modules of white on either side (ISO/IEC 15417), QR four on each side (ISO/IEC 18004). A
module of 0.33 mm is what the cheapest gun and any office printer manage together; more than 0.5 mm only makes a gun
stand further away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from station_agent.errors import Unprintable
from station_agent.printing.symbols import code128, qr_side

T = TypeVar("T")

QUIET_MODULES = 10
QR_QUIET_MODULES = 4
MIN_MODULE_MM = 0.33
MAX_MODULE_MM = 0.5
MIN_QR_MODULE_MM = 0.4
A4_MM = (210.0, 297.0)
PRINTER_MARGIN_MM = 5.0
"""What office printers leave white at the edge of the paper."""
POINT_MM = 25.4 / 72


class Align(StrEnum):
    """Where `x_mm` of words lies."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; y_mm is its base line. Wider than width_mm it is printed smaller, never cut off."""

    x_mm: float
    y_mm: float
    text: str
    size_pt: float
    width_mm: float
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128 symbol; x_mm is the left edge of its first bar."""

    x_mm: float
    y_mm: float
    height_mm: float
    module_mm: float
    code: str


@dataclass(frozen=True, slots=True)
class Square:
    """A QR symbol; the corner is that of its first dark module."""

    x_mm: float
    y_mm: float
    module_mm: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line; dashed ones are to cut along."""

    x1_mm: float
    y1_mm: float
    x2_mm: float
    y2_mm: float
    width_mm: float = 0.2
    dashed: bool = False


Mark = Words | Bars | Square | Line


@dataclass(frozen=True, slots=True)
class Page:
    """Marks on paper of this size."""

    width_mm: float
    height_mm: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Dots:
    """Rows of dots, eight in a byte, the leftmost in the highest bit, 1 black; a row's last byte is filled with
    white.
    """

    width: int
    height: int
    rows: bytes

    @property
    def row_bytes(self) -> int:
        """Bytes a row takes."""
        return (self.width + 7) // 8


@dataclass(frozen=True, slots=True)
class Imprint:
    """What stands at the foot of every page. station: its name, "" for none; printed: the date, ready to read."""

    station: str
    printed: str
    version: str

    def __str__(self) -> str:
        """One line."""
        return " · ".join(part for part in ("邮运通", self.station, self.printed, f"v{self.version}") if part)


def bars_in(code: str, x_mm: float, y_mm: float, width_mm: float, height_mm: float) -> Bars:
    """Bars as wide as good guns like, centred in a room with their quiet zones; Unprintable where they do not fit."""
    modules = len(code128(code))
    module_mm = min(MAX_MODULE_MM, width_mm / (modules + 2 * QUIET_MODULES))
    if module_mm < MIN_MODULE_MM:
        need_mm = MIN_MODULE_MM * (modules + 2 * QUIET_MODULES)
        raise Unprintable(
            f"条码太长 / the code is too long: {code}, {need_mm:.0f} mm > {width_mm:.0f} mm",
            hint="改用短一些的编号 / give it a shorter code",
        )
    return Bars(x_mm + (width_mm - modules * module_mm) / 2, y_mm, height_mm, module_mm, code)


def square_in(text: str, x_mm: float, y_mm: float, side_mm: float) -> Square:
    """A QR symbol that fills a room with its quiet zone; Unprintable where its modules would be too small to read."""
    module_mm = side_mm / (qr_side(text) + 2 * QR_QUIET_MODULES)
    if module_mm < MIN_QR_MODULE_MM:
        raise Unprintable(
            f"二维码内容太长 / too long for its QR code: {len(text)}",
            hint="缩短内容 / give it less to say",
        )
    quiet_mm = QR_QUIET_MODULES * module_mm
    return Square(x_mm + quiet_mm, y_mm + quiet_mm, module_mm, text)


def centred(x_mm: float, y_mm: float, width_mm: float, text: str, size_pt: float) -> Words:
    """Words in the middle of a room."""
    return Words(x_mm + width_mm / 2, y_mm, text, size_pt, width_mm, Align.CENTRE)


def cut_lines(x_mm: float, y_mm: float, cell_mm: tuple[float, float], columns: int, rows: int) -> list[Mark]:
    """Dashed lines around and between the cells of a grid whose corner and cell size are given."""
    width_mm, height_mm = cell_mm
    right_mm, bottom_mm = x_mm + columns * width_mm, y_mm + rows * height_mm
    across = (y_mm + row * height_mm for row in range(rows + 1))
    down = (x_mm + column * width_mm for column in range(columns + 1))
    return [
        *(Line(x_mm, place, right_mm, place, 0.1, dashed=True) for place in across),
        *(Line(place, y_mm, place, bottom_mm, 0.1, dashed=True) for place in down),
    ]


def tick_box(x_mm: float, y_mm: float, side_mm: float) -> list[Mark]:
    """A box to tick; y_mm is its lower edge. The one of a font is too small for a pen."""
    right_mm, top_mm = x_mm + side_mm, y_mm - side_mm
    corners = [(x_mm, y_mm), (right_mm, y_mm), (right_mm, top_mm), (x_mm, top_mm), (x_mm, y_mm)]
    return [Line(*start, *end, 0.25) for start, end in pairwise(corners)]


def in_pages(things: Sequence[T], per_page: int) -> list[Sequence[T]]:
    """Cut a row of things into pages."""
    return [things[start : start + per_page] for start in range(0, len(things), per_page)]


def numbered(bodies: Sequence[Sequence[Mark]], imprint: Imprint, size_mm: tuple[float, float] = A4_MM) -> list[Page]:
    """Pages with their imprint and number at the foot."""
    width_mm, height_mm = size_mm
    foot_mm = height_mm - PRINTER_MARGIN_MM - 2
    pages = []
    for number, body in enumerate(bodies, start=1):
        left = Words(10, foot_mm, str(imprint), 7, width_mm / 2)
        right = Words(width_mm - 10, foot_mm, f"第 {number} 页，共 {len(bodies)} 页", 7, width_mm / 3, Align.RIGHT)
        pages.append(Page(width_mm, height_mm, (*body, left, right)))
    return pages


def one_line(text: str) -> str:
    """A name from a configuration on one line; what cannot be printed is a blank."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
