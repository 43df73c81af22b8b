"""What an event costs the county with ten million stored, against a hundred thousand.

The tables are filled with fabricated rows that look like real ones (a real header and body, hashes by chance, chains of
600 stations' lanes that end where new entries go on), since ten million real events would take an hour to chain. Then
real batches come: tip, known hashes, commit with fsync, projection into the tables, as ingest does it for a message;
the hash of each is real. Measured is the time of a batch on the clock, disk and cache misses in; then how long it
takes to trace a parcel. Waybills are drawn from all there are, in no order, as parcels from everywhere come to a
village: the hardest case for an index. What is stored came over days, a day's work on each. Call `measure`.
`county_postgres` does the same on PostgreSQL.
"""

import os
import random
import sqlite3
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from sync.county.database import create_tables, open_database, reading, sqlite_url
from sync.county.project import project_once
from sync.county.register import add_station
from sync.county.store import CountyLog
from sync.county.trace import read_parcel
from sync.entry import FORMAT, ChainId, Entry, Header, Lane, Trust, encode_body, entry_hash
from sync.wire import Run
from tests.bench.rows import Row, median

SMALL = 100_000
LARGE = int(os.environ.get("BENCH_COUNTY", "10000000"))
CHAINS = 600
BATCHES = 400
WARM = 200
"""Batches that do not count: the caches fill, and the tree the filling packed gets its air."""
TRACES = 50
BATCH = 50
"""Entries in a message: what a station has gathered in a busy hour."""
FILL_S = 150.0
"""Longer is never filled: the row then says how many were reached."""
NOW_MS = 1_760_000_000_000
A_DAY = 225
"""Entries of a chain in a day: 450 at each of 300 stations (150 parcels, three scans) over 600 chains; ten million
take 74 days."""
DETAILS = '{"code":"3-2-1008","carrier":"sf","batch":7}'

_FILL_LOG = """
    WITH RECURSIVE place (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM place WHERE n + 1 < :end)
    INSERT INTO log (chain, sequence, hash, header, body, committed_ms)
    SELECT :chain, n, randomblob(32), :header, :body, :now_ms - (:end - 1 - n) / :a_day * 86400000 FROM place"""
_FILL_EVENTS = """
    INSERT INTO parcel_event (chain, sequence, hash, waybill, station, recorded_ms, trust, kind, details, forked, boot,
        since_boot_ms, corrected_ms, uncertainty_ms, committed_day)
    SELECT chain, sequence, hash, printf('SF%013d', abs(random() % 10000000000000)), :station, committed_ms, 2,
        'parcel.received', :details, 0, 1, sequence, committed_ms, 1000, committed_ms / 86400000
    FROM log WHERE chain = :chain AND sequence BETWEEN :first AND :end - 1"""
_SOME = text("SELECT waybill FROM parcel_event WHERE chain = :chain LIMIT 1")
_END = "UPDATE cursor SET sequence = :last WHERE chain = :chain"
_TIP = "SELECT hash FROM log WHERE chain = :chain AND sequence = :last"
INDEX = "CREATE INDEX parcel_event_day_waybill ON parcel_event (committed_day, waybill)"


