r"""The attendant's signal panel: lamps and a buzzer at the end of a wire, told one line per answer.

    green high parcel.received 3-2-1008 LF      colour, sound, phrase, and perhaps words that belong to the phrase

It stands outside the station, so it is the witness in tests: what was answered green, and when. `parse_line` is pure;
a line that is not of this form is recorded too, with no colour. Who opens the pty is the station agent.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from sim_hardware.wire import VirtualWire

Colour = Literal["green", "yellow", "red"]
LINES_KEPT = 10_000
"""How many lines a panel remembers; the oldest go first. More than any one test or demo hears."""
LONGEST_LINE = 512
"""Bytes without a line feed after which they are recorded as they are: whoever writes is not writing lines."""


@dataclass(frozen=True, slots=True)
class PanelLine:
    """One answer as it reached the panel."""

    raw: bytes
    """The bytes without the line feed."""
    arrived_ns: int
    """time.monotonic_ns() when its last byte was read."""
    colour: Colour | None
    """The lamp; None when the line was not understood, and then the other words are empty."""
    sound: str
    """The buzzer's tone, e.g. `high`."""
    phrase_id: str
    """What to say, e.g. `parcel.received`."""
    words: tuple[str, ...]
    """What belongs to the phrase, e.g. `("3-2-1008",)`."""


def parse_line(raw: bytes, arrived_ns: int) -> PanelLine:
    """Understand a line without its line feed: ASCII, three words or more parted by single blanks, a known colour."""
    words = raw.decode("ascii").split(" ") if raw.isascii() else []
    if len(words) < 3 or not all(word.isprintable() and word for word in words):
        return PanelLine(raw, arrived_ns, None, "", "", ())
    colour = next((known for known in _COLOURS if known == words[0]), None)
    if colour is None:
        return PanelLine(raw, arrived_ns, None, "", "", ())
    return PanelLine(raw, arrived_ns, colour, words[1], words[2], tuple(words[3:]))


class SignalPanel:
    """The panel on the counter and its memory. As a context manager it is plugged in and at last closed."""

    def __init__(
        self,
        link: Path,
        *,
        on_line: Callable[[PanelLine], None] | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`link`: where the agent opens it. `on_line`: called for each line in the wire's thread; it must not raise."""
        self.wire = VirtualWire(link, baud=None, on_host_bytes=self._hear)
        self._on_line = on_line
        self._clock_ns = clock_ns
        self._heard = threading.Condition()
        self._lines: deque[PanelLine] = deque(maxlen=LINES_KEPT)
        self._forgotten = 0
        self._taken = 0
        self._unfinished = bytearray()

    def __enter__(self) -> SignalPanel:
        """Plug in."""
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        """Close for good."""
        self.close()

    @property
    def lines(self) -> tuple[PanelLine, ...]:
        """Every line remembered, oldest first; the newest LINES_KEPT."""
        with self._heard:
            return tuple(self._lines)

    @property
    def greens(self) -> tuple[PanelLine, ...]:
        """The lines that lit the green lamp, oldest first: what the station has promised to have on disk."""
        return tuple(line for line in self.lines if line.colour == "green")

    def wait_for_line(self, timeout_s: float) -> PanelLine | None:
        """Return the next line that no earlier call returned, waiting for it; None after `timeout_s`."""
        with self._heard:
            if not self._heard.wait_for(lambda: self._forgotten + len(self._lines) > self._taken, timeout_s):
                return None
            self._taken = max(self._taken, self._forgotten) + 1
            return self._lines[self._taken - 1 - self._forgotten]

    def plug(self) -> None:
        """Put the panel in; dark at first."""
        self.wire.plug()

    def unplug(self) -> None:
        """Pull it out; half a line heard so far is forgotten."""
        self.wire.unplug()
        with self._heard:
            self._unfinished.clear()

    def close(self) -> None:
        """Unplug and give everything back; the memory stays."""
        self.wire.close()

    def _hear(self, data: bytes) -> None:
        now_ns = self._clock_ns()
        with self._heard:
            fresh = [parse_line(raw, now_ns) for raw in self._cut(data)]
            self._forgotten += max(0, len(self._lines) + len(fresh) - LINES_KEPT)
            self._lines.extend(fresh)
            self._heard.notify_all()
        if self._on_line is not None:
            for line in fresh:
                self._on_line(line)

    def _cut(self, data: bytes) -> list[bytes]:
        self._unfinished += data
        *whole, rest = bytes(self._unfinished).split(b"\n")
        if len(rest) > LONGEST_LINE:
            whole, rest = [*whole, rest], b""
        self._unfinished = bytearray(rest)
        return whole


_COLOURS: tuple[Colour, ...] = get_args(Colour)
