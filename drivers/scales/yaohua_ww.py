"""The older Yaohua A12 text and its clones, `ww000.000kg` (devices.md A3).

    w  kind  value    unit  CR LF          value: 5 to 9 characters with sign and point
    w  w     000.000  lb    0D 0A          = 0 lb gross
    w  n     -0000.1  kg    0D 0A          = -0.1 kg net
    w  t     000.000  kg    0D 0A          the tare alone, which is no parcel's weight

    kind  w gross, n net, t tare           unit  kg or lb

There is no check and no stable flag: weights are `stable=None` and must agree (`Weighing` asks for three frames). One
manual (Liden LUW2001) prints the value as 0000.000 in one place and 00015.000 in the next, so its length is not held
against it. Sources: an mcush parser, Liden LUW2001.
"""

import re
from decimal import Decimal

from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ContinuousSettings, ScaleDecoder, text_lines
from drivers.scales.units import grams
from drivers.settings import DeviceSettings

_LINE = re.compile(rb"w(?P<kind>[wnt])(?P<value>(?=.{5,9}[a-z]{2})-?\d+(?:\.\d+)?)(?P<unit>kg|lb)")


class Settings(ContinuousSettings, frozen=True, kw_only=True):
    """Line settings alone."""


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScaleDecoder(settings, text_lines(), read)


def read(line: bytes, at_s: float) -> Reading:
    """Read one line without its CR LF."""
    match = _LINE.fullmatch(line)
    if match is None:
        return bad(Reason.MALFORMED, line, at_s, "no line of this format")
    if match["kind"] == b"t":
        return bad(Reason.TARE, line, at_s, "the tare alone")
    value = Decimal(match["value"].decode("ascii"))
    return Weight(grams(value, match["unit"].decode("ascii")), None, line, at_s, net=match["kind"] == b"n")
