"""Looks at the clock now and then and enters what it finds: a clock behind the journal, a clock put right.

A thin shell between the agent's loop and the rules in `counter/timekeeping.py`. Called by the agent, from its thread.
"""

import contextlib

from station_agent.clock import Clock
from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.vocabulary import telemetry
from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.journal.writer import Journal, Record
from sync.entry import Trust


class ClockDesk:
    """The clock of one running agent."""

    def __init__(self, clock: Clock, journal: Journal, books: Books) -> None:
        """Note what the clock says at the start."""
        self._clock, self._journal, self._books = clock, journal, books
        stamp = clock.stamp()
        self._said_began_ms = stamp.wall_ms - stamp.since_boot_ms

    def started(self) -> list[Record]:
        """What is to be told of the clock at the start: that it is behind the journal, and by how much."""
        behind_ms = self._clock.behind_ms
        return [telemetry("clock.floored", behind_ms=behind_ms)] if behind_ms else []

    def serve(self) -> None:
        """Enter a correction where one is due; what the card refuses is due again at the next look."""
        stamp, journal = self._clock.stamp(), self._journal
        began_ms = stamp.wall_ms - stamp.since_boot_ms
        record = self._books.clock.due(stamp, epoch=journal.epoch, boot=journal.boot, said_began_ms=self._said_began_ms)
        if record is not None:
            event = Event(record.kind, record.body, stamp.wall_ms)
            changes = self._books.effects(event)
            with contextlib.suppress(JournalFull, JournalUnwritable):
                (place,) = journal.commit([record], changes, stamp)
                self._books.entered(place.sequence, event, changes)
                self._said_began_ms = began_ms
        elif stamp.trust is not Trust.SYNCHRONISED:
            self._said_began_ms = began_ms
