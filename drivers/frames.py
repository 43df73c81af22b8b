"""Cutting binary frames out of a byte stream by their shape, and the XOR check; the sister of `framing.LineCutter`.

A frame format says what its first byte is and, for what lies in the buffer from there on, how long the frame is. The
cutter finds the frames in any cut of the input, skips what is none, and keeps the head of a frame until its tail comes.
Pure; called by decoders.
"""

import re
from collections.abc import Callable
from functools import reduce
from operator import xor

from drivers.framing import Line, LineEnd

Shape = Callable[[bytes], int]
"""How long is the frame that begins this buffer (at most `longest` bytes of it, the first one a start byte)?

More than the buffer holds: it may yet become a frame, come back with more. 0: no frame begins here.
"""


class FrameCutter:
    """Cuts a byte stream into frames, in any cut of the input, with bounded memory.

    Frames are given as `Line`s, so that one decoder serves both cutters; the raw bytes are the whole frame. Bytes that
    belong to no frame are skipped without a word: how much of the stream is understood is judged by `outages`.
    """

    def __init__(self, *, starts: bytes, shape: Shape, longest: int) -> None:
        """`starts` are the single bytes a frame may begin with; `shape` never asks for more than `longest` bytes."""
        self._start = re.compile(b"[" + re.escape(starts) + b"]")
        self._shape = shape
        self._longest = longest
        self._pending = b""
        self._junk = False

    @property
    def waiting(self) -> bool:
        """Whether a frame was begun and not ended."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[Line]:
        """Take bytes in any cut; return the frames they complete."""
        buffer = self._pending + data
        frames: list[Line] = []
        at = 0
        while found := self._start.search(buffer, at):
            self._junk = self._junk or found.start() > at
            at = found.start()
            length = self._shape(buffer[at : at + self._longest])
            if at + length > len(buffer):
                break
            if length:
                frames.append(Line(buffer[at : at + length], LineEnd.AFTER_JUNK if self._junk else LineEnd.TERMINATED))
            self._junk = not length
            at += length or 1
        else:
            self._junk = self._junk or at < len(buffer)
            at = len(buffer)
        self._pending = buffer[at:]
        return frames

    def drop(self) -> bytes:
        """Give up what was begun, and return it; the next byte begins afresh."""
        dropped, self._pending = self._pending, b""
        self._junk = False
        return dropped


def xor_of(data: bytes) -> int:
    """Return the XOR of all bytes; 0 for none."""
    return reduce(xor, data, 0)


def xor_hex(data: bytes) -> bytes:
    """Return the XOR of all bytes as two upper-case hex characters, the high half first, as Yaohua writes it."""
    return b"%02X" % xor_of(data)
