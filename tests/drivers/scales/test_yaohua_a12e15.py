"""What the recorded cases of `yaohua_a12e15` do not show."""

import pytest

from drivers.frames import xor_hex
from drivers.readings import Reason
from tests.drivers.scales.common import fed, only


def line(body: bytes) -> bytes:
    """Eleven bytes with a right check and CR LF."""
    return body + xor_hex(body) + b"\r\n"


@pytest.mark.parametrize(
    ("body", "weight_g", "net"),
    [
        (b"WG004.139kg", 4139.0, False),
        (b"WN000.000kg", 0.0, True),
        (b"WN-00.000kg", 0.0, True),
        (b"WG-00012 kg", -12_000.0, False),
        (b"WG0004139kg", 4_139_000.0, False),
    ],
)
def test_every_layout_reads_to_grams(body: bytes, weight_g: float, net: bool) -> None:
    """With and without point and sign; never stable, for the frame does not say."""
    assert only(fed("yaohua_a12e15", line(body))) == (weight_g, None, net)


@pytest.mark.parametrize("body", [b"WG004139.kg", b"WG 04.139kg", b"WG0.4.139kg", b"WT004.139kg", b"WG004.139lb"])
def test_a_right_check_over_nonsense_is_malformed(body: bytes) -> None:
    """The check alone makes no weight."""
    assert only(fed("yaohua_a12e15", line(body))) is Reason.MALFORMED


def test_the_checksum_of_the_clones_manuals_is_refused() -> None:
    """A sum of the bytes is what some papers say; the frames have the XOR."""
    body = b"WG004.139kg"
    assert only(fed("yaohua_a12e15", body + b"%02X" % (sum(body) & 0xFF) + b"\r\n")) is Reason.BAD_CHECKSUM


def test_a_line_of_another_length_is_malformed() -> None:
    """A lost digit shows."""
    assert only(fed("yaohua_a12e15", line(b"WG04.139kg"))) is Reason.MALFORMED
