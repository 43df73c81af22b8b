"""Honeywell: text out, a serial trigger and menu commands in (devices.md B2).

    host   16 54 0D trigger on     16 55 0D trigger off     16 4D 0D  TAG  . kept | ! volatile
    scan   TAG 06 . | !            05 instead of 06: a tag it does not know

The trigger works only in the manual or serial trigger mode. With host acknowledgement set, the next code waits until
the host has sent ESC ... comma, or ten seconds. The form of the menu's answer is from Honeywell's guides, not from
devices.md, and so UNVERIFIED.
"""

from __future__ import annotations

import re
from collections import deque

from sim_hardware.scanners.voice import ScannerVoice

SYN, CR, ESC = b"\x16", b"\r", b"\x1b"
HOST_ACK_S = 10.0
_REQUEST = re.compile(
    rb"\x16(?:(?P<trigger>[TU])\r|M\r(?P<tag>[0-9A-Z]{6,12})(?P<end>[.!]))|\x1b(?P<ack>[^,]{1,16}),", re.S
)
_KNOWN = re.compile(rb"232BAD[0-9A-F]|PAPHHF|TRGMOD[0-9]|HSTACK[01]|DEFALT")
_MOST_WAITING = 16


class Honeywell(ScannerVoice):
    """A Honeywell gun on a serial cable."""

    def __init__(self, *, encoding: str = "gbk", host_ack: bool = False) -> None:
        """`host_ack`: wait for the host after each code. `encoding`: as for ScannerVoice."""
        super().__init__(encoding=encoding)
        self.kept: list[bytes] = []
        """Menu commands stored in its flash, which wears: hosts should use `!`."""
        self._host_ack = host_ack
        self._waiting: deque[bytes] = deque(maxlen=_MOST_WAITING)
        self._sent_s = float("-inf")

    def emit(self, code: str | bytes, aim: str | None, now_s: float) -> bytes:
        """Send the code, or keep it while the host has not acknowledged the one before."""
        said = super().emit(code, aim, now_s)
        if not self._host_ack:
            return said
        if now_s - self._sent_s < HOST_ACK_S:
            self._waiting.append(said)
            return b""
        self._sent_s = now_s
        return said

    def wake(self, now_s: float) -> bytes:
        """Power is back: nothing waits."""
        self._waiting.clear()
        self._sent_s = float("-inf")
        return super().wake(now_s)

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Obey the trigger, answer the menu, take acknowledgements."""
        self._requests.take(data, now_s)
        said = b""
        done = 0
        for request in _REQUEST.finditer(bytes(self._requests.pending)):
            done = request.end()
            said += self._obey(request, now_s)
        del self._requests.pending[:done]
        return said

    def speak(self, now_s: float) -> bytes:
        """Send the code that waits when the host let the ten seconds pass."""
        return self._next(now_s) if self._waiting and now_s - self._sent_s >= HOST_ACK_S else b""

    def _obey(self, request: re.Match[bytes], now_s: float) -> bytes:
        if request["trigger"] == b"T":
            return self.pull(now_s)
        if request["trigger"] == b"U":
            self.release()
            return b""
        if request["ack"] is not None:
            return self._next(now_s)
        known = _KNOWN.fullmatch(request["tag"]) is not None
        if known and request["end"] == b".":
            self.kept.append(request["tag"])
        return request["tag"] + (b"\x06" if known else b"\x05") + request["end"]

    def _next(self, now_s: float) -> bytes:
        self._sent_s = now_s if self._waiting else float("-inf")
        return self._waiting.popleft() if self._waiting else b""
