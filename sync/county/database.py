"""Opens the county's database, and says in one place which of its errors mean "later".

SQLite or PostgreSQL: what is special to either stands in `_open_sqlite` and `_open_postgres`, every statement elsewhere
is text both understand. SQLite up to 3.51.2 corrupts when two connections checkpoint at once (design, "the journal"),
so that one engine alone, the ingest's, checkpoints, and it holds one connection.

What the two do about writers:
- SQLite has one at a time; it takes the lock at BEGIN.
- PostgreSQL has many. A commit of ingest and a step of the projector meet at the row of the chain (`store`, `project`).
  Writers that read first and then write what they concluded ask for `alone`, and come one after the other.

A thin shell; called by everything that touches the database.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    TextClause,
    create_engine,
    delete,
    event,
    exc,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from sync.county import schema
from sync.errors import SyncError
from sync.receiver import LogUnavailable

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another: longer than any of our transactions, shorter than a station waits twice."""
CHECKPOINT_PAGES = 4000
"""About 16 MB of write-ahead log between checkpoints."""
LOG_BYTES = CHECKPOINT_PAGES * 4096
"""A log begun anew is cut to this, so that a longer one is one that nobody has moved into the file yet."""
CHECKPOINT_WAIT_MS = 200
"""How long a checkpoint waits for who reads or writes; else the next one does it."""
INCARNATION_BYTES = 8
POSTGRES = "postgresql"
NETWORK: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "youyuntong",
}
"""libpq's words, seconds but for the one in milliseconds: a server that vanished is noticed within half a minute."""
SESSION = (
    "synchronous_commit = on",  # a receipt is a promise; whoever set another default did not make it
    f"lock_timeout = {BUSY_TIMEOUT_MS}",
    "idle_in_transaction_session_timeout = 60000",  # a worker that hangs lets go of its rows
)
"""What holds in every session on PostgreSQL."""

HOLD_PROJECTORS = text("UPDATE chain SET entries = entries")
"""Waits for steps of a projector that are under way and holds off the next, which would move a cursor put back."""

_ALONE = text("SELECT pg_advisory_xact_lock(20260101)")  # any number, the same for everybody
_INCARNATION = "incarnation"
_OURS = (exc.ProgrammingError, exc.IntegrityError, exc.DataError, exc.NotSupportedError)
"""Mistakes of this program: never "later"."""


def sqlite_url(path: Path) -> URL:
    """Address of a SQLite file."""
    return URL.create("sqlite", database=str(path))


def open_database(url: URL | str, *, checkpoints: bool = False) -> Engine:
    """Make an engine for the county's database.

    checkpoints: this engine alone moves SQLite's write-ahead log into the file; at most one per database, the ingest's.
    It then has one connection, never two at once.
    """
    address = make_url(url)
    if address.get_backend_name() == POSTGRES:
        return _open_postgres(address)
    if address.get_backend_name() != "sqlite":
        hint = "用 SQLite 文件或 postgresql:// 地址 / give a SQLite file or a postgresql:// address"
        raise SyncError(f"database {address.get_backend_name()} is not supported", hint=hint)
    return _open_sqlite(address, checkpoints=checkpoints)


def _open_postgres(address: URL) -> Engine:
    """An engine for PostgreSQL 15 or newer, by psycopg 3 whatever driver the address names."""
    # What stands in the address wins, so that an unusual network can have its own patience.
    patience = {key: value for key, value in NETWORK.items() if key not in address.query}
    try:
        engine = create_engine(address.set(drivername=f"{POSTGRES}+psycopg"), connect_args=patience)
    except ModuleNotFoundError as error:
        hint = "pip install 'psycopg[binary]'"
        raise SyncError("psycopg, which speaks to PostgreSQL, is not installed", hint=hint) from error

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: object) -> None:
        session = connection.cursor()
        for setting in SESSION:
            session.execute(f"SET {setting}")
        session.close()
        connection.commit()

    return engine


def _open_sqlite(address: URL, *, checkpoints: bool) -> Engine:
    """An engine for a SQLite file."""
    in_memory = address.database in (None, "", ":memory:")
    engine = (
        create_engine(address, pool_size=1, max_overflow=0) if checkpoints and not in_memory else create_engine(address)
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; `_begin` does
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES if checkpoints else 0}",
            f"journal_size_limit = {LOG_BYTES}",
            "foreign_keys = ON",
            "secure_delete = ON",  # what is erased is overwritten, not only unlinked; Debian's default
            "cache_size = -65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the lock at once: one that read first could no longer wait for it.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def checkpoint(engine: Engine) -> bool:
    """Move a log that has grown too long into the file; whether there was one. Only for the engine that checkpoints.

    SQLite looks at the length when this engine commits; what the projector writes while no station sends is seen here.
    Waits CHECKPOINT_WAIT_MS for who reads or writes; where they are not done, the next call comes soon. Raises
    LogUnavailable.
    """
    log = Path(f"{engine.url.database}-wal")
    if engine.dialect.name == POSTGRES or not log.exists() or log.stat().st_size <= LOG_BYTES:
        return False
    try:
        with closing(engine.raw_connection()) as session:
            session.cursor().execute(f"PRAGMA busy_timeout = {CHECKPOINT_WAIT_MS}")
            # Not passive: it must be whole before the next commit, or that one goes on behind it and the log never
            # ends. It holds the writers' lock, so that no commit begins the log anew meanwhile.
            session.cursor().execute("PRAGMA wal_checkpoint(RESTART)")
            session.cursor().execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    except (sqlite3.DatabaseError, exc.TimeoutError) as error:
        engine.dispose()  # a connection that was left impatient is not used again
        raise _unavailable(error) from error
    return True


