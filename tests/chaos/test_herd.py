"""All stations of a county come back at once after its power was cut, each with a certificate of its own.

`make chaos`; STATIONS=... for another county. The stations are threads with the real `Shipment`: the same sender, the
same MQTT, the same jitter, over a journal in memory.
"""

import os
import threading
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import pytest

from sync.broker import BrokerSettings
from sync.entry import Lane
from sync.keys import SigningKey
from tests.chaos.audit import differences
from tests.chaos.certificates import COUNTY, HOST, CountyMosquitto, make_certificates
from tests.chaos.fleet import Station, shipping, until
from tests.chaos.house import House, memory_kb, opened_house

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(900),
    # paho leaves the socket of a handshake that failed to the garbage collector, which closes it at once.
    pytest.mark.filterwarnings("ignore:.*unclosed <ssl.SSLSocket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"),
]

STATIONS = int(os.environ.get("STATIONS", "301"))
OUTAGE_S = float(os.environ.get("OUTAGE_S", "75"))
"""Long enough that the waits between tries have grown to their cap of a minute: the worst herd there is."""
BACKLOG = int(os.environ.get("BACKLOG", "150"))
"""Entries each station writes meanwhile: a normal day's parcels."""
COME_S = 120.0
BACK_S = 60.0
DRAIN_S = 120.0
MEMORY = "/dev/shm"
"""Where link.db of the stations lies: three hundred on one disk would measure the disk."""
DROPPED = "messages are being dropped"
"""Mosquitto's word for a queue that is too short."""
INGEST_KB = 120_000
MOSQUITTO_KB = 100_000


class Watch(threading.Thread):
    """Looks at the memory of some processes until told to stop; the most it saw is kept."""

    def __init__(self, house: House) -> None:
        super().__init__(daemon=True)
        self._house, self._stop_watching = house, threading.Event()
        self.most_kb = Counter[str]()

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, _type: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        self._stop_watching.set()
        self.join()

    def run(self) -> None:
        while not self._stop_watching.wait(0.25):
            for name, process in [*self._house.processes.items()]:
                self.most_kb[name] = max(self.most_kb[name], memory_kb(process.pid))
            broker = self._house.mosquitto.pid
            if broker is not None:
                self.most_kb["mosquitto"] = max(self.most_kb["mosquitto"], memory_kb(broker))


class Backlog:
    """Writes what the outage brings, once `begun`, in the station's own thread."""

    def __init__(self) -> None:
        self.begun, self.written = False, set[str]()

    def __call__(self, station: Station) -> None:
        """A day's parcels at once."""
        if self.begun and station.name not in self.written:
            self.written.add(station.name)
            for _ in range(BACKLOG):
                waybill = f"YT{station.name[-3:]}{station.journal.writes:010d}"
                station.journal.write(Lane.CUSTODY, "parcel.received", {"waybill": waybill})


def make_stations(house: House, directory: Path, certificates: Path, port: int, backlog: Backlog) -> list[Station]:
    """Registered stations with certificates, each with an entry to bring; link.db of each in `directory`."""
    stations = []
    for name in station_names():
        key = SigningKey.create(directory / f"{name}.key")
        house.register(name, key.public)
        station = Station(name, key, settings(certificates, name, port), directory, backlog)
        station.journal.write(body={"waybill": f"FIRST{name[-3:]}"})
        stations.append(station)
    return stations


def station_names() -> list[str]:
    return [f"500237-{number + 1:03d}" for number in range(STATIONS)]


def settings(certificates: Path, name: str, port: int) -> BrokerSettings:
    """How one with a certificate reaches the broker."""
    return BrokerSettings(
        host=HOST,
        port=port,
        ca=str(certificates / "ca.pem"),
        certificate=str(certificates / f"{name}.pem"),
        key=str(certificates / f"{name}.key"),
    )


