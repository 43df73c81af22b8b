"""What waits for a transaction: telemetry, and what the cold boxes noted; a custody commit takes it along.

A thin shell over the journal, used from the agent's loop alone. Telemetry costs the card nothing extra while people
work; by itself it is written after TELEMETRY_S. On a full card it waits, and the oldest goes; custody never waits here.
"""

from collections import deque
from collections.abc import Callable, Sequence

from station_agent.coldwork import ColdWork
from station_agent.counter.decision import Decision
from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.journal.changes import Change
from station_agent.journal.writer import Journal, Record, Stamp
from station_agent.upkeep import Upkeep
from sync.entry import Position

Seal = Callable[[Sequence[Record], Sequence[Change], int], Sequence[Record]]
"""Records of a decision, its changes aside and the wall time -> the records with their personal parts.

The changes aside are given because they happen in memory only once the card has taken them."""
MAX_PENDING = 1000
"""Telemetry waiting for a transaction; on a full card the oldest go, custody never waits here."""
TELEMETRY_S = 2.0
"""Telemetry joins the next custody transaction, or gets one of its own after so long."""
RETRY_S = 30.0
"""Telemetry a card refused is tried again after so long; a custody transaction takes it along before."""


class Waiting:
    """Records that wait, and when they are due."""

    def __init__(
        self,
        journal: Journal,
        cold: ColdWork,
        upkeep: Upkeep | None,
        seal: Seal,
        clock: Callable[[], float],
    ) -> None:
        """upkeep makes room on a full card; seal adds the personal parts to the records of a decision."""
        self._journal, self._cold, self._upkeep, self._seal, self._clock = journal, cold, upkeep, seal, clock
        self._records: deque[Record] = deque(maxlen=MAX_PENDING)
        self.due_s: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._records and not self._cold.waits

    def note(self, records: Sequence[Record]) -> None:
        """Keep telemetry for the next transaction."""
        self._records.extend(records)
        if records:
            self.soon()

    def soon(self) -> None:
        """Something waits: write it within TELEMETRY_S."""
        if self.due_s is None:
            self.due_s = self._clock() + TELEMETRY_S

    def write(self) -> None:
        """Write what waits in a transaction of its own; a card that refuses is tried again later."""
        waiting, rows = self._cold.unsaved
        if not self._records and not waiting:
            self.due_s = None
            return
        if self._written([*self._records, *waiting], rows):
            self._forget()
            self._cold.saved()
            return
        if waiting and self._records and self._written(waiting, rows):
            self._cold.saved()  # an alarm is worth more than telemetry the card has no room for
        self.due_s = self._clock() + RETRY_S

    def commit(self, decision: Decision, stamp: Stamp) -> Sequence[Position]:
        """Write a decision, and what waits before it if there is room for both; returns its own places.

        Raises JournalFull or JournalUnwritable; then nothing was written.
        """
        pending, journal, cold = list(self._records), self._journal, self._cold
        waiting, rows = cold.unsaved
        records = self._seal(decision.records, decision.aside, stamp.wall_ms)
        try:
            places = journal.commit([*pending, *waiting, *records], (*rows, *decision.changes), stamp)
        except JournalFull:
            made = self._upkeep is not None and self._upkeep.make_room()
            if not made and not pending and (not waiting or decision.cold is not None):
                raise
            if decision.cold is None:
                return journal.commit(records, decision.changes, stamp)
            # What a box did before must never come after what it does now: its rows say how it stands.
            places = journal.commit([*waiting, *records], (*rows, *decision.changes), stamp)
            cold.saved()
            return places[len(waiting) :]
        self._forget()
        cold.saved()
        return places[len(pending) + len(waiting) :]

    def _written(self, records: Sequence[Record], changes: Sequence[Change]) -> bool:
        """Whether the card took this."""
        try:
            self._journal.commit(records, changes)
        except (JournalFull, JournalUnwritable):
            return False
        return True

    def _forget(self) -> None:
        self._records.clear()
        self.due_s = None
