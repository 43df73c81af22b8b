"""link.db: what is kept over a restart, what never goes back, and that its loss or a full card stops nothing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.entry import FORMAT, ChainId, Lane, Position
from sync.errors import LinkFileUnwritable
from sync.link import KeptList, LinkFile, Noted
from sync.lists import Held, SignedList
from sync.trouble import Trouble
from sync.wire import Receipt, Verdict, encode_receipt

CUSTODY = ChainId(b"epoch001", Lane.CUSTODY)
TELEMETRY = ChainId(b"epoch001", Lane.TELEMETRY)
FIRST, SECOND = b"county01", b"county02"


class Wall:
    """A clock that goes on by a second each time it is read."""

    now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        self.now_ms += 1000
        return self.now_ms


def place(sequence: int, chain: ChainId = CUSTODY) -> Position:
    """A position with a hash of its own."""
    return Position(*chain, sequence, sequence.to_bytes(32, "big"))


def open_link(directory: Path, *, writable: bool = True) -> LinkFile:
    """The file of a test."""
    return LinkFile(directory / "link.db", Wall(), writable=writable)


@pytest.fixture
def link(tmp_path: Path) -> Iterator[LinkFile]:
    link = open_link(tmp_path)
    yield link
    link.close()


def confirm(link: LinkFile, position: Position, incarnation: bytes = FIRST) -> None:
    """A verified receipt."""
    link.confirm(position, incarnation, b"receipt", b"signature")


def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    """Positions of every chain, and troubles with their first time."""
    link = open_link(tmp_path)
    confirm(link, place(5))
    confirm(link, place(7, TELEMETRY))
    link.note(Trouble.FORK, CUSTODY)
    link.close()
    again = open_link(tmp_path)
    assert again.confirmed(CUSTODY) == place(5)
    assert again.confirmed(TELEMETRY) == place(7, TELEMETRY)
    assert again.troubles() == [Noted(Trouble.FORK, CUSTODY, 1_800_000_003_000)]
    again.close()


def test_the_receipt_is_kept_as_evidence(tmp_path: Path, link: LinkFile) -> None:
    """The county's signed bytes stand beside the position they confirm."""
    link.confirm(place(5), FIRST, b"the receipt", b"its signature")
    link.save()
    with sqlite3.connect(tmp_path / "link.db") as db:
        assert db.execute("SELECT receipt, signature, incarnation FROM confirmed").fetchall() == [
            (b"the receipt", b"its signature", FIRST)
        ]
    db.close()


def test_nobody_confirmed_anything_yet(link: LinkFile) -> None:
    """A new file knows no position and no trouble."""
    assert link.confirmed(CUSTODY) is None
    assert link.troubles() == []


def test_all_positions_are_known_together(tmp_path: Path, link: LinkFile) -> None:
    """Who erases what the county has asks for every chain at once, of older epochs too."""
    assert link.positions() == []
    older = place(3, ChainId(b"epoch000", Lane.CUSTODY))
    confirm(link, place(5))
    confirm(link, older)
    link.save()
    reader = open_link(tmp_path, writable=False)
    assert sorted(reader.positions()) == sorted([place(5), older])
    reader.close()


def test_a_position_never_goes_back_within_an_incarnation(link: LinkFile) -> None:
    """A receipt of an earlier place changes nothing."""
    confirm(link, place(5))
    confirm(link, place(4))
    assert link.confirmed(CUSTODY) == place(5)
    confirm(link, place(6))
    assert link.confirmed(CUSTODY) == place(6)


def test_a_new_incarnation_may_stand_earlier(tmp_path: Path, link: LinkFile) -> None:
    """A county restored from its backup is believed; afterwards it does not go back either, also over a restart."""
    confirm(link, place(5))
    confirm(link, place(2), SECOND)
    assert link.confirmed(CUSTODY) == place(2)
    link.save()
    again = open_link(tmp_path)
    confirm(again, place(1), SECOND)
    assert again.confirmed(CUSTODY) == place(2)
    again.close()


