"""Last byte of a scan on the wire -> light at the panel, event on disk; a bare one-row SQLite commit between every two.

Both come after the same rest: a person is slower than a disk, and what rested is slower than what just ran (by a fifth
for the bare commit, by more for a program as large as a station).

The agent is the real process on virtual wires; the panel outside it takes the time. The yardstick is what any program
pays that commits one row durably (WAL, synchronous=FULL) on this very disk, in this very minute.
"""

import sqlite3
import time
from pathlib import Path

from sim_hardware.demo.stage import stage
from sim_hardware.table import Table
from tests.bench.footprint import cpu_s
from tests.bench.rows import Row, median, percentile, spread

ROUNDS = 5
SCANS = 500
"""In a round; its 99th percentile is the fifth worst."""
REST_S = 0.005
"""Before every scan and before every bare commit; the sync process gets its turn as in life."""
WARM_UP = 50


def measure(directory: Path) -> list[Row]:
    """Return median and 99th percentile as ratios, and the plain times."""
    yardstick = _Yardstick(directory / "yardstick.db")
    with (
        Table(directory / "devices", paced=False) as table,
        stage(directory, table=table, block_s=600.0, box_every_s=60.0) as running,
    ):
        table.scale.freeze()
        assert table.panel.wait_for_line(30) is not None
        for number in range(WARM_UP):
            _one_scan(table, f"YT{number:013d}")
            yardstick.commit_ms()
        spent_s = cpu_s(running.processes["station-run"].pid)
        rounds = [_round(table, yardstick, number * SCANS) for number in range(ROUNDS)]
        spent_s = cpu_s(running.processes["station-run"].pid) - spent_s
    note = f"processor {spent_s * 1e6 / (ROUNDS * SCANS):.0f} us a scan"
    return [_row("median", 0.5, rounds, note), _row("p99", 0.99, rounds, "")]


def _round(table: Table, yardstick: "_Yardstick", first: int) -> tuple[list[float], list[float]]:
    """Milliseconds of scans and, between every two of them, of bare commits."""
    ours, bare = [], []
    for number in range(first, first + SCANS):
        time.sleep(REST_S)
        ours.append(_one_scan(table, f"SF{number:013d}"))
        time.sleep(REST_S)
        bare.append(yardstick.commit_ms())
    return ours, bare


def _row(name: str, share: float, rounds: list[tuple[list[float], list[float]]], note: str) -> Row:
    """The middle of the rounds' ratios."""
    pairs = [(percentile(ours, share), percentile(bare, share)) for ours, bare in rounds]
    ratios = [ours_ms / bare_ms for ours_ms, bare_ms in pairs]
    times = f"{median([ours for ours, _ in pairs]):.2f} ms against {median([bare for _, bare in pairs]):.2f} ms"
    said = ", ".join(part for part in (times, spread(ratios, ".2f"), note) if part)
    return Row(f"scan -> feedback, {name}, against a bare commit's", median(ratios), "x", 3, 2, said)


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
