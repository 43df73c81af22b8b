"""What the recorded cases of `yaohua_eq_rev9` do not show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import Reason
from tests.drivers.scales.common import fed, only


@given(st.integers(0, 999_999), st.integers(1, 4), st.booleans())
def test_what_is_written_backwards_is_read_forwards(counts: int, decimals: int, negative: bool) -> None:
    """Any display, lowest digit first, sign last."""
    digits = f"{counts:06d}"
    shown = f"{digits[:-decimals]}.{digits[-decimals:]}"
    frame = b"=" + shown[::-1].encode() + (b"-" if negative else b"0")
    weight_g = float(f"{-counts if negative else counts}e{3 - decimals}") + 0.0
    assert only(fed("yaohua_eq_rev9", frame)) == (weight_g, None, None)


@pytest.mark.parametrize("frame", [b"=000.3001", b"=000.300+", b"=000.30 0", b"=00.0.300"])
def test_damage_is_malformed(frame: bytes) -> None:
    """A sign that is none, a blank, two points."""
    assert only(fed("yaohua_eq_rev9", frame)) is Reason.MALFORMED


def test_the_text_variant_is_not_guessed_at() -> None:
    """`=0000.54(kg)` is another format: no number is made of it."""
    assert only(fed("yaohua_eq_rev9", b"=0000.54(kg)\r\n")) is Reason.MALFORMED
