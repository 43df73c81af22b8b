"""thingsboard-gateway 3.8.5 from PyPI with the same events: the yardstick of a backlog.

It gets a virtual environment of its own (`.venv-gateway`, built here when missing), SQLite storage, a connector of ours
(`gateway_connector`) and a broker whose responder answers `getSessionLimits`, without which it waits for ever. The time
is taken at the broker from the first event to the last, with every byte of both directions. There it stops: nobody has
committed anything yet, while ours is timed to the county's commit. Its settings are those it ships with, made kinder:
no rate limits, no statistics, no remote configuration, no pause between packs, the largest packs a ThingsBoard server
takes, a quiet log. Without a pause between packs it looks for work all the time, a whole core while there is none: so
it is stopped (SIGSTOP) while others are measured, as they are not running while it is.

    flow     the link is up: connector -> its SQLite -> broker, all at once; how the design's figure was found
    drain    what was stored while the link was cut: its SQLite -> broker
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sim_hardware.link import Link
from sync.entry import decode_body, decode_header
from tests.bench.listener import Listener
from tests.broker import Mosquitto

VERSION = "3.8.5"
ROOT = Path(__file__).parents[2]
HOME = ROOT / ".venv-gateway"
CONNECTOR = Path(__file__).with_name("gateway_connector.py")
BUILD_S = 240.0
START_S = 60.0
FILL_S = 60.0
NOTICED_S = 1.0
"""It takes a moment to notice that its link is gone."""
DRAIN_S = 60.0
LIMITS = {"maxPayloadSize": 65536, "maxInflightMessages": 100, "rateLimits": {}, "gatewayRateLimits": {}}
UNLIMITED = {
    "rateLimits": "0:0,",
    "dpRateLimits": "0:0,",
    "messagesRateLimits": "0:0,",
    "deviceMessagesRateLimits": "0:0,",
    "deviceRateLimits": "0:0,",
    "deviceDpRateLimits": "0:0,",
}


class NoGateway(Exception):
    """It cannot be had here; the message says why, in a line."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One round: events a second up to the broker, bytes an event in both directions, processor ms per 1,000 events."""

    events_s: float
    event_bytes: float
    cpu_ms: float = 0.0


@dataclass(slots=True)
class Gateway:
    """A running one; a context manager."""

    folder: Path
    events: list[dict[str, object]]
    _broker: Mosquitto = field(init=False)
    _link: Link = field(init=False)
    _listener: Listener = field(init=False)
    _process: subprocess.Popen[bytes] = field(init=False)
    _round: int = 0

    def __enter__(self) -> "Gateway":
        """Build it when missing and start it; raises NoGateway."""
        _build()
        self.folder.mkdir(parents=True)
        lines = "\n".join(json.dumps(event) for event in self.events)
        (self.folder / "events.jsonl").write_text(lines, encoding="utf-8")
        self._broker = Mosquitto(self.folder, more="set_tcp_nodelay true\nmax_queued_messages 0").__enter__()
        self._listener = Listener(self._broker.port, LIMITS)
        self._link = Link(("127.0.0.1", self._broker.port)).__enter__()
        _configure(self.folder, self._link.address[1])
        with (self.folder / "gateway.log").open("wb") as log:
            self._process = subprocess.Popen(
                [HOME / "bin" / "thingsboard-gateway"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={"TB_GW_CONFIG_DIR": f"{self.folder}/", "PATH": "/usr/bin:/bin"},
            )
        try:
            self._await((self.folder / "connected").exists, START_S, "does not start")
            self._await(lambda: self._listener.heard > 0, START_S, "does not send its first event")
        except BaseException:
            self.__exit__()
            raise
        self._process.send_signal(signal.SIGSTOP)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self._process.terminate()
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._link.__exit__()
        self._listener.close()
        self._broker.__exit__()

    def flow(self) -> Rate:
        """One round with the link up; raises NoGateway where it does not bring everything in time."""
        with self._awake():
            return self._timed(self._go)

    def drain(self) -> Rate:
        """One round with a backlog; raises NoGateway as `flow`."""
        with self._awake():
            self._link.cut()
            time.sleep(NOTICED_S)
            self._go()
            self._await(lambda: self._stored() >= len(self.events), FILL_S, "does not store the events")
            return self._timed(self._link.mend)

    @contextmanager
    def _awake(self) -> Iterator[None]:
        """It runs in its own rounds alone."""
        self._process.send_signal(signal.SIGCONT)
        time.sleep(NOTICED_S)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGSTOP)

    def _go(self) -> None:
        (self.folder / f"go-{self._round}").touch()
        self._round += 1

    def _timed(self, begin: Callable[[], object]) -> Rate:
        """Begin, and wait until all events are at the broker."""
        count = len(self.events)
        before, before_ms, wanted = self._link.total, cpu_ms(self._process), self._listener.mark() + count
        begin()
        self._await(lambda: self._listener.heard >= wanted, DRAIN_S, "does not send the events")
        after = self._link.total
        sent = after.up_sent + after.down_sent - before.up_sent - before.down_sent
        spent_ms = (cpu_ms(self._process) - before_ms) * 1000 / count
        return Rate(count / self._listener.took_s(), sent / count, spent_ms)

    def _stored(self) -> int:
        """Events in its storage, 0 while it cannot be read."""
        files = list((self.folder / "data").glob("*.db"))
        try:
            counts = []
            for file in files:
                database = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=1)
                counts.append(int(database.execute("SELECT count(*) FROM messages").fetchone()[0]))
                database.close()
            return sum(counts)
        except sqlite3.Error:
            return 0

    def _await(self, condition: Callable[[], bool], timeout_s: float, why: str) -> None:
        until_s = time.monotonic() + timeout_s
        while not condition():
            if self._process.poll() is not None or time.monotonic() > until_s:
                tail = (self.folder / "gateway.log").read_text(errors="replace")[-500:]
                raise NoGateway(f"thingsboard-gateway {why} (see {self.folder}/logs): {tail}")
            time.sleep(0.05)


