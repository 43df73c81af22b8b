"""Puts a station's memory together: journal, what is here now, clock.

Called by `station run` and the journal commands.
"""

import contextlib
import fcntl
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from station_agent.badges import CountyBadges, number_of
from station_agent.clock import Clock, boot_name, hardware_parts
from station_agent.coldwork import open_boxes
from station_agent.config import Settings
from station_agent.counter.answers import Answer
from station_agent.counter.books import Books, People
from station_agent.counter.counter import Counter
from station_agent.counter.faults import FaultBook
from station_agent.counter.goods import load_goods
from station_agent.counter.house import House
from station_agent.counter.news import News
from station_agent.counter.notes import TABLE, Notes
from station_agent.counter.resuming import LOOK_BACK, resumed
from station_agent.counter.road import Line, Road
from station_agent.counter.shelves import FIRST_CODE, LAST_CODE, ShelfPlan
from station_agent.counter.site import Site
from station_agent.errors import FolderTaken, JournalDamaged, JournalForeign, JournalMissing, JournalUnwritable
from station_agent.journal.audit import Audit
from station_agent.journal.changes import Row
from station_agent.journal.check import log_is_gone
from station_agent.journal.reader import JournalFile
from station_agent.journal.refusals import translated
from station_agent.journal.snapshots import Start
from station_agent.journal.writer import Identity, Journal, Record, hardware_digest, last_recorded_ms
from station_agent.letting_go import LettingGo
from station_agent.outlook import Outlook
from station_agent.personal.contacts import TABLE as CONTACTS
from station_agent.personal.contacts import Contacts
from station_agent.personal.key_files import open_vault, read_pseudonyms, roll_pseudonyms
from station_agent.personal.pseudonyms import Pseudonyms
from station_agent.personal.sealing import Sealing
from station_agent.personal.sweep import Sweep
from station_agent.rebuilding import UNUSABLE, Rebuilding, rebuilt
from station_agent.recovery import Recovery
from station_agent.sent_down import Revoked, RoadLists, SentDown, take_expected, take_flights, take_notices, taking
from station_agent.upkeep import Upkeep
from sync.contents import BagsSeen, ExpectedParcels, Flights, Lines, Manifest, Notices, RevokedBadges
from sync.entry import Lane, Position, key_id
from sync.errors import BrokenChain, MalformedMessage

if TYPE_CHECKING:
    from station_agent.coldchain.boxes import ColdBoxes


@dataclass(frozen=True, slots=True)
class Station:
    """An opened station; `connection` is the one writing connection, `lock` keeps a second agent out.

    revoked: badges that are refused, as the county's list says. cold: its cold boxes, None where it has none.
    told: what people must hear about the journal before anything else, None where all is well.
    """

    connection: sqlite3.Connection
    journal: Journal
    counter: Counter
    notes: Notes
    contacts: Contacts
    pseudonyms: Pseudonyms
    sealing: Sealing
    revoked: Revoked
    cold: "ColdBoxes | None"
    outlook: Outlook
    clock: Clock
    lock: IO[bytes]
    path: Path
    recovery: Recovery
    told: Answer | None = None

    def __enter__(self) -> "Station":
        """Use it as a context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the journal; as the last one out SQLite checkpoints it, unless this boot must not."""
        with _unmoved(self.path) if self.journal.keeps_log else contextlib.nullcontext():
            self.connection.close()
        self.lock.close()


def upkeep(
    settings: Settings, station: Station, faults: FaultBook, renew: Callable[[], Sequence[Record]] = tuple
) -> Upkeep:
    """What the agent does in quiet moments. renew: telemetry told again with each snapshot."""
    letting_go = LettingGo(
        station.journal,
        settings.link_path,
        days=settings.journal.keep_days,
        stamp=station.clock.stamp,
        forget=station.counter.books.forget_acts,
        renew=renew,
    )

    def good(places: tuple[Position, ...], rows: dict[str, list[Row]], start: Start | None) -> None:
        station.recovery.found_good(places)
        letting_go.held(places, rows, start)

    audit = Audit(settings.journal_path, shadow=lambda start: Rebuilding(empty_books(settings), start), good=good)
    return Upkeep(settings.journal_path, settings.link_path, station.journal, audit, faults, letting_go=letting_go)


@contextlib.contextmanager
def _unmoved(path: Path) -> Iterator[None]:
    """Keep the log where it is while the writer closes: a reader that is still there, and then cannot write."""
    reader = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
    try:
        reader.execute("SELECT count(*) FROM meta").fetchall()
        yield
    finally:
        reader.close()


