"""A normal day on the wire, everything in: each act of the day goes over a real Mosquitto as it happens, one by one.

150 parcels in and out, 6 bags, a box sampled each minute. The day runs in fast motion: the acts are shipped and
confirmed one after the other, as in real life each is alone; the keep-alives of the quiet minutes are measured on an
idle line and reckoned for the day. A proxy counts what goes over TCP, the kernel counts the segments, each of which has
52 bytes of headers. TLS, sealed contacts and lists are not in it.
"""

import secrets
import sqlite3
import threading
import time
from pathlib import Path

from sim_hardware.link import Link
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import create
from station_agent.journal.writer import Identity, Journal, Stamp
from sync.broker import BrokerSettings
from sync.entry import Lane, Trust
from sync.keys import SigningKey
from sync.link import LinkFile
from sync.ship import Shipment
from sync.usage import SEGMENT_BYTES, Used
from tests.bench.day import live
from tests.bench.rows import Row
from tests.broker import Mosquitto
from tests.sync.memory import NOW_MS, STATION, MemoryLog
from tests.sync.test_ship import County

IDLE_S = 11.0
KEEPALIVE_S = 5
DAY_MIN = 24 * 60
WAIT_S = 30.0


class Line:
    """A station's journal, shipped by a thread over a line that counts, to a county that answers."""

    def __init__(self, place: Path, port: int, key: SigningKey, county: SigningKey) -> None:
        self.link = LinkFile(place / "link.db", lambda: NOW_MS, writable=True)
        self.connection = sqlite3.connect(place / "journal.db", isolation_level=None)
        create(self.connection)
        self.clock = [0.0]
        self.journal = Journal(
            self.connection,
            Identity(STATION, key.id, "bench", "boot"),
            stamp=lambda: Stamp(int(self.clock[0] * 1000), NOW_MS + int(self.clock[0] * 1000), Trust.SYNCHRONISED),
            draw_epoch=lambda: secrets.token_bytes(8),
        )
        self._key, self._county, self._port, self._place = key, county, port, place
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ship)

    def __enter__(self) -> "Line":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.connection.close()

    def confirm(self, lane: Lane) -> None:
        """Wait until the county confirmed the last entry of a lane."""
        head, until_s = self.journal.head(lane), time.monotonic() + WAIT_S
        while self.link.confirmed(head.chain) != head:
            assert time.monotonic() < until_s, "not confirmed in time"
            time.sleep(0.001)

    def _ship(self) -> None:
        # A connection of SQLite belongs to the thread that made it.
        self.link = link = LinkFile(self._place / "link.db", lambda: NOW_MS, writable=True)
        Shipment(
            station=STATION,
            version="bench",
            key=self._key,
            county_key=self._county.public,
            broker=BrokerSettings(port=self._port, keepalive_s=KEEPALIVE_S),
            journal=JournalFile(self._place / "journal.db"),
            link=link,
            say=lambda _line: None,
            look_s=0.002,
        ).run(stop=self._stop.is_set, beat=lambda: None)
        self.used = _used(self._place)


def measure(directory: Path) -> list[Row]:
    """One day, and what an idle minute costs."""
    key, county = SigningKey.create(directory / "station.key"), SigningKey.create(directory / "county.key")
    log = MemoryLog()
    log.register(STATION, key.public)
    with Mosquitto(directory) as broker, County(broker.port, county, log), Link(("127.0.0.1", broker.port)) as proxy:
        with Line(directory, proxy.address[1], key, county) as line:
            commits = live(line.journal, line.clock, line.confirm)
            acts = _count(proxy)
            time.sleep(IDLE_S)
            pings = IDLE_S // KEEPALIVE_S
            ping = (_count(proxy) - acts) / pings
        whole = sum(each.up + each.down for each in line.used)
        headers = whole - _count(proxy)
    entries = sum(len(places) for places in log.chains.values())
    # A ping is a segment there, one back, and an acknowledgement of that.
    quiet = (DAY_MIN - commits) * (ping + 3 * SEGMENT_BYTES)
    by = "  ".join(f"{each.purpose} {(each.up + each.down) / 1000:.0f} kB" for each in line.used)
    return [
        Row("a normal day on the wire, TCP's headers and keep-alives in", (acts + headers + quiet) / 1000, "kB",
            note=f"{entries} entries in {commits} batches: {by}; quiet minutes {quiet / 1000:.0f} kB"),
        Row("of it above TCP", (acts + (DAY_MIN - commits) * ping) / 1000, "kB"),
        Row("one keep-alive, both ways, above TCP", ping, "B"),
    ]  # fmt: skip


def _count(proxy: Link) -> int:
    total = proxy.total
    return total.up_sent + total.down_sent


def _used(place: Path) -> list[Used]:
    reader = LinkFile(place / "link.db", lambda: NOW_MS, writable=False)
    try:
        return reader.usage(0)
    finally:
        reader.close()
