"""What the recorded cases of `cas22` do not show: the lamp byte, signs, units."""

import pytest

from drivers.readings import Reason
from tests.drivers.scales.common import fed, only


def line(
    head: bytes = b"ST", kind: bytes = b"GS", lamp: int = 0xC4, value: bytes = b"   1.234", unit: bytes = b"kg"
) -> bytes:
    """One line with CR LF, 22 bytes."""
    made = head + b"," + kind + b",1" + bytes([lamp]) + b"," + value + b" " + unit + b"\r\n"
    assert len(made) == 22
    return made


@pytest.mark.parametrize(
    ("keys", "weight_g", "stable", "net"),
    [
        ({}, 1234.0, True, False),
        ({"value": b"-  1.234"}, -1234.0, True, False),
        ({"value": b"  -1.234", "kind": b"NT"}, -1234.0, True, True),
        ({"value": b"00012345", "unit": b" g"}, 12_345.0, True, False),
        ({"value": b"   1.000", "unit": b"lb"}, 453.59237, True, False),
        ({"lamp": 0x84}, 1234.0, False, False),
        ({"head": b"US"}, 1234.0, False, False),
        ({"lamp": 0xCD}, 1234.0, True, False),
    ],
)
def test_a_weight_is_stable_only_where_head_and_lamp_say_so(
    keys: dict[str, bytes | int], weight_g: float, stable: bool, net: bool
) -> None:
    """Signs, units, net; two flags that must agree; lamps that say nothing of weight."""
    assert only(fed("cas22", line(**keys))) == (weight_g, stable, net)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (line(head=b"OL", value=b" " * 8), Reason.OVERLOAD),
        (line(lamp=0xD4), Reason.STALE),
        (line(value=b" " * 8), Reason.MALFORMED),
        (line(value=b" 1.2.345"), Reason.MALFORMED),
        (line(lamp=0x44), Reason.MALFORMED),
        (line()[1:], Reason.MALFORMED),
        (b"ERR 01\r\n", Reason.FAULT),
        (b"ST,GS,+  1.234kg\r\n", Reason.MALFORMED),
    ],
)
def test_what_is_no_weight_is_no_number(data: bytes, reason: Reason) -> None:
    """Overload, hold, blanks, errors, a lamp that is none, another format."""
    assert only(fed("cas22", data)) is reason


@pytest.mark.parametrize("lamp", [0x80, 0x8A, 0x8D, 0xFF ^ 0x10])
def test_no_lamp_ends_the_line(lamp: int) -> None:
    """Bit 7 keeps the lamp apart from CR and LF."""
    said = only(fed("cas22", line(lamp=lamp)))
    assert isinstance(said, tuple)
    assert said[0] == 1234.0
