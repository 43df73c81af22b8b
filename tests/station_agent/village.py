"""A counter and its journal as the agent runs them, quiet moments too, with a county that confirms when a test says so.

Time is the test's: days of the county's clock, hours of the station's own.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from drivers.readings import Scan
from station_agent.counter.books import Books
from station_agent.counter.chilled import WATCH_TABLE, watch_row
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision, Moment
from station_agent.counter.shelves import ShelfPlan
from station_agent.counter.vocabulary import telemetry
from station_agent.journal.audit import Audit
from station_agent.journal.changes import Change, Row
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import create
from station_agent.journal.snapshots import Start
from station_agent.journal.writer import Identity, Journal, Record, Stamp
from station_agent.letting_go import LettingGo
from station_agent.rebuilding import Rebuilding, rebuilt
from sync.entry import FORMAT, Lane, Position, Trust
from sync.link import LinkFile
from sync.wire import Receipt, Verdict, encode_receipt

PLAN = ShelfPlan(shelves=2, layers=2, first=1000, last=1999)
BEGIN_MS = 1_790_000_000_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


class Village:
    """One station; `county_ms` is the county's clock, `now_ms` the station's time since boot."""

    def __init__(self, folder: Path, *, days: int = 3, least: int = 1, key: bytes = b"keykeyke") -> None:
        """days: of the recovery window. key: id of the station's."""
        self.path, self.link_path = folder / "journal.db", folder / "link.db"
        self.days, self.least = days, least
        self.now_ms, self.county_ms, self.boots, self.epochs = 0, BEGIN_MS, 0, 0
        self.incarnation, self.wall_ms = b"county-a", BEGIN_MS
        self.key = key
        self.epoch = b""
        self.boot()

    def boot(self) -> None:
        """The power is back; time since boot begins anew."""
        self.boots += 1
        self.now_ms = 0
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        if not self.connection.execute("PRAGMA user_version").fetchall()[0][0]:
            create(self.connection)
        identity = Identity("V042", self.key, "pi", f"boot-{self.boots}")
        self.journal = Journal(self.connection, identity, stamp=self.stamp, draw_epoch=self._draw)
        self.connection.execute("PRAGMA synchronous = OFF")  # nothing here is about power
        books = Books(PLAN)
        books.load(self.journal.rows)
        self.counter = Counter(books)
        self.letting_go = LettingGo(
            self.journal,
            self.link_path,
            days=self.days,
            stamp=self.stamp,
            forget=self.counter.books.forget_acts,
            least=self.least,
        )
        self.audit = Audit(self.path, shadow=lambda start: Rebuilding(Books(PLAN), start), good=self._good)
        self.rounds = 0

    def close(self) -> None:
        """The agent stops, or is stopped."""
        self.connection.close()

    def restart(self) -> None:
        """Both."""
        self.close()
        self.boot()

    def stamp(self) -> Stamp:
        """Now."""
        return Stamp(self.now_ms, self.wall_ms + self.now_ms, Trust.KEPT)

    def scan(self, *codes: str) -> list[str]:
        """Scans as the agent handles them, a second apart; what was said."""
        said = []
        for code in codes:
            self.now_ms += 1000
            at = Moment("gun", self.now_ms / 1000, self.stamp().wall_ms)
            decision = self.counter.scan(Scan(code, code.encode(), at.now_s), at)
            said.append("" if decision.answer is None else decision.answer.phrase)
            self._decide(decision)
        return said

    def tick(self) -> list[str]:
        """What time alone brings; what was said, "" for each thing that is only written."""
        said = []
        for decision in self.counter.tick(Moment("clock", self.now_ms / 1000, self.stamp().wall_ms)):
            if decision.records:
                said.append("" if decision.answer is None else decision.answer.phrase)
            self._decide(decision)
        return said

    def receive(self, *numbers: int) -> None:
        """Parcels come in."""
        self.scan("YYCIN", *(waybill(number) for number in numbers))

    def hand_out(self, *numbers: int) -> None:
        """Parcels are fetched."""
        self.scan("YYCOUT", *(waybill(number) for number in numbers))

    def watch(self, box: str, state: int) -> None:
        """A cold box stands in another state: telemetry that changes a row."""
        record = telemetry("box.watch", box=box, profile="plum", version="1", watch={"state": state})
        self.commit([record], [Change(WATCH_TABLE, None, watch_row(record.body))])

    def commit(self, records: Sequence[Record], changes: Sequence[Change] = ()) -> list[Position]:
        """Written."""
        self.now_ms += 1
        return self.journal.commit(records, changes, self.stamp())

    def confirm(self, incarnation: bytes | None = None, upto: Sequence[Position] | None = None) -> None:
        """The county has everything, and says so by its own clock. upto: it has only so much."""
        self.incarnation = incarnation or self.incarnation
        with closing(JournalFile(self.path)) as reader, closing(self.link(writable=True)) as link:
            for head in reader.heads() if upto is None else upto:
                receipt = Receipt(FORMAT, 1, "V042", self.incarnation, Verdict.POSITION, self.county_ms, [head])
                link.confirm(head, self.incarnation, encode_receipt(receipt), b"signed")
            link.met(self.incarnation)

    def link(self, *, writable: bool = False) -> LinkFile:
        """link.db."""
        return LinkFile(self.link_path, lambda: self.wall_ms, writable=writable)

    def night(self, *, confirmed: bool = True) -> None:
        """A day goes by with the county's word, an audit and all the quiet moments it takes."""
        self.now_ms += DAY_MS
        self.county_ms += DAY_MS
        self.commit([telemetry("box.normal", box="b")])
        if confirmed:
            self.confirm()
        self.quiet(audit=True)

    def quiet(self, *, audit: bool = False, turns: int = 500) -> int:
        """Quiet moments until nothing is left to do; how many it took."""
        self.rounds += audit
        for turn in range(turns):
            if self.audit.rounds < self.rounds or self.audit.walking:
                self.audit._due_s = 0.0
                self.audit.step(self.now_ms / 1000)
                continue
            busy = self.letting_go.is_writing or bool(self.letting_go.limits) or turn == 0
            self.letting_go.turn(self.now_ms / 1000 + turn)
            if not busy and not self.letting_go.limits and not self.letting_go.is_writing:
                return turn
        raise AssertionError("the quiet moments do not end")

    def stored(self) -> dict[str, list[Row]]:
        """The tables as they are."""
        return {table: sorted(self.journal.rows(table)) for table in self.rebuilt()}

    def rebuilt(self) -> dict[str, list[Row]]:
        """The tables as the journal makes them."""
        return rebuilt(self.path, Books(PLAN)).rows()

    def start(self) -> Start | None:
        """The snapshot a rebuild begins at."""
        with closing(JournalFile(self.path)) as reader:
            return reader.start()

    def first(self, lane: Lane = Lane.CUSTODY) -> int:
        """The first place of the present epoch's lane that is still here."""
        with closing(JournalFile(self.path)) as reader:
            return reader.begins_at(self.journal.head(lane).chain)

    def verify(self) -> None:
        """Every chain holds."""
        with closing(JournalFile(self.path)) as reader:
            for head in reader.heads():
                reader.verify(head.chain)

    def _good(self, places: tuple[Position, ...], rows: dict[str, list[Row]], start: Start | None) -> None:
        self.letting_go.held(places, rows, start)

    def _decide(self, decision: Decision) -> None:
        places: Sequence[Position] = ()
        if decision.records or decision.changes:
            places = self.journal.commit(decision.records, decision.changes, self.stamp())
        custody = [place.sequence for place in places if place.lane is Lane.CUSTODY]
        self.counter.settle(decision, custody, self.now_ms / 1000)

    def _draw(self) -> bytes:
        self.epochs += 1
        return b"epoch%03d" % self.epochs


def waybill(number: int) -> str:
    """A good one."""
    return f"SF{1385628716000 + number}"
