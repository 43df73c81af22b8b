"""A bad card: whatever became of the journal, it is whole or it is told; nothing that can be read is left behind."""

import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from station_agent.counter.vocabulary import custody
from station_agent.errors import JournalDamaged
from station_agent.journal.side import Checked, SideFile
from station_agent.station import Station
from sync.entry import Entry
from sync.errors import BrokenChain
from tests.station_agent.cards import Card, filled
from tests.station_agent.folder import write

Damage = Callable[[bytearray, random.Random], None]


@dataclass(frozen=True)
class Good:
    """A card nothing happened to, and what is on it."""

    card: Card
    entries: dict[bytes, Entry]
    rows: dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of starts would wait for a real disk most of the time."""
    shared = Path("/dev/shm")
    if not shared.is_dir():
        yield tmp_path_factory.mktemp("memory")
        return
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def good(memory: Path) -> Good:
    """Made once; copied by each test."""
    card = filled(memory / "good")
    return Good(card, card.entries(), card.rows())


def flip(data: bytearray, chance: random.Random) -> None:
    """One bit."""
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def flip_in_header(data: bytearray, chance: random.Random) -> None:
    """One bit of the file's header."""
    data[chance.randrange(100)] ^= 1 << chance.randrange(8)


def noise(data: bytearray, chance: random.Random) -> None:
    """A sector of random bytes."""
    at = chance.randrange(len(data) // 512) * 512
    data[at : at + 512] = chance.randbytes(512)


def zeros(data: bytearray, chance: random.Random) -> None:
    """A stretch that reads as zeros, as erased flash may."""
    at = chance.randrange(len(data) // 4096) * 4096
    data[at : at + 4096] = bytes(4096)


def cut(data: bytearray, chance: random.Random) -> None:
    """Cut off anywhere, even at nothing."""
    del data[chance.randrange(len(data)) :]


def started(card: Card) -> Station:
    """Start until it holds, as systemd does: an idle walk that finds something ends the process once at most."""
    for _ in range(3):
        station = card.open()
        try:
            card.audit()
        except (JournalDamaged, BrokenChain) as error:
            station.__exit__()
            SideFile(card.journal).write(Checked(suspect=f"{type(error).__name__}: {error}"))
        else:
            return station
    raise AssertionError("a crash loop")


def held_or_told(good: Good, card: Card) -> bool:
    """Whether a start told of a break; without one everything is there as it was. It works on in any case."""
    with started(card) as station:
        write(station, custody("parcel.received", waybill="NEW", code="9-9-9"))
    found = card.entries()
    told = card.reasons() != ["provisioned"]
    if not told:
        assert [entry for digest, entry in good.entries.items() if found.get(digest) != entry] == []
        now = card.rows()
        for table, rows in good.rows.items():
            assert [row for row in rows if row not in now[table] and table != "number"] == [], table
    else:
        cases = [row for row in card.rows()["open_case"] if "stocktake" in str(row[1])]
        assert len(cases) == 1
    return told


@pytest.mark.parametrize(("damage", "times"), [(flip, 240), (flip_in_header, 60), (noise, 20), (zeros, 8), (cut, 15)])
def test_no_damage_is_taken_for_good(good: Good, memory: Path, damage: Damage, times: int) -> None:
    """Bits, sectors, zeros, cut at any length: every entry and row is as it was, or the break is told; no crash loop.

    The broken file is set aside byte for byte.
    """
    data, told = good.card.journal.read_bytes(), 0
    for seed in range(times):
        chance = random.Random(f"{damage.__name__} {seed}")
        card = good.card.copy(memory / damage.__name__ / str(seed))
        bad = bytearray(data)
        damage(bad, chance)
        card.journal.write_bytes(bad)
        one = held_or_told(good, card)
        told += one
        if one and card.reasons()[-1] == "broken":
            (aside,) = card.data.glob("journal-*.broken")
            assert aside.read_bytes() == bad, seed
    assert told > 0
