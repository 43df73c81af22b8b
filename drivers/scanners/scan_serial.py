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

import re
import unicodedata
from typing import Annotated, Literal

import msgspec

from drivers.framing import Line, LineCutter, LineEnd, NoiseGate, Silence, bad, unparity
from drivers.readings import BadReading, Reading, Reason, Scan
from drivers.seam import MAX_FRAME_BYTES
from drivers.settings import DeviceSettings, SerialSettings

AIM: dict[str, str] = {
    "C0": "CODE128", "C1": "GS1-128", "C2": "CODE128",
    "A0": "CODE39", "A1": "CODE39", "A3": "CODE39", "A4": "CODE39", "A5": "CODE39", "A7": "CODE39",
    "E0": "EAN13", "E3": "EAN13", "E4": "EAN8",
    "I0": "ITF", "I1": "ITF", "I3": "ITF",
    "Q0": "QR", "Q1": "QR", "Q2": "QR", "Q3": "GS1-QR", "Q4": "GS1-QR", "Q5": "QR", "Q6": "QR",
    "d0": "DATAMATRIX", "d1": "DATAMATRIX", "d2": "GS1-DATAMATRIX", "d3": "DATAMATRIX",
    "d4": "DATAMATRIX", "d5": "GS1-DATAMATRIX", "d6": "DATAMATRIX",
    "L0": "PDF417", "L1": "PDF417", "L2": "PDF417",
    "G0": "CODE93", "F0": "CODABAR", "z0": "AZTEC", "X0": "OTHER",
}  # fmt: skip
"""AIM code and modifier -> code family (devices.md B1: Datalogic AIM table, zxing-cpp 3.1.1). Q5, Q6, d3, d6 and C2
have FNC1 in second place, which is an industry's format and not GS1's."""

ONE_DIMENSIONAL = frozenset({"CODE128", "GS1-128", "CODE39", "EAN13", "EAN8", "ITF", "CODE93", "CODABAR"})

SHORT_BYTES = 4
"""10 kB of noise hold one or two records of 1-3 bytes that are ASCII by chance; a longer one, 1 time in 10."""

_CONTROL = re.compile(r"[\x00-\x1c\x1e\x1f\x7f]")
_NOT_TEXT = frozenset({"Cc", "Cs", "Co", "Cn"})  # Unicode: control, surrogate, private, unassigned


class Settings(SerialSettings, frozen=True, kw_only=True):
    """What a technician may say about a text scanner.

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
    double_read_s: Annotated[float, msgspec.Meta(ge=0, le=10)] = 2.0


def decoder(settings: DeviceSettings) -> "ScanSerialDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScanSerialDecoder(settings)


def split_aim(text: str) -> tuple[str | None, str]:
    """Split "]C0123" into ("]C0", "123"); (None, text) where the first three characters are no AIM prefix we know."""
    if text.startswith("]") and text[1:3] in AIM:
        return text[:3], text[3:]
    return None, text


def decode_text(payload: bytes, symbology: str | None) -> str | None:
    """Turn a record's bytes into text, or None where they can be no text of that code family (None: family unknown)."""
    if payload.isascii():
        text = payload.decode("ascii")
        return None if _CONTROL.search(text) else text
    high_bytes = sum(byte >= 0x80 for byte in payload)
    if symbology in ONE_DIMENSIONAL or (symbology is None and high_bytes == 1):
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            text = payload.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if all(c == "\x1d" or unicodedata.category(c) not in _NOT_TEXT for c in text) else None
    return None


class ScanSerialDecoder:
    """The decoder of this module's records; see `drivers.seam.Decoder`."""

    def __init__(self, settings: Settings) -> None:
        """Begin with an empty buffer and nothing seen."""
        self._settings = settings
        self._table = unparity(settings.bytesize, settings.parity)
        self._lines = LineCutter(terminators=b"\r\n\t\x03", starts=b"\x02", max_bytes=MAX_FRAME_BYTES)
        self._no_reads = frozenset(word.casefold() for word in settings.no_read)
        self._noise = NoiseGate()
        self._silence = Silence(settings.silent_after_s)
        self._last_byte_s = 0.0
        self._last_code: str | None = None
        self._last_code_s = 0.0

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
        repeated = self._is_repeated(code, now_s)
        return [Scan(code, line.raw, now_s, symbology=symbology, aim=aim, repeated=repeated)]

    def _is_repeated(self, code: str, now_s: float) -> bool:
        window_s = self._settings.double_read_s
        repeated = window_s > 0 and code == self._last_code and now_s - self._last_code_s <= window_s
        self._last_code, self._last_code_s = code, now_s
        return repeated

    def _refuse(self, reason: Reason, raw: bytes, now_s: float, detail: str) -> list[Reading]:
        told: list[BadReading] = [bad(reason, raw, now_s, detail)] if self._noise.passes(reason, now_s) else []
        return list(told)
