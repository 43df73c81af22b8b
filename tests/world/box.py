"""One station's computer: the real agent, counter, journal, sender and files, its power, clocks and network."""

import queue
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.models import MODELS
from drivers.outages import Said
from drivers.readings import BadReading, Reading, Reason, Scan
from station_agent.agent import LOOK_S, Agent, Workplace
from station_agent.clock import Clock
from station_agent.clock_desk import ClockDesk
from station_agent.config import Device
from station_agent.counter.answers import Answer, Colour, Sound
from station_agent.counter.books import Books
from station_agent.counter.boxes import BoxTemperatures
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision
from station_agent.counter.resuming import LOOK_BACK, resumed
from station_agent.counter.shelves import ShelfPlan
from station_agent.counter.site import Site
from station_agent.counter.weighing import WeighingRules
from station_agent.devices import Event
from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.heeding import turn_over
from station_agent.journal.schema import STATE_TABLES
from station_agent.journal.writer import Identity, Journal, Stamp, last_recorded_ms
from station_agent.letting_go import LettingGo, Word, word_of
from station_agent.sent_down import Revoked, SentDown
from station_agent.waiting import MAX_PENDING
from sync.board import Board
from sync.entry import ChainId, Entry, Lane, Position, Trust
from sync.errors import LinkFileUnwritable
from sync.held import SignedList
from sync.jitter import Reconnects
from sync.sender import Sender
from sync.trouble import Trouble
from sync.wire import decode_receipt, decode_run, open_envelope
from tests.world.card import Card, CardLink, CardReader, Known, PowerCut, Tripwire
from tests.world.clockwork import Alarm
from tests.world.lists import Refused, hold_listed, make_sent_down, meddle
from tests.world.stops import road_of
from tests.world.weather import START_MS
from tests.world.witness import Tails, must, tails_of

if TYPE_CHECKING:
    from tests.world.world import World

PLAN = ShelfPlan(shelves=2, layers=3, first=1000, last=1099)
"""Few numbers, so that they run out and wrap."""
RESTART_S = 5.0
"""What systemd waits before it starts a process again."""
MAX_MOMENTS = 60
"""Quiet moments of a night."""
MIN_PRUNED = 20
"""Entries a snapshot must let go of."""


class Silent:
    """A device nobody supervises."""

    def __init__(self, name: str) -> None:
        self.name = name

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def beep(self, *, good: bool) -> None:
        """Nobody hears it."""


class BoxAgent(Agent):
    """The real agent, its loop turned by the world: every event is one round."""

    def __init__(self, place: Workplace, box: "Box") -> None:
        self._box = box
        self._script: list[Event | None] = []
        settings = MODELS["scan_serial"].settings()(path="/dev/gun")
        super().__init__(
            place,
            [Device("gun", MODELS["scan_serial"], settings)],
            "0.world",
            make_supervisor=lambda device, _: Silent(device.name),  # type: ignore[arg-type,return-value]
            events=self,
            clock=box.clock,
        )

    def put(self, item: Event | None, /) -> None:
        """The queue's entrance."""
        self._script.append(item)

    def get(self, *, timeout: float) -> Event | None:
        """The queue's exit; nobody waits."""
        assert timeout >= 0
        if not self._script:
            raise queue.Empty
        return self._script.pop(0)

    def qsize(self) -> int:
        """How many wait."""
        return len(self._script)

    def hear(self, reading: Reading) -> None:
        """The gun reads something."""
        self.put(Said("gun", reading))
        self._round()

    def weigh(self, weight_g: float) -> None:
        """The scale has settled."""
        stamp, at = self._moment("scale", self._clock())
        self._decide(self._place.counter.weight(weight_g, at), stamp)

    def note(self, record: Any) -> None:
        """A record of some device."""
        self._note([record])
        self._round()

    def wake(self) -> None:
        """Time has passed."""
        self._round()

    def begin(self) -> None:
        """As the real loop does before the first scan."""
        self._heed_county()
        self._bring_news(self._clock())

    @property
    def due_s(self) -> float | None:
        """When telemetry is to be written."""
        return self._waiting.due_s

    @property
    def epoch(self) -> bytes:
        """The epoch being written."""
        return self._place.journal.epoch

    @property
    def books(self) -> Books:
        """What the counter has in mind."""
        return self._place.counter.books

    @property
    def site(self) -> Site:
        """What differs from site to site."""
        return self._place.counter.site

    @property
    def waiting(self) -> int:
        """Telemetry not written yet."""
        return len(self._waiting._records)

    def night(self) -> None:
        """An audit has held what is here; what may go goes. That the rows are the entries' is seen in the end."""
        box = self._box
        rows = {table: sorted(box.reader.rows(table)) for table in STATE_TABLES}
        box.letting_go.held(tuple(map(self._place.journal.head, Lane)), rows, box.reader.start())
        for _ in range(MAX_MOMENTS):
            box.letting_go.turn(self._clock())

    def flush(self) -> None:
        """Stopped in order: what was gathered is written."""
        self._waiting.write()

    def _decide(self, decision: Decision, stamp: Stamp) -> Colour | None:
        self._box.deciding = decision
        try:
            return super()._decide(decision, stamp)
        finally:
            self._box.deciding = None

    def _listen(self) -> None:
        """As the real one, from a file in memory."""
        before = self.epoch
        self._box.look_at_lists(self._place.sent_down)
        turn_over(self._box.link.troubles(), self._place.journal)
        if self.epoch != before:
            self._box.say("new epoch")
            self._box.world.attendants[self._box.station].regret()


