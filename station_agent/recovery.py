"""Opens a station's journal whatever became of it: sound, rolled back, lost or broken; and tells which.

found at the start                                       what is done                       the new epoch's reason
-------------------------------------------------------  ---------------------------------  ----------------------
nothing, and nothing is known of an earlier one          made anew                          provisioned
nothing, but the county confirmed entries of an earlier  made anew, told                    lost
sound                                                    opened                             -
sound, but behind what is known (or its log is gone)     opened, told                       rolled_back
rows that are not what the entries say                   rows made again                    -
header, tables, pages, log or chain damaged              set aside, salvaged, told          broken
another station's, or a newer program's                  left alone; the start is refused   -

After all that is told a stock-take is a case somebody must close: what lies here may not be what the record says.
Called when a station is opened; `journal/salvage.py` says what a power cut in between leaves.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.vocabulary import custody
from station_agent.errors import JournalDamaged, JournalForeign, JournalMissing, JournalUnwritable
from station_agent.journal.audit import RowsDiffer
from station_agent.journal.check import behind, check_file, check_tables, check_tails
from station_agent.journal.refusals import translated
from station_agent.journal.salvage import Salvaged, build, complete, finish, remove
from station_agent.journal.schema import NEWEST, migrate, schema_version
from station_agent.journal.side import Checked, KeptLogFile, SideFile
from station_agent.journal.writer import Identity, Journal, Record, Stamp
from station_agent.rebuilding import rebuilt
from sync.entry import ChainId, Position
from sync.errors import BrokenChain, MalformedMessage
from sync.link import LinkFile

MAX_LOST = 200
"""Holes named in the entry that tells of a break; beyond it they are only counted."""
AGAIN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Opened:
    """A journal ready to be written. told: the phrase for people, "" where there is nothing to tell."""

    connection: sqlite3.Connection
    journal: Journal
    rebuild: bool
    told: str


class Recovery:
    """Opens one station's journal."""

    def __init__(
        self,
        path: Path,
        link: Path,
        identity: Identity,
        *,
        books: Callable[[], Books],
        stamp: Callable[[], Stamp],
        draw_epoch: Callable[[], bytes],
        log_gone: bool = False,
    ) -> None:
        """`path` is the journal's, `link` that of link.db; `books` makes empty ones.

        log_gone: what `check.log_is_gone` said before anything opened the file.
        """
        self._log_gone = log_gone
        self._path, self._link, self._identity = path, link, identity
        self._books, self._stamp, self._draw_epoch = books, stamp, draw_epoch
        self._side = SideFile(path)
        self._kept_log = KeptLogFile(path, identity.boot)

    def suspect(self, error: Exception) -> None:
        """Let the next opening set the journal aside, or make its rows again, for what was found while at work."""
        self._side.write(Checked(suspect=f"{type(error).__name__}: {error}"))

    def found_good(self, places: tuple[Position, ...]) -> None:
        """The whole journal held up to these places: the next start looks at what came after them."""
        self._side.write(Checked(places))

    def open(self) -> Opened:
        """Open it; raises JournalFull or JournalUnwritable while the card refuses, JournalForeign."""
        with _as_refusal(), translated():
            finished = finish(self._path)
            self._log_gone = self._log_gone and not finished  # a log that is aside is not gone
            checked = Checked() if finished else self._side.read()
            known = [*checked.places, *self._confirmed().values()]
            if not self._path.is_dir() and not _size(self._path):
                if not _size(self._path.with_name(f"{self._path.name}-wal")):
                    return self._anew("lost" if known else None)
                self._path.touch()  # its log is left, and may hold entries
            _writable(self._path)
            opened = self._sound(checked, known)
            if opened is not None:
                return opened
            return self._broken_opened()

    def _sound(self, checked: Checked, known: list[Position]) -> Opened | None:
        """The journal as it is; None where it is broken and was set aside."""
        rows_only = checked.suspect.startswith(RowsDiffer.__name__)
        try:
            if checked.suspect and not rows_only:
                raise JournalDamaged(checked.suspect, hint="-")
            migrated = self._check(known)
            gone = self._log_gone or behind(self._path, known)
        except (JournalForeign, JournalUnwritable):
            raise
        except (JournalDamaged, JournalMissing, BrokenChain, MalformedMessage, sqlite3.DatabaseError) as error:
            if isinstance(error, sqlite3.OperationalError) and _refused(error):
                raise
            self._set_aside(str(error))
            return None
        return self._ready("rolled_back" if gone else None, rebuild=migrated or rows_only)

    def _check(self, known: list[Position]) -> bool:
        """Look at the file; whether it was an older one. Raises as `check`."""
        check_file(self._path)
        check_tables(self._path)
        connection = sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        with contextlib.closing(connection):
            version = schema_version(connection)
        if version != NEWEST:
            migrate(self._path)
        if version:
            check_tails(self._path, known)
        return 0 < version < NEWEST

    def _anew(self, reason: str | None) -> Opened:
        """A journal where there was none."""
        self._side.forget()
        for end in ("", "-wal", "-shm"):
            # Another file's log would be taken for this one's.
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        migrate(self._path)
        return self._ready(reason, rebuild=False)

    def _ready(self, reason: str | None, *, rebuild: bool) -> Opened:
        """Open for writing, in a new epoch where there is a reason for one."""
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=5.0)
        try:
            journal = self._journal(connection, reason)
            if reason is not None:
                self._tell(journal, [custody("journal.told", reason=reason)])
                self._side.forget()
        except BaseException:
            connection.close()
            raise
        return Opened(connection, journal, rebuild, "" if reason is None else f"journal.{reason}")

    def _journal(self, connection: sqlite3.Connection, reason: str | None) -> Journal:
        kept = self._kept_log
        return Journal(
            connection, self._identity, stamp=self._stamp, draw_epoch=self._draw_epoch, opening=reason, kept_log=kept
        )

    def _set_aside(self, why: str) -> None:
        """Make the new journal beside the broken one, whole, and only then put it in its place."""
        aside = _free_name(self._path)
        part = self._path.with_suffix(".part")
        self._path.with_suffix(".reserve").unlink(missing_ok=True)  # this is what it is for
        connection, salvaged = build(self._path, part, self._identity.station, self._confirmed().get)
        try:
            journal = self._journal(connection, "broken")
            journal.replace_rows(rebuilt(part, self._books()).rows())
            self._tell(journal, [_broken(aside.with_suffix(".broken").name, why, salvaged)])
            for first in range(0, len(salvaged.again), AGAIN_AT_ONCE):
                journal.commit(salvaged.again[first : first + AGAIN_AT_ONCE])
        except BaseException:
            connection.close()
            remove(part)
            raise
        connection.close()
        self._side.forget()
        complete(part, aside)
        finish(self._path)

    def _broken_opened(self) -> Opened:
        opened = self._ready(None, rebuild=False)
        return Opened(opened.connection, opened.journal, opened.rebuild, "journal.broken")

    def _tell(self, journal: Journal, records: list[Record]) -> None:
        """Enter what happened, and the stock-take that must follow, with its row."""
        books = self._books()
        books.load(journal.rows)
        stamp = self._stamp()
        if not any(case.about == "stocktake" for case in books.cases):
            records = [*records, books.cases.opening("stocktake")]
        changes = books.worked_out([Event(record.kind, record.body, stamp.wall_ms) for record in records])
        journal.commit(records, [change for each in changes for change in each], stamp)

    def _confirmed(self) -> dict[ChainId, Position]:
        """How far the county has every chain, as far as link.db tells."""
        if not self._link.exists():
            return {}
        try:
            link = LinkFile(self._link, lambda: self._stamp().wall_ms, writable=False, timeout_s=0.5)
        except sqlite3.DatabaseError:
            return {}  # the sync process makes it again, and the county is asked
        with contextlib.closing(link):
            return {place.chain: place for place in link.positions()}


