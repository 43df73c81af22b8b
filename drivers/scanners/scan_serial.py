"""A barcode scanner that sends text: RS-232 or USB-CDC, hand-held or fixed (devices.md B1, B4).

    [STX] [ ] c m ] text  CR | LF | CR LF | TAB | ETX
          AIM prefix,     terminator; empty records are ignored
          if the scanner was told to send it

The text is a record. GS (1Dh) inside it is data; any other control character makes it MALFORMED. Text that is not
ASCII is read as UTF-8, else as GB18030 (Chinese readers send GBK from QR codes), and only where a QR code may be: a
family the AIM prefix names as one-dimensional has no such characters, and a record without prefix and with exactly
one such byte is a damaged bit, as Chinese text has them in pairs. Noise, too, can be read as Chinese: a record without
prefix that is not ASCII, or has under SHORT_BYTES, is believed only where no noise came within the last second.

A record whose bytes stop for longer than the inter-character time-out without a terminator is dropped as TRUNCATED,
never delivered, unless the scanner is configured without suffix. What timing cannot tell: two codes whose separating
terminator was lost within less than the time-out arrive as one long code; the waybill's own length and check digit
must refuse it. A line break or TAB inside a QR text cannot be told from a terminator either: such a text arrives in
pieces.

Nothing is dropped as a double: a code seen again within `double_read_s` (makers' advice 1-3 s) is marked `repeated`,
the window growing while it repeats and closing at a different code; what to do about it is the counter's business.
Pure; called by supervision.
"""

from typing import Annotated, Literal

import msgspec

from drivers.framing import Line, LineCutter, LineEnd, NoiseGate, Silence, bad, unparity
from drivers.readings import BadReading, Reading, Reason, Scan
from drivers.scanners.codes import AIM, DoubleReads, DoubleReadSeconds, decode_text, split_aim
from drivers.seam import MAX_FRAME_BYTES
from drivers.settings import DeviceSettings, SerialSettings

BEL = b"\x07"

SHORT_BYTES = 4
"""10 kB of noise hold one or two records of 1-3 bytes that are ASCII by chance; a longer one, 1 time in 10."""


class TextSettings(SerialSettings, frozen=True, kw_only=True):
    """What a technician may say about any scanner that sends records of text; see the head of this file.

    suffix: "any" ends a record at CR, LF, TAB or ETX; "none" also at a pause, for a scanner that sends no suffix.
    inter_character_s: a pause this long inside a record means it was cut off (50-100 ms on serial lines, devices.md
    B1).
    no_read: what the scanner sends when it saw nothing, in any case of letters; makers differ and let it be changed.
    double_read_s: the same code within so many seconds is marked as repeated; 0 marks none.
    """

    suffix: Literal["any", "none"] = "any"
    inter_character_s: Annotated[float, msgspec.Meta(ge=0.02, le=5)] = 0.1
    no_read: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], ...] = (
        "NR",
        "NoRead",
        "NO READ",
        "ERROR",
    )
    double_read_s: DoubleReadSeconds = 2.0


class Settings(TextSettings, frozen=True, kw_only=True):
    """What a technician may say about a scanner that only sends text.

    beep: the gun itself beeps for the station's answer, see `feedback`; it must be set to beep on BEL.
    """

    beep: bool = False


def decoder(settings: DeviceSettings) -> "ScanSerialDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScanSerialDecoder(settings)


def feedback(good: bool) -> bytes:
    """Return what makes the gun beep for the station's answer: once for good, three times for bad.

    BEL is one beep on makers' text scanners where "beep on BEL" is switched on; what a series of three sounds like is
    UNVERIFIED.
    """
    return BEL if good else BEL * 3


class ScanSerialDecoder:
    """The decoder of this module's records; see `drivers.seam.Decoder`."""

    def __init__(self, settings: TextSettings) -> None:
        """Begin with an empty buffer and nothing seen."""
        self._settings = settings
        self._table = unparity(settings.bytesize, settings.parity)
        self._lines = LineCutter(terminators=b"\r\n\t\x03", starts=b"\x02", max_bytes=MAX_FRAME_BYTES)
        self._no_reads = frozenset(word.casefold() for word in settings.no_read)
        self._noise = NoiseGate()
        self._silence = Silence(settings.silent_after_s)
        self._last_byte_s = 0.0
        self._doubles = DoubleReads(settings.double_read_s)

    @property
    def deadline_s(self) -> float | None:
        """When a begun record is given up, or the scanner counts as silent."""
        if self._lines.waiting:
            return self._last_byte_s + self._settings.inter_character_s
        return self._silence.deadline_s

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take bytes; return a Scan or a BadReading for each record they complete."""
        readings = self._give_up(now_s)
        if data:
            self._last_byte_s = now_s
            for line in self._lines.feed(data.translate(self._table)):
                readings += self._record(line, now_s)
        return readings

    def tick(self, now_s: float) -> list[Reading]:
        """Give up a record that stopped; report silence if the settings ask for it."""
        return [*self._give_up(now_s), *self._silence.check(now_s)]

    def poll(self) -> bytes:
        """Return nothing to send: the scanner speaks unasked."""
        return b""

    def discard(self) -> bytes:
        """Forget the record begun, and return it: a subprotocol found that these bytes were no record."""
        return self._lines.drop()

    def _give_up(self, now_s: float) -> list[Reading]:
        if not self._lines.waiting or now_s < self._last_byte_s + self._settings.inter_character_s:
            return []
        begun = self._lines.drop()
        if not begun:  # the rest of a record that was too long, already told
            return []
        if self._settings.suffix == "none":
            return self._record(Line(begun, LineEnd.TERMINATED), now_s)
        return self._refuse(Reason.TRUNCATED, begun, now_s, "no terminator")

    def _record(self, line: Line, now_s: float) -> list[Reading]:
        if line.end is LineEnd.TOO_LONG:
            return self._refuse(Reason.TOO_LONG, line.raw, now_s, f"over {MAX_FRAME_BYTES} bytes")
        if line.end is LineEnd.CUT:
            return self._refuse(Reason.TRUNCATED, line.raw, now_s, "a new record began")
        aim, _ = split_aim(line.raw[:3].decode("latin-1"))
        symbology = AIM[aim[1:]] if aim else None
        payload = line.raw[3:] if aim else line.raw
        code = decode_text(payload, symbology)
        doubtful = aim is None and (len(payload) < SHORT_BYTES or not payload.isascii())
        if not code or (doubtful and self._noise.noisy(now_s)):
            return self._refuse(Reason.MALFORMED, line.raw, now_s, "not the text of a code")
        self._silence.heard(now_s)
        self._noise.reset()
        if code.casefold() in self._no_reads:
            return [bad(Reason.NO_READ, line.raw, now_s)]
        if aim is None and not payload.isascii():
            symbology = "QR"  # no other family on parcels carries Chinese
        repeated = self._doubles.repeats(code, now_s)
        return [Scan(code, line.raw, now_s, symbology=symbology, aim=aim, repeated=repeated)]

    def _refuse(self, reason: Reason, raw: bytes, now_s: float, detail: str) -> list[Reading]:
        told: list[BadReading] = [bad(reason, raw, now_s, detail)] if self._noise.passes(reason, now_s) else []
        return list(told)
