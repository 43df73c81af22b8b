"""The pure half of supervision: what is told of a device in trouble, and how often."""

import pytest

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.outages import (
    GARBLED_HINT,
    PROOF_S,
    SILENT_HINT,
    Backoff,
    DeviceEvent,
    LineQuality,
    Loss,
    Lost,
    Opened,
    OpeningTail,
    Outage,
    Said,
)
from drivers.readings import BadReading, Reading, Reason, Scan, Temperature

MISSING = PortUnavailable("no such file", hint="plug it in")
REFUSED = PortUnavailable("permission denied", hint="give the right")
UNPLUGGED = PortLost("gone", hint="plug it in")
WRONG = BadSettings("cannot do 7E1", hint="another adapter")
SCAN = Scan("SF1234567890123", b"SF1234567890123", 0.0)
GARBAGE = BadReading(Reason.MALFORMED, b"\xff" * 20, 0.0)
SILENCE = BadReading(Reason.NO_DATA, b"", 0.0, "nothing understood for 3 s")
OVERLOAD = BadReading(Reason.OVERLOAD, b"OL,GS,+", 0.0)


def story(events: list[DeviceEvent]) -> list[str]:
    """The events in short."""
    return [str(event.reason) if isinstance(event, Lost) else type(event).__name__ for event in events]


def opened() -> Outage:
    """A device that opened well."""
    outage = Outage("gate")
    assert outage.opened(0.0) == [Opened("gate")]
    return outage


def test_back_off_doubles_up_to_ten_seconds_and_begins_again() -> None:
    """Without chance the pauses are 0.5, 1, 2, 4, 8, 10, 10; after a reset 0.5 again."""
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next_s() for _ in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    backoff.reset()
    assert backoff.next_s() == 0.5


def test_chance_shortens_a_pause_by_half_at_most() -> None:
    """The devices of a hub are tried out of step, and none is tried in a rush."""
    backoff = Backoff(lambda: 0.999)
    assert backoff.next_s() == pytest.approx(0.25, rel=0.01)
    assert backoff.next_s() == pytest.approx(0.5, rel=0.01)


def test_an_outage_is_one_report_however_many_attempts() -> None:
    """A hundred failed attempts are one Lost; losing it first and missing it then ask for the same repair."""
    outage = opened()
    assert outage.failed(UNPLUGGED) == [Lost("gate", Loss.UNPLUGGED, "plug it in", "gone")]
    for _ in range(100):
        assert outage.failed(MISSING) == []
    assert outage.down is Loss.UNAVAILABLE


@pytest.mark.parametrize(
    ("error", "loss"), [(MISSING, Loss.UNAVAILABLE), (UNPLUGGED, Loss.UNPLUGGED), (WRONG, Loss.BAD_SETTINGS)]
)
def test_a_device_that_never_opened_is_reported_too(error: DriverError, loss: Loss) -> None:
    """At start the first failure is told, with the way it failed."""
    (event,) = Outage("gate").failed(error)
    assert isinstance(event, Lost)
    assert event.reason is loss


def test_another_repair_is_another_report() -> None:
    """Plugged in again but without the right to open it: the technician hears of the right, once."""
    outage = opened()
    errors = [UNPLUGGED, MISSING, REFUSED, MISSING, REFUSED, WRONG, WRONG]
    assert [story(outage.failed(error)) for error in errors] == [
        ["unplugged"], [], ["unavailable"], [], [], ["bad_settings"], [],
    ]  # fmt: skip


def test_a_flapping_port_is_one_outage() -> None:
    """A port that opens and fails at once has not come back; one that stays open for the proof has."""
    outage = opened()
    outage.failed(UNPLUGGED)
    for _ in range(10):
        assert outage.opened(100.0) == []
        assert outage.tick(100.0 + PROOF_S - 0.1) == []
        assert outage.failed(UNPLUGGED) == []
        assert outage.tick(200.0) == []
    assert outage.opened(300.0) == []
    deadlines = [outage.deadline_s]
    assert outage.tick(300.0 + PROOF_S) == [Opened("gate")]
    assert [*deadlines, outage.deadline_s] == [300.0 + PROOF_S, None]
    assert story(outage.failed(UNPLUGGED)) == ["unplugged"]


@pytest.mark.parametrize("reading", [SCAN, OVERLOAD])
def test_a_clear_word_ends_an_outage_at_once(reading: Reading) -> None:
    """What is understood proves the device, a complaint of its own too; it is told after Opened."""
    outage = opened()
    outage.failed(UNPLUGGED)
    outage.opened(1.0)
    assert outage.heard(15, [reading]) == [Opened("gate"), Said("gate", reading)]
    assert outage.down is None


