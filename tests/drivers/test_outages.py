"""The pure half of supervision: what is told of a device in trouble, and how often."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from drivers.scanners.scan_serial import ScanSerialDecoder, Settings

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
    assert outage.heard(15, [reading], 1.0) == [Opened("gate"), Said("gate", reading)]
    assert outage.down is None


def test_garbage_proves_nothing() -> None:
    """After an outage a garbled frame is passed on and the device is still lost."""
    outage = opened()
    outage.failed(UNPLUGGED)
    outage.opened(1.0)
    assert outage.heard(20, [GARBAGE], 1.0) == [Said("gate", GARBAGE)]
    assert outage.down is Loss.UNPLUGGED


def test_silence_is_one_outage_and_only_speech_ends_it() -> None:
    """The silence of each fresh decoder is the same one; opening the port proves nothing."""
    outage = opened()
    assert outage.heard(0, [SILENCE], 3.0) == [
        Said("gate", SILENCE),
        Lost("gate", Loss.SILENT, SILENT_HINT, SILENCE.detail),
    ]
    for at_s in range(10, 100, 10):
        assert outage.opened(at_s) == []
        assert outage.deadline_s is None
        assert outage.heard(0, [SILENCE], at_s + 3.0) == []
    assert story(outage.heard(15, [SCAN], 100.0)) == ["Opened", "Said"]


def test_a_garbled_line_is_reported_with_its_settings() -> None:
    """Nothing but garbage asks for the line settings, once; a stretch of sense ends it, one lucky word does not."""
    outage = opened()
    events = [story(outage.heard(30, [GARBAGE], at_s)) for at_s in (0.0, 10.0, 20.0, 30.0, 40.0, 50.0)]
    assert events == [["Said"], ["Said"], ["garbled", "Said"], ["Said"], ["Said"], ["Said"]]
    assert story(outage.heard(15, [SCAN], 60.0)) == ["Said"]
    assert outage.down is Loss.GARBLED
    assert story(outage.heard(60, [SCAN] * 4, 70.0)) == ["Opened", "Said", "Said", "Said", "Said"]


def test_a_garbled_scale_is_not_called_silent() -> None:
    """At a wrong baud rate the decoder understands nothing and says silence; the repair is in the settings."""
    outage = opened()
    events = outage.heard(570, [SILENCE], 3.0)
    assert story(events) == ["garbled"]
    assert isinstance(events[0], Lost)
    assert events[0].hint == GARBLED_HINT


def test_a_burst_of_noise_and_then_nothing_is_a_silence() -> None:
    """A scale that is struck dead is not told to compare its line settings."""
    outage = opened()
    assert story(outage.heard(570, [GARBAGE], 10.0)) == ["Said"]
    assert story(outage.heard(0, [SILENCE], 13.0)) == ["Said", "silent"]


def test_a_thermometer_whose_answers_are_garbled_is_not_called_silent() -> None:
    """Asked once a minute it is silent between: two garbled answers and no good one speak of the line."""
    outage = opened()
    for at_s in (0.0, 60.0):
        outage.heard(40, [GARBAGE], at_s)
    assert story(outage.heard(0, [SILENCE], 90.0)) == ["garbled"]


def test_a_verdict_needs_enough() -> None:
    """Three garbled occasions of 64 bytes in all; without a reading one must be longer than any frame."""
    quality = LineQuality()
    assert [quality.take(13, [GARBAGE], at_s) for at_s in (0.0, 5.0, 10.0, 15.0)] == [None] * 4
    assert quality.take(13, [GARBAGE], 20.0) is True
    assert [quality.take(500, [GARBAGE], at_s) for at_s in (30.0, 31.0, 34.9, 35.0, 36.0)] == [None] * 5
    assert quality.take(500, [GARBAGE], 40.0) is True
    assert [quality.take(4096, [], at_s) for at_s in (50.0, 51.0, 55.0, 56.0, 60.0)] == [None] * 5
    assert quality.take(4096, [], 61.0) is True


def test_a_good_verdict_needs_enough() -> None:
    """Three readings and 64 bytes, however they come."""
    quality = LineQuality()
    assert [quality.take(15, [SCAN], at_s) for at_s in (0.0, 1.0, 50.0, 51.0)] == [None] * 4
    assert quality.take(15, [SCAN], 60.0) is False


def test_half_is_not_yet_garbage() -> None:
    """The bound is more than half of an occasion's bytes; short words do not count beyond their bytes."""
    word = Scan("1234567", b"1234567", 0.0)
    for received, verdict in ((56, None), (58, True)):
        quality = LineQuality()
        takes = [quality.take(received, [word] * 4, at_s) for at_s in (0.0, 5.0, 10.0)]
        assert takes[:2] != [True, True]
        assert (True in takes) is (verdict is True)


