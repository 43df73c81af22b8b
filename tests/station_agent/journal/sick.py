"""A connection whose card refuses the Nth statement, in the words and the class of either library."""

import sqlite3
from typing import Any

import apsw

WORDS: dict[str, tuple[type[Exception], type[Exception]]] = {
    "database or disk is full": (sqlite3.OperationalError, apsw.FullError),
    "disk I/O error": (sqlite3.OperationalError, apsw.IOError),
    "attempt to write a readonly database": (sqlite3.OperationalError, apsw.ReadOnlyError),
    "unable to open database file": (sqlite3.OperationalError, apsw.CantOpenError),
    "database is locked": (sqlite3.OperationalError, apsw.BusyError),
    "locking protocol": (sqlite3.OperationalError, apsw.ProtocolError),
    "database disk image is malformed": (sqlite3.DatabaseError, apsw.CorruptError),
    "file is not a database": (sqlite3.DatabaseError, apsw.NotADBError),
}
"""What SQLite says, and the classes it comes in."""


class Sick:
    """Counts statements, and raises in place of the one it was told to refuse."""

    full = "database or disk is full"

    def __init__(self, inner: Any) -> None:
        """Pass everything on to `inner` until `fail`."""
        self._inner = inner
        self._left = 0
        self._words = ""
        self.seen: list[str] = []

    def fail(self, statement: int, words: str) -> None:
        """Refuse the given statement from now on (1 is the next), once."""
        self._left, self._words = statement, words
        self.seen = []

    def execute(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Any:
        """Run a statement or refuse it."""
        self.seen.append(sql)
        self._left -= 1
        if self._left == 0:
            standard, other = WORDS[self._words]
            raise (standard if isinstance(self._inner, sqlite3.Connection) else other)(self._words)
        return self._inner.execute(sql, parameters)