def test_a_reader_sees_what_was_saved(tmp_path: Path, link: LinkFile) -> None:
    """The agent reads the same file; positions after `refresh`, and nothing before `save`."""
    reader = open_link(tmp_path, writable=False)
    confirm(link, place(5))
    link.note(Trouble.FORK, CUSTODY)
    reader.refresh()
    assert (reader.confirmed(CUSTODY), reader.troubles()) == (None, [])
    link.save()
    reader.refresh()
    assert reader.confirmed(CUSTODY) == place(5)
    assert [noted.trouble for noted in reader.troubles()] == [Trouble.FORK]
    reader.close()


def test_a_reader_cannot_write(tmp_path: Path, link: LinkFile) -> None:
    """Only `station sync` writes; another who tries is told, and the file is as it was."""
    reader = open_link(tmp_path, writable=False)
    confirm(reader, place(5))
    with pytest.raises(LinkFileUnwritable):
        reader.close()
    link.refresh()
    assert link.confirmed(CUSTODY) is None


def test_a_reader_does_not_make_the_file(tmp_path: Path) -> None:
    """Before `station sync` ran there is nothing to read."""
    with pytest.raises(sqlite3.OperationalError):
        open_link(tmp_path, writable=False)


def test_a_reader_meets_a_file_without_tables(tmp_path: Path) -> None:
    """Between making the file and its tables a reader finds nothing, rather than an error."""
    (tmp_path / "link.db").touch()
    reader = open_link(tmp_path, writable=False)
    assert (reader.confirmed(CUSTODY), reader.troubles()) == (None, [])
    reader.close()


def test_the_first_time_of_a_trouble_counts(link: LinkFile) -> None:
    """The same trouble again changes nothing, saved or not."""
    link.note(Trouble.BROKEN, CUSTODY)
    link.note(Trouble.BROKEN, CUSTODY)
    link.save()
    first = link.troubles()
    link.note(Trouble.BROKEN, CUSTODY)
    link.save()
    assert link.troubles() == first


def test_troubles_come_oldest_first(link: LinkFile) -> None:
    """Of a chain, or of the whole link."""
    link.note(Trouble.MISSING, TELEMETRY)
    link.note(Trouble.UNKNOWN_STATION, None)
    link.note(Trouble.FORK, CUSTODY)
    link.save()
    assert [(noted.trouble, noted.chain) for noted in link.troubles()] == [
        (Trouble.MISSING, TELEMETRY),
        (Trouble.UNKNOWN_STATION, None),
        (Trouble.FORK, CUSTODY),
    ]


@pytest.mark.parametrize("saved", [True, False])
def test_a_confirmation_heals_what_the_county_refused(link: LinkFile, saved: bool) -> None:
    """Once the county takes entries, "unknown station" and "refused" are over; evidence stays."""
    for trouble in (Trouble.UNKNOWN_STATION, Trouble.REFUSED, Trouble.FORK, Trouble.ROLLED_BACK, Trouble.BROKEN):
        link.note(trouble, CUSTODY)
    if saved:
        link.save()
    confirm(link, place(1))
    link.save()
    assert [noted.trouble for noted in link.troubles()] == [Trouble.FORK, Trouble.ROLLED_BACK, Trouble.BROKEN]
    link.note(Trouble.REFUSED, CUSTODY)
    link.save()
    assert Trouble.REFUSED in [noted.trouble for noted in link.troubles()]


def test_a_refusal_after_a_confirmation_stays(link: LinkFile) -> None:
    """Confirmed first and refused then, within one save: the refusal is the news."""
    confirm(link, place(1))
    link.note(Trouble.UNKNOWN_STATION, None)
    link.save()
    assert [noted.trouble for noted in link.troubles()] == [Trouble.UNKNOWN_STATION]


def test_a_locked_file_is_written_later(tmp_path: Path) -> None:
    """A save that fails loses nothing: it is kept and written with the next, and the file still closes."""
    link = open_link(tmp_path)
    other = sqlite3.connect(tmp_path / "link.db", isolation_level=None)
    link._db.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN EXCLUSIVE")
    confirm(link, place(5))
    link.note(Trouble.FORK, CUSTODY)
    for _ in range(2):
        with pytest.raises(LinkFileUnwritable) as refused:
            link.save()
    assert refused.value.hint
    other.execute("ROLLBACK")
    other.close()
    link.save()
    link.close()
    reader = open_link(tmp_path, writable=False)
    assert reader.confirmed(CUSTODY) == place(5)
    assert [noted.trouble for noted in reader.troubles()] == [Trouble.FORK]
    reader.close()


