"""One page as a picture of black and white dots, for PNG files and label printers. By Pillow.

A thin shell: it reads the font's file. Whole dots only: an edge of a bar that falls between two dots is a mistake of
the layout, not smoothed over. Called by `station labels`.
"""

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from station_agent.printing.drawing import POINT_MM, Align, Bars, Dots, Line, Mark, Page, Square, Words, one_line
from station_agent.printing.symbols import code128, qr_runs, runs

_ANCHOR = {Align.LEFT: "ls", Align.CENTRE: "ms", Align.RIGHT: "rs"}
_BLACK, _WHITE = 0, 1
_SMALLEST_DOTS = 6
"""Below this no letter can be told from another."""


def as_dots(page: Page, *, dots_per_mm: int, font: Path) -> Dots:
    """Draw a page for a print head."""
    image = _drawn(page, dots_per_mm, font)
    return Dots(image.width, image.height, image.tobytes("raw", "1;I"))


def as_png(page: Page, *, dots_per_mm: int, font: Path) -> bytes:
    """Draw a page as a PNG that knows its size on paper."""
    file = io.BytesIO()
    dpi = dots_per_mm * 25.4
    _drawn(page, dots_per_mm, font).save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()


def _drawn(page: Page, dots_per_mm: int, font: Path) -> Image.Image:
    size = (round(page.width_mm * dots_per_mm), round(page.height_mm * dots_per_mm))
    image = Image.new("1", size, _WHITE)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    for mark in page.marks:
        _draw(draw, mark, dots_per_mm, font)
    return image


def _draw(draw: ImageDraw.ImageDraw, mark: Mark, scale: int, font: Path) -> None:
    if isinstance(mark, Words):
        _write(draw, mark, scale, font)
    elif isinstance(mark, Line):
        ends = [(mark.x1_mm * scale, mark.y1_mm * scale), (mark.x2_mm * scale, mark.y2_mm * scale)]
        draw.line(ends, fill=_BLACK, width=max(1, round(mark.width_mm * scale)))
    elif isinstance(mark, Bars):
        for start, length in runs(code128(mark.code)):
            x_mm = mark.x_mm + start * mark.module_mm
            _fill(draw, (x_mm, mark.y_mm), (length * mark.module_mm, mark.height_mm), scale)
    else:
        _square(draw, mark, scale)


def _square(draw: ImageDraw.ImageDraw, mark: Square, scale: int) -> None:
    side_mm = mark.module_mm
    for row, start, length in qr_runs(mark.text):
        corner_mm = (mark.x_mm + start * side_mm, mark.y_mm + row * side_mm)
        _fill(draw, corner_mm, (length * side_mm, side_mm), scale)


def _fill(draw: ImageDraw.ImageDraw, corner_mm: tuple[float, float], size_mm: tuple[float, float], scale: int) -> None:
    left, top = (round(place * scale) for place in corner_mm)
    right, bottom = (round((place + size) * scale) for place, size in zip(corner_mm, size_mm, strict=True))
    draw.rectangle((left, top, right - 1, bottom - 1), fill=_BLACK)


def _write(draw: ImageDraw.ImageDraw, words: Words, scale: int, font: Path) -> None:
    text = one_line(words.text)
    size = words.size_pt * POINT_MM * scale
    length = ImageFont.truetype(font, size).getlength(text)
    room = words.width_mm * scale
    if length > room:
        size = max(_SMALLEST_DOTS, size * room / length)
    place = (words.x_mm * scale, words.y_mm * scale)
    draw.text(place, text, fill=_BLACK, font=ImageFont.truetype(font, size), anchor=_ANCHOR[words.align])
