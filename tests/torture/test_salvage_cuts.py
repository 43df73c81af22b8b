"""Power cuts while a broken journal is set aside and salvaged: the next start ends where one without a cut ends.

The real start of a station on real files. The power goes at a drawn step of it: a name given or taken away, a sync, or
some way into what SQLite does. What then is on the card is worked out in a copy of the folder: names changed since the
folder was last synced are as they were, or not, each by the dice; the new journal's bytes, as long as nobody synced
them, are any sectors of it. That copy is started again, cut again, and in the end started in peace. What SQLite itself
writes to a journal at work is cut in `test_power_cuts.py`.

100 cuts in `make test`, 3,000 in `make torture`; `CUTS` sets another number for either. A failure names its seed.
"""

import os
import random
import shutil
import sqlite3
import stat
import tempfile
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from station_agent import recovery
from station_agent.counter.vocabulary import custody
from station_agent.errors import StationError
from station_agent.journal.reader import Gap, JournalFile
from station_agent.journal.side import sync_folder
from sync.entry import ChainId, Entry
from sync.errors import BrokenChain
from tests.station_agent.cards import Card, filled
from tests.station_agent.folder import write
from tests.torture.disk import SECTOR

CUTS = int(os.environ.get("CUTS", "100"))
TORTURE_CUTS = int(os.environ.get("CUTS", "3000"))
IN_A_ROW = 6
SQLITE_STEPS = 1500
"""Instructions of SQLite's machine that count as one step of ours."""


class Dark(BaseException):
    """The power went; nothing that handles errors may handle this."""


class Change(NamedTuple):
    """A name given or taken away, not yet on the card for sure. before: what the name it ended in stood for."""

    source: str
    name: str
    before: bytes | None


@dataclass
class Power:
    """Counts the steps of one start, and cuts it at one of them; `survivor` is then the card as the next start has it.

    steps: how many there were.
    """

    card: Card
    survivor: Path
    cut_in: int | None
    draw: random.Random
    off: bool = False
    steps: Tally[str] = field(default_factory=Tally)
    last: str = ""
    after: Card | None = None
    _changes: list[Change] = field(default_factory=list)
    _made: set[int] = field(default_factory=set)
    _synced: set[int] = field(default_factory=set)

    def start(self) -> bool:
        """Start the station and close it again; whether it came that far."""
        with ExitStack() as listening:
            for owner, name, instead in (
                (Path, "replace", self._replaces(Path.replace)),
                (Path, "unlink", self._unlinks(Path.unlink)),
                (os, "fsync", self._syncs()),
                (sqlite3, "connect", self._connects(sqlite3.connect)),
            ):
                listening.enter_context(patch.object(owner, name, instead))
            try:
                self.card.open().__exit__()
            except BaseException:
                if not self.off:
                    raise
        return not self.off

    def step(self, what: str) -> None:
        """One step; raises Dark where the power goes at it, and ever after."""
        if self.off:
            raise Dark
        self.steps[what] += 1
        if self.cut_in is not None and self.steps.total() >= self.cut_in:
            self.last, self.off = what, True
            self._cut()
            raise Dark

    def _replaces(self, real: Any) -> Any:
        def replace(path: Path, target: Path) -> Path:
            if path.parent == self.card.data:
                self.step(f"before naming {target.suffix}")
                before = target.read_bytes() if target.exists() else None
                self._changes.append(Change(path.name, target.name, before))
            named: Path = real(path, target)
            if path.parent == self.card.data:
                self.step(f"after naming {target.suffix}")
            return named

        return replace

    def _unlinks(self, real: Any) -> Any:
        def unlink(path: Path, missing_ok: bool = False) -> None:
            if path.parent == self.card.data and path.exists():
                self._changes.append(Change("", path.name, path.read_bytes()))
                self.step(f"taking {path.suffix} away")
            real(path, missing_ok=missing_ok)

        return unlink

    def _syncs(self) -> Any:
        def fsync(descriptor: int) -> None:
            found = os.fstat(descriptor)
            folder = stat.S_ISDIR(found.st_mode)
            self.step("syncing names" if folder else "syncing a file")
            if folder:
                self._changes.clear()
            else:
                self._synced.add(found.st_ino)

        return fsync

    def _connects(self, real: Any) -> Any:
        def counted() -> int:
            try:
                self.step("in SQLite")
            except Dark:
                return 1
            return 0

        def connect(*args: Any, **options: Any) -> sqlite3.Connection:
            self.step("opening a file")
            connection: sqlite3.Connection = real(*args, **options)
            connection.set_progress_handler(counted, SQLITE_STEPS)
            part = self.card.data / "journal.part"
            if part.exists():
                self._made.add(part.stat().st_ino)
            return connection

        return connect

    def _cut(self) -> None:
        """What the card holds now, in a folder of its own."""
        nowhere = self.card.data / "journal.part"
        made = self._made | ({nowhere.stat().st_ino} if nowhere.exists() else set())
        unsynced = [
            found.name
            for found in self.card.data.iterdir()
            if found.stat().st_ino in made - self._synced or ".part" in found.name
        ]  # fmt: skip
        self.after = self.card.copy(self.survivor)
        for name in unsynced:
            self._scramble(self.after.data / name)
        for change in reversed(self._changes):
            if self.draw.random() < 0.5:
                self._undo(self.after.data, change)

    def _undo(self, folder: Path, change: Change) -> None:
        """A change that is not on the card."""
        name = folder / change.name
        if change.source and name.exists() and not (folder / change.source).exists():
            name.rename(folder / change.source)
        elif change.source:
            return
        if change.before is not None and not name.exists():
            name.write_bytes(change.before)

    def _scramble(self, path: Path) -> None:
        """Any of its sectors, and any length."""
        content = bytearray(path.read_bytes())
        share = self.draw.choice((0.0, 0.3, 0.9, 1.0))
        for at in range(0, len(content), SECTOR):
            if self.draw.random() > share:
                content[at : at + SECTOR] = bytes(len(content[at : at + SECTOR]))
        if self.draw.random() < 0.5:
            del content[self.draw.randint(0, len(content)) :]
        path.write_bytes(content)


