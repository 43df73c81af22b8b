"""What a station does for its own record in quiet moments: walks it, keeps room on its card, looks at its log.

One small piece each time, so that a scan never waits for it. A reserve file is made while there is room: a card that is
full cannot even delete from a database, but a file can go. What the county has had for long enough goes by itself
(`letting_go.py`), whatever room there is. Called by the agent's loop from its one thread.

room on the card           reserve     telemetry
-------------------------  ----------  -----------------------------------------------------------------
more than PLENTY_BYTES     is made     stays
less than LOW_BYTES        stays       a piece goes in each quiet moment, until ROOM_BYTES of the journal are free
none: a commit is refused  is deleted  a piece goes at once
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from station_agent.counter.faults import FaultBook
from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.journal.audit import Audit
from station_agent.journal.writer import Journal, Record
from station_agent.letting_go import LettingGo
from sync.entry import ChainId
from sync.link import LinkFile

LOG_BYTES = 16 << 20
"""A write-ahead log beyond this is told: checkpoints are not made, or a reader holds them up."""
RESERVE_BYTES = 512 << 10
LOW_BYTES = 8 << 20
PLENTY_BYTES = 32 << 20
ROOM_BYTES = 2 << 20
"""Free pages inside the journal that are enough: weeks of custody."""


def free_on_card(folder: Path) -> int:
    """Bytes a program without special rights may still write there."""
    return shutil.disk_usage(folder).free


class Upkeep:
    """The quiet moments of one station."""

    def __init__(
        self,
        path: Path,
        link_path: Path,
        journal: Journal,
        audit: Audit,
        faults: FaultBook,
        *,
        letting_go: LettingGo | None = None,
        free: Callable[[Path], int] = free_on_card,
    ) -> None:
        """`path` is the journal's, `link_path` that of link.db. free: bytes left where a folder lies.

        letting_go: of what the county has had for long; nothing goes without one.
        """
        self._letting_go = letting_go
        self._log, self._reserve = path.with_name(f"{path.name}-wal"), path.with_suffix(".reserve")
        self._link_path, self._journal, self._audit, self._faults, self._free = link_path, journal, audit, faults, free

    def turn(self, now_s: float) -> list[Record]:
        """Use a quiet moment; returns what is to be recorded. Raises BrokenChain, JournalDamaged for what it finds."""
        self._audit.step(now_s)
        told: Sequence[Record] = ()
        if self._letting_go is not None and not self._audit.walking:
            told = self._letting_go.turn(now_s)
        return [*told, *self._keep_room(now_s), *self._watch_log(now_s)]

    def make_room(self) -> bool:
        """A commit was refused for want of room: give up the reserve and a piece of telemetry; whether any came."""
        had = self._reserve.exists()
        with contextlib.suppress(OSError):
            self._reserve.unlink(missing_ok=True)
        return self._drop() > 0 or had

    def _keep_room(self, now_s: float) -> list[Record]:
        """Make the reserve while there is plenty, let telemetry go while there is little."""
        free = self._free(self._reserve.parent)
        if free > PLENTY_BYTES:
            self._faults.well("card.room", now_s)
            self._make_reserve()
            return []
        if free >= LOW_BYTES:
            return []
        if self._journal.free_bytes < ROOM_BYTES:
            self._drop()
        return self._faults.bad("card.room", "low", now_s, f"{free >> 10} kB left")

    def _make_reserve(self) -> None:
        """Blocks that are really taken; a card that refuses now is asked again."""
        if self._reserve.exists():
            return
        part = self._reserve.with_name(f"{self._reserve.name}.part")
        with contextlib.suppress(OSError), part.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
            part.replace(self._reserve)

    def _drop(self) -> int:
        """Let one piece of telemetry go; 0 where none is left or the card refuses even that."""
        try:
            return self._journal.drop_telemetry(self._confirmed())
        except (JournalFull, JournalUnwritable):
            return 0

    def _confirmed(self) -> dict[ChainId, int]:
        """How far the county has each chain, as far as link.db tells now."""
        if not self._link_path.exists():
            return {}
        try:
            link = LinkFile(self._link_path, lambda: 0, writable=False, timeout_s=0.05)
        except sqlite3.DatabaseError:
            return {}  # the sync process mends it; until then more is named than need be
        with contextlib.closing(link):
            return {place.chain: place.sequence for place in link.positions()}

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
