"""What the recorded cases of `yaohua_cont12` do not show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.frames import xor_hex
from drivers.readings import Reason
from tests.drivers.scales.common import fed, fresh, only, reasons, weights


def frame(body: bytes) -> bytes:
    """Sign, six digits and decimals, with a right check."""
    return b"\x02" + body + xor_hex(body) + b"\x03"


@given(st.integers(-999_999, 999_999), st.integers(0, 4))
def test_every_display_reads_to_its_grams(counts: int, decimals: int) -> None:
    """All signs, digits and points there are; the frame never says stable, nor net."""
    shown = frame(b"%+07d%d" % (counts, decimals))
    assert only(fed("yaohua_cont12", shown)) == (float(f"{counts}e{3 - decimals}"), None, None)


@pytest.mark.parametrize("body", [b" 0012353", b"+0012355", b"+0012353"[:7] + b" ", b"+00A2353"])
def test_a_right_check_over_nonsense_is_malformed(body: bytes) -> None:
    """The check alone makes no weight."""
    assert only(fed("yaohua_cont12", frame(body))) is Reason.MALFORMED


def test_a_lower_case_check_is_refused() -> None:
    """Yaohua writes upper case; anything else is damage."""
    assert only(fed("yaohua_cont12", frame(b"+0012353").replace(b"1D", b"1d"))) is Reason.BAD_CHECKSUM


def test_the_unit_is_a_setting() -> None:
    """The frame has none."""
    assert only(fed("yaohua_cont12", frame(b"+0012353"), unit="g")) == (1.235, None, None)
    assert only(fed("yaohua_cont12", frame(b"+0000011"), unit="lb")) == (45.359237, None, None)


def test_a_lost_byte_costs_one_frame() -> None:
    """The next STX begins anew."""
    good = frame(b"+0012353")
    assert len(weights(fed("yaohua_cont12", good + good[:5] + good[6:] + good))) == 2


def test_the_scoreboard_socket_is_silence_not_weight() -> None:
    """Binary characters of the wrong output make no reading, and then the scale counts as silent."""
    subject = fresh("yaohua_cont12")
    assert subject.feed(bytes([0x91, 0x2A, 0x80]) * 30, 0.0) == []
    assert reasons(subject.tick(3.0)) == [Reason.NO_DATA]
