"""What the two nine-byte `=` formats share: the cut and the number (devices.md A4). No model of its own.

A frame is `=` and eight characters, without terminator, check, unit or stable flag; only the `=` shows where one
begins. Which of the two formats a frame is in cannot be seen (`=000.3000` is 3.000 in one and 0.3000 in the other), so
each is a model that a technician names. Weights are `stable=None`; three frames must agree, which `Weighing` asks for.
Called by `yaohua_eq_rev9` and `yaohua_eq_fwd9`.
"""

import re
from collections.abc import Callable
from decimal import Decimal

from drivers.frames import FrameCutter
from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ContinuousSettings, ScaleDecoder
from drivers.scales.units import Unit, grams

LENGTH = 9
_NUMBER = re.compile(rb"(?=.{7})\d+(?:\.\d+)?")


class EqualsSettings(ContinuousSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale.

    unit: what the display counts in; the frame does not say.
    """

    unit: Unit = "kg"


def equals_decoder(settings: EqualsSettings, parts: Callable[[bytes], tuple[bytes, bytes]]) -> ScaleDecoder:
    """Make a fresh decoder; `parts` takes a frame apart into its sign and its digits, the highest first."""

    def read(frame: bytes, at_s: float) -> Reading:
        sign, digits = parts(frame)
        if sign not in (b"0", b"-") or not _NUMBER.fullmatch(digits):
            return bad(Reason.MALFORMED, frame, at_s, "no sign and number: is it the other = format?")
        value = Decimal(digits.decode("ascii"))
        return Weight(grams(-value if sign == b"-" else value, settings.unit), None, frame, at_s)

    return ScaleDecoder(settings, FrameCutter(starts=b"=", shape=shape, longest=LENGTH), read)


def shape(head: bytes) -> int:
    """Return LENGTH where `=` may begin a frame: no other `=` in it; see `frames.Shape`."""
    return 0 if b"=" in head[1:] else LENGTH
