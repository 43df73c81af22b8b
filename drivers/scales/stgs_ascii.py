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
paused for `decoding.STALE_S`, lest its head be joined to the tail of a later line. The scale speaks all the time;
silence is told once per silence. Pure; called by supervision.
"""

import re
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ContinuousSettings, ScaleDecoder, text_lines
from drivers.scales.units import COUNTS, grams
from drivers.settings import DeviceSettings

UNITS = frozenset({"g", "kg", "t", "lb"})
"""Units seen on these boards; another word in their place is damage."""

NET = {b"GS": False, b"G": False, b"NT": True, b"N": True}

# The quantifiers ending in + never give back what they took: a line is judged in one pass however it is made.
_LINE = re.compile(
    rb"(?:\[\d\d\]|\d\d)?(?P<head>ST|US|OL|UL|QT|LO),(?:(?P<kind>GS|NT|TR|G|N),)?"
    rb" *+(?P<sign>[+-]?) *+(?P<digits>[0-9.]*+) *+,?+ *+(?P<unit>[A-Za-z%]*+) *+"
)
_NUMBER = re.compile(rb"\d{1,10}(?:\.\d{1,6})?")


class Settings(ContinuousSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale.

    unit: what lines without a unit are counted in; the unit in a line always wins.
    decimals: digits after the point in lines that show neither unit nor point.
    """

    unit: Literal["kg", "g", "t", "lb"] = "kg"
    decimals: Annotated[int, msgspec.Meta(ge=0, le=6)] = 0


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScaleDecoder(settings, text_lines(), lambda line, at_s: parse_line(line, settings, at_s))


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
    if not _NUMBER.fullmatch(number) or (unit and unit not in UNITS):
        return bad(Reason.MALFORMED, line, at_s, "no number, or a unit unknown here")
    value = Decimal((match["sign"] + number).decode("ascii"))
    if not unit and b"." not in number:
        value = value.scaleb(-settings.decimals)
    return Weight(grams(value, unit or settings.unit), match["head"] == b"ST", line, at_s, net=NET.get(match["kind"]))


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
