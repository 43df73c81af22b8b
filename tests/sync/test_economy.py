"""What the line costs: how bytes are divided, kept and budgeted; and over a real broker, that quiet costs nothing."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim_hardware.link import Link
from sync.broker import BrokerSettings
from sync.economy import Economy
from sync.entry import ChainId, Lane
from sync.keys import SigningKey
from sync.link import LinkFile
from sync.mqtt import Connected, Message, Wire
from sync.sender import State
from sync.ship import Shipment, topic
from sync.usage import SEGMENT_BYTES, Carried, Meter, Used, day_of
from tests.broker import Mosquitto
from tests.sync.memory import NOW_MS, STATION, MemoryLedger, MemoryLog, make_journal, make_log
from tests.sync.memory import make_receiver as memory_receiver
from tests.sync.memory import make_sender as memory_sender
from tests.sync.test_ship import County, Station

DAY_MS = 86_400_000


# dividing


def test_what_is_no_batch_is_the_link() -> None:
    """Batches by their lane as they were handed over; all else of the kernel's count, headers in, both ways."""
    meter = Meter()
    meter.published("custody", 300)
    meter.published("telemetry", 200)
    used = meter.take(Carried(700, 400, 5, 4), 9)
    link = 700 - 500 + 5 * SEGMENT_BYTES
    assert used == [
        Used(9, "custody", 300, 0),
        Used(9, "telemetry", 200, 0),
        Used(9, "link", link, 400 + 4 * SEGMENT_BYTES),
    ]
    assert meter.take(Carried(700, 400, 5, 4), 9) == []


def test_nothing_is_counted_twice_when_the_kernel_is_behind() -> None:
    """A batch handed over and not sent yet; in the end the parts are the whole."""
    meter = Meter()
    meter.published("custody", 1000)
    used = [*meter.take(Carried(100, 0, 0, 0), 9), *meter.take(Carried(900, 0, 0, 0), 9), *meter.take(Carried(1100), 9)]
    assert sum(each.up + each.down for each in used) == 1100
    assert [each.purpose for each in used] == ["custody", "link"]


def test_a_day_is_chinas() -> None:
    """It changes at 16:00 UTC."""
    assert day_of(16 * 3_600_000 - 1) == 0
    assert day_of(16 * 3_600_000) == 1


# keeping


def test_usage_adds_up_over_saves_and_restarts(tmp_path: Path) -> None:
    """What is not saved yet is in it; old days go."""
    link = LinkFile(tmp_path / "link.db", lambda: NOW_MS, writable=True)
    link.use([Used(9, "custody", 1, 2)])
    link.met(b"county01")
    link.save()
    link.use([Used(9, "custody", 10, 20), Used(10, "link", 5, 5)])
    assert link.usage(9) == [Used(9, "custody", 11, 22), Used(10, "link", 5, 5)]
    assert link.usage(10) == [Used(10, "link", 5, 5)]
    link.met(b"county02")
    link.close()
    again = LinkFile(tmp_path / "link.db", lambda: NOW_MS, writable=True)
    assert again.usage(0) == [Used(9, "custody", 11, 22), Used(10, "link", 5, 5)]
    again.use([Used(1000, "link", 1, 1)])
    again.met(b"county03")
    again.save()
    assert again.usage(0) == [Used(1000, "link", 1, 1)]
    again.close()


# budgeting


class Line:
    """A line whose cost a test decides."""

    def __init__(self, folder: Path, daily_bytes: int | None) -> None:
        self.carried, self.now_ms, self.lines = Carried(), NOW_MS, list[str]()
        self.link = LinkFile(folder / "link.db", lambda: self.now_ms, writable=True)
        self.economy = self.start(daily_bytes)

    def start(self, daily_bytes: int | None) -> Economy:
        """The sync process starts."""
        return Economy(self.link, lambda: self.carried, lambda: self.now_ms, daily_bytes, self.lines.append)


def test_spent_telemetry_waits_until_tomorrow_custody_never(tmp_path: Path) -> None:
    """Said once a day; the next day it goes again."""
    line = Line(tmp_path, 1000)
    assert line.economy.may_send(Lane.TELEMETRY)
    line.carried = Carried(600, 400, 0, 0)
    for _ in range(3):
        assert not line.economy.may_send(Lane.TELEMETRY)
        assert line.economy.may_send(Lane.CUSTODY)
    assert len(line.lines) == 1
    line.now_ms += DAY_MS
    assert line.economy.may_send(Lane.TELEMETRY)
    line.link.close()


def test_a_restart_does_not_forget_what_today_cost(tmp_path: Path) -> None:
    """From link.db; and without a budget nothing ever waits."""
    line = Line(tmp_path, 1000)
    line.carried = Carried(1500, 0, 0, 0)
    line.economy.count()
    line.carried = Carried()
    assert not line.start(1000).may_send(Lane.TELEMETRY)
    assert line.start(None).may_send(Lane.TELEMETRY)
    line.link.close()


