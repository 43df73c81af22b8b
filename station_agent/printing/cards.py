"""Cards to cut out: those an attendant scans, household and registration cards, stubs for a driver. Pure layout.

    mode cards       2 x 7 on a page; a group begins a page of its own
    personal cards   2 x 5, the size of a bank card (ISO/IEC 7810 ID-1), to be laminated
    stubs            1 x 5, two halves with one number; the driver takes the right one along

Not here: what a card does (the counter's registry), where numbers come from (the command). Called by `station cards`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from station_agent.counter.papers import PaperSort
from station_agent.printing.drawing import (
    Align,
    Imprint,
    Line,
    Mark,
    Page,
    Words,
    bars_in,
    centred,
    cut_lines,
    in_pages,
    numbered,
)


class PrintedCard(Protocol):
    """What the printer wants of a card: its code, and its words in Chinese and English."""

    @property
    def code(self) -> str:
        """What a gun reads."""

    @property
    def zh(self) -> str:
        """Big words."""

    @property
    def en(self) -> str:
        """Small words."""


@dataclass(frozen=True, slots=True)
class CardGroup:
    """Cards that belong together. key: what a person types to print this group alone; title: Chinese, English."""

    key: str
    title: tuple[str, str]
    cards: Sequence[PrintedCard]


_LEFT_MM, _TOP_MM = 10.0, 20.0
_CARD_MM = (95.0, 37.4)
_COLUMNS, _ROWS = 2, 7
_PERSONAL_MM = (85.6, 53.98)
_PERSONAL_COLUMNS, _PERSONAL_ROWS = 2, 5
_STUB_MM = (190.0, 53.0)
_STUBS_A_PAGE = 5

PERSONAL: dict[PaperSort, tuple[str, str, str, str]] = {
    PaperSort.HOUSEHOLD: (
        "家庭取件卡",
        "household card",
        "取件时出示，全家通用",
        "show it to fetch the family's parcels",
    ),
    PaperSort.SENDER: ("寄件登记卡", "sender's card", "卡上不写姓名和证件号", "no name and no ID number on this card"),
}
"""What stands on a personal card: its name and one sentence, each in Chinese and English."""


def card_pages(groups: Sequence[CardGroup], imprint: Imprint) -> list[Page]:
    """Pages of the cards an attendant scans."""
    bodies = []
    for group in groups:
        parts = in_pages(group.cards, _COLUMNS * _ROWS)
        for number, cards in enumerate(parts, start=1):
            more = f"（{number}/{len(parts)}）" if len(parts) > 1 else ""
            bodies.append(_group_page(group.title, more, cards))
    return numbered(bodies, imprint)


def _group_page(title: tuple[str, str], more: str, cards: Sequence[PrintedCard]) -> list[Mark]:
    width_mm, height_mm = _CARD_MM
    marks: list[Mark] = [
        Words(_LEFT_MM, 14, title[0] + more, 20, 90),
        Words(_LEFT_MM + 2 * width_mm, 14, title[1], 10, 90, Align.RIGHT),
    ]
    rows = -(-len(cards) // _COLUMNS)
    marks += cut_lines(_LEFT_MM, _TOP_MM, _CARD_MM, _COLUMNS, rows)
    for place, card in enumerate(cards):
        row, column = divmod(place, _COLUMNS)
        marks += _card(card, _LEFT_MM + column * width_mm, _TOP_MM + row * height_mm)
    return marks


def _card(card: PrintedCard, x_mm: float, y_mm: float) -> list[Mark]:
    width_mm, _ = _CARD_MM
    return [
        centred(x_mm, y_mm + 12, width_mm, card.zh, 32),
        centred(x_mm, y_mm + 16.8, width_mm, card.en if card.en != card.zh else "", 10),
        bars_in(card.code, x_mm, y_mm + 18.8, width_mm, 13),
        centred(x_mm, y_mm + 35.4, width_mm, card.code, 8),
    ]


def personal_pages(sort: PaperSort, codes: Sequence[str], imprint: Imprint) -> list[Page]:
    """Pages of household or registration cards with these codes."""
    bodies = []
    width_mm, height_mm = _PERSONAL_MM
    left_mm, top_mm = (210 - _PERSONAL_COLUMNS * width_mm) / 2, 12.0
    for part in in_pages(codes, _PERSONAL_COLUMNS * _PERSONAL_ROWS):
        rows = -(-len(part) // _PERSONAL_COLUMNS)
        marks = cut_lines(left_mm, top_mm, _PERSONAL_MM, _PERSONAL_COLUMNS, rows)
        for place, code in enumerate(part):
            row, column = divmod(place, _PERSONAL_COLUMNS)
            marks += _personal(sort, code, imprint, left_mm + column * width_mm, top_mm + row * height_mm)
        bodies.append(marks)
    return numbered(bodies, imprint)


def _personal(sort: PaperSort, code: str, imprint: Imprint, x_mm: float, y_mm: float) -> list[Mark]:
    width_mm, _ = _PERSONAL_MM
    zh, en, says_zh, says_en = PERSONAL[sort]
    return [
        Words(x_mm + 5, y_mm + 8, f"邮运通 {imprint.station}".strip(), 9, 45),
        Words(x_mm + width_mm - 5, y_mm + 8, en, 9, 30, Align.RIGHT),
        centred(x_mm + 4, y_mm + 20.5, width_mm - 8, zh, 30),
        bars_in(code, x_mm + 3, y_mm + 25, width_mm - 6, 14),
        centred(x_mm + 4, y_mm + 43, width_mm - 8, in_fours(code), 10),
        centred(x_mm + 4, y_mm + 49.3, width_mm - 8, f"{says_zh} · {says_en}", 8),
    ]


def stub_pages(codes: Sequence[str], imprint: Imprint) -> list[Page]:
    """Pages of driver stubs with these codes."""
    bodies = []
    width_mm, height_mm = _STUB_MM
    for part in in_pages(codes, _STUBS_A_PAGE):
        marks = cut_lines(_LEFT_MM, 12, _STUB_MM, 1, len(part))
        for place, code in enumerate(part):
            y_mm = 12 + place * height_mm
            half_mm = _LEFT_MM + width_mm / 2
            marks.append(Line(half_mm, y_mm, half_mm, y_mm + height_mm, 0.1, dashed=True))
            marks += _half_stub(code, ("驿站存根", "the station keeps this"), imprint, _LEFT_MM, y_mm)
            marks += _half_stub(code, ("司机收执", "the driver keeps this"), imprint, half_mm, y_mm)
        bodies.append(marks)
    return numbered(bodies, imprint)


_STUB_LINES = (
    ("日期时间", "date, time"),
    ("线路车牌", "line, vehicle"),
    ("袋数封志", "bags, seals"),
    ("签名", "signature"),
)


def _half_stub(code: str, title: tuple[str, str], imprint: Imprint, x_mm: float, y_mm: float) -> list[Mark]:
    width_mm = _STUB_MM[0] / 2
    marks: list[Mark] = [
        Words(x_mm + 4, y_mm + 7.5, f"交接单 {title[0]}", 14, 50),
        Words(x_mm + width_mm - 4, y_mm + 7, title[1], 7, 35, Align.RIGHT),
        bars_in(code, x_mm + 2, y_mm + 10, width_mm - 4, 11),
        centred(x_mm + 2, y_mm + 24.8, width_mm - 4, f"{in_fours(code)}   {imprint.station}".strip(), 8),
    ]
    for number, (zh, en) in enumerate(_STUB_LINES):
        line_mm = y_mm + 31 + number * 6.4
        marks.append(Words(x_mm + 4, line_mm - 0.8, zh, 10, 18))
        marks.append(Words(x_mm + 22, line_mm - 0.8, en, 6, 17))
        marks.append(Line(x_mm + 39, line_mm, x_mm + width_mm - 4, line_mm, 0.2))
    return marks


def in_fours(code: str) -> str:
    """A code as a person reads it aloud: the letters, then digits by fours."""
    letters = code.rstrip("0123456789")
    digits = code[len(letters) :]
    return " ".join(part for part in (letters, *(digits[at : at + 4] for at in range(0, len(digits), 4))) if part)
