"""The voice with an `aplay` of our own: what it is given, that the next answer cuts it off, that nobody waits."""

import contextlib
import os
import queue
import select
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from station_agent.commands.run import _feedback
from station_agent.config import load
from station_agent.counter.answers import Answer
from station_agent.doctor import examine
from station_agent.findings import Finding, State
from station_agent.voice.clips import Clips
from station_agent.voice.player import RETRY_S, Voice, try_out
from station_agent.voice.sentences import spoken
from tests.station_agent.folder import init

RECEIVED = Answer("parcel.received", {"code": "3-2-1008"})
MODE = Answer("mode.out")
FORM = "-q -D default -t raw -f S16_LE -r 8000 -c 1 -B 200000 -"

_APLAY = """\
#!/bin/sh
trap '[ ! -e "{place}/hold" ] || echo "$$ cut" >"{tell}"; exit 1' TERM
[ ! -e "{place}/deaf" ] || trap '' TERM
if [ -e "{place}/broken" ]; then
    echo "ALSA lib conf.c: many words" >&2
    echo "aplay: main:831: audio open error: No such file or directory" >&2
    echo "$$ failed" >"{tell}"
    exit 1
fi
bytes=$(wc -c)
echo "$$ $* $bytes" >"{tell}"
while [ -e "{place}/hold" ]; do sleep 0.01; done
"""


class Loudspeaker:
    """A folder with an `aplay` that says how it was called and how much it was given; files tell it to misbehave.

    hold: it plays until the file is gone. deaf: it does not end when asked to. broken: it cannot open the card.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        tell = place / "tell"
        os.mkfifo(tell)
        self._ear = os.open(tell, os.O_RDWR | os.O_NONBLOCK)
        self._lines: list[str] = []
        self._process = 0
        (place / "aplay").write_text(_APLAY.format(place=place, tell=tell))
        (place / "aplay").chmod(0o755)

    def do(self, what: str) -> None:
        """Misbehave from now on."""
        (self.place / what).touch()

    def stop(self, what: str) -> None:
        """Behave again."""
        (self.place / what).unlink()

    def heard(self) -> str:
        """The next line `aplay` wrote; waits for it."""
        while not self._lines:
            assert select.select([self._ear], [], [], 10.0)[0], "nothing was played"
            self._lines += os.read(self._ear, 65536).decode().splitlines()
        process, _, said = self._lines.pop(0).partition(" ")
        self._process = int(process)
        return said

    def ended(self) -> None:
        """Wait until the `aplay` heard last is no more."""
        with contextlib.suppress(ProcessLookupError):
            process = os.pidfd_open(self._process)
            over = select.select([process], [], [], 10.0)[0]
            os.close(process)
            assert over

    def close(self) -> None:
        """Let whatever still plays end."""
        (self.place / "hold").unlink(missing_ok=True)
        os.close(self._ear)


@pytest.fixture
def loudspeaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loudspeaker]:
    """The only `aplay` there is."""
    place = tmp_path / "speaker"
    place.mkdir()
    speaker = Loudspeaker(place)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    yield speaker
    speaker.close()


def line(answer: Answer) -> str:
    """What the fake `aplay` writes when it is given all of an answer."""
    return f"{FORM} {len(Clips().sound(spoken(answer)))}"


def never(error: BaseException) -> None:
    """Nothing goes wrong unforeseen."""
    raise AssertionError(error)


def test_an_answer_is_played_whole(loudspeaker: Loudspeaker) -> None:
    """`aplay` gets the device that is named, the form of the sound, and every byte of it on its input."""
    told: list[str] = []
    voice = Voice("default", told.append, never)
    voice.give(RECEIVED)
    assert loudspeaker.heard() == line(RECEIVED)
    voice.give(MODE)
    assert (loudspeaker.heard(), told) == (line(MODE), [])


def test_the_next_answer_cuts_off_the_one_before(loudspeaker: Loudspeaker) -> None:
    """What is being said ends at once, without a complaint, and the newest is said."""
    told: list[str] = []
    voice = Voice("default", told.append, never)
    loudspeaker.do("hold")
    voice.give(RECEIVED)
    assert loudspeaker.heard() == line(RECEIVED)
    voice.give(MODE)
    assert (loudspeaker.heard(), loudspeaker.heard()) == ("cut", line(MODE))
    assert told == []


def test_the_counter_never_waits_for_a_loudspeaker(loudspeaker: Loudspeaker) -> None:
    """A thousand answers while an `aplay` hangs and does not hear that it is to end: all taken, the newest said."""
    voice = Voice("default", print, never)
    loudspeaker.do("hold")
    loudspeaker.do("deaf")
    voice.give(RECEIVED)
    assert loudspeaker.heard() == line(RECEIVED)
    for _ in range(1000):
        voice.give(RECEIVED)
    voice.give(MODE)
    while (heard := loudspeaker.heard()) != line(MODE):
        assert heard == line(RECEIVED)


class Time:
    """A clock by hand that knows how often it was looked at."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self._looks: queue.SimpleQueue[float] = queue.SimpleQueue()

    def __call__(self) -> float:
        self._looks.put(self.now_s)
        return self.now_s

    def looked_at(self, times: int) -> None:
        """Wait until the voice has looked so often more."""
        for _ in range(times):
            self._looks.get(timeout=10.0)