class Told(NamedTuple):
    """What a card holds that must not depend on cuts."""

    old: dict[bytes, Entry]
    gaps: dict[ChainId, list[Gap]]
    again: list[object]
    broken: list[object]
    reasons: list[object]
    parcels: list[tuple[object, ...]]
    aside: list[tuple[str, bytes]]


@dataclass(frozen=True)
class Broken:
    """A card with a broken journal and a log, what was answered green on it, and what a start without a cut makes."""

    card: Card
    green: dict[bytes, Entry]
    wanted: Told
    steps: int


def told(card: Card) -> Told:
    """Look at a card after a start."""
    card.audit()
    entries = card.entries()
    with closing(JournalFile(card.journal)) as journal:
        first = journal.heads()[0].epoch
        gaps = {head.chain: journal.gaps(head.chain) for head in journal.heads() if head.epoch == first}
    return Told(
        {digest: entry for digest, entry in entries.items() if entry.read_header().epoch == first},
        gaps,
        [body["hash"] for body in card.bodies("entry.salvaged")],
        [{**body, "file": ""} for body in card.bodies("journal.broken")],
        card.reasons(),
        card.rows()["parcel"],
        [
            (found.suffix, found.read_bytes())
            for found in sorted(card.data.glob("journal-*"))
            if not found.suffix.endswith("-shm")
        ],
    )


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: real syncs are not what is tried here."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else tmp_path_factory.mktemp("memory")) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def broken(memory: Path) -> Broken:
    """Two entries spoilt in the file, twenty parcels in the log, five entries confirmed."""
    whole = filled(memory / "whole")
    with whole.open() as station:
        for number in range(20):
            write(station, custody("parcel.received", waybill=f"JD{number}", code=f"2-1-{number}"))
        card = whole.copy(memory / "broken")
    green = whole.entries()
    content = bytearray(card.journal.read_bytes())
    for text in (b"SF22\xa4code", b"SF31\xa4code"):
        at = content.find(text)
        assert at > 0
        while at > 0:
            content[at : at + 3] = b"\xff\xff\xff"
            at = content.find(text)
    card.journal.write_bytes(content)
    card.confirm(5)
    peaceful = Power(card.copy(memory / "peaceful"), memory, None, random.Random(0))
    assert peaceful.start()
    return Broken(card, green, told(peaceful.card), peaceful.steps.total())


