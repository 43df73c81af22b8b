"""A station's life on a disk whose power goes again and again: the real journal and counter, a witness, one seed.

Between two cuts people and devices do what they do: parcels in and out, weights, misread codes, temperatures, bags,
quiet moments, a reader that holds the log open, a card that refuses once, a clean stop and start, a new epoch, tables
written anew, a snapshot and what goes behind it. The loop decides, writes and settles as `station_agent.agent` does.
The power goes at a drawn operation of the disk, in whatever it belongs to: making the tables, opening, recovering,
starting, committing, checkpointing, closing. After each cut the journal is reopened, examined by the witness, and
worked on.
"""

import random
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

import apsw
import msgspec

from drivers.readings import BadReading, Reason, Scan
from station_agent.counter import shelves as shelves_module
from station_agent.counter.answers import Colour
from station_agent.counter.books import Books
from station_agent.counter.calibration import CalibrationNote
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision, Moment
from station_agent.counter.notes import Notes
from station_agent.counter.vocabulary import telemetry
from station_agent.errors import JournalFull, JournalUnwritable, StationError
from station_agent.journal import pruning, snapshots, writer
from station_agent.journal.changes import Change
from station_agent.journal.schema import STATE_TABLES, Connection, create, schema_version
from station_agent.journal.snapshots import ROWS, SNAPSHOT, Pointer, Snapshot, records
from station_agent.journal.writer import Identity, Journal, Record, Stamp
from station_agent.letting_go import _covered
from sync.entry import Lane, Personal, Position, Trust
from tests.torture.disk import CHANGES, TURNS, Disk, DiskVFS
from tests.torture.witness import PLAN, Contradiction, Finding, OnDisk, Witness, read, rebuilt

CARRIERS = (("SF", 13), ("YT", 13), ("JT", 13), ("78", 12))
MAX_PENDING = 50
MAX_ACTS = 2000
"""Acts between two cuts, should the drawn operation never come."""

T = TypeVar("T")


class Setup(NamedTuple):
    """What is different from the real thing, if anything.

    journal: the class at work. pragmas: statements exchanged for others. honesty: shares of syncs obeyed, one drawn per
    life. keeps_names: whether the directory is ever synced.
    """

    journal: type[Journal] = Journal
    pragmas: MappingProxyType[str, str] = MappingProxyType({})
    honesty: tuple[float, ...] = (1.0,)
    keeps_names: bool = True


PLAIN = Setup()


@dataclass
class Story:
    """What came of a life."""

    seed: int
    cuts: int = 0
    commits: int = 0
    refused: int = 0
    moments: Tally[str] = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)
    where: str = ""

    def __str__(self) -> str:
        said = "\n  ".join(f"{finding.what}: {finding.text}" for finding in self.findings)
        return f"life {self.seed}, after {self.cuts} cuts, the last in {self.where}:\n  {said}"


def lives(first: int, cuts: int, folder: Path, setup: Setup = PLAIN) -> Iterator[Story]:
    """Lives of the seeds from `first` on, until the power was cut so many times."""
    while cuts > 0:
        with TemporaryDirectory(dir=folder) as own:
            story = Life(first, Path(own), setup).live()
        yield story
        first, cuts = first + 1, cuts - max(1, story.cuts)


class Dark(Exception):
    """The power went."""


class Exchanged:
    """A connection on which some statements are other ones."""

    def __init__(self, inner: Connection, statements: MappingProxyType[str, str]) -> None:
        self._inner, self._statements = inner, statements

    def execute(self, sql: str, parameters: tuple[Any, ...] = (), /) -> Any:
        """Run a statement, or the one in its place."""
        return self._inner.execute(self._statements.get(sql, sql), parameters)


