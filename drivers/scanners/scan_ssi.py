"""Zebra (Symbol, Motorola) guns and engines in Simple Serial Interface, GROW GM72 too (devices.md B2).

    len | op | src | status | data ... | ckH ckL      len counts itself up to the last data byte
    src 04 host, 00 decoder; status bit 0: sent again; bit 1: more packets of the same code follow
    check: two's complement of the 16-bit sum of all bytes before it, high byte first

    from the gun      F3 type text    a code         D0 done     D1 cause    refused
    from the host     D0              to every code and event, or the gun sends it again, twice
                      D1 01           check failed, send it again
                      E4 / E5         trigger on / off      E6 nn  beep

Every good packet that wants it is acknowledged through `poll()`, also one sent again, since then our first D0 was
lost; the code in it is dropped if it is the packet before it, sent within `resend_s`. A check that fails is answered
with D1 01. A sleeping engine loses the first byte: before a trigger it gets a 00, then WAKE_S of peace; a trigger
without answer is sent again twice. A code in several packets (over some 240 characters) is refused whole.
Type bytes 11, 1B, 1C and the E6 beep codes are UNVERIFIED (published programs; a Symbol table). Pure; called by
supervision.
"""

from collections import deque
from dataclasses import dataclass
from typing import Annotated

import msgspec

from drivers.framing import NoiseGate, Silence, bad
from drivers.readings import Reading, Reason, Scan
from drivers.scanners.codes import DoubleReads, DoubleReadSeconds, decode_text
from drivers.settings import DeviceSettings, SerialSettings

DECODE_DATA, EVENT, ACK, NAK = 0xF3, 0xF6, 0xD0, 0xD1
START, STOP, BEEP = 0xE4, 0xE5, 0xE6
_SAID = frozenset({DECODE_DATA, EVENT, ACK, NAK, 0xC6, 0xA4, 0xD4})  # and parameters, revision, capabilities
_ANSWERED = frozenset({DECODE_DATA, EVENT})
_AGAIN, _MORE = 0x01, 0x02
_RESEND = 0x01
_CAUSES = {0x02: "not now", 0x06: "the scanner is in another mode"}
_HOST = 0x04

TYPES: dict[int, str] = {
    0x01: "CODE39", 0x03: "CODE128", 0x06: "ITF", 0x0B: "EAN13", 0x0F: "GS1-128",
    0x11: "PDF417", 0x1B: "DATAMATRIX", 0x1C: "QR",
}  # fmt: skip
"""Type byte of a code -> code family; another one is an unknown family."""

WAKE_S = 0.05
"""A sleeping engine needs so long after a first byte (devices.md B2)."""
ANSWER_S = 2.0
"""The other side waits so long before it sends again; the maker's default for the host (UNVERIFIED for each model)."""
MAX_TRIES = 3
"""Each packet is sent once and again twice (devices.md B2)."""
MAX_OUTGOING = 16
"""Packets waiting to be sent; the gun itself never has more than one unanswered."""
HIGH_SHORT, THREE_HIGH_SHORT = 0x00, 0x02
"""Beep codes 0 and 2 of the Symbol beep table: one and three short high ones."""


class Settings(SerialSettings, frozen=True, kw_only=True):
    """What a technician may say about an SSI gun.

    inter_character_s: a pause this long inside a packet means it was cut off.
    resend_s: a packet sent again so soon after its like is the same read.
    double_read_s: the same code within so many seconds is marked as repeated; 0 marks none.
    trigger_every_s: the station triggers a read so often, for an engine in a kiosk; 0: only when asked.
    beep: the gun itself beeps for the station's answer, see `feedback`.
    """

    inter_character_s: Annotated[float, msgspec.Meta(ge=0.02, le=5)] = 0.2
    resend_s: Annotated[float, msgspec.Meta(ge=0, le=30)] = 5.0
    double_read_s: DoubleReadSeconds = 2.0
    trigger_every_s: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0
    beep: bool = False


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet with a good check; raw is all of it."""

    op: int
    status: int
    data: bytes
    raw: bytes


def decoder(settings: DeviceSettings) -> "ScanSsiDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScanSsiDecoder(settings)


def feedback(good: bool) -> bytes:
    """Return what makes the gun beep for the station's answer: one short beep for good, three for bad."""
    return packet(BEEP, bytes([HIGH_SHORT if good else THREE_HIGH_SHORT]))


