"""The three shapes every driver is made of: Port, Decoder, Sampler.

A Port is a shell that holds a descriptor. A Decoder is a pure core that turns a byte stream into readings. A Sampler is
what has no byte stream (sysfs, GPIO, pictures): a pure reader behind a small shell that fetches its input.
`supervision.py` joins a Port with a Decoder, or runs a Sampler, and keeps it alive.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from drivers.readings import Reading

MAX_FRAME_BYTES = 4096
"""No decoder may keep more than this; what exceeds it is a BadReading(TOO_LONG)."""


Pause = Callable[[float], bool]
"""Waits for so many seconds and returns True, or returns False at once where no one wants to wait (at the end)."""


def no_pause(_seconds: float) -> bool:
    """Never wait: the Pause of whoever would rather have the first answer."""
    return False


class Port(Protocol):
    """A byte channel to a device: serial, hidraw, evdev."""

    def open(self) -> None:
        """Take the device for ourselves alone; raises PortUnavailable or BadSettings."""

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return what is there, b"" after `timeout_s` of silence; raises PortLost."""

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises PortLost."""

    def close(self) -> None:
        """Let go of the device; never raises, may be called twice."""

    def interrupt(self) -> None:
        """Make the read in progress, or the next one, return b"" at once; from any thread, also while closed."""


class Decoder(Protocol):
    """A pure core: bytes in, readings out; it owns no descriptor and no clock.

    `now_s` is any monotonic time in seconds; it may stand still and never goes back.
    """

    @property
    def deadline_s(self) -> float | None:
        """When `tick` wants to be called next, or None."""

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take received bytes, in any cut, and return the readings they complete. Never raises on input."""

    def tick(self, now_s: float) -> list[Reading]:
        """Let time pass: drop what was never completed, report silence."""

    def poll(self) -> bytes:
        """Return bytes to send now (a request, an acknowledgement), or b"" where the device speaks unasked."""


@runtime_checkable
class Triggered(Protocol):
    """What a Decoder also is where the device can be told to look now: a scanner without a button of its own."""

    def trigger(self) -> None:
        """Ask for one look; the next `poll` sends what it takes."""


@runtime_checkable
class Conversing(Protocol):
    """What a Decoder also is where not all that the device rightly says becomes part of a reading."""

    def aside(self) -> int:
        """Return how many bytes were understood since the last call and stand in no reading: answers, repetitions."""


class Sampler(Protocol):
    """What is looked at rather than listened to."""

    def sample(self, now_s: float) -> list[Reading]:
        """Look once and return what was seen; may block for the device's own conversion time."""


@runtime_checkable
class Holding(Protocol):
    """What a Sampler also is where it holds something between looks: a pin, a process."""

    def close(self) -> None:
        """Let go of it; may be called twice, never raises."""
