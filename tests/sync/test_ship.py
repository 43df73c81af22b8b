"""`station sync` whole: a journal, link.db, a real Mosquitto, and a receiver on the other side of it."""

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.broker import BrokerSettings
from sync.contents import RevokedBadges, pack_content, read_content
from sync.entry import ChainId, Lane
from sync.keys import SigningKey, verifier
from sync.link import LinkFile
from sync.lists import SignedList, decode_held, encode_list, list_message
from sync.mqtt import Message, Wire
from sync.receiver import Receiver
from sync.sender import Timers
from sync.ship import Shipment, state_payload, topic
from sync.wire import open_envelope
from tests.broker import Mosquitto
from tests.sync.memory import NOW_MS, STATION, MemoryJournal, MemoryLog

pytestmark = pytest.mark.broker
WAIT_S = 30.0
both = pytest.mark.parametrize("protocol", [3, 5])


class County:
    """Answers stations from a thread of its own, and keeps what their state topic says."""

    def __init__(self, broker: BrokerSettings, key: SigningKey, log: MemoryLog) -> None:
        self.log, self.states = log, list[bool]()
        self.lists: list[bytes] = []
        """Sent to who asks for lists."""
        self._receiver = Receiver(log=log, sign=key.sign, verifier=verifier)
        self._wire = Wire(
            broker,
            client_id="county",
            subscriptions=["$share/ingest/yyt/v1/+/up", "yyt/v1/+/state"],
            retry_cap_s=0.2,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "County":
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
                    self._take(event)

    def _take(self, message: Message) -> None:
        if message.topic == topic(STATION, "state"):
            self.states.append(json.loads(message.payload)["online"])
        elif open_envelope(message.payload)[0] == "lists":
            asks = decode_held(open_envelope(message.payload)[1]).asks
            for payload in self.lists if asks else []:
                self._wire.publish(topic(STATION, "down"), payload)
        else:
            self._wire.publish(topic(STATION, "down"), self._receiver.receive(STATION, message.payload, NOW_MS))


class Station:
    """What `station sync` is given, and how it is run until something holds."""

    def __init__(self, directory: Path, county_key: SigningKey) -> None:
        self.key = SigningKey.create(directory / "station.key")
        self.journal = MemoryJournal(self.key.id)
        self.lines: list[str] = []
        self.link_path = directory / "link.db"
        self._county_key = county_key

    def run(self, port: int, until: Callable[[], bool], *, protocol: int = 5, link: LinkFile | None = None) -> None:
        """Ship until `until` holds; fails when it does not in time."""
        self.link = link or LinkFile(self.link_path, lambda: NOW_MS, writable=True)
        shipment = Shipment(
            station=STATION,
            version="1",
            key=self.key,
            county_key=self._county_key.public,
            broker=BrokerSettings(port=port, protocol=5 if protocol == 5 else 3),
            journal=self.journal,
            link=self.link,
            say=self.lines.append,
            timers=Timers(answer_s=0.5, rest_base_s=0.05, rest_cap_s=0.2),
        )
        end_s = time.monotonic() + WAIT_S
        beats: list[float] = []
        shipment.run(stop=lambda: until() or time.monotonic() > end_s, beat=lambda: beats.append(time.monotonic()))
        assert time.monotonic() < end_s, "not within its time"
        assert beats

    def confirmed(self) -> bool:
        """Whether all of the journal is."""
        return all(self.link.confirmed(head.chain) == head for head in self.journal.heads())


@pytest.fixture
def county(tmp_path: Path) -> Iterator[tuple[Mosquitto, County, Station]]:
    """A broker, a county behind it, and a station it knows."""
    key = SigningKey.create(tmp_path / "county.key")
    station = Station(tmp_path, key)
    log = MemoryLog()
    log.register(STATION, station.key.public)
    with Mosquitto(tmp_path) as mosquitto, County(BrokerSettings(port=mosquitto.port), key, log) as county:
        yield mosquitto, county, station


def holds(county: County, station: Station) -> bool:
    """Whether the county has the journal hash by hash."""
    return all(
        [next(iter(at)) for _, at in sorted(county.log.chains[STATION, chain].items())]
        == [entry.hash for entry in entries]
        for chain, entries in station.journal.chains.items()
    )


@both
def test_a_backlog_arrives_and_is_confirmed(county: tuple[Mosquitto, County, Station], protocol: int) -> None:
    """Both lanes, several batches, until link.db says so; the state topic tells coming and going."""
    mosquitto, centre, station = county
    station.journal.fill(2500)
    station.journal.fill(1500, Lane.TELEMETRY)
    station.run(mosquitto.port, station.confirmed, protocol=protocol)
    assert holds(centre, station)
    reader = LinkFile(station.link_path, lambda: NOW_MS, writable=False)
    assert [reader.confirmed(head.chain) for head in station.journal.heads()] == station.journal.heads()
    reader.close()
    end_s = time.monotonic() + WAIT_S
    while centre.states[-1:] != [False] and time.monotonic() < end_s:
        time.sleep(0.01)
    assert centre.states[-2:] == [True, False]
    assert len(station.lines) == 1


@both
def test_a_twin_at_the_broker_is_known_and_told(county: tuple[Mosquitto, County, Station], protocol: int) -> None:
    """Another client of our name threw us out: found on our own state topic, whatever the broker says of it."""
    mosquitto, _, station = county
    station.journal.fill(1)
    settings = BrokerSettings(port=mosquitto.port, protocol=5 if protocol == 5 else 3)
    will = (topic(STATION, "state"), state_payload(online=False, version="1", session="twin"))
    twins: list[Wire] = []

    def noticed() -> bool:
        if station.confirmed() and not twins:
            twins.append(Wire(settings, client_id=f"yyt-{STATION}", subscriptions=[topic(STATION, "down")], will=will))
        for twin in twins:
            twin.step(0.0)
        return any("another computer" in line for line in station.lines)

    station.run(mosquitto.port, noticed, protocol=protocol)
    twins[0].close()


def test_entries_written_while_connected_arrive(county: tuple[Mosquitto, County, Station]) -> None:
    """The journal is looked at while nothing else happens."""
    mosquitto, centre, station = county
    chain = ChainId(station.journal.epoch, Lane.CUSTODY)
    station.journal.fill(1)

    def written_and_confirmed() -> bool:
        if station.confirmed() and len(station.journal.chains[chain]) < 4:
            station.journal.fill(1)
        return station.confirmed()

    station.run(mosquitto.port, written_and_confirmed)
    assert holds(centre, station)
    assert len(station.journal.chains[chain]) == 4


def test_a_list_of_the_countys_is_asked_for_and_kept(county: tuple[Mosquitto, County, Station]) -> None:
    """By a station that has nothing to send; the agent reads it from link.db without a key."""
    mosquitto, centre, station = county
    content = pack_content(RevokedBadges([17]))
    scope, name = "*", RevokedBadges.LIST
    signature = station._county_key.sign(list_message(scope, name, 3, content))
    centre.lists.append(encode_list(SignedList(scope, name, 3, content, signature)))
    station.run(mosquitto.port, lambda: bool(station.link.held()))
    reader = LinkFile(station.link_path, lambda: NOW_MS, writable=False)
    assert read_content(reader.lists(STATION)[name].content, RevokedBadges).ids == [17]
    reader.close()


def test_a_broker_that_dies_in_between_costs_nothing(county: tuple[Mosquitto, County, Station]) -> None:
    """Killed after the first batch, started again: everything arrives, people read one line about it."""
    mosquitto, centre, station = county
    station.journal.fill(5000)
    killed: list[float] = []

    def drained() -> bool:
        if not killed and centre.log.commits >= 1:
            mosquitto.kill()
            killed.append(time.monotonic())
        if len(killed) == 1 and len(station.lines) >= 2:
            mosquitto.start()
            killed.append(time.monotonic())
        return len(killed) == 2 and station.confirmed()

    station.run(mosquitto.port, drained)
    assert holds(centre, station)
    assert len([line for line in station.lines if "no broker" in line]) == 1


def test_a_county_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    """A broker without a county confirms nothing; as soon as somebody listens, everything goes."""
    key = SigningKey.create(tmp_path / "county.key")
    station = Station(tmp_path, key)
    station.journal.fill(10)
    log = MemoryLog()
    log.register(STATION, station.key.public)
    with Mosquitto(tmp_path) as mosquitto, contextlib.ExitStack() as stack:
        start_s = time.monotonic()

        def drained() -> bool:
            if not stack_used and time.monotonic() > start_s + 1.0:
                assert not station.confirmed()
                stack_used.append(stack.enter_context(County(BrokerSettings(port=mosquitto.port), key, log)))
            return station.confirmed()

        stack_used: list[County] = []
        station.run(mosquitto.port, drained)
        assert holds(stack_used[0], station)


def test_a_file_that_cannot_be_written_stops_nothing(county: tuple[Mosquitto, County, Station]) -> None:
    """link.db locked for good, as on a full card: everything is sent, one line says so, nothing is raised."""
    mosquitto, centre, station = county
    station.journal.fill(10)
    link = LinkFile(station.link_path, lambda: NOW_MS, writable=True)
    link._db.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(station.link_path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    confirmed_s: list[float] = []

    def long_confirmed() -> bool:
        if station.confirmed():
            confirmed_s.append(time.monotonic())
        return bool(confirmed_s) and confirmed_s[-1] - confirmed_s[0] > 2.5

    station.run(mosquitto.port, long_confirmed, link=link)
    other.execute("ROLLBACK")
    other.close()
    assert holds(centre, station)
    assert len([line for line in station.lines if "cannot be written" in line]) == 1
