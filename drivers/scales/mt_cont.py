"""Mettler-Toledo standard continuous output, 17 or 18 bytes (devices.md A5).

    02  SWA SWB SWC  w w w w w w  t t t t t t  0D  [CHK]
    02  2D  30  20   _ _ 1 2 3 4  _ _ _ _ _ 0  0D  1A      = 1.234 kg gross, stable, tare 0

    w    weight, six digits without a point, blanks or zeros in front       t    tare, the same
    SWA  bits 0-2: the point: 0 XXXX00, 1 XXXXX0, 2 XXXXXX, 3 XXXXX.X ... 7 X.XXXXX
    SWB  0 net, 1 negative, 2 out of range, 3 motion, 4 kg (1) or lb (0), 6 zero not captured at power-up
    SWC  0 grams (where SWB.4 = 0), 4 ten times the resolution
    CHK  low 7 bits of the two's complement of the sum of the low 7 bits of all bytes before it, 02 and 0D included

Whether the terminal sends CHK is a setting of both ends: without it, frames of 17 bytes look like 18-byte ones whose
check is wrong. The constant bits are not tested, for clones disagree about them; a Liden clone also fixes SWB.4 and
puts pounds into SWC.0: there name the `unit`. A frame whose zero was not captured at power-up shows a number that is
not to be used for billing, and one at ten times the resolution may be misread tenfold: both are BadReading. Source:
Wildcat manual p. 6-5, Fairbanks and Liden manuals.
"""

import re
from typing import Literal

from drivers.frames import FrameCutter
from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ContinuousSettings, ScaleDecoder
from drivers.scales.units import grams, scaled
from drivers.settings import DeviceSettings

LENGTH = 17
"""Up to CR; one more with the check."""

_DIGITS = re.compile(rb" *\d+")
_INSIDE = re.compile(rb"[\x02\x0d]")


class Settings(ContinuousSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale.

    checksum: whether the terminal is set to send CHK. unit: as the frame says, or what it counts in where a clone says
    it wrong. Some Toledo 8142 run at 7 data bits with parity.
    """

    checksum: bool = True
    unit: Literal["frame", "kg", "g", "lb"] = "frame"


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    length = LENGTH + settings.checksum
    cutter = FrameCutter(starts=b"\x02", shape=lambda head: shape(head, length), longest=length)
    return ScaleDecoder(settings, cutter, lambda frame, at_s: read(frame, settings, at_s))


def shape(head: bytes, length: int) -> int:
    """Return `length` where STX may begin a frame: CR in its place, none and no STX before; see `frames.Shape`."""
    if _INSIDE.search(head, 1, LENGTH - 1) or (len(head) >= LENGTH and head[LENGTH - 1] != 0x0D):
        return 0
    return length


def check_of(frame: bytes) -> int:
    """Return what CHK must be after these bytes."""
    return -sum(byte & 0x7F for byte in frame) & 0x7F


def read(frame: bytes, settings: Settings, at_s: float) -> Reading:
    """Read one frame of the length the settings say."""
    if settings.checksum and frame[LENGTH] & 0x7F != check_of(frame[:LENGTH]):
        switched_off = "is the checksum switched off at the scale?" if frame[LENGTH] == 0x02 else ""
        return bad(Reason.BAD_CHECKSUM, frame, at_s, switched_off)
    point, status, extra = frame[1] & 0x07, frame[2], frame[3]
    refusal = _refusal(status, extra)
    if refusal is not None:
        return bad(refusal[0], frame, at_s, refusal[1])
    if not frame[4:10].strip(b" "):
        return bad(Reason.OUT_OF_RANGE, frame, at_s, "blank digits")
    if not _DIGITS.fullmatch(frame[4:10]) or not _DIGITS.fullmatch(frame[10:16]):
        return bad(Reason.MALFORMED, frame, at_s, "no digits")
    value = scaled(frame[4:10].strip(b" "), point - 2)
    weight_g = grams(-value if status & 0x02 else value, _unit(status, extra, settings))
    return Weight(weight_g, not status & 0x08, frame, at_s, net=bool(status & 0x01))


def _refusal(status: int, extra: int) -> tuple[Reason, str] | None:
    """Why a frame holds no weight to be used, or None where it may hold one."""
    if status & 0x04:
        return Reason.OUT_OF_RANGE, "over or under; the frame does not say which"
    if status & 0x40:
        return Reason.ZERO_NOT_CAPTURED, "power-up zero not captured: empty the pan and press zero"
    if extra & 0x10:
        return Reason.FAULT, "ten times the resolution is shown: switch it off at the scale"
    return None


def _unit(status: int, extra: int, settings: Settings) -> str:
    if settings.unit != "frame":
        return settings.unit
    if status & 0x10:
        return "kg"
    return "g" if extra & 0x01 else "lb"
