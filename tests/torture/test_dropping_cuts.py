"""Power cuts while a full card lets telemetry go: custody stays, and nothing goes that is neither named nor confirmed.

The real journal on the disk of `disk.py`. Between two cuts entries are committed, pieces are let go of, the log is
moved into the file, and the card refuses now and then, as it does where telemetry has to go. After each cut the medium
is put into real files and read by the real reader, and the journal is opened on the disk itself and works on. 200 cuts
in `make test`, 6,000 in `make torture`; `CUTS` sets another number for either. A failure names its seed, and the same
seed lives the same life.
"""

import os
import random
import sqlite3
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from unittest.mock import patch

import apsw
import pytest

from station_agent.errors import JournalFull, JournalUnwritable, StationError
from station_agent.journal import dropping
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import create
from station_agent.journal.writer import Identity, Journal, Record, Stamp
from sync.dropped import Dropped, dropped_by
from sync.entry import ChainId, Entry, Lane, Trust
from sync.errors import BrokenChain
from tests.torture.disk import CHANGES, TURNS, Disk, DiskVFS

CUTS = int(os.environ.get("CUTS", "200"))
TORTURE_CUTS = int(os.environ.get("CUTS", "6000"))
MAX_ACTS = 500
PER_LIFE = 8

T = TypeVar("T")

Held = dict[ChainId, dict[int, bytes]]
"""Hash of each entry by its place."""


class Dark(Exception):
    """The power went."""


@dataclass(frozen=True)
class Seen:
    """What a card holds after a cut."""

    entries: Held
    named: list[Dropped]
    gaps: dict[ChainId, list[tuple[int, int, str]]]


