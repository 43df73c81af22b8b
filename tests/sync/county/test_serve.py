"""The county as a whole: a real sender over the embedded broker, and the process as systemd sees it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.broker import BrokerSettings
from sync.contents import RevokedBadges, pack_content
from sync.county.broker import BrokerFailed, EmbeddedBroker
from sync.county.database import open_database, sqlite_url
from sync.county.ingest import Ingest, subscription
from sync.county.lists import put_list
from sync.county.project import project_once
from sync.county.register import find_station
from sync.county.serve import Once, run_parts
from sync.county.trace import read_parcel
from sync.entry import Lane
from sync.keys import SigningKey
from sync.mqtt import Connected, Disconnected, Event, Message, Wire
from sync.sender import Sender
from sync.wire import MAX_MESSAGE_BYTES
from tests.sync.county.paper import (
    NOW_MS,
    PaperCounty,
    PaperLedger,
    PaperStation,
    make_board,
    make_desk,
    make_sender,
    register,
)
from tests.sync.memory import MemoryLists

pytestmark = pytest.mark.sqlite
PATIENCE_S = 30.0


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def broker() -> Iterator[BrokerSettings]:
    settings = BrokerSettings(port=free_port(), protocol=3)
    with EmbeddedBroker(settings.host, settings.port):
        yield settings


def drive(wire: Wire, take: Callable[[Event], bool]) -> None:
    """Step a wire until `take` says it has what it came for."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        taken = [take(event) for event in wire.step(0.05)]
        if any(taken):
            return
    raise AssertionError("nothing came")


@contextmanager
def in_thread(wire: Wire) -> Iterator[None]:
    """Keep a wire moving while another is driven."""
    stop = threading.Event()

    def move() -> None:
        while not stop.is_set():
            wire.step(0.05)

    thread = threading.Thread(target=move)
    thread.start()
    yield
    stop.set()
    thread.join()


def ship(sender: Sender, wire: Wire, station: PaperStation) -> None:
    """What `station sync` does, until the county confirmed everything."""

    def take(event: Event) -> bool:
        now_s = time.monotonic()
        match event:
            case Connected():
                outgoing = sender.connected(now_s)
            case Disconnected():
                sender.disconnected()
                outgoing = []
            case Message(payload=payload):
                outgoing = sender.received(payload, now_s)
            case _:
                outgoing = []
        for payload in outgoing:
            wire.publish(f"yyt/v1/{station.name}/up", payload)
        return not sender.waiting()

    drive(wire, take)


@pytest.fixture
def ingest(county: PaperCounty, broker: BrokerSettings) -> Iterator[Ingest]:
    """One worker in a thread, connected."""
    wire = Wire(broker, client_id="ingest", subscriptions=[subscription(shared=False)], retry_cap_s=0.1)
    connected = threading.Event()

    def settled(up: bool) -> None:
        if up:
            connected.set()

    worker = Ingest(
        link=wire, receiver=county.receiver, log=county.log, lists=make_desk(county), settled=settled, look_s=0.1
    )
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    assert connected.wait(PATIENCE_S)
    yield worker
    stop.set()
    thread.join()
    wire.close()


def test_a_journal_reaches_the_countys_tables_over_the_embedded_broker(
    county: PaperCounty, station: PaperStation, broker: BrokerSettings, ingest: Ingest
) -> None:
    """Real sender, real broker, real database: both lanes are confirmed, committed, and traced."""
    station.fill(2500)
    station.write("box.block", {"t": [4000] * 10}, lane=Lane.TELEMETRY)
    ledger = PaperLedger()
    sender = make_sender(station, ledger, county.key.public)
    wire = Wire(broker, client_id="v001", subscriptions=["yyt/v1/v001/down"])
    ship(sender, wire, station)
    wire.close()
    assert [ledger.places[head.chain] for head in station.heads()] == station.heads()
    assert ledger.troubles == []
    assert ingest.malformed == 0
    summary = find_station(county.engine, "v001")
    assert (summary.entries(Lane.CUSTODY), summary.entries(Lane.TELEMETRY), summary.forks) == (2500, 1, 0)
    while project_once(county.engine).entries:
        pass
    assert len(read_parcel(county.engine, "YT0000000001234")) == 1


def test_lists_come_down_when_asked_for_and_when_put_up(
    county: PaperCounty,
    station: PaperStation,
    broker: BrokerSettings,
    ingest: Ingest,
) -> None:
    """Over the embedded broker: what was there at the connect, and within a look what is put up while connected."""
    store = MemoryLists()

    def put(now_ms: int) -> int:
        content = pack_content(RevokedBadges([now_ms % 1000 + 1]))
        scope, name = "*", RevokedBadges.LIST
        return put_list(county.engine, county.key, scope=scope, name=name, content=content, put_by="t", now_ms=now_ms)

    board = make_board(station, county.key.public, store)
    sender = make_sender(station, PaperLedger(), county.key.public, board=board)
    wire = Wire(broker, client_id="v001", subscriptions=["yyt/v1/v001/down"])
    put(NOW_MS)

    def take(event: Event, wanted: int) -> bool:
        outgoing: list[bytes] = []
        if isinstance(event, Connected):
            outgoing = sender.connected(time.monotonic())
        elif isinstance(event, Message):
            outgoing = sender.received(event.payload, time.monotonic())
        for payload in outgoing:
            wire.publish("yyt/v1/v001/up", payload)
        return [held.version for held in store.held()] == [wanted]

    drive(wire, lambda event: take(event, NOW_MS))
    newer = put(NOW_MS + 1)
    drive(wire, lambda event: take(event, newer))
    wire.close()
    assert ingest.malformed == 0
    assert store.troubles == []