def lived(broken: Broken, folder: Path, seed: int) -> tuple[Tally[str], Told, Card]:
    """Cut up to IN_A_ROW starts, then start in peace; at which steps it was cut, and what came of it."""
    draw = random.Random(seed)
    cuts: Tally[str] = Tally()
    card = broken.card.copy(folder / "0")
    for number in range(1, IN_A_ROW + 1):
        power = Power(card, folder / str(number), draw.randint(1, broken.steps), draw)
        if power.start():
            break
        assert power.after is not None
        cuts[power.last] += 1
        card = power.after
    card.open().__exit__()
    return cuts, told(card), card


def survived(broken: Broken, folder: Path, first: int, count: int) -> Tally[str]:
    """Lives until the power was cut so often; fails with the seed of the first that ends otherwise."""
    cuts: Tally[str] = Tally()
    seed = first
    while cuts.total() < count:
        own = folder / str(seed)
        more, found, card = lived(broken, own, seed)
        cuts += more
        same = found == broken.wanted  # pytest would take minutes to show how two journals differ
        assert same, f"seed {seed}, cut at {dict(more)}"
        assert not [*card.data.glob("*.part*"), *card.data.glob("*.salvage*")], f"seed {seed}: left over"
        shutil.rmtree(own)
        seed += 1
    return cuts


def test_without_a_cut_every_green_entry_is_there_or_named(broken: Broken) -> None:
    """The yardstick itself: what a start in peace makes of the broken card holds all that was answered green."""
    wanted = broken.wanted
    holes = [tuple(hole) for body in wanted.broken if isinstance(body, dict) for hole in body["lost"]]
    named = {(epoch, lane, place) for epoch, lane, first, last, _ in holes for place in range(first, last + 1)}
    missing = [entry.read_header() for digest, entry in broken.green.items() if digest not in wanted.old]
    assert {(header.epoch, int(header.lane), header.sequence) for header in missing} <= named
    assert 1 <= len(named) <= 4
    assert wanted.reasons == ["provisioned", "broken"]
    assert [suffix for suffix, _ in wanted.aside] == [".broken", ".broken-wal"]
    assert wanted.aside[0][1] == broken.card.journal.read_bytes()


def test_a_salvage_cut_at_any_step_ends_as_one_without_a_cut(broken: Broken, memory: Path) -> None:
    """Nothing more is lost, nothing is entered twice, the broken file is aside whole, nothing half made is left."""
    cuts = survived(broken, memory / "lives", 0, CUTS)
    assert len(cuts) >= 5, cuts


def _hasty(part: Path, name: Path) -> None:
    """`complete` without the sync: it names the new journal before it is on the card."""
    part.replace(name)
    sync_folder(part.parent)


def test_a_salvage_that_is_named_too_early_is_caught(broken: Broken, memory: Path) -> None:
    """A planted fault: the same cuts find the new journal in place with sectors missing."""
    with patch.object(recovery, "complete", _hasty), pytest.raises((AssertionError, StationError, BrokenChain)):
        survived(broken, memory / "hasty", 0, CUTS)


@pytest.mark.torture
def test_salvage_at_length(broken: Broken, memory: Path) -> None:
    """The same for many more cuts."""
    cuts = survived(broken, memory / "torture", 1_000_000, TORTURE_CUTS)
    print(f"\n{cuts.total()} cuts: {dict(cuts)}")
