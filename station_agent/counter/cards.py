"""The printed cards an attendant scans to say what she does now. Pure data; called by the counter, later by the
printer.

A card's code starts with YYC, which no carrier uses, and holds capital letters and digits only, so that every gun
sends it whatever its keyboard layout.
"""

from enum import Enum


class Mode(Enum):
    """What a scanned parcel code means now."""

    IN = "in"
    OUT = "out"


CARD_PREFIX = "YYC"
CARDS: dict[str, Mode] = {"YYCIN": Mode.IN, "YYCOUT": Mode.OUT}
"""入库 and 出库."""

ADOPTION_CARD = "YYCADOPT"
"""认枪卡: scanned with a keyboard gun nobody configured, it makes that gun a scanner of the counter."""