def test_a_sender_keeps_telemetry_and_sends_custody() -> None:
    """Nothing is lost by waiting: as soon as it may, the telemetry goes, in order."""
    journal, log, spent = make_journal(2), make_log(), [True]
    journal.fill(3, Lane.TELEMETRY)
    sender = memory_sender(journal, MemoryLedger())
    sender._may_send = lambda _lane: not spent[0]
    receiver = memory_receiver(log)

    def ship(payloads: list[bytes]) -> None:
        for _ in range(10):
            if not payloads:
                return
            payloads = [
                more for each in payloads for more in sender.received(receiver.receive(STATION, each, NOW_MS), 0.0)
            ]

    ship(sender.connected(0.0))
    assert {chain.lane for _, chain in log.chains} == {Lane.CUSTODY}
    assert (sender.state, sender.outstanding) == (State.READY, None)
    journal.fill(1)
    ship(sender.tick(1.0))
    assert len(log.chains[STATION, ChainId(journal.epoch, Lane.CUSTODY)]) == 3
    spent[0] = False
    ship(sender.tick(2.0))
    assert len(log.chains[STATION, ChainId(journal.epoch, Lane.TELEMETRY)]) == 3


# on the wire


@pytest.fixture
def village(tmp_path: Path) -> Iterator[tuple[Link, Mosquitto, County, Station]]:
    """A broker behind a line that counts, a county, a station."""
    key = SigningKey.create(tmp_path / "county.key")
    station = Station(tmp_path, key)
    log = MemoryLog()
    log.register(STATION, station.key.public)
    with (
        Mosquitto(tmp_path) as mosquitto,
        County(BrokerSettings(port=mosquitto.port), key, log) as county,
        Link(("127.0.0.1", mosquitto.port)) as line,
    ):
        yield line, mosquitto, county, station


@pytest.mark.broker
def test_the_kernels_count_is_what_went_over_the_line(village: tuple[Link, Mosquitto, County, Station]) -> None:
    """Without headers it is the proxy's count to the byte or two of TCP's own; the parts are the whole."""
    line, _, _, station = village
    station.journal.fill(1200)
    station.journal.fill(20, Lane.TELEMETRY)
    station.run(line.address[1], station.confirmed)
    reader = LinkFile(station.link_path, lambda: NOW_MS, writable=False)
    used = {each.purpose: each for each in reader.usage(0)}
    reader.close()
    assert set(used) == {"custody", "telemetry", "link"}
    total = line.total
    whole = sum(each.up + each.down for each in used.values())
    carried = total.up_sent + total.down_sent
    assert carried < whole < carried + 200 * SEGMENT_BYTES
    assert used["custody"].up > used["telemetry"].up > 100


@pytest.mark.broker
def test_looking_at_an_unchanged_journal_costs_no_byte(village: tuple[Link, Mosquitto, County, Station]) -> None:
    """A thousand looks while nothing is written: the line carries what it carried before."""
    line, _, _, station = village
    station.journal.fill(3)
    counts: list[int] = []

    def looked() -> bool:
        if station.confirmed():
            counts.append(line.total.up_sent + line.total.down_sent)
        return len(counts) > 1000

    link = LinkFile(station.link_path, lambda: NOW_MS, writable=True)
    shipment = _shipment(station, line.address[1], link, look_s=0.0005)
    station.link = link
    shipment.run(stop=looked, beat=lambda: None)
    assert counts[-1] == counts[300]


@pytest.mark.broker
def test_alarms_are_told_on_the_state_topic(village: tuple[Link, Mosquitto, County, Station]) -> None:
    """Retained, when they change and at every connection; none any more is told too."""
    _, mosquitto, _, station = village
    station.journal.fill(1)
    watcher = Wire(BrokerSettings(port=mosquitto.port), client_id="w", subscriptions=[topic(STATION, "state")])
    states: list[object] = []
    alarms = [("1",), ("1", "fish"), ()]
    end_s = time.monotonic() + 20

    def told() -> bool:
        heard = [event for event in watcher.step(0.0) if isinstance(event, Message)]
        states.extend(json.loads(event.payload).get("alarms") for event in heard)
        while len(alarms) > 1 and states and states[-1] == list(alarms[0]):
            alarms.pop(0)
            station.journal.fill(1)
        return states[-3:] == [["1"], ["1", "fish"], None] or time.monotonic() > end_s

    link = LinkFile(station.link_path, lambda: NOW_MS, writable=True)
    while not any(isinstance(event, Connected) for event in watcher.step(0.1)):
        assert time.monotonic() < end_s
    _shipment(station, mosquitto.port, link, alarms=lambda: alarms[0]).run(stop=told, beat=lambda: None)
    watcher.close()
    assert states[:3] == [["1"], ["1", "fish"], None]


def _shipment(station: Station, port: int, link: LinkFile, **more: object) -> Shipment:
    return Shipment(
        station=STATION, version="1", key=station.key, county_key=station._county_key.public,
        broker=BrokerSettings(port=port), journal=station.journal, link=link, say=station.lines.append,
        **{"look_s": 0.01, **more},  # type: ignore[arg-type]  # by name, as given
    )  # fmt: skip
