"""What is here now, made from the entries again: the books and the notes, entry by entry.

Called by the start of a station after a migration or a salvage, by `station journal rebuild`, and by the audit, which
holds the stored rows against it. An entry that the books cannot take (behind a hole in the record) is left out and
counted, the same way each time.
"""

import contextlib
from pathlib import Path

from msgspec import MsgspecError

from station_agent.counter.books import Books
from station_agent.counter.replaying import Replay
from station_agent.journal.changes import Row
from station_agent.journal.reader import JournalFile
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

    def __init__(self, books: Books) -> None:
        """`books` are empty ones of this station's plan."""
        self._replay = Replay(books)
        self.unusable = 0
        """Entries left out."""

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
    rebuilding = Rebuilding(books)
    with contextlib.closing(JournalFile(path)) as journal:
        for head in journal.heads():
            for entry in journal.proved(head.chain):
                rebuilding.take(entry)
    return rebuilding
