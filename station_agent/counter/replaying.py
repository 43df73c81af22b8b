"""Replay: what is here now, made from the entries alone. Pure.

It takes every entry of every chain, older epochs first and each chain in its order, and gives the rows the live station
must have. Where a snapshot is the start its rows are taken over, and entries that are in them already are passed by; no
later one takes any of those back, since the station forgets its acts when it makes one. Called by `station journal
rebuild`, by a start after the tables have changed, by the audit, and by the proofs.
"""

from collections.abc import Iterator

from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.chilled import WATCH_TABLE, watch_row
from station_agent.counter.notes import TABLE, Notes
from station_agent.journal.changes import Change, Row
from station_agent.journal.snapshots import Start
from sync.entry import Entry, Header, Lane

PIECE_ROWS = 1000


class Replay:
    """Books, notes and cold boxes as the entries leave them."""

    def __init__(self, books: Books, start: Start | None = None) -> None:
        """`books` are empty, of the station's own plan. start: a snapshot to go on from, else the first entry.

        With a start `begin` is walked to its end before the first entry.
        """
        self._books, self._notes, self._start = books, Notes(), start
        self._epochs: dict[bytes, int] = {}
        self._watches: dict[str, tuple[tuple[int, int, int], Row]] = {}

    def begin(self) -> Iterator[None]:
        """Take the rows of the start over, PIECE_ROWS in each step: to decode ten thousand takes 30 ms."""
        rows = {} if self._start is None else self._start.snapshot.rows
        self._notes.load(rows.get(TABLE, ()))
        self._watches = {row[0]: ((-1, -1, -1), row) for row in rows.get(WATCH_TABLE, ())}
        for table in self._books.tables:
            own = rows.get(table, [])
            for first in range(0, len(own), PIECE_ROWS):
                piece = own[first : first + PIECE_ROWS]
                self._books.take(Change(table, None, row) for row in piece)
                yield

    def take(self, entry: Entry) -> None:
        """The next entry; raises MalformedMessage for one that cannot be read, KeyError for one that lacks a field."""
        header = entry.read_header()
        self._epochs.setdefault(header.epoch, len(self._epochs))
        if self._start is not None and self._start.covers(header.chain, header.sequence):
            return
        if header.kind == "box.temperatures":
            return  # most of the telemetry, and no state in it
        event = Event(header.kind, entry.read_body(), header.recorded_ms)
        self._watch(header, watch_row(event.body))
        if header.lane is Lane.CUSTODY:
            self._books.entered(header.sequence, event, self._books.effects(event))
            self._notes.take(self._notes.effects(event.kind, event.body))

    def rows(self) -> dict[str, list[Row]]:
        """All rows by table, sorted by key."""
        watches = {WATCH_TABLE: sorted(row for _, row in self._watches.values())}
        return self._books.rows() | self._notes.rows() | watches

    def _watch(self, header: Header, row: Row | None) -> None:
        """How a cold box stands: the entry with the latest place counts; telemetry tells where between custody's."""
        if row is None:
            return
        epoch = self._epochs[header.epoch]
        if header.after is None:
            place = (epoch, header.sequence, -1)
        else:
            place = (epoch, header.after.sequence, header.sequence)
        if row[0] not in self._watches or self._watches[row[0]][0] < place:
            self._watches[row[0]] = place, row
