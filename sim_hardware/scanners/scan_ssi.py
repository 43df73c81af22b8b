"""Zebra's SSI, which GROW's GM72 speaks too: packets that want an acknowledgement (devices.md B2).

    length  opcode  source  status  data  ckH ckL       length without the check; source 04 host, 00 scanner
                                                        check: two's complement of the sum, 16 bits, high first
    scanner  F3 DECODE_DATA: type, text     D0 ACK     D1 NAK cause: 1 wrong check, 6 denied
    host     E4 START   E5 STOP   D0 ACK   D1 NAK   C5 aim on   C4 aim off   E6 beep   E9 enable   EA disable

    sent -> ACK: done    sent -> NAK, or nothing for 2 s: sent again with status bit 0, twice at most, then forgotten

Idle for a second it sleeps: the first byte the host sends then only wakes it, so hosts send 00 and wait 50 ms.
"""

from __future__ import annotations

from collections import deque

from sim_hardware.scanners.voice import ScannerVoice

ACK, NAK, DECODE_DATA = 0xD0, 0xD1, 0xF3
WRONG_CHECK, DENIED = 1, 6
HOST, SCANNER = 0x04, 0x00
RESENT = 0x01
ANSWER_S = 2.0
"""How long it waits for an acknowledgement; a setting of the scanner, devices.md names no default."""
RESENDS = 2
SLEEPS_AFTER_S = 1.0
"""Idle time until it sleeps; a setting of the scanner, devices.md names no default."""
TYPES = {"]A": 0x01, "]C0": 0x03, "]I": 0x06, "]E": 0x0B, "]C1": 0x0F}
"""Code types by AIM identifier (devices.md B2); those of two-dimensional codes are unverified there."""
_START, _STOP, _ENABLE, _DISABLE = 0xE4, 0xE5, 0xE9, 0xEA
_HARMLESS = (0xC4, 0xC5, 0xE6)  # aim off, aim on, beep: acknowledged, nothing to see
_MOST_WAITING = 16
_LONGEST_PACKET = 0xFF


def packet(opcode: int, data: bytes = b"", *, source: int = SCANNER, status: int = 0) -> bytes:
    """Return one packet with its check. Raises ValueError for more data than its length byte can tell."""
    length = 4 + len(data)
    if length > _LONGEST_PACKET:
        raise ValueError(f"no packet holds {len(data)} bytes")
    body = bytes([length, opcode, source, status]) + data
    return body + (-sum(body) & 0xFFFF).to_bytes(2, "big")


class Ssi(ScannerVoice):
    """The scanner that insists on being answered."""

    def __init__(self, *, encoding: str = "gbk", sleeps_after_s: float = SLEEPS_AFTER_S) -> None:
        """`sleeps_after_s`: float("inf") for one that stays awake. `encoding`: as for ScannerVoice."""
        super().__init__(encoding=encoding)
        self._waiting: deque[bytes] = deque(maxlen=_MOST_WAITING)
        self._sent_s: float | None = None
        self._resends = 0
        self._enabled = True
        self._sleeps_after_s = sleeps_after_s
        self._busy_s = float("-inf")
        self.given_up = 0
        """Codes that were never acknowledged."""

    def emit(self, code: str | bytes, aim: str | None, now_s: float) -> bytes:
        """Send the code, or queue it behind one that is not acknowledged yet; a disabled scanner reads nothing."""
        if not self._enabled:
            return b""
        text = code if isinstance(code, bytes) else code.encode(self._encoding)
        kind = next((kind for key, kind in TYPES.items() if (aim or "]C0").startswith(key)), 0)
        self._waiting.append(bytes([kind]) + text)
        self._busy_s = now_s
        return self._send(now_s) if self._sent_s is None else b""

    def wake(self, now_s: float) -> bytes:
        """Power is back: nothing waits, scanning is enabled."""
        self._waiting.clear()
        self._sent_s, self._enabled = None, True
        return super().wake(now_s)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Answer every whole packet. A sleeping scanner loses the first byte."""
        if now_s - self._busy_s > self._sleeps_after_s and self._sent_s is None:
            data = data[1:]
        self._busy_s = now_s
        self._requests.take(data, now_s)
        pending = self._requests.pending
        said = b""
        while pending:
            length = pending[0]
            if length < 4:  # 00 of a host that wakes it, or noise
                del pending[:1]
                continue
            if len(pending) < length + 2:
                break
            request = bytes(pending[: length + 2])
            del pending[: length + 2]
            said += self._obey(request, now_s)
        return said

    def speak(self, now_s: float) -> bytes:
        """Send again what nobody acknowledged in time."""
        if self._sent_s is None or now_s - self._sent_s < ANSWER_S:
            return b""
        return self._send_again(now_s)

    def _obey(self, request: bytes, now_s: float) -> bytes:
        opcode, source = request[1], request[2]
        if request[-2:] != packet(opcode, request[4:-2], source=source, status=request[3])[-2:]:
            return packet(NAK, bytes([WRONG_CHECK]))
        if opcode == ACK:
            return self._next(now_s)
        if opcode == NAK:
            return b"" if self._sent_s is None else self._send_again(now_s)
        if opcode == _START:
            return packet(ACK) + self.pull(now_s)
        if opcode == _STOP:
            self.release()
        elif opcode in (_ENABLE, _DISABLE):
            self._enabled = opcode == _ENABLE
        elif opcode not in _HARMLESS:
            return packet(NAK, bytes([DENIED]))
        return packet(ACK)

    def _send(self, now_s: float) -> bytes:
        self._sent_s, self._resends = now_s, 0
        return packet(DECODE_DATA, self._waiting[0])

    def _send_again(self, now_s: float) -> bytes:
        if self._resends == RESENDS:
            self.given_up += 1
            return self._next(now_s)
        self._resends += 1
        self._sent_s = now_s
        return packet(DECODE_DATA, self._waiting[0], status=RESENT)

    def _next(self, now_s: float) -> bytes:
        """Forget the code that was sent and send the one behind it."""
        if self._sent_s is None:
            return b""
        self._sent_s = None
        self._waiting.popleft()
        return self._send(now_s) if self._waiting else b""
