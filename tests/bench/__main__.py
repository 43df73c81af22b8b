"""`make bench`: every measurement, as a table and as JSON. Exit status 1 when a "must" of the design is missed.

    python -m tests.bench [--quick] [PART...]     all parts when none is named; --quick leaves the long ones out

Machines are noisy: every row stands beside its yardstick of the same run, and says how it spread. The load of the
machine is told before and after; a run under load is marked, and what it missed should be run again before it is
believed.
"""

import importlib.metadata
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import backlog, county, county_postgres, decoders, footprint, growth, latency, lookups, pictures, wire
from tests.bench.rows import Row
from tests.broker import find_mosquitto

PARTS: dict[str, Callable[[Path, bool], list[Row]]] = {
    "latency": lambda place, _: latency.measure(place),
    "footprint": lambda place, _: footprint.measure(place),
    "lookups": lambda place, _: lookups.measure(place),
    "growth": lambda place, quick: growth.measure(place, quick=quick),
    "backlog": lambda place, quick: backlog.measure(place, quick=quick),
    "county": lambda place, quick: county.measure(place, quick=quick),
    "postgres": lambda place, quick: county_postgres.measure(place, quick=quick),
    "decoders": lambda place, _: decoders.measure(place),
    "pictures": lambda place, _: pictures.measure(place),
    "wire": lambda place, _: wire.measure(place),
}
PACKAGES = ("paho-mqtt", "msgspec", "cryptography", "sqlalchemy", "zstandard", "pyserial")
BUSY = 1.0
"""Load before the start from which on a run counts as one under load: others use a whole core."""


def main(words: list[str]) -> int:
    """Run the named parts, or all."""
    quick, names = "--quick" in words, [word for word in words if word != "--quick"]
    if unknown := set(names) - PARTS.keys():
        print(f"没有这一项 / no such part: {', '.join(sorted(unknown))}; {', '.join(PARTS)}", file=sys.stderr)
        return 2
    load, begun_s = os.getloadavg()[0], time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="yyt-bench-") as folder:
        for name in names or PARTS:
            place = Path(folder) / name
            place.mkdir()
            rows += PARTS[name](place, quick)
    run = {
        **_machine(),
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "under_load": load >= BUSY,
        "seconds": round(time.monotonic() - begun_s),
        "quick": quick,
    }
    return _tell(run, rows)


def _tell(run: dict[str, object], rows: list[Row]) -> int:
    """Print everything; the exit status."""
    out = Console(stderr=True, width=190)
    _table(out, rows)
    out.print(", ".join(f"{name} {value}" for name, value in run.items()))
    if run["under_load"]:
        out.print(
            f"[bold yellow]机器正忙 / MEASURED UNDER LOAD {run['load_before']}: others used this machine meanwhile"
        )
    missed = [row for row in rows if row.verdict == "MISSED"]
    for row in missed:
        limit = _limit(row.must, row)
        out.print(f"[bold red]未达标 / MUST MISSED: {row.what}: {row.value:,.2f} {row.unit}, must be {limit}")
    verdicts = [asdict(row) | {"verdict": row.verdict} for row in rows]
    print(json.dumps({**run, "rows": verdicts}, ensure_ascii=False))
    return 1 if missed else 0


def _machine() -> dict[str, object]:
    """What it was measured on and with."""
    said = subprocess.run([find_mosquitto(), "-h"], capture_output=True, text=True, check=False).stdout
    model = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith(("model name", "Model"))
    ]
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {platform.platform()}",
        "processor": model[0].partition(":")[2].strip() if model else "unknown",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "mosquitto": said.partition("\n")[0].removeprefix("mosquitto version "),
        **{name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _table(out: Console, rows: list[Row]) -> None:
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
            style="bold red" if row.verdict == "MISSED" else "",
        )
    out.print(table)


def _limit(limit: float | None, row: Row) -> str:
    return "" if limit is None else f"{'≤' if row.lower_is_better else '≥'} {limit:g}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
