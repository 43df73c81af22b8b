"""Room on the card: a reserve while there is plenty, telemetry let go while there is little, both at once when full."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station_agent.counter.faults import FaultBook
from station_agent.journal.audit import Audit
from station_agent.journal.writer import Record
from station_agent.upkeep import LOG_BYTES, LOW_BYTES, PLENTY_BYTES, RESERVE_BYTES, Upkeep
from sync.entry import Lane
from tests.station_agent.journal.files import LIBRARIES, Bench, telemetry


class Empty:
    """A shadow that expects nothing."""

    def begin(self) -> Iterator[None]:
        """Ready."""
        return iter(())

    def take(self, entry: object) -> None:
        """Nothing to do."""

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """No tables."""
        return {}


class Room:
    """A card with as much room as is said."""

    def __init__(self, path: Path) -> None:
        """Plenty at first."""
        self.free = PLENTY_BYTES + 1
        self.bench = Bench(path / "journal.db", LIBRARIES["sqlite3"])
        self.journal = self.bench.journal()
        self.journal.commit([telemetry(number) for number in range(300)])
        audit = Audit(self.bench.path, shadow=lambda _: Empty(), good=lambda *_: None)
        self.upkeep = Upkeep(
            self.bench.path,
            path / "link.db",
            self.journal,
            audit,
            FaultBook(quiet_s=0.0),
            free=lambda _: self.free,
        )
        self.reserve = path / "journal.reserve"

    @property
    def blocks(self) -> int:
        """Telemetry entries here."""
        return len(self.bench.entries(self.journal.head(Lane.TELEMETRY).chain))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A station's journal on it."""
    made = Room(tmp_path)
    yield made
    made.bench.close()


def kinds(records: list[Record]) -> list[tuple[str, object]]:
    """What is recorded, and of what."""
    return [(record.kind, record.body["device"]) for record in records]


def test_a_reserve_is_made_while_there_is_plenty(room: Room) -> None:
    """Its blocks are really taken; between plenty and little nothing changes."""
    assert room.upkeep.turn(0.0) == []
    assert room.reserve.stat().st_blocks * 512 >= RESERVE_BYTES
    room.reserve.unlink()
    room.free = PLENTY_BYTES - 1
    assert room.upkeep.turn(1.0) == []
    assert not room.reserve.exists()
    assert room.blocks == 301


def test_with_little_room_a_piece_of_telemetry_goes_each_time_and_it_is_told_once(room: Room) -> None:
    """The reserve stays for when it is needed; with enough free pages nothing more goes."""
    room.upkeep.turn(0.0)
    room.free = LOW_BYTES - 1
    assert kinds(room.upkeep.turn(1.0)) == [("device.fault", "card.room")]
    assert room.blocks == 101
    assert room.upkeep.turn(2.0) == []
    assert room.blocks == 1
    assert room.reserve.exists()


def test_when_a_commit_is_refused_the_reserve_goes_first(room: Room) -> None:
    """Then a piece of telemetry; with nothing left to give it says so."""
    room.upkeep.turn(0.0)
    assert room.upkeep.make_room()
    assert not room.reserve.exists()
    assert room.blocks == 101
    assert room.upkeep.make_room()
    assert not room.upkeep.make_room()


def test_a_log_that_only_grows_is_told(room: Room, tmp_path: Path) -> None:
    """Beyond 16 MB somebody must restart the computer; it is told once."""
    log = tmp_path / "elsewhere.db-wal"
    audit = Audit(room.bench.path, shadow=lambda _: Empty(), good=lambda *_: None)
    other = Upkeep(tmp_path / "elsewhere.db", tmp_path / "link.db", room.journal, audit, FaultBook())
    with log.open("wb") as file:
        file.truncate(LOG_BYTES + 1)
    assert kinds(other.turn(0.0)) == [("device.fault", "card")]
    assert other.turn(1.0) == []