class Life:
    """One disk, from its first file on."""

    def __init__(self, seed: int, folder: Path, setup: Setup = PLAIN, *, cuts: int = 8) -> None:
        """`folder` is a real, empty one, for SQLite's locks."""
        self.draw = random.Random(seed)
        self.story = Story(seed)
        self.setup, self.cuts = setup, cuts
        self.disk = Disk(self.draw, honesty=self.draw.choice(setup.honesty), keeps_names=setup.keeps_names)
        self.vfs = DiskVFS(self.disk, folder, seed)
        self.witness = Witness()
        self.pending: deque[Record] = deque(maxlen=MAX_PENDING)
        self.moment = ""
        self.boots, self.computers, self.counted = 0, 0, 0
        self.now_ms = 1_000
        self.waybills: list[str] = []
        self._open_connections: list[apsw.Connection] = []
        self._reader: apsw.Connection | None = None
        self.connection: Connection
        self.journal: Journal
        self.counter: Counter
        self.notes: Notes

    def live(self) -> Story:
        """Live through the cuts, or until something does not hold."""
        with ExitStack() as limits:
            # Small limits, drawn anew for each life, so that checkpoints and evictions happen within it.
            for module, name, values in (
                (writer, "CHECKPOINT_COMMITS", (2, 6, 20)),
                (writer, "CHECKPOINT_COMMITS_BUSY", (5, 15, 40)),
                (shelves_module, "MAX_ENDED", (1, 3, 30)),
                (snapshots, "PART_BYTES", (90, 400, 24_000)),
                (pruning, "PIECE_ENTRIES", (2, 9, 100)),
            ):
                limits.enter_context(patch.object(module, name, self.draw.choice(values)))
            limits.callback(self.vfs.close)
            limits.callback(self._let_go)
            while self.story.cuts < self.cuts and not self.story.findings:
                self._until_dark()
            if not self.story.findings:
                self._light_again()
        self.story.moments += self.witness.unanswered
        return self.story

    def _until_dark(self) -> None:
        """Start the computer, work, lose the power."""
        self._light()
        try:
            self._open(after_cut=True)
            for _ in range(MAX_ACTS):
                if self.story.findings:
                    return
                self.draw.choices(_ACTS, _WEIGHTS)[0](self)
        except Dark:
            self.story.cuts += 1
            step = " ".join(self.disk.last_step)
            self.story.where = f"{self.moment} ({step})"
            self.story.moments.update((self.moment, step))
        except (apsw.Error, StationError, Contradiction) as error:
            self.story.findings.append(Finding("work", f"{self.moment}: {type(error).__name__}: {error}"))
        finally:
            self._let_go()

    def _light_again(self) -> None:
        """A last start, whose power stays."""
        self._light()
        self.disk.cut_in = None
        try:
            self._open(after_cut=True)
        except (apsw.Error, StationError, Contradiction) as error:
            self.story.findings.append(Finding("work", f"{self.moment}: {type(error).__name__}: {error}"))

    def _light(self) -> None:
        """The power is back, and it is decided when it goes again."""
        draw = self.draw
        self.boots += 1
        self.computers += draw.random() < 0.04
        self.disk.switch_on()
        kind = draw.random()
        if kind < 0.25:
            self.disk.counted, self.disk.cut_in = CHANGES | {"read"}, draw.randint(1, 25)
        elif kind < 0.6:
            self.disk.counted, self.disk.cut_in = TURNS, 1 + int(draw.expovariate(1 / 9))
        else:
            self.disk.counted, self.disk.cut_in = CHANGES, 1 + int(draw.expovariate(1 / 120))
        self.pending.clear()

    def _do(self, moment: str, call: Callable[[], T]) -> T:
        """Do something during which the power may go; raises Dark then."""
        self.moment = moment
        try:
            result = call()
        except (apsw.Error, StationError):
            if self.disk.off:
                raise Dark from None
            raise
        if self.disk.off:
            raise Dark
        return result

    def _connect(self, *, readonly: bool = False) -> apsw.Connection:
        connection = self._do("open", lambda: self.vfs.connect(readonly=readonly))
        self._open_connections.append(connection)
        return connection

    def _open(self, *, after_cut: bool) -> None:
        """Open the journal as `station run` does, with the witness looking before anything is written."""
        inner = self._connect()
        self.connection = Exchanged(inner, self.setup.pragmas) if self.setup.pragmas else inner
        findings = self._do("recover", lambda: self.witness.examine(self.connection, after_cut=after_cut))
        if findings:
            self.story.findings = findings
            return
        if not self._do("recover", lambda: schema_version(self.connection)):
            self._do("create", lambda: create(self.connection))
        identity = Identity("V042", b"keykeyke", f"computer-{self.computers}", f"boot-{self.boots}")
        drawn = len(self.witness.in_doubt)
        try:
            self.journal = self._do(
                "start",
                lambda: self.setup.journal(self.connection, identity, stamp=self._stamp, draw_epoch=self._draw_epoch),
            )
        except StationError as error:
            self.story.findings.append(Finding("start", str(error)))
            return
        if len(self.witness.in_doubt) > drawn:
            self._promise_epoch()
        elif after_cut:
            self.witness.settle()  # this boot was counted
        boot, before = self.journal.boot, self.counted
        if not (before < boot <= self.boots if after_cut else boot == before):
            self.story.findings.append(Finding("boot", f"this is boot {boot}, the last one was {before}"))
        self.counted = boot
        books = Books(PLAN)
        self._do("start", lambda: books.load(self.journal.rows))
        self.counter = Counter(books)
        self.notes = Notes()
        self.notes.load(self._do("start", lambda: self.journal.rows("note")))

    def _let_go(self) -> None:
        """Close whatever is open; on a dead disk that changes nothing."""
        self._reader = None
        while self._open_connections:
            # SQLite closes in any case; what the dead disk said on the way is of no use to anybody.
            with suppress(apsw.Error):
                self._open_connections.pop().close()

    def _stamp(self) -> Stamp:
        self.now_ms += self.draw.randint(1, 900)
        return Stamp(self.now_ms, 1_760_000_000_000 + self.now_ms, Trust.KEPT)

    def _draw_epoch(self) -> bytes:
        epoch = self.draw.randbytes(8)
        self.witness.ask_epoch(epoch)
        return epoch

    def _promise_epoch(self) -> None:
        self.witness.promise([self.journal.head(lane) for lane in Lane])

    # What the agent does with a decision.

    def _decide(self, decision: Decision, stamp: Stamp | None = None) -> None:
        places: list[Position] = []
        if decision.changes or any(record.lane is Lane.CUSTODY for record in decision.records):
            written = self._commit(decision, stamp)
            if written is None:
                return
            places = written[-len(decision.records) :]
        else:
            self.pending.extend(decision.records)
        custody = [where.sequence for where in places if where.lane is Lane.CUSTODY]
        self.counter.settle(decision, custody, self.now_ms / 1000)

    def _commit(self, decision: Decision, stamp: Stamp | None) -> list[Position] | None:
        """Write a decision and the waiting telemetry, or the decision alone; None when the card refuses."""
        places = self._write([*self.pending, *decision.records], decision.changes, stamp)
        if places is not None:
            self.pending.clear()
            return places
        return self._write(decision.records, decision.changes, stamp) if self.pending else None

    def _write(
        self, records: Sequence[Record], changes: Sequence[Change] = (), stamp: Stamp | None = None
    ) -> list[Position] | None:
        """Commit, and have the witness hear the answer, even when the power goes right after it; None: refused."""
        self.moment = "commit"
        self.witness.ask(self.journal.epoch, records)
        try:
            places = self.journal.commit(records, changes, stamp)
        except (JournalFull, JournalUnwritable):
            if self.disk.off:
                raise Dark from None
            self.story.refused += 1
            return None
        self.witness.promise(places)
        self.story.commits += 1
        if self.disk.off:
            self.moment = "checkpoint"
            raise Dark
        return places

    # What happens at a station.

    def _scan(self, code: str) -> None:
        stamp = self._stamp()
        now_s = stamp.since_boot_ms / 1000
        decision = self.counter.scan(Scan(code, code.encode(), now_s), Moment("gun", now_s, stamp.wall_ms))
        self._decide(decision, stamp)
        if decision.answer is not None and decision.answer.colour is Colour.YELLOW:
            stamp = self._stamp()
            self._decide(self.counter.scan(Scan(code, b"", now_s), Moment("gun", now_s, stamp.wall_ms)), stamp)

    def receive(self) -> None:
        """A parcel comes in; now and then one that was here before."""
        draw = self.draw
        self._scan("YYCIN")
        if self.waybills and draw.random() < 0.15:
            self._scan(draw.choice(self.waybills))
            return
        carrier, digits = draw.choice(CARRIERS)
        waybill = carrier + "".join(draw.choices("0123456789", k=digits))
        self.waybills.append(waybill)
        self._scan(waybill)

    def hand_out(self) -> None:
        """A parcel is fetched, by its code or its waybill."""
        self._scan("YYCOUT")
        if not self.waybills:
            return
        waybill = self.draw.choice(self.waybills[-20:])
        parcel = self.counter.books.shelves.parcel(waybill)
        self._scan(parcel.code if parcel is not None and self.draw.random() < 0.5 else waybill)

    def weigh(self) -> None:
        """A weight settles."""
        stamp = self._stamp()
        at = Moment("scale", stamp.since_boot_ms / 1000, stamp.wall_ms)
        self._decide(self.counter.weight(self.draw.randint(50, 9000), at), stamp)

    def misread(self) -> None:
        """A code that cannot be read."""
        raw = self.draw.randbytes(self.draw.randint(1, 40))
        now_s = self.now_ms / 1000
        self._decide(self.counter.bad_scan(BadReading(Reason.NOISE, raw, now_s), Moment("gun", now_s, 0)))

    def cool(self) -> None:
        """A block of temperatures is complete; sometimes a long one, sometimes with a sealed part."""
        many = self.draw.choice((3, 10, 10, 900))
        values = [self.draw.randint(-5000, 9000) for _ in range(many)]
        record = telemetry(
            "box.temperatures", device="box1", start_ms=0, at_s=[60 * n for n in range(many)], temperature_mc=values
        )
        if self.draw.random() < 0.2:
            record = record._replace(personal=Personal.of(self.draw.randbytes(16), self.draw.randbytes(80)))
        self.pending.append(record)

    def bag(self) -> None:
        """A bag comes off the bus."""
        self._scan("YYCIN")
        self._scan("".join(self.draw.choices("0123456789", k=30)))

    def calibrate(self) -> None:
        """A technician has compared a thermometer."""
        device, offset_mc = self.draw.choice(("box1", "box2")), self.draw.randint(-900, 900)
        note = CalibrationNote(device, offset_mc, "CNAS-1", "王工", date(2026, 3, 1), date(2027, 2, 28))
        record = note.record(self.draw.randbytes(8).hex())
        changes = self.notes.effects(record.kind, record.body)
        if self._write([record], changes):
            self.notes.take(changes)

    def flush(self) -> None:
        """Telemetry has waited long enough."""
        if self.pending and self._write(list(self.pending)):
            self.pending.clear()

    def quiet(self) -> None:
        """Nothing happens for a second."""
        self._do("checkpoint", self.journal.idle)

    def checkpoint(self) -> None:
        """The log is moved into the file."""
        self._do("checkpoint", self.journal.checkpoint)

    def snapshot(self) -> None:
        """What is here now is entered, part by part; nothing earlier can be taken back from then on."""
        rows = {table: sorted(self._do("snapshot", lambda t=table: self.journal.rows(t))) for table in STATE_TABLES}  # type: ignore[misc]
        heads = [self.journal.head(lane) for lane in Lane]
        self.counter.books.forget_acts()
        for record in records(Snapshot(self.journal.epoch, heads[0].sequence, heads[1].sequence, rows)):
            places = self._write([record])
            if places is None or self.draw.random() < 0.1:
                return  # it was given up
            if record.kind == ROWS and self.draw.random() < 0.5:
                self.receive()
        closed = self.journal.head(Lane.CUSTODY)
        pointer = Pointer(closed.epoch, closed.sequence, closed.hash, heads[0].sequence, heads[1].sequence)
        with suppress(JournalFull, JournalUnwritable):
            self._do("snapshot", lambda: self.journal.remember(SNAPSHOT, msgspec.msgpack.encode(pointer)))

    def let_go(self) -> None:
        """The county has had it for long: pieces go behind the snapshot."""
        kept = self._do("prune", self.journal.kept)
        pointer = self._do("prune", lambda: OnDisk(self.connection).pointer())
        if pointer is None:
            return
        last = {one: self.draw.randint(-1, min(_covered(one, kept, pointer), one.head - 1)) for one in kept}
        self.witness.let_go({one.chain: place + 1 for one, place in last.items()})
        limits = {one.number: place for one, place in last.items()}
        for _ in range(self.draw.randint(1, 4)):
            try:
                if not self._do("prune", lambda: self.journal.prune(limits)):
                    return
            except (JournalFull, JournalUnwritable):
                self.story.refused += 1

    def new_epoch(self) -> None:
        """The county knows another history."""
        try:
            self._do("epoch", lambda: self.journal.open_epoch("fork"))
        except (JournalFull, JournalUnwritable):
            self.story.refused += 1
        else:
            self._promise_epoch()

    def rebuild(self) -> None:
        """The tables are written anew from the entries, as `station journal rebuild --write` does."""
        rows = rebuilt(self._do("rebuild", lambda: read(self.connection)))
        try:
            self._do("rebuild", lambda: self.journal.replace_rows(rows))
        except (JournalFull, JournalUnwritable):
            self.story.refused += 1

    def restart(self) -> None:
        """The agent is stopped cleanly and started again; not between a failed sync of the file and the next boot.

        There the journal cannot keep its promise: the last connection to close moves the log by SQLite's own rules.
        """
        self.disk.refuse_in = None
        if self.disk.harmed:
            return
        self._do("close", self._let_go)
        self._open(after_cut=False)

    def look(self) -> None:
        """The sync process begins to read, or is done: as long as it reads, the log cannot be reset."""
        if self._reader is None:
            self._reader = self._connect(readonly=True)
            reader = self._reader
            self._do("read", lambda: reader.execute("BEGIN").fetchall())
            self._do("read", lambda: reader.execute("SELECT count(*) FROM chain").fetchall())
        else:
            reader, self._reader = self._reader, None
            self._open_connections.remove(reader)
            self._do("read", reader.close)

    def refuse(self) -> None:
        """The card will refuse one write or one sync."""
        self.disk.refuse_in = self.draw.randint(1, 12)


_ACTS: tuple[Callable[[Life], None], ...] = (
    Life.receive, Life.hand_out, Life.weigh, Life.misread, Life.cool, Life.bag, Life.flush, Life.quiet,
    Life.checkpoint, Life.new_epoch, Life.rebuild, Life.restart, Life.look, Life.refuse, Life.calibrate,
    Life.snapshot, Life.let_go,
)  # fmt: skip
_WEIGHTS = (36, 18, 8, 5, 6, 4, 6, 5, 4, 1, 1, 2, 4, 3, 3, 5, 10)
