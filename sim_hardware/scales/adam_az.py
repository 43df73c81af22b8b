"""Adam AZExtra: 4800 8N1, silent unless it has a new weight (devices.md A11).

    P CR LF  ->  _ _ _ 1 . 2 3 4 k g CR LF       a new weight, stable, above zero; else nothing, and a beep

New: another figure than the last one told, or the same after the pan was empty (devices.md says only "new"; without the
second half two equal parcels could never be weighed). The line is matched as number and kg; its width is that of the
recorded case.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.voice import ScaleVoice
from sim_hardware.voice import Requests


def frame(display: Display) -> bytes:
    """Return the line for a weight above zero at rest; nothing for any other."""
    if display.moving or display.out_of_range or display.weight_g <= 0:
        return b""
    return f"{display.text(8, 'kg', 3, fill=' ')}kg\r\n".encode("ascii")


class AdamAz(ScaleVoice):
    """The scale that tells each weight once."""

    baud: ClassVar[int] = 4800

    def __init__(self, pan: Pan | None = None) -> None:
        """`pan` and errors: as for ScaleVoice."""
        self._requests = Requests()
        self._told_g = Decimal(0)
        self.beeps = 0
        """How often it was asked for nothing new."""
        super().__init__(pan)

    def frame(self, display: Display) -> bytes:
        """Return the line for a weight as if it were new."""
        return frame(display)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer `P` when there is something new."""
        self._requests.take(data, now_s)
        said = b""
        for command in self._requests.lines(b"\r\n"):
            display = self.pan.display_at(now_s)
            told = frame(display) if command == b"P" and display.weight_g != self._told_g else b""
            if told:
                self._told_g = display.weight_g
            else:
                self.beeps += 1
            said += told
        return said

    def speak(self, now_s: float) -> bytes:
        """Say nothing, but see that the pan was emptied."""
        display = self.pan.display_at(now_s)
        if not display.moving and display.weight_g <= 0:
            self._told_g = Decimal(0)
        return b""
