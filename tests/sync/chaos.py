"""One station and one county in virtual time, with everything going wrong that a seed decides; a run can be replayed.

Which faults there are, and how bad, is drawn per seed: a run in which all faults happen hides what some of them do
alone. `python -m tests.sync.chaos SEED` runs one and tells what happened.
"""

import heapq
import itertools
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sync.entry import FORMAT, ChainId, Entry, Lane, Position, check_one
from sync.errors import MalformedMessage
from sync.sender import Sender, State, Timers
from sync.trouble import Trouble
from sync.wire import (
    Receipt,
    Verdict,
    decode_receipt,
    decode_run,
    encode_envelope,
    encode_receipt,
    open_envelope,
    receipt_message,
)
from tests.sync.memory import (
    STATION,
    STATION_KEY,
    CheapKey,
    MemoryJournal,
    MemoryLedger,
    Places,
    make_log,
    make_receiver,
    make_sender,
)

FAULTS_S = 400.0
"""Virtual seconds in which things go wrong."""
DRAIN_S = 600.0
"""Virtual seconds after the last fault in which everything must have arrived: one idle question and some rests."""
TIMERS = Timers(answer_s=10.0, rest_base_s=1.0, rest_cap_s=60.0, again_s=300.0)


@dataclass(frozen=True)
class Weather:
    """What goes wrong in one run. Shares of messages; mean seconds between events, 0 for never."""

    lost: float
    doubled: float
    flipped: float
    forged: float
    slow_s: float
    cut_s: float
    refuse_s: float
    county_restore_s: float
    station_restore_s: float
    link_lost_s: float
    epoch_s: float
    damage_s: float
    write_s: float
    batch_entries: int

    @classmethod
    def draw(cls, draws: random.Random) -> "Weather":
        """A weather in which each fault happens in about half of all runs."""

        def sometimes(low: float, high: float) -> float:
            return draws.uniform(low, high) if draws.random() < 0.5 else 0.0

        old_cards = draws.random() < 0.2  # old cards and old backups together: the rarest and worst
        return cls(
            lost=sometimes(0.0, 0.4),
            doubled=sometimes(0.0, 0.4),
            flipped=sometimes(0.0, 0.1),
            forged=sometimes(0.0, 0.3),
            slow_s=draws.choice([0.05, 0.5, 4.0, 15.0]),
            cut_s=sometimes(20.0, 200.0),
            refuse_s=sometimes(30.0, 200.0),
            county_restore_s=draws.uniform(30.0, 90.0) if old_cards else sometimes(60.0, 300.0),
            station_restore_s=draws.uniform(30.0, 90.0) if old_cards else sometimes(60.0, 300.0),
            link_lost_s=sometimes(60.0, 300.0),
            epoch_s=sometimes(60.0, 300.0),
            damage_s=sometimes(200.0, 400.0),
            write_s=draws.choice([3.0, 10.0, 30.0]),
            batch_entries=draws.choice([3, 10, 50, 1000]),
        )


class Scheduled(NamedTuple):
    """Something that happens at a time; `order` keeps equal times in order."""

    at_s: float
    order: int
    happen: Callable[[], None]


