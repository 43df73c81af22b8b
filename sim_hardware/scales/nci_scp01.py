"""NCI SCP-01; Weigh-Tronix, Avery, Brecknell (devices.md A11).

    W CR  ->  0A  x x . x x x  K G  0D 0A  S h1 h2  0D 03      a weight and its status
              0A  S h1 h2  0D 03                               only the status: moving, negative or out of range
    Z CR  ->  zero, then the status      S CR  ->  the status      else  0A ? 0D 03

    h1  0 motion  1 at zero  2 RAM  3 EEPROM  4-5 set    h2  0 under  1 over  2 ROM  3 calibration  4-5 set

Older ones leave out the `S` (`marked=False`). A negative weight counts as under.
"""

from __future__ import annotations

from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.voice import ScaleVoice
from sim_hardware.voice import Requests

_BAD_COMMAND = b"\n?\r\x03"


def status(display: Display, *, marked: bool = True) -> bytes:
    """Return `S` and the two status characters."""
    h1 = 0x30 | display.moving | (display.gross_g == 0 and not display.moving) << 1
    h2 = 0x30 | (not display.over and display.weight_g < 0) | display.over << 1
    return (b"S" if marked else b"") + bytes([h1, h2])


def frame(display: Display, *, marked: bool = True) -> bytes:
    """Return the answer to `W`: kilograms with three decimals where there is a weight to tell."""
    tail = status(display, marked=marked) + b"\r\x03"
    if display.moving or display.out_of_range or display.weight_g < 0:
        return b"\n" + tail
    return f"\n{display.text(6, 'kg', 3)}KG\r\n".encode("ascii") + tail


class NciScp01(ScaleVoice):
    """The scale that answers `W`."""

    def __init__(self, pan: Pan | None = None, *, marked: bool = True) -> None:
        """`marked`: put `S` before the status, as newer ones do. `pan` and errors: as for ScaleVoice."""
        self._marked = marked
        self._requests = Requests()
        super().__init__(pan)

    def frame(self, display: Display) -> bytes:
        """Return the answer to `W`."""
        return frame(display, marked=self._marked)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer every command that a CR ends."""
        self._requests.take(data, now_s)
        return b"".join(self._obey(command, now_s) for command in self._requests.lines(b"\r"))

    def _obey(self, command: bytes, now_s: float) -> bytes:
        if command == b"W":
            return self.frame(self.pan.display_at(now_s))
        if command == b"Z" and self.pan.can_zero_at(now_s):
            self.pan = self.pan.zeroed(now_s)
        if command in (b"Z", b"S"):
            return b"\n" + status(self.pan.display_at(now_s), marked=self._marked) + b"\r\x03"
        return _BAD_COMMAND
