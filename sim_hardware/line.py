"""What a serial line does to bytes: it takes time over each of them, and now and then spoils some.

Pure: no clock, no device; times arrive as arguments in seconds. Called by `sim_hardware.wire`, which owns the pty.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

BITS_PER_CHARACTER = 10
"""Start bit, eight data bits, stop bit ("8N1"); devices.md G: 1.04 ms a byte at 9600 baud."""

MOST_PENDING_FAULTS = 4096
"""How many bits, and how many bytes, may be marked ahead for spoiling; more is a mistake of the caller."""

_EARLY_S = 1e-9  # a byte due in less than this is due: the sums below are floats


class Pacer:
    """Lets bytes out at the rate of a UART: each one when its stop bit has passed, none earlier.

    The waiting room is bounded: a write that does not fit is refused whole, as a device skips a frame it cannot send.
    """

    def __init__(self, baud: int, *, capacity_bytes: int = 4096) -> None:
        """`baud` in bits per second; `capacity_bytes` of waiting room. Raises ValueError unless both are positive."""
        if baud <= 0 or capacity_bytes <= 0:
            raise ValueError(f"baud and capacity must be positive, not {baud} and {capacity_bytes}")
        self.byte_s = BITS_PER_CHARACTER / baud
        self._capacity = capacity_bytes
        self._waiting = bytearray()
        self._head_due_s = 0.0
        self._line_free_s = float("-inf")

    def queue(self, data: bytes, now_s: float) -> bool:
        """Take `data` to be sent behind what waits already; False, taking none of it, if there was no room."""
        if len(self._waiting) + len(data) > self._capacity:
            return False
        if not self._waiting:
            self._head_due_s = max(now_s, self._line_free_s) + self.byte_s
        self._waiting += data
        return True

    def take_due(self, now_s: float) -> bytes:
        """Return, once, every byte whose last bit has passed by `now_s`."""
        late_s = now_s - self._head_due_s + _EARLY_S
        if not self._waiting or late_s < 0:
            return b""
        count = min(len(self._waiting), int(late_s / self.byte_s) + 1)
        out = bytes(self._waiting[:count])
        del self._waiting[:count]
        self._head_due_s += count * self.byte_s
        self._line_free_s = self._head_due_s - self.byte_s
        return out

    @property
    def next_due_s(self) -> float | None:
        """When the next byte is through, on the caller's clock; None while nothing waits."""
        return self._head_due_s if self._waiting else None


class Interference:
    """Spoils bytes on their way to the host: flipped bits, garbled bytes, lost bytes. Does nothing until told to.

    Positions count from the next byte to be sent. What is marked happens once and is then forgotten.
    """

    def __init__(self) -> None:
        """Start with a clean line."""
        self._flips: set[int] = set()
        self._garbled = 0
        self._random = random.Random(0)  # noqa: S311  a fault to be replayed from its seed, not a secret
        self._lost = 0

    def flip_bits(self, bit_numbers: Iterable[int]) -> None:
        """Mark bits to arrive inverted: 0 is the lowest bit of the next byte (sent first), 8 of the one after.

        Marking a bit twice leaves it as it was. Raises ValueError for a negative number or too many marks.
        """
        wanted = self._flips.symmetric_difference(bit_numbers)
        if len(wanted) > MOST_PENDING_FAULTS or any(bit < 0 for bit in wanted):
            raise ValueError(f"bit numbers count from 0, at most {MOST_PENDING_FAULTS} of them")
        self._flips = wanted

    def garble(self, byte_count: int, *, seed: int) -> None:
        """Replace the next `byte_count` bytes by others, the same ones for the same seed; none keeps its value.

        Raises ValueError for a count outside 0 to MOST_PENDING_FAULTS.
        """
        self._garbled = _checked(byte_count)
        self._random = random.Random(seed)  # noqa: S311  as above

    def lose(self, byte_count: int) -> None:
        """Let the next `byte_count` bytes never arrive. Raises ValueError outside 0 to MOST_PENDING_FAULTS."""
        self._lost = _checked(byte_count)

    def pass_through(self, data: bytes) -> bytes:
        """Return what the host gets of `data`; lost bytes are gone, the others keep their order."""
        if not (self._flips or self._garbled or self._lost):
            return data
        out = bytearray()
        for byte in data:
            spoiled = byte ^ self._mask_of_next_byte()
            if self._garbled:
                self._garbled -= 1
                spoiled ^= self._random.randrange(1, 256)
            if self._lost:
                self._lost -= 1
            else:
                out.append(spoiled)
        return bytes(out)

    def _mask_of_next_byte(self) -> int:
        if not self._flips:
            return 0
        mask = sum(1 << bit for bit in self._flips if bit < 8)
        self._flips = {bit - 8 for bit in self._flips if bit >= 8}
        return mask


def _checked(byte_count: int) -> int:
    if not 0 <= byte_count <= MOST_PENDING_FAULTS:
        raise ValueError(f"a byte count is 0 to {MOST_PENDING_FAULTS}, not {byte_count}")
    return byte_count
