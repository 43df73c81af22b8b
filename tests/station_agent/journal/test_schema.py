"""The tables of journal.db: made at once or by migrations, they are the same; an old file is brought up to date."""

import sqlite3
from pathlib import Path

import pytest

from station_agent.journal.schema import NEWEST, PAGE_BYTES, TABLES, create, migrate, schema_version
from tests.station_agent.journal.files import Bench, by_sqlite3, custody


def shape(path: Path) -> list[tuple[str, str]]:
    """Every table and index of a file but those of the migrations themselves."""
    connection = by_sqlite3(path)
    rows: list[tuple[str, str]] = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%_sqlite_migrations%' ORDER BY name"
    ).fetchall()
    connection.close()
    return rows


def pragma(path: Path, name: str) -> object:
    """One setting kept in a file."""
    connection = by_sqlite3(path)
    value = connection.execute(f"PRAGMA {name}").fetchone()[0]
    connection.close()
    return value


def test_migrations_make_what_create_makes(tmp_path: Path) -> None:
    """An empty file ends up the same either way: tables, version, small pages, write-ahead log."""
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    connection = by_sqlite3(made)
    create(connection)
    connection.close()
    migrate(migrated)
    assert shape(migrated) == shape(made)
    for name, value in (("user_version", NEWEST), ("page_size", PAGE_BYTES), ("journal_mode", "wal")):
        assert pragma(made, name) == pragma(migrated, name) == value


def test_create_works_on_both_libraries(bench: Bench) -> None:
    """An empty file of either library has the newest tables afterwards."""
    connection = bench.connection()
    assert schema_version(connection) == 0
    create(connection)
    assert schema_version(connection) == NEWEST


def test_migrating_twice_changes_nothing(plain: Bench) -> None:
    """A file with entries that is up to date keeps them all."""
    migrate(plain.path)
    journal = plain.journal()
    journal.commit([custody()])
    plain.close()
    before = plain.ask("SELECT * FROM entry")
    migrate(plain.path)
    assert plain.ask("SELECT * FROM entry") == before


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """A step is all or nothing: where a table is in the way, none of the others is left behind."""
    path = tmp_path / "journal.db"
    connection = by_sqlite3(path)
    connection.execute("CREATE TABLE parcel (x)")
    connection.close()
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        migrate(path)
    assert [name for name, _ in shape(path) if not name.startswith("sqlite_")] == ["parcel"]
    assert pragma(path, "user_version") == 0


def test_state_tables_are_the_columns_of_the_schema(tmp_path: Path) -> None:
    """The columns named for rows are those of the tables, in order, the key first."""
    path = tmp_path / "journal.db"
    migrate(path)
    connection = by_sqlite3(path)
    for table, columns in TABLES.items():
        rows = connection.execute(f"SELECT name, pk FROM pragma_table_info('{table}')").fetchall()
        assert tuple(name for name, _ in rows) == columns
        assert rows[0][1] == 1
    connection.close()
