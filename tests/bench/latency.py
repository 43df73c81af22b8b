"""Last byte of a scan on the wire -> light at the panel, event on disk; a bare one-row SQLite commit between every two.

The agent is the real process on virtual wires; the panel outside it takes the time. The yardstick is what any program
pays that commits one row durably (WAL, synchronous=FULL) on this very disk, in this very minute.
"""

import sqlite3
import time
from pathlib import Path

from sim_hardware.demo.stage import stage
from sim_hardware.table import Table
from tests.bench.rows import Row, median, percentile

SCANS = 1000


def measure(directory: Path) -> list[Row]:
    """Return median and 99th percentile as ratios, and the plain times."""
    yardstick = _Yardstick(directory / "yardstick.db")
    ours: list[float] = []
    bare: list[float] = []
    with (
        Table(directory / "devices", paced=False) as table,
        stage(directory, table=table, block_s=600.0, box_every_s=60.0),
    ):
        table.scale.freeze()
        assert table.panel.wait_for_line(30) is not None
        for number in range(SCANS + 50):
            elapsed_ms = _one_scan(table, f"SF{number:013d}")
            bare_ms = yardstick.commit_ms()
            if number >= 50:
                ours.append(elapsed_ms)
                bare.append(bare_ms)
            time.sleep(0.005)  # a person is slower than a disk; the sync process gets its turn as in life
    note = f"{median(ours):.2f} ms against {median(bare):.2f} ms"
    tail = f"{percentile(ours, 0.99):.2f} ms against {percentile(bare, 0.99):.2f} ms"
    return [
        Row("scan -> feedback, median, against a bare commit", median(ours) / median(bare), "x", 3, 2, note),
        Row("scan -> feedback, p99, against its p99", percentile(ours, 0.99) / percentile(bare, 0.99), "x", 3, 2, tail),
    ]


def _one_scan(table: Table, waybill: str) -> float:
    """Milliseconds from the last byte on the wire to the line at the panel."""
    table.gun.scan(waybill)
    while True:
        line = table.panel.wait_for_line(5)
        assert line is not None, "no answer"
        if line.phrase_id == "parcel.received":
            break
    sent_ns = table.gun.wire.last_byte_ns
    assert sent_ns is not None
    return (line.arrived_ns - sent_ns) / 1e6


class _Yardstick:
    """One row, one durable commit."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA wal_autocheckpoint=0")
        self._db.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, what TEXT)")

    def commit_ms(self) -> float:
        start_ns = time.perf_counter_ns()
        self._db.execute("INSERT INTO row (what) VALUES ('SF1234567890123 3-2-1008')")
        return (time.perf_counter_ns() - start_ns) / 1e6
