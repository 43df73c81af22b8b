"""Audit: walks all chains of a journal at work, a piece in each quiet moment, and holds the stored rows against them.

A start looks only at the end of the chains; bits rot anywhere. When all was walked, the places are remembered for the
next start, and the walk begins anew after AGAIN_S. What it finds is raised; the process ends, and the next start sets
the broken file aside. It writes nothing and takes no lock for longer than one piece. Called by the upkeep.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from station_agent.errors import JournalDamaged
from station_agent.journal.changes import Row
from station_agent.journal.dropping import PRUNED
from station_agent.journal.reader import JournalFile
from station_agent.journal.snapshots import Start
from sync.entry import ChainId, Entry, Lane, Position, walk

PIECE = 200
"""Entries a quiet moment walks: 5 ms here, 20 ms of a Pi."""
AGAIN_S = 86_400.0
TELEMETRY_TABLES = ("cold_box",)
"""Rows that telemetry makes too: with some of it let go of they cannot be made again."""


class RowsDiffer(JournalDamaged):
    """What is here now is not what the entries say; the next start makes it from them again."""


class Shadow(Protocol):
    """What the entries make, beside what is stored."""

    def begin(self) -> Iterator[None]:
        """Get ready, a piece at a time."""

    def take(self, entry: Entry) -> None:
        """Let one entry happen."""

    def rows(self) -> dict[str, list[Row]]:
        """All rows by table, sorted by key."""


class Audit:
    """One walk after the other."""

    def __init__(
        self,
        path: Path,
        *,
        shadow: Callable[[Start | None], Shadow],
        good: Callable[[tuple[Position, ...], dict[str, list[Row]], Start | None], None],
    ) -> None:
        """shadow: one for each walk, as the rows are where it starts. good: told when all held, before anything else is
        written: the heads of the newest epoch, all rows by table, and where the rows began.
        """
        self._path, self._shadow, self._good = path, shadow, good
        self._walk: Iterator[None] | None = None
        self._due_s = float("-inf")
        self.rounds = 0
        """Walks that came to their end."""

    @property
    def walking(self) -> bool:
        """Whether a walk is under way."""
        return self._walk is not None

    def step(self, now_s: float) -> None:
        """Go on by one piece; raises BrokenChain, JournalDamaged, RowsDiffer."""
        if self._walk is None:
            if now_s < self._due_s:
                return
            self._walk = self._walking()
        try:
            next(self._walk)
        except StopIteration:
            self._walk, self._due_s = None, now_s + AGAIN_S
            self.rounds += 1

    def _walking(self) -> Iterator[None]:
        """Telemetry, then custody, then what telemetry came meanwhile: nothing lies between that and the rows."""
        count = 0
        with contextlib.closing(JournalFile(self._path)) as journal:
            start = journal.start()
            shadow = self._shadow(start)
            yield from shadow.begin()
            walked: dict[ChainId, Position] = {}
            for head in sorted(journal.heads(), key=lambda head: head.lane is Lane.CUSTODY):
                for entry in journal.proved(head.chain):
                    shadow.take(entry)
                    place = entry.read_header().sequence
                    walked[head.chain] = head._replace(sequence=place, hash=entry.hash)
                    count += 1
                    if count % PIECE == 0:
                        yield
            heads = journal.heads()
            if {head.chain for head in heads} != walked.keys():
                return  # a new epoch was opened meanwhile: the next walk sees it whole
            newest = [walked[head.chain] for head in heads if head.epoch == heads[-1].epoch]
            for last in newest:
                first = last.sequence + 1
                for entry in walk(journal.every(last.chain, first), first=first, previous=last.hash):
                    shadow.take(entry)
            unsure = any(_loses(journal, head.chain, start) for head in heads)
            rows = self._compare(journal, shadow, TELEMETRY_TABLES if unsure else ())
            self._good(tuple(head for head in heads if head.epoch == heads[-1].epoch), rows, start)

    def _compare(self, journal: JournalFile, shadow: Shadow, unsure: tuple[str, ...]) -> dict[str, list[Row]]:
        """Hold the rows against what the entries make, and return them; raises RowsDiffer."""
        wanted, stored = shadow.rows(), dict[str, list[Row]]()
        for table in wanted:
            stored[table] = sorted(journal.rows(table))
        differing = sorted(table for table in wanted if table not in unsure and stored[table] != wanted[table])
        if differing:
            hint = "正在由账本重建 / they are made from the entries again"
            raise RowsDiffer(f"在架记录与账本不符 / rows differ from the entries: {differing}", hint=hint)
        return stored


def _loses(journal: JournalFile, chain: ChainId, start: Start | None) -> bool:
    """Whether telemetry is gone that the rows would need: what goes behind a snapshot is in its rows."""
    return chain.lane is Lane.TELEMETRY and any(
        gap.reason != PRUNED and not (start is not None and start.covers(chain, gap.last))
        for gap in journal.gaps(chain)
    )