class BoxLettingGo(LettingGo):
    """The real one, by a link.db in memory."""

    def __init__(self, box: "Box", journal: Journal, books: Books, clock: Clock) -> None:
        days = box.world.weather.keep_nights
        super().__init__(
            journal, Path("link.db"), days=days, stamp=clock.stamp, forget=books.forget_acts, least=MIN_PRUNED
        )
        self._box = box

    def _word(self) -> Word | None:
        self._box.link.refresh()
        return word_of(self._box.link, self._journal.epoch)


class Box:
    """One computer with one card at one station; a twin is another box of the same station."""

    def __init__(self, world: "World", station: str, name: str, card: Card) -> None:
        self.world, self.station, self.name, self.card = world, station, name, card
        self.draws = world.weather.stream(f"box/{name}")
        self.key = world.key_of(station)
        self.deciding: Decision | None = None
        self.last: list[Entry] = []
        self.retired = False
        self.link_was_lost = False
        self.revoked, self.refused = Revoked(), Refused(self, 2 * LOOK_S)
        self._has_lists = self._has_news = False
        self.powered = False
        self.boots = 0
        self.boot_s, self.offset_ms, self.drift, self.set_s = 0.0, 0.0, 0.0, 0.0
        self.has_clock_chip, self.synchronised = True, False
        self.full = False
        self.agent: BoxAgent | None = None
        self.minds_what_is_gone = False
        """link.db was lost while the agent ran: a list that came before stays in mind until another comes."""
        self.sender: Sender | None = None
        self.online = False
        self.outstanding: int | None = None
        self.noted: set[tuple[Trouble, ChainId | None]] = set()
        self.cut_until_s = self.mute_until_s = self.deaf_until_s = self.barred_until_s = 0.0
        clockwork = world.clockwork
        self._round_due = Alarm(clockwork, self._round)
        self._sender_due = Alarm(clockwork, self._tick)
        self._look_due = Alarm(clockwork, self._look)
        self._save_due = Alarm(clockwork, self._save)
        self._connect_due = Alarm(clockwork, self.connect)
        self._night_due = Alarm(clockwork, self._night)
        self._reconnects = Reconnects(world.weather.reconnect_cap_s, self.draws.random)
        self._online_s = 0.0
        self._has_twin = self._was_up = False
        self.reader = CardReader(card.journal)
        self.tails: Tails = tails_of(self.reader)

    def say(self, *words: object) -> None:
        """For the story."""
        self.world.say(self.name, *words)

    # clocks

    def clock(self) -> float:
        """Monotonic seconds."""
        return self.world.clockwork.now_s

    def since_boot_ms(self) -> int:
        """Milliseconds since the boot."""
        return round((self.clock() - self.boot_s) * 1000)

    def wall_ms(self) -> int:
        """What the computer takes for the time of day."""
        drifted_ms = self.drift * (self.clock() - self.set_s) * 1000
        return round(START_MS + self.clock() * 1000 + self.offset_ms + drifted_ms)

    def trust(self) -> Trust:
        """What the kernel says of it."""
        if self.synchronised:
            return Trust.SYNCHRONISED
        return Trust.KEPT if self.has_clock_chip else Trust.UNKNOWN

    def set_clock(self, offset_ms: float, *, synchronised: bool = False) -> None:
        """Set the wall clock."""
        self.offset_ms, self.set_s, self.synchronised = offset_ms, self.clock(), synchronised

    # power and processes

    def power_on(self) -> None:
        """Boot, then both processes start."""
        if self.powered or self.retired:
            return
        self.powered, self.boots, self.boot_s = True, self.boots + 1, self.clock()
        self.synchronised = False
        if not self.has_clock_chip:
            self.set_clock(-START_MS - self.clock() * 1000)
        self.start_agent()
        self.start_sync()

    def power_off(self, again_s: float | None = None) -> None:
        """The power goes; what is not committed is gone. again_s: when it comes back, None for never."""
        if self.powered:
            self.kill_agent()
            self.kill_sync()
            self.powered = False
        if again_s is not None:
            self.world.clockwork.after(again_s, self.power_on)

    def kill_agent(self) -> None:
        """`station run` is gone."""
        if self.card.journal.in_transaction:
            self.card.journal.rollback()
        self.agent, self.deciding = None, None
        self._round_due.set(None)
        self._night_due.set(None)

    def start_agent(self) -> None:
        """As `open_station` does."""
        if not self.powered or self.agent is not None:
            return
        self.wire = Tripwire(self.card.journal, self._wrote)
        self.wire.full = self.full
        floor_ms = last_recorded_ms(self.card.journal)
        clock = Clock(floor_ms=floor_ms, since_boot_ms=self.since_boot_ms, wall_ms=self.wall_ms, look=self.trust)
        identity = Identity(self.station, self.key.id, self.card.hardware, f"{self.name}/{self.boots}")
        parts, draws = self.world.parts, self.draws
        self.link = self._open_link()
        try:
            journal = parts.journal(self.wire, identity, stamp=clock.stamp, draw_epoch=lambda: draws.randbytes(8))
            self.revoked = Revoked()
            books = Books(PLAN, road=road_of(self.world, self.revoked))
            books.load(journal.rows)
            counter = parts.counter(books)
            counter.resume(resumed(journal.newest(Lane.CUSTODY, LOOK_BACK)))
            self.agent = parts.agent(self._place(journal, counter, clock), self)
            self.minds_what_is_gone = False
            self.letting_go = parts.letting_go(self, journal, books, clock)
            self._night_due.set(self.clock() + self.world.weather.night_s)
            self.refused.restart()
            self._has_news = True
            self.agent.begin()
        except PowerCut:
            self.power_off(60.0)
        except (JournalFull, JournalUnwritable):
            self.world.clockwork.after(RESTART_S * 10, self.start_agent)
        else:
            self._after_agent()

    def _place(self, journal: Journal, counter: Counter, clock: Clock) -> Workplace:
        return Workplace(
            journal=journal,
            counter=counter,
            feedback=self,
            rules=WeighingRules(),
            boxes=BoxTemperatures(),
            link_path=Path("link.db"),
            sent_down=make_sent_down(self, counter, self.revoked),
            stamp=clock.stamp,
            clock=ClockDesk(clock, journal, counter.books),
        )

    def _open_link(self) -> CardLink:
        return self.world.parts.link(
            self.card.link,
            self.wall_ms,
            confirmed=self._confirmed,
            changed=self._changed,
            noted=self._note,
            listed=self._listed,
            is_full=lambda: self.full,
        )

    def kill_sync(self) -> None:
        """`station sync` is gone, and what it had not saved."""
        self.hang_up(again=False)
        self.sender = None
        for alarm in (self._sender_due, self._look_due, self._save_due, self._connect_due):
            alarm.set(None)

    def start_sync(self) -> None:
        """As `station sync` does."""
        if not self.powered or self.sender is not None:
            return
        weather, draws = self.world.weather, self.draws
        self._has_twin = self._was_up = self._has_lists = False
        self.ledger = self._open_link()
        self.sender = self.world.parts.sender(
            station=self.station,
            key=self.key.id,
            sign=self.key.sign,
            verify=self.world.county_check,
            journal=self.reader,
            ledger=self.ledger,
            board=self._board(),
            random=draws.random,
            draw=lambda: draws.getrandbits(62),
            timers=weather.timers,
            batch_entries=weather.batch_entries,
        )
        self._connect_due.set(self.clock() + self._reconnects.after(None))

    def _board(self) -> Board:
        return self.world.parts.board(
            station=self.station, key=self.key.id, sign=self.key.sign, verify=self.world.county_check, store=self.ledger
        )

    # the agent

    def act(self, what: Callable[[BoxAgent], None]) -> None:
        """Let the agent do something, if it runs; the power may go in the midst of it."""
        if self.agent is None:
            return
        try:
            what(self.agent)
        except PowerCut:
            self.say("power cut within a transaction")
            self.power_off(self.draws.choice([1.0, 60.0, 7200.0]))
        else:
            self._after_agent()

    def _after_agent(self) -> None:
        assert self.agent is not None
        must(self.agent.waiting <= MAX_PENDING, "telemetry without bound")
        self._round_due.set(self.agent.due_s)

    def _round(self) -> None:
        self.act(BoxAgent.wake)

    def _night(self) -> None:
        self._night_due.set(self.clock() + self.world.weather.night_s)
        gone = sum(gap.last + 1 for head in self.reader.heads() for gap in self.reader.gaps(head.chain))
        self.act(BoxAgent.night)
        now = sum(gap.last + 1 for head in self.reader.heads() for gap in self.reader.gaps(head.chain))
        self.world.tally.let_go += now - gone

    def scan(self, code: str) -> None:
        """Somebody scans something."""
        now_s = self.clock()
        reading = Scan(code, code.encode(), now_s) if code else BadReading(Reason.MALFORMED, b"?", now_s)
        self.act(lambda agent: agent.hear(reading))

    def give(self, answer: Answer) -> None:
        """Feedback: a green light is a promise."""
        self.world.attendants[self.station].heard(answer)
        if self.deciding is None or answer.colour is not Colour.GREEN or answer.sound is not Sound.HIGH:
            return
        records = [record for record in self.deciding.records if record.lane is Lane.CUSTODY]
        if records:
            self.world.witness.green(records, self.last, answer.phrase, open_=self.card.journal.in_transaction)

    def _wrote(self, entries: list[Entry]) -> None:
        """A transaction is on the card."""
        self.last = entries
        self.world.witness.wrote(self.station, self.tails, entries)
        for entry in entries:
            kind = entry.read_header().kind
            if kind == "handover.begun":
                self.refused.hold(entry.read_body())
            elif kind == "notice.delivered":
                self.world.clerk.hold_notice(self.station, entry.read_body())
        if self._look_due.at_s is None and self.sender is not None:
            self._look_due.set(self.clock() + self.world.weather.look_s)

    def check_books(self) -> None:
        """What the counter has in mind is what stands on the card."""
        if self.agent is None:
            return
        books = self.agent.books
        for table, rows in books.rows().items():
            must(sorted(self.reader.rows(table)) == rows, f"{self.name}: {table} in memory is not what is on the card")

    # the sender

    def connect(self) -> None:
        """Try to reach the broker."""
        if self.sender is None or self.online or self.station in self.world.unlinked:
            return
        if self.clock() < max(self.cut_until_s, self.barred_until_s, self.world.broker_down_until_s):
            self._connect_due.set(self.clock() + self._reconnects.after(None) + 1.0)
            return
        # What stands on the state topic tells who was there since (`sync.ship`).
        self._has_twin = self.world.took_over(self) and self._was_up
        self._was_up = True
        self.online, self.outstanding, self._online_s = True, None, self.clock()
        if not self.synchronised and self.draws.random() < 0.8:
            self.drift = 0.0
            self.set_clock(0.0, synchronised=True)
        self._drive(lambda sender: sender.connected(self.clock()))
        self.world.clockwork.after(self.world.weather.latency_s, self.world.attendants[self.station].hurry)

    def hang_up(self, *, again: bool = True) -> None:
        """The connection is lost."""
        held_s = None
        if self.online and self.sender is not None:
            self.online, self.outstanding, held_s = False, None, self.clock() - self._online_s
            self.sender.disconnected()
            self._sender_due.set(None)
        if again and self.sender is not None and self._connect_due.at_s is None:
            self._connect_due.set(self.clock() + self._reconnects.after(held_s, taken_over=self._has_twin))
            self._has_twin = False

    def _drive(self, what: Callable[[Sender], list[bytes]]) -> None:
        """Let the sender do something, publish what it wants."""
        sender = self.sender
        if sender is None or not self.online:
            return
        payloads = what(sender)
        must(len(payloads) <= 2, "more than one message and word of lists at once")
        for payload in payloads:
            self._publish(payload)
        self._sender_due.set(sender.deadline_s)

    def _publish(self, payload: bytes) -> None:
        kind, content, _ = open_envelope(payload)
        if kind == "batch":
            run, request = decode_run(content)
            must(self.outstanding is None, "a second batch while one is outstanding")
            must(len(run.entries) <= self.world.weather.batch_entries, "a batch larger than set")
            self.outstanding = request
            self.world.forge(self, run.head, request)
        elif kind == "lists":
            meddle(self.world, self)
        self.world.publish_up(self, payload)
        if self.sender is not None and self.draws.random() < self.world.weather.prepares:
            self.sender.prepare()

    def _tick(self) -> None:
        if self.sender is not None and self.sender.deadline_s is not None and self.clock() >= self.sender.deadline_s:
            self.outstanding = None
        self._drive(lambda sender: sender.tick(self.clock()))

    def _look(self) -> None:
        if self.sender is not None:
            self._drive(lambda sender: sender.tick(self.clock()))

    def arrive(self, payload: bytes) -> None:
        """A message from the broker."""
        if not self.online:
            return
        try:
            kind, content, _ = open_envelope(payload)
            request = decode_receipt(content).request if kind == "receipt" else None
        except Exception:  # noqa: BLE001 - damaged; the sender is to make of it what it makes
            request = None
        if request is not None and request == self.outstanding:
            self.outstanding = None
            before = request
        else:
            before = None
        self._drive(lambda sender: self._received(sender, payload, before))

    def _received(self, sender: Sender, payload: bytes, cleared: int | None) -> list[bytes]:
        heard_s, state = sender.heard_s, sender.state
        sent = sender.received(payload, self.clock())
        if sender.heard_s != heard_s and sender.incarnation is not None:
            self.ledger.met(sender.incarnation)
            self._changed()  # as `sync.ship`, which saves every second
        if cleared is not None and not sent and (sender.heard_s, sender.state) == (heard_s, state):
            self.outstanding = cleared  # it was a forgery, and nothing came of it
        return sent

    def _confirmed(self, position: Position, incarnation: bytes, before: Known | None, after: Known | None) -> None:
        """The ledger was told of a receipt."""
        ours = self.reader.hash_at(position.chain, position.sequence)
        must(ours == position.hash, "confirmed what is not on the card")
        must(after, "a confirmation was not kept")
        if after:
            self.world.witness.confirmed(*after)
        if before and after:
            self.world.witness.follows(before[1], after[1])
        if before and after and before[1] == after[1]:
            must(before[0].sequence <= after[0].sequence, "a confirmation went back")
        self.world.witness.confirmed(position, incarnation)

    def _note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """The ledger was told of a trouble; the power may go before it is saved."""
        self.noted.add((trouble, chain))

    def _listed(self, signed: SignedList, before: int | None) -> None:
        """The ledger was told of a list."""
        hold_listed(self.world, self.station, signed, before)
        self._has_lists = True

    def look_at_lists(self, sent_down: SentDown | None) -> None:
        """The agent looks at link.db, which it does every few seconds; here only where another list lies there."""
        if self._has_news and sent_down is not None:
            self._has_news = False
            self.link.refresh()
            sent_down.look(self.link)

    def lists_came(self) -> None:
        """What came down is on the card, if anything did; the agent looks soon."""
        if self._has_lists and not self.full:
            self._has_lists, self._has_news = False, True
            self.refused.saved()
            self.world.clockwork.after(LOOK_S, self._round)

    def _changed(self) -> None:
        if self._save_due.at_s is None:
            self._save_due.set(self.clock() + self.world.weather.save_s)

    def _save(self) -> None:
        """Write link.db, and let the agent see it."""
        if self.sender is None:
            return
        try:
            self.ledger.save()
        except LinkFileUnwritable:
            self._changed()
            return
        self.lists_came()
        if self.ledger.troubles():
            self.world.clockwork.after(LOOK_S, self._round)
