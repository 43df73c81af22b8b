"""What a UART makes of bytes that were sent with other line settings than it expects.

    sent   1 0 d0 d1 d2 d3 d4 d5 d6 d7 [p] 1 ...     idle, start, data lowest first, parity, stop
    read     ^ falling edge, then one look in the middle of every bit of the reader's own length

Pure. The reader delivers what it sampled: pyserial clears INPCK, so neither a framing nor a parity error removes a byte
(termios(3)). After a stop bit that was low it waits for the line to go high before it looks for a start bit; real chips
differ there (no source). Called by `sim_hardware.wire` for the verbs "wrong baud" and "parity mismatch".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Parity = Literal["N", "E", "O"]


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How one end of a serial line is set, e.g. 9600 8N1. `baud` is bits per second; `parity` none, even or odd."""

    baud: int = 9600
    data_bits: Literal[7, 8] = 8
    parity: Parity = "N"

    def __post_init__(self) -> None:
        """Refuse what no UART does: raises ValueError."""
        if self.baud <= 0 or self.data_bits not in (7, 8) or self.parity not in ("N", "E", "O"):
            raise ValueError(f"no line runs at {self.baud} {self.data_bits}{self.parity}1")

    @property
    def bits_before_stop(self) -> int:
        """Start, data and parity bits of one character."""
        return 1 + self.data_bits + (self.parity != "N")


def with_parity(byte: int, parity: Parity) -> int:
    """Return the seven low bits of `byte` with the parity in bit 7: a 7E1 or 7O1 character as an 8N1 host sees it."""
    low = byte & 0x7F
    if parity == "N":
        return low
    odd_ones = low.bit_count() % 2
    return low | (odd_ones if parity == "E" else 1 - odd_ones) << 7


def waveform(data: bytes, line: LineSettings) -> list[int]:
    """Return the levels of the line, one per bit, for characters sent back to back: idle before the first."""
    levels = [1]
    for byte in data:
        value = byte & (1 << line.data_bits) - 1
        levels += [0, *(value >> place & 1 for place in range(line.data_bits))]
        if line.parity != "N":
            levels.append(value.bit_count() % 2 if line.parity == "E" else 1 - value.bit_count() % 2)
        levels.append(1)
    return levels


def misread(data: bytes, sent: LineSettings, read: LineSettings) -> bytes:
    """Return the bytes a host set to `read` gets of `data` that a device set to `sent` sends in one piece.

    The same settings give the same bytes (their low seven bits on a 7-bit line).
    """
    levels = waveform(data, sent)
    bit = Fraction(sent.baud, read.baud)  # the reader's bit, measured in bits of the sender
    out = bytearray()
    at = Fraction(0)
    while (edge := _falling_edge(levels, at)) is not None:
        if _level(levels, edge + bit / 2):  # gone by the middle: a glitch, no start bit
            at = edge + bit / 2
            continue
        samples = (_level(levels, edge + bit * (2 * place + 3) / 2) for place in range(read.data_bits))
        out.append(sum(level << place for place, level in enumerate(samples)))
        at = edge + bit * (2 * read.bits_before_stop + 1) / 2
    return bytes(out)


def _level(levels: Sequence[int], at: Fraction) -> int:
    place = math.floor(at)
    return levels[place] if place < len(levels) else 1


def _falling_edge(levels: Sequence[int], at: Fraction) -> int | None:
    """Return where the line next goes from high to low, looking from `at`; None if it stays idle."""
    place = math.floor(at)
    for level in (0, 1):  # out of a low that lasts, then to the end of the high
        while place < len(levels) and levels[place] == level:
            place += 1
    return place if place < len(levels) else None
