"""What the recorded cases of `adam_az` do not show: its silence is no fault."""

import pytest

from drivers.readings import Reason
from tests.drivers.scales.common import fed, fresh, only


def test_no_answer_is_no_fault() -> None:
    """It is asked every half second, for as long as nothing new lies on it, and nothing is told."""
    subject = fresh("adam_az")
    now_s = 0.0
    subject.tick(now_s)
    for _ in range(100):
        assert subject.poll() == b"P\r\n"
        assert subject.deadline_s == now_s + 0.5
        now_s = subject.deadline_s
        assert subject.tick(now_s) == []


def test_after_an_answer_it_is_left_alone_for_five_seconds() -> None:
    """It beeps when asked for a weight that it has told."""
    subject = fresh("adam_az")
    subject.tick(0.0)
    subject.poll()
    assert only(subject.feed(b"   1.234kg\r\n", 0.2)) == (1234.0, None, None)
    assert subject.deadline_s == 5.0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"1.234 kg", (1234.0, None, None)),
        (b"  500g", (500.0, None, None)),
        (b"Gross:", Reason.MALFORMED),
        (b"1.2.4kg", Reason.MALFORMED),
        (b"1.234", Reason.MALFORMED),
        (b"-1.234kg", Reason.MALFORMED),
    ],
)
def test_only_a_number_with_its_unit_is_a_weight(line: bytes, said: object) -> None:
    """Labels of another format are refused."""
    assert only(fed("adam_az", line + b"\r\n")) == said
