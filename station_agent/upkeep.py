"""What a station does for its own record in quiet moments: walks it, and looks how the card is.

One small piece each time, so that a scan never waits for it. Called by the agent's loop from its one thread.
"""

from pathlib import Path

from station_agent.counter.faults import FaultBook
from station_agent.journal.audit import Audit
from station_agent.journal.writer import Record

LOG_BYTES = 16 << 20
"""A write-ahead log beyond this is told: checkpoints are not made, or a reader holds them up."""


class Upkeep:
    """The quiet moments of one station."""

    def __init__(self, path: Path, audit: Audit, faults: FaultBook) -> None:
        """`path` is the journal's."""
        self._log, self._audit, self._faults = path.with_name(f"{path.name}-wal"), audit, faults

    def turn(self, now_s: float) -> list[Record]:
        """Use a quiet moment; returns what is to be recorded. Raises BrokenChain, JournalDamaged for what it finds."""
        self._audit.step(now_s)
        return self._watch_log(now_s)

    def _watch_log(self, now_s: float) -> list[Record]:
        """Tell of a log that only grows."""
        try:
            size = self._log.stat().st_size
        except OSError:
            size = 0
        if size <= LOG_BYTES:
            self._faults.well("card", now_s)
            return []
        return self._faults.bad("card", "log_grows", now_s, f"{size >> 20} MB; restart the computer")
