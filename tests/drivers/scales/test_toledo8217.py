"""What the recorded cases of `toledo8217` do not show: every status, parity, units, commands."""

import pytest

from drivers.models import MODELS
from drivers.readings import Reason
from tests.drivers.scales.common import fed, fresh, only, reasons, weights

WEIGHT = b"\x0201.234\r"


@pytest.mark.parametrize("status", range(0x40, 0x80))
def test_every_status_byte_is_a_status(status: int) -> None:
    """None is taken for a frame's end or start; zero at rest is the weight 0, all else a reason."""
    said = only(fed("toledo8217", b"\x02?" + bytes([status]) + b"\r"))
    if status & 0x0F == 0 and status & 0x10:
        assert said == (0.0, True, bool(status & 0x20))
    else:
        assert said in (
            Reason.OVERLOAD, Reason.UNDERLOAD, Reason.ZERO_ERROR, Reason.UNSTABLE, Reason.BUSY
        )  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "keys", "weight_g", "net"),
    [
        (b"\x02 1.234\r", {}, 1234.0, False),
        (b"\x0212.34N\r", {"unit": "lb"}, 5597.3298458, True),
        (b"\x02001234\r", {"unit": "g"}, 1234.0, False),
    ],
)
def test_every_layout_reads_to_grams(frame: bytes, keys: dict[str, str], weight_g: float, net: bool) -> None:
    """Blanks in front, net, pounds and grams."""
    ((got_g, stable, is_net),) = weights(fed("toledo8217", frame, **keys))
    assert abs(got_g - weight_g) < 1e-9 * weight_g
    assert (stable, is_net) == (True, net)


def test_a_number_without_a_point_is_not_guessed_at() -> None:
    """In kilograms it could be anything."""
    assert only(fed("toledo8217", b"\x02001234\r")) is Reason.MALFORMED


@pytest.mark.parametrize("keys", [{}, {"bytesize": 8, "parity": "N"}, {"parity": "E"}])
def test_parity_in_bit_7_is_cleared_whatever_the_line(keys: dict[str, object]) -> None:
    """A 7E1 scale on an 8N1 port reads as it should, and a flipped bit beside a parity bit is seen."""
    shown = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in WEIGHT)
    assert weights(fed("toledo8217", shown, **keys)) == [(1234.0, True, False)]
    damaged = shown.replace(b"\xb2", b"\xb3")
    assert weights(fed("toledo8217", damaged, **keys)) == []


def test_odd_parity_is_a_setting() -> None:
    """Set where the scale is."""
    shown = bytes(byte if byte.bit_count() % 2 else byte | 0x80 for byte in WEIGHT)
    assert weights(fed("toledo8217", shown, parity="O")) == [(1234.0, True, False)]


def test_a_new_frame_ends_a_cut_one() -> None:
    """STX is in no frame."""
    assert weights(fed("toledo8217", WEIGHT[:4] + WEIGHT)) == [(1234.0, True, False)]


def test_the_echo_of_a_probe_is_no_reading_and_no_answer() -> None:
    """It is passed over, and W is still awaited."""
    subject = fresh("toledo8217")
    subject.tick(0.0)
    assert subject.poll() == b"W"
    assert subject.feed(b"\x02E\rhello", 0.1) == []
    assert subject.poll() == b""


def test_the_cadence_is_that_of_odoo() -> None:
    """Half a second from request to request, a second for an answer, silent after five."""
    subject = fresh("toledo8217")
    subject.tick(0.0)
    subject.poll()
    assert subject.deadline_s == 1.0
    subject.feed(WEIGHT, 0.2)
    assert subject.deadline_s == 0.5
    assert reasons(subject.tick(5.2)) == [Reason.NO_DATA]


def test_the_scale_can_be_told_zero_and_tare() -> None:
    """Single bytes, no terminator."""
    settings = MODELS["toledo8217"].settings()(path="/dev/null")
    assert MODELS["toledo8217"].command(settings, "zero") == b"Z"
    assert MODELS["toledo8217"].command(settings, "tare") == b"T"