def open_station(settings: Settings, make_clock: Callable[..., Clock] = Clock) -> Station:
    """Bring the journal file up to date and open it for writing, whatever became of it; raises StationError.

    make_clock: makes the clock from `floor_ms`; another one where time is virtual.
    """
    key = read_key_id(settings.data)
    with contextlib.ExitStack() as undo:
        lock = undo.enter_context(_lock(settings.data / "agent.lock"))
        log_gone = log_is_gone(settings.journal_path)  # before anything opens it and makes a new one
        clock = make_clock(floor_ms=_floor_ms(settings.journal_path))
        identity = Identity(settings.station.id, key, hardware_digest(*hardware_parts()), boot_name())
        recovery = Recovery(
            settings.journal_path,
            settings.link_path,
            identity,
            books=lambda: empty_books(settings),
            stamp=clock.stamp,
            draw_epoch=lambda: secrets.token_bytes(8),
            log_gone=log_gone,
        )
        try:
            station = _opened(settings, recovery, clock, lock)
        except JournalForeign:
            raise
        except (JournalDamaged, BrokenChain, MalformedMessage, sqlite3.DatabaseError) as error:
            # Found while it was loaded, further on than a start looks: what looks sound is set aside all the same.
            recovery.suspect(error)
            with translated():
                station = _opened(settings, recovery, clock, lock)
        undo.pop_all()
    return station


def _opened(settings: Settings, recovery: Recovery, clock: Clock, lock: IO[bytes]) -> Station:
    """Load what is here now; raises whatever is wrong with the journal, which is closed again."""
    opened = recovery.open()
    journal, begins = opened.journal, _drawn()
    with contextlib.ExitStack() as undo:
        undo.callback(opened.connection.close)
        pseudonyms = read_pseudonyms(settings.data)
        if not pseudonyms.period:
            roll_pseudonyms(settings.data, pseudonyms, clock.stamp().wall_ms)
        contacts = Contacts(open_vault(settings.data), pseudonyms, draw=secrets.token_bytes)
        contacts.load(journal.rows(CONTACTS))
        if opened.rebuild:
            journal.replace_rows(replay(settings))
        try:
            books, notes, cold = _loaded(settings, journal, contacts, begins)
        except UNUSABLE:
            # What is here now is a matter of the entries: rows that cannot be read, whatever is wrong with them, are
            # made from the entries again.
            journal.replace_rows(replay(settings))
            books, notes, cold = _loaded(settings, journal, contacts, begins)
        revoked = Revoked()
        books.road = road_of(settings, revoked)
        outlook = Outlook(journal, notes, lambda: 0 if cold is None else cold.alarms)
        site = Site(load_goods(), on_duty=lambda: books.duty.by)
        counter = Counter(books, site, cold, number_of(books.road.badges), _house(settings, outlook))
        counter.resume(resumed(journal.newest(Lane.CUSTODY, LOOK_BACK)))
        undo.pop_all()
    told = Answer(opened.told) if opened.told else None
    sealing = Sealing(settings.station.id, settings.sealing_key, draw=secrets.token_bytes)
    return Station(
        opened.connection,
        journal,
        counter,
        notes,
        contacts,
        pseudonyms,
        sealing,
        revoked,
        cold,
        outlook,
        clock,
        lock,
        settings.journal_path,
        recovery,
        told,
    )


def _house(settings: Settings, outlook: Outlook) -> House:
    """This station's own rules."""
    rules = settings.counter
    overdue_days = tuple(sorted({rules.chase_days, rules.return_days}))
    return House(overdue_days, rules.utc_offset_min, rules.check_days, outlook, rules.duty_keep_days)


def _floor_ms(path: Path) -> int | None:
    """Wall time before which it cannot be now; None where the journal does not tell."""
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
        with contextlib.closing(connection):
            return last_recorded_ms(connection)
    except sqlite3.DatabaseError:
        return None


def make_sent_down(station: Station, settings: Settings) -> SentDown:
    """Who takes the county's lists at this station."""
    books = station.counter.books
    news, road = News(books), RoadLists(books, settings.station.id)
    takers = {
        RevokedBadges.LIST: taking(RevokedBadges, station.revoked.replace),
        Manifest.LIST: taking(Manifest, road.manifest),
        Lines.LIST: taking(Lines, road.lines),
        BagsSeen.LIST: taking(BagsSeen, road.seen),
        ExpectedParcels.LIST: take_expected(station.contacts.announced, news, settings.seal_path, settings.station.id),
        Notices.LIST: take_notices(news),
        Flights.LIST: take_flights(station.counter.site),
    }
    return SentDown(settings.station.id, news, takers)


