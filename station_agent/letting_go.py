"""Lets go of what the county has had for long enough, so that the journal's file stops growing.

Rules
1. Only what the county's signed receipts confirm, of the incarnation last heard; never the head of a chain.
2. Not before the county's recovery window is over, by `journal/window.py`: the station's wall clock has no say.
3. Only behind a snapshot the county has confirmed whole, and from which an audit of this process has made all rows
   again: what was never tried is not relied on. Telemetry behind the telemetry place it names.
4. A snapshot is made of what an audit has just made from the entries and found equal to the stored rows, so that no
   flipped bit gets into it; when it would let go of as many entries as it has rows, and LEAST at the least.
5. From the moment a snapshot is of, no earlier act can be taken back (the counter says that it is too late): a replay
   that begins there knows nothing of what those acts changed.
6. One piece a turn: a part of a snapshot (24 kB of rows, about 5 kB of entry), or a piece of what goes. Nothing goes
   while an audit walks. A card that refuses is asked again after LOOK_S.

State      event                              next       what is done
---------  ---------------------------------  ---------  --------------------------------------------
resting    audit held, snapshot is worth it   writing    acts are forgotten; the rows are kept in memory
resting    audit held, began at the snapshot  resting    it is tried: rule 3 holds
resting    hour over, tried, window over      going      limits are worked out from link.db and window
writing    turn                               writing    one part
writing    turn, last part                    resting    it is closed, and the file names it
writing    another epoch                      resting    given up: it is nothing
going      turn                               going      one piece goes
going      nothing left, or refused           resting    -

What it costs (measured): a snapshot of a busy station (2,300 parcels, 5,000 seals) is 49 entries, 206 kB on the card
and 199 kB on the wire, one in five to six weeks: 5 kB a day. A part is 0.4 ms of processor, a piece that goes 0.2 ms.

Called by the upkeep, from the agent's one thread.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.journal.changes import Row
from station_agent.journal.pruning import Kept
from station_agent.journal.snapshots import (
    CLOSED,
    SNAPSHOT,
    Pointer,
    Snapshot,
    Start,
    pack_pointer,
    read_pointer,
    records,
)
from station_agent.journal.window import WINDOW, Lived, Window, packed, unpacked
from station_agent.journal.writer import Journal, Record, Stamp
from sync.entry import ChainId, Lane, Position
from sync.link import LinkFile

LOOK_S = 3600.0
"""How often the county's word is looked at, and how long a card that refused is left alone."""
LEAST = 1000
"""Entries a snapshot must let go of to be worth making: days of a station."""


class Word(NamedTuple):
    """What the county said last. at_ms: its own clock, in its receipts for our epoch; standing: how far it has what."""

    incarnation: bytes
    at_ms: int
    standing: dict[ChainId, int]


