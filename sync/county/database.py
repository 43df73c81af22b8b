"""Opens the county's database, and says in one place which of its errors mean "later".

SQLite here, PostgreSQL later: what is special to SQLite stands in `_prepare` and `_begin`. SQLite up to 3.51.2 corrupts
when two connections checkpoint at once (design, "the journal"), so that one engine alone, the ingest's, checkpoints,
and it holds one connection. A thin shell; called by everything that touches the database.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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

from sync.county import schema
from sync.receiver import LogUnavailable

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another: longer than any of our transactions, shorter than a station waits twice."""
CHECKPOINT_PAGES = 4000
"""About 16 MB of write-ahead log between checkpoints."""
INCARNATION_BYTES = 8

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
    if address.get_backend_name() != "sqlite":
        return create_engine(address)
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


def create_tables(engine: Engine) -> None:
    """Create what is missing, and draw the incarnation of a new database."""
    with writing(engine) as connection:
        schema.metadata.create_all(connection)
        connection.execute(
            insert_new(schema.county_meta), {"key": _INCARNATION, "value": secrets.token_bytes(INCARNATION_BYTES)}
        )


def add_tables(engine: Engine) -> None:
    """Bring a database that an older version of this program made to this one's tables.

    What is missing is created. A projection whose columns were others is made anew, and filled again from the log.
    """
    with reading(engine) as connection:
        known = set(inspect(connection).get_table_names())
        outdated = any(_is_outdated(connection, table) for table in schema.PROJECTIONS if table.name in known)
    # An empty database is not an old one: only `create_tables` may begin a new history.
    if schema.county_meta.name not in known:
        return
    if outdated or not known.issuperset(table.name for table in schema.PROJECTIONS):
        with writing(engine) as connection:
            schema.metadata.drop_all(connection, schema.PROJECTIONS)
            schema.metadata.create_all(connection, schema.PROJECTIONS)
            connection.execute(update(schema.cursor).values(sequence=-1))
    if not known.issuperset(schema.metadata.tables):
        create_tables(engine)


def _is_outdated(connection: Connection, table: Table) -> bool:
    """Whether a table was made with other columns."""
    made = {column["name"] for column in inspect(connection).get_columns(table.name)}
    return made != {column.name for column in table.columns}


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
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, on disk when the block is left; raises LogUnavailable where the database refuses."""
    with _refusals(), engine.connect() as connection:
        writer = connection.execution_options(writes=True)
        with writer.begin():
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
