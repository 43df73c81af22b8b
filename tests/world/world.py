"""The world of one seed: stations, attendants, broker and air, county, and everything that goes wrong.

`World(weather).run()` lives through it: first the days in which things go wrong, then calm, in which everything must
arrive within a stated bound; then the ending is held against the witness. Raises Violation, or whatever the cores
raise.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from station_agent.counter.counter import Counter
from station_agent.journal.writer import Journal
from station_agent.letting_go import LettingGo
from station_agent.sent_down import SentDown
from sync.board import Board
from sync.entry import FORMAT, Position
from sync.errors import BadSignature, MalformedMessage
from sync.receiver import LogUnavailable, Receiver
from sync.sender import Sender
from sync.stick import Courier
from sync.wire import (
    Receipt,
    Verdict,
    decode_receipt,
    encode_envelope,
    encode_receipt,
    open_envelope,
    receipt_message,
)
from tests.world import ending, faults
from tests.world.attendant import Attendant
from tests.world.box import Box, BoxAgent, BoxLettingGo
from tests.world.card import Card, CardLink, Image
from tests.world.clockwork import Clockwork
from tests.world.county import Backup, CountyStore
from tests.world.keys import Key, make_key, verifiers
from tests.world.lists import Clerk, CountyLists
from tests.world.sticks import Sticks
from tests.world.stops import make_badges
from tests.world.weather import START_MS, Weather
from tests.world.witness import Violation, Witness, must

KEPT_LINES = 4000
STEPS, STEPS_A_YEAR = 1_000_000, 50_000
"""What may happen in a world at all, and in a station-year of it: several times what the busiest have needed. Those are
worlds in which the county does not know a station, or its database refuses, for weeks: a question every few seconds."""


@dataclass(frozen=True)
class Parts:
    """What a world is built from; a planted bug is another part."""

    agent: Callable[..., BoxAgent] = BoxAgent
    counter: Callable[..., Counter] = Counter
    journal: Callable[..., Journal] = Journal
    letting_go: Callable[..., LettingGo] = BoxLettingGo
    link: Callable[..., CardLink] = CardLink
    board: Callable[..., Board] = Board
    sent_down: Callable[..., SentDown] = SentDown
    courier: Callable[..., Courier] = Courier
    sender: Callable[..., Sender] = Sender
    receiver: Callable[..., Receiver] = Receiver
    store: Callable[..., CountyStore] = CountyStore


@dataclass
class Tally:
    """What happened, in figures."""

    scans: int = 0
    messages: int = 0
    commits: int = 0
    malformed: int = 0
    entries: int = 0
    forks: int = 0
    let_go: int = 0
    cut_at_bags: int = 0
    lists: int = 0
    notices: int = 0
    carried_in: int = 0
    drain_s: float = 0.0
    happened: dict[str, int] = field(default_factory=dict)


class World:
    """Everything there is."""

    def __init__(self, weather: Weather, parts: Parts = Parts(), *, loud: bool = False) -> None:
        self.weather, self.parts, self.loud = weather, parts, loud
        self.clockwork = Clockwork()
        self.witness = Witness()
        self.tally = Tally()
        self.lines: deque[tuple[float, tuple[object, ...]]] = deque(maxlen=KEPT_LINES)
        self.faulty = True
        self.streams: dict[str, random.Random] = {}
        self.air = weather.stream("air")
        self._keys: dict[str, Key] = {}
        self._make_county()
        self.boxes: list[Box] = []
        self.unlinked = {"v000"} if weather.unlinked else set[str]()
        self.attendants: dict[str, Attendant] = {}
        self.images: dict[str, tuple[Image, str]] = {}
        self._last_up: dict[str, Box] = {}
        for number in range(weather.stations):
            station = f"v{number:03}"
            self.store.register(station, self.key_of(station).public)
            self.add_box(station, Card(f"{station}-pi"))
            self.attendants[station] = Attendant(self, station)
        self.clerk = Clerk(self)
        self.sticks = Sticks(self)

    def _make_county(self) -> None:
        weather = self.weather
        county_key = make_key("county", real=weather.real_keys)
        self.county_sign, self.county_public = county_key.sign, county_key.public
        self.verifiers = verifiers(real=weather.real_keys)
        self.county_check = self.verifiers(county_key.public)
        self.liar = make_key("liar", real=weather.real_keys)
        self.badges = make_badges(self)
        self.store = self.parts.store(incarnation=self.chance("county").randbytes(8), committed=self._committed)
        self.workers = [
            self.parts.receiver(log=self.store, sign=self.county_sign, verifier=self.verifiers)
            for _ in range(weather.workers)
        ]
        self.lists = CountyLists(self.store, self.county_sign, self.verifiers)
        self.backup: Backup | None = None
        self.broker_down_until_s = self.county_cut_until_s = self.county_mute_until_s = 0.0

    # small things

    def chance(self, name: str) -> random.Random:
        """The stream of one purpose."""
        stream = self.streams.get(name)
        if stream is None:
            stream = self.streams[name] = self.weather.stream(name)
        return stream

    def happens(self, name: str) -> bool:
        """Whether a fault of single messages happens to this one."""
        rate = self.weather.rates.get(name)
        if rate is None or not self.faulty or self.chance(name).random() >= rate:
            return False
        self.count(name)
        return True

    def count(self, name: str) -> None:
        """A fault happened."""
        self.tally.happened[name] = self.tally.happened.get(name, 0) + 1

    def say(self, *words: object) -> None:
        """A line of the story."""
        self.lines.append((self.clockwork.now_s, words))
        if self.loud:
            print(told(self.clockwork.now_s, words))

    def key_of(self, station: str) -> Key:
        """A station's key."""
        if station not in self._keys:
            self._keys[station] = make_key(station, real=self.weather.real_keys)
        return self._keys[station]

    def add_box(self, station: str, card: Card) -> Box:
        """Another computer at a station."""
        number = sum(box.station == station for box in self.boxes)
        box = Box(self, station, f"{station}{'abcdefghijklmnopqrstuvwxyz'[number % 26]}{number // 26 or ''}", card)
        self.boxes.append(box)
        box.power_on()
        return box

    def boxes_of(self, station: str) -> list[Box]:
        """The computers at a station that are not gone."""
        return [box for box in self.boxes if box.station == station and not box.retired]

    @property
    def live(self) -> list[Box]:
        """Every computer that is not gone."""
        return [box for box in self.boxes if not box.retired]

    # the run

    def run(self) -> Tally:
        """Live through it; raises what is wrong."""
        try:
            return self._live()
        finally:
            self.sticks.close()

    def _live(self) -> Tally:
        weather = self.weather
        faults.schedule(self)
        self.clerk.plan()
        self.sticks.plan()
        self._project()
        self._advance(weather.days * 86_400.0)
        self.faulty = False
        faults.calm(self)
        self.say("calm")
        self.sticks.come_round()
        self.link_everybody()
        ending.drain(self)
        ending.check(self)
        self.tally.entries = sum(len(places) for places in self.store.chains.values())
        return self.tally

    def _advance(self, until_s: float) -> None:
        most = STEPS + STEPS_A_YEAR * self.weather.years
        while self.clockwork.step(until_s):
            must(self.clockwork.steps < most, "work without end")

    def link_everybody(self) -> None:
        """Also the station that had no link has one."""
        self.unlinked.clear()
        for box in self.live:
            box.connect()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._advance(self.clockwork.now_s + seconds)

    def _project(self) -> None:
        if not self.store.gone:
            self.store.project()
        if self.faulty:
            self.clockwork.after(self.weather.project_s, self._project)

    # the air

    def took_over(self, box: Box) -> bool:
        """The broker lets one client of a name stay, the newest; whether another was there since this one."""
        for other in self.boxes_of(box.station):
            if other is not box and other.online:
                other.hang_up()
        before, self._last_up[box.station] = self._last_up.get(box.station), box
        return before is not None and before is not box

    def publish_up(self, box: Box, payload: bytes) -> None:
        """A station publishes."""
        now_s = self.clockwork.now_s
        if now_s < max(box.cut_until_s, box.mute_until_s):
            return
        self._carry(payload, partial(self._arrive_county, box.station))

    def publish_down(self, station: str, payload: bytes) -> None:
        """The county publishes."""
        if self.clockwork.now_s < self.county_mute_until_s:
            return
        self._carry(payload, partial(self._arrive_station, station))
        if self.happens("misdelivered"):
            other = self.chance("misdelivered").choice(list(self.attendants))
            self._carry(payload, partial(self._arrive_station, other))

    def _carry(self, payload: bytes, arrive: Callable[[bytes], None]) -> None:
        """Bring a message over, or not, or twice, or altered, or late."""
        self.tally.messages += 1
        if self.happens("lost"):
            return
        for _ in range(2 if self.happens("doubled") else 1):
            carried = payload
            if self.happens("halved"):
                carried = carried[: self.chance("halved").randrange(len(carried))]
            if carried and self.happens("flipped"):
                draws = self.chance("flipped")
                place = draws.randrange(len(carried))
                carried = carried[:place] + bytes([carried[place] ^ 1 << draws.randrange(8)]) + carried[place + 1 :]
            delay_s = self.weather.latency_s * (0.5 + self.air.random())
            if self.happens("reordered"):
                delay_s += self.chance("reordered").uniform(0.0, 10.0)
            if self.happens("delayed"):
                delay_s += self.chance("delayed").choice([15.0, 600.0, 20_000.0])
            self.clockwork.after(delay_s, partial(self._over, self.clockwork.now_s, carried, arrive))

    def _over(self, sent_s: float, payload: bytes, arrive: Callable[[bytes], None]) -> None:
        """A message comes out of the broker, unless that forgot it meanwhile."""
        if not sent_s < self.broker_down_until_s:
            arrive(payload)

    def _arrive_county(self, station: str, payload: bytes) -> None:
        if self.clockwork.now_s < self.county_cut_until_s:
            return
        if self.happens("two_workers"):
            self.store.meanwhile = partial(self._work, self.air.choice(self.workers), station, payload)
        self._work(self.air.choice(self.workers), station, payload)
        self.store.meanwhile = None

    def _work(self, worker: Receiver, station: str, payload: bytes) -> None:
        """One worker takes one message."""
        now_ms = START_MS + round(self.clockwork.now_s * 1000)
        try:
            if open_envelope(payload)[0] == "lists":
                self._tell_lists(station, payload)
                return
            answer = worker.receive(station, payload, now_ms)
        except MalformedMessage:
            self.tally.malformed += 1
            return
        receipt = decode_receipt(open_envelope(answer)[1])
        self.witness.receipt(self.store, receipt)
        if receipt.verdict not in (Verdict.ACCEPTED, Verdict.POSITION):
            self.say(station, "receipt:", receipt.verdict.value, [place.sequence for place in receipt.positions])
        if not self.happens("worker_dies"):
            self.publish_down(station, answer)

    def _tell_lists(self, station: str, payload: bytes) -> None:
        """One worker answers about lists, or nothing where it cannot; raises MalformedMessage."""
        try:
            messages = self.lists.answer(station, payload)
        except (BadSignature, LogUnavailable):
            return
        for message in messages:
            if not self.happens("worker_dies"):
                self.publish_down(station, message)

    def _arrive_station(self, station: str, payload: bytes) -> None:
        for box in self.boxes_of(station):
            if self.clockwork.now_s >= max(box.cut_until_s, box.deaf_until_s):
                box.arrive(payload)

    def _committed(self, run: Any, fresh: Any, first: int) -> None:
        self.tally.commits += 1
        self.witness.committing(self.store, run, fresh, first)

    def forge(self, box: Box, head: Position, request: int) -> None:
        """A broker that lies answers in the county's place, with the right request and a wrong key."""
        if not self.happens("forged"):
            return
        receipt = Receipt(FORMAT, request, box.station, self.store.incarnation, Verdict.ACCEPTED, 0, [head])
        content = encode_receipt(receipt)
        forgery = encode_envelope("receipt", content, self.liar.sign(receipt_message(content)))
        self.clockwork.after(0.0, partial(box.arrive, forgery))


def told(at_s: float, words: tuple[object, ...]) -> str:
    """A line as people read it: day, time of day, what happened."""
    day, rest_s = divmod(at_s, 86_400.0)
    hours, rest_s = divmod(rest_s, 3600.0)
    minutes, seconds = divmod(rest_s, 60.0)
    return f"day {day:4.0f} {hours:02.0f}:{minutes:02.0f}:{seconds:06.3f}  {' '.join(str(word) for word in words)}"


__all__ = ["Parts", "Tally", "Violation", "World", "told"]
