"""Journal: the one connection that writes journal.db, and the only one that checkpoints it.

What `commit` returned is on disk (WAL, synchronous=FULL): only then may a light turn green. Entries of both lanes and
the changes to what is here now go into one transaction. It is handed its connection and its time; it uses only what
sqlite3 and apsw share, so that the power-cut disk of the tests runs this very code. Called by the agent's loop, from
one thread.
"""

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar

from station_agent.errors import JournalDamaged, JournalForeign, JournalFull, JournalUnwritable
from station_agent.journal import dropping, pruning
from station_agent.journal.changes import Change, Row
from station_agent.journal.refusals import translated
from station_agent.journal.schema import PAGE_BYTES, TABLES, Connection
from sync.entry import (
    FORMAT,
    MAX_BODY_BYTES,
    MAX_NUMBER,
    ROOT,
    After,
    ChainId,
    Header,
    Lane,
    Personal,
    Position,
    Trust,
    decode_body,
    decode_header,
    encode_body,
    entry_hash,
)
from sync.errors import MalformedMessage

CHECKPOINT_COMMITS = 500
"""Commits after which an idle moment is used to checkpoint; more would save writes, but a start would replay longer."""
CHECKPOINT_COMMITS_BUSY = 1000
"""Commits after which a checkpoint is made without waiting for an idle moment: with 11 kB a commit, measured in a rush
with telemetry in each, the log stays below the 16 MB at which the upkeep tells people of it."""

ERASE_ENTRIES = 1000
"""Entries looked at in one go for personal parts to erase: 12 ms here when each has one, so that no scan waits long."""


_NOTHING: Mapping[str, bytes] = MappingProxyType({})


class Stamp(NamedTuple):
    """When something is recorded. since_boot_ms never goes back within a boot; wall_ms is UTC as `trust` says."""

    since_boot_ms: int
    wall_ms: int
    trust: Trust


class Record(NamedTuple):
    """What is to be written: a kind and its fields; the journal gives it its place."""

    lane: Lane
    kind: str
    body: dict[str, Any]
    personal: Personal | None = None


class Identity(NamedTuple):
    """What a journal is bound to.

    station: its name. key: id of the key that signs its chains. hardware: the computer and card it runs on; another one
    opens a new epoch. boot: names the running boot; another one counts a new boot.
    """

    station: str
    key: bytes
    hardware: str
    boot: str


class KeptLog(Protocol):
    """Remembers beyond the process that this boot must not checkpoint any more."""

    def is_kept(self) -> bool:
        """Whether a checkpoint failed in this boot."""

    def keep(self) -> None:
        """A checkpoint failed in this boot; raises nothing."""


class OldParts(NamedTuple):
    """Personal parts of one chain that are to be erased.

    chain: its number in the file. sequences: of their entries. through: up to there nothing else is left to erase.
    ended: whether the chain holds no more old parts behind `through`.
    """

    chain: int
    sequences: tuple[int, ...]
    through: int
    ended: bool


T = TypeVar("T")


class _Head(NamedTuple):
    """Where a chain stands, and its number in the file."""

    number: int
    sequence: int
    hash: bytes


