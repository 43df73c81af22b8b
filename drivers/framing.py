"""What several byte protocols share: cutting lines, the parity bit, silence, and not repeating oneself about noise.

Not a protocol of its own: which bytes end a line, how long one may be and what it means is each model's business.
Pure; called by the decoders.
"""

import functools
import re
from dataclasses import dataclass
from enum import Enum
from typing import TypeGuard

from drivers.readings import BadReading, Reading, Reason

RAW_KEPT = 256
"""How many offending bytes a BadReading keeps."""

NOISE_QUIET_S = 1.0
"""One complaint of a kind in so long: ten kilobytes of noise at 115200 baud are one or two bad readings, not hundreds.
A person who scans again after the red light takes longer than this, and so always gets an answer."""

GARBLED = frozenset({Reason.MALFORMED, Reason.TRUNCATED, Reason.TOO_LONG, Reason.NOISE, Reason.BAD_CHECKSUM})
"""The reasons that mean the line was not understood; every other reason is something the device said clearly."""


def bad(reason: Reason, raw: bytes, at_s: float, detail: str = "") -> BadReading:
    """Make a BadReading that keeps at most RAW_KEPT bytes."""
    return BadReading(reason, bytes(raw[:RAW_KEPT]), at_s, detail)


def is_garbled(reading: Reading) -> TypeGuard[BadReading]:
    """Whether the reading says that the device was not understood (not that it reported trouble of its own)."""
    return isinstance(reading, BadReading) and reading.reason in GARBLED


class LineEnd(Enum):
    """How a line came to its end."""

    TERMINATED = "a terminator came"
    CUT = "a start byte came in the middle"
    TOO_LONG = "no terminator within the bound"
    AFTER_JUNK = "it is whole, and bytes that belong to no frame came before it"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its terminator; never empty. Of one too long, the first RAW_KEPT bytes."""

    raw: bytes
    end: LineEnd


class LineCutter:
    """Cuts a byte stream into lines, in any cut of the input, with bounded memory.

    A line longer than `max_bytes` is told once, at the byte that is too many; what follows is skipped up to the next
    separator. Empty lines are dropped, so that CR LF is one end.
    """

    def __init__(self, *, terminators: bytes, starts: bytes = b"", max_bytes: int) -> None:
        """`terminators` and `starts` are sets of single bytes; a start byte begins a new line wherever it comes."""
        self._separator = re.compile(b"[" + re.escape(terminators + starts) + b"]")
        self._starts = starts
        self._max_bytes = max_bytes
        self._pending = bytearray()
        self._skipping = False

    @property
    def waiting(self) -> bool:
        """Whether something was begun and not ended."""
        return self._skipping or bool(self._pending)

    def feed(self, data: bytes) -> list[Line]:
        """Take bytes in any cut; return the lines they complete."""
        lines: list[Line] = []
        start = 0
        for separator in self._separator.finditer(data):
            self._append(data[start : separator.start()], lines)
            self._end(LineEnd.CUT if separator[0] in self._starts else LineEnd.TERMINATED, lines)
            start = separator.end()
        self._append(data[start:], lines)
        return lines

    def drop(self) -> bytes:
        """Give up what was begun, and return it; the next byte begins a new line."""
        dropped = bytes(self._pending)
        self._pending.clear()
        self._skipping = False
        return dropped

    def _append(self, piece: bytes, lines: list[Line]) -> None:
        if self._skipping:
            return
        room = self._max_bytes - len(self._pending)
        self._pending += piece[: room + 1]
        if len(piece) > room:
            lines.append(Line(bytes(self._pending[:RAW_KEPT]), LineEnd.TOO_LONG))
            self._pending.clear()
            self._skipping = True

    def _end(self, end: LineEnd, lines: list[Line]) -> None:
        if self._pending:
            lines.append(Line(bytes(self._pending), end))
        self._pending.clear()
        self._skipping = False


class NoiseGate:
    """Lets one complaint of a kind through in NOISE_QUIET_S, unless something good came in between."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._said_s: dict[Reason, float] = {}
        self._noise_s: float | None = None

    def passes(self, reason: Reason, now_s: float) -> bool:
        """Whether a complaint of this kind is to be told now; either way there is noise on the line."""
        self._noise_s = now_s
        if now_s - self._said_s.get(reason, -NOISE_QUIET_S) < NOISE_QUIET_S:
            return False
        self._said_s[reason] = now_s
        return True

    def reset(self) -> None:
        """Something good came: the next complaint is news again."""
        self._said_s.clear()
        self._noise_s = None

    def noisy(self, now_s: float) -> bool:
        """Whether the line has carried noise within NOISE_QUIET_S, and nothing good since."""
        return self._noise_s is not None and now_s - self._noise_s < NOISE_QUIET_S


class Silence:
    """Notices, once per silence, that a device which speaks all the time has stopped."""

    def __init__(self, after_s: float) -> None:
        """`after_s` 0 means the device speaks only when used and is never silent."""
        self._after_s = after_s
        self._heard_s: float | None = None
        self._told = False

    @property
    def deadline_s(self) -> float | None:
        """When the device will count as silent, or None."""
        if not self._after_s or self._heard_s is None or self._told:
            return None
        return self._heard_s + self._after_s

    def heard(self, now_s: float) -> None:
        """The device said something clear."""
        self._heard_s = now_s
        self._told = False

    def check(self, now_s: float) -> list[BadReading]:
        """Return BadReading(NO_DATA) the first time the silence is noticed; the first call ever starts the watch."""
        if self._heard_s is None:
            self._heard_s = now_s
        deadline_s = self.deadline_s
        if deadline_s is None or now_s < deadline_s:
            return []
        self._told = True
        return [bad(Reason.NO_DATA, b"", now_s, f"nothing understood for {self._after_s:g} s")]


@functools.cache
def unparity(bytesize: int, parity: str) -> bytes:
    """Return the 256-byte table for `bytes.translate` that turns a received byte into its character.

    With 8 data bits it changes nothing. With 7 it clears bit 7, where an adapter that cannot do 7E1 leaves the parity
    (devices.md E, G). A byte that has bit 7 set though its parity says otherwise becomes 0xFF, which no grammar
    accepts.
    """
    if bytesize == 8:
        return bytes(range(256))
    odd = {"E": 0, "O": 1}.get(parity)

    def clear(byte: int) -> int:
        believable = byte < 0x80 or odd is None or byte.bit_count() % 2 == odd
        return byte & 0x7F if believable else 0xFF

    return bytes(clear(byte) for byte in range(256))


def reparity(parity: str) -> bytes:
    """Return the 256-byte table for `bytes.translate` that puts the parity of a 7-bit character into its bit 7.

    So 7E1 can be spoken over an adapter that only does 8N1: the characters have the same length. The other way round
    is `unparity`.
    """
    odd = {"E": 0, "O": 1}.get(parity)
    return bytes(
        byte & 0x7F if odd is None or (byte & 0x7F).bit_count() % 2 == odd else byte | 0x80 for byte in range(256)
    )