@dataclass
class Life:
    """One card; `make` is the journal at work."""

    seed: int
    folder: Path
    make: type[Journal] = Journal
    promised: Held = field(default_factory=dict)
    confirmed: dict[ChainId, int] = field(default_factory=dict)
    in_doubt: list[Tally[Lane]] = field(default_factory=list)
    told: Tally[str] = field(default_factory=Tally)
    now_ms: int = 1000

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)
        self.disk = Disk(self.draw)
        self.vfs = DiskVFS(self.disk, self.folder, self.seed)

    def live(self) -> str:
        """What does not hold, "" where everything does."""
        with ExitStack() as limits:
            # Small pieces, so that a life holds many and the power finds each of their steps.
            limits.enter_context(patch.object(dropping, "DROP_ENTRIES", self.draw.choice((2, 7, 40))))
            limits.callback(self.vfs.close)
            for number in range(PER_LIFE):
                self._until_dark(cut=number > 0)
                finding = self._examined()
                if finding:
                    return f"seed {self.seed}, cut {number} at {self.disk.last_step}: {finding}"
        return ""

    def _until_dark(self, *, cut: bool) -> None:
        """Start, work, lose the power; the first time it is only switched off between two acts."""
        self.disk.switch_on()
        if cut:
            kinds = self.draw.random() < 0.5
            self.disk.counted = TURNS if kinds else CHANGES
            self.disk.cut_in = 1 + int(self.draw.expovariate(1 / (6 if kinds else 60)))
        connection = self.vfs.connect()
        try:
            self._work(connection, MAX_ACTS if cut else 12)
        except (apsw.Error, StationError):
            if not self.disk.off:
                raise
        except Dark:
            self.told["cuts"] += 1
        finally:
            with suppress(apsw.Error):
                connection.close()  # what a dead disk says on the way is of no use to anybody

    def _work(self, connection: apsw.Connection, acts: int) -> None:
        if not self.promised:
            create(connection)
        identity = Identity("V042", b"keykeyke", "pi", f"boot-{self.now_ms}")
        self.in_doubt.clear()
        journal = self._safely(lambda: self.make(connection, identity, stamp=self._stamp, draw_epoch=lambda: bytes(8)))
        if not self.promised:
            for lane in Lane:
                head = journal.head(lane)
                self.promised[head.chain] = {0: head.hash}
        for _ in range(acts):
            self.disk.refuse_in = self.draw.randint(1, 6) if self.draw.random() < 0.1 else None
            with suppress(JournalFull):
                self.draw.choices((self._commit, self._drop, self._move), (5, 4, 1))[0](journal)

    def _safely(self, call: Callable[[], T]) -> T:
        """What it gives; raises Dark where the power went, and JournalFull for what the card refused."""
        try:
            result = call()
        except (apsw.Error, StationError) as error:
            if self.disk.off:
                raise Dark from None
            if isinstance(error, JournalFull | JournalUnwritable):
                self.told["refused"] += 1
                raise JournalFull("refused", hint="-") from error
            raise
        return result

    def _commit(self, journal: Journal) -> None:
        records = [Record(Lane.CUSTODY, "parcel.received", {"waybill": f"SF{self.now_ms}", "code": "1"})]
        records += [
            Record(Lane.TELEMETRY, "device.fault", {"device": "gun", "reason": str(number)})
            for number in range(self.draw.randint(0, 12))
        ]
        self.in_doubt.append(Tally(record.lane for record in records))
        for place in self._safely(lambda: journal.commit(records)):
            self.promised[place.chain][place.sequence] = place.hash
        self._answered(journal, "commits")

    def _drop(self, journal: Journal) -> None:
        chain = journal.head(Lane.TELEMETRY).chain
        if self.draw.random() < 0.2:
            # The county confirms only what was answered; only up to there may anything go without a word.
            more = self.draw.choice(sorted(self.promised[chain]))
            self.confirmed[chain] = max(more, self.confirmed.get(chain, -1))
        self.in_doubt.append(Tally({Lane.CUSTODY: 1}))
        went = self._safely(lambda: journal.drop_telemetry(dict(self.confirmed)))
        head = journal.head(Lane.CUSTODY)
        self.promised[head.chain][head.sequence] = head.hash
        self._answered(journal, "pieces" if went else "nothing to drop")

    def _move(self, journal: Journal) -> None:
        self._safely(journal.checkpoint)
        self._answered(journal, "checkpoints")

    def _answered(self, journal: Journal, what: str) -> None:
        """An act is done, though the power may have gone at its very end.

        What was refused lies in the log all the same where only its sync failed, until something is committed over it.
        """
        del journal
        if what in ("commits", "pieces"):
            self.in_doubt.clear()
        self.told[what] += 1
        if self.disk.off:
            raise Dark

    def _stamp(self) -> Stamp:
        self.now_ms += 1
        return Stamp(self.now_ms, 1_700_000_000_000 + self.now_ms, Trust.KEPT)

    def _examined(self) -> str:
        """Read the medium as the next start finds it; what survived is promised from now on."""
        if not self.disk.off:
            self.disk.cut()
        try:
            seen = self._seen()
        except (sqlite3.DatabaseError, StationError, BrokenChain) as error:
            return f"{type(error).__name__}: {error}"
        for finding in self._findings(seen):
            return finding
        for chain, held in seen.entries.items():
            self.promised[chain] |= held
        return ""

    def _seen(self) -> Seen:
        with TemporaryDirectory(dir=self.folder) as own:
            for name, file in self.disk.files.items():
                (Path(own) / Path(name).name).write_bytes(file.now)
            path = Path(own) / "journal.db"
            with closing(sqlite3.connect(path)) as connection:
                assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            with closing(JournalFile(path)) as journal:
                entries: dict[ChainId, list[Entry]] = {
                    head.chain: list(journal.proved(head.chain)) for head in journal.heads()
                }
                gaps = {chain: [(gap.first, gap.last, gap.reason) for gap in journal.gaps(chain)] for chain in entries}
        named = [range_ for held in entries.values() for entry in held if (range_ := dropped_by(entry)) is not None]
        held = {chain: {e.read_header().sequence: e.hash for e in found} for chain, found in entries.items()}
        return Seen(held, named, gaps)

    def _findings(self, seen: Seen) -> Iterator[str]:
        """What was promised and is not there, what is there twice, what nobody asked for."""
        extra: Tally[Lane] = Tally()
        for chain, promised in self.promised.items():
            held = seen.entries.get(chain, {})
            extra[chain.lane] += sum(place not in promised for place in held)
            excused = self._excused(seen, chain)
            for place, digest in promised.items():
                if held.get(place, digest) != digest:
                    yield f"{chain.lane.name} {place} was altered"
                if place not in held and place not in excused:
                    yield f"{chain.lane.name} {place} is lost"
        for named in seen.named:
            if any(named.first <= place <= named.last for place in seen.entries[named.chain]):
                yield f"{named.first} to {named.last} is named as gone, and there"
            if self.promised[named.chain].get(named.last) != named.hash:
                yield f"{named.first} to {named.last} is named with another end"
        if +extra and +extra not in self.in_doubt:
            yield f"{dict(extra)} more than promised, in doubt were {[dict(each) for each in self.in_doubt]}"
        self.told["in doubt, there"] += bool(+extra)

    def _excused(self, seen: Seen, chain: ChainId) -> set[int]:
        """Places that may be missing: named in custody, or confirmed by the county, and in a gap in either case."""
        gone = {
            (place, reason)
            for first, last, reason in seen.gaps.get(chain, ())
            for place in range(first, last + 1)
        }  # fmt: skip
        named = {
            place
            for each in seen.named
            if each.chain == chain
            for place in range(each.first, each.last + 1)
        }  # fmt: skip
        confirmed = self.confirmed.get(chain, -1)
        return {
            place
            for place, reason in gone
            if (reason == dropping.PRESSURE and place in named)
            or (reason == dropping.CONFIRMED and place <= confirmed)
        }  # fmt: skip


