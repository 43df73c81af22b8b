"""What the recorded cases of `nci_scp01` do not show."""

import pytest

from drivers.models import MODELS
from drivers.readings import Reason
from tests.drivers.scales.common import fed, only, weights


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (b"\n01.234KG\r\nS00\r\x03", (1234.0, True, None)),
        (b"\n  1.00lb\r\n00\r\x03", (453.59237, True, None)),  # Brecknell: no S, small letters
        (b"\n 1234g \r\n00\r\x03", (1234.0, True, None)),  # 3700LP in grams
        (b"\n-0.020kg\r\n00\r\x03", (-20.0, True, None)),
        (b"\n01.234KG\r\nS10\r\x03", (1234.0, False, None)),
        (b"\n01.234KG\r\nS0p0\r\x03", (1234.0, True, None)),  # h2 bit 6: a third byte
        (b"\nS20\r\x03", (0.0, True, None)),  # at zero
        (b"\n10\r\x03", Reason.UNSTABLE),
        (b"\n30\r\x03", Reason.UNSTABLE),  # moving through zero
        (b"\nS40\r\x03", Reason.FAULT),
        (b"\nS80\r\x03", Reason.FAULT),
        (b"\nS04\r\x03", Reason.FAULT),
        (b"\nS08\r\x03", Reason.NEEDS_CALIBRATION),
        (b"\n01.234KG\r\nS02\r\x03", Reason.OVERLOAD),
        (b"\nS00\r\x03", Reason.MALFORMED),  # a weight answer that lost its head
        (b"\n01.234ST\r\nS00\r\x03", Reason.MALFORMED),
        (b"\n----\r\nS00\r\x03", Reason.MALFORMED),
        (b"\n01.2.4KG\r\nS00\r\x03", Reason.MALFORMED),
        (b"\n01.234KG\r\nSP0\r\x03", Reason.MALFORMED),  # bits 4-5 of a status are 1
    ],
)
def test_every_answer_says_what_the_status_says(frame: bytes, said: object) -> None:
    """Weights with and without S, every status bit, and damage."""
    assert only(fed("nci_scp01", frame)) == said


def test_frames_follow_each_other() -> None:
    """A cut frame costs itself alone."""
    good = b"\n01.234KG\r\nS00\r\x03"
    assert len(weights(fed("nci_scp01", good + good[:6] + good + b"\r\x03" + good))) == 3


def test_seven_bits_with_parity_are_read() -> None:
    """A Brecknell 7815 is 7E1 as it leaves the maker."""
    shown = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in b"\n01.234KG\r\n00\r\x03")
    assert weights(fed("nci_scp01", shown, bytesize=7, parity="E")) == [(1234.0, True, None)]


def test_the_scale_can_be_told_zero_but_not_tare() -> None:
    """Z CR; there is no word for tare."""
    settings = MODELS["nci_scp01"].settings()(path="/dev/null")
    assert MODELS["nci_scp01"].command(settings, "zero") == b"Z\r"
    assert "tare" not in MODELS["nci_scp01"].commands(settings)