def test_a_full_card_is_told_and_survived(tmp_path: Path) -> None:
    """SQLite's own "database is full": nothing is written, what was there is whole, a freed card takes it all."""
    link = open_link(tmp_path)
    confirm(link, place(1))
    link.save()
    pages = link._db.execute("PRAGMA page_count").fetchone()[0]
    link._db.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(50):
        confirm(link, place(2, ChainId(number.to_bytes(8, "big"), Lane.CUSTODY)))
    with pytest.raises(LinkFileUnwritable, match="full"):
        link.save()
    link.refresh()
    assert link.confirmed(CUSTODY) == place(1)
    link._db.execute("PRAGMA max_page_count = 100000")
    link.save()
    link.refresh()
    assert link.confirmed(ChainId(bytes(8), Lane.CUSTODY)) == place(2, ChainId(bytes(8), Lane.CUSTODY))
    link.close()


@pytest.mark.parametrize("garbage", [b"not a database at all, not even near" * 100, b"SQLite format 3\0" + bytes(4000)])
def test_a_damaged_file_is_set_aside(tmp_path: Path, garbage: bytes) -> None:
    """A file that is no database any more is kept for people, and a new one begun: the county is asked anyway."""
    (tmp_path / "link.db").write_bytes(garbage)
    link = open_link(tmp_path)
    confirm(link, place(5))
    link.close()
    assert (tmp_path / "link.db.damaged").read_bytes() == garbage
    again = open_link(tmp_path)
    assert again.confirmed(CUSTODY) == place(5)
    again.close()


def test_damaged_pages_are_noticed(tmp_path: Path) -> None:
    """A page overwritten inside the file: set aside too, at the next start."""
    link = open_link(tmp_path)
    for number in range(100):
        confirm(link, place(2, ChainId(number.to_bytes(8, "big"), Lane.CUSTODY)))
    link.close()
    file = tmp_path / "link.db"
    data = bytearray(file.read_bytes())
    data[1024 * 3 : 1024 * 4] = b"\xa5" * 1024
    file.write_bytes(data)
    link = open_link(tmp_path)
    assert link.troubles() == []
    link.close()
    assert (tmp_path / "link.db.damaged").exists()


def test_saving_nothing_writes_nothing(tmp_path: Path, link: LinkFile) -> None:
    """A card wears by what is written: a save without news does not touch the file."""
    confirm(link, place(1))
    link.save()
    before = (tmp_path / "link.db").read_bytes()
    link.save()
    confirm(link, place(1))
    link.save()
    assert (tmp_path / "link.db").read_bytes() == before


def test_a_relative_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path as a technician types it."""
    monkeypatch.chdir(tmp_path)
    LinkFile(Path("link.db"), Wall(), writable=True).close()
    assert (tmp_path / "link.db").exists()


def put(link: LinkFile, name: str, version: int, content: bytes, scope: str = "*") -> None:
    """A list the board verified."""
    link.keep(SignedList(scope, name, version, content, bytes(64)))


def test_lists_are_there_after_a_restart_and_for_readers(tmp_path: Path, link: LinkFile) -> None:
    """A newer version takes the place of the older; a reader sees what was saved, without any key."""
    put(link, "lines", 1, b"old")
    put(link, "lines", 2, b"new")
    put(link, "manifest", 5, b"ours", "v001")
    reader = open_link(tmp_path, writable=False)
    assert reader.lists("v001") == {}
    link.save()
    found = reader.lists("v001")
    assert (found["lines"].version, found["lines"].content) == (2, b"new")
    assert (found["manifest"].version, found["manifest"].content) == (5, b"ours")
    assert found["lines"].at_ms > 1_800_000_000_000
    assert reader.list_versions("v001") == {"lines": 2, "manifest": 5}
    reader.close()
    again = open_link(tmp_path)
    assert again.held() == [Held("*", "lines", 2), Held("v001", "manifest", 5)]
    again.close()


def test_a_stations_own_list_stands_before_the_common_one(link: LinkFile) -> None:
    """Whichever is newer; taken down, the common one holds again. Lists of the card's former station do not count."""
    put(link, "lines", 9, b"all")
    put(link, "lines", 3, b"own", "v001")
    put(link, "lines", 99, b"former", "v000")
    put(link, "flights", 1, b"")
    link.save()
    assert {name: kept[1::2] for name, kept in link.lists("v001").items()} == {"lines": (3, b"own")}
    assert link.list_versions("v002") == {"lines": 9}
    put(link, "lines", 10, b"", "v001")
    link.save()
    assert {name: kept.content for name, kept in link.lists("v001").items()} == {"lines": b"all"}
    assert isinstance(link.lists("v001")["lines"], KeptList)


