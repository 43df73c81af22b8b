"""What is recorded of scans nobody can use: a burst, then little, and how many were left out. Pure.

Noise on a loose plug, or a poster before a fixed scanner, must not fill the card. Called by the counter alone.
"""

from typing import Any

from station_agent.counter.vocabulary import telemetry
from station_agent.journal.writer import Record

UNUSED_BURST = 20
UNUSED_EVERY_S = 300.0
"""Unreadable and refused scans are recorded up to a burst, then one in five minutes; others are counted in the next.
A gun on a loose plug complains all day: so it costs the card 3 MB, and one in ten seconds would cost 80."""


class Allowance:
    """Bounds what is written of scans nobody can use."""

    def __init__(self) -> None:
        """A full burst is allowed."""
        self._left = float(UNUSED_BURST)
        self._since_s: float | None = None
        self._unreported = 0

    def record(self, now_s: float, kind: str, fields: dict[str, Any]) -> tuple[Record, ...]:
        """The record, or only its count once the allowance is used up."""
        if self._since_s is not None:
            self._left = min(float(UNUSED_BURST), self._left + (now_s - self._since_s) / UNUSED_EVERY_S)
        self._since_s = now_s
        if self._left < 1.0:
            self._unreported += 1
            return ()
        self._left -= 1.0
        unreported, self._unreported = self._unreported, 0
        return (telemetry(kind, **fields, unreported=unreported or None),)
