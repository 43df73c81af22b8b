"""Paper forms for the day the station is dead: a page each, filled by hand, entered later line by line. Pure layout.

Each page has a number of its own as QR and as bars, so that an entry made later can say which paper it came from, and a
missing page is noticed. The columns are what the counter needs and nothing more: no name, no full phone number. Not
here: entering them (the counter's mode 补录). Called by `station sheets`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from station_agent.printing.cards import in_fours
from station_agent.printing.drawing import (
    Align,
    Imprint,
    Line,
    Mark,
    Page,
    Words,
    bars_in,
    centred,
    numbered,
    square_in,
    tick_box,
)


class Form(StrEnum):
    """Which form; the words are what a person types."""

    RECEIVED = "received"
    HANDED_OUT = "handed_out"
    ACCEPTED = "accepted"
    BAGS = "bags"
    SERVICES = "services"


@dataclass(frozen=True, slots=True)
class _Column:
    zh: str
    en: str
    width_mm: float
    ticks: tuple[str, ...] = ()


_LANDSCAPE_MM = (297.0, 210.0)
_LEFT_MM, _WIDTH_MM = 10.0, 277.0
_TABLE_TOP_MM, _HEAD_MM, _ROW_MM, ROWS = 50.0, 11.0, 9.2, 14
_TICK_MM = 3.6

TITLES: dict[Form, tuple[str, str]] = {
    Form.RECEIVED: ("入库登记表", "parcels received"),
    Form.HANDED_OUT: ("出库登记表", "parcels handed out"),
    Form.ACCEPTED: ("寄件登记表", "parcels accepted to send"),
    Form.BAGS: ("总包交接登记表", "bags handed over"),
    Form.SERVICES: ("便民服务登记表", "services"),
}
_COLUMNS: dict[Form, tuple[_Column, ...]] = {
    Form.RECEIVED: (
        _Column("时间", "time", 22),
        _Column("单号", "waybill", 80),
        _Column("快递公司", "carrier", 30),
        _Column("取件码", "pick-up code", 34),
        _Column("手机尾号", "last 4 of phone", 26),
        _Column("重量 kg", "weight", 24),
        _Column("备注", "remarks", 51),
    ),
    Form.HANDED_OUT: (
        _Column("时间", "time", 22),
        _Column("取件码", "pick-up code", 34),
        _Column("单号", "waybill", 80),
        _Column("谁取", "by whom", 34, ("本人", "代取")),
        _Column("签名", "signature", 46),
        _Column("备注", "remarks", 51),
    ),
    Form.ACCEPTED: (
        _Column("时间", "time", 20),
        _Column("单号或自制面单号", "waybill, or our label's", 72),
        _Column("寄件登记卡号", "sender's card", 48),
        _Column("内件", "contents", 38),
        _Column("已验视", "inspected", 18, ("",)),
        _Column("重量 kg", "weight", 20),
        _Column("寄往", "destination", 28),
        _Column("备注", "remarks", 23),
    ),
    Form.BAGS: (
        _Column("时间", "time", 20),
        _Column("方向", "direction", 28, ("收", "交")),
        _Column("袋号", "bag", 66),
        _Column("封志号", "seal", 36),
        _Column("件数", "pieces", 16),
        _Column("重量 kg", "weight", 20),
        _Column("线路、车牌", "line, vehicle", 36),
        _Column("司机签名", "driver", 30),
        _Column("备注", "remarks", 15),
    ),
    Form.SERVICES: (
        _Column("时间", "time", 22),
        _Column("服务", "service", 150, ("政务", "缴费", "交通", "农资", "金融", "电商")),
        _Column("次数", "how often", 24),
        _Column("备注", "remarks", 71),
    ),
}
_NUMBER_MM = 10.0


def sheet_pages(forms: Sequence[tuple[Form, str]], imprint: Imprint) -> list[Page]:
    """One page for every form and the code it carries."""
    return numbered([_sheet(form, code, imprint) for form, code in forms], imprint, _LANDSCAPE_MM)


def _sheet(form: Form, code: str, imprint: Imprint) -> list[Mark]:
    return [*_head(form, code, imprint), *_grid(_COLUMNS[form]), *_cells(_COLUMNS[form])]


def _head(form: Form, code: str, imprint: Imprint) -> list[Mark]:
    zh, en = TITLES[form]
    right_mm = _LEFT_MM + _WIDTH_MM
    fields = f"驿站 station：{imprint.station or '____________'}      日期 date：______年____月____日"
    later = "机器恢复后：先扫“补录”卡，再扫本页的码，逐行补录，录完打勾存档。"
    later_en = (
        "When the station works again: scan the card 补录, then this page's code, enter every line; tick and keep it."
    )
    return [
        Words(_LEFT_MM, 19, zh, 30, 110),
        Words(_LEFT_MM + 114, 19, en, 12, 60),
        Words(_LEFT_MM, 31, fields, 11, 105),
        Words(_LEFT_MM + 114, 31, "值班 attendant：______________", 11, 60),
        Words(_LEFT_MM, 40, later, 9, 172),
        Words(_LEFT_MM, 45, later_en, 7, 172),
        square_in(code, right_mm - 34, 9, 34),
        bars_in(code, right_mm - 102, 13, 66, 16),
        centred(right_mm - 102, 34, 66, in_fours(code), 11),
        Words(right_mm, 46.5, "已补录 entered", 9, 40, Align.RIGHT),
        *tick_box(right_mm - 28, 46.8, _TICK_MM),
    ]


def _grid(columns: Sequence[_Column]) -> list[Mark]:
    bottom_mm = _TABLE_TOP_MM + _HEAD_MM + ROWS * _ROW_MM
    right_mm = _LEFT_MM + _WIDTH_MM
    heights = [_TABLE_TOP_MM, *(_TABLE_TOP_MM + _HEAD_MM + row * _ROW_MM for row in range(ROWS + 1))]
    places = [_LEFT_MM, _LEFT_MM + _NUMBER_MM]
    for column in columns:
        places.append(places[-1] + column.width_mm)
    return [
        *(Line(_LEFT_MM, height_mm, right_mm, height_mm, 0.25) for height_mm in heights),
        *(Line(place_mm, _TABLE_TOP_MM, place_mm, bottom_mm, 0.25) for place_mm in places),
    ]


def _cells(columns: Sequence[_Column]) -> list[Mark]:
    first_mm = _TABLE_TOP_MM + _HEAD_MM
    marks: list[Mark] = [
        centred(_LEFT_MM, first_mm + row * _ROW_MM + 6, _NUMBER_MM, str(row + 1), 10) for row in range(ROWS)
    ]
    x_mm = _LEFT_MM + _NUMBER_MM
    for column in columns:
        marks.append(centred(x_mm + 1, _TABLE_TOP_MM + 5.3, column.width_mm - 2, column.zh, 11))
        marks.append(centred(x_mm + 1, _TABLE_TOP_MM + 9.2, column.width_mm - 2, column.en, 7))
        for row in range(ROWS if column.ticks else 0):
            marks += _ticks(column, x_mm, first_mm + row * _ROW_MM + 6.4)
        x_mm += column.width_mm
    return marks


def _ticks(column: _Column, x_mm: float, y_mm: float) -> list[Mark]:
    """The boxes of a cell side by side, each before its word."""
    marks: list[Mark] = []
    room_mm = column.width_mm / len(column.ticks)
    for number, word in enumerate(column.ticks):
        left_mm = x_mm + number * room_mm + (2.5 if word else (room_mm - _TICK_MM) / 2)
        marks += tick_box(left_mm, y_mm, _TICK_MM)
        if word:
            marks.append(Words(left_mm + _TICK_MM + 1, y_mm - 0.2, word, 10, room_mm - _TICK_MM - 4))
    return marks
