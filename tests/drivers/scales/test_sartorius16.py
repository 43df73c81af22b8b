"""What the recorded cases of `sartorius16` do not show."""

import pytest

from drivers.readings import Reason
from tests.drivers.scales.common import fed, fresh, only


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"+   1255.7 g  ", (1255.7, True, None)),
        (b"-     0.02 kg ", (-20.0, True, None)),
        (b"     0.000 g  ", (0.0, True, None)),
        (b"+  12345.  mg ", Reason.MALFORMED),
        (b"+   12345. mg ", (12.345, True, None)),
        (b"+   1255.7    ", (1255.7, False, None)),
        (b"+     12   pcs", Reason.MALFORMED),
        (b"+       12 pcs", Reason.COUNTING),
        (b"      C       ", Reason.BUSY),
        (b"         H    ", Reason.OVERLOAD),
        (b"    Err 101   ", Reason.FAULT),
        (b"+   12 5.7 g  ", Reason.MALFORMED),
        (b"+   1255.7 xy ", Reason.MALFORMED),
        (b"+  1255.7 g  ", Reason.MALFORMED),
        (b"N     +   1255.7 g  ", Reason.MALFORMED),  # the 22-character format
    ],
)
def test_fourteen_characters_say_weight_or_reason(line: bytes, said: object) -> None:
    """Signs, blanks, units, words in any column; a line of another length is damage."""
    assert only(fed("sartorius16", line + b"\r\n")) == said


def test_a_number_without_a_unit_is_moving_and_counted_in_the_settings_unit() -> None:
    """The unit is shown when the balance is at rest."""
    assert only(fed("sartorius16", b"+    1.000    \r\n", unit="kg")) == (1000.0, False, None)


def test_it_is_asked_only_where_the_settings_say_so() -> None:
    """By default its menu makes it print by itself."""
    assert fresh("sartorius16").poll() == b""
    assert fresh("sartorius16", ask=True).poll() == b"\x1bP\r\n"