def _broken(file: str, why: str, salvaged: Salvaged) -> Record:
    """The entry that tells of a break."""
    lost = [
        [chain.epoch, int(chain.lane), hole.first, hole.last, hole.hash]
        for chain, hole in salvaged.lost[:MAX_LOST]
    ]  # fmt: skip
    return custody(
        "journal.broken",
        file=file,
        why=why[:400],
        entries=salvaged.entries,
        holes=len(salvaged.lost),
        lost=lost,
        again=len(salvaged.again),
        left_out=salvaged.left_out,
    )


def _free_name(journal: Path) -> Path:
    """A name for the salvage, `journal-<UTC time>.salvage`, that no broken file has yet."""
    at = datetime.fromtimestamp(time.time(), UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in range(1000):
        name = journal.with_name(f"{journal.stem}-{at}{f'-{number}' if number else ''}.salvage")
        if not name.exists() and not name.with_suffix(".broken").exists():
            return name
    hint = "删除旧的 .broken 文件 / delete old .broken files"
    raise JournalUnwritable(f"{journal.parent}: 坏账本太多 / too many broken journals", hint=hint)


def _writable(path: Path) -> None:
    """Raise JournalUnwritable for a file SQLite would silently open for reading alone."""
    try:
        with path.open("rb+"):
            pass
    except IsADirectoryError as error:
        raise sqlite3.OperationalError("unable to open database file") from error


def _size(path: Path) -> int:
    """Length of a file, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def _refused(error: sqlite3.OperationalError) -> bool:
    """Whether the card refused, rather than that what it holds is damaged."""
    words = ("full", "locked", "busy", "readonly", "unable to open", "permission")
    return any(word in str(error) for word in words)


@contextlib.contextmanager
def _as_refusal() -> Iterator[None]:
    """What the card refuses below SQLite is the journal's refusal too."""
    try:
        yield
    except OSError as error:
        hint = "检查存储卡是否写保护或已满 / check whether the card is write-protected or full"
        raise JournalUnwritable(f"存储卡写不进 / the card refuses: {error}", hint=hint) from error
