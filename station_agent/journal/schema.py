"""Tables of journal.db and how an older file becomes a newer one.

Migrations run through sqlite-utils before the agent starts; a file that is up to date is recognised by one PRAGMA, so
that a normal start imports nothing. The statements themselves are plain, so that tests may run them on another SQLite
(apsw).
"""

from pathlib import Path
from typing import Any, Protocol

PAGE_BYTES = 1024
"""Measured: 7.3 kB reach the card per commit instead of 17.4 kB with pages of 4096."""

BOOKS = (
    *("number", "parcel", "household", "bag", "open_case"),
    *("consignment", "hold", "cold_content", "clock", "handover", "seal"),
    *("stocktake", "tally", "duty", "upkeep", "form"),
)
"""Tables of the counter's books: a key and a value in JSON, so that any SQLite tool can look inside."""

STATEMENTS: tuple[tuple[str, ...], ...] = (
    (
        # A chain is one lane of one epoch. `id` grows with the order of opening.
        """CREATE TABLE chain (
            id INTEGER PRIMARY KEY, epoch BLOB NOT NULL, lane INTEGER NOT NULL, UNIQUE (epoch, lane))""",
        # One b-tree, no second index: rows of a chain lie side by side and are only ever appended.
        """CREATE TABLE entry (
            chain INTEGER NOT NULL, sequence INTEGER NOT NULL,
            header BLOB NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL,
            personal_digest BLOB, personal_salt BLOB, personal_sealed BLOB,
            PRIMARY KEY (chain, sequence)) WITHOUT ROWID""",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
        # What is here now. Every row can be rebuilt from the entries.
        """CREATE TABLE parcel (
            waybill TEXT PRIMARY KEY, state TEXT NOT NULL, code TEXT NOT NULL, received_ms INTEGER NOT NULL,
            ended_no INTEGER, weight_g INTEGER) WITHOUT ROWID""",
        "CREATE TABLE number (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        # The newest calibration and verification of each device, so that a start need not read the chains for them.
        "CREATE TABLE note (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
        "PRAGMA user_version = 1",
    ),
    (
        # What is here now is made from the entries again after this step (`open_station`), never carried over.
        "DROP TABLE parcel",
        "DROP TABLE number",
        # How each cold box stands, by the last entry that carried its state.
        "CREATE TABLE cold_box (name TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID",
        *(f"CREATE TABLE {table} (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID" for table in BOOKS),
        "PRAGMA user_version = 2",
    ),
    (
        # What is known of recipients, encrypted; no entry holds it and nothing rebuilds it.
        "CREATE TABLE contact (waybill TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
        # Places of a chain that are not here any more, and why. hash: of the last of them, NULL where nobody knows.
        """CREATE TABLE gap (
            chain INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hash BLOB, reason TEXT NOT NULL,
            PRIMARY KEY (chain, first)) WITHOUT ROWID""",
        "PRAGMA user_version = 3",
    ),
)
NEWEST = len(STATEMENTS)
"""What `schema_version` says of a file that needs no migration."""

STATE_TABLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(BOOKS, ("key", "body")),
    "note": ("name", "body"),
    "cold_box": ("name", "state"),
}
"""Tables of what is here now, their columns in order, the key first."""

KEPT_TABLES: dict[str, tuple[str, ...]] = {"contact": ("waybill", "sealed")}
"""Tables that change in the same transactions, but are not made from entries and may be erased row by row."""

TABLES = STATE_TABLES | KEPT_TABLES
"""All tables a Change may name."""


class Rows(Protocol):
    """What a query gives, in sqlite3 and in apsw."""

    def fetchall(self) -> list[Any]:
        """Return all rows."""


class Connection(Protocol):
    """What the journal uses of SQLite: no more than sqlite3 and apsw share. It must be in autocommit mode."""

    def execute(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Rows:
        """Run one statement."""


def create(connection: Connection) -> None:
    """Make all tables in an empty file."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("BEGIN IMMEDIATE")
    for statements in STATEMENTS:
        for statement in statements:
            connection.execute(statement)
    connection.execute("COMMIT")


def shape(connection: Connection) -> set[tuple[str, str]]:
    """Name and text of every table and index of ours; a damaged text would read columns as what they are not."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(str(name), str(sql)) for name, sql in rows if "_sqlite_migrations" not in str(name)}


def newest_shape() -> set[tuple[str, str]]:
    """What `shape` says of a file with the newest tables."""
    import sqlite3  # noqa: PLC0415 - tests hand us other libraries

    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create(connection)
        return shape(connection)
    finally:
        connection.close()


def schema_version(connection: Connection) -> int:
    """How many of STATEMENTS the file has; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchall()[0][0])


def migrate(path: Path) -> None:
    """Bring the file at `path` (made when missing) to the newest tables, all steps in one transaction."""
    import sqlite3  # noqa: PLC0415 - only when something is to be done

    import sqlite_utils  # noqa: PLC0415 - 100 ms and 10 MB that a normal start need not pay
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415

    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        # A reader holds the write-ahead log open; one connection checkpoints, and this one is not it.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        migrations = Migrations("journal")
        for number, statements in enumerate(STATEMENTS, start=1):
            migrations(name=f"{number:04}")(_step(statements))
        database = sqlite_utils.Database(connection)
        # Without it the library makes its own table and the index of that table apart, and a power cut between the two
        # leaves a file that never gets the index.
        with database.atomic():
            migrations.apply(database)
    finally:
        connection.close()


def _step(statements: tuple[str, ...]) -> Any:  # noqa: ANN401 - sqlite-utils wants a plain function
    """Wrap statements as a migration."""

    def step(database: Any) -> None:  # noqa: ANN401
        for statement in statements:
            database.execute(statement)

    return step
