"""A stick, which is a folder here: what the station writes on it, says, and leaves alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.carry import answer_trip
from sync.carry_file import MARK_NAME, MAX_FILE_BYTES, Down, encode_down, encode_mark, open_up
from sync.entry import FORMAT, key_id
from sync.errors import CarryRefused, CarryUnwritable, SyncError
from sync.folder import read_bounded, write_whole
from sync.keys import SigningKey, verifier
from sync.link import LinkFile
from sync.receiver import Receiver
from sync.stick import Courier, StickWatch
from tests.sync.memory import NOW_MS, STATION, MemoryJournal, MemoryLog

SEALING = X25519PrivateKey.from_private_bytes(bytes(range(32)))


class Village:
    """A station with real keys, a county, and a place where sticks are mounted."""

    def __init__(self, folder: Path, sealing_key: bytes | None = SEALING.public_key().public_bytes_raw()) -> None:
        self.county_key = SigningKey.create(folder / "county.key")
        key = SigningKey.create(folder / "station.key")
        self.journal = MemoryJournal(key.id)
        self.journal.fill(4)
        self.log = MemoryLog()
        self.log.register(STATION, key.public)
        self.link = LinkFile(folder / "link.db", lambda: NOW_MS, writable=True)
        self.lines: list[str] = []
        self.courier = Courier(
            STATION, key, self.county_key.public, sealing_key, self.journal, self.link, lambda: NOW_MS
        )
        self.mounts = folder / "media"
        self.stick = self.mounts / "pi" / "YYT-CARRY"
        self.watch = StickWatch(str(self.mounts / "*" / "YYT-CARRY"), self.courier, self.lines.append)
        self._heard = 0

    def plug_in(self, key: SigningKey | None = None) -> None:
        """A stick marked by the county."""
        self.stick.mkdir(parents=True, exist_ok=True)
        key = key or self.county_key
        mark = encode_mark(b"stick001", NOW_MS, county=key.public, sign=key.sign)
        (self.stick / MARK_NAME).write_bytes(mark)

    def look(self) -> list[str]:
        """What is said after a look."""
        self.watch.look()
        words = [phrase for number, phrase in self.link.words() if number > self._heard]
        self._heard += len(words)
        return words

    def county(self) -> None:
        """The county answers what is on the stick."""
        up = open_up((self.stick / f"{STATION}.up.yyt").read_bytes(), SEALING)
        receiver = Receiver(log=self.log, sign=self.county_key.sign, verifier=verifier)
        answers = answer_trip(up, receive=receiver.receive, lists=lambda _station, _payload: [], now_ms=NOW_MS)
        down = Down(FORMAT, STATION, key_id(self.county_key.public), up.head.trip, NOW_MS, answers.messages)
        (self.stick / f"{STATION}.down.yyt").write_bytes(encode_down(down, self.county_key.sign))

    def pull_out_and_in(self) -> list[str]:
        """The bus goes and comes."""
        away = self.stick.with_name("away")
        self.stick.rename(away)
        assert self.look() == []
        away.rename(self.stick)
        return self.look()


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    village = Village(tmp_path)
    yield village
    village.link.close()


def test_a_stick_is_written_and_comes_back_with_everything(village: Village) -> None:
    """Wait, take it out; on its return: it arrived, nothing more to carry. No hand touches a key."""
    assert village.look() == []
    village.plug_in()
    assert village.look() == ["carry.wait", "carry.take_out"]
    village.county()
    assert village.pull_out_and_in() == ["carry.wait", "carry.arrived", "carry.nothing"]
    assert [village.link.confirmed(head.chain) for head in village.journal.heads()] == village.journal.heads()
    assert village.link.days_without_contact() == 0


def test_a_stick_is_served_once_while_it_is_in(village: Village) -> None:
    """Looked at every two seconds, written once."""
    village.plug_in()
    village.look()
    before = (village.stick / f"{STATION}.up.yyt").read_bytes()
    village.journal.fill(3)
    assert village.look() == []
    assert (village.stick / f"{STATION}.up.yyt").read_bytes() == before


def test_an_empty_mount_point_is_no_stick(village: Village) -> None:
    """It is looked at again, and served when the stick is mounted."""
    village.stick.mkdir(parents=True)
    assert village.look() == []
    village.plug_in()
    assert village.look()[-1] == "carry.take_out"


def test_a_foreign_stick_is_left_as_it_is(village: Village, tmp_path: Path) -> None:
    """Without a mark, or with another county's: said, and nothing is written on it."""
    village.stick.mkdir(parents=True)
    (village.stick / "holiday.jpg").write_bytes(b"jpg")
    assert village.look() == ["carry.wait", "carry.foreign"]
    assert [path.name for path in village.stick.iterdir()] == ["holiday.jpg"]
    village.plug_in(SigningKey.create(tmp_path / "other.key"))
    assert village.pull_out_and_in() == ["carry.wait", "carry.foreign"]
    assert len(list(village.stick.iterdir())) == 2
    assert village.link.trips() == []


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data[:0], lambda data: data[:40] + b"\0" + data[41:]]
)
def test_a_damaged_answer_changes_nothing_and_the_trip_goes_on(village: Village, damage: object) -> None:
    """Said; what is unconfirmed is written again, so that the next answer brings it all."""
    assert callable(damage)
    village.plug_in()
    village.look()
    village.county()
    down = village.stick / f"{STATION}.down.yyt"
    down.write_bytes(damage(down.read_bytes()))
    assert village.pull_out_and_in() == ["carry.wait", "carry.damaged", "carry.take_out"]
    assert village.link.positions() == []
    village.county()
    assert village.pull_out_and_in() == ["carry.wait", "carry.arrived", "carry.nothing"]


