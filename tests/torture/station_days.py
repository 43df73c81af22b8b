"""`station run` for days in virtual time: the real loop, journal, books, upkeep and cold boxes on a real SQLite file.

Run as a process of its own, so that its memory is that of a station and of nothing else:
`python -m tests.torture.station_days FOLDER FIRST HOURS [county]` lives so many hours of `script` from day FIRST on,
and tells every six hours what it takes; FIRST is 0 for a new station, and for one that goes on the number of days it
has lived. With `county` its word comes down into link.db: receipts once a minute, lists every hour. Without it the
station works with no county at all, and there is no link.db. Devices are scripted, waits are skipped, every other line
is the program's own.
"""

import queue
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from drivers.outages import DeviceEvent, Opened, Said
from drivers.readings import Weight
from drivers.supervision import Emit
from station_agent.agent import Agent
from station_agent.clock import Clock
from station_agent.commands.run import workplace
from station_agent.config import Device, Settings, load
from station_agent.counter.answers import Answer
from station_agent.devices import Event
from station_agent.journal.writer import Journal
from station_agent.personal.key_files import make_seal_key
from station_agent.station import open_station
from sync.badge import Role, day_of, make_badge
from sync.contents import Content, Flight, Flights, Notice, Notices, RevokedBadges, pack_content
from sync.entry import Lane, Trust
from sync.held import SignedList
from sync.keys import SigningKey
from sync.link import LinkFile
from tests.torture import gauges, script

STATION = "500237-001"
FROM_MS = 1_790_006_400_000
"""Midnight in China, so that a day of the script is a day of the station."""
SINCE_BOOT_MS = 60_000
"""How long the computer is on at that midnight; it is not switched off in all these days."""
HOUR_S = 3600.0
LOOK_HOURS = 6
STANZAS = """
[[device]]
name = "gun"
model = "scan_serial"
path = "/dev/gun"

[[device]]
name = "scale"
model = "stgs_ascii"
path = "/dev/scale"

[[device]]
name = "box"
model = "w1_slave"
path = "/sys/bus/w1/devices/28-000000000001"

[[device]]
name = "lid"
model = "door_gpio"
path = "GPIO17"

[[device]]
name = "mains"
model = "power_gpio"
path = "GPIO22"

[[box]]
name = "1"
profile = "plum_express"
thermometer = "box"
door = "lid"

[[line]]
id = "L1"
name = "巫山—龙雾村"
kind = "bus"
"""


