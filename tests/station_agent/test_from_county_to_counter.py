"""Whole: county, broker, `station sync` and `station run` as processes; a recipient's number is in clear nowhere."""

import json
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from sim_hardware.scanner import SerialScanner
from sim_hardware.table import Table
from station_agent.cli import main as station_main
from station_agent.config import load
from station_agent.journal.reader import JournalFile
from station_agent.station import open_station
from sync.broker import BrokerSettings
from sync.county.cli import main as county_main
from sync.entry import Lane
from sync.errors import MalformedMessage
from sync.link import LinkFile
from sync.lists import decode_list
from sync.mqtt import Message, Wire
from sync.wire import open_envelope
from tests.broker import free_port
from tests.station_agent.clear_text import without_times

STATION, PARCEL, OTHER = "500237-001", "SF1385628716739", "YT5409924808522"
PHONE, NAME = "13917624835", "欧阳小红"
CLEAR = (PHONE.encode(), NAME.encode(), msgspec.msgpack.encode(int(PHONE)))
WAIT_S = 30.0


def until(condition: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    end_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come to that in time"
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether the broker takes connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Wiretap:
    """Hears every message on the broker, and what is inside the compressed ones."""

    def __init__(self, port: int) -> None:
        self.heard = bytearray()
        self._wire = Wire(
            BrokerSettings(port=port, protocol=3), client_id="tap", subscriptions=["yyt/v1/#"], retry_cap_s=0.1
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Wiretap":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._wire.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for event in self._wire.step(0.02):
                if isinstance(event, Message):
                    self.heard += event.payload + _inflated(event.payload)


def _inflated(payload: bytes) -> bytes:
    """What a list says; nothing for other messages."""
    try:
        name, content, signature = open_envelope(payload)
        return decode_list(content, signature).content if name == "list" else b""
    except MalformedMessage:
        return b""


class County:
    """The county's commands, in its folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.home = folder, folder / "county"
        self.key = self._invoke("init", str(self.home), "--port", str(port)).strip()

    def __call__(self, *words: str) -> str:
        """Run a command on its configuration; what it printed."""
        return self._invoke("--config", str(self.home / "county.toml"), *words)

    def put(self, name: str, found: object) -> None:
        """Put up a list for the station, from a file that is gone afterwards."""
        file = self.folder / "list.json"
        file.write_text(json.dumps(found), "utf-8")
        self("list", "put", name, str(file), "--station", STATION, "--by", "王芳")
        file.unlink()

    def has(self, kind: str) -> bool:
        """Whether it has an entry of this kind in its tables."""
        with closing(sqlite3.connect(self.home / "county.db")) as database:
            found = database.execute("SELECT 1 FROM parcel_event WHERE kind = ?", (kind,)).fetchone()
        return found is not None

    def _invoke(self, *words: str) -> str:
        done = CliRunner().invoke(county_main, words)
        assert done.exit_code == 0, (words, done.output)
        return done.stdout


class Village:
    """The station: its commands and its devices."""

    def __init__(self, folder: Path, county: County, port: int, table: Table) -> None:
        self.config, self.table = folder / "station.toml", table
        gun = table.twins["scan_serial"]
        assert isinstance(gun, SerialScanner)
        self.gun = gun
        keys = ("--county-key", county.key, "--sealing-key", county("sealing-key").strip())
        done = self("init", "--id", STATION, *keys, "--port", str(port), "--data", str(folder / "station"))
        (folder / "enrol.toml").write_text(done, "utf-8")
        county("station", "add", str(folder / "enrol.toml"))
        with self.config.open("a", encoding="utf-8") as file:
            file.write(table.stanzas())
        # `station sync` waits for a journal; the lists are to be there before the first `station run`.
        self.settings, _ = load(self.config)
        open_station(self.settings).__exit__()

    def __call__(self, *words: str) -> str:
        """Run a command; what it printed."""
        done = CliRunner().invoke(station_main, [*words, "--config", str(self.config)])
        assert done.exit_code == 0, (words, done.output)
        return done.stdout

    def status(self) -> dict[str, Any]:
        """What `station status` says to programs."""
        found: dict[str, Any] = json.loads(self("status", "--json"))
        return found

    def lists(self) -> set[str]:
        """Names of the lists that came."""
        try:
            with closing(LinkFile(self.settings.link_path, lambda: 0, writable=False)) as link:
                return set(link.list_versions(STATION))
        except sqlite3.DatabaseError:
            return set()  # not made yet

    def scan(self, *codes: str) -> str:
        """Scans at the gun, each answered before the next; the last answer."""
        phrase = ""
        for code in codes:
            self.gun.scan(code)
            line = self.table.panel.wait_for_line(WAIT_S)
            assert line is not None, f"no answer to {code}"
            phrase = line.phrase_id
        return phrase

    def newest(self, kind: str) -> dict[str, Any]:
        """The body of the newest custody entry of a kind."""
        with closing(JournalFile(self.settings.journal_path)) as journal:
            (head,) = (head for head in journal.heads() if head.lane is Lane.CUSTODY)
            bodies = [entry.read_body() for entry in journal.every(head.chain) if entry.read_header().kind == kind]
        return bodies[-1]

    def quiet(self) -> None:
        """Pass over what the panel said so far."""
        while self.table.panel.wait_for_line(0.05) is not None:
            pass


@contextmanager
def process(folder: Path, *words: str) -> Iterator[None]:
    """One of the real processes, its output in a log, until the power goes at the end of the block."""
    program = str(Path(sys.executable).with_name(words[0]))
    with (folder / f"{words[0]}-{words[1].strip('-')}.log").open("ab") as log:
        running = subprocess.Popen([program, *words[1:]], stdout=log, stderr=log)
        try:
            yield
            assert running.poll() is None, "it ended by itself"
        finally:
            running.kill()
            running.wait(10)


@pytest.mark.timeout(90)
def test_a_parcel_from_the_countys_list_to_the_recipients_message(tmp_path: Path) -> None:
    """Announced, received, told by the county, its time running, found by last four; sealed all the way."""
    port = free_port()
    with ExitStack() as stack:
        table = stack.enter_context(Table(tmp_path / "devices", models=["scan_serial"], paced=False))
        county = County(tmp_path, port)
        village = Village(tmp_path, county, port, table)
        badge = county(
            "badge", "make", "--role", "driver", "--line", "L1", "--id", "17", "--days", "30", "--by", "王芳"
        )
        county("badge", "revoke", "17", "--by", "王芳")
        county.put("parcels.expected", {"parcels": [{"waybill": PARCEL, "phone": PHONE, "name": NAME}]})
        stack.enter_context(process(tmp_path, "county", "--config", str(county.home / "county.toml"), "serve"))
        until(lambda: listens(port))
        tap = stack.enter_context(Wiretap(port))
        stack.enter_context(process(tmp_path, "station", "sync", "--config", str(village.config)))
        until(lambda: village.lists() == {"badges.revoked", "parcels.expected"})
        run = ("station", "run", "--config", str(village.config))
        with process(tmp_path, *run):
            ready(village)
            assert village.scan(PARCEL, OTHER) == "parcel.received"
            assert village.scan("YYCOK") == "batch.confirmed"
            assert village.status()["contacts"] == 1
            until(lambda: county.has("notice.due"))
        opened = json.loads(county("contact", PARCEL, "--by", "赵云", "--purpose", "发短信", "--json"))
        assert (opened["contact"]["phone"], opened["contact"]["name"]) == (PHONE, NAME)
        told_ms = time.time_ns() // 1_000_000
        county.put("notices", {"notices": [{"waybill": PARCEL, "delivered_ms": told_ms}]})
        until(lambda: "notices" in village.lists())
        with process(tmp_path, *run):
            ready(village)
            until(lambda: parcel(village)["notice"] == "delivered")
            assert parcel(village)["notice_ms"] == told_ms
            digits = [f"YYCD{digit}" for digit in PHONE[-4:]]
            assert village.scan("YYCOUT", *digits, "YYCOK") == "out.found"
            # No hand is as fast as this test: a product code between, or the second OK is the gun's own double read.
            assert village.scan("6901234567892", "YYCOK") == "out.all"
            assert village.scan(badge.strip()) == "handover.begun"
            assert {"about": "driver_revoked", "holder": "17"}.items() <= village.newest("case.opened").items()
    kept = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} | {"wire": bytes(tap.heard)}
    assert len(tap.heard) > 500
    assert [name for name, found in kept.items() if any(clear in found for clear in CLEAR)] == []
    assert all(re.search(rb"[0-9]{7}4835", without_times(found)) is None for found in kept.values())


def ready(village: Village) -> None:
    """The agent has greeted and hears the gun."""
    line = village.table.panel.wait_for_line(WAIT_S)
    assert line is not None
    assert line.phrase_id == "station.ready"
    village.quiet()


def parcel(village: Village) -> dict[str, Any]:
    """The parcel as the station's tables have it."""
    with closing(sqlite3.connect(village.settings.journal_path)) as database:
        (body,) = database.execute("SELECT body FROM parcel WHERE key = ?", (PARCEL,)).fetchone()
    found: dict[str, Any] = json.loads(body)
    return found
