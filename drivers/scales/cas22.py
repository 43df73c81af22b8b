"""CAS 22-byte continuous output: CI, BI and other CAS indicators (devices.md A8).

    head , kind , id lamp ,  value     _  unit  CR LF
    ST   , GS   , 1  C4   ,  000013.5  _  kg    0D 0A     = 13.5 kg

    head   ST stable, US not stable, OL overload          kind  GS gross, NT net
    id     30h + number                                   value 8 characters
    lamp   bit 7 always 1, 6 stable, 5 -, 4 hold, 3 print, 2 gross, 1 tare, 0 zero

The lamp byte is not ASCII, and so the line is never read as text, nor may the line settings say 7 bits. A weight is
stable only where head and lamp both say so; a held value is not what lies on the pan now, and is STALE. CI-6000 sends
ERR lines: FAULT. There is no check; `Weighing` asks for agreement. The 10-byte CAS format (value alone) is not read.
Source: CAS CI and BI manuals.
"""

import re
from decimal import Decimal

from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ContinuousSettings, ScaleDecoder, text_lines
from drivers.scales.units import grams
from drivers.settings import DeviceSettings

STABLE, HOLD = 0x40, 0x10

_LINE = re.compile(
    rb"(?P<head>ST|US|OL),(?P<kind>GS|NT),[0-\x7e](?P<lamp>[\x80-\xff]),"
    rb"(?P<value>[ 0-9.+-]{8}) (?P<unit>kg|lb| g|g | t|t )"
)
_NUMBER = re.compile(rb"(?P<sign>[+-]?) *(?P<digits>\d+(?:\.\d+)?)")


class Settings(ContinuousSettings, frozen=True, kw_only=True):
    """Line settings alone; 9600 8N1."""


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScaleDecoder(settings, text_lines(), read)


def read(line: bytes, at_s: float) -> Reading:
    """Read one line without its CR LF."""
    if line.startswith(b"ERR"):
        return bad(Reason.FAULT, line, at_s, "the indicator reports an error")
    match = _LINE.fullmatch(line)
    if match is None:
        return bad(Reason.MALFORMED, line, at_s, "no line of this format")
    lamp = match["lamp"][0]
    if match["head"] == b"OL":
        return bad(Reason.OVERLOAD, line, at_s)
    if lamp & HOLD:
        return bad(Reason.STALE, line, at_s, "the display is on hold")
    number = _NUMBER.fullmatch(match["value"].strip(b" "))
    if number is None:
        return bad(Reason.MALFORMED, line, at_s, "no number")
    value = Decimal((number["sign"] + number["digits"]).decode("ascii"))
    weight_g = grams(value, match["unit"].strip(b" ").decode("ascii"))
    return Weight(weight_g, match["head"] == b"ST" and bool(lamp & STABLE), line, at_s, net=match["kind"] == b"NT")