def test_messages_up_to_the_bound_pass_the_embedded_broker(broker: BrokerSettings) -> None:
    """A mebibyte in one piece, byte for byte."""
    payload = os.urandom(MAX_MESSAGE_BYTES)
    listener = Wire(broker, client_id="listener", subscriptions=["yyt/v1/+/up"])
    talker = Wire(broker, client_id="talker", subscriptions=["yyt/v1/v001/down"])
    drive(listener, lambda event: isinstance(event, Connected))
    drive(talker, lambda event: isinstance(event, Connected))
    talker.publish("yyt/v1/v001/up", payload)
    heard: list[bytes] = []

    def take(event: Event) -> bool:
        if isinstance(event, Message):
            heard.append(event.payload)
        return bool(heard)

    with in_thread(talker):
        drive(listener, take)
    assert heard == [payload]
    talker.close()
    listener.close()


def test_retained_states_and_wills_work_on_the_embedded_broker(broker: BrokerSettings) -> None:
    """A station that vanishes is announced by its will, and who comes later still hears it."""
    topic = "yyt/v1/v001/state"
    station = Wire(broker, client_id="v001", subscriptions=["yyt/v1/v001/down"], will=(topic, b"offline"))
    early = Wire(broker, client_id="early", subscriptions=["yyt/v1/+/state"])
    drive(early, lambda event: isinstance(event, Connected))
    drive(station, lambda event: isinstance(event, Connected))
    station.publish(topic, b"online", retain=True)
    station.step(0.0)
    drive(early, lambda event: isinstance(event, Message) and event.payload == b"online")
    cut(station)
    drive(early, lambda event: isinstance(event, Message) and event.payload == b"offline")
    late = Wire(broker, client_id="late", subscriptions=["yyt/v1/+/state"])
    drive(late, lambda event: isinstance(event, Message) and event.payload == b"offline")
    early.close()
    late.close()


def cut(wire: Wire) -> None:
    """Pull the cable: the socket goes without a goodbye."""
    client = wire._client
    assert client is not None
    sock = client.socket()
    assert isinstance(sock, socket.socket)
    sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def test_a_taken_port_is_told_with_a_hint(broker: BrokerSettings) -> None:
    """At the start, not as a silence later."""
    with pytest.raises(BrokerFailed) as failed, EmbeddedBroker(broker.host, broker.port):
        pass
    assert "port" in failed.value.hint


def test_a_missing_password_file_is_told_with_a_hint(tmp_path: Path) -> None:
    """Never a broker that lets everybody in instead."""
    with pytest.raises(BrokerFailed) as failed, EmbeddedBroker("127.0.0.1", free_port(), password_file=tmp_path / "no"):
        pass
    assert "password" in failed.value.hint


def test_an_open_broker_stays_on_this_machine() -> None:
    """Anybody may connect, so anybody must be here."""
    with pytest.raises(BrokerFailed):
        EmbeddedBroker("0.0.0.0", 1883)


def test_a_part_that_fails_ends_all_and_its_error_is_raised() -> None:
    """No thread dies alone."""
    stop = threading.Event()

    def fails(_stop: threading.Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_parts([assert_stopped, fails], stop)


def assert_stopped(stop: threading.Event) -> None:
    assert stop.wait(PATIENCE_S)


def test_ready_is_said_once() -> None:
    """However often the link comes back."""
    said: list[str] = []
    once = Once(lambda: said.append("READY"))
    once(False)
    once(True)
    assert said == ["READY"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_ready_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """READY on stdout and to systemd, a journal shipped, the watchdog kept, STOPPING, exit code 0."""
    home, port = tmp_path / "county", free_port()
    county = [sys.executable, "-m", "sync.county", "--config", str(home / "county.toml")]
    made = subprocess.run([*county, "init", str(home), "--port", str(port)], capture_output=True, text=True, check=True)
    station = PaperStation(SigningKey.create(tmp_path / "station.key"))
    station.fill(50)
    engine = open_database(sqlite_url(home / "county.db"))
    register(engine, station)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE_S)
        environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(
            [*county, "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "READY\n"
            heard = [systemd.recv(100)]
            while heard[-1] != b"READY=1":  # a beat may come before it, where the broker answers late
                assert heard[-1] == b"WATCHDOG=1"
                heard.append(systemd.recv(100))
            sender = make_sender(station, PaperLedger(), bytes.fromhex(made.stdout.strip()))
            wire = Wire(BrokerSettings(port=port, protocol=3), client_id="v001", subscriptions=["yyt/v1/v001/down"])
            ship(sender, wire, station)
            wire.close()
            process.send_signal(number)
            _, errors = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0, errors
            while heard[-1] != b"STOPPING=1":
                heard.append(systemd.recv(100))
            assert b"WATCHDOG=1" in heard
            assert "Traceback" not in errors
    assert find_station(engine, "v001").entries(Lane.CUSTODY) == 50
    engine.dispose()
