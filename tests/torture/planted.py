"""What must be found: settings that lose, a disk that lies, and bugs planted in copies of the journal."""

import contextlib
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import TypeVar

import apsw

from station_agent.journal.changes import Change
from station_agent.journal.refusals import translated
from station_agent.journal.writer import Journal, Record, Stamp, _Head
from sync.entry import Lane, Position
from tests.torture.life import Setup

T = TypeVar("T")


class GreenBeforeCommit(Journal):
    """Answers when the rows are written, and commits when the next act comes."""

    _waiting = False

    def _transaction(self, write: Callable[[], T]) -> T:
        with translated():
            if self._waiting:
                self._waiting = False
                with contextlib.suppress(apsw.SQLError):  # a refused write has taken the transaction with it
                    self._connection.execute("COMMIT")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = write()
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._waiting = True
            return result


class HeadMovedFirst(Journal):
    """Moves its heads before the commit: what the card refuses leaves a gap."""

    def _append(self, record: Record, heads: dict[Lane, _Head], epoch: bytes, stamp: Stamp) -> Position:
        place = super()._append(record, heads, epoch, stamp)
        if epoch == self._epoch:
            self._heads[record.lane] = heads[record.lane]
        return place


class ChangesApart(Journal):
    """Writes entries and tables in two transactions."""

    def commit(
        self, records: Sequence[Record], changes: Sequence[Change] = (), stamp: Stamp | None = None
    ) -> list[Position]:
        places = super().commit(records, (), stamp)
        if changes:
            super().commit((), changes, stamp)
        return places


class BootForgotten(Journal):
    """Counts a boot in memory only."""

    def _count_boot(self) -> None:
        pass


class LanesApart(Journal):
    """Writes each lane in a transaction of its own, telemetry first: it then names a custody head that may not come."""

    def commit(
        self, records: Sequence[Record], changes: Sequence[Change] = (), stamp: Stamp | None = None
    ) -> list[Position]:
        lanes = sorted({record.lane for record in records}, reverse=True)
        places: list[Position] = []
        for lane in lanes:
            places += super().commit([one for one in records if one.lane is lane], (() if lane else changes), stamp)
        return places


class CheckpointsOn(Journal):
    """Tries another checkpoint after one whose sync failed."""

    def checkpoint(self) -> None:
        self._keeps_log = False
        super().checkpoint()


BUGS: dict[str, Setup] = {
    bug.__name__: Setup(journal=bug)
    for bug in (GreenBeforeCommit, HeadMovedFirst, ChangesApart, BootForgotten, LanesApart)
}

_NORMAL = {"PRAGMA synchronous = FULL": "PRAGMA synchronous = NORMAL"}
_NO_SYNC = {"PRAGMA synchronous = FULL": "PRAGMA synchronous = OFF"}
_DELETE = {"PRAGMA journal_mode = WAL": "PRAGMA journal_mode = DELETE"}

CONTROLS: dict[str, Setup] = BUGS | {
    "normal": Setup(pragmas=MappingProxyType(_NORMAL)),
    "no-sync": Setup(pragmas=MappingProxyType(_NO_SYNC)),
    "no-log": Setup(pragmas=MappingProxyType(_NO_SYNC | _DELETE)),
    "no-directory": Setup(keeps_names=False),
    "lying": Setup(honesty=(0.0, 0.5, 0.9)),
}
"""By name; `CUT_LIFE=<name>:<seed>` replays one of them."""
