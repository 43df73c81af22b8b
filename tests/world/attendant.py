"""The attendant of one station: receives, hands out, confuses cards, takes back; and the county's bus, and misreads.

What she does with bags stands in `stops.py`.
"""

import math
from typing import TYPE_CHECKING

from station_agent.counter.answers import Answer
from station_agent.counter.cards import CARDS
from station_agent.counter.vocabulary import telemetry
from tests.world.stops import Stops
from tests.world.weather import DAY_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world.box import Box, BoxAgent
    from tests.world.world import World

OPENING_S, CLOSING_S = 8 * 3600.0, 19 * 3600.0
CARD_CODES = sorted(CARDS)
NO_CARDS = frozenset({"YYCADOPT"})


class Attendant:
    """Works at whichever computer of the station is on; knows what was said, not what is recorded."""

    def __init__(self, world: "World", station: str) -> None:
        self.world, self.station = world, station
        self.draws = world.weather.stream(f"attendant/{station}")
        self.parcels: list[str] = []
        self.number = 0
        self.said = ""
        self.stops = Stops(self)
        world.clockwork.after(0.0, self.day)

    def heard(self, answer: Answer) -> None:
        """The station said something."""
        self.said = answer.phrase

    def day(self) -> None:
        """Plan a day."""
        if not self.world.faulty:
            return
        clockwork, draws = self.world.clockwork, self.draws
        start_s = math.floor(clockwork.now_s / DAY_S) * DAY_S
        mean = self.world.weather.parcels
        count = round(draws.expovariate(1.0 / mean))
        buses = draws.choice([1, 1, 2])
        for _ in range(buses if count else 0):
            at_s = start_s + draws.uniform(OPENING_S, CLOSING_S)
            for piece in range(count // buses):
                clockwork.when(at_s + piece * draws.uniform(2.0, 12.0), self.receive)
            clockwork.when(at_s + count * 12.0, lambda: self.scan("YYCOK"))
        for _ in range(count):
            clockwork.when(start_s + draws.uniform(OPENING_S, CLOSING_S), self.hand_out)
        for _ in range(draws.choice([0, 0, 1]) + count // 8):
            clockwork.when(start_s + draws.uniform(OPENING_S, CLOSING_S), self.confuse)
        for _ in range(draws.choice([0, 0, 0, 1, 2] if self.world.weather.days > 10 else [0, 2, 12])):
            clockwork.when(start_s + draws.uniform(0.0, DAY_S), self.measure)
        self.stops.plan(start_s, OPENING_S, CLOSING_S)
        clockwork.when(start_s + DAY_S, self.day)

    @property
    def box(self) -> "Box | None":
        """The computer at the counter now: where two run, either; None while one is being changed."""
        boxes = self.world.boxes_of(self.station)
        return self.draws.choice(boxes) if boxes else None

    def scan(self, code: str) -> str:
        """Scan, and return what was said."""
        self.said = ""
        box = self.box
        if box is not None:
            self.world.tally.scans += 1
            box.scan(code)
        return self.said

    def insist(self, mode: str, code: str) -> str:
        """Scan in a mode, again where it is asked for."""
        said = self.scan(code)
        if said.startswith("told.") or self.draws.random() < 0.2:
            self.scan(mode)
            said = self.scan(code)
        return self.scan(code) if said in ("scan.again", "parcel.come_again", "parcel.unknown") else said

    def receive(self) -> None:
        """A parcel comes in."""
        self.number += 1
        code = f"SF{self.station[1:]}{1_000_000_000 + self.number}"
        if self.draws.random() < 0.03 and self.parcels:
            code = self.draws.choice(self.parcels)
        if self.said not in ("parcel.received", "mode.in"):
            self.scan("YYCIN")
        if self.insist("YYCIN", code) == "parcel.received" and code not in self.parcels[-50:]:
            self.parcels.append(code)
        self.waver()

    def hurry(self) -> None:
        """A parcel at the worst moment: the station has just found the county again."""
        if self.world.faulty and self.draws.random() < 0.1:
            self.receive()

    def regret(self) -> None:
        """Take something back at the worst moment: the journal has just turned over."""
        if self.world.faulty and self.draws.random() < 0.5:
            self.world.clockwork.after(self.draws.uniform(0.1, 60.0), lambda: self.scan("YYCUNDO"))

    def waver(self) -> None:
        """Take it back, now and then."""
        if self.draws.random() < 0.06:
            self.scan("YYCUNDO")

    def hand_out(self) -> None:
        """A parcel is fetched."""
        if not self.parcels:
            return
        place = self.draws.randrange(len(self.parcels))
        self.scan("YYCOUT")
        if self.insist("YYCOUT", self.parcels[place]) == "parcel.collected":
            self.parcels.pop(place)
        self.waver()

    def confuse(self) -> None:
        """Cards and codes in a wrong order."""
        draws = self.draws
        for _ in range(draws.randint(1, 5)):
            roll = draws.random()
            if roll < 0.5:
                code = draws.choice(CARD_CODES)
                self.scan("YYCUNDO" if code in NO_CARDS else code)
            elif roll < 0.75 and self.parcels:
                self.scan(draws.choice(self.parcels))
            elif roll < 0.85:
                self.scan("YYCUNDO")
            elif roll < 0.95:
                self.at_box(lambda agent: agent.weigh(draws.uniform(50.0, 20_000.0)))
            else:
                self.scan(draws.choice(["", "6901234567892", "ABC123", "430000005180000011311853003030"]))

    def measure(self) -> None:
        """A block of a cold box's temperatures."""
        block = telemetry("box.temperatures", device="box1", start_ms=0, at_s=[0, 60], temperature_mc=[4000, None])
        self.at_box(lambda agent: agent.note(block))

    def at_box(self, what: "Callable[[BoxAgent], None]") -> None:
        """Something happens at the computer."""
        box = self.box
        if box is not None:
            box.act(what)
