"""A normal day on the wire, everything in: each act of the day goes over a real Mosquitto as it happens, one by one.

150 parcels in and out, 6 bags, a box sampled each minute. The day runs in fast motion: the acts are shipped and
confirmed one after the other, as in real life each is alone; the keep-alives of the quiet minutes are measured on an
idle line and reckoned for the day. A proxy counts what goes over TCP, the kernel counts the segments, each of which has
52 bytes of headers. The same day once more as a county is set up, over TLS with a certificate at both ends. Sealed
contacts and lists are not in it.
"""

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

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
from tests.chaos.certificates import COUNTY, CountyMosquitto, make_certificates
from tests.sync.memory import NOW_MS, STATION, MemoryLog
from tests.sync.test_ship import County

IDLE_S = 11.0
KEEPALIVE_S = 5
DAY_MIN = 24 * 60
WAIT_S = 30.0
SETTLED_S = 1.0


class Line:
    """A station's journal, shipped by a thread over a line that counts, to a county that answers."""

    def __init__(self, place: Path, broker: BrokerSettings, key: SigningKey, county: SigningKey) -> None:
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
        self._key, self._county, self._broker, self._place = key, county, broker, place
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
            broker=self._broker,
            journal=JournalFile(self._place / "journal.db"),
            link=link,
            say=lambda _line: None,
            look_s=0.002,
        ).run(stop=self._stop.is_set, beat=lambda: None)
        self.used = _used(self._place)


class Day(NamedTuple):
    """What a day took, in bytes both ways. acts, ping (a keep-alive): above TCP. quiet: keep-alives of idle minutes."""

    joined: int
    acts: int
    headers: int
    ping: float
    quiet: float
    commits: int
    entries: int
    by: str

    @property
    def whole(self) -> float:
        """Everything."""
        return self.acts + self.headers + self.quiet


def measure(directory: Path) -> list[Row]:
    """One day, what an idle minute costs, and the same day over TLS."""
    plain, secure = directory / "plain", directory / "tls"
    certificates = directory / "certificates"
    for place in (plain, secure):
        place.mkdir()
    make_certificates(certificates, [STATION])
    with Mosquitto(plain) as mosquitto:
        day = _live(plain, lambda port, _: BrokerSettings(port=port, keepalive_s=KEEPALIVE_S), mosquitto.port)
    with CountyMosquitto(secure, certificates) as mosquitto:
        over_tls = _live(secure, lambda port, name: _secure(certificates, port, name), mosquitto.port)
    return [
        Row("a normal day on the wire, TCP's headers and keep-alives in", day.whole / 1000, "kB",
            note=f"{day.entries} entries in {day.commits} batches: {day.by}; quiet minutes {day.quiet / 1000:.0f} kB"),
        Row("of it above TCP", (day.acts + (DAY_MIN - day.commits) * day.ping) / 1000, "kB"),
        Row("one keep-alive, both ways, above TCP", day.ping, "B"),
        Row("the same day over TLS with both certificates", over_tls.whole / 1000, "kB",
            note=f"a connection {over_tls.joined:,} B, without TLS {day.joined:,}; a keep-alive {over_tls.ping:.0f} B;"
            f" quiet minutes {over_tls.quiet / 1000:.0f} kB"),
    ]  # fmt: skip


def _live(place: Path, reach: Callable[[int, str], BrokerSettings], port: int) -> Day:
    """A day over a broker at this port. reach: how somebody of this name gets to it by a port."""
    key, county = SigningKey.create(place / "station.key"), SigningKey.create(place / "county.key")
    log = MemoryLog()
    log.register(STATION, key.public)
    with County(reach(port, COUNTY), county, log), Link(("127.0.0.1", port)) as proxy:
        with Line(place, reach(proxy.address[1], STATION), key, county) as line:
            joined = _joined(proxy)
            commits = live(line.journal, line.clock, line.confirm)
            acts = _count(proxy)
            time.sleep(IDLE_S)
            pings = IDLE_S // KEEPALIVE_S
            ping = (_count(proxy) - acts) / pings
        used = line.used
        headers = sum(each.up + each.down for each in used) - _count(proxy)
    entries = sum(len(places) for places in log.chains.values())
    # A ping is a segment there, one back, and an acknowledgement of that.
    quiet = (DAY_MIN - commits) * (ping + 3 * SEGMENT_BYTES)
    by = "  ".join(f"{each.purpose} {(each.up + each.down) / 1000:.0f} kB" for each in used)
    return Day(joined, acts, headers, ping, quiet, commits, entries, by)


def _secure(certificates: Path, port: int, name: str) -> BrokerSettings:
    """How one with a certificate of his own reaches the broker."""
    ca, certificate, own_key = (str(certificates / file) for file in ("ca.pem", f"{name}.pem", f"{name}.key"))
    return BrokerSettings(port=port, keepalive_s=KEEPALIVE_S, ca=ca, certificate=certificate, key=own_key)


def _joined(proxy: Link) -> int:
    """Bytes until a station is connected and answered: nothing more comes for a while then."""
    until_s, before = time.monotonic() + WAIT_S, -1
    while (now := _count(proxy)) == 0 or now != before:
        assert time.monotonic() < until_s, "not connected in time"
        before = now
        time.sleep(SETTLED_S)
    return now


def _count(proxy: Link) -> int:
    total = proxy.total
    return total.up_sent + total.down_sent


def _used(place: Path) -> list[Used]:
    reader = LinkFile(place / "link.db", lambda: NOW_MS, writable=False)
    try:
        return reader.usage(0)
    finally:
        reader.close()