def test_a_list_that_came_through_heals_what_lists_were_refused(link: LinkFile) -> None:
    """Saved or not; other troubles are none of its business, and a confirmation does not heal a refused list."""
    link.note(Trouble.LIST_OLDER, None)
    link.save()
    for trouble in (Trouble.LIST_REFUSED, Trouble.REFUSED, Trouble.FORK):
        link.note(trouble, None)
    put(link, "lines", 1, b"all")
    link.save()
    assert {noted.trouble for noted in link.troubles()} == {Trouble.REFUSED, Trouble.FORK}
    link.note(Trouble.LIST_UNREADABLE, None)
    confirm(link, place(1))
    link.save()
    assert {noted.trouble for noted in link.troubles()} == {Trouble.LIST_UNREADABLE, Trouble.FORK}


def test_a_file_of_an_older_program_has_no_lists_and_keeps_its_positions(tmp_path: Path) -> None:
    """A reader that comes before the writer was restarted finds what is there; the writer adds what is missing."""
    link = open_link(tmp_path)
    confirm(link, place(5))
    link.close()
    with sqlite3.connect(tmp_path / "link.db") as db:
        db.execute("DROP TABLE list")
    db.close()
    reader = open_link(tmp_path, writable=False)
    assert (reader.confirmed(CUSTODY), reader.lists("v001"), reader.held()) == (place(5), {}, [])
    reader.close()
    link = open_link(tmp_path)
    put(link, "lines", 1, b"all")
    link.close()
    reader = open_link(tmp_path, writable=False)
    assert reader.list_versions("v001") == {"lines": 1}
    reader.close()


def test_lists_that_cannot_be_written_are_kept_for_the_next_save(tmp_path: Path) -> None:
    """A card that was full and is freed takes the list all the same."""
    link = open_link(tmp_path)
    pages = link._db.execute("PRAGMA page_count").fetchone()[0]
    link._db.execute(f"PRAGMA max_page_count = {pages}")
    put(link, "lines", 1, bytes(100_000))
    with pytest.raises(LinkFileUnwritable, match="full"):
        link.save()
    assert link.lists("v001") == {}
    link._db.execute("PRAGMA max_page_count = 100000")
    link.save()
    assert link.list_versions("v001") == {"lines": 1}
    link.close()


def test_two_writers_never_lower_what_is_confirmed(tmp_path: Path, link: LinkFile) -> None:
    """`station carry-in` beside a running `station sync`: whoever saves last, the further place stays."""
    other = open_link(tmp_path)
    confirm(link, place(5))
    confirm(other, place(9))
    other.save()
    link.save()
    link.refresh()
    assert link.confirmed(CUSTODY) == place(9)
    other.close()


def test_a_refresh_keeps_what_is_not_saved_yet(link: LinkFile) -> None:
    """Another process wrote; what came in meanwhile is newer than the file."""
    confirm(link, place(5))
    link.keep(SignedList("*", "a", 3, b"x", b"s"))
    link.refresh()
    assert link.confirmed(CUSTODY) == place(5)
    assert link.held() == [Held("*", "a", 3)]


def test_days_without_contact_are_counted(tmp_path: Path) -> None:
    """From the county's last receipt, over a restart; nobody knows before the first."""
    wall = Wall()
    link = LinkFile(tmp_path / "link.db", wall, writable=True)
    assert link.days_without_contact() is None
    link.met(FIRST)
    link.close()
    wall.now_ms += 3 * 86_400_000
    reader = LinkFile(tmp_path / "link.db", wall, writable=False)
    assert reader.days_without_contact() == 3
    wall.now_ms -= 9 * 86_400_000
    assert reader.days_without_contact() == 0
    reader.close()


