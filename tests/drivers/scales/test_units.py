"""Grams are the double nearest to the exact decimal."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scales.units import GRAMS, grams, scaled


@pytest.mark.parametrize(
    ("shown", "unit", "weight_g"),
    [
        ("1.235", "kg", 1235.0),
        ("-0.000", "kg", 0.0),
        ("645.2", "oz", 18291.11232025),
        ("1", "t", 1e6),
        ("5", "ct", 1.0),
    ],
)
def test_a_display_is_its_grams(shown: str, unit: str, weight_g: float) -> None:
    """Exact in decimals, rounded once; minus zero is zero."""
    assert str(grams(Decimal(shown), unit)) == str(float(weight_g))


def test_avoirdupois_and_troy_agree_with_the_grain() -> None:
    """7000 grains are a pound, 480 a troy ounce, 24 a pennyweight, 2000 pounds a ton."""
    grain = GRAMS["gr"]
    assert GRAMS["lb"] == 7000 * grain
    assert GRAMS["oz"] * 16 == GRAMS["lb"]
    assert GRAMS["ozt"] == 480 * grain
    assert GRAMS["dwt"] == 24 * grain
    assert GRAMS["ton"] == 2000 * GRAMS["lb"]


@given(st.integers(min_value=-999_999, max_value=999_999), st.integers(min_value=0, max_value=4))
def test_kilograms_become_the_double_of_their_grams(counts: int, decimals: int) -> None:
    """No binary rounding on the way."""
    assert grams(scaled(b"%+d" % counts, decimals), "kg") == float(f"{counts}e{3 - decimals}")


def test_a_tael_is_no_unit() -> None:
    """It differs by country; nobody guesses."""
    assert "tael" not in GRAMS
