"""One direction of a connection through the link: bytes on their way, when each may arrive, and how many there were.

Pure: no socket, no clock; times are seconds of the caller's clock. Called by `sim_hardware.link`.
"""

from __future__ import annotations

from collections import deque

QUEUED_BYTES = 262_144
"""How much waits in one direction before no more is read: a little over what a loopback socket buffers by itself."""


class Flow:
    """Bytes in order, each piece with the time before which it must not arrive, and then perhaps the sender's end."""

    def __init__(self) -> None:
        """Start empty and open."""
        self.sent = 0
        """Bytes that left the sender."""
        self.delivered = 0
        """Bytes handed on to the receiver."""
        self.ended = False
        """Whether the sender has finished: nothing more will be taken."""
        self.end_passed = False
        """Whether the receiver has been told so; set by the owner."""
        self._pieces: deque[tuple[float, memoryview]] = deque()
        self._queued = 0

    @property
    def wants_more(self) -> bool:
        """Whether there is room and the sender has not finished."""
        return not self.ended and self._queued < QUEUED_BYTES

    @property
    def is_drained(self) -> bool:
        """Whether the sender has finished and everything has been handed on."""
        return self.ended and not self._pieces

    @property
    def next_due_s(self) -> float | None:
        """When the first piece may arrive; None when nothing is on its way."""
        return self._pieces[0][0] if self._pieces else None

    def take(self, data: bytes, due_s: float) -> None:
        """Add a piece that may arrive at `due_s`, but not before what was sent earlier."""
        self.sent += len(data)
        if not data:
            return
        if self._pieces:
            due_s = max(due_s, self._pieces[-1][0])
        self._pieces.append((due_s, memoryview(data)))
        self._queued += len(data)

    def swallow(self, byte_count: int) -> None:
        """Count bytes that were sent and will never arrive."""
        self.sent += byte_count

    def end(self) -> None:
        """Note that the sender has finished."""
        self.ended = True

    def drop(self) -> bool:
        """Lose everything that is on its way; whether there was anything."""
        had_any = bool(self._pieces)
        self._pieces.clear()
        self._queued = 0
        return had_any

    def due(self, now_s: float) -> memoryview:
        """Return the first piece that may arrive by now, empty if none; say with `hand_on` how much of it did."""
        if self._pieces and self._pieces[0][0] <= now_s:
            return self._pieces[0][1]
        return memoryview(b"")

    def hand_on(self, byte_count: int) -> None:
        """Remove `byte_count` bytes of the first piece: they have arrived."""
        due_s, piece = self._pieces.popleft()
        self.delivered += byte_count
        self._queued -= byte_count
        if byte_count < len(piece):
            self._pieces.appendleft((due_s, piece[byte_count:]))
