"""The power goes while a fresh journal's tables are made by the real migrations: the next start makes them.

`migrate` runs through sqlite-utils on the standard library's SQLite, which knows nothing of our disk. So its statements
are listened to once, run on that disk and cut at each of its operations; what survives is put into real files, and
there the real `migrate` has to finish.
"""

import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import apsw
import pytest

from station_agent.journal.schema import NEWEST, migrate, schema_version
from tests.torture.disk import Disk, DiskVFS

DRAWS = int(os.environ.get("MIGRATION_DRAWS", "3"))
"""Survivors drawn per operation; there are about sixty operations."""


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What `migrate` says to SQLite for a new file."""
    heard: list[str] = []
    connect = sqlite3.connect

    def listening(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(heard.append)
        return connection

    with patch.object(sqlite3, "connect", listening):
        migrate(tmp_path_factory.mktemp("heard") / "journal.db")
    return [statement for statement in heard if not statement.startswith("--")]


def _survivors(statements: list[str], folder: Path) -> Iterator[Disk]:
    """A disk for each operation the power can go at, as it is found afterwards; the last one saw no cut."""
    for draw in range(DRAWS):
        cut_in, finished = 0, False
        while not finished:
            cut_in += 1
            disk = Disk(random.Random(1000 * draw + cut_in))
            disk.cut_in = cut_in
            vfs = DiskVFS(disk, folder, draw)
            with suppress(apsw.IOError):
                connection = vfs.connect()
                try:
                    for statement in statements:
                        connection.execute(statement).fetchall()
                finally:
                    connection.close()
            finished = not disk.off
            vfs.close()
            yield disk


def _tables(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        assert schema_version(connection) == NEWEST
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_a_migration_cut_anywhere_is_finished_at_the_next_start(statements: list[str], tmp_path: Path) -> None:
    """Whatever the cut leaves, the next start ends with the newest tables and a sound file."""
    migrate(tmp_path / "whole.db")
    whole = _tables(tmp_path / "whole.db")
    begun, cuts = 0, 0
    for number, disk in enumerate(_survivors(statements, tmp_path)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, file in disk.files.items():
            (folder / Path(name).name).write_bytes(file.now)
        cuts += disk.boot
        begun += any(len(file.now) for file in disk.files.values())
        migrate(folder / "journal.db")
        assert _tables(folder / "journal.db") == whole, f"cut at operation {number}"
    print(f"\n{cuts} cuts, {begun} left something on the disk")
    assert cuts > begun > cuts / 2