BEFORE, BEFORE_AND_FAILED = 1, 2
"""How often the voice looks at its clock: before it plays, and when it failed."""


def test_a_broken_loudspeaker_is_told_once_and_tried_again(loudspeaker: Loudspeaker) -> None:
    """The last line `aplay` wrote and the repair; tried again after ten seconds; told again only after it worked."""
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    clock = Time()
    voice = Voice("default", told.put, never, clock=clock)
    loudspeaker.do("broken")
    voice.give(RECEIVED)
    report = told.get(timeout=10.0)
    assert "audio open error: No such file or directory" in report
    assert "audio" in report.partition("→")[2]
    clock.now_s += RETRY_S
    voice.give(RECEIVED)
    assert [loudspeaker.heard(), loudspeaker.heard()] == ["failed", "failed"]
    clock.looked_at(2 * BEFORE_AND_FAILED)
    loudspeaker.stop("broken")
    clock.now_s += RETRY_S
    voice.give(RECEIVED)
    assert loudspeaker.heard() == line(RECEIVED)
    loudspeaker.ended()
    assert told.empty()
    loudspeaker.do("broken")
    voice.give(MODE)
    assert "audio open error" in told.get(timeout=10.0)


def test_a_broken_loudspeaker_is_left_alone_for_a_while(loudspeaker: Loudspeaker) -> None:
    """No `aplay` is started for the answers of the next ten seconds; the first after them is said."""
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    clock = Time()
    voice = Voice("default", told.put, never, clock=clock)
    loudspeaker.do("broken")
    voice.give(RECEIVED)
    told.get(timeout=10.0)
    assert loudspeaker.heard() == "failed"
    clock.looked_at(BEFORE_AND_FAILED)
    loudspeaker.stop("broken")
    clock.now_s += RETRY_S / 2
    voice.give(RECEIVED)
    clock.looked_at(BEFORE)
    clock.now_s += RETRY_S
    voice.give(MODE)
    assert loudspeaker.heard() == line(MODE)


def test_without_aplay_the_repair_is_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told once; the counter goes on."""
    monkeypatch.setenv("PATH", str(tmp_path))
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    Voice("default", told.put, never).give(RECEIVED)
    assert "sudo apt install alsa-utils" in told.get(timeout=10.0)


def test_a_program_that_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `aplay` that cannot be started is trouble like any other."""
    (tmp_path / "aplay").write_bytes(b"\x00 garbage")
    (tmp_path / "aplay").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    trouble = try_out("default")
    assert trouble is not None
    assert "alsa-utils" in trouble.repair


def test_clips_that_are_missing_are_found_out(tmp_path: Path, loudspeaker: Loudspeaker) -> None:
    """A package that lost its clips is silent; the doctor says so."""
    trouble = try_out("default", Clips(tmp_path))
    assert trouble is not None
    assert "缺" in trouble.seen
    assert try_out("default") is None
    assert loudspeaker.heard() == f"{FORM} 1600"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A station that speaks through a card of its own."""
    init(tmp_path)
    path = tmp_path / "etc" / "station.toml"
    path.write_text(path.read_text() + '\n[feedback]\nconsole = false\nvoice = true\nsound_device = "plughw:1"\n')
    return path


def _looked_at(config: Path) -> list[Finding]:
    return [finding for finding in examine(*load(config)) if "voice" in finding.part]


def test_the_doctor_tries_the_loudspeaker(config: Path, loudspeaker: Loudspeaker) -> None:
    """A moment of silence through the configured device; a silent station still works, so it is no more than a look."""
    assert [(finding.state, finding.seen) for finding in _looked_at(config)] == [(State.OK, "plughw:1")]
    loudspeaker.do("broken")
    (finding,) = _looked_at(config)
    assert finding.state is State.LOOK
    assert "audio open error" in finding.seen
    assert "aplay -L" in finding.repair


def test_the_station_speaks_through_the_device_it_is_given(config: Path, loudspeaker: Loudspeaker) -> None:
    """[feedback] voice and sound_device reach `aplay`."""
    settings, _ = load(config)
    _feedback(settings, never).give(MODE)
    assert loudspeaker.heard() == line(MODE).replace("-D default", "-D plughw:1")


def test_a_station_is_silent_by_default(tmp_path: Path, loudspeaker: Loudspeaker) -> None:
    """Without a word in the configuration no `aplay` is started, and the doctor does not look for one."""
    init(tmp_path)
    path = tmp_path / "etc" / "station.toml"
    loudspeaker.do("broken")
    assert load(path)[0].feedback.voice is False
    assert _looked_at(path) == []


def test_a_mistake_in_the_voices_thread_is_handed_on() -> None:
    """A thread that died silently would leave the station dumb for ever."""
    error = ZeroDivisionError("a mistake of ours")

    class Broken(Clips):
        def sound(self, clips: Iterable[str]) -> bytes:
            assert clips
            raise error

    told: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    Voice("default", print, told.put, Broken()).give(RECEIVED)
    assert told.get(timeout=5.0) is error
