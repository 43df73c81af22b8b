"""A backlog of 100,000 entries: journal -> Mosquitto -> county database committed -> confirmed at the station.

Real processes, the real broker, SQLite at both ends; the link in between counts every byte of every direction,
acknowledgements, pings and MQTT framing included.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from sim_hardware.demo import ledgers
from sim_hardware.demo.stage import free_port
from sim_hardware.link import Link
from station_agent.station import read_key_id
from tests.bench.rows import Row, median
from tests.bench.story import write_journal

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
STATION = "500237-001"
GATEWAY_EVENTS_S = 5575.0
"""Middle of 5,200 to 5,950 events/s measured for thingsboard-gateway 3.8.5 up to its broker (the design's figure)."""


def measure(directory: Path) -> list[Row]:
    """Drain the same backlog a few times with a fresh county each time; medians."""
    rates, sizes, county_cpu, station_cpu = [], [], [], []
    for number in range(ROUNDS):
        place = directory / f"round-{number}"
        rate, size, cpu = _drain_once(place)
        rates.append(rate)
        sizes.append(size)
        station_cpu.append(cpu[0])
        county_cpu.append(cpu[1])
    rate = median(rates)
    spread = f"{min(rates):,.0f} to {max(rates):,.0f} events/s, {ROUNDS} rounds of {ENTRIES:,}"
    cpu_note = f"processor per 1,000 entries: station {median(station_cpu):.1f} ms, county {median(county_cpu):.1f} ms"
    return [
        Row("backlog, journal -> county committed -> confirmed", rate, "events/s", note=spread, lower_is_better=False),
        Row("the same against thingsboard-gateway (design's figure)", rate / GATEWAY_EVENTS_S, "x", 5, 10, cpu_note,
            lower_is_better=False),
        Row("bytes on the wire per event in a backlog, both ways", median(sizes), "B", 30, 22),
    ]  # fmt: skip


def _drain_once(place: Path) -> tuple[float, float, tuple[float, float]]:
    """Events per second, bytes per event, (station's, county's) processor milliseconds per 1,000 entries."""
    broker_port, county_dir, data = free_port(), place / "county", place / "station"
    place.mkdir(parents=True)
    county_key = _run("county", "init", str(county_dir), "--port", str(broker_port)).strip()
    (county_dir / "county.toml").write_text(
        f'database = "county.db"\nkey = "county.key"\nshared = true\n[broker]\nport = {broker_port}\nprotocol = 5\n'
    )
    with Link(("127.0.0.1", broker_port)) as link:
        enrolment = _run(
            "station", "init", "--config", str(place / "station.toml"), "--id", STATION, "--county-key", county_key,
            "--data", str(data), "--port", str(link.address[1]),
        )  # fmt: skip
        (place / "enrol.toml").write_text(enrolment)
        _run("county", "--config", str(county_dir / "county.toml"), "station", "add", str(place / "enrol.toml"))
        write_journal(data / "journal.db", ENTRIES, station=STATION, key=read_key_id(data))
        counts = ledgers.counts(data / "journal.db", "entry")
        assert counts is not None
        processes = [_mosquitto(place, broker_port)]
        try:
            processes.append(_start(place, "county", "--config", str(county_dir / "county.toml"), "ingest"))
            _wait(lambda: b"READY" in (place / "county.log").read_bytes(), 20)
            start_s = time.monotonic()
            processes.append(_start(place, "station", "sync", "--config", str(place / "station.toml")))
            _wait(lambda: ledgers.confirmed(data / "link.db") == sum(counts), 300)
            # link.db is written once a second at most, so the time is taken from the county's last commit instead.
            elapsed_s = _last_commit_s(county_dir / "county.db") - _first_commit_s(county_dir / "county.db")
            assert elapsed_s <= time.monotonic() - start_s
            cpu = (_cpu_ms(processes[2]), _cpu_ms(processes[1]))
            total = link.total
            sent = total.up_sent + total.down_sent
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(20)
    entries = sum(counts)
    per_thousand = entries / 1000
    return entries / elapsed_s, sent / entries, (cpu[0] / per_thousand, cpu[1] / per_thousand)


def _first_commit_s(path: Path) -> float:
    return _commit_s(path, "min")


def _last_commit_s(path: Path) -> float:
    return _commit_s(path, "max")


def _commit_s(path: Path, which: str) -> float:
    import sqlite3  # noqa: PLC0415

    database = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    milliseconds: int = database.execute(f"SELECT {which}(committed_ms) FROM log").fetchone()[0]
    database.close()
    return milliseconds / 1000


def _cpu_ms(process: subprocess.Popen[bytes]) -> float:
    """Processor time a process used so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


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


def _wait(condition: object, timeout_s: float) -> None:
    assert callable(condition)
    until_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until_s, "did not come in time"
        time.sleep(0.05)
