"""The county's house as real processes: ingest workers on one `$share` group, a projector, PostgreSQL, Mosquitto.

    stations ── link "village" ── Mosquitto ── link "worker" ── county ingest x n ── link "database" ── PostgreSQL
                                                                county project ──────────────┘

Each of the three links is a proxy that can cut, delay, halve and hold half-open. Called by the tests of this folder.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from sim_hardware.link import Link
from sync.broker import BrokerSettings
from sync.county.database import open_database
from sync.county.register import add_station
from sync.keys import SigningKey
from tests.broker import Mosquitto
from tests.postgres import Postgres

READY_S = 60.0
STOP_S = 20.0
KEEPALIVE_S = 5
"""The least a county may set, so that a broker finds a hung worker out within the time of a test."""
PROJECTOR = "project"


@dataclass(eq=False)
class House:
    """What runs, by name. `directory` holds county.toml and the processes' logs."""

    directory: Path
    postgres: Postgres
    mosquitto: Mosquitto
    database: str
    key: SigningKey
    engine: Engine
    village: Link
    worker: Link
    wire: Link
    workers: list[str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    died: list[str] = field(default_factory=list)
    """Who ended without being told to."""

    @property
    def names(self) -> list[str]:
        """All processes of ours."""
        return [*self.workers, PROJECTOR]

    def start(self, *names: str) -> None:
        """Start these, without waiting for them."""
        for name in names:
            command = "project" if name == PROJECTOR else "ingest"
            with (self.directory / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "sync.county", "--config", str(self.directory / "county.toml"), command],
                    stdout=log,
                    stderr=log,
                )

    def wait_until_ready(self, *names: str) -> None:
        """Until each has said so since it was started last."""
        until_s = time.monotonic() + READY_S
        for name in names:
            starts = self.starts(name)
            while self.log(name).count("READY\n") < starts:
                assert self.processes[name].poll() is None, f"{name} ended:\n{self.log(name)[-2000:]}"
                assert time.monotonic() < until_s, f"{name} is not ready:\n{self.log(name)[-2000:]}"
                time.sleep(0.05)

    def starts(self, name: str) -> int:
        """How often READY must stand in its log: starts that were given the time to say it are counted by `kill`."""
        return self._readied.get(name, 0) + 1

    def kill(self, *names: str) -> None:
        """`kill -9`; notes who was gone before."""
        for name in names:
            process = self.processes.pop(name)
            if process.poll() is not None:
                self.died.append(f"{name}: exit {process.returncode}\n{self.log(name)[-2000:]}")
            process.kill()
            process.wait(STOP_S)
            self._readied[name] = self.log(name).count("READY\n")

    def pause(self, name: str) -> None:
        """SIGSTOP: it hangs, with every connection open."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT."""
        self.processes[name].send_signal(signal.SIGCONT)

    def log(self, name: str) -> str:
        """What it wrote."""
        path = self.directory / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def mend(self) -> None:
        """All links whole and without delay."""
        for link in (self.village, self.worker, self.wire):
            link.delay(0.0)
            link.mend()

    def register(self, station: str, public: bytes) -> None:
        """Put a station on the county's register."""
        add_station(self.engine, station, station, public, now_ms=1)

    def end(self) -> None:
        """Stop what runs, as systemd does; notes who was gone before."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                self.died.append(f"{name}: exit {process.returncode}\n{self.log(name)[-2000:]}")
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    _readied: dict[str, int] = field(default_factory=dict)


@contextmanager
def opened_house(
    directory: Path, *, workers: int = 2, mosquitto: Mosquitto | None = None, broker: BrokerSettings | None = None
) -> Iterator[House]:
    """A county that runs, with nobody registered; everything is stopped in the end.

    mosquitto, broker: one that was started already and how workers reach it; else a plain one behind the links.
    """
    directory.mkdir()
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        if mosquitto is None:
            mosquitto = stack.enter_context(Mosquitto(directory))
        wire = stack.enter_context(Link(("127.0.0.1", postgres.port)))
        worker = stack.enter_context(Link(("127.0.0.1", mosquitto.port)))
        village = stack.enter_context(Link(("127.0.0.1", mosquitto.port)))
        place = postgres.new_address()
        behind = place.replace(f":{postgres.port}/", f":{wire.address[1]}/")
        settings = broker or BrokerSettings(port=worker.address[1], keepalive_s=KEEPALIVE_S)
        public = _county("init", str(directory / "made"), "--database", place).strip()
        directory = directory / "made"
        (directory / "county.toml").write_text(_config(behind, settings), encoding="utf-8")
        engine = open_database(place)
        stack.callback(engine.dispose)
        key = SigningKey.load(directory / "county.key")
        assert key.public.hex() == public
        names = [f"ingest-{number}" for number in range(workers)]
        house = House(directory, postgres, mosquitto, place, key, engine, village, worker, wire, names)
        stack.callback(house.end)
        house.start(*house.names)
        house.wait_until_ready(*house.names)
        yield house


def _config(database: str, broker: BrokerSettings) -> str:
    lines = [f'database = "{database}"', "shared = true", "[broker]"]
    given = ((name, getattr(broker, name)) for name in broker.__struct_fields__)
    lines += [f"{name} = {value!r}" for name, value in given if value is not None]
    return "\n".join(lines) + "\n"


def _county(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sync.county", *words], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def memory_kb(pid: int) -> int:
    """A process's share of memory (PSS); 0 for one that is gone."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
