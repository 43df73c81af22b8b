"""CAS AP-1 conversation; Aclas and Pinnacle OS2, M-ER, Ohaus Aviator (devices.md A9).

    host 05 (ENQ)   scale 06 (ACK), or 15 (NAK) while busy   host 11 (DC1)
    scale  01 02  S|U|F  blank|-  w w . w w w  k g  BCC  03 04        15 bytes

S stable since 500 ms, U not, F out of range. BCC = XOR of state to unit. Busy: for a second after power came back (no
source for the time). `streams` sends the frame all the time instead, as some OS2 do.
"""

from __future__ import annotations

from sim_hardware.scales.check import xor_of
from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.voice import ScaleVoice

ENQ, ACK, DC1, NAK = 0x05, b"\x06", 0x11, b"\x15"
BUSY_AFTER_POWER_S = 1.0


def frame(display: Display) -> bytes:
    """Return the 15 bytes: kilograms with three decimals, zeros while out of range."""
    if display.out_of_range:
        body = b"F 00.000kg"
    else:
        state = "U" if display.moving else "S"
        sign = "-" if display.is_negative("kg", 3) else " "
        body = f"{state}{sign}{display.text(6, 'kg', 3)}kg".encode("ascii")
    return b"\x01\x02" + body + bytes([xor_of(body)]) + b"\x03\x04"


class CasEnq(ScaleVoice):
    """The scale that wants to be greeted before it tells."""

    def __init__(self, pan: Pan | None = None, *, streams: bool = False) -> None:
        """`streams`: send the frame unasked. `pan` and errors: as for ScaleVoice."""
        self._streams = streams
        self._greeted = False
        self._ready_at_s = float("-inf")
        super().__init__(pan)

    def frame(self, display: Display) -> bytes:
        """Return the frame that follows DC1."""
        return frame(display)

    def wake(self, now_s: float) -> bytes:
        """Be busy for a moment."""
        self._greeted = False
        self._ready_at_s = now_s + BUSY_AFTER_POWER_S
        return super().wake(now_s)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer ENQ, and DC1 once after each ACK; other bytes end the greeting."""
        said = b""
        for byte in data:
            if byte == DC1 and self._greeted:
                said += frame(self.pan.display_at(now_s))
            self._greeted = byte == ENQ and now_s >= self._ready_at_s
            if byte == ENQ:
                said += ACK if self._greeted else NAK
        return said

    def speak(self, now_s: float) -> bytes:
        """Return the frame, on a unit that streams."""
        return frame(self.pan.display_at(now_s)) if self._streams else b""
