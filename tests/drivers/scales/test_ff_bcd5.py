"""What the recorded cases of `ff_bcd5` do not show: decimals, modes, and finding the step again."""

import pytest

from drivers.readings import Reason
from tests.drivers.scales.common import fed, fresh, only, reasons, weights

GOOD = bytes.fromhex("ff44341200")


@pytest.mark.parametrize(
    ("decimals", "weight_g"), [(0, 1_234_000.0), (1, 123_400.0), (2, 12_340.0), (3, 1234.0), (6, 1.234)]
)
def test_the_point_is_where_the_status_says(decimals: int, weight_g: float) -> None:
    """Bits 0-2 hold the decimals and one more."""
    assert only(fed("ff_bcd5", bytes([0xFF, 0x41 + decimals, 0x34, 0x12, 0x00]))) == (weight_g, True, None)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ("ff04341200", (1234.0, False, None)),
        ("ff24341200", (-1234.0, False, None)),
        ("ff4c341200", Reason.COUNTING),
        ("ff54341200", Reason.COUNTING),
        ("ff5c341200", Reason.MALFORMED),
        ("ff40341200", Reason.MALFORMED),
        ("ffc4341200", Reason.OVERLOAD),
    ],
)
def test_every_status_bit_has_its_meaning(frame: str, said: object) -> None:
    """Moving, negative, counting, per cent, overflow; no decimals and no such mode are damage."""
    assert only(fed("ff_bcd5", bytes.fromhex(frame))) == said


def test_after_damage_two_frames_must_meet() -> None:
    """One good frame among damage is luck: the second of two back to back is told, and all after it."""
    subject = fresh("ff_bcd5")
    assert len(weights(subject.feed(GOOD, 0.0))) == 1
    assert reasons(subject.feed(GOOD.replace(b"\x34", b"\x3a"), 0.1)) == [Reason.MALFORMED]
    assert subject.feed(GOOD, 0.2) == []
    assert len(weights(subject.feed(GOOD * 3, 0.3))) == 3
    assert subject.feed(b"\x00" + GOOD, 0.4) == []
    assert len(weights(subject.feed(GOOD, 0.5))) == 1


def test_a_pause_brings_the_step_back() -> None:
    """After a second of silence the next byte begins a frame."""
    subject = fresh("ff_bcd5")
    subject.feed(b"\x00\x01" + GOOD, 0.0)
    assert len(weights(subject.feed(GOOD, 1.0))) == 1


def test_a_start_inside_begins_anew() -> None:
    """FF is in no frame but at its head."""
    assert len(weights(fed("ff_bcd5", GOOD[:3] + GOOD * 4))) == 3
