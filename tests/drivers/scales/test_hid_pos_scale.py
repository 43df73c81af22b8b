"""What the recorded cases of `hid_pos_scale` do not show: statuses, units, reports that are cut or stale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.models import MODELS
from drivers.readings import Reason
from tests.drivers.scales.common import fed, fresh, only, reasons, weights


def report(status: int = 4, unit: int = 2, exponent: int = 0, raw: int = 20, number: int = 3) -> bytes:
    """One report."""
    return bytes([number, status, unit, exponent & 0xFF]) + raw.to_bytes(2, "little")


@given(st.integers(0, 65_535), st.integers(-6, 6))
def test_every_number_reads_to_its_grams(raw: int, exponent: int) -> None:
    """Unsigned magnitude, signed exponent."""
    assert only(fed("hid_pos_scale", report(exponent=exponent, raw=raw), skip_first=0)) == (
        float(f"{raw}e{exponent}"), True, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (report(status=2, raw=0), (0.0, True, None)),
        (report(status=3), (20.0, False, None)),
        (report(status=5), Reason.UNDERLOAD),
        (report(status=6), Reason.OVERLOAD),
        (report(status=9), Reason.MALFORMED),
        (report(status=0), Reason.MALFORMED),
        (report(unit=3, exponent=-3, raw=1234), (1234.0, True, None)),
        (report(unit=12, exponent=-1, raw=10), (453.59237, True, None)),
        (report(unit=5), Reason.MALFORMED),
        (report(unit=0), Reason.MALFORMED),
        (report(unit=13), Reason.MALFORMED),
        (report(exponent=-7), Reason.MALFORMED),
        (report(number=4), (20.0, True, None)),
        (report(number=9), (20.0, True, None)),
    ],
)
def test_every_status_and_unit_has_its_meaning(data: bytes, said: object) -> None:
    """Under zero the magnitude is no weight; a tael is no unit; report 4 and 9 are read like 3."""
    assert only(fed("hid_pos_scale", data, skip_first=0)) == said


def test_the_first_report_after_opening_is_dropped() -> None:
    """It may be the last of an earlier time; how many is a setting."""
    assert weights(fed("hid_pos_scale", report(raw=1) + report(raw=2))) == [(2.0, True, None)]
    assert weights(fed("hid_pos_scale", report() * 3, skip_first=3)) == []


def test_a_short_report_is_not_filled_up_from_the_next() -> None:
    """20 g and a cut report are not 788 g."""
    subject = fresh("hid_pos_scale", skip_first=0)
    assert subject.feed(report()[:5], 0.0) == []
    readings = subject.feed(report(), 0.01)
    assert reasons(readings) == [Reason.TRUNCATED]
    assert weights(readings) == [(20.0, True, None)]


def test_silence_is_ten_seconds_by_default() -> None:
    """A DYMO that has switched itself off is told."""
    subject = fresh("hid_pos_scale")
    subject.tick(0.0)
    assert reasons(subject.tick(10.0)) == [Reason.NO_DATA]
    quiet = fresh("hid_pos_scale", silent_after_s=0.0)
    quiet.tick(0.0)
    assert quiet.tick(1e6) == []


def test_the_scale_can_be_told_zero() -> None:
    """An output report, its id first."""
    settings = MODELS["hid_pos_scale"].settings()(path="/dev/hidraw0")
    assert MODELS["hid_pos_scale"].command(settings, "zero") == b"\x02\x02"
