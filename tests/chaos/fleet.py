"""Stations in threads: the real `Shipment` (sender, board, link.db, MQTT with its jitter) over a journal in memory.

Each writes entries as it goes, in the thread that ships them, and holds every confirmation against the one before.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sync.broker import BrokerSettings
from sync.entry import ChainId, Lane, Position
from sync.keys import SigningKey
from sync.link import LinkFile
from sync.sender import Timers
from sync.ship import Shipment
from tests.sync.memory import MemoryJournal

JOIN_S = 60.0
CONNECTED = "connected to the broker"


class WitnessedLink(LinkFile):
    """link.db that notes every confirmation the sender believed, before anything is left out."""

    def __init__(
        self, path: Path, confirmed: dict[ChainId, Position], faults: list[str], seen: Callable[[], None]
    ) -> None:
        super().__init__(path, lambda: time.time_ns() // 1_000_000, writable=True)
        self._witnessed, self._faults, self._seen, self._first = confirmed, faults, seen, dict[bytes, bytes]()

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        """Hold it against the last one of its chain."""
        before = self._witnessed.get(position.chain)
        if before is not None and before.sequence > position.sequence:
            self._faults.append(f"confirmed {before.sequence}, then {position.sequence}")
        if self._first.setdefault(b"incarnation", incarnation) != incarnation:
            self._faults.append("another incarnation")
        self._witnessed[position.chain] = position
        self._seen()
        super().confirm(position, incarnation, receipt, signature)


@dataclass(eq=False)
class Station:
    """One station. `write` is called in its own thread at least twice a second, to record what happened there."""

    name: str
    key: SigningKey
    broker: BrokerSettings
    directory: Path
    write: Callable[["Station"], None]
    timers: Timers | None = None
    confirmed: dict[ChainId, Position] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    connected_s: list[float] = field(default_factory=list)
    heard_s: float = 0.0
    """When the county last confirmed anything here."""
    troubles: list[str] = field(default_factory=list)
    crash: BaseException | None = None

    def __post_init__(self) -> None:
        self.journal = MemoryJournal(self.key.id, self.name, epoch=self.key.id)

    @property
    def drained(self) -> bool:
        """Whether the county confirmed all there is; exact only while nothing is written."""
        return all(self.confirmed.get(head.chain) == head for head in self.journal.heads())

    def run(self, stop: threading.Event, county_key: bytes) -> None:
        """Ship until `stop`."""
        try:
            link = WitnessedLink(self.directory / f"{self.name}.db", self.confirmed, self.faults, self._hear)
            shipment = Shipment(
                station=self.name,
                version="chaos",
                key=self.key,
                county_key=county_key,
                broker=self.broker,
                journal=self.journal,
                link=link,
                say=self._say,
                timers=self.timers,
            )
            shipment.run(stop=stop.is_set, beat=lambda: self.write(self))
            again = LinkFile(self.directory / f"{self.name}.db", lambda: 0, writable=False)
            self.troubles = [noted.trouble.value for noted in again.troubles()]
            self.faults += [f"link.db says {each}" for each in self._differences(again)]
            again.close()
        except BaseException as error:
            self.crash = error
            raise

    def _differences(self, link: LinkFile) -> Iterator[Position]:
        """What link.db does not hold as it was confirmed."""
        return (place for place in link.positions() if self.confirmed.get(place.chain) != place)

    def _hear(self) -> None:
        self.heard_s = time.monotonic()

    def _say(self, line: str) -> None:
        if CONNECTED in line:
            self.connected_s.append(time.monotonic())


@contextmanager
def shipping(stations: list[Station], county_key: bytes) -> Iterator[None]:
    """All of them ship while the block runs; raises what any of them raised."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=each.run, args=(stop, county_key), name=each.name, daemon=True) for each in stations
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(JOIN_S)
    crashed = [each for each in stations if each.crash is not None]
    assert crashed == [], f"{crashed[0].name}: {crashed[0].crash!r}"
    assert not any(thread.is_alive() for thread in threads), "a station does not stop"


class Day:
    """Writes parcels and box blocks of one station at random, until told that the day is over."""

    def __init__(self, seed: int, *, busiest: int) -> None:
        """`busiest`: the most entries at one beat."""
        self._draw, self._busiest, self.over = random.Random(seed), busiest, False

    def __call__(self, station: Station) -> None:
        """Record what happened since the last beat."""
        if self.over or self._draw.random() < 0.5:
            return
        for _ in range(self._draw.randrange(self._busiest)):
            if self._draw.random() < 0.1:
                station.journal.write(Lane.TELEMETRY, "box.block", {"t": [self._draw.randrange(9000)]})
            else:
                waybill = f"YT{station.name[-3:]}{station.journal.writes:010d}"
                station.journal.write(Lane.CUSTODY, "parcel.received", {"waybill": waybill})


def until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Wait for it; False where it did not come in time."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.05)
    return True