def checksum(body: bytes) -> bytes:
    """Return the two check bytes of everything before them."""
    return (-sum(body) & 0xFFFF).to_bytes(2, "big")


def packet(op: int, data: bytes = b"", *, again: bool = False) -> bytes:
    """Return a packet from the host, ready to be sent."""
    body = bytes([4 + len(data), op, _HOST, _AGAIN if again else 0]) + data
    return body + checksum(body)


class PacketCutter:
    """Cuts a byte stream into packets, in any cut of the input; what is no packet is stepped over byte by byte."""

    def __init__(self) -> None:
        """Begin with nothing held; at most one packet, 257 bytes, ever is."""
        self._held = b""

    @property
    def waiting(self) -> bytes:
        """What was begun and not ended."""
        return self._held

    def drop(self) -> bytes:
        """Give up what was begun, and return it."""
        dropped, self._held = self._held, b""
        return dropped

    def feed(self, data: bytes) -> list[Packet | bytes]:
        """Take bytes; return packets, and the bytes of what had a packet's head and a wrong check."""
        found: list[Packet | bytes] = []
        data = self._held + data
        at = 0
        while at < len(data):
            length = _length(data[at : at + 3])
            if at + length > len(data):
                break
            whole = data[at : at + length]
            if length > 1 and checksum(whole[:-2]) == whole[-2:]:
                found.append(Packet(whole[1], whole[3], whole[4:-2], whole))
                at += length
                continue
            if length > 1:
                found.append(whole)
            at += 1
        self._held = data[at:]
        return found


def _length(head: bytes) -> int:
    """How long the packet with these first three bytes is, or 1 where they begin none."""
    possible = head[0] >= 4 and head[1:2] in (b"", *(bytes([op]) for op in _SAID)) and head[2:3] in (b"", b"\0")
    return head[0] + 2 if possible else 1


