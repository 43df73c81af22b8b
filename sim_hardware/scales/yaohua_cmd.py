"""Yaohua XK3190 in command mode: silent until asked by its address (devices.md A2).

    host   02  A..Z  command  checkH checkL  03          A handshake, B gross, C tare, D net
    scale  02  A..Z  command  [+|- d d d d d d decimals]  checkH checkL  03

Check = XOR of the bytes after 02. A request with a wrong check, another address or an unknown command gets no answer;
E and F (unit price, amount) exist on the A23p only and get none either. Out of range: no source; no answer.
"""

from __future__ import annotations

from decimal import Decimal

from sim_hardware.scales.check import xor_hex
from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.voice import ScaleVoice
from sim_hardware.scales.yaohua_cont12 import ETX, STX, value
from sim_hardware.voice import Requests

REQUEST_BYTES = 6


def answer(address: str, command: str, display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return the frame that answers one command; nothing for a command it does not know, or out of range."""
    shown = {
        "B": Display(gross_g=display.gross_g),
        "C": Display(gross_g=display.tare_g),
        "D": Display(gross_g=display.gross_g - display.tare_g),
    }
    if command == "A":
        data = b""
    elif command in shown and not display.out_of_range:
        data = value(shown[command], unit=unit, decimals=decimals)
    else:
        return b""
    body = (address + command).encode("ascii") + data
    return STX + body + xor_hex(body) + ETX


class YaohuaCommand(ScaleVoice):
    """The scale No. `address`, A = 1 to Z = 26, alone or on an RS-485 bus."""

    def __init__(self, pan: Pan | None = None, *, address: str = "A", unit: str = "kg", decimals: int = 3) -> None:
        """`unit` and `decimals`: of its display. Raises ValueError for an address outside A to Z."""
        if not (len(address) == 1 and "A" <= address <= "Z"):
            raise ValueError(f"addresses are A to Z, not {address!r}")
        self._address, self._unit, self._decimals = address, unit, decimals
        self._requests = Requests()
        super().__init__(pan)

    def frame(self, display: Display) -> bytes:
        """Return the answer to "read gross"."""
        return answer(self._address, "B", display, unit=self._unit, decimals=self._decimals)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer every whole request to this address."""
        self._requests.take(data, now_s)
        display = self.pan.display_at(now_s)
        answers = [
            answer(self._address, chr(request[2]), display, unit=self._unit, decimals=self._decimals)
            for request in self._whole()
            if request[1] == ord(self._address)
        ]
        return b"".join(answers)

    def tare(self, tare_g: int) -> None:
        """Set a tare at the scale's own keys, in grams."""
        self.pan = self.pan.tared(Decimal(tare_g))

    def _whole(self) -> list[bytes]:
        found = []
        pending = self._requests.pending
        while (start := pending.find(STX)) >= 0 and len(pending) >= start + REQUEST_BYTES:
            request = bytes(pending[start : start + REQUEST_BYTES])
            good = request[5:] == ETX and request[3:5] == xor_hex(request[1:3])
            if good:
                found.append(request)
            del pending[: start + (REQUEST_BYTES if good else 1)]
        return found