def measure(directory: Path, *, quick: bool = False) -> list[Row]:
    """Two rows; nothing when `quick`."""
    if quick:
        return []
    small, large = SqliteCounty(directory / "small.db"), SqliteCounty(directory / "large.db")
    small.fill(SMALL // CHAINS)
    stored = large.fill(LARGE // CHAINS)
    for _ in range(WARM):
        small.batch()
        large.batch()
    # By turns, so that whatever else the machine does meanwhile meets both alike.
    pairs = [(small.batch(), large.batch()) for _ in range(BATCHES)]
    small_ms, large_ms = (median([pair[which][0] for pair in pairs]) for which in (0, 1))
    small_cpu_ms, large_cpu_ms = (median([pair[which][1] for pair in pairs]) for which in (0, 1))
    traced_ms, days = large.trace()
    small.close()
    large.close()
    note = (
        f"{small_ms * 1000 / BATCH:.0f} and {large_ms * 1000 / BATCH:.0f} us an event in batches of {BATCH}, by turns,"
        f" fsync in; processor alone {large_cpu_ms / small_cpu_ms:.2f} x; {large.path.stat().st_size / 1e9:.1f} GB"
    )
    traced = f"county: one parcel traced among {stored:,} events"
    return [
        Row(f"county: cost per event at {stored:,} stored against {SMALL:,}", large_ms / small_ms, "x", 1.5, 1.2, note),
        Row(traced, traced_ms, "ms", 50, 10, f"the middle one of {TRACES}; {days} days with events"),
    ]


class County(ABC):
    """A database with chains that can be filled and gone on with."""

    def __init__(self, engine: Engine) -> None:
        """Register the stations and begin every chain with one real entry."""
        self.engine, self._draw = engine, random.Random(1)
        create_tables(engine)
        self._log = CountyLog(engine, clock_ms=lambda: NOW_MS)
        self._heads: list[tuple[str, ChainId, int, bytes]] = []
        for number in range(CHAINS):
            station, chain = f"500237-{number:03d}", ChainId(self._draw.randbytes(8), Lane.CUSTODY)
            add_station(engine, station, station, self._draw.randbytes(32), now_ms=NOW_MS)
            self._heads.append((station, chain, -1, bytes(32)))
            self._take(number, 1)
        project_once(engine)

    def fill(self, places: int, most_s: float = FILL_S) -> int:
        """Bring every chain to so many places, or stop when it takes longer than `most_s`; how many are stored.

        A_DAY on each day up to today, so that the day on which `batch` goes on is a whole one.
        """
        until_s = time.monotonic() + most_s
        self.begin_filling()
        for number, (station, chain, last, _) in enumerate(self._heads):
            if last + 1 < places and time.monotonic() < until_s:
                entry = self._entries(station, chain, last + 1, bytes(32), 1)[0]
                of = {"chain": number + 1, "first": last + 1, "end": places, "last": places - 1, "station": station}
                of |= {"now_ms": NOW_MS, "a_day": A_DAY, "header": entry.header, "body": entry.body}
                self._heads[number] = (station, chain, places - 1, self.fill_chain({**of, "details": DETAILS}))
        self.end_filling()
        return sum(last + 1 for _, _, last, _ in self._heads)

    @abstractmethod
    def begin_filling(self) -> None:
        """Make ready for many rows."""

    @abstractmethod
    def fill_chain(self, of: dict[str, Any]) -> bytes:
        """Fabricate places of one chain; the hash at its end."""

    @abstractmethod
    def end_filling(self) -> None:
        """Bring everything to where it is in daily use, or the first batches wait for what nobody waited for."""

    def batch(self) -> tuple[float, float]:
        """A real batch for a chain by chance; its milliseconds on the clock and of the processor."""
        number = self._draw.randrange(CHAINS)
        begun_ns, cpu_ns = time.perf_counter_ns(), time.thread_time_ns()
        self._take(number, BATCH)
        assert project_once(self.engine).events == BATCH
        return (time.perf_counter_ns() - begun_ns) / 1e6, (time.thread_time_ns() - cpu_ns) / 1e6

    def trace(self) -> tuple[float, int]:
        """Milliseconds of reading one parcel's events, the middle one, and the days that had to be asked."""
        took_ms = []
        with reading(self.engine) as connection:
            (days,) = connection.execute(text("SELECT count(DISTINCT committed_day) FROM parcel_event")).one()
            places = [{"chain": self._draw.randrange(1, CHAINS + 1)} for _ in range(TRACES)]
            waybills = [connection.execute(_SOME, place).scalar_one() for place in places]
        for waybill in waybills:
            begun_ns = time.perf_counter_ns()
            assert read_parcel(self.engine, waybill)
            took_ms.append((time.perf_counter_ns() - begun_ns) / 1e6)
        return median(took_ms), days

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _take(self, number: int, count: int) -> None:
        """One message's worth, as the receiver takes it."""
        station, chain, last, head = self._heads[number]
        entries = self._entries(station, chain, last + 1, head, count)
        tip = self._log.tip(station, chain)
        assert (tip.hash if tip is not None else bytes(32)) == head
        assert not self._log.hashes(station, chain, last + 1, last + count)
        self._log.commit(Run(station, chain, bytes(8), last + 1, head, entries), entries, last + 1, bytes(64))
        self._heads[number] = (station, chain, last + count, entries[-1].hash)

    def _entries(self, station: str, chain: ChainId, first: int, head: bytes, count: int) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        for sequence in range(first, first + count):
            waybill = f"SF{self._draw.randrange(10**13):013d}"
            body = encode_body({"waybill": waybill, "code": "3-2-1008", "carrier": "sf", "batch": 7})
            header = Header(
                FORMAT, station, chain.epoch, chain.lane, sequence, 1, sequence * 1000, NOW_MS + sequence * 1000,
                Trust.SYNCHRONISED, "parcel.received", bytes(8), None,
            ).encode()  # fmt: skip
            head = entry_hash(head, header, body, None)
            entries.append(Entry(header, body, None, head))
        return tuple(entries)


class SqliteCounty(County):
    """One in a file."""

    def __init__(self, path: Path) -> None:
        """path: of the file, which is made."""
        self.path = path
        super().__init__(open_database(sqlite_url(path), checkpoints=True))

    def begin_filling(self) -> None:
        """A connection beside the engine's, which is in no hurry to have anything on disk."""
        self._filler = sqlite3.connect(self.path, isolation_level=None)
        self._filler.execute("PRAGMA synchronous = OFF")
        self._filler.execute("PRAGMA cache_size = -65536")
        self._filler.execute("DROP INDEX parcel_event_day_waybill")  # made whole afterwards: ten times as quick

    def fill_chain(self, of: dict[str, Any]) -> bytes:
        """In one transaction."""
        self._filler.execute("BEGIN")
        for statement in (_FILL_LOG, _FILL_EVENTS, _END):
            self._filler.execute(statement, of)
        self._filler.execute("COMMIT")
        return bytes(self._filler.execute(_TIP, of).fetchone()[0])

    def end_filling(self) -> None:
        """Index, and everything on disk."""
        self._filler.execute(INDEX)
        self._filler.close()
        os.sync()
