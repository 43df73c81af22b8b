"""NCI standard protocol, SCP-01: NCI, Avery Weigh-Tronix, Brecknell parcel scales (devices.md A11).

    57 0D                                          host: W CR
    0A  xx.xxx UU  0D 0A  [S] h1 h2 [h3]  0D 03    scale: weight and status
    0A                    [S] h1 h2 [h3]  0D 03    scale: status alone, while moving, negative or out of range
    0A  3F                                0D 03    scale: unknown command

    h1  0 motion, 1 at zero, 2 RAM error, 3 EEPROM error, 4-5 always 1
    h2  0 under capacity, 1 over capacity, 2 ROM error, 3 calibration faulty, 4-5 always 1, 6 another byte follows

Older models (7821, Brecknell) leave out the S. A status alone that gives no reason is refused, since a weight answer
that lost its head looks like it; one that says "at zero" is the weight 0, said by the scale. There is no check but
parity. `zero` is answered by a status. Line settings differ by model: 6712 9600 8N1, 7815 9600 7E1. Sources: Ohaus
p. 47-49, DIVA p. 35-37, Avery 7821 p. 25, Brecknell 6712 and 7815 p. 19, 3700LP p. 11.
"""

import re
from decimal import Decimal
from typing import Annotated

import msgspec

from drivers.frames import FrameCutter
from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.asking import AskedSettings, Asking
from drivers.scales.decoding import ScaleDecoder
from drivers.scales.units import grams
from drivers.settings import DeviceSettings

LONGEST = 28
_FRAME = re.compile(
    rb"\n(?:(?P<sign>-?) *(?P<value>\d+(?:\.\d+)?) *(?P<unit>[A-Za-z]{1,3}) *\r\n)?"
    rb"S?(?P<status>[0-?][0-?]|[0-?][p-\x7f][0-?p-\x7f])\r\x03"
)
_BAD_COMMAND = b"\n?\r\x03"
_UNITS = frozenset({"kg", "g", "lb", "oz"})


class Settings(AskedSettings, frozen=True, kw_only=True):
    """Line and cadence; 9600 8N1, though some models are 7E1."""

    answer_within_s: Annotated[float, msgspec.Meta(ge=0.05, le=10)] = 0.5


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    cutter = FrameCutter(starts=b"\n", shape=shape, longest=LONGEST)
    return ScaleDecoder(settings, cutter, read, Asking.of(commands(settings)["weight"], settings))


def commands(_settings: DeviceSettings) -> dict[str, bytes]:
    """Return what the scale can be told, by name."""
    return {"weight": b"W\r", "status": b"S\r", "zero": b"Z\r"}


def shape(head: bytes) -> int:
    """Return the length up to the first ETX, if a CR stands before it and at most one LF within; see `frames.Shape`."""
    end = head.find(b"\x03")
    inside = head[1:end] if end >= 0 else head[1:]
    second = inside.find(b"\n")
    if second >= 0 and (inside[:second][-1:] != b"\r" or b"\n" in inside[second + 1 :]):
        return 0
    if end < 0:
        return len(head) + 1 if len(head) < LONGEST else 0
    return end + 1 if inside.endswith(b"\r") else 0


def read(frame: bytes, at_s: float) -> Reading:
    """Read one frame."""
    if frame == _BAD_COMMAND:
        return bad(Reason.BAD_COMMAND, frame, at_s)
    match = _FRAME.fullmatch(frame)
    if match is None:
        return bad(Reason.MALFORMED, frame, at_s, "no frame of this format")
    h1, h2 = match["status"][0], match["status"][1]
    refusal = _refusal(h1, h2)
    if refusal is not None:
        return bad(refusal[0], frame, at_s, refusal[1])
    if match["value"] is None:
        return _without_weight(h1, frame, at_s)
    unit = match["unit"].decode("ascii").lower()
    if unit not in _UNITS:
        return bad(Reason.MALFORMED, frame, at_s, "a unit unknown here")
    value = Decimal((match["sign"] + match["value"]).decode("ascii"))
    return Weight(grams(value, unit), not h1 & 0x01, frame, at_s)


def _refusal(h1: int, h2: int) -> tuple[Reason, str] | None:
    """Why the status forbids any weight, or None."""
    if h1 & 0x0C or h2 & 0x04:
        return Reason.FAULT, "the scale reports a memory error"
    if h2 & 0x08:
        return Reason.NEEDS_CALIBRATION, ""
    if h2 & 0x02:
        return Reason.OVERLOAD, ""
    if h2 & 0x01:
        return Reason.UNDERLOAD, ""
    return None


def _without_weight(h1: int, frame: bytes, at_s: float) -> Reading:
    if h1 & 0x01:
        return bad(Reason.UNSTABLE, frame, at_s)
    if h1 & 0x02:
        return Weight(0.0, True, frame, at_s)
    return bad(Reason.MALFORMED, frame, at_s, "a status without a weight and without a reason")
