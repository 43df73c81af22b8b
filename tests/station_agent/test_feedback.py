"""Feedback: a line for the panel, a line for the terminal, and a panel that goes away stops nobody."""

import contextlib
import io
import os
import queue
import threading
import tty
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.errors import PortLost, PortUnavailable
from drivers.ports import SerialPort
from drivers.settings import SerialSettings
from station_agent.counter.answers import PHRASES, Advice, Answer
from station_agent.feedback import RETRY_S, Console, Panel, Several

RECEIVED = Answer("parcel.received", {"code": "3-2-1008"})
LINE = b"green high parcel.received 3-2-1008\n"
SOON_S = 5.0


@dataclass
class Socket:
    """A port whose panel can be pulled out and put back, and can hang; a handle opened before that is dead."""

    there: bool = True
    opened: bool = False
    alive: bool = False
    room: int = 1 << 20
    opens: queue.SimpleQueue[bool] = field(default_factory=queue.SimpleQueue)
    shown: queue.SimpleQueue[bytes] = field(default_factory=queue.SimpleQueue)
    dropped: int = 0
    slow: threading.Event | None = None

    def open(self) -> None:
        """Take the panel."""
        self.opens.put(self.there)
        if self.slow is not None:
            assert self.slow.wait(SOON_S)
        if not self.there:
            raise PortUnavailable("no panel", hint="plug it in")
        self.opened = self.alive = True

    def offer(self, data: bytes) -> int:
        """Show what there is room for."""
        assert self.opened
        if not self.alive:
            raise PortLost("gone", hint="plug it in")
        taken, self.room = data[: self.room], max(0, self.room - len(data))
        if taken:
            self.shown.put(taken)
        return len(taken)

    def drop_unsent(self) -> None:
        """Forget it."""
        self.dropped += 1

    def close(self) -> None:
        """Let go."""
        self.opened = self.alive = False

    def pull(self) -> None:
        """Unplug it."""
        self.there = self.alive = False

    def put_back(self) -> None:
        """Plug it in again: the old handle stays dead."""
        self.there = True

    def lines(self) -> list[bytes]:
        """What was shown since the last call."""
        return [self.shown.get() for _ in range(self.shown.qsize())]


@dataclass
class Patience:
    """A pause that lasts until the test says so."""

    begun: queue.SimpleQueue[float] = field(default_factory=queue.SimpleQueue)
    over: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __call__(self, seconds: float) -> None:
        """Wait."""
        self.begun.put(seconds)
        assert self.over.acquire(timeout=SOON_S)


def never(error: BaseException) -> None:
    """Nothing goes wrong unforeseen."""
    raise AssertionError(error)


def test_a_panels_line() -> None:
    """Colour, sound, phrase and values in ASCII, a blank within a value made one word, ended by a line feed."""
    socket = Socket()
    panel = Panel(socket, never)
    panel.give(RECEIVED)
    panel.give(Answer("device.fault", {"device": "old gun"}, advice=Advice.of("插好线 / plug it in")))
    assert socket.lines() == [
        b"green high parcel.received 3-2-1008\n",
        b"yellow high-low device.fault old_gun\n",
    ]


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_every_phrase_is_one_line_of_ascii(name: str) -> None:
    """Whatever the values hold, a panel gets one line it can read."""
    socket = Socket()
    values = {"here": "3", "bag": "袋", "code": "é 1", "weight_kg": "1.5", "device": "枪"}
    Panel(socket, never).give(Answer(name, values, advice=Advice.of("两\n行")))
    (line,) = socket.lines()
    assert line.isascii()
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")


def test_a_panel_that_was_plugged_in_again_shows_the_answer_that_found_it_gone() -> None:
    """The write that fails on the old handle has the panel opened anew, and the same answer is shown."""
    socket = Socket()
    panel = Panel(socket, never)
    socket.pull()
    socket.put_back()
    panel.give(RECEIVED)
    assert socket.shown.get(timeout=SOON_S) == LINE


def test_opening_a_panel_holds_up_no_answer() -> None:
    """A port takes its time to settle: answers are given meanwhile, and the panel then shows the newest only."""
    socket = Socket()
    panel = Panel(socket, never)
    socket.slow = threading.Event()
    socket.pull()
    socket.put_back()
    for name in ("mode.in", "mode.out", "parcel.received"):
        panel.give(Answer(name, {"code": "3-2-1008"}))
    assert socket.lines() == []
    socket.slow.set()
    assert socket.shown.get(timeout=SOON_S) == LINE
    assert socket.lines() == []


