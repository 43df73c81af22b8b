"""A backlog of 100,000 entries: journal -> Mosquitto -> county database committed -> confirmed at the station.

Real processes, the real broker, SQLite at both ends; the link in between counts every byte of every direction,
acknowledgements, pings and MQTT framing included. The same entries then go through thingsboard-gateway (`gateway`) and
through bare paho (`bare_paho`), a round of each after a round of ours. Call `measure`.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from sim_hardware.demo import ledgers
from sim_hardware.demo.stage import free_port
from sim_hardware.link import Link
from station_agent.station import read_key_id
from tests.bench import bare_paho
from tests.bench.gateway import VERSION, Gateway, NoGateway, Rate, cpu_ms, events_of
from tests.bench.rows import Row, median, spread
from tests.bench.story import write_journal, write_notices

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "100000"))
PEER_EVENTS = ENTRIES
"""The same backlog for everybody: a gateway with a fifth of it is a third quicker, as its queues fill less."""
NOTICES = 20_000
ROUNDS = 5
STATION = "500237-001"


class Drained(NamedTuple):
    """One round of ours. cpu: processor milliseconds per 1,000 entries, of the station and of the county."""

    events_s: float
    event_bytes: float
    cpu: tuple[float, float]


def measure(directory: Path, *, quick: bool = False) -> list[Row]:
    """Drain the same backlog a few times with a fresh county each time, its peers in between; medians.

    quick: without the gateway.
    """
    ours, flows, drains, bare, why = [], [], [], [], ""
    with Village(
        directory / "ours", lambda path, key: write_journal(path, ENTRIES, station=STATION, key=key)
    ) as village:
        events = events_of(village.journal, PEER_EVENTS)
        with ExitStack() as stack:
            gateway: Gateway | None = None
            try:
                if quick:
                    raise NoGateway("--quick")
                gateway = stack.enter_context(Gateway(directory / "gateway", events))
            except NoGateway as error:
                why = str(error)
            for number in range(ROUNDS):
                ours.append(village.drain())
                bare.append(bare_paho.publish(directory / f"paho-{number}", events[: bare_paho.EVENTS]))
                if gateway is not None:
                    flows.append(gateway.flow())
                    drains.append(gateway.drain())
    with Village(directory / "sealed", _write_notices) as village:
        sealed = [village.drain().event_bytes for _ in range(2)]
    return [*_our_rows(ours, sealed), *_peer_rows(median([r.events_s for r in ours]), flows, drains, bare, why)]


def _our_rows(ours: list[Drained], sealed: list[float]) -> list[Row]:
    rates, sizes = [each.events_s for each in ours], [each.event_bytes for each in ours]
    station, county = (median([each.cpu[place] for each in ours]) for place in (0, 1))
    note = (
        f"{spread(rates, ',.0f')} of {ENTRIES:,}; processor per 1,000: station {station:.1f} ms, county {county:.1f} ms"
    )
    return [
        Row("backlog, journal -> county committed -> confirmed", median(rates), "events/s", note=note,
            lower_is_better=False),
        Row("bytes on the wire per event in a backlog, both ways", median(sizes), "B", 30, 22, spread(sizes, ".1f")),
        Row("the same, a sealed contact in every event", max(sealed), "B", 70, 60, f"{NOTICES:,} notices due"),
    ]  # fmt: skip


def _peer_rows(rate: float, flows: list[Rate], drains: list[Rate], bare: list[Rate], why: str) -> list[Row]:
    """Ours against others in the same run."""
    paho = [each.events_s for each in bare]
    rows = [
        Row("backlog against bare paho QoS 1, an event a message", rate / median(paho), "x", lower_is_better=False,
            note=f"{spread(paho, ',.0f')} events/s, {median([each.event_bytes for each in bare]):.0f} B an event"),
    ]  # fmt: skip
    name = f"thingsboard-gateway {VERSION}"
    if not flows:
        return [*rows, Row(f"backlog against {name}", 0.0, "x", lower_is_better=False, note=f"skipped: {why}")]
    return [
        *rows,
        _against(f"{name}, stored -> broker", rate, drains),
        _against(f"{name}, flowing", rate, flows, 5, 10),
    ]


def _against(name: str, rate: float, rounds: list[Rate], must: float | None = None, aim: float | None = None) -> Row:
    """One way of the gateway."""
    rates, size = [each.events_s for each in rounds], median([each.event_bytes for each in rounds])
    cpu = median([each.cpu_ms for each in rounds])
    note = f"{spread(rates, ',.0f')} events/s, {size:.0f} B an event, processor per 1,000: {cpu:.0f} ms"
    return Row(f"backlog against {name}", rate / median(rates), "x", must, aim, note, lower_is_better=False)


class Village:
    """A station with a full journal, and its county; a context manager. Every round begins with neither told."""

    def __init__(self, place: Path, write: Callable[[Path, bytes], None]) -> None:
        """write: fills a new journal at this path with entries signed by this key."""
        self._place, self._write = place, write
        self._port = free_port()
        self._link = Link(("127.0.0.1", self._port))
        self._data, self._county, self._new = place / "station", place / "county", place / "county-new"
        self.journal = self._data / "journal.db"

    def __enter__(self) -> "Village":
        """Set both up."""
        self._place.mkdir(parents=True)
        self._link.open()
        county_key = _run("county", "init", str(self._county), "--port", str(self._port)).strip()
        (self._county / "county.toml").write_text(
            f'database = "county.db"\nkey = "county.key"\nshared = true\n[broker]\nport = {self._port}\nprotocol = 5\n'
        )
        enrolment = _run(
            "station", "init", "--config", str(self._place / "station.toml"), "--id", STATION, "--county-key",
            county_key, "--data", str(self._data), "--port", str(self._link.address[1]),
        )  # fmt: skip
        (self._place / "enrol.toml").write_text(enrolment)
        config = str(self._county / "county.toml")
        _run("county", "--config", config, "station", "add", str(self._place / "enrol.toml"))
        self._county.rename(self._new)
        self._write(self.journal, read_key_id(self._data))
        return self

    def __exit__(self, *_: object) -> None:
        """Take the link down."""
        self._link.close()

    def drain(self) -> Drained:
        """One round."""
        shutil.rmtree(self._county, ignore_errors=True)
        shutil.copytree(self._new, self._county)
        for file in self._data.glob("link.db*"):
            file.unlink()
        counts = ledgers.counts(self.journal, "entry")
        assert counts is not None
        before = self._link.total
        processes = [_mosquitto(self._place, self._port)]
        try:
            processes.append(_start(self._place, "county", "--config", str(self._county / "county.toml"), "ingest"))
            _wait(lambda: b"READY" in (self._place / "county.log").read_bytes(), 20)
            config = str(self._place / "station.toml")
            processes.append(_start(self._place, "station", "sync", "--config", config))
            _wait(lambda: ledgers.confirmed(self._data / "link.db") == sum(counts), 300)
            total, per_thousand = self._link.total, sum(counts) / 1000
            cpu = (cpu_ms(processes[2]) / per_thousand, cpu_ms(processes[1]) / per_thousand)
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(20)
        # link.db is written once a second at most, so the time is taken from the county's first and last commit.
        sent = total.up_sent + total.down_sent - before.up_sent - before.down_sent
        return Drained(sum(counts) / _committing_s(self._county / "county.db"), sent / sum(counts), cpu)


def _write_story(path: Path, key: bytes) -> None:
    write_journal(path, ENTRIES, station=STATION, key=key)


def _write_notices(path: Path, key: bytes) -> None:
    write_notices(path, NOTICES, station=STATION, key=key)


def _committing_s(path: Path) -> float:
    """From the county's first commit to its last."""
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    first_ms, last_ms = database.execute("SELECT min(committed_ms), max(committed_ms) FROM log").fetchone()
    database.close()
    return float(last_ms - first_ms) / 1000


def _mosquitto(place: Path, port: int) -> subprocess.Popen[bytes]:
    config = place / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
    log = (place / "mosquitto.log").open("wb")
    program = next(path for path in ("/usr/sbin/mosquitto", "/usr/bin/mosquitto") if Path(path).exists())
    return subprocess.Popen([program, "-c", str(config)], stdout=log, stderr=log)


def _start(place: Path, program: str, *words: str) -> subprocess.Popen[bytes]:
    log = (place / f"{program}.log").open("wb")
    return subprocess.Popen([str(Path(sys.executable).with_name(program)), *words], stdout=log, stderr=log)


def _run(program: str, *words: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name(program)), *words], capture_output=True, text=True, check=True
    )
    return done.stdout


def _wait(condition: Callable[[], bool], timeout_s: float) -> None:
    until_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until_s, "did not come in time"
        time.sleep(0.05)
