"""A recipient's number and name stay where they belong: not in the journal's file, the wire, logs, errors, answers."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from station_agent.config import load
from station_agent.counter.book import Event
from station_agent.errors import JournalDamaged
from station_agent.journal.reader import JournalFile
from station_agent.journal.writer import Record
from sync.contact import Contact
from sync.county.cli import main as county_main
from sync.county.contacts import open_contacts
from sync.county.database import open_database, sqlite_url
from sync.county.store import CountyLog
from sync.entry import Lane
from sync.keys import OpeningKey, SigningKey, verifier
from sync.receiver import Receiver
from sync.wire import Run, encode_envelope, encode_run, head_message, open_envelope
from tests.station_agent.clear_text import without_times
from tests.station_agent.folder import init, opened, station

PHONE, NAME, HOUSEHOLD, WAYBILL = "13917624835", "欧阳娜娜", "龙雾村3组12号", "YT1234567890123"
PLANTED = (PHONE, PHONE[3:], NAME, NAME[:2], HOUSEHOLD, HOUSEHOLD[-3:])
START = "from station_agent.cli import main; main()"
OPENING = OpeningKey(X25519PrivateKey.from_private_bytes(b"o" * 32))


def clean(where: str, data: bytes | str) -> None:
    """None of what was planted is in there."""
    found = data if isinstance(data, bytes) else data.encode()
    for planted in PLANTED:
        assert planted.encode() not in found, f"{where} shows {planted}"
        assert planted.encode("utf-16-le") not in found, where


def clean_of_four(home: Path) -> None:
    """The journal's file does not hold the last four digits either. Names in hex and times may hold any by chance."""
    path = home / "data" / "journal.db"
    found = path.read_bytes()
    with sqlite3.connect(path) as database:
        for (value,) in database.execute("SELECT value FROM meta WHERE name IN ('boot', 'hardware')").fetchall():
            found = found.replace(value.encode(), b"")
    database.close()
    assert PHONE[-4:].encode() not in without_times(found)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A station that seals for the county and knows one recipient."""
    made = init(tmp_path, "--sealing-key", OPENING.public.hex())
    assert made.exit_code == 0, made.output
    with opened(tmp_path) as open_station:
        contact = Contact(PHONE, NAME, HOUSEHOLD)
        wall_ms = open_station.clock.stamp().wall_ms
        changes = open_station.contacts.learn(WAYBILL, contact, source="list", wall_ms=wall_ms)
        assert changes is not None
        part = open_station.sealing.part(contact, WAYBILL, wall_ms)
        assert part is not None
        body = {"waybill": WAYBILL, "code": "1-1-1000"}
        shelf = open_station.counter.books.effects(Event("parcel.received", body, wall_ms))
        record = Record(Lane.CUSTODY, "parcel.received", body, part)
        open_station.journal.commit([record], [*shelf, *changes])
        open_station.contacts.take(changes)
        clean("the log of the file", open_station.journal.rows("contact")[0][1])
        clean("the write-ahead log", (tmp_path / "data" / "journal.db-wal").read_bytes())
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    """What goes to the county: everything of the custody lane."""
    reader = JournalFile(home / "data" / "journal.db")
    (head,) = (head for head in reader.heads() if head.lane is Lane.CUSTODY)
    entries = tuple(reader.every(head.chain))
    reader.close()
    return Run("V042", head.chain, entries[0].read_header().key, 0, bytes(32), entries)


def batch(home: Path, run: Run) -> bytes:
    """The message as it is published."""
    key = SigningKey.load(home / "data" / "station.key")
    return encode_envelope("batch", encode_run(run, 1), key.sign(head_message("V042", run.head)))


def test_no_file_of_the_station_holds_it_in_clear(home: Path) -> None:
    """Whoever copies journal.db, or any file beside it, has neither number nor last four nor name."""
    for path in sorted(home.rglob("*")):
        if path.is_file():
            clean(str(path), path.read_bytes())
    clean_of_four(home)
    assert (home / "data" / "vault.key").stat().st_mode & 0o777 == 0o600


def test_a_copied_journal_does_not_open_without_the_key_file(home: Path) -> None:
    """The station itself knows its recipient after a restart; a copy of the file alone does not."""
    with opened(home) as again:
        assert again.contacts.contact(WAYBILL) == Contact(PHONE, NAME, HOUSEHOLD)
        assert again.contacts.with_last_four(PHONE[-4:]) == [WAYBILL]
    (home / "data" / "vault.key").unlink()
    with opened(home) as copy:
        assert copy.contacts.unreadable == [WAYBILL]
        assert copy.contacts.with_last_four(PHONE[-4:]) == []


def test_commands_of_the_station_do_not_show_it(home: Path) -> None:
    """Nothing that a technician reads, sends in a picture, or puts into a bundle."""
    commands = [
        ("journal", "show"), ("journal", "show", "--json"), ("journal", "verify"), ("journal", "rebuild"),
        ("status",), ("doctor", "--json"),
    ]  # fmt: skip
    for words in commands:
        result = station(home, *words)
        assert result.output
        clean(" ".join(words), result.output)
    assert WAYBILL in station(home, "journal", "show").output


def test_a_running_station_does_not_say_it(home: Path) -> None:
    """A real `station run` that loads the contact: its output, start to end."""
    words = [sys.executable, "-c", START, "run", "--config", str(home / "etc" / "station.toml")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"READY\n"
        process.send_signal(signal.SIGTERM)
        said, complaints = process.communicate(timeout=10)
    assert process.returncode == 0
    clean("station run", said + complaints)


def test_the_wire_carries_it_sealed_only(home: Path, run: Run) -> None:
    """Neither the message nor what it holds once inflated; entry bodies and headers hold nothing personal at all."""
    message = batch(home, run)
    _, content, _ = open_envelope(message)
    clean("the message", message)
    clean("the batch", zstandard.decompress(content))
    for entry in run.entries:
        clean("a header", entry.header)
        clean("a body", entry.body + json.dumps(entry.read_body(), default=repr).encode())


@pytest.fixture
def county(tmp_path: Path, home: Path, run: Run) -> Path:
    """A county that has everything."""
    place = tmp_path / "county"
    assert CliRunner().invoke(county_main, ["init", str(place)]).exit_code == 0
    public = (home / "data" / "station.pub").read_text().strip()
    assert CliRunner().invoke(county_main, ["--config", str(place / "county.toml"), "station", "add", "V042", public])
    engine = open_database(sqlite_url(place / "county.db"))
    key = SigningKey.load(place / "county.key")
    log = CountyLog(engine, clock_ms=lambda: 1)
    receipt = Receiver(log=log, sign=key.sign, verifier=verifier).receive("V042", batch(home, run), 1)
    clean("the receipt", receipt)
    engine.dispose()
    return place


def test_the_county_shows_it_to_who_asks_on_record_alone(county: Path) -> None:
    """Trace, log, verify and every file are clean; `open_contacts` with the private key opens it."""
    config = ["--config", str(county / "county.toml")]
    assert CliRunner().invoke(county_main, [*config, "project", "--once"]).exit_code == 0
    for words in (["trace", WAYBILL], ["trace", WAYBILL, "--json"], ["log", "V042"], ["log", "V042", "--json"],
                  ["verify", "V042"], ["station", "list", "--json"]):  # fmt: skip
        result = CliRunner().invoke(county_main, [*config, *words])
        assert result.exit_code == 0, result.output
        clean(" ".join(words), result.output)
    for path in county.iterdir():
        clean(str(path), path.read_bytes())
    engine = open_database(sqlite_url(county / "county.db"))
    (found,) = open_contacts(engine, OPENING.private, WAYBILL, by="x", purpose="y", now_ms=1)
    engine.dispose()
    assert found.contact == Contact(PHONE, NAME, HOUSEHOLD)


def test_without_a_sealing_key_nothing_personal_leaves(tmp_path: Path) -> None:
    """The entry has no personal part at all."""
    init(tmp_path)
    assert load(tmp_path / "etc" / "station.toml")[0].sealing_key is None
    with opened(tmp_path) as open_station:
        assert open_station.sealing.part(Contact(PHONE, NAME), WAYBILL, 1) is None


def test_nobody_known_makes_no_personal_part(home: Path) -> None:
    """A station that seals has nothing to seal for a parcel without a contact."""
    with opened(home) as open_station:
        assert open_station.sealing.part(open_station.contacts.contact("YT9"), "YT9", 1) is None


@pytest.mark.parametrize("key", ["00" * 32, "abc", "zz" * 32])
def test_a_wrong_sealing_key_is_refused_at_the_set_up(tmp_path: Path, key: str) -> None:
    """Before anything is written, so that the command may be given again."""
    refused = init(tmp_path, "--sealing-key", key)
    assert refused.exit_code != 0
    assert "sealing" in refused.output
    assert not (tmp_path / "etc" / "station.toml").exists()
    assert init(tmp_path, "--sealing-key", OPENING.public.hex().upper()).exit_code == 0


def test_errors_do_not_carry_it(home: Path) -> None:
    """A journal damaged in the contact's row: what is said about it is about the row."""
    with sqlite3.connect(home / "data" / "journal.db") as database:
        database.execute("UPDATE contact SET sealed = ?", (os.urandom(60),))
    database.close()
    with opened(home) as open_station:
        assert open_station.contacts.unreadable == [WAYBILL]
        clean("the book", repr(vars(open_station.contacts)))
        open_station.connection.execute("DROP TABLE contact")
        changes = open_station.contacts.learn(WAYBILL, Contact(PHONE, NAME), source="keyed", wall_ms=1)
        with pytest.raises(JournalDamaged) as refused:
            open_station.journal.commit([], changes or ())
    clean("the error", f"{refused.value}{refused.value.hint}{refused.value.__cause__}")
