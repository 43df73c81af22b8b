"""What is here now, made again from the latest whole snapshot and the entries behind it, or from all entries.

Called by the start of a station after a migration or a salvage, by `station journal rebuild`, and by the audit, which
holds the stored rows against it. An entry that the books cannot take (behind a hole in the record) is left out and
counted, the same way each time.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from msgspec import MsgspecError

from station_agent.counter.books import Books
from station_agent.counter.replaying import Replay
from station_agent.journal.changes import Row
from station_agent.journal.reader import JournalFile
from station_agent.journal.snapshots import Start
from sync.entry import Entry
from sync.errors import MalformedMessage

UNUSABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    MsgspecError,
    MalformedMessage,
)
"""What reading a row or an entry that is not what was written may bring about."""


class Rebuilding:
    """A replay that goes on where an entry cannot be taken."""

    def __init__(self, books: Books, start: Start | None = None) -> None:
        """`books` are empty ones of this station's plan. start: as the replay's."""
        self._replay = Replay(books, start)
        self.unusable = 0
        """Entries left out."""

    def begin(self) -> Iterator[None]:
        """As the replay's; to be walked to its end before the first entry."""
        return self._replay.begin()

    def take(self, entry: Entry) -> None:
        """Let one entry happen."""
        try:
            self._replay.take(entry)
        except UNUSABLE:
            self.unusable += 1

    def rows(self) -> dict[str, list[Row]]:
        """All rows by table, sorted by key."""
        return self._replay.rows()


def rebuilt(path: Path, books: Books) -> Rebuilding:
    """Everything in the journal at `path`, all epochs in order; raises BrokenChain."""
    with contextlib.closing(JournalFile(path)) as journal:
        rebuilding = Rebuilding(books, journal.start())
        for _ in rebuilding.begin():
            pass
        for head in journal.heads():
            for entry in journal.proved(head.chain):
                rebuilding.take(entry)
    return rebuilding
