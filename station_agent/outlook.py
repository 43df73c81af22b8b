"""What the counter hears from outside itself: how far the county is, devices to repair, certificates that run out.

A thin shell that the agent lets look at link.db every few seconds; what it saw is then told without any query, since a
scan may be waiting. Not the sync process: it only reads what that one has written. Called by the agent and the counter.
"""

from collections.abc import Callable
from datetime import date

from station_agent.counter.faults import FaultBook
from station_agent.counter.notes import Notes, Worth
from station_agent.journal.writer import Journal
from sync.entry import ChainId, Lane
from sync.link import LinkFile


class Outlook:
    """The counter's `Outside`."""

    def __init__(self, journal: Journal, notes: Notes, alarms: Callable[[], int] = lambda: 0) -> None:
        """alarms: cold boxes in alarm."""
        self.open_faults = FaultBook()
        self.alarms = alarms
        self._journal, self._notes = journal, notes
        self._unsent: int | None = None
        self._oldest: tuple[ChainId, int] | None = None
        self._waits_since_ms: int | None = None
        self._heard_ms: int | None = None

    def look(self, link: LinkFile | None) -> None:
        """See how far the county has confirmed and when it was heard; None where `station sync` has not made its file.

        Raises sqlite3.DatabaseError for a link.db that cannot be read.
        """
        epoch, unsent = self._journal.epoch, 0
        for lane in Lane:
            confirmed = link.confirmed(ChainId(epoch, lane)) if link is not None else None
            unsent += max(0, self._journal.head(lane).sequence - (confirmed.sequence if confirmed else -1))
            if lane is Lane.CUSTODY:
                self._see_oldest(ChainId(epoch, lane), confirmed.sequence + 1 if confirmed else 0)
        self._unsent = unsent
        self._heard_ms = link.heard_ms() if link is not None else None

    def unsent(self) -> int | None:
        """Entries of both lanes the county has not confirmed; None before the first look."""
        return self._unsent

    def silent_since_ms(self) -> int | None:
        """Wall time the county was last heard, by link or stick; of the oldest custody entry where it never was."""
        return self._waits_since_ms if self._heard_ms is None else self._heard_ms

    def faults(self) -> int:
        """Devices with an open fault."""
        return len({device for device, _, _ in self.open_faults.open_faults()})

    def certificates(self, day: date) -> int:
        """Certificates that are no longer good, or soon will not be."""
        return sum(certificate.worth(day) is not Worth.GOOD for certificate in self._notes.every_certificate())

    def _see_oldest(self, chain: ChainId, sequence: int) -> None:
        """When the first unconfirmed entry was made; asked of the journal only when it is another one."""
        if sequence > self._journal.head(chain.lane).sequence:
            self._oldest, self._waits_since_ms = None, None
        elif self._oldest != (chain, sequence):
            self._oldest = (chain, sequence)
            self._waits_since_ms = self._journal.recorded_ms(chain.lane, sequence)
