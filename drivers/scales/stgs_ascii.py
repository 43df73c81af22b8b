"""The `ST,GS` family of scales: A&D, Keli, T-Scale, Excell, Dini Argeo, Autoda and most Chinese boards (devices.md A8).

    [id] head , [kind ,] [sign] digits [,] [unit] CR LF        one line, blanks allowed between the parts
    ST,+001234.5  g             A&D EK-L, GC
    ST,NT,+0012.34kg            A&D AD-4404
    ST,GS,+  1.234kg            Chinese boards
    01ST,GS,     0.0,kg         Dini Argeo with its address (also written [01])
    ST,GS,+  12345 kg           Keli
    ST,GS,   245.6 g            T-Scale: no sign
    ST,GS,+0123456              Autoda: no unit, no point (settings `unit`, `decimals`)
    ST,N,+  1.234kg             Excell: N, G for NT, GS

    head  ST stable   US not stable   OL over (with '-': under)   UL under   QT counting   LO out of range
    kind  GS gross    NT net          TR the tare alone, which is no parcel's weight

The grammar covers the whole line, so a line whose head or tail is lost is MALFORMED; a digit lost from the middle
cannot be seen in this format, which has no check: whoever uses a weight must ask for several frames that agree
(devices.md A13). The number of an OL, UL or LO line is never used (an EK-L prints +999999.9); blank digits on an ST
line are OUT_OF_RANGE. A line that stops half-way stays in the buffer, and is given up as TRUNCATED when the scale has
paused for STALE_LINE_S, lest its head be joined to the tail of a later line. The scale speaks all the time; silence
is told once per silence. Pure; called by supervision.
"""

import re
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from drivers.framing import Line, LineCutter, LineEnd, NoiseGate, Silence, bad, is_garbled, unparity
from drivers.readings import Reading, Reason, Weight
from drivers.settings import DeviceSettings, SerialSettings

MAX_LINE_BYTES = 64
"""The longest layout has 22 characters; twice that and an address is ample."""

STALE_LINE_S = 1.0
"""A 22-character line takes 0.37 s at 600 baud, the slowest setting there is."""

GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "t": Decimal(1_000_000), "lb": Decimal("453.59237")}
"""Grams per unit; the pound is exact by definition (1959)."""

COUNTS = frozenset({"pc", "pcs", "%"})
"""Units of a scale that counts pieces or shows per cent."""

NET = {b"GS": False, b"G": False, b"NT": True, b"N": True}

# The quantifiers ending in + never give back what they took: a line is judged in one pass however it is made.
_LINE = re.compile(
    rb"(?:\[\d\d\]|\d\d)?(?P<head>ST|US|OL|UL|QT|LO),(?:(?P<kind>GS|NT|TR|G|N),)?"
    rb" *+(?P<sign>[+-]?) *+(?P<digits>[0-9.]*+) *+,?+ *+(?P<unit>[A-Za-z%]*+) *+"
)
_NUMBER = re.compile(rb"\d{1,10}(?:\.\d{1,6})?")


class Settings(SerialSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale.

    unit: what lines without a unit are counted in; the unit in a line always wins.
    decimals: digits after the point in lines that show neither unit nor point.
    """

    silent_after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 3.0
    unit: Literal["kg", "g", "t", "lb"] = "kg"
    decimals: Annotated[int, msgspec.Meta(ge=0, le=6)] = 0


def decoder(settings: DeviceSettings) -> "StgsAsciiDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return StgsAsciiDecoder(settings)


def parse_line(line: bytes, settings: Settings, at_s: float) -> Reading:
    """Read one line without its CR LF: a Weight only where the scale shows a valid number of grams."""
    match = _LINE.fullmatch(line)
    if match is None:
        return bad(Reason.MALFORMED, line, at_s, "no line of this format")
    refusal = _refusal(match)
    if refusal is not None:
        return bad(refusal[0], line, at_s, refusal[1])
    unit = match["unit"].decode("ascii").lower()
    number = match["digits"]
    if not _NUMBER.fullmatch(number) or (unit and unit not in GRAMS):
        return bad(Reason.MALFORMED, line, at_s, "no number, or a unit unknown here")
    value = Decimal((match["sign"] + number).decode("ascii"))
    if not unit and b"." not in number:
        value = value.scaleb(-settings.decimals)
    # + 0.0 turns the -0.0 of "-0000.000kg" into 0.0
    weight_g = float(value * GRAMS[unit or settings.unit]) + 0.0
    return Weight(weight_g, match["head"] == b"ST", line, at_s, net=NET.get(match["kind"]))


def _refusal(match: re.Match[bytes]) -> tuple[Reason, str] | None:
    """Why a well-formed line holds no weight, or None where it may hold one."""
    head = match["head"]
    if head == b"UL" or (head == b"OL" and match["sign"] == b"-"):
        return Reason.UNDERLOAD, ""
    if head == b"OL":
        return Reason.OVERLOAD, ""
    if head == b"LO":
        return Reason.OUT_OF_RANGE, "also the LO of a comparison on A&D GC"
    if head == b"QT" or match["unit"].decode("ascii").lower() in COUNTS:
        return Reason.COUNTING, "set the scale to show weight"
    if match["kind"] == b"TR":
        return Reason.TARE, "the tare alone"
    if not match["digits"]:
        return Reason.OUT_OF_RANGE, "blank digits"
    return None


class StgsAsciiDecoder:
    """The decoder of these lines; see `drivers.seam.Decoder`."""

    def __init__(self, settings: Settings) -> None:
        """Begin with an empty buffer; the watch for silence starts at the first feed or tick."""
        self._settings = settings
        self._table = unparity(settings.bytesize, settings.parity)
        self._lines = LineCutter(terminators=b"\r\n", max_bytes=MAX_LINE_BYTES)
        self._noise = NoiseGate()
        self._silence = Silence(settings.silent_after_s)
        self._last_byte_s = 0.0

    @property
    def deadline_s(self) -> float | None:
        """When a begun line is given up or the scale counts as silent, whichever is sooner."""
        stale_s = self._last_byte_s + STALE_LINE_S if self._lines.waiting else None
        ends = [at_s for at_s in (stale_s, self._silence.deadline_s) if at_s is not None]
        return min(ends, default=None)

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take bytes; return a Weight or a BadReading for each line they complete."""
        readings = self.tick(now_s)
        if data:
            self._last_byte_s = now_s
            for line in self._lines.feed(data.translate(self._table)):
                readings += self._read(line, now_s)
        return readings

    def tick(self, now_s: float) -> list[Reading]:
        """Give up a line that stopped half-way; report silence."""
        readings: list[Reading] = []
        if self._lines.waiting and now_s >= self._last_byte_s + STALE_LINE_S:
            begun = self._lines.drop()
            if begun:
                readings += self._tell(bad(Reason.TRUNCATED, begun, now_s, "the line stopped half-way"), now_s)
        return [*readings, *self._silence.check(now_s)]

    def poll(self) -> bytes:
        """Return nothing to send: the scale speaks unasked."""
        return b""

    def _read(self, line: Line, now_s: float) -> list[Reading]:
        if line.end is LineEnd.TOO_LONG:
            return self._tell(bad(Reason.TOO_LONG, line.raw, now_s, f"over {MAX_LINE_BYTES} bytes"), now_s)
        return self._tell(parse_line(line.raw, self._settings, now_s), now_s)

    def _tell(self, reading: Reading, now_s: float) -> list[Reading]:
        if is_garbled(reading):
            return [reading] if self._noise.passes(reading.reason, now_s) else []
        self._silence.heard(now_s)
        self._noise.reset()
        return [reading]
