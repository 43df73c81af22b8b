"""Units of weight -> grams, in exact decimals. Called by the decoders of scales.

Avoirdupois and troy units are exact by definition (the pound since 1959, the rest are fractions of it); a carat is
0.2 g; a ton is short. The tael is missing on purpose: it is 37.5 g, 37.799 g or 50 g, and no frame says where the
scale was bought.
"""

from decimal import Decimal
from typing import Literal

Unit = Literal["kg", "g", "t", "lb", "oz"]
"""What a technician may name as the unit of a scale that does not say."""

GRAMS = {
    "mg": Decimal("0.001"),
    "g": Decimal(1),
    "kg": Decimal(1000),
    "t": Decimal(1_000_000),
    "ton": Decimal("907184.74"),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
    "ozt": Decimal("31.1034768"),
    "dwt": Decimal("1.55517384"),
    "gr": Decimal("0.06479891"),
    "ct": Decimal("0.2"),
}
"""Grams per unit, by its name in lower case."""

COUNTS = frozenset({"pc", "pcs", "%"})
"""Units of a scale that counts pieces or shows per cent."""


def grams(value: Decimal, unit: str) -> float:
    """Return the double nearest to `value` of `unit` in grams; minus zero is zero. KeyError where the unit is unknown.

    28 digits, the default of `decimal`, hold every product of a display of up to 16 digits exactly.
    """
    return float(value * GRAMS[unit]) + 0.0


def scaled(digits: bytes, decimals: int) -> Decimal:
    """Return digits shown without a point, perhaps signed, as the number they mean."""
    return Decimal(digits.decode("ascii")).scaleb(-decimals)
