"""FF and BCD, five bytes: several cheap Chinese scales without a name (devices.md A10).

    FF  st  b1 b2 b3          b1 the lowest two digits, b3 the highest, each byte two BCD digits
    FF  44  34 12 00          = 001234 with three decimals: 1.234

    st  bits 0-2 decimals + 1, 3-4 mode (0 weigh, 1 count, 2 per cent), 5 negative, 6 stable, 7 overflow

There is no check, no unit (settings `unit`) and no end: FF, which is neither BCD nor a status, begins a frame. After
bytes that are no frame, nothing is told until two good frames have come back to back. The flag for stable is passed on
as the scale gives it; since a flipped bit makes another good frame, also a "stable" one, a weight from here must never
be used without the agreement of three that `Weighing` demands. Sources: a gitcode blog; a Delphi parser agrees on FF,
order of digits and sign.
"""

import re

from drivers.frames import FrameCutter
from drivers.framing import Line, LineEnd, bad, is_garbled
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ContinuousSettings, ScaleDecoder
from drivers.scales.units import Unit, grams, scaled
from drivers.settings import DeviceSettings

LENGTH = 5
_BCD = re.compile(rb"[0-9]{6}")


class Settings(ContinuousSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale.

    unit: what the display counts in; the frame does not say.
    """

    unit: Unit = "kg"


def decoder(settings: DeviceSettings) -> "FfBcdDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return FfBcdDecoder(settings)


def shape(head: bytes) -> int:
    """Return LENGTH where FF may begin a frame: no other FF in it; see `frames.Shape`."""
    return 0 if b"\xff" in head[1:] else LENGTH


def read(frame: bytes, settings: Settings, at_s: float) -> Reading:
    """Read one frame of 5 bytes."""
    status, digits = frame[1], frame[:1:-1].hex().encode("ascii")
    mode = status >> 3 & 0x03
    if not _BCD.fullmatch(digits) or not status & 0x07 or mode == 0x03:
        return bad(Reason.MALFORMED, frame, at_s, "no BCD digits, or a status that cannot be")
    if mode:
        return bad(Reason.COUNTING, frame, at_s, "set the scale to show weight")
    if status & 0x80:
        return bad(Reason.OVERLOAD, frame, at_s)
    value = scaled(digits, (status & 0x07) - 1)
    return Weight(grams(-value if status & 0x20 else value, settings.unit), bool(status & 0x40), frame, at_s)


class FfBcdDecoder(ScaleDecoder):
    """The decoder of these frames; see `drivers.seam.Decoder`."""

    def __init__(self, settings: Settings) -> None:
        """Begin in step: the first byte heard is taken for the first of a frame."""
        super().__init__(
            settings,
            FrameCutter(starts=b"\xff", shape=shape, longest=LENGTH),
            lambda frame, at_s: read(frame, settings, at_s),
        )
        self._met = 1

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """As every decoder; a pause of `decoding.STALE_S` brings us back into step."""
        if now_s >= self._last_byte_s + self._stale_s:
            self._met = 1
        return super().feed(data, now_s)

    def _take(self, line: Line, now_s: float) -> list[Reading]:
        """Tell a good frame only where another came right before it, or a pause."""
        reading = self._read(line.raw, now_s)
        if reading is None or is_garbled(reading):
            self._met = 0
            return super()._take(line, now_s)
        self._met = 1 if line.end is LineEnd.AFTER_JUNK else self._met + 1
        return super()._take(line, now_s) if self._met > 1 else []
