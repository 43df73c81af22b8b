"""Sets up a station and a county in a folder and starts their real processes, as a technician would with commands.

    station run ── journal.db ── station sync ── link ── broker ── county serve ── county.db

The link stands between `station sync` and the broker so that it can be cut. Called by the demo.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sim_hardware.errors import SimulationError
from sim_hardware.link import Link
from sim_hardware.table import Table

STATION = "500237-001"
PROFILE = """version = "demo"

[[profile]]
id = "plum_demo"
zh = "脆李(演示)"
en = "crisp plum, in the times of a demo"
low_mc = 0
high_mc = 5000
pull_down_min = 0
recover_min = 1
products = ["crisp_plum"]
not_with = []
source = "plum_express with minutes that fit into a demo"
confidence = "own"
limits = [{ name = "warm", level = "alarm", side = "warm", at_mc = 10001, minutes = 0, mode = "continuous" }]
"""
BOX_AND_LINE = """
[[box]]
name = "1"
profile = "plum_demo"
thermometer = "box"

[[line]]
id = "L1"
name = "巫山—龙雾村"
kind = "bus"
vehicle = "渝F10001"
max_load_kg = 200
"""
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs: the twins on the table, the link, and the processes by name; badges the county made."""

    directory: Path
    table: Table
    link: Link
    processes: dict[str, subprocess.Popen[bytes]]
    badges: dict[str, str] = field(default_factory=dict)

    @property
    def journal(self) -> Path:
        """The station's journal."""
        return self.directory / "station" / "journal.db"

    @property
    def confirmations(self) -> Path:
        """What the station knows the county confirmed."""
        return self.directory / "station" / "link.db"

    @property
    def county(self) -> Path:
        """The county's database."""
        return self.directory / "county" / "county.db"

    @property
    def config(self) -> Path:
        """The station's configuration."""
        return self.directory / "station.toml"

    @property
    def county_config(self) -> Path:
        """The county's configuration."""
        return self.directory / "county" / "county.toml"

    def check_alive(self) -> None:
        """Raise SimulationError when a process ended that should not have."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = (self.directory / f"{name}.log").read_text(errors="replace")[-2000:]
                raise SimulationError(
                    f"{name} 意外退出 · ended with {process.returncode}:\n{log}", hint="见上文 · see above"
                )

    def kill(self, name: str) -> None:
        """Kill one process at once, as a power cut would."""
        self.processes[name].kill()
        self.processes[name].wait()

    def start(self, name: str) -> None:
        """Start one process (again)."""
        self.processes[name] = _start(name, self)


@contextlib.contextmanager
def stage(
    directory: Path, *, table: Table, block_s: float, box_every_s: float, cold_box: bool = False
) -> Iterator[Stage]:
    """Set everything up in `directory`, start it, and stop it again in the end.

    cold_box: the thermometer watches box 1 under a profile whose times fit into a demo, a bus line stops here, and the
    county has made badges for a driver and an attendant.
    """
    port = free_port()
    with Link(("127.0.0.1", port)) as link:
        set_up(
            directory,
            table,
            port=port,
            link_port=link.address[1],
            block_s=block_s,
            box_every_s=box_every_s,
            cold_box=cold_box,
        )
        running = Stage(directory, table, link, {}, badges(directory) if cold_box else {})
        if cold_box:
            (directory / "profiles.toml").write_text(PROFILE, encoding="utf-8")
            with running.config.open("a", encoding="utf-8") as file:
                file.write(BOX_AND_LINE)
        try:
            for name in COMMANDS:
                running.start(name)
            yield running
        finally:
            for process in running.processes.values():
                _end(process)


def set_up(
    directory: Path,
    table: Table,
    *,
    port: int,
    link_port: int,
    block_s: float,
    box_every_s: float,
    cold_box: bool = False,
) -> None:
    """Run the commands that a technician and the county would run, and name the twins in the configuration."""
    county, config = directory / "county", directory / "station.toml"
    county_key = _run("county", "init", str(county), "--port", str(port)).strip()
    enrolment = _run(
        "station", "init", "--config", str(config), "--id", STATION, "--name", "龙雾村", "--county-key", county_key,
        "--data", str(directory / "station"), "--port", str(link_port), "--protocol", "3",
    )  # fmt: skip
    (directory / "enrol.toml").write_text(enrolment, encoding="utf-8")
    _run("county", "--config", str(county / "county.toml"), "station", "add", str(directory / "enrol.toml"))
    stanzas = table.stanzas(box_every_s=box_every_s)
    with config.open("a", encoding="utf-8") as file:
        profiles = f"profiles = {json.dumps(str(directory / 'profiles.toml'))}\n" if cold_box else ""
        file.write(f"\n[boxes]\nblock_s = {block_s}\n{profiles}\n{stanzas}")


def badges(directory: Path) -> dict[str, str]:
    """Texts of badges, by role, as `county badge make` prints them."""
    county = ("--config", str(directory / "county" / "county.toml"), "badge", "make", "--by", "demo")
    return {
        "driver": _run("county", *county, "--role", "driver", "--line", "L1").split()[0],
        "attendant": _run("county", *county, "--role", "attendant", "--station", STATION).split()[0],
    }


COMMANDS: dict[str, tuple[str, ...]] = {
    "county-serve": ("county", "--config", "{county}", "serve"),
    "station-run": ("station", "run", "--config", "{station}"),
    "station-sync": ("station", "sync", "--config", "{station}"),
}


def _start(name: str, running: Stage) -> subprocess.Popen[bytes]:
    """Start one of the real processes, its output in a log beside it; return when it says READY or ended."""
    words = [word.format(county=running.county_config, station=running.config) for word in COMMANDS[name]]
    with (running.directory / f"{name}.log").open("ab") as log:
        return subprocess.Popen([_program(words[0]), *words[1:]], stdout=log, stderr=log, start_new_session=True)


def _run(program: str, *words: str) -> str:
    """Run one command to its end and return what it printed."""
    done = subprocess.run([_program(program), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SimulationError(
            f"{program} {' '.join(words)}: {done.stderr.strip()}", hint="先跑 make demo · run `make demo`"
        )
    return done.stdout


def _program(name: str) -> str:
    """The console command beside this Python."""
    return str(Path(sys.executable).with_name(name))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to stop, and insist after a while."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