class Days:
    """The station's clock, its queue of events and its light; time goes on to the next act and waits for nothing."""

    def __init__(self, badges: dict[str, str], first_day: int, hours: int, look: Callable[[int], None]) -> None:
        """look is called with the number of hours gone by, every LOOK_HOURS."""
        self._badges, self._first_day, self._look, self._end_s = badges, first_day, look, hours * HOUR_S
        self._begun_s = time.monotonic()  # cold boxes are opened by the real clock
        self.gone_s = 0.0
        self._hour = self._day = 0
        self._acts: deque[script.Act] = deque()
        self._waiting: deque[Event | None] = deque()
        self._emits: dict[str, Emit] = {}
        self.heard: Counter[str] = Counter()
        self.each_minute: Callable[[], None] = lambda: None
        self.stop: Callable[[], None] = lambda: None

    def clock(self) -> float:
        """The loop's monotonic clock."""
        return self._begun_s + self.gone_s

    def make_clock(self, *, floor_ms: int | None) -> Clock:
        """The station's, which is always in step with the network's."""
        return Clock(
            floor_ms=floor_ms,
            since_boot_ms=lambda: self.wall_ms() - FROM_MS + SINCE_BOOT_MS,
            wall_ms=self.wall_ms,
            look=lambda: Trust.SYNCHRONISED,
        )

    def wall_ms(self) -> int:
        """Wall time."""
        return FROM_MS + self._first_day * script.DAY_S * 1000 + round(self.gone_s * 1000)

    def give(self, answer: Answer) -> None:
        """The light and the voice: only counted."""
        self.heard[answer.phrase] += 1

    def put(self, item: Event | None, /) -> None:
        """The queue's entrance."""
        self._waiting.append(item)

    def qsize(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def get(self, *, timeout: float) -> Event | None:
        """The queue's exit; time goes on to the next act, or by `timeout`."""
        end_s = self.gone_s + timeout
        while not self._waiting:
            if not self._acts and self._day * script.DAY_S <= end_s:
                self._next_day()
            if not self._acts or self._acts[0][0] > end_s:
                self._go_on(end_s)
                raise queue.Empty
            at_s, event = self._acts.popleft()
            self._go_on(max(at_s, self.gone_s))
            self._emits[event.device](self._now(event))
        return self._waiting.popleft()

    def supervise(self, device: Device, emit: Emit) -> "Twin":
        """Stand in for a device's supervisor."""
        self._emits[device.name] = emit
        return Twin(device.name, emit)

    def _now(self, event: DeviceEvent) -> DeviceEvent:
        """What a device says, by the loop's clock and not by the script's."""
        return Said(event.device, replace(event.reading, at_s=self.clock())) if isinstance(event, Said) else event

    def _next_day(self) -> None:
        begun_s = self._day * script.DAY_S
        acts = script.day(self._first_day + self._day, self._badges)
        self._acts.extend((begun_s + at_s, event) for at_s, event in acts)
        self._day += 1

    def _go_on(self, to_s: float) -> None:
        """Let time pass; meanwhile the scale says once a second that its pan is empty."""
        scale = self._emits.get("scale")
        for second in range(int(self.gone_s) + 1, int(to_s) + 1):
            if scale is not None:
                scale(Said("scale", Weight(0.0, True, b"", self._begun_s + second)))
            if second % 60 == 0:
                self.each_minute()
        self.gone_s = to_s
        while self._hour * HOUR_S <= min(to_s, self._end_s):
            self._look(self._hour)
            self._hour += LOOK_HOURS
        if to_s >= self._end_s:
            self.stop()


class Twin:
    """A device that is there at once; what it says comes from the script."""

    def __init__(self, name: str, emit: Emit) -> None:
        self._name, self._emit = name, emit

    def start(self) -> None:
        """It is there."""
        self._emit(Opened(self._name))

    def stop(self) -> None:
        """It has no thread to end."""

    def send(self, data: bytes) -> None:
        """A beep nobody hears."""


class Sync:
    """What `station sync` leaves in link.db: a receipt for all there is each minute, lists anew each hour."""

    def __init__(self, settings: Settings, journal: Journal, days: Days) -> None:
        self._journal, self._days, self._minutes = journal, days, 0
        self._link = LinkFile(settings.link_path, days.wall_ms, writable=True)

    def __call__(self) -> None:
        """A minute has gone by."""
        for lane in Lane:
            self._link.confirm(self._journal.head(lane), bytes(8), bytes(120), bytes(64))
        if self._minutes % 60 == 0:
            for content in self._contents(self._days.wall_ms()):
                version = self._days.wall_ms()
                self._link.keep(SignedList(STATION, content.LIST, version, pack_content(content), bytes(64)))
        self._minutes += 1
        self._link.met(bytes(8))
        self._link.save()

    def _contents(self, now_ms: int) -> list[Content]:
        hour = self._minutes // 60
        flights = [
            Flight(f"3U{8000 + place}", "巫山—重庆", now_ms + 9_000_000, now_ms + 3_600_000) for place in range(3)
        ]
        notices = [Notice(f"SF{hour * 100 + place:013d}", now_ms) for place in range(50)]
        return [RevokedBadges([1000 + hour]), Flights(flights), Notices(notices)]


def set_up(folder: Path, county_key: SigningKey) -> None:
    """A station as a technician makes it."""
    config = folder / "station.toml"
    words = [
        "--id",
        STATION,
        "--name",
        "龙雾村",
        "--county-key",
        county_key.public.hex(),
        "--data",
        str(folder / "data"),
    ]
    program = Path(sys.executable).with_name("station")  # apart: its commands would lie in our memory
    subprocess.run([str(program), "init", "--config", str(config), *words], check=True, capture_output=True)
    with config.open("a", encoding="utf-8") as file:
        file.write(STANZAS)


def live(folder: Path, first_day: int, hours: int, *, county: bool) -> tuple[list[gauges.Gauge], Days]:
    """Live so many hours in `folder`; day 0 is that of a new station, which is set up first."""
    folder.mkdir(parents=True, exist_ok=True)
    if not first_day:
        set_up(folder, SigningKey.create(folder / "county.key"))
    key = SigningKey.load(folder / "county.key")
    settings, devices = load(folder / "station.toml")
    today = day_of(FROM_MS)
    badge = partial(make_badge, key.sign, first_day=today, last_day=today + 400)
    badges = {
        "attendant": badge(number=1, role=Role.ATTENDANT, place=STATION),
        "driver": badge(number=2, role=Role.DRIVER, place="L1"),
    }
    seen: list[gauges.Gauge] = []
    days = Days(badges, first_day, hours, lambda hour: seen.append(gauges.look(hour, settings.journal_path)))
    with open_station(settings, days.make_clock) as station:
        make_seal_key(settings.seal_path)
        place = workplace(settings, station, days)
        place.adopts_guns = False  # who looks for new guns has a thread and a clock of its own
        if county:
            days.each_minute = Sync(settings, station.journal, days)
        agent = Agent(place, devices, "0.soak", make_supervisor=days.supervise, events=days, clock=days.clock)
        days.stop = agent.stop
        agent.run(ready=lambda: None, beat=lambda: None)
    return seen, days


def main(folder: Path, first_day: int, hours: int, *words: str) -> None:
    """Live, and tell."""
    seen, lived = live(folder, first_day, hours, county="county" in words)
    gauges.tell(seen, heard=lived.heard)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
