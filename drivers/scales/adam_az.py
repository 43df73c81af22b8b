"""Adam Equipment AZextra (devices.md A11).

    P CR LF              host
    _ _ _ 1.234kg CR LF  scale: a number and its unit (label format 3)

The scale answers only when it has a new weight that is stable and not zero; to the same weight asked for again it beeps
and says nothing, and it never reports zero. So silence is no fault here, and after an answer five seconds pass before
the next request. The price, for whoever uses these weights: one frame is all there is, so frames cannot be made to
agree, and an empty pan is never seen. There is no check. Source: Odoo SerialScaleDriver.py.
"""

import re
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.asking import AskedSettings, Asking
from drivers.scales.decoding import ScaleDecoder, text_lines
from drivers.scales.units import grams
from drivers.settings import DeviceSettings

REQUEST = b"P\r\n"
_LINE = re.compile(rb" *+(?P<value>\d{1,8}(?:\.\d{1,4})?) ?(?P<unit>kg|g|lb|oz) *+")


class Settings(AskedSettings, frozen=True, kw_only=True):
    """Line and cadence: 4800 8N1, asked every half second until it answers."""

    baudrate: Literal[600, 1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200] = 4800
    every_s: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 5.0
    answer_within_s: Annotated[float, msgspec.Meta(ge=0.05, le=10)] = 0.5
    silent_after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScaleDecoder(settings, text_lines(), read, Asking.of(REQUEST, settings))


def commands(_settings: DeviceSettings) -> dict[str, bytes]:
    """Return what the scale can be told, by name."""
    return {"weight": REQUEST}


def read(line: bytes, at_s: float) -> Reading:
    """Read one line without its CR LF."""
    match = _LINE.fullmatch(line)
    if match is None:
        return bad(Reason.MALFORMED, line, at_s, "no number with a unit: is it set to label format 3?")
    value = Decimal(match["value"].decode("ascii"))
    return Weight(grams(value, match["unit"].decode("ascii")), None, line, at_s)
