"""The agent's side of orders: reads the folder, enters each order once, removes its file. A thin shell.

Called by the agent's loop every few seconds; what an order is stands in `orders.py`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from station_agent.counter.notes import Notes
from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.journal.changes import Change
from station_agent.journal.reader import JournalFile
from station_agent.journal.writer import Record
from station_agent.orders import AnyOrder, OrderFolder
from sync.entry import Lane

LOOK_BACK = 2000
"""Custody entries among which an order left over from a crash is looked for; it was the last thing written before."""


class Commit(Protocol):
    """Writes records and changes in one transaction."""

    def __call__(self, records: Sequence[Record], changes: Sequence[Change], /) -> object:
        """Raises JournalFull or JournalUnwritable."""


class OrderDesk:
    """Takes orders from a folder."""

    def __init__(self, folder: Path, journal_path: Path, notes: Notes | None = None) -> None:
        """Nothing is read yet. notes: the station's, kept up to date with what is entered."""
        self._folder = OrderFolder(folder)
        self._journal_path = journal_path
        self._notes = notes if notes is not None else Notes()
        self._entered: set[str] | None = None

    def serve(self, commit: Commit, roles: Mapping[str, str]) -> str | None:
        """Enter what waits; returns what is wrong with the folder, or None.

        An order the card refuses stays and is tried again; one that is no good is refused with its reason.
        """
        try:
            for each in self._folder.waiting(roles):
                if each.order is None:
                    self._folder.refuse(each)
                else:
                    self._enter(each.order, commit)
                    self._folder.done(each)
        except (JournalFull, JournalUnwritable):
            return None
        except OSError as error:
            return str(error)
        return None

    def _enter(self, order: AnyOrder, commit: Commit) -> None:
        """Commit an order unless it is in the journal: an agent may have died, or its card failed, after the commit."""
        if self._entered is None:
            self._entered = self._last_entered()
        if order.id not in self._entered:
            records = order.records()
            changes = [change for record in records for change in self._notes.effects(record.kind, record.body)]
            commit(records, changes)
            self._notes.take(changes)
            self._entered.add(order.id)  # 16 bytes an order

    def _last_entered(self) -> set[str]:
        """Ids of the orders among the last custody entries."""
        journal = JournalFile(self._journal_path)
        try:
            newest = [head for head in journal.heads() if head.lane is Lane.CUSTODY][-2:]  # a new epoch is short
            return {
                order
                for head in newest
                for entry in journal.every(head.chain, max(0, head.sequence - LOOK_BACK))
                if isinstance(order := entry.read_body().get("order"), str)
            }
        finally:
            journal.close()
