"""What all scales share beyond what the contract suite holds: pauses, silence, asking, and weak frames."""

import pytest

from drivers.models import MODELS
from drivers.readings import Reason
from drivers.scales.asking import AskedSettings
from drivers.scales.decoding import STALE_S
from tests.drivers.scales.common import fed, fresh, only, reasons, weights

FRAME = bytes.fromhex("022b30303135363030313903")
ANSWER = bytes.fromhex("0241422b30303132333533314503")
READ_GROSS = bytes.fromhex("024142303303")
ASKED = sorted(
    model.name
    for model in MODELS.values()
    if model.role == "scale" and issubclass(model.settings(), AskedSettings) and fresh(model.name).poll()
)


def test_a_stale_head_is_never_joined_to_a_later_tail() -> None:
    """A pause of a second inside a frame means bytes were lost: both pieces are refused."""
    subject = fresh("yaohua_cont12", silent_after_s=0.0)
    subject.feed(FRAME[:6], 0.0)
    assert subject.deadline_s == STALE_S
    assert reasons(subject.feed(FRAME[6:], STALE_S)) == [Reason.TRUNCATED]
    assert weights(subject.feed(FRAME, STALE_S)) == [(1_560_000.0, None, None)]


def test_silence_is_told_once_and_ended_by_a_frame() -> None:
    """A scale that speaks all the time is silent after three seconds, once."""
    subject = fresh("yaohua_cont12")
    assert subject.tick(10.0) == []
    assert subject.deadline_s == 13.0
    assert reasons(subject.tick(13.0)) == [Reason.NO_DATA]
    assert subject.tick(99.0) == []
    subject.feed(FRAME, 100.0)
    assert reasons(subject.tick(103.0)) == [Reason.NO_DATA]


def test_an_asked_scale_is_asked_at_its_cadence() -> None:
    """Request, answer, rest, request; a lost answer is asked for again after its time-out."""
    subject = fresh("yaohua_cmd")
    subject.tick(0.0)
    assert subject.poll() == READ_GROSS
    assert subject.deadline_s == 0.3
    assert only(subject.feed(ANSWER, 0.1)) == (1235.0, None, False)
    assert subject.poll() == b""
    assert subject.deadline_s == 0.2
    subject.tick(0.2)
    assert subject.poll() == READ_GROSS
    subject.tick(0.5)
    assert subject.poll() == READ_GROSS


def test_a_scale_that_never_answers_is_silent_after_ten_tries() -> None:
    """It is told once; the asking goes on."""
    subject = fresh("yaohua_cmd")
    told, asked, now_s = [], 0, 0.0
    subject.tick(now_s)
    while now_s < 6.0:
        asked += bool(subject.poll())
        now_s = subject.deadline_s or now_s
        told += [(reading, now_s) for reading in subject.tick(now_s)]
    assert [(reasons([reading]), round(at_s, 3)) for reading, at_s in told] == [([Reason.NO_DATA], 3.0)]
    assert 18 <= asked <= 22


def test_half_an_answer_is_given_up_with_its_request() -> None:
    """The next answer is not joined to it."""
    subject = fresh("yaohua_cmd")
    subject.tick(0.0)
    subject.poll()
    subject.feed(ANSWER[:7], 0.1)
    assert reasons(subject.tick(0.4)) == [Reason.TRUNCATED]
    assert subject.poll() == READ_GROSS
    assert weights(subject.feed(ANSWER, 0.5)) == [(1235.0, None, False)]


def test_a_garbled_answer_is_no_answer() -> None:
    """It is asked again when the time-out has passed, not at once."""
    subject = fresh("yaohua_cmd")
    subject.tick(0.0)
    subject.poll()
    assert reasons(subject.feed(ANSWER.replace(b"1235", b"1236"), 0.1)) == [Reason.BAD_CHECKSUM]
    assert subject.poll() == b""
    subject.tick(0.4)
    assert subject.poll() == READ_GROSS


@pytest.mark.parametrize("name", ASKED)
def test_every_asked_scale_is_asked_again(name: str) -> None:
    """No answer at all leaves no asked scale waiting for ever."""
    subject = fresh(name)
    subject.tick(0.0)
    request = subject.poll()
    assert request
    assert subject.deadline_s is not None
    subject.tick(subject.deadline_s)
    assert subject.poll() == request


def test_which_scales_are_asked() -> None:
    """The rest speak by themselves as they leave the maker, or are set to."""
    assert ASKED == ["adam_az", "cas_enq", "mtsics", "nci_scp01", "toledo8217", "yaohua_cmd"]


def test_a_frame_far_off_the_format_is_no_reading() -> None:
    """Frames of another model are skipped without a number."""
    assert weights(fed("yaohua_cont12", b"ST,GS,+  1.234kg\r\n" * 20)) == []
    assert weights(fed("stgs_ascii", FRAME * 20)) == []
