"""How an answer reaches people: the terminal, and the panel of light and buzzer. Always after the commit.

    Feedback        the seam: give(answer)
    Console         one line on a stream, Chinese first
    Panel           one line to a panel on a serial path: colour, sound, phrase, values
    Several         all of them

A panel must never hold up the counter. Whoever gives the answer sends the line, as far as the kernel takes it at once:
no thread stands between. What a panel that hangs has not taken is dropped for the newer line. One that is gone is
opened again on a thread of its own, which is slow; an attempt that fails is repeated after RETRY_S at the earliest.

    state      input                                 -> state, what is done
    open       line taken                            -> open
    open       line not taken (the panel hangs)      -> open, unsent lines dropped, the line offered once more
    open       lost (unplugged)                      -> lost, the line is kept
    lost       another line                          -> lost, only the newest is kept
    lost       opened by the thread                  -> open, the newest line is sent
    lost       cannot be opened                      -> lost, the line is dropped; tried again for the next one

Called by the agent.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from drivers.errors import DriverError
from station_agent.counter.answers import Answer, Colour

RETRY_S = 1.0
_NEVER_WRITTEN = frozenset({"key.digit"})
"""Digits keyed one by one make a telephone number. A panel or a voice tells them, but the terminal ends in a log."""
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
        text = "•" if answer.phrase in _NEVER_WRITTEN else f"{answer.zh} / {answer.en}"
        with contextlib.suppress(OSError):
            self._stream.write(f"{_MARK[answer.colour]} {text}\n")
            self._stream.flush()


class LinePort(Protocol):
    """What a panel hangs on: `drivers.ports.SerialPort`."""

    def open(self) -> None:
        """Take the panel; may take a while. Raises DriverError."""

    def offer(self, data: bytes) -> int:
        """Send what can be sent at once and return how many bytes that were; raises DriverError."""

    def drop_unsent(self) -> None:
        """Forget what waits to be sent; raises DriverError."""

    def close(self) -> None:
        """Let go of it."""


class Panel:
    """A signal panel: `<colour> <sound> <phrase> [values...]` in ASCII, one line an answer."""

    def __init__(
        self,
        port: LinePort,
        crashed: Callable[[BaseException], None],
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """Open the port, or later if it is not there yet; `crashed` is told of an unforeseen error in the thread."""
        self._port, self._crashed, self._pause = port, crashed, pause
        self._turn = threading.Condition()  # guards what follows; the port is the thread's while it is not open
        self._open = False
        self._newest = b""
        self._try_open()
        threading.Thread(target=self._reopen, name="panel", daemon=True).start()

    def give(self, answer: Answer) -> None:
        """Send one line, or keep it for when the panel is back; never waits."""
        values = [value.replace(" ", "_") for value in answer.values.values()]
        words = [answer.colour, answer.sound, answer.phrase, *values]
        line = " ".join(words).encode("ascii", "replace") + b"\n"
        with self._turn:
            if self._open:
                self._send(line)
            if not self._open:
                self._newest = line
                self._turn.notify()

    def _send(self, line: bytes) -> None:
        """Write one line; a panel that is lost is let go of."""
        try:
            if self._port.offer(line) < len(line):
                self._port.drop_unsent()
                self._port.offer(b"\n" + line)  # the line feed ends the line that was cut
        except DriverError:
            self._port.close()
            self._open = False

    def _reopen(self) -> None:
        """The thread: whenever there is a line and no panel, open it, and be patient in between."""
        try:
            while True:
                with self._turn:
                    while self._open or not self._newest:
                        self._turn.wait()
                    tried = self._newest
                if not self._try_open():
                    with self._turn:
                        if self._newest is tried:  # an answer is for now: nobody wants to see it an hour later
                            self._newest = b""
                    self._pause(RETRY_S)
        except BaseException as error:  # noqa: BLE001  handed on whole: the agent re-raises it and the process ends
            self._crashed(error)

    def _try_open(self) -> bool:
        """Open the port, which may take a while, and tell the panel the newest line; return whether it is there."""
        try:
            self._port.open()
        except DriverError:
            return False
        with self._turn:
            self._open = True
            line, self._newest = self._newest, b""
            if line:
                self._send(line)
            return self._open


class Several:
    """Every one of them, in order: what is quickest to notice first."""

    def __init__(self, ways: Sequence[Feedback]) -> None:
        """Keep the order given."""
        self._ways = ways

    def give(self, answer: Answer) -> None:
        """Tell it everywhere."""
        for way in self._ways:
            way.give(answer)
