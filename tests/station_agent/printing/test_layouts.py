"""Where things stand on a page: quiet zones stay white, nothing is lost at the paper's edge, words are big."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.camera.decoders import Grey
from station_agent.counter.cards import Word, card_for
from station_agent.counter.papers import PaperSort, random_paper_code, serial_paper_code
from station_agent.errors import Unprintable
from station_agent.printing.cards import CardGroup, card_pages, personal_pages, stub_pages
from station_agent.printing.drawing import (
    MIN_MODULE_MM,
    POINT_MM,
    PRINTER_MARGIN_MM,
    QR_QUIET_MODULES,
    QUIET_MODULES,
    Align,
    Bars,
    Line,
    Mark,
    Page,
    Square,
    Words,
    bars_in,
    square_in,
)
from station_agent.printing.label import RESOLUTIONS, SIZES_MM, Label, label_page
from station_agent.printing.registry import card_groups
from station_agent.printing.sheets import Form, sheet_pages
from station_agent.printing.stickers import Sticker, sticker_pages
from station_agent.printing.symbols import code128, qr_runs, qr_side, runs
from station_agent.waybill import own_bag_code, own_parcel_code
from tests.station_agent.printing.looking import IMPRINT, families


@dataclass(frozen=True)
class Thing:
    """A card as the registry of a busy station might hold it."""

    code: str
    zh: str
    en: str


LONGEST = Thing("YYCPXABCDEFGHIJKLMNOP", "巫山脆李特级礼盒装五斤", "Wushan crisp plums, finest, gift box, 2.5 kg")
FULL = CardGroup("full", ("农产品", "products"), [LONGEST, *(Thing(f"YYCD{n}", str(n), str(n)) for n in range(30))])
FORMS = [(form, serial_paper_code(PaperSort.FORM, "237001", place)) for place, form in enumerate(Form)]
A4_PAGES: dict[str, list[Page]] = {
    "cards": card_pages([*card_groups(), FULL], IMPRINT),
    "households": personal_pages(
        PaperSort.HOUSEHOLD, [random_paper_code(PaperSort.HOUSEHOLD, n * 7_777_777_777) for n in range(11)], IMPRINT
    ),
    "senders": personal_pages(PaperSort.SENDER, [random_paper_code(PaperSort.SENDER, 0)], IMPRINT),
    "stubs": stub_pages([serial_paper_code(PaperSort.STUB, "237001", n) for n in range(6)], IMPRINT),
    "stickers": sticker_pages(
        [
            Sticker("99-20-999999", "99-20-999999", "取件码"),
            Sticker(own_parcel_code("237001", 1), "自制面单", "parcel"),
            Sticker(own_bag_code("237001", 1), "周转袋", "bag"),
            *(Sticker(card.code, card.zh, card.en) for card in (card_for(Word.BOX, str(n)) for n in range(1, 30))),
        ],
        IMPRINT,
    ),
    "sheets": sheet_pages(FORMS, IMPRINT),
}

Room = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def room_of(mark: Mark) -> Room:
    """The ink of a mark; words are taken as wide as their widest letters can be."""
    if isinstance(mark, Words):
        size_mm = mark.size_pt * POINT_MM
        width_mm = min(mark.width_mm, sum(size_mm * (0.62 if letter.isascii() else 1) for letter in mark.text))
        left_mm = mark.x_mm - width_mm * {Align.LEFT: 0, Align.CENTRE: 0.5, Align.RIGHT: 1}[mark.align]
        return (left_mm, mark.y_mm - 0.85 * size_mm, left_mm + width_mm, mark.y_mm + 0.2 * size_mm)
    if isinstance(mark, Line):
        return (mark.x1_mm, min(mark.y1_mm, mark.y2_mm), mark.x2_mm, max(mark.y1_mm, mark.y2_mm))
    if isinstance(mark, Bars):
        width_mm = len(code128(mark.code)) * mark.module_mm
        return (mark.x_mm, mark.y_mm, mark.x_mm + width_mm, mark.y_mm + mark.height_mm)
    side_mm = qr_side(mark.text) * mark.module_mm
    return (mark.x_mm, mark.y_mm, mark.x_mm + side_mm, mark.y_mm + side_mm)


def white_of(mark: Bars | Square) -> Room:
    """A code with the quiet zone it needs."""
    left, top, right, bottom = room_of(mark)
    across_mm = mark.module_mm * (QUIET_MODULES if isinstance(mark, Bars) else QR_QUIET_MODULES)
    above_mm = 0.0 if isinstance(mark, Bars) else across_mm
    return (left - across_mm, top - above_mm, right + across_mm, bottom + above_mm)


def meet(one: Room, other: Room) -> bool:
    """Whether two rooms share more than an edge."""
    slack_mm = 0.01
    return (
        one[0] < other[2] - slack_mm
        and other[0] < one[2] - slack_mm
        and one[1] < other[3] - slack_mm
        and other[1] < one[3] - slack_mm
    )


@pytest.mark.parametrize("sort", A4_PAGES)
def test_quiet_zones_stay_white(sort: str) -> None:
    """Nothing is printed in the white a code needs, and its modules are wide enough for any gun."""
    for page in A4_PAGES[sort]:
        codes = [mark for mark in page.marks if isinstance(mark, Bars | Square)]
        assert codes
        for code in codes:
            assert code.module_mm >= MIN_MODULE_MM
            trespassers = [mark for mark in page.marks if mark is not code and meet(white_of(code), room_of(mark))]
            assert trespassers == []


@pytest.mark.parametrize("sort", A4_PAGES)
def test_nothing_is_lost_at_the_edge_of_the_paper(sort: str) -> None:
    """Words and codes keep the margin no office printer prints on; only lines to cut along may run into it."""
    for page in A4_PAGES[sort]:
        for mark in page.marks:
            if not (isinstance(mark, Line) and mark.dashed):
                left, top, right, bottom = room_of(mark)
                assert min(left, top) >= PRINTER_MARGIN_MM - 0.01
                assert right <= page.width_mm - PRINTER_MARGIN_MM + 0.01
                assert bottom <= page.height_mm - PRINTER_MARGIN_MM + 0.01


def test_the_big_words_are_big() -> None:
    """Whatever the card, sticker or form, its Chinese is set in 30 points or more."""
    for sort in ("cards", "households", "senders", "stickers", "sheets"):
        for page in A4_PAGES[sort]:
            codes = sum(isinstance(mark, Bars) for mark in page.marks)
            big = [mark for mark in page.marks if isinstance(mark, Words) and mark.size_pt >= 30]
            assert len(big) == codes


def test_every_page_says_what_it_is() -> None:
    """A page of cards has its group's title, its place among the pages, the station, the date and the version."""
    pages = A4_PAGES["cards"]
    texts = [{mark.text for mark in page.marks if isinstance(mark, Words)} for page in pages]
    first = card_groups()[0]
    assert first.title[0] in texts[0]
    assert [next(iter({f"农产品（{n}/3）"} & text), "") for n, text in enumerate(texts[-3:], start=1)] == [
        "农产品（1/3）", "农产品（2/3）", "农产品（3/3）"
    ]  # fmt: skip
    for number, text in enumerate(texts, start=1):
        assert {str(IMPRINT), f"第 {number} 页，共 {len(pages)} 页"} <= text
    assert str(IMPRINT) == "邮运通 · 龙雾村 · 2026-11-25 · v1.2.3"


