"""A station's card: the real journal's tables and link.db, in memory, with power cuts at any statement and a full card.

What is committed survives, what is not is gone. `Journal`, `JournalFile` and `LinkFile` are the real ones.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import create
from sync.entry import ChainId, Entry, Personal, Position
from sync.errors import LinkFileUnwritable
from sync.held import SignedList
from sync.link import _SCHEMA, LinkFile
from sync.trouble import Trouble


class PowerCut(BaseException):
    """The power is gone; nobody may catch this but the box."""


class Image(NamedTuple):
    """A copy of a card."""

    journal: bytes
    link: bytes


def open_database(content: bytes | None = None) -> sqlite3.Connection:
    """A database in memory, with some content."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    if content:
        database.deserialize(content)
    return database


class Card:
    """What lies on one card, and what it is bound to: `hardware` names computer and card."""

    def __init__(self, hardware: str, image: Image | None = None) -> None:
        self.hardware = hardware
        self.journal = open_database(image.journal if image else None)
        self.link = open_database(image.link if image else None)
        if image is None:
            create(self.journal)

    def image(self) -> Image:
        """A copy of all of it."""
        return Image(self.journal.serialize(), self.link.serialize())

    def hashes(self) -> set[bytes]:
        """Hash of every entry on the card."""
        return {bytes(row[0]) for row in self.journal.execute("SELECT hash FROM entry")}

    def close(self) -> None:
        """Throw the card away."""
        self.journal.close()
        self.link.close()


class Tripwire:
    """The journal's connection: the power may go at any statement, the card may be full; tells what was committed."""

    def __init__(self, database: sqlite3.Connection, committed: Callable[[list[Entry]], None]) -> None:
        self._database, self._committed = database, committed
        self._pending: list[Entry] = []
        self.dead = False
        self.full = False
        self.cut_in: int | None = None
        self._cut_late = False
        self.refused = 0

    def execute(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Any:
        """Run a statement, or refuse it, or lose the power before or after it."""
        if self.dead:
            raise PowerCut
        if self.cut_in is not None:
            self.cut_in -= 1
            self.dead = self.cut_in <= 0
            if self.dead and not self._cut_late:
                raise PowerCut
        rows = self._run(sql, parameters)
        if self.dead:
            raise PowerCut
        return rows

    def cut(self, statements: int, *, late: bool) -> None:
        """Let the power go before one of the next statements, or right behind it, when nobody hears of it any more."""
        self.cut_in, self._cut_late = statements, late

    def _run(self, sql: str, parameters: tuple[Any, ...]) -> Any:
        # SQLite may notice at the first page it wants to write, or only at the commit.
        if self.full and (sql == "COMMIT" or (self.refused % 2 and sql.startswith("INSERT INTO entry"))):
            self.refused += 1
            raise sqlite3.OperationalError("database or disk is full")
        rows = self._database.execute(sql, parameters)
        if sql.startswith("INSERT INTO entry"):
            _, _, header, body, digest, personal, salt, sealed = parameters
            part = None if personal is None else Personal(personal, salt, sealed)
            self._pending.append(Entry(header, body, part, digest))
        elif sql.startswith(("BEGIN", "ROLLBACK")):
            self._pending = []
        elif sql == "COMMIT" and self._pending:
            pending, self._pending = self._pending, []
            self._committed(pending)
        return rows


class CardReader(JournalFile):
    """The real reader over a card in memory."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._chains = {}
        self._version = -1


Known = tuple[Position, bytes]
"""A confirmed place and the incarnation that confirmed it."""


class CardLink(LinkFile):
    """The real link.db over a card in memory; tells each confirmation and list with what was known before."""

    def __init__(
        self,
        database: sqlite3.Connection,
        wall_ms: Callable[[], int],
        *,
        confirmed: Callable[[Position, bytes, Known | None, Known | None], None],
        changed: Callable[[], None],
        noted: Callable[[Trouble, ChainId | None], None],
        listed: Callable[[SignedList, int | None], None],
        is_full: Callable[[], bool],
    ) -> None:
        self._is_full = is_full
        self._given, self._told, self._changed, self._noted, self._listed = database, confirmed, changed, noted, listed
        super().__init__(Path("link.db"), wall_ms, writable=True)

    def _open(self) -> None:
        self._db = self._given
        self._db.executescript(_SCHEMA)
        self.refresh()

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        before = self._confirmed.get(position.chain)
        super().confirm(position, incarnation, receipt, signature)
        self._told(position, incarnation, before, self._confirmed.get(position.chain))
        self._changed()

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        super().note(trouble, chain)
        self._noted(trouble, chain)
        self._changed()

    def _transaction(self, write: Callable[[], object]) -> None:
        if self._is_full():
            raise LinkFileUnwritable("link.db cannot be written: the card is full", hint="测试 / a test")
        super()._transaction(write)

    def keep(self, signed: SignedList) -> None:
        before = self._held.get((signed.scope, signed.name))
        super().keep(signed)
        self._listed(signed, before)
        self._changed()

    def known(self, chain: ChainId) -> Known | None:
        """What is confirmed of a chain, and by which incarnation."""
        return self._confirmed.get(chain)
