"""USB HID POS scales, usage page 8Dh: DYMO, Stamps, Mettler PS, Fairbanks and others (devices.md A12).

    id  status  unit  exponent  weight low, high      one input report, 6 bytes; grams = weight * 10^exponent * unit
    03  04      0B    FF        34 19                 = 645.2 oz, stable

    id      3, on some scales 4; 9 on a Holtek, whose layout is said to differ (UNVERIFIED)
    status  1 fault, 2 stable at zero, 3 moving, 4 stable, 5 under zero, 6 over, 7 needs calibration, 8 needs re-zero
    unit    1 mg, 2 g, 3 kg, 4 ct, 5 tael, 6 gr, 7 dwt, 8 tonne, 9 ton, 10 ozt, 11 oz, 12 lb

The weight has no sign: under zero, its magnitude means nothing. A tael differs by country and is refused. The first
report after opening may be stale, so `skip_first` drops it. hidraw hands out whole reports, so bytes that do not make
one up within milliseconds are given up: a short report must not be filled up from the next. There is no check beyond
that of USB itself, which is one. Sources: HID POS usage tables, usbscale and its issues 1, 4, 13, 14; CoffeeScale.
"""

from decimal import Decimal
from typing import Annotated

import msgspec

from drivers.frames import FrameCutter
from drivers.framing import Line, bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.decoding import ScaleDecoder
from drivers.scales.units import grams
from drivers.settings import DeviceSettings, HidrawSettings

LENGTH = 6
REPORT_GAP_S = 0.005
"""Between two reports there is at least one polling interval, 8 ms or more; inside one there is nothing."""

UNITS = ("", "mg", "g", "kg", "ct", "", "gr", "dwt", "t", "ton", "ozt", "oz", "lb")
TAEL = 5
LARGEST_EXPONENT = 6
"""More either way is no scale but damage."""

MOVING = 3
REASONS = {
    1: (Reason.FAULT, "the scale reports a fault"),
    5: (Reason.UNDERLOAD, ""),
    6: (Reason.OVERLOAD, ""),
    7: (Reason.NEEDS_CALIBRATION, ""),
    8: (Reason.ZERO_ERROR, "empty the pan and press zero"),
}


STATUSES = frozenset({2, MOVING, 4, *REASONS})


class Settings(HidrawSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale.

    silent_after_s: a scale that reports only changes needs 0. skip_first: how many reports after opening are dropped.
    """

    silent_after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 10.0
    skip_first: Annotated[int, msgspec.Meta(ge=0, le=10)] = 1


def decoder(settings: DeviceSettings) -> "HidScaleDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return HidScaleDecoder(settings)


def commands(_settings: DeviceSettings) -> dict[str, bytes]:
    """Return the output reports there are; not every scale obeys."""
    return {"zero": b"\x02\x02"}


def read(report: bytes, at_s: float) -> Reading:
    """Read one report of 6 bytes."""
    status, unit = report[1], report[2]
    exponent = int.from_bytes(report[3:4], "little", signed=True)
    if status not in STATUSES or unit >= len(UNITS) or abs(exponent) > LARGEST_EXPONENT:
        return bad(Reason.MALFORMED, report, at_s, "no such status, unit or exponent")
    if status in REASONS:
        reason, detail = REASONS[status]
        return bad(reason, report, at_s, detail)
    if not UNITS[unit]:
        return bad(Reason.MALFORMED, report, at_s, "a tael differs by country" if unit == TAEL else "no unit")
    value = Decimal(int.from_bytes(report[4:6], "little")).scaleb(exponent)
    return Weight(grams(value, UNITS[unit]), status != MOVING, report, at_s)


class HidScaleDecoder(ScaleDecoder):
    """The decoder of these reports; see `drivers.seam.Decoder`."""

    def __init__(self, settings: Settings) -> None:
        """Begin with the first reports to be dropped."""
        cutter = FrameCutter(starts=b"\x03\x04\x09", shape=lambda _: LENGTH, longest=LENGTH)
        super().__init__(settings, cutter, read, stale_s=REPORT_GAP_S)
        self._to_skip = settings.skip_first

    def _take(self, line: Line, now_s: float) -> list[Reading]:
        if self._to_skip:
            self._to_skip -= 1
            return []
        return super()._take(line, now_s)
