"""Waiting for bytes on a descriptor in a way that another thread can end: what every Port's `read` is made of.

    wake = Wake()
    wake.read(descriptor, max_bytes, timeout_s)     the first bytes that come, or b"" after the time or an interrupt
    wake.interrupt()                                from any thread

Not here: which descriptor, and what its errors mean; the ports know. Called by the ports.
"""

import math
import os
import select
import threading

WAKE_BYTES = 1 << 16
"""All that a pipe holds on Linux: one read empties it of any number of interrupts."""


class Wake:
    """A pipe that ends a wait. Waits belong to one thread; `interrupt` and `close` may come from any."""

    def __init__(self) -> None:
        """Open the pipe; raises OSError where the process has no descriptor left."""
        self._lock = threading.Lock()  # an interrupt must not write to a descriptor just closed and used anew
        self._ends: tuple[int, int] | None = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._waiting = select.poll()  # made once: a scale says ten frames a second, all year
        self._waiting.register(self._ends[0], select.POLLIN)
        self._watched: int | None = None

    def read(self, descriptor: int, max_bytes: int, timeout_s: float) -> bytes | None:
        """Return what is there, else the first bytes that come; b"" after `timeout_s`, or when interrupted.

        None means that the descriptor reports bytes and gives none: the device is gone, or someone else reads from it.
        Raises OSError as the descriptor does, and where the pipe was closed.
        """
        ends = self._ends
        if ends is None:
            raise OSError("closed")
        if descriptor != self._watched:
            self._watch(descriptor)
        ready = [number for number, _ in self._waiting.poll(math.ceil(max(0.0, timeout_s) * 1000))]
        try:
            if descriptor in ready:
                return os.read(descriptor, max_bytes) or None
            if ready:
                os.read(ends[0], WAKE_BYTES)
        except BlockingIOError:
            return b""
        return b""

    def _watch(self, descriptor: int) -> None:
        """Wait for this descriptor from now on."""
        if self._watched is not None:
            self._waiting.unregister(self._watched)
        self._waiting.register(descriptor, select.POLLIN)
        self._watched = descriptor

    def interrupt(self) -> None:
        """End the wait in progress, or the next one; once closed, nothing."""
        with self._lock:
            if self._ends is not None:
                try:
                    os.write(self._ends[1], b"!")
                except BlockingIOError:
                    return  # the pipe is full of interrupts: the next wait ends anyhow

    def close(self) -> None:
        """Let go of the pipe; may be called twice."""
        with self._lock:
            ends, self._ends = self._ends, None
            for end in ends or ():
                os.close(end)