class Journal:
    """The writing end. Open it once; a journal of another card or computer starts a new epoch by itself."""

    def __init__(
        self,
        connection: Connection,
        identity: Identity,
        *,
        stamp: Callable[[], Stamp],
        draw_epoch: Callable[[], bytes],
        opening: str | None = None,
        kept_log: KeptLog | None = None,
    ) -> None:
        """`connection` is in autocommit mode on a current schema; `draw_epoch` gives 8 random bytes.

        opening: the reason for which a new epoch is opened whatever stands in the file. kept_log: remembers a
        checkpoint that failed; without it nothing outlives this object.

        Raises JournalDamaged when the file does not fit together, JournalFull or JournalUnwritable as `commit`.
        """
        self._connection, self._identity, self._stamp, self._draw_epoch = connection, identity, stamp, draw_epoch
        self._commits = 0
        self._opening, self._kept_log = opening, kept_log
        self._keeps_log = kept_log is not None and kept_log.is_kept()
        self._erased: dict[int, int] = {}
        self._boot = 0
        self._heads: dict[Lane, _Head] = {}
        self._epoch = b""
        with translated():
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
            # What is deleted is overwritten, at every write: pages that are rearranged would keep old bytes. Debian's
            # SQLite does so by itself, so that it costs nothing there.
            connection.execute("PRAGMA secure_delete = ON").fetchall()
            self._load()

    @property
    def epoch(self) -> bytes:
        """The epoch being written, 8 bytes."""
        return self._epoch

    @property
    def boot(self) -> int:
        """How many boots this journal has seen, this one included."""
        return self._boot

    def head(self, lane: Lane) -> Position:
        """Where a lane of the present epoch stands."""
        head = self._heads[lane]
        return Position(self._epoch, lane, head.sequence, head.hash)

    def commit(
        self, records: Sequence[Record], changes: Sequence[Change] = (), stamp: Stamp | None = None
    ) -> list[Position]:
        """Write records and changes in one transaction and return their places once they are on disk.

        stamp: the time the records carry; now when left out.

        Raises JournalFull or JournalUnwritable; then nothing was written and the same call may be made again.
        """
        return self._commit(records, changes, stamp or self._stamp(), ())

    def _commit(
        self, records: Sequence[Record], changes: Sequence[Change], when: Stamp, old: Sequence[OldParts]
    ) -> list[Position]:
        """One transaction of everything."""
        heads = dict(self._heads)

        def write() -> list[Position]:
            for parts in old:
                self._erase(parts)
            places = [self._append(record, heads, self._epoch, when) for record in records]
            for change in changes:
                self._apply(change)
            return places

        places = self._transaction(write)
        self._heads = heads
        self._commits += 1
        if self._commits >= CHECKPOINT_COMMITS_BUSY:
            self.checkpoint()
        return places

    def old_personal(self, confirmed: Position, before_ms: int) -> OldParts | None:
        """The personal parts recorded before a wall time in the next entries of a chain the county confirmed.

        Looks at ERASE_ENTRIES at most, from where it erased last; None for a chain that is not here. An entry whose
        clock was unknown counts as old: the county has it.
        """
        with translated():
            rows = self._connection.execute(
                "SELECT id FROM chain WHERE epoch = ? AND lane = ?", (confirmed.epoch, int(confirmed.lane))
            ).fetchall()
            return self._look_for_old(rows[0][0], confirmed.sequence, before_ms) if rows else None

    def erase_personal(
        self, old: Sequence[OldParts], records: Sequence[Record] = (), changes: Sequence[Change] = ()
    ) -> list[Position]:
        """Erase salt and sealed fields of `old`, and write records and changes as `commit` does, in one transaction.

        The digests stay and the chains hold. What is erased, rows that `changes` remove among it, is overwritten in the
        file; the write-ahead log holds it until its place is used again. Raises as `commit`.
        """
        places = self._commit(records, changes, self._stamp(), old)
        self._erased |= {parts.chain: parts.through for parts in old}
        return places

    def open_epoch(self, reason: str, records: Sequence[Record] = (), notes: Mapping[str, bytes] = _NOTHING) -> None:
        """Start both lanes anew; the first entries name the last place of the epoch before.

        reason: provisioned, another_computer, fork, rolled_back, broken, lost, restored: why the old chain cannot go
        on. records, notes: of the same transaction, entries behind the first ones and what `remember` would keep.
        """
        epoch = self._draw_epoch()
        stamp = self._stamp()
        heads: dict[Lane, _Head] = {}

        def write() -> None:
            for lane in Lane:
                self._connection.execute("INSERT INTO chain (epoch, lane) VALUES (?, ?)", (epoch, int(lane)))
                number = self._connection.execute("SELECT max(id) FROM chain").fetchall()[0][0]
                heads[lane] = _Head(number, -1, ROOT)
                body: dict[str, Any] = {"reason": reason}
                if lane in self._heads:
                    previous = self._heads[lane]
                    body |= {"epoch": self._epoch, "sequence": previous.sequence, "hash": previous.hash}
                self._append(Record(lane, "epoch.opened", body), heads, epoch, stamp)
            for record in records:
                self._append(record, heads, epoch, stamp)
            for name, value in notes.items():
                self._set_meta(name, value)
            self._set_meta("hardware", self._identity.hardware)
            self._set_meta("boot", self._identity.boot)
            self._set_meta("boots", self._boot)

        self._transaction(write)
        self._heads, self._epoch = heads, epoch

    def drop_telemetry(self, confirmed: dict[ChainId, int]) -> int:
        """Let go of the oldest piece of telemetry; how many entries went, 0 where none is left.

        confirmed: how far the county has each chain. Raises JournalFull or JournalUnwritable; then nothing went.
        """
        heads = dict(self._heads)

        def write() -> int:
            piece = dropping.oldest(self._connection, confirmed)
            if piece is None:
                return 0
            ends = [dropping.hash_of(self._connection, piece.number, place) for place in (piece.first, piece.last)]
            if None in ends:
                raise JournalDamaged("telemetry has a hole", hint="重新启动 / restart `station run`")
            first_hash, last_hash = (end or b"" for end in ends)
            if piece.reason == dropping.PRESSURE:
                record = Record(Lane.CUSTODY, dropping.DROPPED, piece.body(first_hash, last_hash))
                self._append(record, heads, self._epoch, self._stamp())
            dropping.drop(self._connection, piece, last_hash)
            return piece.last - piece.first + 1

        dropped = self._transaction(write)
        self._heads = heads
        self._commits += 1
        return dropped

    def remembered(self, name: str) -> bytes | None:
        """What was kept under a name, None for nothing."""
        with translated():
            rows = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchall()
        return bytes(rows[0][0]) if rows else None

    def remember(self, name: str, value: bytes) -> None:
        """Keep bytes under a name, in the file and not in the chain: lost, they cost only time. Raises as `commit`."""
        self._transaction(lambda: self._set_meta(name, value))
        self._commits += 1

    def gone(self) -> list[dropping.Gone]:
        """Every range that was let go of."""
        with translated():
            return dropping.gone(self._connection)

    def kept(self) -> list[pruning.Kept]:
        """Which places of every chain are here."""
        with translated():
            return pruning.kept(self._connection)

    def prune(self, limits: Mapping[int, int]) -> int:
        """Let go of the next piece; how many entries went, 0 where none is left. Raises as `commit`; then nothing went.

        limits: by number of a chain, the last place that may go; the caller answers for them (`letting_go.py`).
        """
        pruned = self._transaction(lambda: pruning.prune(self._connection, limits))
        self._commits += 1
        return pruned

    @property
    def free_bytes(self) -> int:
        """Room inside the file that later entries will use before it grows."""
        with translated():
            pages = self._connection.execute("PRAGMA freelist_count").fetchall()[0][0]
        return int(pages) * PAGE_BYTES

    def rows(self, table: str) -> list[Row]:
        """All rows of a table of what is here now, or of contacts."""
        columns = ", ".join(TABLES[table])
        with translated():
            return [tuple(row) for row in self._connection.execute(f"SELECT {columns} FROM {table}").fetchall()]  # noqa: S608

    def newest(self, lane: Lane, limit: int) -> list[tuple[str, dict[str, Any]]]:
        """Kind and body of the last entries of a lane of the present epoch, the newest first."""
        with translated():
            rows = self._connection.execute(
                "SELECT header, body FROM entry WHERE chain = ? ORDER BY sequence DESC LIMIT ?",
                (self._heads[lane].number, limit),
            ).fetchall()
        return [(decode_header(bytes(header)).kind, decode_body(bytes(body))) for header, body in rows]

    def recorded_ms(self, lane: Lane, sequence: int) -> int | None:
        """Wall time of one entry of the present epoch; None where there is none."""
        with translated():
            rows = self._connection.execute(
                "SELECT header FROM entry WHERE chain = ? AND sequence = ?", (self._heads[lane].number, sequence)
            ).fetchall()
        return decode_header(bytes(rows[0][0])).recorded_ms if rows else None

    def idle(self) -> None:
        """Use a quiet moment: checkpoint when enough was written."""
        if self._commits >= CHECKPOINT_COMMITS:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file; a full card only postpones it.

        After any other failure the log is kept whole: the kernel takes what a failed sync has left behind for written,
        and SQLite does not write anew what an earlier checkpoint moved while somebody was reading. The log still has
        it all, and the next boot moves all of it.
        """
        self._commits = 0
        if self._keeps_log:
            return
        try:
            with translated():
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except JournalFull:
            return
        except JournalUnwritable:
            self._keeps_log = True
            if self._kept_log is not None:
                self._kept_log.keep()

    @property
    def keeps_log(self) -> bool:
        """Whether this boot must not checkpoint any more, not even by closing the file."""
        return self._keeps_log

    def _load(self) -> None:
        """Find where the chains stand; open the first epoch, or a new one on another computer."""
        meta: dict[str, Any] = dict(self._connection.execute("SELECT name, value FROM meta").fetchall())
        self._boot = _boots(meta.get("boots", 0))
        new_boot = meta.get("boot") != self._identity.boot
        self._boot += new_boot
        newest = self._connection.execute("SELECT epoch FROM chain ORDER BY id DESC LIMIT 1").fetchall()
        if not newest:
            self.open_epoch(self._opening or "provisioned")
            return
        self._epoch = bytes(newest[0][0])
        if self._opening is not None:
            for lane in Lane:
                with contextlib.suppress(JournalDamaged):
                    self._heads[lane] = self._read_head(lane)
            self.open_epoch(self._opening)
            return
        for lane in Lane:
            self._heads[lane] = self._read_head(lane)
        if meta.get("hardware") != self._identity.hardware:
            self.open_epoch("another_computer")
        elif new_boot:
            self._transaction(self._count_boot)

    def _count_boot(self) -> None:
        """Remember which boot this is."""
        self._set_meta("boot", self._identity.boot)
        self._set_meta("boots", self._boot)

    def _read_head(self, lane: Lane) -> _Head:
        """Where one lane of the present epoch stands, by what is in the file; raises JournalDamaged."""
        rows = self._connection.execute(
            "SELECT c.id, e.sequence, e.hash, e.header FROM chain c JOIN entry e ON e.chain = c.id"
            " WHERE c.epoch = ? AND c.lane = ? ORDER BY e.sequence DESC LIMIT 1",
            (self._epoch, int(lane)),
        ).fetchall()
        hint = "运行 station journal verify 查看 / run `station journal verify`"
        if not rows:
            raise JournalDamaged(f"the {lane.name.lower()} lane has no first entry", hint=hint)
        number, sequence, digest, header = rows[0]
        try:
            read = decode_header(bytes(header))
        except MalformedMessage as error:
            raise JournalDamaged(f"the {lane.name.lower()} lane's last entry: {error}", hint=hint) from error
        if read.station != self._identity.station:
            raise JournalForeign("this journal belongs to another station", hint="检查配置里的站号 / check station.id")
        if read.boot > self._boot:
            raise JournalDamaged(f"boot {read.boot} was recorded, and {self._boot} counted", hint=hint)
        return _Head(number, sequence, bytes(digest))

    def _look_for_old(self, chain: int, last: int, before_ms: int) -> OldParts:
        """What of the next entries of a chain is to be erased; the first that is too young ends the search."""
        if chain not in self._erased:
            kept = self._connection.execute("SELECT value FROM meta WHERE name = ?", (f"erased {chain}",)).fetchall()
            self._erased[chain] = int(kept[0][0]) if kept else -1
        first = self._erased[chain] + 1
        through = max(first - 1, min(last, first + ERASE_ENTRIES - 1))
        rows = self._connection.execute(
            "SELECT sequence, header FROM entry WHERE chain = ? AND sequence BETWEEN ? AND ?"
            " AND personal_sealed IS NOT NULL ORDER BY sequence",
            (chain, first, through),
        ).fetchall()
        old: list[int] = []
        for sequence, header in rows:
            if not _is_old(bytes(header), before_ms):
                return OldParts(chain, tuple(old), sequence - 1, True)
            old.append(sequence)
        return OldParts(chain, tuple(old), through, through >= last)

    def _erase(self, parts: OldParts) -> None:
        """Let go of personal parts, and remember how far."""
        for sequence in parts.sequences:
            self._connection.execute(
                "UPDATE entry SET personal_salt = NULL, personal_sealed = NULL WHERE chain = ? AND sequence = ?",
                (parts.chain, sequence),
            )
        self._set_meta(f"erased {parts.chain}", parts.through)

    def _append(self, record: Record, heads: dict[Lane, _Head], epoch: bytes, stamp: Stamp) -> Position:
        """Write one entry behind the head of its lane and move that head."""
        head = heads[record.lane]
        header = Header(
            FORMAT,
            self._identity.station,
            epoch,
            record.lane,
            head.sequence + 1,
            self._boot,
            stamp.since_boot_ms,
            stamp.wall_ms,
            stamp.trust,
            record.kind,
            self._identity.key,
            _after(heads[Lane.CUSTODY]) if record.lane is Lane.TELEMETRY else None,
        ).encode()
        body = encode_body(record.body)
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"body of {record.kind} has {len(body)} bytes")
        digest = entry_hash(head.hash, header, body, record.personal)
        self._connection.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (head.number, head.sequence + 1, header, body, digest, *(record.personal or (None, None, None))),
        )
        heads[record.lane] = _Head(head.number, head.sequence + 1, digest)
        return Position(epoch, record.lane, head.sequence + 1, digest)

    def _apply(self, change: Change) -> None:
        """Write one change to a table of what is here now."""
        columns = TABLES[change.table]
        if change.after is not None:
            marks = ", ".join("?" * len(columns))
            self._connection.execute(f"INSERT OR REPLACE INTO {change.table} VALUES ({marks})", change.after)  # noqa: S608
        elif change.before is not None:
            self._connection.execute(
                f"DELETE FROM {change.table} WHERE {columns[0]} = ?",  # noqa: S608 - names come from the schema
                (change.before[0],),
            )

    def replace_rows(self, tables: dict[str, list[Row]]) -> None:
        """Put rebuilt rows in the place of all rows of the given tables."""

        def write() -> None:
            for table, rows in tables.items():
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608
                for row in rows:
                    self._apply(Change(table, None, row))

        self._transaction(write)

    def _set_meta(self, name: str, value: Any) -> None:  # noqa: ANN401 - text or number
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def _transaction(self, write: Callable[[], T]) -> T:
        """Run `write` between BEGIN and COMMIT; on any failure nothing stays, and the error is translated."""
        with translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = write()
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors; then there is nothing to roll back.
                with contextlib.suppress(Exception):
                    self._connection.execute("ROLLBACK")
                raise
            return result


def _boots(value: Any) -> int:  # noqa: ANN401 - whatever a damaged file holds
    """The counted boots; raises JournalDamaged for what is no count."""
    if not isinstance(value, int) or not 0 <= value < MAX_NUMBER:
        hint = "运行 station journal verify 查看 / run `station journal verify`"
        raise JournalDamaged(f"the count of boots is {value!r}", hint=hint)
    return value


def _is_old(header: bytes, before_ms: int) -> bool:
    """Whether an entry was recorded before a wall time; one whose time is unknown counts as old."""
    try:
        read = decode_header(header)
    except MalformedMessage:
        return True  # `verify` tells of it; what is personal in it need not stay
    return read.trust is Trust.UNKNOWN or read.recorded_ms < before_ms


def _after(custody: _Head) -> After:
    """What a telemetry entry says of the other lane."""
    return After(custody.sequence, custody.hash[:8])


def last_recorded_ms(connection: Connection) -> int | None:
    """Wall time of the newest entry of the present epoch, None in an empty journal or where it cannot be read."""
    rows = connection.execute(
        "SELECT e.header FROM (SELECT id FROM chain ORDER BY id DESC LIMIT 2) c JOIN entry e ON e.chain = c.id"
        " AND e.sequence = (SELECT max(sequence) FROM entry WHERE chain = c.id)"
    ).fetchall()
    try:
        return max((decode_header(bytes(header)).recorded_ms for (header,) in rows), default=None)
    except MalformedMessage:
        return None  # the journal tells of it when it is opened


def hardware_digest(*parts: str) -> str:
    """Name a computer and its card without revealing their serial numbers: 16 hex digits."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
