"""`make bench`: every measurement once, as a table and as JSON. Exit status 1 when a "must" of the design is missed.

Machines are noisy: trust ratios and medians, and run it again before believing a change.
"""

import json
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import backlog, decoders, footprint, latency, lookups, pictures, wire
from tests.bench.rows import Row

PARTS: dict[str, Callable[[Path], list[Row]]] = {
    "latency": latency.measure,
    "backlog": backlog.measure,
    "footprint": footprint.measure,
    "lookups": lookups.measure,
    "decoders": decoders.measure,
    "pictures": pictures.measure,
    "wire": wire.measure,
}


def main(names: list[str]) -> int:
    """Run the named parts, or all."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="yyt-bench-") as folder:
        for name in names or PARTS:
            place = Path(folder) / name
            place.mkdir()
            rows += PARTS[name](place)
    machine = {
        "machine": f"{platform.machine()}, {platform.platform()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    _table(rows)
    print(json.dumps({**machine, "rows": [asdict(row) | {"verdict": row.verdict} for row in rows]}, ensure_ascii=False))
    return 1 if any(row.verdict == "MISSED" for row in rows) else 0


def _table(rows: list[Row]) -> None:
    table = Table(title="make bench", show_lines=False)
    for heading in ("what", "measured", "must", "aim", "reached", "note"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.what,
            f"{row.value:,.2f} {row.unit}",
            _limit(row.must, row),
            _limit(row.aim, row),
            row.verdict,
            row.note,
        )
    Console(stderr=True, width=180).print(table)


def _limit(limit: float | None, row: Row) -> str:
    return "" if limit is None else f"{'≤' if row.lower_is_better else '≥'} {limit:g}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
