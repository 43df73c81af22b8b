"""What a running process takes, read from the kernel: memory, file handles, threads, the size of a log.

Called by the processes that live days in virtual time (`station_days`, `county_days`) and by the tests that start them.
"""

import gc
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple


class Gauge(NamedTuple):
    """One look.

    hour: of virtual time. memory_kb: its own, programs and libraries on disk apart. log_bytes: of the write-ahead log,
    whose file keeps the size it once reached.
    """

    hour: int
    memory_kb: int
    handles: int
    threads: int
    log_bytes: int
    file_bytes: int


def look(hour: int, database: Path) -> Gauge:
    """Look at this process, with what is garbage swept out before, and at its database."""
    gc.collect()
    status = Path("/proc/self/status").read_text().splitlines()
    memory_kb = int(next(line for line in status if line.startswith("RssAnon:")).split()[1])
    handles = sum(1 for _ in Path("/proc/self/fd").iterdir())
    log = database.with_name(f"{database.name}-wal")
    log_bytes = log.stat().st_size if log.exists() else 0
    return Gauge(hour, memory_kb, handles, threading.active_count(), log_bytes, database.stat().st_size)


def tell(gauges: list[Gauge], **counted: object) -> None:
    """Print what was seen and counted, for `told`."""
    print(json.dumps({"gauges": gauges, **counted}))


def told(module: str, *words: object) -> tuple[list[Gauge], dict[str, Any]]:
    """Run a module as a process of its own and return what it told; its errors are shown as they come."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return [Gauge(*each) for each in found.pop("gauges")], found


def growth_percent(gauges: list[Gauge], first: int, last: int) -> float:
    """By how much the peak of the memory in the day up to one hour differs from that in the day up to an earlier one.

    A single hour says little: a snapshot or a rush leaves free pieces behind that go back to the system later.
    """
    return (peak_kb(gauges, last) / peak_kb(gauges, first) - 1) * 100


def peak_kb(gauges: list[Gauge], hour: int) -> int:
    """The most memory seen in the day up to this hour."""
    return max(gauge.memory_kb for gauge in gauges if hour - 24 < gauge.hour <= hour)