def test_an_old_answer_still_on_the_stick_says_nothing(village: Village) -> None:
    """The driver brought it back without having been at the county."""
    village.plug_in()
    village.look()
    village.county()
    village.pull_out_and_in()
    village.journal.fill(1)
    assert village.pull_out_and_in() == ["carry.wait", "carry.take_out"]


def test_a_stick_without_room_is_said_and_what_was_on_it_stays(village: Village) -> None:
    """A folder stands in the way, as a write-protected stick does; nothing half-written is left."""
    village.plug_in()
    (village.stick / f"{STATION}.up.yyt").mkdir()
    assert village.look() == ["carry.wait", "carry.full"]
    assert sorted(path.name for path in village.stick.iterdir()) == [f"{STATION}.up.yyt", MARK_NAME]


def test_without_a_sealing_key_nothing_leaves(tmp_path: Path) -> None:
    """What rides the bus could be read by anybody: said, and nothing is written."""
    village = Village(tmp_path, None)
    village.plug_in()
    assert village.look() == ["carry.wait", "carry.no_key"]
    assert [path.name for path in village.stick.iterdir()] == [MARK_NAME]
    assert any("sealing_key" in line for line in village.lines)
    village.link.close()


def test_a_key_that_is_none_is_told(tmp_path: Path) -> None:
    """A point that X25519 refuses, in the configuration."""
    village = Village(tmp_path, bytes(32))
    with pytest.raises(SyncError, match="not a sealing key"):
        village.courier.give(tmp_path / "out.yyt")
    assert village.link.trips() == []
    village.link.close()


def test_what_was_half_written_before_a_power_cut_is_written_over(tmp_path: Path) -> None:
    """A draft lies there; the file itself is the old one until the new one is whole."""
    path = tmp_path / "a.up.yyt"
    write_whole(path, b"first")
    (tmp_path / ".a.up.yyt.new").write_bytes(b"half")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert [each.name for each in tmp_path.iterdir()] == ["a.up.yyt"]


def test_only_a_plain_file_within_its_bound_is_read(tmp_path: Path) -> None:
    """A pipe would hang us, a link would lead elsewhere, a large file would fill the memory."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    for name in ("pipe", "link", "large"):
        with pytest.raises(CarryRefused):
            read_bounded(tmp_path / name, MAX_FILE_BYTES)
    assert read_bounded(tmp_path / "nothing", 10) is None
    with pytest.raises(CarryUnwritable):
        write_whole(tmp_path / "no" / "folder", b"")


def test_a_written_file_is_readable_by_the_driver(tmp_path: Path) -> None:
    """The service's umask keeps others out of its own files, and a stick is for others; what matters is sealed."""
    old = os.umask(0o022)
    try:
        write_whole(tmp_path / "a", b"x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644
