"""Feedback: a line for the panel, a line for the terminal, and a panel that goes away stops nobody."""

import io
from dataclasses import dataclass, field

import pytest

from drivers.errors import PortLost, PortUnavailable
from station_agent.counter.answers import PHRASES, Advice, Answer
from station_agent.feedback import RETRY_S, Console, Panel, Several

RECEIVED = Answer("parcel.received", {"code": "3-2-1008"})


@dataclass
class Socket:
    """A port whose panel can be pulled out and put back; a handle opened before that is dead."""

    there: bool = True
    opened: bool = False
    alive: bool = False
    opens: int = 0
    lines: list[bytes] = field(default_factory=list)

    def open(self) -> None:
        """Take the panel."""
        self.opens += 1
        if not self.there:
            raise PortUnavailable("no panel", hint="plug it in")
        self.opened = self.alive = True

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Nothing is ever read from a panel."""
        raise NotImplementedError(max_bytes, timeout_s)

    def write(self, data: bytes) -> None:
        """Show a line."""
        assert self.opened
        if not self.alive:
            raise PortLost("gone", hint="plug it in")
        self.lines.append(data)

    def close(self) -> None:
        """Let go."""
        self.opened = self.alive = False

    def interrupt(self) -> None:
        """Nobody reads."""

    def pull(self) -> None:
        """Unplug it."""
        self.there = self.alive = False

    def put_back(self) -> None:
        """Plug it in again: the old handle stays dead."""
        self.there = True


@dataclass
class Time:
    """A clock by hand."""

    now_s: float = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


def test_a_panels_line() -> None:
    """Colour, sound, phrase and values in ASCII, a blank within a value made one word, ended by a line feed."""
    socket = Socket()
    panel = Panel(socket)
    panel.give(RECEIVED)
    panel.give(Answer("device.fault", {"device": "old gun"}, advice=Advice.of("插好线 / plug it in")))
    assert socket.lines == [
        b"green high parcel.received 3-2-1008\n",
        b"yellow high-low device.fault old_gun\n",
    ]


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_every_phrase_is_one_line_of_ascii(name: str) -> None:
    """Whatever the values hold, a panel gets one line it can read."""
    socket = Socket()
    values = {"here": "3", "bag": "袋", "code": "é 1", "weight_kg": "1.5", "device": "枪"}
    Panel(socket).give(Answer(name, values, advice=Advice.of("两\n行")))
    (line,) = socket.lines
    assert line.isascii()
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")


def test_a_panel_that_was_plugged_in_again_shows_the_next_answer() -> None:
    """The write that finds the old handle dead opens the panel anew and sends the answer again."""
    socket = Socket()
    panel = Panel(socket)
    socket.pull()
    socket.put_back()
    panel.give(RECEIVED)
    assert socket.lines == [b"green high parcel.received 3-2-1008\n"]


def test_a_panel_that_is_gone_is_tried_once_a_second() -> None:
    """Answers go on without it; it is opened with an answer, at most once a second, and shows that one."""
    clock, socket = Time(), Socket(there=False)
    panel = Panel(socket, clock)
    for _ in range(5):
        panel.give(RECEIVED)
    assert socket.opens == 1
    clock.now_s = RETRY_S
    panel.give(RECEIVED)
    assert (socket.opens, socket.lines) == (2, [])
    socket.put_back()
    clock.now_s = 2 * RETRY_S
    panel.give(RECEIVED)
    assert (socket.opens, len(socket.lines)) == (3, 1)


def test_a_panel_pulled_out_in_the_middle() -> None:
    """The answer after it went is lost on the panel alone; nothing is raised."""
    clock, socket = Time(), Socket()
    panel = Panel(socket, clock)
    socket.pull()
    panel.give(RECEIVED)
    panel.give(RECEIVED)
    assert (socket.opens, socket.lines, socket.opened) == (2, [], False)


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
    Several([Console(Gone()), Panel(socket)]).give(RECEIVED)
    assert len(socket.lines) == 1


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
