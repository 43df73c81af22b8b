"""Yaohua XK3190 continuous output, 12 bytes; also "format 0" or tf=0 of its clones (devices.md A1).

    02  sign  d d d d d d  point  chk chk  03      one frame, about ten a second
    02  2B    0 0 1 2 3 5  3      1   D    03      = 1.235

    sign   + or -                       d      six digits, the highest first, filled with zeros
    point  0..4 decimals from the right  chk   XOR of sign..point, two upper-case hex characters, the high half first

The frame has no unit (settings `unit`), no stable flag and no word for overload: what an overloaded indicator sends is
UNVERIFIED. It shows the value of the display, gross or net. 02 and 03 never occur inside, so a frame is found by its
ends alone.

The XOR is weak: it sees every single flipped bit, and none of the transposed digits (a capture has 1560 and 1650 kg
under the same check 19). So a weight from here is never more than `stable=None`: whoever uses it must ask for frames
that agree, as `Weighing` does. Sources: XK3190-DS1 and A1+P manuals, captures.
"""

import re

from drivers.frames import FrameCutter, xor_hex
from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ContinuousSettings, ScaleDecoder
from drivers.scales.units import Unit, grams, scaled
from drivers.settings import DeviceSettings

LENGTH = 12
_FRAME = re.compile(rb"\x02(?P<digits>[+-]\d{6})(?P<point>[0-4])..\x03", re.DOTALL)
_INSIDE = re.compile(rb"[\x02\x03]")


class Settings(ContinuousSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale.

    unit: what the display counts in. Baud rate as set at the indicator; parity of the A9 and A12 is disputed: probe.
    """

    unit: Unit = "kg"


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    cutter = FrameCutter(starts=b"\x02", shape=shape, longest=LENGTH)
    return ScaleDecoder(settings, cutter, lambda frame, at_s: read(frame, settings, at_s))


def shape(head: bytes) -> int:
    """Return LENGTH where STX may begin a frame: nothing like STX or ETX inside, ETX at the end; see `frames.Shape`."""
    if _INSIDE.search(head, 1, LENGTH - 1) or (len(head) == LENGTH and head[-1] != 0x03):
        return 0
    return LENGTH


def read(frame: bytes, settings: Settings, at_s: float) -> Reading:
    """Read one frame of 12 bytes."""
    if frame[9:11] != xor_hex(frame[1:9]):
        return bad(Reason.BAD_CHECKSUM, frame, at_s)
    match = _FRAME.fullmatch(frame)
    if match is None:
        return bad(Reason.MALFORMED, frame, at_s, "not a sign, six digits and 0-4 decimals")
    value = scaled(match["digits"], int(match["point"]))
    return Weight(grams(value, settings.unit), None, frame, at_s)
