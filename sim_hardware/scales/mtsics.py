"""MT-SICS, the command set of Mettler-Toledo balances and of others that copied it (devices.md A7).

    S    ->  S S _ _ _ _ 1 0 0 . 0 0 _ g CR LF     waits until stable; S I after the time-out
    SI   ->  S S ... stable now    S D ... moving    S +  over    S -  under
    SIR      the same again and again, until S, SI, SIR or @
    Z T      Z A, T S value; Z I, T I when they cannot; Z + and Z - outside the zero range
    ZI TI    at once: ZI S / ZI D, TI S value / TI D value
    TA TAC   tare value; clear it      I4  I4 A "1234567"      @  reset, answers as I4
    anything else, and every lower-case letter                  ES

Value: ten characters, right-aligned, with point. The balance says its I4 line unasked when power comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.voice import ScaleVoice
from sim_hardware.voice import Requests

STABILITY_TIMEOUT_S = 3.0
"""How long `S` waits for a stable weight; a setting of the balance, no source for a default."""


def line(head: str, display: Display, *, unit: str = "kg", decimals: int = 3, of_g: Decimal | None = None) -> bytes:
    """Return `head`, the value in ten characters and the unit; `of_g` grams instead of the weight shown."""
    shown = display if of_g is None else Display(gross_g=of_g)
    minus = "-" if shown.is_negative(unit, decimals) else ""
    value = minus + shown.text(10 - len(minus), unit, decimals, fill=" ").lstrip()
    return f"{head} {value:>10} {unit}\r\n".encode("ascii")


def frame(display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return the answer to `SI`."""
    if display.out_of_range:
        return b"S +\r\n" if display.over else b"S -\r\n"
    return line("S D" if display.moving else "S S", display, unit=unit, decimals=decimals)


class MtSics(ScaleVoice):
    """A balance that answers lines."""

    period_s = 1 / 15  # of SIR on KERN balances

    def __init__(
        self, pan: Pan | None = None, *, unit: str = "kg", decimals: int = 3, serial_number: str = "1234567"
    ) -> None:
        """`unit` and `decimals`: of its display. Other errors: as for ScaleVoice."""
        self._unit, self._decimals = unit, decimals
        self._serial_number = serial_number
        self._requests = Requests(forget_after_s=60.0)  # no time-out is known: a line waits for its end
        self._repeats = False
        self._waits_since_s: float | None = None
        super().__init__(pan)
        self._commands: dict[bytes, Callable[[float], bytes]] = {
            b"S": self._weigh_when_stable,
            b"SI": self._weigh_now,
            b"SIR": self._weigh_again_and_again,
            b"Z": self._zero,
            b"ZI": self._zero_now,
            b"T": self._tare,
            b"TI": self._tare_now,
            b"TA": self._tell_tare,
            b"TAC": self._clear_tare,
            b"I4": lambda _: self._name(),
            b"@": self._reset,
        }

    def frame(self, display: Display) -> bytes:
        """Return the answer to `SI`."""
        return frame(display, unit=self._unit, decimals=self._decimals)

    def wake(self, now_s: float) -> bytes:
        """Zero with whatever lies on it, forget what was going on, and say the serial number."""
        super().wake(now_s)
        self._stop()
        return self._name()

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer every line."""
        self._requests.take(data, now_s)
        said = b""
        for command in self._requests.lines(b"\r\n"):
            obey = self._commands.get(command)
            said += b"ES\r\n" if obey is None else obey(now_s)
        return said

    def speak(self, now_s: float) -> bytes:
        """Go on with `SIR`, or end the waiting of `S`."""
        if self._waits_since_s is not None:
            return self._end_waiting(now_s, self._waits_since_s)
        return self.frame(self.pan.display_at(now_s)) if self._repeats else b""

    def _stop(self) -> None:
        self._repeats, self._waits_since_s = False, None

    def _name(self) -> bytes:
        return f'I4 A "{self._serial_number}"\r\n'.encode("ascii")

    def _reset(self, _now_s: float) -> bytes:
        self._stop()
        self.pan = self.pan.tared(Decimal(0))
        return self._name()

    def _weigh_when_stable(self, now_s: float) -> bytes:
        self._stop()
        return self._end_waiting(now_s, now_s)

    def _end_waiting(self, now_s: float, since_s: float) -> bytes:
        display = self.pan.display_at(now_s)
        if not display.moving:
            self._waits_since_s = None
            return self.frame(display)
        self._waits_since_s = since_s
        if now_s - since_s < STABILITY_TIMEOUT_S:
            return b""
        self._waits_since_s = None
        return b"S I\r\n"

    def _weigh_now(self, now_s: float) -> bytes:
        self._stop()
        return self.frame(self.pan.display_at(now_s))

    def _weigh_again_and_again(self, now_s: float) -> bytes:
        said = self._weigh_now(now_s)
        self._repeats = True
        return said

    def _zero(self, now_s: float) -> bytes:
        if self.pan.is_moving_at(now_s):
            return b"Z I\r\n"
        if not self.pan.can_zero_at(now_s):
            return b"Z +\r\n" if self.pan.display_at(now_s).gross_g > 0 else b"Z -\r\n"
        self.pan = self.pan.zeroed(now_s)
        return b"Z A\r\n"

    def _zero_now(self, now_s: float) -> bytes:
        moving = self.pan.is_moving_at(now_s)
        self.pan = self.pan.zeroed(now_s)
        return b"ZI D\r\n" if moving else b"ZI S\r\n"

    def _tare(self, now_s: float) -> bytes:
        return b"T I\r\n" if self.pan.is_moving_at(now_s) else self._take_tare("T S", now_s)

    def _tare_now(self, now_s: float) -> bytes:
        return self._take_tare("TI D" if self.pan.is_moving_at(now_s) else "TI S", now_s)

    def _take_tare(self, head: str, now_s: float) -> bytes:
        display = self.pan.display_at(now_s)
        if display.out_of_range:
            return f"{head[:2].rstrip()} {'+' if display.over else '-'}\r\n".encode("ascii")
        self.pan = self.pan.tared(display.gross_g)
        return line(head, display, unit=self._unit, decimals=self._decimals, of_g=display.gross_g)

    def _tell_tare(self, now_s: float) -> bytes:
        display = self.pan.display_at(now_s)
        return line("TA A", display, unit=self._unit, decimals=self._decimals, of_g=display.tare_g)

    def _clear_tare(self, _now_s: float) -> bytes:
        self.pan = self.pan.tared(Decimal(0))
        return b"TAC A\r\n"