def make_sweep(station: Station, settings: Settings) -> Sweep:
    """The daily erasing of what this station knows of recipients."""

    def is_here(waybill: str) -> bool:
        parcel = station.counter.books.shelves.parcel(waybill)
        return parcel is not None and not parcel.ended_no

    return Sweep(
        station.journal,
        station.contacts,
        days=settings.personal.days,
        is_here=is_here,
        link_path=settings.link_path,
        stamp=station.clock.stamp,
        roll=lambda wall_ms: roll_pseudonyms(settings.data, station.pseudonyms, wall_ms),
    )


def _drawn() -> int:
    """The first pick-up code's number on a card that never gave one, where nobody knows what time it is."""
    return FIRST_CODE + secrets.randbelow(LAST_CODE - FIRST_CODE + 1)


def _loaded(
    settings: Settings, journal: Journal, contacts: Contacts, begins: int
) -> "tuple[Books, Notes, ColdBoxes | None]":
    """What is here now by the stored rows; raises whatever a damaged row brings about."""
    books, notes = empty_books(settings, contacts, begins), Notes()
    books.load(journal.rows)
    notes.load(journal.rows(TABLE))
    return books, notes, open_boxes(settings, books.chilled, journal, time.monotonic())


def empty_books(settings: Settings, people: People | None = None, begins: int = 0) -> Books:
    """The books of a station, with nothing in them.

    people: what is known of recipients, nobody by default. begins: as in the plan; books that give no codes need none.
    """
    plan = ShelfPlan(settings.shelves.shelves, settings.shelves.layers, FIRST_CODE, LAST_CODE, begins)
    return Books(plan, people, road_of(settings))


def road_of(settings: Settings, revoked: Callable[[], Collection[int]] = tuple) -> Road:
    """Lines by the settings, badges by the county's key; lists come from the county, later.

    revoked: gives the numbers of revoked badges as they are known now.
    """
    lines = tuple(
        Line(line.id, line.name, line.kind, line.vehicle, line.stops_min, line.max_load_kg, line.margin_min)
        for line in settings.line
    )
    badges = CountyBadges(bytes.fromhex(settings.county.public_key), revoked)
    return Road(lines, settings.bags.tolerance_g, badges=badges)


def replay(settings: Settings) -> dict[str, list[Row]]:
    """The tables of what is here now, from all entries of all epochs in order; raises BrokenChain."""
    return rebuilt(settings.journal_path, empty_books(settings)).rows()


def stored_notes(path: Path) -> Notes:
    """What the journal at `path` says of its devices, read beside an agent at work; nothing where there is none."""
    notes = Notes()
    try:
        journal = JournalFile(path)
    except JournalMissing:
        return notes
    with contextlib.closing(journal):
        notes.load(journal.rows(TABLE))
    return notes


def _lock(path: Path) -> IO[bytes]:
    """Take the folder for this process alone; raises JournalUnwritable while another agent has it."""
    try:
        lock = path.open("ab")
    except OSError as error:
        hint = "用服务的用户运行,或检查权限 / run as the service's user, or check who may write there"
        raise JournalUnwritable(f"{path} 打不开 / cannot be opened: {error.strerror}", hint=hint) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        hint = "先停掉另一个 station run / stop the other `station run` first"
        raise FolderTaken("账本正被另一个程序使用 / another agent has this journal", hint=hint) from error
    return lock


def agent_runs(data: Path) -> bool:
    """Whether an agent works on this folder now; False where we may not look.

    Looking takes the lock for a moment, in which a starting agent would be turned away: only for when a person waits.
    """
    try:
        lock = (data / "agent.lock").open("rb")
    except OSError:
        return False
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def read_key_id(data: Path) -> bytes:
    """The id of the station's key; the agent needs no more of it. Raises JournalMissing before `station init`."""
    try:
        return key_id(bytes.fromhex((data / "station.pub").read_text().strip()))
    except (OSError, ValueError) as error:
        hint = "先运行 station init / run `station init` first"
        raise JournalMissing(f"{data} 还没有初始化 / was not set up yet: {error}", hint=hint) from error