def create_tables(engine: Engine) -> None:
    """Create what is missing, and draw the incarnation of a new database."""
    # Alone: several processes of a newer version may start at once.
    with writing(engine, alone=True) as connection:
        schema.metadata.create_all(connection)
        connection.execute(
            insert_new(schema.county_meta), {"key": _INCARNATION, "value": secrets.token_bytes(INCARNATION_BYTES)}
        )


def add_tables(engine: Engine) -> None:
    """Bring a database that an older version of this program made to this one's tables.

    What is missing is created. A projection whose columns were others is made anew, and filled again from the log.
    """
    # Several processes of a newer version may start at once: PostgreSQL refuses a look at what another drops meanwhile.
    with writing(engine, alone=True) if engine.dialect.name == POSTGRES else reading(engine) as connection:
        lacks = _lacks(connection)
    if lacks:
        with writing(engine, alone=True) as connection:
            if outdated := [table for table in _lacks(connection) if table in schema.PROJECTIONS]:
                connection.execute(HOLD_PROJECTORS)
                schema.metadata.drop_all(connection, outdated)
                connection.execute(update(schema.cursor).values(sequence=-1))
            schema.metadata.create_all(connection)


def _lacks(connection: Connection) -> list[Table]:
    """Tables that are missing or were made with other columns; none where there is no county at all.

    An empty database is not an old one: only `create_tables` may begin a new history. All projections stand and fall
    together, since one cursor says how far they are.
    """
    made = inspect(connection)
    known = set(made.get_table_names())
    if schema.county_meta.name not in known:
        return []
    lacks = [table for table in schema.metadata.sorted_tables if table.name not in known]
    projections = [table for table in schema.PROJECTIONS if table.name in known]
    outdated = any(
        {column["name"] for column in made.get_columns(table.name)} != {column.name for column in table.columns}
        for table in projections
    )
    if outdated or any(table in schema.PROJECTIONS for table in lacks):
        lacks = [*(table for table in lacks if table not in schema.PROJECTIONS), *schema.PROJECTIONS]
    return lacks


def has_history(engine: Engine) -> bool:
    """Whether this database is a county's already; raises LogUnavailable."""
    return schema.county_meta.name in _tables(engine)


def _tables(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(inspect(connection).get_table_names())


def read_incarnation(engine: Engine) -> bytes:
    """The 8 bytes that name this database's history; raises LogUnavailable."""
    meta = schema.county_meta
    with reading(engine) as connection:
        return bytes(connection.execute(select(meta.c.value).where(meta.c.key == _INCARNATION)).scalar_one())


def new_incarnation(engine: Engine) -> bytes:
    """Draw a new incarnation, after a restore from a backup; a running ingest must be restarted to use it."""
    meta, value = schema.county_meta, secrets.token_bytes(INCARNATION_BYTES)
    with writing(engine) as connection:
        connection.execute(delete(meta).where(meta.c.key == _INCARNATION))
        connection.execute(insert_new(meta), {"key": _INCARNATION, "value": value})
    return value


def insert_new(table: Table, *columns: str) -> TextClause:
    """An INSERT that passes over rows that are there already; text, since both engines understand the same words.

    columns: those to set, all of the table's where none are named.
    """
    names = columns or tuple(column.name for column in table.columns)
    values = ", ".join(f":{name}" for name in names)
    return text(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) ON CONFLICT DO NOTHING")  # noqa: S608  # names of our own schema


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database; raises LogUnavailable where the database refuses."""
    with _refusals(), engine.connect() as connection:
        if engine.dialect.name == POSTGRES:
            # Not read-only as well: it would leave "read write" to the next, which a stand-by calls a mistake of ours.
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def writing(engine: Engine, *, alone: bool = False) -> Iterator[Connection]:
    """One transaction, on disk when the block is left; raises LogUnavailable where the database refuses.

    alone: beside no other that asked for it, for what is concluded from rows that are read first.
    """
    with _refusals(), engine.connect() as connection:
        writer = connection.execution_options(writes=True)
        with writer.begin():
            if alone and engine.dialect.name == POSTGRES:
                writer.execute(_ALONE)
            yield writer


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the database refuses into LogUnavailable, and let through what this program did wrong."""
    try:
        yield
    except exc.DBAPIError as error:
        if isinstance(error, _OURS) or _is_wrong_sql(error.orig):
            raise
        raise _unavailable(error.orig or error) from error
    except exc.TimeoutError as error:
        raise _unavailable(error) from error


def _is_wrong_sql(error: BaseException | None) -> bool:
    """SQLite calls a missing table operational too; its own code 1 tells it from a full disk or a lock."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_ERROR


def _unavailable(error: BaseException) -> LogUnavailable:
    hint = (
        "检查磁盘空间、权限和数据库服务;站点会保留数据稍后重发 / "
        "check disk space, permissions and the database server; stations keep their data and come again"
    )
    return LogUnavailable(f"the county's database refuses: {error}", hint=hint)