class LettingGo:
    """One station's snapshots and what goes behind them."""

    def __init__(
        self,
        journal: Journal,
        link_path: Path,
        *,
        days: int,
        stamp: Callable[[], Stamp],
        forget: Callable[[], None],
        renew: Callable[[], Sequence[Record]] = tuple,
        least: int = LEAST,
    ) -> None:
        """days: of the county's recovery window. forget: no act so far can be taken back any more.

        renew: telemetry that must not be told only by what goes, told again with each snapshot. least: entries a
        snapshot must let go of.
        """
        self._renew, self._told = renew, True
        self._least = least
        self._journal, self._link_path, self._days, self._stamp, self._forget = journal, link_path, days, stamp, forget
        self._writing: Iterator[Record] | None = None
        self._next: Record | None = None
        self._of = (b"", -1, -1)
        self._tried: tuple[bytes, int] | None = None
        self._due_s = float("-inf")
        self._free: dict[int, int] = {}
        self.limits: dict[int, int] = {}
        """By number of a chain, the last place that goes; empty while nothing does."""

    def held(self, places: tuple[Position, ...], rows: dict[str, list[Row]], start: Start | None) -> None:
        """An audit held all rows against the entries up to `places`, beginning at `start`; nothing came behind them."""
        self._tried = None if start is None else (start.snapshot.epoch, start.snapshot.of)
        self._due_s = float("-inf")
        heads = tuple(self._journal.head(lane) for lane in Lane)
        if self._writing is not None or set(places) != set(heads):
            return
        with contextlib.suppress(JournalFull, JournalUnwritable):
            if start is not None and self._pointer() != start.pointer:
                self._journal.remember(SNAPSHOT, pack_pointer(start.pointer))  # found again after a salvage
            kept = self._look()
            snapshot = Snapshot(self._journal.epoch, heads[0].sequence, heads[1].sequence, rows)
            if self._worth(kept) >= max(self._least, snapshot.size):
                self._forget()
                self._told = False
                self._writing, self._next = records(snapshot), None
                self._of = (snapshot.epoch, snapshot.of, snapshot.telemetry)

    def turn(self, now_s: float) -> Sequence[Record]:
        """Do one piece; returns what is to be recorded beside it."""
        told, self._told = self._told, True
        self._piece(now_s)
        return () if told else self._renew()

    def _piece(self, now_s: float) -> None:
        try:
            if self._writing is not None:
                self._write(self._writing)
                return
            if now_s >= self._due_s:
                self._due_s = now_s + LOOK_S
                self._look()
            if self.limits and not self._journal.prune(self.limits):
                self.limits = {}
        except (JournalFull, JournalUnwritable):
            self.limits, self._due_s = {}, now_s + LOOK_S

    @property
    def is_writing(self) -> bool:
        """Whether a snapshot is being written."""
        return self._writing is not None

    def _write(self, writing: Iterator[Record]) -> None:
        """One part; one that the card refuses comes again at the next turn."""
        epoch, of, telemetry = self._of
        self._next = self._next or next(writing, None)
        if self._next is None or self._journal.epoch != epoch:
            self._writing = self._next = None
            return
        (place,) = self._journal.commit([self._next])
        if self._next.kind == CLOSED:
            self._writing = None
            pointer = Pointer(epoch, place.sequence, place.hash, of, telemetry)
            self._journal.remember(SNAPSHOT, pack_pointer(pointer))
        self._next = None

    def _look(self) -> list[Kept]:
        """Count the day, and work out what may go."""
        kept, word, self.limits = self._journal.kept(), self._word(), {}
        if word is None:
            self._free = {}
            return kept
        standing = {one.number: word.standing[one.chain] for one in kept if one.chain in word.standing}
        before = unpacked(self._journal.remembered(WINDOW))
        window = self._counted(before, word, {one.number: standing[one.number] for one in kept if _goes(one, standing)})
        if window is not before:
            self._journal.remember(WINDOW, packed(window))
        free = window.free(self._days)
        self._free = {number: min(place, standing.get(number, -1)) for number, place in free.items()}
        pointer = self._pointer()
        if pointer is not None and (pointer.epoch, pointer.of) == self._tried:
            confirmed = word.standing.get(ChainId(pointer.epoch, Lane.CUSTODY), -1) >= pointer.closed
            self.limits = dict(self._may_go(kept, pointer)) if confirmed else {}
        return kept

    def _counted(self, before: Window, word: Word, places: dict[int, int]) -> Window:
        lived = Lived(self._journal.boot, self._stamp().since_boot_ms)
        return before.looked(word.incarnation, word.at_ms, lived, places, self._days)

    def _may_go(self, kept: list[Kept], pointer: Pointer) -> Iterator[tuple[int, int]]:
        """The last place of each chain that is free and behind a snapshot."""
        for one in kept:
            last = min(self._free.get(one.number, -1), one.head - 1, _covered(one, kept, pointer))
            if last >= one.first:
                yield one.number, last

    def _worth(self, kept: list[Kept]) -> int:
        """How many custody entries a new snapshot would let go of now that the last one does not."""
        pointer, count = self._pointer(), 0
        for one in kept:
            if one.chain.lane is Lane.CUSTODY:
                covered = -1 if pointer is None else _covered(one, kept, pointer)
                last = min(self._free.get(one.number, -1), one.head - 1)
                count += max(0, last - max(one.first - 1, covered))
        return count

    def _pointer(self) -> Pointer | None:
        return read_pointer(self._journal.remembered(SNAPSHOT))

    def _word(self) -> Word | None:
        """The county's last word, None where there is none for this epoch."""
        if not self._link_path.exists():
            return None
        try:
            link = LinkFile(self._link_path, lambda: 0, writable=False, timeout_s=0.05)
        except sqlite3.DatabaseError:
            return None  # the sync process mends it
        with contextlib.closing(link):
            return word_of(link, self._journal.epoch)


def word_of(link: LinkFile, epoch: bytes) -> Word | None:
    """What link.db says, as far as the incarnation last heard has said it; None where it said nothing of this epoch."""
    said = [link.said_ms(ChainId(epoch, lane)) for lane in Lane]
    at_ms = max((at_ms for at_ms in said if at_ms is not None), default=None)
    if at_ms is None:
        return None
    standing = {place.chain: place.sequence for place in map(link.standing, link.chains()) if place is not None}
    return Word(link.incarnation(), at_ms, standing)


def _goes(one: Kept, standing: dict[int, int]) -> bool:
    """Whether a chain has anything that could ever go."""
    return one.number in standing and one.first < one.head


def _covered(one: Kept, kept: list[Kept], pointer: Pointer) -> int:
    """The last place of a chain that is behind the snapshot; all of it in epochs before, nothing in later ones."""
    if one.chain.epoch == pointer.epoch:
        return pointer.of if one.chain.lane is Lane.CUSTODY else pointer.telemetry
    own = [each.number for each in kept if each.chain.epoch == pointer.epoch]
    return one.head if own and one.number < min(own) else -1
