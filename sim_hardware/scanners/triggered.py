"""A scanner that listens to its host, on a wire: the shell with the verbs of the person who holds it."""

from __future__ import annotations

from sim_hardware.scanners.voice import ScannerVoice
from sim_hardware.serial_twin import SerialTwin


class TriggeredScanner(SerialTwin[ScannerVoice]):
    """The gun with a cable that carries commands too. Returned bytes are those that left it at once."""

    def scan(self, code: str | bytes, aim: str | None = None) -> bytes:
        """Pull the trigger on the grip; parameters and errors: `sim_hardware.scanner.scan_bytes`."""
        return self.act(lambda voice, now_s: voice.scan(code, now_s, aim=aim))

    def hold(self, code: str | bytes, aim: str | None = None) -> bytes:
        """Hold a code in view for the host's trigger."""
        return self.act(lambda voice, now_s: voice.hold(code, now_s, aim=aim))

    def take_away(self) -> None:
        """Take the code out of view."""
        self.act(lambda voice, now_s: voice.hold(None, now_s))