def test_a_contact_alone_is_written_once_an_hour(tmp_path: Path) -> None:
    """Four answers an hour must not wear the card; another incarnation is written at once."""
    wall = Wall()
    link = LinkFile(tmp_path / "link.db", wall, writable=True)
    written = []
    for minutes, incarnation in ((0, FIRST), (15, FIRST), (50, FIRST), (5, SECOND)):
        wall.now_ms += minutes * 60_000
        link.met(incarnation)
        before = link._db.total_changes
        link.save()
        written.append(link._db.total_changes > before)
    assert written == [True, False, True, True]
    link.close()


def test_an_older_contact_does_not_hide_a_newer_one(tmp_path: Path) -> None:
    """`station carry-in` met a restored county; what `station sync` had heard before is saved after it."""
    wall = Wall()
    sync, command = (LinkFile(tmp_path / "link.db", wall, writable=True) for _ in range(2))
    sync.met(FIRST)
    command.met(SECOND)
    command.close()
    confirm(sync, place(5))
    sync.save()
    assert sync.incarnation() == FIRST
    sync.refresh()
    assert sync.incarnation() == SECOND
    sync.close()


def test_a_new_incarnation_is_kept_by_a_clock_that_went_back(tmp_path: Path) -> None:
    """A station without a clock chip starts in 1970: which county it met last must be right all the same."""
    wall = Wall()
    link = LinkFile(tmp_path / "link.db", wall, writable=True)
    link.met(FIRST)
    link.save()
    wall.now_ms = 0
    link.met(SECOND)
    link.close()
    again = open_link(tmp_path)
    assert again.incarnation() == SECOND
    again.close()


def test_a_new_incarnation_outlives_a_refresh_before_it_is_saved(tmp_path: Path) -> None:
    """The clock went back, the restored county answered twice, a stick is plugged in: its old word must not count."""
    wall = Wall()
    link = LinkFile(tmp_path / "link.db", wall, writable=True)
    link.met(FIRST)
    link.save()
    wall.now_ms -= 86_400_000
    link.met(SECOND)
    wall.now_ms += 1000
    link.met(SECOND)
    link.refresh()
    assert link.incarnation() == SECOND
    link.save()
    reader = open_link(tmp_path)
    assert reader.incarnation() == SECOND
    reader.close()
    link.close()


def test_a_clock_that_was_ahead_for_a_while_hides_no_county_and_no_silence(tmp_path: Path) -> None:
    """It stood years ahead when the county was heard: what is heard afterwards is kept, and days are counted again."""
    wall = Wall()
    link = LinkFile(tmp_path / "link.db", wall, writable=True)
    wall.now_ms += 3000 * 86_400_000
    link.met(FIRST)
    link.save()
    reader = LinkFile(tmp_path / "link.db", wall, writable=False)
    wall.now_ms -= 3000 * 86_400_000
    link.met(FIRST)
    link.save()
    link.met(SECOND)
    link.close()
    again = open_link(tmp_path)
    assert again.incarnation() == SECOND
    again.met(SECOND)
    again.save()
    wall.now_ms += 5 * 86_400_000
    again.close()
    reader.refresh()
    assert reader.incarnation() == SECOND
    assert reader.days_without_contact() == 5
    reader.close()


def test_the_countys_own_clock_is_read_from_its_receipt(tmp_path: Path) -> None:
    """Of the incarnation last heard alone; a receipt that cannot be read says nothing."""
    chain = ChainId(b"epoch001", Lane.CUSTODY)
    place = Position(*chain, 3, b"\x01" * 32)
    receipt = encode_receipt(Receipt(FORMAT, 1, "v001", b"county-a", Verdict.POSITION, 1234, [place]))
    link = LinkFile(tmp_path / "link.db", lambda: 5, writable=True)
    link.confirm(place, b"county-a", receipt, b"signed")
    link.met(b"county-a")
    link.save()
    assert (link.said_ms(chain), link.said_ms(chain._replace(lane=Lane.TELEMETRY))) == (1234, None)
    link.met(b"county-b")
    assert link.said_ms(chain) is None
    link.confirm(place, b"county-b", b"\xc1", b"signed")
    link.save()
    assert link.said_ms(chain) is None
