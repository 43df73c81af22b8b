"""What an event costs the county on PostgreSQL, beside SQLite in the same run, and how that grows with what is stored.

Three databases as `county` makes them, with a batch for each by turns: SQLite and PostgreSQL with a hundred thousand
stored, and PostgreSQL with a million. The server is the installed one, as safe as at a county (fsync on, its own
defaults), on loopback; the worker's part of the processor is told apart from the clock, which has the server in it.
Call `measure`; about a minute on a quiet machine.
"""

import sys
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from sync.county.database import open_database, writing
from tests.bench.county import BATCH, CHAINS, INDEX, SMALL, County, SqliteCounty
from tests.bench.rows import Row, median, percentile
from tests.postgres import Postgres, postgres_programs

LARGE = 1_000_000
FILL_S = 20.0
"""Longer is never filled: the row then says how many were reached."""
WARM = 50
BATCHES = 200

_FILL_LOG = text("""
    INSERT INTO log (chain, sequence, hash, header, body, committed_ms)
    SELECT :chain, n, sha256(convert_to(:chain || ':' || n, 'UTF8')), :header, :body,
        CAST(:now_ms AS bigint) - (CAST(:end AS bigint) - 1 - n) / :a_day * 86400000
    FROM generate_series(CAST(:first AS bigint), CAST(:end AS bigint) - 1) AS place (n)""")
_FILL_EVENTS = text("""
    INSERT INTO parcel_event (chain, sequence, hash, waybill, station, recorded_ms, trust, kind, details, forked, boot,
        since_boot_ms, corrected_ms, uncertainty_ms, committed_day)
    SELECT chain, sequence, hash, 'SF' || lpad(CAST(floor(random() * 1e13) AS bigint)::text, 13, '0'), :station,
        committed_ms, 2, 'parcel.received', :details, false, 1, sequence, committed_ms, 1000, committed_ms / 86400000
    FROM log WHERE chain = :chain AND sequence BETWEEN :first AND :last""")
_END = text("UPDATE cursor SET sequence = :last WHERE chain = :chain")
_TIP = text("SELECT hash FROM log WHERE chain = :chain AND sequence = :last")


def measure(directory: Path, *, quick: bool = False) -> list[Row]:
    """Two rows; nothing when `quick`, or where there is no PostgreSQL."""
    if quick:
        return []
    if postgres_programs() is None:
        print("没有 PostgreSQL,这一项跳过 / no PostgreSQL here, left out: apt install postgresql", file=sys.stderr)
        return []
    with Postgres() as server:
        sqlite = SqliteCounty(directory / "beside.db")
        small, large = _PostgresCounty(server), _PostgresCounty(server)
        counties: list[County] = [sqlite, small, large]
        sqlite.fill(SMALL // CHAINS)
        small.fill(SMALL // CHAINS)
        stored = large.fill(LARGE // CHAINS, FILL_S)
        for _ in range(WARM):
            for county in counties:
                county.batch()
        # By turns, so that whatever else the machine does meanwhile meets all alike.
        rounds = [[county.batch() for county in counties] for _ in range(BATCHES)]
        version = server.version()
        for county in counties:
            county.close()
    clock = [[taken[which][0] for taken in rounds] for which in range(3)]
    own = [median([taken[which][1] for taken in rounds]) for which in range(3)]
    on_sqlite, on_small, on_large = (median(taken) for taken in clock)
    note = (
        f"{on_small * 1000 / BATCH:.0f} and {on_sqlite * 1000 / BATCH:.0f} us an event in batches of {BATCH}, by turns,"
        f" fsync in; p99 {percentile(clock[1], 0.99) / percentile(clock[0], 0.99):.2f} x; of it the worker's own"
        f" processor {own[1] * 1000 / BATCH:.0f} and {own[0] * 1000 / BATCH:.0f} us"
    )
    grown = f"{on_large * 1000 / BATCH:.0f} and {on_small * 1000 / BATCH:.0f} us an event, in the same rounds"
    what = f"county on PostgreSQL {version}: cost per event at"
    return [
        Row(f"{what} {SMALL:,} stored, against SQLite", on_small / on_sqlite, "x", note=note),
        Row(f"{what} {stored:,} stored against {SMALL:,}", on_large / on_small, "x", 1.5, 1.2, grown),
    ]


class _PostgresCounty(County):
    """One in a schema of the server's."""

    def __init__(self, server: Postgres) -> None:
        self._address = server.new_address()
        super().__init__(open_database(self._address))

    def begin_filling(self) -> None:
        """Without the index, which is made whole afterwards."""
        with writing(self.engine) as connection:
            connection.execute(text("DROP INDEX parcel_event_day_waybill"))

    def fill_chain(self, of: dict[str, Any]) -> bytes:
        """In one transaction that waits for no disk."""
        with writing(self.engine) as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            for statement in (_FILL_LOG, _FILL_EVENTS, _END):
                connection.execute(statement, of)
            return bytes(connection.execute(_TIP, of).scalar_one())

    def end_filling(self) -> None:
        """Index, what its own housekeeping would do within a minute, and everything on disk."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(INDEX.encode())
            connection.execute("VACUUM (ANALYZE) log, parcel_event")
            connection.execute("CHECKPOINT")
