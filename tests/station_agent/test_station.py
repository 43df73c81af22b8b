"""open_station: the folder is taken by one agent alone, and whatever is wrong with it is said with what to do."""

import sqlite3
from pathlib import Path

import pytest

from station_agent.counter.shelves import HERE
from station_agent.counter.vocabulary import custody
from station_agent.errors import JournalDamaged, JournalMissing, JournalUnwritable
from station_agent.journal.schema import BOOKS
from sync.entry import Lane
from tests.station_agent.folder import init, opened, write


def test_a_station_finds_again_what_it_had(tmp_path: Path) -> None:
    """Parcels, codes and the head of the chain are there after a restart, in the same epoch and boot."""
    init(tmp_path)
    with opened(tmp_path) as before:
        write(before, custody("parcel.received", waybill="SF1", code="1-1-1000"))
        head = before.journal.head(Lane.CUSTODY)
    with opened(tmp_path) as after:
        parcel = after.counter.books.shelves.parcel("SF1")
        assert parcel is not None
        assert parcel.state == HERE
        assert after.counter.books.shelves.free_code() == "1-2-1001"
        assert after.journal.head(Lane.CUSTODY) == head
        assert after.journal.boot == before.journal.boot


def test_before_init_it_says_so(tmp_path: Path) -> None:
    """Without the station's key nothing is made; the hint names the command."""
    init(tmp_path)
    (tmp_path / "data" / "station.pub").unlink()
    with pytest.raises(JournalMissing) as caught:
        opened(tmp_path)
    assert "station init" in caught.value.hint
    assert not (tmp_path / "data" / "journal.db").exists()


def test_a_second_agent_is_kept_out(tmp_path: Path) -> None:
    """While one has the folder another is told to stop it, and the folder is free again afterwards."""
    init(tmp_path)
    with opened(tmp_path), pytest.raises(JournalUnwritable) as caught:
        opened(tmp_path)
    assert "station run" in caught.value.hint
    with opened(tmp_path):
        pass


def test_a_folder_without_rights_is_told(tmp_path: Path) -> None:
    """What the card's folder refuses is one of our errors, not a traceback."""
    init(tmp_path)
    (tmp_path / "data" / "agent.lock").mkdir()
    with pytest.raises(JournalUnwritable) as caught:
        opened(tmp_path)
    assert caught.value.hint


def test_a_journal_that_is_no_file_is_told(tmp_path: Path) -> None:
    """SQLite's refusal to open is translated, and the folder is let go of."""
    init(tmp_path)
    (tmp_path / "data" / "journal.db").mkdir()
    with pytest.raises(JournalUnwritable):
        opened(tmp_path)
    (tmp_path / "data" / "journal.db").rmdir()
    opened(tmp_path).__exit__()


def test_a_journal_of_noise_is_told(tmp_path: Path) -> None:
    """A file that was never ours is set aside as it is, and the station starts and tells."""
    init(tmp_path)
    path = tmp_path / "data" / "journal.db"
    path.write_bytes(b"\xa5" * 4096)
    with opened(tmp_path) as station:
        assert station.told is not None
        assert station.told.phrase == "journal.broken"
    (aside,) = path.parent.glob("journal-*.broken")
    assert aside.read_bytes() == b"\xa5" * 4096


def test_a_journal_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    """Going back to an older program does not write into tables it does not know."""
    init(tmp_path)
    opened(tmp_path).__exit__()
    path = tmp_path / "data" / "journal.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE novelty (key TEXT)")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalDamaged) as caught:
        opened(tmp_path)
    assert "upgrade" in caught.value.hint


def test_rows_that_cannot_be_read_are_made_again(tmp_path: Path) -> None:
    """A row damaged on the card is no reason not to start: what is here now follows from the entries."""
    init(tmp_path)
    with opened(tmp_path) as before:
        write(before, custody("parcel.received", waybill="SF1", code="1-1-1000"))
    connection = sqlite3.connect(tmp_path / "data" / "journal.db", isolation_level=None)
    connection.execute("UPDATE parcel SET body = '{\"waybill\":7}'")
    connection.close()
    with opened(tmp_path) as after:
        parcel = after.counter.books.shelves.parcel("SF1")
        assert parcel is not None
        assert parcel.code == "1-1-1000"


def test_an_older_file_gets_the_newer_tables_filled_from_its_entries(tmp_path: Path) -> None:
    """After an update of the program every parcel is still here, with its code."""
    init(tmp_path)
    with opened(tmp_path) as before:
        write(before, custody("parcel.received", waybill="SF1", code="1-1-1000"))
    connection = sqlite3.connect(tmp_path / "data" / "journal.db", isolation_level=None)
    for table in (*BOOKS, "cold_box"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("CREATE TABLE parcel (waybill)")
    connection.execute("CREATE TABLE number (name)")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0002'")
    connection.close()
    with opened(tmp_path) as after:
        assert after.counter.books.shelves.here == 1
        assert after.counter.books.shelves.free_code() == "1-2-1001"


def test_after_the_power_is_back_the_mode_and_the_last_act_are_said(tmp_path: Path) -> None:
    """A station goes on in the mode of the last saved act, and tells both."""
    init(tmp_path)
    with opened(tmp_path) as before:
        assert before.counter.greeting.zh == "驿站已就绪,在架 0 件;入库"
        write(before, custody("parcel.received", waybill="SF1", code="1-1-1000"))
        write(before, custody("parcel.collected", waybill="SF1", code="1-1-1000", how="scan"))
        write(before, custody("case.opened", case=1, about="complaint"))
    with opened(tmp_path) as after:
        assert after.counter.greeting.zh == "驿站已就绪,在架 0 件;出库;上次存好的是;已取走 1-1-1000"
        assert after.counter.attention.mode == "out"