# A gun on its line, through its real decoder

GAP_S = st.floats(min_value=0.0, max_value=400.0)
NOISE = st.binary(min_size=1, max_size=200)
GARBLED_CODE = st.lists(st.sampled_from(b"\x80\xff"), min_size=13, max_size=30).map(bytes)
"""What a code becomes at a wrong speed or parity: bytes that begin no character in any text we take."""


def losses(arrivals: Sequence[tuple[float, bytes]]) -> list[Loss]:
    """What a gun is accused of in the end, if these bytes come so long after one another."""
    outage, decoder, now_s = opened(), ScanSerialDecoder(Settings(path="-")), 0.0
    events: list[DeviceEvent] = []
    for gap_s, data in arrivals:
        begun_s, now_s = now_s, now_s + gap_s
        if begun_s < (decoder.deadline_s or now_s) < now_s:
            events += outage.heard(0, decoder.tick(decoder.deadline_s or now_s), decoder.deadline_s or now_s)
        events += outage.heard(len(data), decoder.feed(data, now_s), now_s)
    return [event.reason for event in events if isinstance(event, Lost)]


@given(st.lists(st.tuples(st.lists(st.tuples(GAP_S, NOISE), max_size=2), st.floats(min_value=1.0, max_value=60.0))))
def test_a_gun_that_is_read_now_and_then_is_never_accused(
    rounds: list[tuple[list[tuple[float, bytes]], float]],
) -> None:
    """Whatever noise falls between its scans: a code that was read forgets the noise before it."""
    code = b"SF1234567890123\r"
    assert losses([arrival for noise, gap_s in rounds for arrival in (*noise, (gap_s, code))]) == []


@given(
    st.lists(st.tuples(st.floats(min_value=0.0, max_value=1.0), st.binary(min_size=1, max_size=3000)), max_size=4),
    st.integers(min_value=1, max_value=5),
)
def test_one_burst_of_noise_accuses_nobody(burst: list[tuple[float, bytes]], count: int) -> None:
    """However many bytes come within some seconds, and again after ten minutes, and again."""
    arrivals = [arrival for _ in range(count) for arrival in ((LineQuality.WITHIN_S, b"\xff"), *burst)]
    assert losses(arrivals) == []


@given(st.lists(st.tuples(st.floats(min_value=LineQuality.SPAN_S, max_value=100.0), GARBLED_CODE), min_size=5))
def test_wrong_line_settings_are_noticed_within_five_scans(scans: list[tuple[float, bytes]]) -> None:
    """A gun of which nothing is ever read is accused, once, also after it was read well."""
    well = [(2.0, b"SF1234567890123\r")] * 10
    first = (1.0, scans[0][1])
    noticed = losses([*well, *scans[:5], (1.0, b"\r")])
    assert (noticed, losses([first, *scans[1:], (1.0, b"\r")])) == ([Loss.GARBLED], [Loss.GARBLED])


def test_a_sampler_is_there_when_it_shows_anything_but_absence() -> None:
    """The first look that finds the sensor opens it; absence is told once as Lost, and each time as a reading."""
    outage = Outage("box")
    gone, cold = BadReading(Reason.DISCONNECTED, b"", 0.0), Temperature(4000, b"", 0.0)
    looks: list[list[Reading]] = [[gone], [gone], [cold], [cold], [BadReading(Reason.NO_DATA, b"", 0.0)], [gone]]
    assert [story(outage.looked(look)) for look in looks] == [
        ["disconnected", "Said"], ["Said"], ["Opened", "Said"], ["Said"], ["Said"], ["disconnected", "Said"],
    ]  # fmt: skip


def test_a_look_that_finds_nothing_new_shows_a_device_that_can_be_opened() -> None:
    """A camera whose folder is back is there without a picture; a bus without its sensor is not."""
    outage, gone = Outage("camera"), BadReading(Reason.DISCONNECTED, b"", 0.0)
    assert story(outage.looked([])) == ["Opened"]
    assert story(outage.failed(MISSING)) == ["unavailable"]
    assert story(outage.looked([])) == ["Opened"]
    assert story([*outage.looked([]), *outage.looked([gone]), *outage.looked([])]) == ["disconnected", "Said"]


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
