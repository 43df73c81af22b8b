"""A pin's wire that leads out of the process: a contact here, its pin in a station elsewhere.

    station -> table   ?           how does it stand?
    table -> station   0 or 1      the level: low or high; the answer, and once at every edge

gpiozero's mock pins live inside the process that watches them and nobody outside can move them; this is a pty like
every other twin's, which a station opens as a pin where its configuration says `factory = "mock"`. It does not debounce
and does not pull: whoever drives it says every level. Called by `sim_hardware.models`.
"""

from __future__ import annotations

import threading
from pathlib import Path

from sim_hardware.wire import VirtualWire

ASKED = b"?"
LOW, HIGH = b"0", b"1"


class ContactWire:
    """One pin's wire; a `DrivenPin` of `sim_hardware.door`. High until somebody drives it, as a pull-up leaves it."""

    def __init__(self, link: Path) -> None:
        """`link`: where a station opens it; nothing exists on disk until `plug`."""
        self.wire = VirtualWire(link, baud=None, on_host_bytes=self._hear)
        self._lock = threading.Lock()
        self._level = HIGH

    def drive_high(self) -> None:
        """Let the world pull the pin up."""
        self._drive(HIGH)

    def drive_low(self) -> None:
        """Let the world pull the pin to ground."""
        self._drive(LOW)

    def plug(self) -> None:
        """Lay the wire out."""
        self.wire.plug()

    def close(self) -> None:
        """Take it away."""
        self.wire.close()

    def _drive(self, level: bytes) -> None:
        with self._lock:
            if level != self._level:
                self._level = level
                self.wire.send(level)

    def _hear(self, data: bytes) -> None:
        if ASKED in data:
            with self._lock:
                self.wire.send(self._level)
