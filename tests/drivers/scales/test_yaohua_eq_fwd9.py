"""What the recorded cases of `yaohua_eq_fwd9` do not show."""

import pytest

from drivers.readings import Reason
from tests.drivers.scales.common import fed, only, weights


@pytest.mark.parametrize(
    ("frame", "weight_g"), [(b"=00012345", 12_345_000.0), (b"=-000.000", 0.0), (b"=01234.56", 1_234_560.0)]
)
def test_every_display_reads_to_grams(frame: bytes, weight_g: float) -> None:
    """With and without a point, in kilograms by default."""
    assert only(fed("yaohua_eq_fwd9", frame)) == (weight_g, None, None)


@pytest.mark.parametrize("frame", [b"=+003.000", b"=0003.00 ", b"=00.03.00", b"=0.003000", b"=0003000."])
def test_damage_is_malformed(frame: bytes) -> None:
    """Another sign, a blank, two points, a point at an end."""
    assert only(fed("yaohua_eq_fwd9", frame)) is Reason.MALFORMED


def test_the_unit_is_a_setting() -> None:
    """The frame has none."""
    assert only(fed("yaohua_eq_fwd9", b"=0003.000", unit="g")) == (3.0, None, None)


def test_a_lost_byte_costs_one_frame() -> None:
    """The next = begins anew."""
    assert len(weights(fed("yaohua_eq_fwd9", b"=0003.000=0003.00=0003.000"))) == 2


def test_the_other_direction_reads_as_another_number() -> None:
    """Which is why the technician must name it: nothing in the frame tells."""
    assert only(fed("yaohua_eq_fwd9", b"=000.3000")) == (300.0, None, None)
    assert only(fed("yaohua_eq_rev9", b"=000.3000")) == (3000.0, None, None)
