"""link.db: what the county confirmed and what came down; owned by `station sync`, read by the agent.

A small SQLite file of its own, so that the journal keeps a single writer. If it is lost nothing is lost: the county is
asked where it stands, and for its lists, at every connect. Lists in it were verified before they were kept, so that
readers need no keys. Called by the sender (as its Ledger), the board (as its ListStore), the agent, `station status`.
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sync.entry import ChainId, Lane, Position
from sync.errors import LinkFileUnwritable
from sync.held import EVERYBODY, Held, SignedList
from sync.trips import MAX_TRIPS, Trip
from sync.trouble import Trouble
from sync.usage import DAYS_KEPT, Used

_SCHEMA = """
CREATE TABLE IF NOT EXISTS confirmed (
    epoch BLOB NOT NULL, lane INTEGER NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL,
    incarnation BLOB NOT NULL, receipt BLOB NOT NULL, signature BLOB NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (epoch, lane)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS trouble (
    kind TEXT NOT NULL, epoch BLOB NOT NULL, lane INTEGER NOT NULL, first_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, epoch, lane)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list (
    scope TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, signature BLOB NOT NULL, at_ms INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (scope, name)
);
CREATE TABLE IF NOT EXISTS contact (
    one INTEGER PRIMARY KEY CHECK (one = 1), incarnation BLOB NOT NULL, at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS trip (
    number INTEGER PRIMARY KEY, requests INTEGER NOT NULL, since BLOB NOT NULL, answered INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS usage (
    day INTEGER NOT NULL, purpose TEXT NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL, PRIMARY KEY (day, purpose)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS word (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, phrase TEXT NOT NULL
);
"""
_USE = """
    INSERT INTO usage VALUES (?, ?, ?, ?) ON CONFLICT (day, purpose) DO UPDATE SET
        up = up + excluded.up, down = down + excluded.down"""
_MEET = """
    INSERT INTO contact VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET
        incarnation = excluded.incarnation, at_ms = excluded.at_ms
        WHERE excluded.at_ms >= contact.at_ms OR excluded.incarnation = contact.incarnation"""
_MAX_WORDS = 32
_CONTACT_MS = 3_600_000
"""A contact is written again when the last one written is so old, or when something else is written."""
_DAY_MS = 86_400_000
_CONFIRM = """
    INSERT INTO confirmed VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (epoch, lane) DO UPDATE SET
        sequence = excluded.sequence, hash = excluded.hash, incarnation = excluded.incarnation,
        receipt = excluded.receipt, signature = excluded.signature, at_ms = excluded.at_ms
    WHERE excluded.incarnation != confirmed.incarnation OR excluded.sequence > confirmed.sequence"""


class _Said(msgspec.Struct, frozen=True, array_like=True):
    """The beginning of a receipt as `wire.Receipt` has it, read without what unpacks batches."""

    format: int
    request: int
    station: str
    incarnation: bytes
    verdict: str
    issued_ms: int


_said = msgspec.msgpack.Decoder(_Said).decode


class Noted(NamedTuple):
    """One trouble and since when (milliseconds of wall time); chain is None where it concerns the whole link."""

    trouble: Trouble
    chain: ChainId | None
    first_ms: int


class KeptList(NamedTuple):
    """A verified list: its name, version and content (`contents.read_content` reads it), and when it came."""

    name: str
    version: int
    at_ms: int
    content: bytes


_HEALED = (Trouble.REFUSED, Trouble.UNKNOWN_STATION)
"""Troubles that are over once the county confirms anything; the others are evidence and stay."""
_LISTS_HEALED = (Trouble.LIST_REFUSED, Trouble.LIST_OLDER, Trouble.LIST_UNREADABLE)
"""Troubles that are over once the county gets a list through."""


class LinkFile:
    """The ledger on disk. Confirmations are only a memory of what the county holds, so a lost one costs a question.

    What is confirmed or noted is told to the caller at once and is on disk after the next `save`.
    """

    def __init__(self, path: Path, wall_ms: Callable[[], int], *, writable: bool, timeout_s: float = 5.0) -> None:
        """Open `path`; with `writable` it is made when missing, else sqlite3.OperationalError is raised.

        timeout_s: how long to wait for a file that is locked; the counter must not wait for the sync process.

        A damaged file is set aside as `<name>.damaged` and made anew by the writer; a reader gets
        sqlite3.DatabaseError until then.
        """
        self._path, self._writable, self._wall_ms = path.absolute(), writable, wall_ms
        self._timeout_s = timeout_s
        self._confirmed: dict[ChainId, tuple[Position, bytes]] = {}
        self._unsaved: dict[ChainId, tuple[object, ...]] = {}
        self._notes: dict[tuple[Trouble, ChainId | None], int] = {}
        self._held: dict[tuple[str, str], int] = {}
        self._unsaved_lists: dict[tuple[str, str], tuple[object, ...]] = {}
        self._contact: tuple[bytes, int] | None = None
        self._contact_saved_ms, self._contact_is_new = 0, False
        self._used: dict[tuple[int, str], tuple[int, int]] = {}
        try:
            self._open()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            if not writable:
                raise
            self._path.replace(self._path.with_name(f"{path.name}.damaged"))
            self._open()

    def _open(self) -> None:
        """Connect and read what is there; raises sqlite3.DatabaseError where the file is damaged."""
        uri = f"{self._path.as_uri()}?mode={'rwc' if self._writable else 'ro'}"
        self._db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=self._timeout_s)
        try:
            if self._writable:
                # Small pages: one receipt rewrites one page, and a card wears by what is written.
                self._db.executescript("PRAGMA page_size=1024; PRAGMA synchronous=NORMAL;" + _SCHEMA)
                if self._db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    raise sqlite3.DatabaseError("quick_check failed")
            self.refresh()
        except sqlite3.DatabaseError:
            self._db.close()
            raise

    def refresh(self) -> None:
        """Read again what another process wrote."""
        mine, held = self._confirmed, self._held
        self._held = {(scope, name): version for scope, name, version in self._read("list", "scope, name, version")}
        rows = self._read("confirmed", "epoch, lane, sequence, hash, incarnation")
        self._confirmed = {
            ChainId(epoch, Lane(lane)): (Position(epoch, Lane(lane), sequence, digest), incarnation)
            for epoch, lane, sequence, digest, incarnation in rows
        }
        # What is not saved yet is newer than the file.
        self._confirmed.update({chain: mine[chain] for chain in self._unsaved})
        self._held.update({place: held[place] for place in self._unsaved_lists})
        for incarnation, at_ms in self._read("contact", "incarnation, at_ms"):
            self._contact_saved_ms = at_ms
            # Who only reads knows nothing later than the file, whose time may have been put right since.
            if self._contact is None or not self._writable or at_ms > self._contact[1]:
                self._contact = (incarnation, at_ms)

    def _read(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """All rows; none where the writer has not yet made the table: the file is new, or the writer older than us."""
        known = self._db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
        return self._db.execute(f"SELECT {columns} FROM {table}").fetchall() if known else []  # noqa: S608  # our own names

    def confirmed(self, chain: ChainId) -> Position | None:
        """How far the county confirmed `chain`, None if it never did."""
        known = self._confirmed.get(chain)
        return known[0] if known else None

    def positions(self) -> list[Position]:
        """How far the county confirmed every chain it ever confirmed anything of."""
        return [position for position, _ in self._confirmed.values()]

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        """Keep a verified receipt; on disk at the next `save`.

        Within one incarnation a position never goes back; a new incarnation may stand earlier.
        """
        known = self._confirmed.get(position.chain)
        if known is not None and known[1] == incarnation and known[0].sequence >= position.sequence:
            return
        self._heal(_HEALED)
        self._notes.pop((Trouble.GONE, position.chain), None)
        self._unsaved[position.chain] = (*position, incarnation, receipt, signature, self._wall_ms())
        self._confirmed[position.chain] = (position, incarnation)

    def save(self) -> None:
        """Write what came since the last save; the caller decides how often the card is worth it.

        Raises LinkFileUnwritable; then nothing was written, and all of it is kept for the next save.
        """
        waited_ms = 0 if self._contact is None else abs(self._contact[1] - self._contact_saved_ms)
        contact_due = self._contact_is_new or waited_ms >= _CONTACT_MS
        if not (self._unsaved or self._unsaved_lists or self._notes or contact_due):
            return
        self._transaction(self._write)
        if self._contact is not None:
            self._contact_saved_ms, self._contact_is_new = self._contact[1], False
        self._used.clear()
        self._unsaved.clear()
        self._unsaved_lists.clear()
        self._notes.clear()

    def _transaction(self, write: Callable[[], object]) -> None:
        """Let `write` happen whole or not at all; raises LinkFileUnwritable."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            write()
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            hint = "检查存储卡是否已满或只读 / check whether the card is full or read-only"
            raise LinkFileUnwritable(f"{self._path} cannot be written: {error}", hint=hint) from error

    def _write(self) -> None:
        """Put everything unsaved into the open transaction."""
        if self._contact is not None:
            self._db.execute(_MEET, self._contact)
        healed = [*(_HEALED if self._unsaved else ()), *(_LISTS_HEALED if self._unsaved_lists else ())]
        self._db.executemany("DELETE FROM trouble WHERE kind = ?", [(over.value,) for over in healed])
        self._db.executemany(
            "DELETE FROM trouble WHERE kind = ? AND epoch = ? AND lane = ?",
            [(Trouble.GONE.value, *_columns(chain)) for chain in self._unsaved],
        )
        self._db.executemany(_CONFIRM, list(self._unsaved.values()))
        self._db.executemany(_USE, [(*key, *both) for key, both in self._used.items()])
        if self._used:
            self._db.execute("DELETE FROM usage WHERE day < ?", (max(day for day, _ in self._used) - DAYS_KEPT,))
        self._db.executemany(
            "INSERT OR REPLACE INTO list VALUES (?, ?, ?, ?, ?, ?)", list(self._unsaved_lists.values())
        )
        notes = [(trouble.value, *_columns(chain), first_ms) for (trouble, chain), first_ms in self._notes.items()]
        self._db.executemany("INSERT OR IGNORE INTO trouble VALUES (?, ?, ?, ?)", notes)

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """Keep what people or the agent must know; the first time counts."""
        self._notes.setdefault((trouble, chain), self._wall_ms())

    def troubles(self) -> list[Noted]:
        """Everything on disk, oldest first."""
        rows = sorted(self._read("trouble", "first_ms, kind, epoch, lane"))
        return [
            Noted(Trouble(kind), ChainId(epoch, Lane(lane)) if epoch else None, first_ms)
            for first_ms, kind, epoch, lane in rows
        ]

    def heard_ms(self) -> int | None:
        """Wall time the county last gave a word, as it is on disk, to within an hour; None where it never did."""
        times = [at_ms for table in ("confirmed", "list", "contact") for (at_ms,) in self._read(table, "at_ms")]
        return max(times, default=None)

    def held(self) -> list[Held]:
        """The version of every list, by scope and name; those not saved yet too."""
        return [Held(scope, name, version) for (scope, name), version in sorted(self._held.items())]

    def keep(self, signed: SignedList) -> None:
        """Put a verified list in place of its older version; on disk at the next `save`."""
        self._heal(_LISTS_HEALED)
        place = (signed.scope, signed.name)
        self._held[place] = signed.version
        self._unsaved_lists[place] = (*signed.held, signed.signature, self._wall_ms(), signed.content)

    def list_versions(self, station: str) -> dict[str, int]:
        """Which version of each list holds at `station`, by name, as it is on disk: cheap, to see whether to read."""
        return {name: version for name, version, *_ in self._standing(station, "length(content)")}

    def lists(self, station: str) -> dict[str, KeptList]:
        """The list of each name that holds at `station`, as it is on disk: its own before the one for everybody."""
        return {row[0]: KeptList(*row) for row in self._standing(station, "content")}

    def _standing(self, station: str, content: str) -> list[tuple[Any, ...]]:
        """Name, version, time and `content` of both scopes, those for everybody first; without any taken down."""
        rows = sorted(
            self._read("list", f"scope, name, version, at_ms, {content}"), key=lambda row: row[0] != EVERYBODY
        )
        return [row[1:] for row in rows if row[0] in (EVERYBODY, station) and row[4]]

    def met(self, incarnation: bytes) -> None:
        """The county gave a verified receipt now; on disk at a `save`, within an hour."""
        at_ms, known = self._wall_ms(), self._contact
        if known is None or known[0] != incarnation:
            self._contact_is_new = True
        if known is not None and self._contact_is_new:
            # The later one of two counties is known by its time: this one stands also where the clock went back.
            later_ms = max(known[1], self._contact_saved_ms) + 1
            at_ms = max(at_ms, known[1] if known[0] == incarnation else later_ms)
        self._contact = (incarnation, at_ms)

    def incarnation(self) -> bytes:
        """Of the county last heard, no bytes where it never was."""
        return self._contact[0] if self._contact is not None else b""

    def days_without_contact(self) -> int | None:
        """Whole days since the county's last word, by the wall clock; None where it never gave one."""
        times = [self.heard_ms(), self._contact[1] if self._contact is not None else None]
        heard_ms = max((at_ms for at_ms in times if at_ms is not None), default=None)
        return None if heard_ms is None else max(0, (self._wall_ms() - heard_ms) // _DAY_MS)

    def standing(self, chain: ChainId) -> Position | None:
        """How far the county confirmed `chain` in the incarnation last heard; None where it did not."""
        known = self._confirmed.get(chain)
        return known[0] if known is not None and known[1] == self.incarnation() else None

    def chains(self) -> list[ChainId]:
        """Every chain the county ever confirmed anything of."""
        return list(self._confirmed)

    def said_ms(self, chain: ChainId) -> int | None:
        """The county's own clock in the receipt that confirmed `chain` last, as it is on disk; verified when it came.

        None where there is none, or it is of another incarnation than the one last heard.
        """
        for epoch, lane, incarnation, receipt in self._read("confirmed", "epoch, lane, incarnation, receipt"):
            if ChainId(epoch, Lane(lane)) == chain and incarnation == self.incarnation():
                try:
                    return _said(receipt).issued_ms
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    return None
        return None

    def trips(self) -> list[Trip]:
        """The trips remembered, the oldest first."""
        rows = sorted(self._read("trip", "at_ms, number, requests, since, answered"))
        return [Trip(number, requests, since, bool(answered)) for _, number, requests, since, answered in rows]

    def set_out(self, trip: Trip) -> None:
        """Remember a trip, on disk at once; raises LinkFileUnwritable."""
        self._transaction(lambda: self._put_trip(trip))

    def came_back(self, trip: Trip) -> None:
        """The answer to a trip is here: that, and all it confirmed, is on disk now; raises LinkFileUnwritable."""
        self.save()
        self._transaction(lambda: self._put_trip(trip._replace(answered=True)))

    def _put_trip(self, trip: Trip) -> None:
        self._db.execute("INSERT OR REPLACE INTO trip VALUES (?, ?, ?, ?, ?)", (*trip, self._wall_ms()))
        self._db.execute(
            "DELETE FROM trip WHERE number NOT IN (SELECT number FROM trip ORDER BY at_ms DESC, number LIMIT ?)",
            (MAX_TRIPS,),
        )

    def use(self, used: Sequence[Used]) -> None:
        """Add to what the line cost; on disk with the next thing that is, within an hour of contact."""
        for each in used:
            up, down = self._used.get((each.day, each.purpose), (0, 0))
            self._used[each.day, each.purpose] = (up + each.up, down + each.down)

    def usage(self, since_day: int) -> list[Used]:
        """What the line cost from a day on, by day and purpose; what is not saved yet is in it."""
        found = {(day, purpose): (up, down) for day, purpose, up, down in self._read("usage", "day, purpose, up, down")}
        for key, (up, down) in self._used.items():
            before = found.get(key, (0, 0))
            found[key] = (before[0] + up, before[1] + down)
        return [Used(*key, *both) for key, both in sorted(found.items()) if key[0] >= since_day]

    def say(self, phrases: Sequence[str]) -> None:
        """Leave names of sentences for the agent to say, on disk at once; raises LinkFileUnwritable."""
        rows = [(self._wall_ms(), phrase) for phrase in phrases]

        def write() -> None:
            self._db.executemany("INSERT INTO word (at_ms, phrase) VALUES (?, ?)", rows)
            self._db.execute("DELETE FROM word WHERE number <= (SELECT max(number) FROM word) - ?", (_MAX_WORDS,))

        self._transaction(write)

    def words(self) -> list[tuple[int, str]]:
        """What was left to be said, oldest first, each with a number that only grows."""
        return sorted(self._read("word", "number, phrase"))

    def _heal(self, over: tuple[Trouble, ...]) -> None:
        """Forget what is noted and not saved yet of these troubles."""
        self._notes = {noted: first_ms for noted, first_ms in self._notes.items() if noted[0] not in over}

    def close(self) -> None:
        """Save and let go of the file; raises LinkFileUnwritable, the file is closed all the same."""
        try:
            self.save()
        finally:
            self._db.close()


def _columns(chain: ChainId | None) -> tuple[bytes, int]:
    """Epoch and lane as stored; an empty epoch stands for the whole link."""
    return (b"", 0) if chain is None else (chain.epoch, int(chain.lane))
