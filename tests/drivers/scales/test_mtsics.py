"""What the recorded cases of `mtsics` do not show."""

import pytest

from drivers.models import MODELS
from drivers.readings import Reason
from tests.drivers.scales.common import fed, fresh, only


@pytest.mark.parametrize(
    ("line", "weight_g", "stable"),
    [
        (b"S S      -0.02 g", -0.02, True),
        (b"S D    1234.5 mg", None, None),
        (b"S S     1234.5 mg", 1.2345, True),
        (b"S S      0.000 kg", 0.0, True),
        (b"S S      1.000 lb", 453.59237, True),
        (b"S D     100.00 g  ", 100.0, False),
    ],
)
def test_the_field_has_ten_characters(line: bytes, weight_g: float | None, stable: bool | None) -> None:
    """Signs, units, trailing blanks; a field too short is damage."""
    said = only(fed("mtsics", line + b"\r\n"))
    assert said == (Reason.MALFORMED if weight_g is None else (weight_g, stable, None))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"ES", Reason.BAD_COMMAND),
        (b"ET", Reason.BAD_COMMAND),
        (b"EL", Reason.BAD_COMMAND),
        (b"S S        100 PCS", Reason.COUNTING),
        (b"S S      100.0 %", Reason.COUNTING),
        (b"S S       1.00 tl", Reason.MALFORMED),
        (b"s s     100.00 g", Reason.MALFORMED),
        (b"S S     100.00", Reason.MALFORMED),
        (b"S S  1000.0.00 g", Reason.MALFORMED),
    ],
)
def test_what_is_no_weight_is_no_number(line: bytes, reason: Reason) -> None:
    """Errors, counting, units that are none, damage."""
    assert only(fed("mtsics", line + b"\r\n")) is reason


@pytest.mark.parametrize(
    "line",
    [b'I4 A "B123"', b"Z A", b"Z I", b"Z +", b"T S     100.00 g", b"TA A    100.00 g", b"TAC A", b"ZI D", b"TI L"],
)
def test_answers_to_other_commands_are_passed_over(line: bytes) -> None:
    """The greeting at power-up and what a command brings is no reading, and no answer to SI."""
    subject = fresh("mtsics")
    subject.tick(0.0)
    assert subject.poll() == b"SI\r\n"
    assert subject.feed(line + b"\r\n", 0.1) == []
    assert subject.poll() == b""
    subject.tick(0.6)
    assert subject.poll() == b"SI\r\n"


def test_a_busy_balance_is_asked_again_at_the_cadence() -> None:
    """S I is an answer."""
    subject = fresh("mtsics")
    subject.tick(0.0)
    subject.poll()
    assert only(subject.feed(b"S I\r\n", 0.05)) is Reason.BUSY
    assert subject.deadline_s == 0.2


def test_the_balance_can_be_told_zero_and_tare() -> None:
    """Upper case, CR LF."""
    settings = MODELS["mtsics"].settings()(path="/dev/null")
    assert MODELS["mtsics"].command(settings, "zero") == b"Z\r\n"
    assert MODELS["mtsics"].command(settings, "tare") == b"T\r\n"
