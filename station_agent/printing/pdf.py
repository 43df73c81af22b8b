"""Pages as a PDF with an embedded font, everything as lines and letters, nothing as a picture. By fpdf2.

A thin shell: it reads the font's file. Not here: where things stand (the layouts). Called by the commands that print.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fpdf import FPDF

from station_agent.printing.drawing import Align, Bars, Line, Mark, Page, Square, Words, one_line
from station_agent.printing.symbols import code128, qr_runs, runs

_FONT = "page"
_DASH_MM = 1.5
_SHIFT = {Align.LEFT: 0.0, Align.CENTRE: 0.5, Align.RIGHT: 1.0}
_OVERLAP_MM = 0.005
"""Rows of a QR symbol touch; without some overlap viewers draw hair lines between them."""


def as_pdf(pages: Sequence[Page], *, title: str, font: Path, created: datetime) -> bytes:
    """Draw pages. font: a TrueType file or collection; only the letters used are embedded. created: with zone."""
    pdf = FPDF(unit="mm")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_title(title)
    pdf.set_creation_date(created)
    pdf.add_font(_FONT, fname=font)
    for page in pages:
        pdf.add_page(format=(page.width_mm, page.height_mm))
        for mark in page.marks:
            _draw(pdf, mark)
    return bytes(pdf.output())


def _draw(pdf: FPDF, mark: Mark) -> None:
    if isinstance(mark, Words):
        _write(pdf, mark)
    elif isinstance(mark, Line):
        pdf.set_line_width(mark.width_mm)
        pdf.set_dash_pattern(_DASH_MM if mark.dashed else 0, _DASH_MM if mark.dashed else 0)
        pdf.set_draw_color(128 if mark.dashed else 0)
        pdf.line(mark.x1_mm, mark.y1_mm, mark.x2_mm, mark.y2_mm)
    elif isinstance(mark, Bars):
        for start, length in runs(code128(mark.code)):
            x_mm, width_mm = mark.x_mm + start * mark.module_mm, length * mark.module_mm
            pdf.rect(x_mm, mark.y_mm, width_mm, mark.height_mm, style="F")
    else:
        _squares(pdf, mark)


def _squares(pdf: FPDF, mark: Square) -> None:
    side_mm = mark.module_mm
    for row, start, length in qr_runs(mark.text):
        x_mm, y_mm = mark.x_mm + start * side_mm, mark.y_mm + row * side_mm
        pdf.rect(x_mm, y_mm, length * side_mm, side_mm + _OVERLAP_MM, style="F")


def _write(pdf: FPDF, words: Words) -> None:
    text = one_line(words.text)
    pdf.set_font(_FONT, size=words.size_pt)
    width_mm = pdf.get_string_width(text)
    if width_mm > words.width_mm:
        pdf.set_font(_FONT, size=words.size_pt * words.width_mm / width_mm)
        width_mm = words.width_mm
    pdf.text(words.x_mm - _SHIFT[words.align] * width_mm, words.y_mm, text)