def test_garbage_proves_nothing() -> None:
    """After an outage a garbled frame is passed on and the device is still lost."""
    outage = opened()
    outage.failed(UNPLUGGED)
    outage.opened(1.0)
    assert outage.heard(20, [GARBAGE]) == [Said("gate", GARBAGE)]
    assert outage.down is Loss.UNPLUGGED


def test_silence_is_one_outage_and_only_speech_ends_it() -> None:
    """The silence of each fresh decoder is the same one; opening the port proves nothing."""
    outage = opened()
    assert outage.heard(0, [SILENCE]) == [
        Said("gate", SILENCE),
        Lost("gate", Loss.SILENT, SILENT_HINT, SILENCE.detail),
    ]
    for at_s in range(10, 100, 10):
        assert outage.opened(at_s) == []
        assert outage.deadline_s is None
        assert outage.heard(0, [SILENCE]) == []
    assert story(outage.heard(15, [SCAN])) == ["Opened", "Said"]


def test_a_garbled_line_is_reported_with_its_settings() -> None:
    """More garbage than sense asks for the line settings, once; a stretch of sense ends it, one lucky word does not."""
    outage = opened()
    assert story(outage.heard(100, [GARBAGE] * 3)) == ["garbled", "Said", "Said", "Said"]
    assert story(outage.heard(100, [GARBAGE] * 3)) == ["Said", "Said", "Said"]
    assert story(outage.heard(15, [SCAN])) == ["Said"]
    assert outage.down is Loss.GARBLED
    assert story(outage.heard(60, [SCAN] * 4)) == ["Opened", "Said", "Said", "Said", "Said"]


def test_a_garbled_scale_is_not_called_silent() -> None:
    """At a wrong baud rate the decoder understands nothing and says silence; the repair is in the settings."""
    outage = opened()
    events = outage.heard(570, [SILENCE])
    assert story(events) == ["garbled"]
    assert isinstance(events[0], Lost)
    assert events[0].hint == GARBLED_HINT


def test_a_verdict_needs_enough() -> None:
    """One odd code, however long, is no verdict; nor are three short ones; endless noise without a reading is."""
    quality = LineQuality()
    assert quality.take(2000, [GARBAGE]) is None
    assert quality.take(0, [GARBAGE] * 2) is True
    assert quality.take(45, [SCAN] * 3) is None
    assert quality.take(30, [SCAN] * 2) is False
    assert quality.take(4096, []) is None
    assert quality.take(4096, []) is True


def test_half_is_not_yet_garbage() -> None:
    """The bound is more than half of the bytes."""
    assert LineQuality().take(120, [SCAN] * 4) is False
    assert LineQuality().take(122, [SCAN] * 4) is True


def test_a_sampler_is_there_when_it_shows_anything_but_absence() -> None:
    """The first look that finds the sensor opens it; absence is told once as Lost, and each time as a reading."""
    outage = Outage("box")
    gone, cold = BadReading(Reason.DISCONNECTED, b"", 0.0), Temperature(4000, b"", 0.0)
    looks: list[list[Reading]] = [[gone], [gone], [cold], [cold], [BadReading(Reason.NO_DATA, b"", 0.0)], [gone]]
    assert [story(outage.looked(look)) for look in looks] == [
        ["disconnected", "Said"], ["Said"], ["Opened", "Said"], ["Said"], ["Said"], ["disconnected", "Said"],
    ]  # fmt: skip


def test_a_code_that_was_running_when_we_opened_is_no_code() -> None:
    """Bytes right after opening, and what follows without a pause, are told once as cut; after a pause all is read."""
    tail = OpeningTail(0.0, pauses=True)
    (reading,) = tail.cut(b"567890", 0.02) or []
    assert isinstance(reading, BadReading)
    assert reading.reason is Reason.TRUNCATED
    assert tail.cut(b"123\r", 0.11) == []
    assert tail.cut(b"SF1234567890123\r", 0.22) is None
    assert tail.cut(b"SF1234567890123\r", 0.23) is None


def test_the_answer_to_our_question_is_no_tail() -> None:
    """Once we sent something, what comes is its answer, however soon."""
    tail = OpeningTail(0.0, pauses=True)
    tail.asked()
    assert tail.cut(b"S S 1.0 kg\r\n", 0.01) is None


def test_a_device_that_speaks_all_the_time_loses_its_first_complaint_only() -> None:
    """The cut first frame is dropped if it is garbled; a good first frame is kept, and a second complaint too."""
    tail = OpeningTail(0.0, pauses=False)
    assert tail.cut(b"GS,+  1.234kg\r\n", 0.01) is None
    assert tail.after([]) == []
    assert tail.after([GARBAGE, SCAN]) == [SCAN]
    assert tail.after([GARBAGE]) == [GARBAGE]
    assert OpeningTail(0.0, pauses=False).after([SCAN]) == [SCAN]
