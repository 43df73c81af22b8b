"""Who stands outside the station: remembers what was answered and holds a reopened journal against it.

What a transaction would add is told before it is tried (`ask`) and promised when its commit has returned (`promise`).
A transaction that was refused, or under way when the power went, may be there whole or not at all, until another one
has been committed. It may even be missing at one start and be there at the next (life 913000273): if what the first
start was writing begins with the very bytes the cut had taken away, the rest of the old log is whole again.

What was let go of behind a snapshot is gone by its own word: no further than was asked for, and never back again.

Called by the lives of the power cuts.
"""

from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import apsw
import msgspec

from station_agent.counter.books import Books
from station_agent.counter.replaying import Replay
from station_agent.counter.shelves import HERE, Parcel, ShelfPlan
from station_agent.journal.changes import Row
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import STATE_TABLES, Connection, schema_version
from station_agent.journal.snapshots import Start
from station_agent.journal.writer import Record
from sync.entry import ROOT, ChainId, Entry, Lane, Personal, Position, encode_body, walk
from sync.errors import BrokenChain

PLAN = ShelfPlan(shelves=2, layers=2, first=1000, last=1015)
"""So few numbers that they go round, and run out."""

LOCAL = {"sqlite", "chain", "lanes", "boots", "tables", "codes", "start"}
"""Findings a station can make by itself; the others need somebody who knows what was promised."""


class Finding(NamedTuple):
    """Something that does not hold.

    what: sqlite (an error, or quick_check), chain, lanes (an entry names a custody head that is not there), boots (an
    entry of a boot that was not counted), tables (not what the entries make), codes (a pick-up code twice), start
    (Journal refuses the file), lost (promised, not there), altered (there, but not as promised), unasked (there, but
    nobody asked), boot (a boot counted twice), work (fails while working on).
    """

    what: str
    text: str


class Asked(NamedTuple):
    """One entry a transaction would add; body None where only the kind is known before."""

    chain: ChainId
    kind: str
    body: bytes | None


class Found(NamedTuple):
    """What a file holds: chains in the order of their opening, boots counted, and the tables of what is here now.

    gone: of each chain, how many places at its beginning were let go of, and the hash of the last. start: the snapshot
    the tables are made from.
    """

    chains: dict[ChainId, list[Entry]]
    boots: int
    tables: dict[str, list[Row]]
    gone: dict[ChainId, tuple[int, bytes]]
    start: Start | None


