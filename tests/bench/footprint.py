"""What the two processes of a station cost: memory, idle processor, start to ready, and writes to the card.

PSS of /proc/PID/smaps_rollup is the share of memory a process really takes. Idle means: a scale that streams ten frames
a second, a thermometer looked at each minute, nobody scanning.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from sim_hardware.demo.stage import Stage, stage
from sim_hardware.table import Table
from tests.bench.rows import Row, median, spread

IDLE_S = float(os.environ.get("BENCH_IDLE_S", "20"))
STARTS = 5
WINDOWS = 5


def measure(directory: Path) -> list[Row]:
    """Start the station of the demo, use it a little, then watch it rest; then start it again a few times."""
    with (
        Table(directory / "devices", paced=False) as table,
        stage(directory, table=table, block_s=600.0, box_every_s=60.0) as running,
    ):
        assert table.panel.wait_for_line(30) is not None
        _work(table, 50)
        time.sleep(3)
        idle = {name: _idle(running, name) for name in ("station-run", "station-sync")}
        cpu = _idle_percent(running)
        starts = [_restart_s(running, table) for _ in range(STARTS)]
    idle_note = f"{spread(cpu, '.2f')}, {IDLE_S:.0f} s in all, scale at 10 frames/s"
    return [
        Row("memory (PSS), station run", idle["station-run"], "MB", 60, 45),
        Row("memory (PSS), station sync", idle["station-sync"], "MB", 45, 35),
        Row("idle processor, both together", median(cpu), "% of a core", 1, 0.3, idle_note),
        Row("start to ready", median(starts), "s", 1.5, 0.8, spread(starts, ".2f")),
        *_day(directory),
    ]


def _work(table: Table, parcels: int) -> None:
    for number in range(parcels):
        table.gun.scan(f"SF{number:013d}")
        assert table.panel.wait_for_line(5) is not None


def _idle(running: Stage, name: str) -> float:
    """Megabytes of one process."""
    rollup = Path(f"/proc/{running.processes[name].pid}/smaps_rollup").read_text()
    kilobytes = next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]
    return int(kilobytes) / 1024


def _idle_percent(running: Stage) -> list[float]:
    """Per cent of a core that both take, in each of so many windows."""
    pids = [running.processes[name].pid for name in ("station-run", "station-sync")]
    found = []
    for _ in range(WINDOWS):
        before_s, begun_s = sum(map(cpu_s, pids)), time.monotonic()
        time.sleep(IDLE_S / WINDOWS)
        found.append((sum(map(cpu_s, pids)) - before_s) / (time.monotonic() - begun_s) * 100)
    return found


def cpu_s(pid: int) -> float:
    """Processor seconds of all threads, in nanosecond resolution where the kernel counts so."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _restart_s(running: Stage, table: Table) -> float:
    """Seconds from starting `station run` to its first word at the panel."""
    running.processes["station-run"].terminate()
    running.processes["station-run"].wait(10)
    while table.panel.wait_for_line(0) is not None:
        pass
    start_s = time.monotonic()
    running.start("station-run")
    while True:
        line = table.panel.wait_for_line(20)
        assert line is not None
        if line.phrase_id == "station.ready":
            return line.arrived_ns / 1e9 - start_s


def _day(directory: Path) -> list[Row]:
    """Bytes written to the card on a normal day, counted by the kernel for a process that lives it in fast motion."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.day", str(directory / "day")], capture_output=True, text=True, check=True
    )
    written, commits = done.stdout.split()
    note = f"{commits} commits; 150 parcels in and out, 6 bags, a box each minute; checkpoints in"
    return [Row("written to the card on a normal day", int(written) / 1e6, "MB", 50, 10, note)]
