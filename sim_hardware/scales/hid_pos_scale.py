"""USB HID scale, usage page 8Dh: six-byte reports (devices.md A12).

    03  status  unit  exponent  weight LSB  MSB        grams = weight * 10^exponent, exponent signed, weight unsigned

    status  2 stable at zero  3 moving  4 stable  5 under zero (only the magnitude)  6 over
            1 fault  7 needs calibration  8 needs zero: by the verb `complain`
    unit    2 g  3 kg  11 oz  12 lb

The first report after power or plug tells what was before (stale). The report 02 02 from the host sets zero. Beyond
`auto_off_s` without a touch it sleeps even when polled (three minutes on a DYMO M10); being touched again wakes it, and
it takes zero with whatever lies on it. A pty carries the reports: it keeps no packet boundaries, hidraw would.
"""

from __future__ import annotations

from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.voice import ScaleVoice

REPORT_ID = 3
_UNITS = {"g": 2, "kg": 3, "oz": 11, "lb": 12}
_ZERO_REPORT = b"\x02\x02"
FAULT, NEEDS_CALIBRATION, NEEDS_ZERO = 1, 7, 8


def frame(display: Display, *, unit: str = "g", decimals: int = 0, complaint: int | None = None) -> bytes:
    """Return one report. Raises ValueError for a weight beyond 16 bits.

    `complaint`: status 1, 7 or 8, with a weight of nothing.
    """
    raw = 0 if complaint is not None or display.over else abs(display.figure(unit, decimals))
    if raw > 0xFFFF:
        raise ValueError(f"no room in the report for {raw}")
    status = complaint or _status(display)
    return bytes([REPORT_ID, status, _UNITS[unit], -decimals & 0xFF]) + raw.to_bytes(2, "little")


def _status(display: Display) -> int:
    if display.over:
        return 6
    if display.moving:
        return 3
    if display.weight_g < 0:
        return 5
    return 2 if display.weight_g == 0 else 4


class HidPosScale(ScaleVoice):
    """A parcel scale on a USB cable."""

    usb_powered = True

    def __init__(
        self, pan: Pan | None = None, *, unit: str = "g", decimals: int = 0, auto_off_s: float = float("inf")
    ) -> None:
        """`unit`: g, kg, oz or lb. `auto_off_s`: 180 for a DYMO on its batteries; never by default."""
        self._unit, self._decimals = unit, decimals
        self._auto_off_s = auto_off_s
        self._on_since_s = 0.0
        self._asleep = False
        self._last: bytes = b""
        self._complaint: int | None = None
        super().__init__(pan)

    def frame(self, display: Display) -> bytes:
        """Return one report."""
        return frame(display, unit=self._unit, decimals=self._decimals, complaint=self._complaint)

    def complain(self, status: int | None) -> None:
        """Report a fault (1), a missing calibration (7) or a lost zero (8) from now on; None: all is well again."""
        if status not in (None, FAULT, NEEDS_CALIBRATION, NEEDS_ZERO):
            raise ValueError(f"a complaint is 1, 7 or 8, not {status}")
        self._complaint = status

    def wake(self, now_s: float) -> bytes:
        """Take zero with whatever lies on it, and send the report of before once more."""
        self._on_since_s = now_s
        super().wake(now_s)
        return self._last

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Obey the zero report."""
        if data == _ZERO_REPORT and self.pan.can_zero_at(now_s):
            self.pan = self.pan.zeroed(now_s)
        return b""

    def speak(self, now_s: float) -> bytes:
        """Return a report, unless it has gone to sleep."""
        touched_s = max(self.pan.moved_at_s, self._on_since_s)
        if now_s - touched_s >= self._auto_off_s:
            self._asleep = True
            return b""
        stale = self.wake(now_s) if self._asleep else b""
        self._asleep = False
        self._last = self.frame(self.pan.display_at(now_s))
        return stale or self._last
