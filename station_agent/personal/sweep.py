"""Sweep: erases once a day what has been kept long enough, and records that it did. A shell over retention and journal.

Contacts go by how long their parcel is away (`retention.py`); the sealed parts of entries go once the county confirmed
them and they are as old. Both in one transaction with the entry `personal.erased` (custody, for it is evidence: Art. 34
of 快递暂行条例 wants personal data destroyed by schedule):

    count      contacts erased        entries    sealed parts erased
    before_ms  what was older         days       the rule: kept so many days

While the clock is unknown nothing is erased: a wrong year would take everything. Called by the agent's loop, which
passes its monotonic time; every call does a bounded piece.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.journal.changes import Change
from station_agent.journal.writer import Journal, OldParts, Record, Stamp
from station_agent.personal.contacts import Contacts
from station_agent.personal.retention import Due, before_ms, due
from sync.entry import Lane, Position, Trust
from sync.link import LinkFile

FIRST_S = 60.0
"""After the start the counter has other things to do."""
DAY_S = 86_400.0
AGAIN_S = 600.0
"""A card that refused or a clock that is unknown is looked at again."""
KIND = "personal.erased"


class Sweep:
    """The daily erasing of one station."""

    def __init__(
        self,
        journal: Journal,
        contacts: Contacts,
        *,
        days: int,
        is_here: Callable[[str], bool],
        link_path: Path,
        stamp: Callable[[], Stamp],
        roll: Callable[[int], None],
    ) -> None:
        """is_here: whether a parcel is on a shelf. roll: goes on to the month of a wall time (`roll_pseudonyms`)."""
        self._journal, self._contacts, self._days, self._is_here = journal, contacts, days, is_here
        self._link_path, self._stamp, self._roll = link_path, stamp, roll
        self._due_s: float | None = None
        self._trouble: str | None = None

    def serve(self, now_s: float) -> str | None:
        """Do what is due; call it often. Returns what keeps it from being done, None when nothing does."""
        if self._due_s is None:
            self._due_s = now_s + FIRST_S
        if now_s < self._due_s:
            return self._trouble
        self._due_s = now_s + AGAIN_S
        stamp = self._stamp()
        if stamp.trust is Trust.UNKNOWN:
            return self._trouble
        try:
            self._roll(stamp.wall_ms)
            more = self._erase(stamp.wall_ms)
        except (JournalFull, JournalUnwritable) as error:
            self._trouble = str(error)
        else:
            self._trouble = None
            self._due_s = now_s if more else now_s + DAY_S
        return self._trouble

    def _erase(self, now_ms: int) -> bool:
        """One piece of what is due, in one transaction; whether more is."""
        contacts, limit_ms = self._contacts, before_ms(now_ms, self._days)
        is_due = due(contacts.kept(), contacts.unreadable, is_here=self._is_here, now_ms=now_ms, days=self._days)
        found = [self._journal.old_personal(position, limit_ms) for position in self._confirmed()]
        old = [parts for parts in found if parts is not None]
        more = is_due.more or any(not parts.ended for parts in old)
        changes = self._changes(is_due)
        if changes or more or any(parts.sequences for parts in old):
            self._journal.erase_personal(old, self._records(is_due, old, limit_ms), changes)
            contacts.take(changes)
        return more

    def _changes(self, is_due: Due) -> list[Change]:
        """The changes of the contacts' rows."""
        erased = [self._contacts.forget(waybill) for waybill in is_due.erase]
        marked = [self._contacts.mark(waybill, away_ms) for waybill, away_ms in is_due.mark]
        return [change for change in erased if change is not None] + marked

    def _records(self, is_due: Due, old: list[OldParts], limit_ms: int) -> list[Record]:
        """The entry that says what was erased, none where nothing is."""
        count, entries = len(is_due.erase), sum(len(parts.sequences) for parts in old)
        if not count and not entries:
            return []
        body = {"count": count, "entries": entries, "before_ms": limit_ms, "days": self._days}
        return [Record(Lane.CUSTODY, KIND, body)]

    def _confirmed(self) -> list[Position]:
        """How far the county confirmed each chain; nothing where link.db is not there or busy: it comes tomorrow."""
        if not self._link_path.exists():
            return []
        try:
            link = LinkFile(self._link_path, lambda: 0, writable=False, timeout_s=0.05)
            try:
                return link.positions()
            finally:
                link.close()
        except sqlite3.DatabaseError:
            return []
