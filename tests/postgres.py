"""A real PostgreSQL on a free loopback port, for tests marked `postgres`. Stopped by what started it, whatever happens.

PostgreSQL refuses to run as root, so that a root's tests run it as the user its package made, in a folder of its own.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.broker import free_port

ACCOUNT = "postgres"
START_S = 20.0
STOP_S = 20.0
FAST = ("fsync=off", "full_page_writes=off")
"""For tests that do not end it: whatever it says is committed is so, without waiting for the disk."""


def postgres_programs() -> Path | None:
    """The folder of its programs, None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    if found:
        return found[-1].parent
    return None if elsewhere is None else Path(elsewhere).resolve().parent


def find_postgres() -> Path:
    """The folder of its programs; without it the test is skipped: `make chaos` brings it, `make test` does without."""
    found = postgres_programs()
    if found is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql, or make chaos")
    return found


class Postgres:
    """One server; a context manager. `kill`, `stop` and `start` may be called in between, address and data stay."""

    def __init__(self, *settings: str) -> None:
        """settings: "name=value" for the server; without any it is as safe as at a county."""
        self.port = 0
        self._programs, self._settings = find_postgres(), settings
        self._account = ACCOUNT if os.getuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._places = 0
        self._stack = ExitStack()

    def __enter__(self) -> "Postgres":
        # Not pytest's folder, which the other user may not enter.
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="postgres-", dir="/tmp")))
        if self._account is not None:
            account = pwd.getpwnam(self._account)
            os.chown(folder, account.pw_uid, account.pw_gid)
        self._data = folder / "data"
        self._stack.callback(self._end, "-INT")
        words = ["-D", str(self._data), "-U", "county", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run([self._programs / "initdb", *words], user=self._account, check=True, capture_output=True)
        self.port = free_port()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self) -> None:
        """Start on the same port, and wait until it answers."""
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *self._settings]
        words = [word for setting in settings for word in ("-c", setting)]
        with (self._data.parent / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", str(self._data), *words],
                user=self._account,
                stdout=log,
                stderr=log,
            )
        until_s = time.monotonic() + START_S
        while time.monotonic() < until_s and self._process.poll() is None:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self._data.parent / "log").read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """Restart's first half: sessions are ended, nothing is lost."""
        self._end("-INT")

    def kill(self) -> None:
        """End it as its own crash does: every session dies, the log is replayed at the next start."""
        self._end("-QUIT")

    def version(self) -> str:
        """As the server says it, "15.18"."""
        with psycopg.connect(self.url("postgres")) as connection:
            return str(connection.info.parameter_status("server_version")).partition(" ")[0]

    def url(self, database: str) -> str:
        """Where a database of it is found."""
        return f"postgresql://county@127.0.0.1:{self.port}/{database}"

    def new_address(self) -> str:
        """The address of an empty place for tables: a schema, which costs nothing, where a database costs 7 MB."""
        self._places += 1
        name = f"county{self._places}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.url('postgres')}?options=-csearch_path%3D{name}"

    def _end(self, how: str) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # By the program of the same user: a root's signal would do as well, another user's would not.
        subprocess.run(["kill", how, str(process.pid)], check=False)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