def test_both_halves_of_a_stub_carry_its_number() -> None:
    """Station and driver hold the same number."""
    codes = [mark.code for page in A4_PAGES["stubs"] for mark in page.marks if isinstance(mark, Bars)]
    assert codes == [serial_paper_code(PaperSort.STUB, "237001", n // 2) for n in range(12)]


def test_the_columns_of_every_form_fill_its_table() -> None:
    """The last line down closes the table, so that no column hangs over the paper."""
    for page in A4_PAGES["sheets"]:
        lines = [mark for mark in page.marks if isinstance(mark, Line)]
        across = max(line.x2_mm for line in lines if line.y1_mm == line.y2_mm)
        down = max(line.x1_mm for line in lines if line.x1_mm == line.x2_mm)
        assert across == pytest.approx(down)


def test_a_code_that_does_not_fit_is_refused() -> None:
    """Bars are never made thinner than a gun reads, nor a QR finer."""
    with pytest.raises(Unprintable, match="YYCABCDEFGHIJK"):
        bars_in("YYCABCDEFGHIJKLMNOPQRST", 0, 0, 60, 10)
    with pytest.raises(Unprintable, match="300"):
        square_in("A" * 300, 0, 0, 20)


@pytest.mark.parametrize("size", SIZES_MM)
@pytest.mark.parametrize("dpi", RESOLUTIONS)
@pytest.mark.parametrize("code", [own_parcel_code("237001", 9_999_999), own_bag_code("237001", 0)])
def test_a_label_stands_on_the_dots_of_the_head(size: str, dpi: int, code: str) -> None:
    """Every edge of a bar or square is a whole dot, the quiet zones lie on the label and stay white."""
    dots_per_mm = RESOLUTIONS[dpi]
    page = label_page(Label(code, ("自制面单", "parcel"), "龙雾村便民服务中心驿站"), size, dots_per_mm)
    symbol = next(mark for mark in page.marks if isinstance(mark, Bars | Square))
    dots = [symbol.x_mm * dots_per_mm, symbol.module_mm * dots_per_mm]
    dots += [symbol.y_mm * dots_per_mm] if isinstance(symbol, Square) else []
    assert dots == pytest.approx([round(dot) for dot in dots])
    white = white_of(symbol)
    assert min(white[:2]) >= -0.001
    assert white[2] <= page.width_mm + 0.001
    assert white[3] <= page.height_mm
    assert symbol.module_mm >= 0.25
    assert isinstance(symbol, Bars) == (size == "60x40")
    assert [mark for mark in page.marks if mark is not symbol and meet(white, room_of(mark))] == []


@example("99-20-999999")
@example("9")
@given(st.from_regex(r"[0-9A-Z-]{1,24}", fullmatch=True))
def test_any_code_is_encoded_as_it_is(code: str) -> None:
    """Whatever it begins with: the library by itself drops a 99 there, which would print another code."""
    row = (
        b"\xff" * 20 + b"".join((b"\x00" if module == "1" else b"\xff") * 2 for module in code128(code)) + b"\xff" * 20
    )
    assert families(Grey(len(row), 20, row * 20)) == [("CODE128", code)]


def test_runs_of_dark_modules() -> None:
    """Neighbouring dark modules are one bar; the squares of a QR symbol are told row by row."""
    assert runs("1101100010") == [(0, 2), (3, 2), (8, 1)]
    assert runs("") == []
    side = qr_side("YYF")
    assert qr_runs("YYF")[0] == (0, 0, 7)
    assert max(row for row, _, _ in qr_runs("YYF")) == side - 1
