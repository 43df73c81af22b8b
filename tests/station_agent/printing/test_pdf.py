"""The printed PDF: every code on it is read by our own decoder, letters are embedded, nothing is a picture."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from station_agent.counter.papers import PaperSort, serial_paper_code
from station_agent.printing.cards import CardGroup, card_pages
from station_agent.printing.drawing import Bars, Imprint, Page, Square
from station_agent.printing.pdf import as_pdf
from station_agent.printing.sheets import Form, sheet_pages
from tests.station_agent.printing.looking import IMPRINT, counted, families, pages_of, small_font, words_of
from tests.station_agent.printing.test_layouts import A4_PAGES, LONGEST, Thing

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def pdf_of(pages: list[Page]) -> bytes:
    """A PDF of pages."""
    return as_pdf(pages, title="cards", font=small_font(), created=NOW)


def texts_of(page: Page) -> set[str]:
    """What the QR symbols of a page say."""
    return {mark.text for mark in page.marks if isinstance(mark, Square)}


ALL_PAGES = [page for pages in A4_PAGES.values() for page in pages]


@pytest.fixture(scope="module")
def everything() -> bytes:
    """Pages of every sort in one PDF: opening the font takes most of the time."""
    return pdf_of(ALL_PAGES)


def test_every_printed_code_is_read(everything: bytes, tmp_path: Path) -> None:
    """At the resolution of a cheap camera, each page gives exactly the codes laid out on it."""
    laid_out = [
        sorted({mark.code for mark in page.marks if isinstance(mark, Bars)} | texts_of(page)) for page in ALL_PAGES
    ]
    assert [counted(picture) for picture in pages_of(everything, tmp_path)] == laid_out


def test_a_form_has_its_number_twice(tmp_path: Path) -> None:
    """As bars for a laser gun and as QR for a telephone."""
    code = serial_paper_code(PaperSort.FORM, "237001", 42)
    (picture,) = pages_of(pdf_of(sheet_pages([(Form.BAGS, code)], IMPRINT)), tmp_path)
    assert families(picture) == [("CODE128", code), ("QR", code)]


def test_letters_are_embedded_and_nothing_is_a_picture(everything: bytes, tmp_path: Path) -> None:
    """A print shop without Chinese fonts prints the same page, and a file stays small enough to send by telephone."""
    assert b"/FontFile2" in everything
    assert b"/Subtype /Image" not in everything
    assert len(everything) < 20_000 * len(ALL_PAGES)
    assert {"入库", "出库", "认枪", "总包交接登记表"} <= set(words_of(everything, tmp_path).split())


def test_the_same_page_gives_the_same_file(everything: bytes) -> None:
    """Nothing but what is handed in gets into the file."""
    assert pdf_of(ALL_PAGES) == everything


def test_odd_names_harm_nothing(tmp_path: Path) -> None:
    """A line break, an unprintable letter or a name far too long is printed small on one line, and the code is read."""
    odd = [
        LONGEST,
        Thing("YYCPX1", "一\n二\x00三\u202e", "a\tb"),
        Thing("YYCPX2", "长" * 200, ""),
        Thing("YYCPX3", "", ""),
    ]
    pages = card_pages([CardGroup("odd", ("怪\n名", ""), odd)], Imprint("站\n" * 40, "2026-11-25", "1"))
    (picture,) = pages_of(pdf_of(pages), tmp_path)
    assert counted(picture) == sorted(thing.code for thing in odd)