class OnDisk(JournalFile):
    """The station's reader over any connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection  # type: ignore[assignment]
        self._chains = {}
        self._version = -1


class Witness:
    """Knows what was promised and what is in doubt; `unanswered` counts what became of that."""

    def __init__(self) -> None:
        self.promised: dict[ChainId, list[bytes]] = {}
        self.in_doubt: list[tuple[Asked, ...]] = []
        self.unanswered: Tally[str] = Tally()
        self.may_go: dict[ChainId, int] = {}
        self.went: dict[ChainId, int] = {}

    @property
    def entries(self) -> int:
        """How many entries were promised."""
        return sum(map(len, self.promised.values()))

    def ask(self, epoch: bytes, records: Sequence[Record]) -> None:
        """A transaction is about to be tried."""
        asked = (Asked(ChainId(epoch, record.lane), record.kind, encode_body(record.body)) for record in records)
        self.in_doubt.append(tuple(asked))

    def ask_epoch(self, epoch: bytes) -> None:
        """A new epoch is about to be opened."""
        self.in_doubt.append(tuple(Asked(ChainId(epoch, lane), "epoch.opened", None) for lane in Lane))

    def promise(self, places: Sequence[Position]) -> None:
        """A transaction was answered green."""
        for place in places:
            self.promised.setdefault(place.chain, []).append(place.hash)
        self.settle()

    def let_go(self, limits: dict[ChainId, int]) -> None:
        """So many places of each chain may go from now on."""
        for chain, count in limits.items():
            self.may_go[chain] = max(count, self.may_go.get(chain, 0))

    def settle(self) -> None:
        """Something was committed: what was in doubt is there by now, or never will be."""
        self.in_doubt.clear()

    def examine(self, connection: Connection, *, after_cut: bool) -> list[Finding]:
        """Hold a journal that was just reopened against what was promised; what survived is promised from now on."""
        try:
            words = connection.execute("PRAGMA quick_check").fetchall()[0][0]
            if words != "ok":
                return [Finding("sqlite", words.replace("\n", "; "))]
            found = read(connection)
        except apsw.Error as error:
            return [Finding("sqlite", f"{type(error).__name__}: {error}")]
        findings = [*_unsound(found), *self._broken_promises(found)]
        if not findings and after_cut:
            if sum(map(len, found.chains.values())) + sum(count for count, _ in found.gone.values()) > self.entries:
                self.unanswered["in doubt, there"] += 1
                for chain, entries in found.chains.items():
                    kept = self.promised.get(chain, [])[: found.gone.get(chain, (0, b""))[0]]
                    self.promised[chain] = [*kept, *(entry.hash for entry in entries)]
                self.settle()
            elif self.in_doubt:
                self.unanswered["in doubt, not there"] += 1
        return findings

    def _broken_promises(self, found: Found) -> Iterator[Finding]:
        """What was promised and is not there, and what is there and was not promised."""
        more: list[Asked] = []
        for chain, all_hashes in self.promised.items():
            count, end = found.gone.get(chain, (0, b""))
            before = self.went.get(chain, 0)
            self.went[chain] = count
            if not before <= count <= self.may_go.get(chain, 0):
                yield Finding("lost", f"{_name(chain)}: {count} places were let go of, {before} before")
            elif count and all_hashes[count - 1] != end:
                yield Finding("altered", f"{_name(chain)}: another end of what was let go of")
            hashes = all_hashes[count:]
            there = [entry.hash for entry in found.chains.get(chain, [])]
            if there[: len(hashes)] != hashes[: len(there)]:
                yield Finding("altered", f"{_name(chain)}: other entries than promised")
            elif len(there) < len(hashes):
                yield Finding("lost", f"{_name(chain)}: {len(hashes) - len(there)} of {len(hashes)} promised entries")
        for chain, entries in found.chains.items():
            more += (
                Asked(chain, entry.read_header().kind, entry.body)
                for entry in entries[len(self.promised.get(chain, ())) - found.gone.get(chain, (0, b""))[0] :]
            )
        if more and not any(_same(more, asked) for asked in self.in_doubt):
            yield Finding("unasked", f"{[(_name(a.chain), a.kind) for a in more]}, in doubt: {len(self.in_doubt)}")


def read(connection: Connection) -> Found:
    """Everything in the file; raises apsw.Error where SQLite cannot."""
    if not schema_version(connection):
        return Found({}, 0, {table: [] for table in STATE_TABLES}, {}, None)
    chains: dict[ChainId, list[Entry]] = {}
    numbers: dict[int, ChainId] = {}
    for number, epoch, lane in connection.execute("SELECT id, epoch, lane FROM chain ORDER BY id").fetchall():
        numbers[number] = ChainId(bytes(epoch), Lane(lane))
        chains[numbers[number]] = []
    for row in connection.execute(
        "SELECT chain, header, body, hash, personal_digest, personal_salt, personal_sealed"
        " FROM entry ORDER BY chain, sequence"
    ).fetchall():
        chain = numbers.get(row[0])
        if chain is None:
            raise apsw.CorruptError(f"entries of chain {row[0]}, which is not there")
        chains[chain].append(_entry(row[1:]))
    tables = {
        table: sorted(tuple(row) for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall())
        for table, columns in STATE_TABLES.items()
    }
    boots = connection.execute("SELECT value FROM meta WHERE name = 'boots'").fetchall()
    reader = OnDisk(connection)
    gaps = {chain: reader.gaps(chain) for chain in chains}
    gone = {chain: (gap.last + 1, gap.hash or b"") for chain, found in gaps.items() for gap in found if not gap.first}
    return Found(chains, boots[0][0] if boots else 0, tables, gone, reader.start())


def _entry(row: tuple[Any, ...]) -> Entry:
    header, body, digest, personal, salt, sealed = row
    return Entry(header, body, None if personal is None else Personal(personal, salt, sealed), digest)


class Contradiction(Exception):
    """Entries that cannot all be true, such as one pick-up code for two parcels."""


def rebuilt(found: Found) -> dict[str, list[Row]]:
    """The tables by the entries alone, as `station journal rebuild` makes them; raises Contradiction."""
    replayed = Replay(Books(PLAN), found.start)
    for _ in replayed.begin():
        pass
    for chain, entries in found.chains.items():
        for entry in entries:
            try:
                replayed.take(entry)
            except KeyError as error:
                raise Contradiction(f"{_name(chain)}: {entry.read_header().kind}: {error}") from error
    return replayed.rows()


def _unsound(found: Found) -> Iterator[Finding]:
    """What a station can see by itself: chains, lanes, tables, pick-up codes."""
    for chain, entries in found.chains.items():
        try:
            first, previous = found.gone.get(chain, (0, ROOT))
            for entry in walk(entries, first=first, previous=previous):
                if entry.read_header().chain != chain:
                    yield Finding("chain", f"{_name(chain)}: an entry of another chain")
                    return
        except BrokenChain as error:
            yield Finding("chain", f"{_name(chain)}: {error}")
            return
        if not entries:
            yield Finding("chain", f"{_name(chain)}: no first entry")
        elif max(entry.read_header().boot for entry in entries) > found.boots:
            yield Finding("boots", f"{_name(chain)}: an entry of a boot later than the {found.boots} counted")
    yield from _unknown_heads(found)
    try:
        rows = rebuilt(found)
    except Contradiction as error:
        yield Finding("tables", str(error))
        return
    for table in STATE_TABLES:
        if rows[table] != found.tables[table]:
            text = f"{table}: {len(rows[table])} rows by the entries, {len(found.tables[table])} stored"
            yield Finding("tables", text)
    parcels = [msgspec.json.decode(row[1], type=Parcel) for row in found.tables["parcel"]]
    codes = [parcel.code for parcel in parcels if parcel.state == HERE]
    if len(codes) != len(set(codes)):
        yield Finding("codes", f"a pick-up code twice: {sorted(codes)}")


def _unknown_heads(found: Found) -> Iterator[Finding]:
    """Telemetry that was written after a custody entry which is not there."""
    for chain, entries in found.chains.items():
        if chain.lane is Lane.TELEMETRY:
            custody = found.chains.get(ChainId(chain.epoch, Lane.CUSTODY), [])
            for entry in entries:
                after = entry.read_header().after
                gone = found.gone.get(ChainId(chain.epoch, Lane.CUSTODY), (0, b""))[0]
                if after is not None and after.sequence < gone:
                    continue
                if after is None or after.sequence - gone >= len(custody):
                    yield Finding("lanes", f"{_name(chain)}: written after a custody entry that is not there")
                    return
                if custody[after.sequence - gone].hash[:8] != after.hash8:
                    yield Finding("lanes", f"{_name(chain)}: written after another custody entry")
                    return


def _same(more: list[Asked], asked: tuple[Asked, ...]) -> bool:
    """Whether the entries found are the ones of this transaction, all of them, each lane in its order."""
    if len(more) != len(asked):
        return False
    pairs = zip(sorted(more, key=lambda one: one.chain), sorted(asked, key=lambda one: one.chain), strict=True)
    return all(a.chain == b.chain and a.kind == b.kind and b.body in (None, a.body) for a, b in pairs)


def _name(chain: ChainId) -> str:
    return f"{chain.lane.name.lower()} of {chain.epoch.hex()[:6]}"
