"""What the electronics of a device say and hear, without any wire: the pure half of every twin on a serial line.

    wake(now_s)         power came back: what it says of itself, settings that were not saved are gone
    hear(data, now_s)   the host's bytes came, in any cut: what it answers at once
    speak(now_s)        asked once every `period_s`: what it says unasked, b"" for nothing

Times are seconds on any one clock. `sim_hardware.serial_twin` puts a voice on a wire; tests and the contract suite talk
to it directly, for hours of simulated time.
"""

from __future__ import annotations

from typing import ClassVar

MOST_HEARD_BYTES = 256
"""Of an unfinished request a device keeps; no request here is longer than 64 bytes."""


class Voice:
    """A device that says nothing; every device overrides what it does."""

    baud: ClassVar[int] = 9600
    """Bits per second of its line as it leaves the maker; 9600 is what most have (devices.md A8, B1)."""
    period_s: float = 0.1
    """How often it may speak unasked; ten times a second, the rhythm of devices.md G."""

    def wake(self, now_s: float) -> bytes:  # noqa: ARG002  most devices come up silently
        """Power is back at `now_s`; return what the device says of itself."""
        return b""

    def hear(self, data: bytes, now_s: float) -> bytes:  # noqa: ARG002  most devices do not listen
        """Take bytes of the host and return the answers to whatever they complete."""
        return b""

    def speak(self, now_s: float) -> bytes:  # noqa: ARG002  polled devices do not
        """Return what the device says unasked at `now_s`."""
        return b""


class Requests:
    """Collects the host's bytes until a request is whole; an old half-request is forgotten, as devices do."""

    def __init__(self, *, forget_after_s: float = 0.5) -> None:
        """`forget_after_s`: silence after which the beginning of a request counts for nothing."""
        self.pending = bytearray()
        self._forget_after_s = forget_after_s
        self._heard_s = float("-inf")

    def take(self, data: bytes, now_s: float) -> None:
        """Append bytes that came at `now_s`; at most MOST_HEARD_BYTES are kept, the newest."""
        if now_s - self._heard_s > self._forget_after_s:
            self.pending.clear()
        self._heard_s = now_s
        self.pending += data
        del self.pending[:-MOST_HEARD_BYTES]

    def lines(self, end: bytes) -> list[bytes]:
        """Take out, without its ending, every line that `end` completes."""
        *whole, rest = bytes(self.pending).split(end)
        self.pending = bytearray(rest)
        return whole