class ScanSsiDecoder:
    """The decoder of these packets; see `drivers.seam.Decoder`."""

    def __init__(self, settings: Settings) -> None:
        """Begin with an empty buffer, nothing seen and nothing to send."""
        self._settings = settings
        self._packets = PacketCutter()
        self._outgoing: deque[bytes] = deque(maxlen=MAX_OUTGOING)
        self._starting = _Starting(settings.trigger_every_s)
        self._doubles = DoubleReads(settings.double_read_s)
        self._noise = NoiseGate()
        self._silence = Silence(settings.silent_after_s)
        self._now_s = 0.0
        self._last_byte_s = 0.0
        self._last: tuple[bytes, float] | None = None
        self._in_pieces = False
        self._aside = 0

    @property
    def deadline_s(self) -> float | None:
        """When a begun packet is given up, a trigger is to be sent, or the gun counts as silent."""
        stale_s = self._last_byte_s + self._settings.inter_character_s if self._packets.waiting else None
        ends = (stale_s, self._starting.deadline_s, self._silence.deadline_s)
        return min((end for end in ends if end is not None), default=None)

    def aside(self) -> int:
        """Return how many bytes since the last call were answers, events, or codes sent again."""
        aside, self._aside = self._aside, 0
        return aside

    def trigger(self) -> None:
        """Ask for one read: the next `poll`s send what it takes."""
        self._starting.asked()

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take bytes; return a Scan or a BadReading for each code they complete."""
        self._now_s = now_s
        readings = self._give_up(now_s)
        if data:
            self._last_byte_s = now_s
            for found in self._packets.feed(data):
                readings += self._heed(found, now_s) if isinstance(found, Packet) else self._damaged(found, now_s)
        return readings

    def tick(self, now_s: float) -> list[Reading]:
        """Give up a packet that stopped half-way; send a trigger when it is due; report silence."""
        self._now_s = now_s
        self._outgoing.extend(self._starting.due(now_s))
        return [*self._give_up(now_s), *self._silence.check(now_s)]

    def poll(self) -> bytes:
        """Return the acknowledgements and commands that are to be sent now."""
        outgoing = b"".join(self._outgoing) + self._starting.wake(self._now_s)
        self._outgoing.clear()
        return outgoing

    def _give_up(self, now_s: float) -> list[Reading]:
        if not self._packets.waiting or now_s < self._last_byte_s + self._settings.inter_character_s:
            return []
        begun = self._packets.drop()
        if begun[1:2] != bytes([DECODE_DATA]):  # noise, or a cut answer, which is asked for again
            return []
        return self._refuse(Reason.TRUNCATED, begun, now_s, "the packet stopped half-way")

    def _damaged(self, whole: bytes, now_s: float) -> list[Reading]:
        if whole[1] == DECODE_DATA:
            self._outgoing.append(packet(NAK, bytes([_RESEND])))
        return self._refuse(Reason.BAD_CHECKSUM, whole, now_s, "")

    def _heed(self, said: Packet, now_s: float) -> list[Reading]:
        self._silence.heard(now_s)
        self._noise.reset()
        if said.op in _ANSWERED:
            self._outgoing.append(packet(ACK))
        if said.op == NAK:
            return self._denied(said, now_s)
        if said.op == ACK:
            self._starting.answered()
        readings = self._code(said, now_s) if said.op == DECODE_DATA else []
        self._aside += 0 if readings else len(said.raw)
        return readings

    def _denied(self, said: Packet, now_s: float) -> list[Reading]:
        cause = said.data[0] if said.data else 0
        if cause == _RESEND:
            self._starting.again(now_s)
            return []
        self._starting.answered()
        return [bad(Reason.BAD_COMMAND, said.raw, now_s, f"cause {cause}: {_CAUSES.get(cause, 'not told')}")]

    def _code(self, said: Packet, now_s: float) -> list[Reading]:
        same = (
            self._last is not None and said.data == self._last[0] and now_s - self._last[1] <= self._settings.resend_s
        )
        self._last = (said.data, now_s)
        if said.status & _AGAIN and same:
            return []
        self._starting.answered()
        in_pieces = self._in_pieces or bool(said.status & _MORE)
        self._in_pieces = bool(said.status & _MORE)
        if in_pieces:
            told = "a code in several packets: print it shorter, or set the scanner to text"
            return [] if self._in_pieces else [bad(Reason.TOO_LONG, said.raw, now_s, told)]
        symbology = TYPES.get(said.data[0]) if said.data else None
        code = decode_text(said.data[1:], symbology)
        if not code:
            return [bad(Reason.MALFORMED, said.raw, now_s, "not the text of a code")]
        repeated = self._doubles.repeats(code, now_s)
        return [Scan(code, said.raw, now_s, symbology=symbology, repeated=repeated)]

    def _refuse(self, reason: Reason, raw: bytes, now_s: float, detail: str) -> list[Reading]:
        return [bad(reason, raw, now_s, detail)] if self._noise.passes(reason, now_s) else []


class _Starting:
    """A trigger on its way: asked for, engine woken, sent, sent again, answered."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._next_s: float | None = None
        self._asked = False
        self._woken = False
        self._send_at_s: float | None = None
        self._tries = 0

    @property
    def deadline_s(self) -> float | None:
        ends = (self._next_s, self._send_at_s)
        return min((end for end in ends if end is not None), default=None)

    def asked(self) -> None:
        """Begin: the engine is to be woken with the next poll."""
        self._asked, self._woken, self._tries, self._send_at_s = True, False, 0, None

    def wake(self, now_s: float) -> bytes:
        """Return the byte that wakes the engine, once; the trigger follows after WAKE_S of peace."""
        if not self._asked or self._woken:
            return b""
        self._woken = True
        self._send_at_s = now_s + WAKE_S
        return b"\0"

    def due(self, now_s: float) -> list[bytes]:
        """Return the trigger, if it is time to send it."""
        if self._every_s and (self._next_s is None or now_s >= self._next_s):
            self._next_s = now_s + self._every_s
            self.asked()
        if self._send_at_s is None or now_s < self._send_at_s:
            return []
        self._tries += 1
        again = self._tries > 1
        if self._tries > MAX_TRIES:
            self.answered()
            return []
        self._send_at_s = now_s + ANSWER_S
        return [packet(START, again=again)]

    def again(self, now_s: float) -> None:
        """The gun did not understand the trigger: it is due now."""
        if self._send_at_s is not None:
            self._send_at_s = now_s

    def answered(self) -> None:
        """The gun has understood, or will not: nothing more is sent."""
        self._asked = self._woken = False
        self._send_at_s, self._tries = None, 0
