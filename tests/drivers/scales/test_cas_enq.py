"""What the recorded cases of `cas_enq` do not show: the conversation, units, checks that look like ends."""

import pytest

from drivers.frames import xor_of
from drivers.models import MODELS
from drivers.readings import Reason
from drivers.seam import Decoder
from tests.drivers.scales.common import fed, fresh, only, reasons, weights


def frame(body: bytes) -> bytes:
    """STA, SIGN, weight and unit, with a right check."""
    return b"\x01\x02" + body + bytes([xor_of(body)]) + b"\x03\x04"


GOOD = frame(b"S 00.488kg")


def begun() -> Decoder:
    """A decoder that has sent ENQ at time 0."""
    subject = fresh("cas_enq")
    subject.tick(0.0)
    assert subject.poll() == b"\x05"
    return subject


def test_the_conversation_goes_enq_ack_dc1_frame() -> None:
    """05, then 11 after 06, then the weight; the next ENQ at the cadence."""
    subject = begun()
    assert subject.feed(b"\x06", 0.02) == []
    assert subject.poll() == b"\x11"
    assert subject.poll() == b""
    assert only(subject.feed(GOOD, 0.05)) == (488.0, True, None)
    assert subject.poll() == b""
    assert subject.tick(0.23) == []
    assert subject.poll() == b"\x05"


def test_a_busy_scale_is_told_and_asked_later() -> None:
    """15 is an answer: it ends the exchange; in a stretch of them one a second is told."""
    subject = begun()
    assert only(subject.feed(b"\x15", 0.02)) is Reason.BUSY
    assert subject.poll() == b""
    subject.tick(0.2)
    assert subject.poll() == b"\x05"
    assert subject.feed(b"\x15", 0.22) == []
    assert only(subject.feed(b"\x15", 1.1)) is Reason.BUSY


def test_a_lost_frame_begins_the_exchange_anew() -> None:
    """After DC1 without a frame comes ENQ again."""
    subject = begun()
    subject.feed(b"\x06", 0.02)
    subject.poll()
    subject.tick(0.5)
    assert subject.poll() == b"\x05"


def test_a_scale_that_streams_is_not_asked() -> None:
    """Some OS2 send by themselves."""
    subject = fresh("cas_enq", ask=False)
    subject.tick(0.0)
    assert subject.poll() == b""
    assert only(subject.feed(GOOD, 0.0)) == (488.0, True, None)


@pytest.mark.parametrize("check", [0x01, 0x02, 0x03, 0x04, 0x06, 0x0D, 0x15])
def test_a_check_that_looks_like_an_end_is_a_check(check: int) -> None:
    """The frame is cut by its length, whatever the check: a wrong one costs its own frame alone."""
    said = fed("cas_enq", GOOD + GOOD[:12] + bytes([check]) + GOOD[13:] + GOOD)
    assert reasons(said) == [Reason.BAD_CHECKSUM]
    assert len(weights(said)) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"S-00.020kg", (-20.0, True, None)),
        (b"U 01.000lb", (453.59237, False, None)),
        (b"S   1234 g", (1234.0, True, None)),
        (b"SF00.000kg", Reason.OVERLOAD),
        (b"F 00.000kg", Reason.OUT_OF_RANGE),
        (b"S 00.4.8kg", Reason.MALFORMED),
        (b"X 00.488kg", Reason.MALFORMED),
        (b"S 00.488st", Reason.MALFORMED),
    ],
)
def test_every_status_sign_and_unit_is_read(body: bytes, said: object) -> None:
    """And damage under a right check is malformed."""
    assert only(fed("cas_enq", frame(body))) == said


def test_the_scale_can_be_told_zero_and_tare() -> None:
    """As the OS2CX has it."""
    settings = MODELS["cas_enq"].settings()(path="/dev/null")
    assert MODELS["cas_enq"].command(settings, "tare") == bytes.fromhex("3C544B3E09")
    assert MODELS["cas_enq"].command(settings, "zero") == bytes.fromhex("3C5A4B3E09")