def test_a_panel_that_is_gone_is_tried_once_a_second() -> None:
    """It is looked for when there is something to show, at most once a second, and shows the newest answer."""
    socket, patience = Socket(there=False), Patience()
    panel = Panel(socket, never, patience)
    for _ in range(2):
        panel.give(Answer("mode.in"))
        assert patience.begun.get(timeout=SOON_S) == RETRY_S
        assert socket.opens.qsize() == 2
        socket.opens.get()
        patience.over.release()
    panel.give(Answer("mode.out"))
    assert patience.begun.get(timeout=SOON_S) == RETRY_S
    socket.put_back()
    panel.give(Answer("mode.in"))
    panel.give(RECEIVED)
    patience.over.release()
    assert socket.shown.get(timeout=SOON_S) == LINE
    assert socket.lines() == []


def test_a_panel_that_comes_back_shows_no_old_answer() -> None:
    """What was said while it was gone is over; it is looked for again with the next answer."""
    socket, patience = Socket(there=False), Patience()
    panel = Panel(socket, never, patience)
    panel.give(Answer("mode.in"))
    patience.begun.get(timeout=SOON_S)
    socket.put_back()
    patience.over.release()
    panel.give(RECEIVED)
    assert socket.shown.get(timeout=SOON_S) == LINE


def test_a_panel_that_hangs_gets_the_newest_line() -> None:
    """What it did not take is dropped; a line it took half of is ended before the next one."""
    socket = Socket()
    panel = Panel(socket, never)
    socket.room = 10
    panel.give(Answer("mode.in"))
    panel.give(Answer("mode.out"))
    assert (b"".join(socket.lines()), socket.dropped) == (b"green low ", 2)
    socket.room = 1000
    panel.give(RECEIVED)
    assert socket.lines() == [LINE]
    assert socket.opens.qsize() == 1


def test_a_real_port_whose_panel_hangs_takes_every_answer_at_once(tmp_path: Path) -> None:
    """With nobody reading, thousands of answers cost nothing and need no reopening; at the end the newest is there."""
    far, near = os.openpty()
    tty.setraw(near)
    (tmp_path / "panel").symlink_to(os.ttyname(near))
    panel = Panel(SerialPort(SerialSettings(path=str(tmp_path / "panel")), settle_s=0.0), never)
    (tmp_path / "panel").unlink()  # it could not be opened again
    for number in range(3000):
        panel.give(Answer("parcel.received", {"code": f"3-2-{number:04d}"}))
    os.set_blocking(far, False)
    shown = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            shown += os.read(far, 65536)
    assert shown.endswith(b"\ngreen high parcel.received 3-2-2999\n")
    assert len(shown) < 3000 * len(LINE) / 2
    os.close(far)
    os.close(near)


def test_a_mistake_in_the_panels_thread_is_handed_on() -> None:
    """A thread that died silently would leave the panel dark for ever."""
    error = ZeroDivisionError("a mistake of ours")

    class Broken(Socket):
        def open(self) -> None:
            if threading.current_thread().name == "panel":
                raise error
            super().open()

    told: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    Panel(Broken(there=False), told.put).give(RECEIVED)
    assert told.get(timeout=SOON_S) is error


def test_the_terminals_line() -> None:
    """A mark of the colour that is not colour alone, Chinese, English."""
    stream = io.StringIO()
    Console(stream).give(RECEIVED)
    assert stream.getvalue() == "●绿 入库 取件码 3-2-1008 / received, pick-up code 3-2-1008\n"


class Gone(io.StringIO):
    """A pipe nobody reads any more."""

    def flush(self) -> None:
        """Say so."""
        raise BrokenPipeError


def test_a_terminal_that_went_away_stops_nobody() -> None:
    """The entry is on disk; that nobody reads the log is no reason to end."""
    socket = Socket()
    Several([Console(Gone()), Panel(socket, never)]).give(RECEIVED)
    assert len(socket.lines()) == 1


def test_several_keep_their_order() -> None:
    """Every way is told, the first first."""
    told: list[str] = []

    class Way:
        def __init__(self, name: str) -> None:
            self.name = name

        def give(self, answer: Answer) -> None:
            told.append(f"{self.name} {answer.phrase}")

    Several([Way("panel"), Way("console")]).give(RECEIVED)
    assert told == ["panel parcel.received", "console parcel.received"]
