"""What the recorded cases of `mt_cont` do not show: points, units, status bits, the check."""

import pytest

from drivers.readings import BadReading, Reason
from drivers.scales.mt_cont import check_of
from tests.drivers.scales.common import fed, fresh, only, weights


def frame(
    swa: int = 0x2D, swb: int = 0x30, swc: int = 0x20, weight: bytes = b"  1234", tare: bytes = b"     0"
) -> bytes:
    """One frame with a right check."""
    body = b"\x02" + bytes([swa, swb, swc]) + weight + tare + b"\r"
    return body + bytes([check_of(body)])


@pytest.mark.parametrize(
    ("point", "weight_g"),
    [(0, 123_400_000.0), (1, 12_340_000.0), (2, 1_234_000.0), (3, 123_400.0), (5, 1234.0), (7, 12.34)],
)
def test_the_point_is_where_swa_says(point: int, weight_g: float) -> None:
    """Two zeros added to five decimals."""
    assert only(fed("mt_cont", frame(swa=0x28 | point))) == (weight_g, True, False)


@pytest.mark.parametrize(
    ("swb", "swc", "keys", "weight_g"),
    [
        (0x30, 0x20, {}, 1234.0),
        (0x20, 0x20, {}, 559.7329845800001),
        (0x20, 0x21, {}, 1.234),
        (0x30, 0x21, {"unit": "lb"}, 559.7329845800001),  # a Liden clone: SWB.4 fixed, lb in SWC.0
        (0x30, 0x20, {"unit": "g"}, 1.234),
    ],
)
def test_the_unit_is_the_frames_unless_the_settings_name_it(
    swb: int, swc: int, keys: dict[str, str], weight_g: float
) -> None:
    """Kilograms, pounds or grams."""
    ((got_g, stable, is_net),) = weights(fed("mt_cont", frame(swb=swb, swc=swc), **keys))
    assert abs(got_g - weight_g) < 1e-9 * weight_g
    assert (stable, is_net) == (True, False)


def test_net_negative_and_motion_are_told() -> None:
    """Each bit of SWB has its meaning, alone and together."""
    assert only(fed("mt_cont", frame(swb=0x3B))) == (-1234.0, False, True)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"swb": 0x34}, Reason.OUT_OF_RANGE),
        ({"swb": 0x36}, Reason.OUT_OF_RANGE),
        ({"swb": 0x70}, Reason.ZERO_NOT_CAPTURED),
        ({"swc": 0x30}, Reason.FAULT),
        ({"weight": b"      "}, Reason.OUT_OF_RANGE),
        ({"weight": b"12 345"}, Reason.MALFORMED),
        ({"weight": b"  12.4"}, Reason.MALFORMED),
        ({"tare": b"      "}, Reason.MALFORMED),
    ],
)
def test_what_is_no_weight_is_no_number(keys: dict[str, int | bytes], reason: Reason) -> None:
    """Out of range, no zero, tenfold display, blanks, damage under a right check."""
    assert only(fed("mt_cont", frame(**keys))) is reason  # type: ignore[arg-type]


def test_the_constant_bits_are_not_looked_at() -> None:
    """Clones disagree about them."""
    assert only(fed("mt_cont", frame(swa=0x55, swb=0x10, swc=0x00))) == (1234.0, True, False)


def test_zero_filled_digits_are_read() -> None:
    """Some variants fill zeros, some blanks."""
    assert only(fed("mt_cont", frame(weight=b"001234", tare=b"000000"))) == (1234.0, True, False)


def test_a_switched_off_checksum_is_pointed_out() -> None:
    """Frames of 17 bytes under the default settings give no weight and say what to look at."""
    readings = fed("mt_cont", frame()[:17] * 4)
    assert weights(readings) == []
    assert any(isinstance(reading, BadReading) and "switched off" in reading.detail for reading in readings)


def test_a_checksum_that_nobody_reads_is_passed_over() -> None:
    """Settings for 17 bytes read frames of 18 too, check unseen, even one that looks like STX."""
    assert len(weights(fed("mt_cont", (frame()[:17] + b"\x02") * 3, checksum=False))) == 3


def test_seven_data_bits_with_parity_are_read() -> None:
    """A Toledo 8142 reports 7 bits and parity; an adapter that shows it reads the same."""
    shown = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in frame())
    assert weights(fresh("mt_cont", bytesize=7, parity="E").feed(shown, 0.0)) == [(1234.0, True, False)]
