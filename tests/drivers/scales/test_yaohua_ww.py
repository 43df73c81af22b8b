"""What the recorded cases of `yaohua_ww` do not show."""

import pytest

from drivers.readings import Reason
from tests.drivers.scales.common import fed, only


@pytest.mark.parametrize(
    ("line", "weight_g", "net"),
    [
        (b"ww0012.345kg\r\n", 12_345.0, False),  # Liden, in one place
        (b"ww00015.000kg\r\n", 15_000.0, False),  # and in the next
        (b"wn1.234kg\n", 1234.0, True),
        (b"ww00012kg\r", 12_000.0, False),
        (b"wn-000.000kg\r\n", 0.0, True),
        (b"ww001.000lb\r\n", 453.59237, False),
    ],
)
def test_every_length_of_value_is_read(line: bytes, weight_g: float, net: bool) -> None:
    """Five to nine characters, any line end, never stable."""
    assert only(fed("yaohua_ww", line)) == (weight_g, None, net)


def test_the_tare_is_no_parcel() -> None:
    """A wt line says so instead of a number."""
    assert only(fed("yaohua_ww", b"wt001.234kg\r\n")) is Reason.TARE


@pytest.mark.parametrize(
    "line", [b"w000.000kg", b"ww.123kg", b"ww1.2kg", b"ww0000012.345kg", b"ww1..34kg", b"ww+01.23kg", b"WW001.234kg"]
)
def test_damage_is_malformed(line: bytes) -> None:
    """Too short, too long, two points, another case."""
    assert only(fed("yaohua_ww", line + b"\r\n")) is Reason.MALFORMED