class NamesAfterwards(Journal):
    """Lets go first and says so in a transaction of its own: what the real one must never do."""

    def drop_telemetry(self, confirmed: dict[ChainId, int]) -> int:
        """As the real one, in two steps."""
        piece = dropping.oldest(self._connection, confirmed)
        if piece is None:
            return 0
        first, last = (dropping.hash_of(self._connection, piece.number, at) for at in (piece.first, piece.last))
        assert first is not None
        assert last is not None
        self._transaction(lambda: dropping.drop(self._connection, piece, last))
        if piece.reason == dropping.PRESSURE:
            self.commit([Record(Lane.CUSTODY, dropping.DROPPED, piece.body(first, last))])
        return piece.last - piece.first + 1


def _lived(folder: Path, first: int, cuts: int, make: type[Journal] = Journal) -> tuple[str, Tally[str]]:
    """The first finding, and what happened until the power was cut so many times."""
    told: Tally[str] = Tally()
    seed = first
    while told["cuts"] < cuts:
        with TemporaryDirectory(dir=folder) as own:
            life = Life(seed, Path(own), make)
            finding = life.live()
        told += life.told
        seed += 1
        if finding:
            return finding, told
    return "", told


@pytest.mark.parametrize("piece", range(2))
def test_only_what_is_named_or_confirmed_is_gone_after_a_cut(piece: int, tmp_path: Path) -> None:
    """Custody is whole, missing telemetry is named or confirmed, and no place is both gone and there."""
    finding, told = _lived(tmp_path, piece * 1_000_000, CUTS // 2)
    assert finding == ""
    assert told["pieces"] > told["cuts"], "there must be much to let go of"
    assert min(told["in doubt, there"], told["refused"], told["checkpoints"]) > 0, told


def test_a_journal_that_names_afterwards_is_caught(tmp_path: Path) -> None:
    """The same cuts find telemetry that went in one transaction and was named in the next."""
    finding, _ = _lived(tmp_path, 0, 400, NamesAfterwards)
    assert "is lost" in finding or "more than promised" in finding


@pytest.mark.torture
def test_dropping_at_length(tmp_path: Path) -> None:
    """The same for many more cuts."""
    finding, told = _lived(tmp_path, 10_000_000, TORTURE_CUTS)
    print(f"\n{dict(told)}")
    assert finding == ""