def cpu_ms(process: subprocess.Popen[bytes]) -> float:
    """Processor time a process used so far, without that of its children."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def events_of(journal: Path, limit: int) -> list[dict[str, object]]:
    """The entries of a journal as such a gateway would be told of them: kind and fields, values as text or numbers."""
    database = sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True)
    rows = database.execute("SELECT header, body FROM entry ORDER BY chain, sequence LIMIT ?", (limit,)).fetchall()
    database.close()
    return [{"kind": decode_header(bytes(header)).kind, **_plain(decode_body(bytes(body)))} for header, body in rows]


def _plain(body: dict[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, (int, float, str)) else str(value) for name, value in body.items()}


def _build() -> None:
    """Make its virtual environment from PyPI, once; raises NoGateway."""
    done = HOME / f".{VERSION}"
    if not done.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", HOME], check=True, capture_output=True, timeout=BUILD_S)
            subprocess.run(
                [HOME / "bin" / "pip", "install", "--quiet", f"thingsboard-gateway=={VERSION}"],
                check=True, capture_output=True, timeout=BUILD_S,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError) as error:
            output = getattr(error, "stderr", None) or b""
            raise NoGateway(
                f"not to be had from PyPI: {output.decode(errors='replace').strip()[-200:] or error}"
            ) from error
        done.touch()
    package = next(HOME.glob("lib/python3*/site-packages/thingsboard_gateway"))
    (package / "extensions" / "station").mkdir(exist_ok=True)
    shutil.copy(CONNECTOR, package / "extensions" / "station" / "station_events.py")


def _configure(folder: Path, port: int) -> None:
    """Its configuration files."""
    connector = {"name": "station", "id": "1b1bd1a0-0000-4000-8000-000000000001", "folder": str(folder)}
    (folder / "station.json").write_text(json.dumps(connector))
    settings = {
        "thingsboard": {
            "host": "127.0.0.1", "port": port, "remoteShell": False, "remoteConfiguration": False,
            "statistics": {"enable": False}, "deviceFiltering": {"enable": False},
            "security": {"type": "accessToken", "accessToken": "bench"}, "qos": 1, **UNLIMITED,
            "maxPayloadSizeBytes": 65536, "minPackSendDelayMS": 0, "minPackSizeToSend": 500,
        },
        "storage": {
            "type": "sqlite", "data_file_path": f"{folder}/data/", "max_read_records_count": 1000,
            "writing_batch_size": 1000, "size_limit": 1024,
        },
        "grpc": {"enabled": False},
        "connectors": [
            {"type": "station", "name": "station", "class": "StationEvents", "configuration": "station.json"}
        ],
    }  # fmt: skip
    (folder / "tb_gateway.json").write_text(json.dumps(settings))
    (folder / "logs.json").write_text(json.dumps(_QUIET))


_QUIET = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
}
