"""Toledo 8217: one command byte, one short answer, 9600 7E1 (devices.md A6).

    W  ->  02 W W . W W W [N] 0D      stable, not negative, in range; N when a tare is set
           02 ? status 0D             else: 0 motion  1 over  2 under zero  3 outside the zero range  4 centre of zero
                                            5 net  6 always 1
    Z zero   T tare   C clear the tare   T d d d d d keyed tare, in grams
    E echo mode: answers 02 E 0D and sends back what it hears, until F        B self test: 02 @ 0D, passed

`Z` outside its range is answered with the status and bit 3 (no source says when it is sent). On a pty the characters go
as plain 7-bit bytes; `SerialTwin.parity_mismatch` shows the parity in bit 7.
"""

from __future__ import annotations

from decimal import Decimal

from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.voice import ScaleVoice

_OUTSIDE_ZERO_RANGE = 0x08
_KEYED_DIGITS = 5


def status(display: Display, *, extra: int = 0) -> bytes:
    """Return the status answer; `extra` bits are added to those the display gives."""
    bits = 0x40 | extra | display.moving | display.over << 1 | (not display.over and display.weight_g < 0) << 2
    at_centre = not display.out_of_range and not display.moving and display.gross_g == 0
    bits |= (not display.zero_captured) << 3 | at_centre << 4 | display.is_net << 5
    return bytes([0x02, ord("?"), bits, 0x0D])


def frame(display: Display) -> bytes:
    """Return the answer to `W`: kilograms with three decimals, or the status that says why not."""
    if display.moving or display.out_of_range or display.weight_g < 0 or not display.zero_captured:
        return status(display)
    return f"\x02{display.text(6, 'kg', 3)}{'N' if display.is_net else ''}\r".encode("ascii")


class Toledo8217(ScaleVoice):
    """The scale under a shop's till."""

    def __init__(self, pan: Pan | None = None) -> None:
        """`pan` and errors: as for ScaleVoice."""
        self._echoes = False
        super().__init__(pan)

    def frame(self, display: Display) -> bytes:
        """Return the answer to `W`."""
        return frame(display)

    def wake(self, now_s: float) -> bytes:
        """Come up out of echo mode."""
        self._echoes = False
        return super().wake(now_s)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer each command; the digits of a keyed tare must come in the same piece as its `T`."""
        said = bytearray()
        rest = data
        while rest:
            head, rest = rest[:1], rest[1:]
            if self._echoes:
                self._echoes = head != b"F"
                said += head if self._echoes else b""
            elif head == b"T" and rest[:_KEYED_DIGITS].isdigit() and len(rest) >= _KEYED_DIGITS:
                self.pan = self.pan.tared(Decimal(int(rest[:_KEYED_DIGITS])))
                rest = rest[_KEYED_DIGITS:]
            else:
                said += self._obey(head, now_s)
        return bytes(said)

    def _obey(self, command: bytes, now_s: float) -> bytes:
        display = self.pan.display_at(now_s)
        if command == b"W":
            return frame(display)
        if command == b"Z":
            if not self.pan.can_zero_at(now_s):
                return status(display, extra=_OUTSIDE_ZERO_RANGE)
            self.pan = self.pan.zeroed(now_s)
        elif command == b"T" and not display.out_of_range:
            self.pan = self.pan.tared(display.gross_g)
        elif command == b"C":
            self.pan = self.pan.tared(Decimal(0))
        elif command == b"E":
            self._echoes = True
            return b"\x02E\r"
        elif command == b"B":
            return b"\x02@\r"
        return b""
