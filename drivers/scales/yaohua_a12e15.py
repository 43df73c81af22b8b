"""Yaohua A12(E) continuous output, 15 bytes (devices.md A3).

    W  kind  value    k g  chk chk  CR LF          value: seven characters with the point
    W  G     004.139  k g  3   D    0D 0A          = 4.139 kg gross
    W  N     -01.500  k g  2   2    0D 0A          = -1.500 kg net
    W  G     001560_  k g  3   E    0D 0A          = 1560 kg: without a point the last place is blank
    nine blanks  O L  2 3  CR LF                   above Max + 9e
    nine blanks  L O  2 3  CR LF                   below -20d

    kind  G gross, N net       chk  XOR of the eleven bytes before it, two upper-case hex characters

The sum that some clones document is wrong for these frames; the XOR fits all examples. It is weak (`yaohua_cont12`):
OL and LO have the same check. There is no stable flag, so weights are `stable=None` and must agree. Source: A12(E)
manual.
"""

import re
from decimal import Decimal

from drivers.frames import xor_hex
from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ContinuousSettings, ScaleDecoder, text_lines
from drivers.scales.units import grams
from drivers.settings import DeviceSettings

LENGTH = 13
"""Bytes before CR LF."""

_LINE = re.compile(rb"W(?P<kind>[GN])(?P<value>(?=.{7}kg)-?\d+(?:\.\d+| )?)kg[0-9A-F]{2}")
_LIMITS = {b" " * 9 + b"OL23": Reason.OVERLOAD, b" " * 9 + b"LO23": Reason.UNDERLOAD}


class Settings(ContinuousSettings, frozen=True, kw_only=True):
    """Line settings alone; the parity of an A12E is disputed (9600 8E1 or 4800 8N1): probe."""


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScaleDecoder(settings, text_lines(), read)


def read(line: bytes, at_s: float) -> Reading:
    """Read one line without its CR LF."""
    if len(line) != LENGTH:
        return bad(Reason.MALFORMED, line, at_s, f"{len(line)} bytes, not {LENGTH}")
    if line[11:] != xor_hex(line[:11]):
        return bad(Reason.BAD_CHECKSUM, line, at_s)
    if line in _LIMITS:
        return bad(_LIMITS[line], line, at_s)
    match = _LINE.fullmatch(line)
    if match is None:
        return bad(Reason.MALFORMED, line, at_s, "no line of this format")
    value = Decimal(match["value"].decode("ascii"))
    return Weight(grams(value, "kg"), None, line, at_s, net=match["kind"] == b"N")
