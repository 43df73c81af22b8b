"""How an answer reaches people: the terminal, and the panel of light and buzzer. Always after the commit.

    Feedback        the seam: give(answer)
    Console         one line on a stream, Chinese first
    Panel           one line to a panel on a serial path: colour, sound, phrase, values
    Several         all of them

A panel that is unplugged must not stop the counter: it is tried again with the next answer, at most once a second.
Called by the agent.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from drivers.errors import DriverError
from drivers.seam import Port
from station_agent.counter.answers import Answer, Colour

RETRY_S = 1.0
_MARK = {Colour.GREEN: "●绿", Colour.YELLOW: "▲黄", Colour.RED: "■红"}


class Feedback(Protocol):
    """Whatever tells a person the answer."""

    def give(self, answer: Answer) -> None:
        """Tell it now; never raises for a broken device."""


class Console:
    """Answers as lines of text."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream`."""
        self._stream = stream

    def give(self, answer: Answer) -> None:
        """Write one line; a reader that has gone away is no reason to stop the counter."""
        with contextlib.suppress(OSError):
            self._stream.write(f"{_MARK[answer.colour]} {answer.zh} / {answer.en}\n")
            self._stream.flush()


class Panel:
    """A signal panel: `<colour> <sound> <phrase> [values...]` in ASCII, one line an answer."""

    def __init__(self, port: Port, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the port, or later if it is not there yet."""
        self._port, self._clock = port, clock
        self._open = False
        self._tried_s = float("-inf")
        self._try_open()

    def give(self, answer: Answer) -> None:
        """Send one line; a lost panel is opened again at once, then with a later answer, and told the newest."""
        if not self._open and self._clock() - self._tried_s >= RETRY_S:
            self._try_open()
        values = [value.replace(" ", "_") for value in answer.values.values()]
        words = [answer.colour, answer.sound, answer.phrase, *values]
        line = " ".join(words).encode("ascii", "replace") + b"\n"
        # A panel that was plugged in again is only noticed by the write that fails: the answer is sent once more.
        if self._open and not self._send(line):
            self._try_open()
            if self._open:
                self._send(line)

    def _send(self, line: bytes) -> bool:
        """Write one line; return whether the panel took it."""
        try:
            self._port.write(line)
        except DriverError:
            self._port.close()
            self._open = False
        return self._open

    def _try_open(self) -> None:
        self._tried_s = self._clock()
        try:
            self._port.open()
        except DriverError:
            return
        self._open = True


class Several:
    """Every one of them, in order: what is quickest to notice first."""

    def __init__(self, ways: Sequence[Feedback]) -> None:
        """Keep the order given."""
        self._ways = ways

    def give(self, answer: Answer) -> None:
        """Tell it everywhere."""
        for way in self._ways:
            way.give(answer)