class World:
    """A seed's station, county and the wire between them."""

    def __init__(self, seed: int, *, loud: bool = False) -> None:
        self.seed, self.loud = seed, loud
        self.draws = random.Random(seed)
        self.weather = Weather.draw(self.draws)
        self.now_s = 0.0
        self.faults = True
        self.queue: list[Scheduled] = []
        self.order = itertools.count()
        self.journal = MemoryJournal(STATION_KEY.id)
        self.ledger = MemoryLedger()
        self.log = make_log()
        self.workers = [make_receiver(self.log), make_receiver(self.log)]
        self.online = False
        self.outstanding: int | None = None
        self.written: set[bytes] = set()
        self.noted: set[tuple[Trouble, ChainId | None]] = set()
        self.known: dict[ChainId, tuple[Position, bytes]] = {}
        self.damaged: dict[ChainId, int] = {}
        self.card = self.journal.image()
        self.card_known: dict[ChainId, tuple[Position, bytes]] = {}
        self.backup: dict[tuple[str, ChainId], Places] = {}
        self.forks_possible = False
        self.malformed = 0
        self.batches = 0
        self.sender = self.make_sender()
        self.journal.open_epoch(self.draws.randbytes(8))
        self.remember_written()

    def make_sender(self) -> Sender:
        return make_sender(
            self.journal,
            self.ledger,
            seed=self.draws.getrandbits(32),
            timers=TIMERS,
            batch_entries=self.weather.batch_entries,
        )

    # time

    def at(self, delay_s: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self.queue, Scheduled(self.now_s + delay_s, next(self.order), happen))

    def every(self, mean_s: float, happen: Callable[[], None]) -> None:
        """Let something happen again and again while there are faults."""
        if mean_s == 0.0:
            return

        def once() -> None:
            if self.faults:
                happen()
                self.at(self.draws.expovariate(1 / mean_s), once)

        self.at(self.draws.expovariate(1 / mean_s), once)

    def say(self, *words: object) -> None:
        if self.loud:
            print(f"{self.now_s:8.2f}", *words)

    def run(self) -> float:
        """Run to the end and return how many virtual seconds the drain took; raises AssertionError."""
        weather = self.weather
        self.say(weather)
        self.every(weather.write_s, self.write)
        self.every(weather.cut_s, self.cut)
        self.every(weather.refuse_s, self.refuse)
        self.every(weather.county_restore_s, self.restore_county)
        self.every(weather.station_restore_s, self.restore_station)
        self.every(weather.link_lost_s, self.lose_link)
        self.every(weather.epoch_s, self.open_epoch)
        self.every(weather.damage_s, self.damage)
        self.every(50.0, self.take_backup)
        self.every(50.0, self.take_image)
        self.connect()
        self.advance(FAULTS_S)
        self.faults, self.log.refusing, self.log.read_only = False, False, False
        self.say("faults are over")
        self.connect()
        while not self.drained() and self.now_s < FAULTS_S + DRAIN_S:
            self.advance(self.now_s + 1.0)
        self.check_end()
        return self.now_s - FAULTS_S

    def advance(self, until_s: float) -> None:
        """Let everything happen that is due, the sender's deadline among it."""
        while True:
            deadline_s = self.sender.deadline_s
            due_s = self.queue[0].at_s if self.queue else until_s
            if deadline_s is not None and deadline_s <= min(due_s, until_s):
                self.now_s = max(self.now_s, deadline_s)
                self.tick()
            elif self.queue and due_s <= until_s:
                event = heapq.heappop(self.queue)
                self.now_s = event.at_s
                event.happen()
            else:
                break
            self.heed()
            self.check_step()
        self.now_s = until_s

    # the wire

    def tick(self) -> None:
        deadline_s = self.sender.deadline_s
        if deadline_s is not None and self.now_s >= deadline_s:
            self.outstanding = None
        self.send(self.sender.tick(self.now_s))

    def send(self, payloads: list[bytes]) -> None:
        """Publish what the sender wants; holds that one batch is outstanding."""
        assert len(payloads) <= 1, "more than one message at once"
        for payload in payloads:
            kind, content, _ = open_envelope(payload)
            if kind == "batch":
                run, request = decode_run(content)
                assert self.outstanding is None, "a second batch while one is outstanding"
                assert self.sender.state is State.WAITING
                assert len(run.entries) <= self.weather.batch_entries
                self.outstanding = request
                self.batches += 1
                self.forge(run.head, request)
                self.say("batch", run.chain.epoch.hex()[:4], run.chain.lane.name, run.first, len(run.entries))
            self.carry(payload, self.arrive_county)
            if self.draws.random() < 0.5:
                self.sender.prepare()

    def carry(self, payload: bytes, arrive: Callable[[bytes], None]) -> None:
        """Bring a message to the other side, or not, or twice, or altered, or late."""
        weather, draws = self.weather, self.draws
        copies = 1
        if self.faults:
            copies = 0 if draws.random() < weather.lost else 2 if draws.random() < weather.doubled else 1
        for _ in range(copies):
            bytes_ = payload
            if self.faults and draws.random() < weather.flipped:
                place = draws.randrange(len(payload))
                bytes_ = payload[:place] + bytes([payload[place] ^ 1 << draws.randrange(8)]) + payload[place + 1 :]
            slow_s = weather.slow_s if self.faults else 0.05
            self.at(draws.expovariate(1 / slow_s), lambda payload=bytes_: arrive(payload))  # type: ignore[misc]

    def forge(self, head: Position, request: int) -> None:
        """A broker that lies answers in the county's place, with the right request and a wrong key."""
        if self.faults and self.draws.random() < self.weather.forged:
            receipt = Receipt(FORMAT, request, STATION, self.log.incarnation, Verdict.ACCEPTED, 0, [head])
            content = encode_receipt(receipt)
            forgery = encode_envelope("receipt", content, CheapKey("a liar").sign(receipt_message(content)))
            self.at(0.0, lambda: self.arrive_station(forgery))

    def arrive_county(self, payload: bytes) -> None:
        worker = self.draws.choice(self.workers)
        try:
            receipt = worker.receive(STATION, payload, int(self.now_s * 1000))
        except MalformedMessage:
            self.malformed += 1
            return
        self.carry(receipt, self.arrive_station)

    def arrive_station(self, payload: bytes) -> None:
        if not self.online:
            return
        try:
            kind, content, _ = open_envelope(payload)
            receipt = decode_receipt(content) if kind == "receipt" else None
        except MalformedMessage:
            receipt = None
        before = self.sender.heard_s, self.sender.state
        waiting = self.outstanding
        self.outstanding = None
        sent = self.sender.received(payload, self.now_s)
        answered = receipt is not None and receipt.request == waiting
        if not answered or (not sent and (self.sender.heard_s, self.sender.state) == before):
            assert not sent or waiting is None or answered or not _has_batch(sent), "a batch before the answer"
            self.outstanding = waiting if self.sender.state is State.WAITING and not _has_batch(sent) else None
        if receipt is not None and receipt.verdict is not Verdict.ACCEPTED:
            self.say("receipt", receipt.verdict.value, [place.sequence for place in receipt.positions])
        self.send(sent)

    # what happens

    def connect(self) -> None:
        if not self.online:
            self.online, self.outstanding = True, None
            self.say("connected")
            self.send(self.sender.connected(self.now_s))

    def cut(self) -> None:
        if self.online:
            self.say("cut")
            self.hang_up()
            self.at(self.draws.uniform(0.0, 60.0), self.connect)

    def refuse(self) -> None:
        name = self.draws.choice(["refusing", "read_only"])
        setattr(self.log, name, True)
        self.say("the county's database is", name)
        self.at(self.draws.uniform(0.0, 60.0), lambda: setattr(self.log, name, False))

    def write(self) -> None:
        for _ in range(self.draws.choice([1, 1, 1, 5, 30])):
            self.journal.write(self.draws.choice([Lane.CUSTODY, Lane.CUSTODY, Lane.TELEMETRY]))
        self.remember_written()
        self.send(self.sender.tick(self.now_s))

    def remember_written(self) -> None:
        self.written |= {entries[-1].hash for entries in self.journal.chains.values()}
        for entries in self.journal.chains.values():
            for entry in reversed(entries[:-1]):
                if entry.hash in self.written:
                    break
                self.written.add(entry.hash)

    def take_backup(self) -> None:
        self.backup = self.log.backup()

    def restore_county(self) -> None:
        self.say("the county is restored")
        self.log.restore(self.backup, self.draws.randbytes(8))

    def take_image(self) -> None:
        self.card, self.card_known = self.journal.image(), dict(self.ledger.places)

    def restore_station(self) -> None:
        """An old card goes in, and writes on."""
        self.say("the station is restored")
        self.forks_possible = True
        self.hang_up()
        self.journal = self.card.image()
        self.journal.writes = self.draws.getrandbits(40)
        self.damaged = {}
        self.ledger = MemoryLedger(dict(self.card_known))
        self.known = dict(self.card_known)
        self.sender = self.make_sender()
        for _ in range(self.draws.choice([0, 1, 50])):
            self.journal.write(self.draws.choice(list(Lane)))
        self.remember_written()
        self.at(self.draws.uniform(0.0, 30.0), self.connect)

    def lose_link(self) -> None:
        """The process stops, its file is lost, it starts again."""
        self.say("link.db is lost")
        self.hang_up()
        self.ledger = MemoryLedger()
        self.known.clear()
        self.sender = self.make_sender()
        self.at(self.draws.uniform(0.0, 5.0), self.connect)

    def hang_up(self) -> None:
        if self.online:
            self.online, self.outstanding = False, None
            self.sender.disconnected()

    def open_epoch(self) -> None:
        self.say("new epoch")
        self.journal.open_epoch(self.draws.randbytes(8))
        self.remember_written()
        self.send(self.sender.tick(self.now_s))

    def damage(self) -> None:
        """While the station is off-line, a bit flips in an entry the county does not have."""
        waiting = [head for head in self.sender.waiting() if head.chain not in self.damaged]
        if not waiting or self.weather.station_restore_s:
            return
        self.cut()
        head = self.draws.choice(waiting)
        confirmed = self.ledger.confirmed(head.chain)
        place = self.draws.randint(confirmed.sequence + 1 if confirmed else 0, head.sequence)
        self.say("damaged", head.chain, place)
        self.journal.damage(head.chain, place)
        self.damaged[head.chain] = place

    def broken(self, chain: ChainId) -> bool:
        """Whether an entry of this chain is damaged here and was not at the county before."""
        place = self.damaged.get(chain)
        if place is None:
            return False
        return self.journal.chains[chain][place].hash not in self.log.hashes_anyway(STATION, chain, place)

    def heed(self) -> None:
        """What the agent does: a new epoch where the county holds another history of the present one."""
        self.noted |= self.ledger.troubles
        for trouble, chain in self.ledger.troubles:
            if trouble in (Trouble.FORK, Trouble.ROLLED_BACK) and chain and chain.epoch == self.journal.epoch:
                self.open_epoch()
                return

    # what must hold

    def check_step(self) -> None:
        """Confirmed never exceeds committed, and never goes back within one incarnation."""
        for chain, (place, incarnation) in self.ledger.places.items():
            if incarnation == self.log.incarnation:
                assert self.log.holds(STATION, place), f"{place} is confirmed and not committed"
            before, then = self.known.get(chain, (None, b""))
            assert before is None or then != incarnation or before.sequence <= place.sequence, "a position went back"
            self.known[chain] = (place, incarnation)

    def goal(self, chain: ChainId) -> int:
        """The last place of a chain that can arrive."""
        return (self.damaged[chain] if self.broken(chain) else len(self.journal.chains[chain])) - 1

    def drained(self) -> bool:
        """Whether everything that can be confirmed is."""
        for chain in self.journal.chains:
            known = self.ledger.places.get(chain)
            goal = self.goal(chain)
            if goal >= 0 and (known is None or known[0].sequence < goal or known[1] != self.log.incarnation):
                return False
        return all((Trouble.BROKEN, chain) in self.noted for chain in self.damaged if self.broken(chain))

    def check_end(self) -> None:
        """Everything of the journal is at the county, hash by hash, and nothing that no journal ever wrote."""
        assert self.drained(), f"not drained after {DRAIN_S} s: {self.sender.state}, {self.undrained()}"
        for chain, entries in self.journal.chains.items():
            goal = self.goal(chain)
            places = self.log.chains.get((STATION, chain), {})
            for sequence, entry in enumerate(entries[: goal + 1]):
                there = places.get(sequence, {}).get(entry.hash)
                assert there is not None, f"{chain} {sequence} is not at the county"
                assert there == entry or self.damaged.get(chain) == sequence
                assert self.forks_possible or len(places[sequence]) == 1
        for (_, chain), places in self.log.chains.items():
            check_branches(places)
            assert all(digest in self.written for at in places.values() for digest in at), "an entry nobody wrote"
            ours = self.journal.chains.get(chain)
            if ours and any(len(at) > 1 for at in places.values()) and not self.weather.link_lost_s:
                noted = {trouble for trouble, about in self.noted if about == chain}
                assert noted & {Trouble.FORK, Trouble.ROLLED_BACK}, "a fork was not noted"

    def undrained(self) -> list[object]:
        return [
            (chain.epoch.hex()[:4], chain.lane.name, self.goal(chain), self.ledger.places.get(chain))
            for chain in self.journal.chains
            if (known := self.ledger.places.get(chain)) is None or known[0].sequence < self.goal(chain)
        ]


def check_branches(places: Places) -> None:
    """Every stored entry follows from one stored before it; raises BrokenChain or AssertionError."""
    assert sorted(places) == list(range(len(places))), "a place is missing at the county"
    before: list[bytes] = [bytes(32)]
    for sequence in sorted(places):
        for entry in places[sequence].values():
            assert any(_follows(entry, sequence, previous) for previous in before), f"entry {sequence} hangs in the air"
        before = list(places[sequence])


def _follows(entry: Entry, sequence: int, previous: bytes) -> bool:
    try:
        check_one(entry, sequence=sequence, previous=previous)
    except Exception:  # noqa: BLE001  # only whether it does
        return False
    return True


def _has_batch(payloads: list[bytes]) -> bool:
    return any(open_envelope(payload)[0] == "batch" for payload in payloads)


if __name__ == "__main__":
    print(World(int(sys.argv[1]), loud=True).run())
