"""What every triggered scanner shares: a code held before it, a trigger on its grip, and one the host can pull.

    scan(code)    somebody pulls the trigger on the grip: it reads at once
    hold(code)    a code lies in view and waits for the host's trigger
    trigger       the host's: reads what is in view, or the first that comes into view within the reading time

`emit` is how a model wraps a code; models add their commands. The shell with the wire is `scanners.triggered`.
"""

from __future__ import annotations

from sim_hardware.scanner import scan_bytes
from sim_hardware.voice import Requests, Voice

READING_S = 5.0
"""How long a pulled trigger looks for a code; a setting of the makers, no source for a default."""


class ScannerVoice(Voice):
    """A scanner that sends text and CR; models override `emit`."""

    period_s = 0.05

    def __init__(self, *, encoding: str = "gbk") -> None:
        """`encoding`: how codes beyond ASCII leave it; many readers send GBK (devices.md B1)."""
        self.in_view: tuple[str | bytes, str | None] | None = None
        self._encoding = encoding
        self._looking_until_s = float("-inf")
        self._requests = Requests()

    def scan(self, code: str | bytes, now_s: float, *, aim: str | None = None) -> bytes:
        """Read `code` by the trigger on the grip. Parameters and errors: `sim_hardware.scanner.scan_bytes`."""
        return self.emit(code, aim, now_s)

    def hold(self, code: str | bytes | None, now_s: float, *, aim: str | None = None) -> bytes:
        """Hold a code in view (None: take it away); it is read at once if the host's trigger is pulled."""
        self.in_view = None if code is None else (code, aim)
        return self._look(now_s)

    def emit(self, code: str | bytes, aim: str | None, now_s: float) -> bytes:  # noqa: ARG002  some models time it
        """Return what it sends for one code."""
        return scan_bytes(code, aim=aim, encoding=self._encoding)

    def pull(self, now_s: float) -> bytes:
        """The host pulls the trigger."""
        self._looking_until_s = now_s + READING_S
        return self._look(now_s)

    def release(self) -> None:
        """The host lets go of the trigger."""
        self._looking_until_s = float("-inf")

    def wake(self, now_s: float) -> bytes:  # noqa: ARG002  the signature of every voice
        """Power is back: no trigger is pulled, half a request is forgotten."""
        self.release()
        self._requests.pending.clear()
        return b""

    def _look(self, now_s: float) -> bytes:
        if self.in_view is None or now_s >= self._looking_until_s:
            return b""
        (code, aim), self.in_view = self.in_view, None
        self.release()
        return self.emit(code, aim, now_s)
