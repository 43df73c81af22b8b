"""Badges, the size of a bank card: what the county signed as a QR, and what people read of it. Pure layout.

A badge carries no name, only its number: the county knows whose it is. Bars are too long for it, so a badge needs a gun
that reads QR. Not here: issuing and checking (`sync.badge`, `county badge`). Called by `station cards --badges`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from station_agent.printing.drawing import Imprint, Mark, Page, Words, cut_lines, in_pages, numbered, square_in
from sync.badge import Badge, Role

ROLES: dict[Role, tuple[str, str]] = {
    Role.DRIVER: ("司机", "driver"),
    Role.ATTENDANT: ("值班员", "attendant"),
    Role.TECHNICIAN: ("技术员", "technician"),
    Role.COURIER: ("快递员", "courier"),
}
_CARD_MM = (85.6, 53.98)
_COLUMNS, _ROWS = 2, 5
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class PrintedBadge:
    """A badge and the text its QR says."""

    text: str
    badge: Badge


def badge_pages(badges: Sequence[PrintedBadge], imprint: Imprint) -> list[Page]:
    """Pages of badges in the order given."""
    bodies = []
    width_mm, height_mm = _CARD_MM
    left_mm, top_mm = (210 - _COLUMNS * width_mm) / 2, 12.0
    for part in in_pages(badges, _COLUMNS * _ROWS):
        marks = cut_lines(left_mm, top_mm, _CARD_MM, _COLUMNS, -(-len(part) // _COLUMNS))
        for place, one in enumerate(part):
            row, column = divmod(place, _COLUMNS)
            marks += _badge(one, left_mm + column * width_mm, top_mm + row * height_mm)
        bodies.append(marks)
    return numbered(bodies, imprint)


def _badge(printed: PrintedBadge, x_mm: float, y_mm: float) -> list[Mark]:
    badge = printed.badge
    zh, en = ROLES[badge.role]
    first, last = (_EPOCH + timedelta(days=day) for day in (badge.first_day, badge.last_day))
    return [
        square_in(printed.text, x_mm + 38.5, y_mm + 4, 45),
        Words(x_mm + 4, y_mm + 8, "邮运通", 10, 34),
        Words(x_mm + 4, y_mm + 22, zh, 30, 34),
        Words(x_mm + 4, y_mm + 28, en, 10, 34),
        Words(x_mm + 4, y_mm + 36.5, f"{badge.id} 号", 14, 34),
        Words(x_mm + 4, y_mm + 42, badge.place, 10, 34),
        Words(x_mm + 4, y_mm + 47, f"{first} 起", 8, 34),
        Words(x_mm + 4, y_mm + 51, f"{last} 止 last day", 8, 34),
    ]
