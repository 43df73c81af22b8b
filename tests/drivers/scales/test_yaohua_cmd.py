"""What the recorded cases of `yaohua_cmd` do not show: addresses, echoes, what is asked for."""

import msgspec
import pytest

from drivers.frames import xor_hex
from drivers.models import MODELS
from drivers.readings import Reason
from tests.drivers.scales.common import fed, fresh, only


def answer(body: bytes) -> bytes:
    """Address, command and data, with a right check."""
    return b"\x02" + body + xor_hex(body) + b"\x03"


def test_the_request_names_address_and_quantity() -> None:
    """Gross of No. 1 by default; the settings choose."""
    assert fresh("yaohua_cmd").poll() == bytes.fromhex("024142303303")
    assert fresh("yaohua_cmd", address="B").poll() == bytes.fromhex("024242303003")
    assert fresh("yaohua_cmd", weight="net").poll() == bytes.fromhex("024144303503")


@pytest.mark.parametrize("address", ["", "AA", "a", "1"])
def test_an_address_is_one_letter(address: str) -> None:
    """Settings that cannot be are refused when they are read."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"path": "x", "address": address}, MODELS["yaohua_cmd"].settings())


def test_an_echo_is_passed_over() -> None:
    """A half-duplex adapter gives back what we sent; the answer after it is read, and rests the asking."""
    subject = fresh("yaohua_cmd")
    subject.tick(0.0)
    request = subject.poll()
    assert only(subject.feed(request + answer(b"AB+0012353"), 0.05)) == (1235.0, None, False)
    subject.tick(0.2)
    assert subject.poll() == request


def test_an_echo_alone_is_no_answer() -> None:
    """The scale is asked again when the time-out has passed."""
    subject = fresh("yaohua_cmd")
    subject.tick(0.0)
    request = subject.poll()
    assert subject.feed(request, 0.05) == []
    subject.tick(0.35)
    assert subject.poll() == request


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"BB+0012353", Reason.MALFORMED),
        (b"AC+0000203", Reason.TARE),
        (b"AF+0012353", Reason.MALFORMED),
        (b"AB+0012357", Reason.MALFORMED),
        (b"AB+00 2353", Reason.MALFORMED),
    ],
)
def test_an_answer_that_is_no_weight_of_ours_is_no_number(body: bytes, reason: Reason) -> None:
    """Another address, the tare, the amount, and damage under a right check."""
    assert only(fed("yaohua_cmd", answer(body))) is reason
