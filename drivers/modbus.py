"""Modbus RTU frames as a master meets them, for functions 03 and 04 (devices.md C2). Pure; called by `registers.py`.

    address  function        first register (2)  how many (2)             CRC (2)     request, 8 bytes
    address  function        byte count n        n bytes, high byte first  CRC (2)    reply, n + 5 bytes
    address  function + 80h  exception code                                CRC (2)    refusal, 5 bytes

    CRC-16: start FFFF, polynomial A001 reflected, low byte sent first; over a frame and its CRC it is 0

Why not minimalmodbus: it owns the port and asks it for a fixed number of bytes, so that its parser cannot be given
recorded bytes in any cut, and one stray byte before a reply loses the reply (minimalmodbus #61). The three frames
above are all we need of it.

A reply is looked for anywhere in the stream: an undriven RS-485 line puts 00 before and after it (libmodbus #304), and
some adapters echo the request (epics modbus #39), which is dropped where it matches to the byte. A reply has no number
that ties it to its request; address, function, length and CRC must all fit.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

REQUEST_BYTES = 8
REFUSAL_BYTES = 5
REFUSED = 0x80
"""Set in the function byte of a refusal."""

SKIPPED_KEPT = 64
"""How many bytes that belong to no frame are kept to tell what the device speaks instead."""

ECHOES_KEPT = 12 * REQUEST_BYTES
"""More than a request and its retries."""

EXCEPTIONS = {
    1: "illegal function: this device is read with another function (3 or 4)",
    2: "illegal data address: the register map is another one",
    3: "illegal data value",
    4: "the device has failed",
    5: "acknowledged, still working",
    6: "the device is busy",
    8: "memory parity error in the device",
    10: "the gateway has no path to the device",
    11: "the device behind the gateway did not answer",
}
"""Exception codes of the Modbus application protocol, 1.1b3, chapter 7."""


def crc16(data: bytes) -> int:
    """Return the CRC of `data`; 0 over a whole frame means that it is undamaged."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def read_request(address: int, function: int, first: int, count: int) -> bytes:
    """Return the request for `count` registers from `first` on, as numbered on the wire (from 0)."""
    head = bytes([address, function]) + first.to_bytes(2, "big") + count.to_bytes(2, "big")
    return head + crc16(head).to_bytes(2, "little")


def gap_s(baudrate: int, character_bits: int) -> float:
    """Return the 3.5 characters of silence between frames, in seconds; 1.75 ms above 19200 baud (serial line spec)."""
    return 3.5 * character_bits / baudrate if baudrate <= 19_200 else 0.00175


def signed16(register: int) -> int:
    """Return a register as two's complement: FF33h is -205."""
    return register - 0x10000 if register & 0x8000 else register


@dataclass(frozen=True, slots=True)
class Reply:
    """An undamaged answer: the registers, or the exception code of a refusal.

    raw: the frame, after the echoes of its requests if there were any.
    """

    address: int
    registers: tuple[int, ...]
    exception: int | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class Damaged:
    """A frame of the right shape whose CRC is wrong."""

    raw: bytes


class ReplyCutter:
    """Finds the replies to some requests in a byte stream, in any cut of it, with bounded memory."""

    def __init__(self, requests: Mapping[int, bytes], counts: frozenset[int]) -> None:
        """`requests` by address, all of one function; `counts`: how many registers a reply may hold."""
        self._requests = dict(requests)
        self._function = next(iter(self._requests.values()))[1]
        self._lengths = frozenset(2 * count for count in counts)
        self._start = re.compile(b"[" + re.escape(bytes(self._requests)) + b"]")
        self._buffer = bytearray()
        self._echoes = b""
        self._skipped = bytearray()

    @property
    def waiting(self) -> bool:
        """Whether a frame was begun and not ended."""
        return bool(self._buffer)

    @property
    def skipped(self) -> bytes:
        """The first bytes since the last reply or `forget` that belong to no frame, at most SKIPPED_KEPT."""
        return bytes(self._skipped)

    @property
    def echoes(self) -> bytes:
        """The last echoes of our own requests since the last reply or `forget`, at most ECHOES_KEPT bytes."""
        return self._echoes

    def feed(self, data: bytes) -> list[Reply | Damaged]:
        """Take bytes in any cut; return the frames they complete. A byte that fits nothing is skipped."""
        self._buffer += data
        found: list[Reply | Damaged] = []
        while self._buffer:
            length = self._length()
            if length is None or length > len(self._buffer):
                break
            if length == 0:
                self._skip()
            elif self._buffer[:length] == self._requests[self._buffer[0]]:
                self._echoes = (self._echoes + self._cut(length))[-ECHOES_KEPT:]
            else:
                found.append(self._frame(length))
        return found

    def drop(self) -> bytes:
        """Give up what was begun, and return it."""
        return self._cut(len(self._buffer))

    def forget(self) -> None:
        """Forget the bytes that belonged to no reply."""
        self._skipped.clear()
        self._echoes = b""

    def _length(self) -> int | None:
        """How long the frame at the start of the buffer will be; 0: none begins here, None: more bytes must tell."""
        begun = self._buffer
        request = self._requests.get(begun[0])
        if request is None:
            return 0
        if request.startswith(begun[:REQUEST_BYTES]):
            return REQUEST_BYTES
        if len(begun) < 2:
            return None
        if begun[1] == self._function | REFUSED:
            return REFUSAL_BYTES
        if begun[1] != self._function:
            return 0
        if len(begun) < 3:
            return None
        return begun[2] + 5 if begun[2] in self._lengths else 0

    def _frame(self, length: int) -> Reply | Damaged:
        raw = bytes(self._buffer[:length])
        if crc16(raw) != 0:
            self._skip()  # a reply may begin inside what looked like one
            return Damaged(raw)
        self._cut(length)
        whole = self._echoes + raw
        self.forget()
        if raw[1] & REFUSED:
            return Reply(raw[0], (), raw[2], whole)
        data = raw[3:-2]
        registers = tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
        return Reply(raw[0], registers, None, whole)

    def _skip(self) -> None:
        """Drop bytes up to the next one that may begin a frame."""
        later = self._start.search(self._buffer, 1)
        dropped = self._cut(later.start() if later else len(self._buffer))
        self._skipped += dropped[: SKIPPED_KEPT - len(self._skipped)]

    def _cut(self, length: int) -> bytes:
        cut = bytes(self._buffer[:length])
        del self._buffer[:length]
        return cut