def test_three_hundred_stations_come_back_within_a_minute(tmp_path: Path) -> None:
    """After a long cut of the county's power: connected and answered, drained, memory within bounds, nothing lost."""
    certificates = tmp_path / "certificates"
    make_certificates(certificates, station_names())
    backlog = Backlog()
    with (
        CountyMosquitto(tmp_path, certificates) as mosquitto,
        opened_house(
            tmp_path / "county", mosquitto=mosquitto, broker=settings(certificates, COUNTY, mosquitto.port)
        ) as house,
        TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else tmp_path) as links,
        Watch(house) as watch,
    ):
        stations = make_stations(house, Path(links), certificates, mosquitto.port, backlog)
        first_s = time.monotonic()
        with shipping(stations, house.key.public):
            assert until(lambda: all(each.drained for each in stations), COME_S), _missing(stations)
            come = arrivals(stations, first_s)
            came_s = max(each.heard_s for each in stations) - first_s
            dropped = mosquitto.log.count(DROPPED)
            cut_power(house)
            backlog.begun = True
            time.sleep(OUTAGE_S)
            assert len(backlog.written) == STATIONS
            back_s = time.monotonic()
            give_power(house)
            everybody = until(lambda: all(each.heard_s > back_s for each in stations), BACK_S)
            assert until(lambda: all(each.drained for each in stations), DRAIN_S), _missing(stations)
            drained_s = max(each.heard_s for each in stations) - back_s
        back = arrivals(stations, back_s)
        print_table(come, back, (came_s, drained_s), watch.most_kb, stations)
        assert everybody, f"not all back within {BACK_S} s"
        assert [(each.name, each.faults, each.troubles) for each in stations if each.faults or each.troubles] == []
        assert house.died == []
        assert dropped + mosquitto.log.count(DROPPED) == 0
        assert max(kb for name, kb in watch.most_kb.items() if name in house.names) <= INGEST_KB
        assert watch.most_kb["mosquitto"] <= MOSQUITTO_KB
        house.engine.dispose()
        assert differences(house.engine, stations) == []


def cut_power(house: House) -> None:
    """Everything at the county, at once."""
    house.mosquitto.kill()
    house.kill(*house.names)
    house.postgres.kill()


def give_power(house: House) -> None:
    """In the order machines come up: the broker is there before anybody listens."""
    house.mosquitto.start()
    house.postgres.start()
    house.start(*house.names)


def arrivals(stations: list[Station], since_s: float) -> list[float]:
    """Seconds until each station's first connection after `since_s`, sorted; those without any are left out."""
    firsts = (next((at_s for at_s in each.connected_s if at_s > since_s), None) for each in stations)
    return sorted(at_s - since_s for at_s in firsts if at_s is not None)


def _missing(stations: list[Station]) -> str:
    silent = [each.name for each in stations if not each.drained]
    return f"{len(silent)} stations are not drained: {silent[:10]}"


def print_table(
    come: list[float], back: list[float], drained_s: tuple[float, float], most_kb: Counter[str], stations: list[Station]
) -> None:
    """What was measured."""
    entries = sum(each.journal.writes for each in stations)
    made = sum(len(each.connected_s) for each in stations)
    print(
        f"\n{len(stations)} stations with certificates, {entries:,} entries, {made} connections, cut {OUTAGE_S:.0f} s"
    )
    print("| what | first start | after the cut |\n|---|---|---|")
    for what, share in (("half of them connected", 0.5), ("nine of ten", 0.9), ("all", 1.0)):
        print(f"| {what} | {at(come, share):.1f} s | {at(back, share):.1f} s |")
    print(f"| busiest second | {busiest(come)} connections | {busiest(back)} connections |")
    print(f"| all confirmed | {drained_s[0]:.1f} s | {drained_s[1]:.1f} s |")
    for name, kb in sorted(most_kb.items()):
        print(f"| memory of {name}, most | | {kb / 1000:.1f} MB |")


def at(sorted_s: list[float], share: float) -> float:
    """When so many had come."""
    return sorted_s[min(len(sorted_s) - 1, int(share * len(sorted_s)))] if sorted_s else float("nan")


def busiest(sorted_s: list[float]) -> int:
    """Most arrivals within any second."""
    return max((sum(1 for other in sorted_s if at_s <= other < at_s + 1.0) for at_s in sorted_s), default=0)
