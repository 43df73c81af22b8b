"""The command `station`: set up, look, prove, rebuild; errors in words and exit codes, never a traceback."""

import json
import sqlite3
import stat
import tomllib
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from station_agent import VERSION
from station_agent.cli import main
from station_agent.config import load
from station_agent.counter.vocabulary import custody
from sync.enrolment import Enrolment
from sync.entry import Lane
from sync.keys import OpeningKey, SigningKey
from sync.link import LinkFile
from sync.trouble import Trouble
from tests.station_agent.folder import COUNTY_KEY, init, opened, station, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station that was set up and has received two parcels and handed one out."""
    init(tmp_path)
    with opened(tmp_path) as running:
        write(running, custody("parcel.received", waybill="SF1", code="1-1-1000"))
        write(running, custody("parcel.received", waybill="SF2", code="1-2-1001"))
        write(running, custody("parcel.collected", waybill="SF1", code="1-1-1000"))
    return tmp_path


def ask(folder: Path, sql: str) -> None:
    """Change the journal behind everybody's back."""
    connection = sqlite3.connect(folder / "data" / "journal.db", isolation_level=None)
    connection.execute(sql)
    connection.close()


def test_help_names_every_command() -> None:
    """Each command is listed with a line of Chinese; the version is told."""
    result = CliRunner().invoke(main, ["--help"])
    for name in ("identify", "init", "journal", "run", "status", "sync"):
        assert name in result.output
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
    assert VERSION in CliRunner().invoke(main, ["--version"]).output
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2


# init


def test_init_makes_what_run_needs(tmp_path: Path) -> None:
    """Key (for nobody else's eyes), public key and configuration, which loads; the county's file on standard output."""
    result = init(tmp_path, "--host", "mqtt.example", "--port", "8883", "--protocol", "3")
    assert result.exit_code == 0, result.output
    settings, devices = load(tmp_path / "etc" / "station.toml")
    assert (settings.station.id, settings.station.name, devices) == ("V042", "石桥村", [])
    assert settings.county.public_key == COUNTY_KEY
    broker = settings.county.broker
    assert (broker.host, broker.port, broker.protocol) == ("mqtt.example", 8883, 3)
    assert stat.S_IMODE(settings.key_path.stat().st_mode) == 0o600
    key = SigningKey.load(settings.key_path)
    assert (tmp_path / "data" / "station.pub").read_text() == key.public.hex() + "\n"
    enrolment = msgspec.convert(tomllib.loads(result.stdout), Enrolment)
    seal = OpeningKey.load(settings.seal_path).public.hex()
    assert enrolment == Enrolment(id="V042", name="石桥村", public_key=key.public.hex(), sealing_key=seal)
    assert stat.S_IMODE(settings.seal_path.stat().st_mode) == 0o600
    assert station(tmp_path, "enrolment").stdout == result.stdout


@pytest.mark.parametrize("kept", ["etc/station.toml", "data/station.key"])
def test_init_overwrites_nothing(tmp_path: Path, kept: str) -> None:
    """Where a key or a configuration lies nothing is changed, not even the other of the two."""
    (tmp_path / kept).parent.mkdir()
    (tmp_path / kept).write_text("mine")
    result = init(tmp_path)
    assert result.exit_code == 1
    assert "→" in result.output
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.read_text() for path in files] == ["mine"]


def test_init_twice_keeps_the_first_key(tmp_path: Path) -> None:
    """A station's identity is never drawn again by accident."""
    init(tmp_path)
    before = (tmp_path / "data" / "station.key").read_bytes()
    assert init(tmp_path).exit_code == 1
    assert (tmp_path / "data" / "station.key").read_bytes() == before


@pytest.mark.parametrize("blocked", ["etc", "data"])
def test_init_that_cannot_write_leaves_nothing_in_the_way(tmp_path: Path, blocked: str) -> None:
    """A folder that cannot be made is told in words; once it can, the same command works."""
    (tmp_path / blocked).write_text("a file where the folder should be")
    result = init(tmp_path)
    assert result.exit_code == 1
    assert "sudo" in result.output
    (tmp_path / blocked).unlink()
    assert init(tmp_path).exit_code == 0


@pytest.mark.parametrize(
    ("option", "value", "key"),
    [("--id", "a/b", "station.id"), ("--county-key", "abc", "county.public_key")],
)
def test_init_checks_what_it_is_given(tmp_path: Path, option: str, value: str, key: str) -> None:
    """A name or key that cannot work is refused before anything is made."""
    result = init(tmp_path, option, value)
    assert result.exit_code == 78
    assert key in result.output
    assert list(tmp_path.iterdir()) == []


def test_init_takes_odd_names(tmp_path: Path) -> None:
    """Quotes and backslashes in a name end up in the configuration as they are."""
    name = 'a "b" \\ 村'
    assert init(tmp_path, "--name", name).exit_code == 0
    assert load(tmp_path / "etc" / "station.toml")[0].station.name == name


# journal


def test_show_lists_the_last_entries(folder: Path) -> None:
    """As lines for people, and as one JSON object a line; of the lane and as many as asked for."""
    lines = station(folder, "journal", "show", "--last", "2").output.splitlines()
    assert len(lines) == 2
    assert "parcel.collected" in lines[1]
    assert "waybill=SF1" in lines[1]
    documents = [json.loads(line) for line in station(folder, "journal", "show", "--json").output.splitlines()]
    assert [document["sequence"] for document in documents] == [0, 1, 2, 3]
    assert documents[1]["body"] == {"waybill": "SF1", "code": "1-1-1000"}
    telemetry = station(folder, "journal", "show", "--lane", "telemetry", "--json").output
    assert json.loads(telemetry)["kind"] == "epoch.opened"


def test_show_writes_bytes_as_hex(folder: Path) -> None:
    """A new epoch's entry names the hash before it; JSON shows it in hex."""
    with opened(folder) as running:
        before = running.journal.head(Lane.CUSTODY)
        running.journal.open_epoch("fork")
    (line,) = station(folder, "journal", "show", "--json").output.splitlines()
    assert json.loads(line)["body"]["hash"] == before.hash.hex()
    assert station(folder, "journal", "show").exit_code == 0


def test_verify_walks_every_chain(folder: Path) -> None:
    """All chains of all epochs are counted; exit code 0."""
    with opened(folder) as running:
        running.journal.open_epoch("fork")
    result = station(folder, "journal", "verify")
    assert result.exit_code == 0
    assert [line[0] for line in result.output.splitlines()] == ["✓"] * 4
    assert "4 条" in result.output


def test_verify_names_the_first_bad_entry(folder: Path) -> None:
    """Exit code 1, the place, what to do; the other chains are still looked at."""
    ask(folder, "UPDATE entry SET body = x'80' WHERE chain = 1 AND sequence = 2")
    result = station(folder, "journal", "verify")
    assert result.exit_code == 1
    assert "entry 2" in result.output
    assert "→" in result.output
    assert "✓" in result.output


def test_verify_does_not_mind_an_agent_at_work(folder: Path) -> None:
    """While the agent has the journal open and writes, every chain still verifies."""
    with opened(folder) as running:
        write(running, custody("parcel.received", waybill="SF3", code="1-3-1002"))
        assert station(folder, "journal", "verify").exit_code == 0


def test_rebuild_agrees_with_what_is_stored(folder: Path) -> None:
    """The rows made from the entries are the stored ones."""
    result = station(folder, "journal", "rebuild")
    assert result.exit_code == 0, result.output
    assert {line[0] for line in result.output.splitlines()} == {"✓"}


def test_rebuild_finds_and_mends_a_difference(folder: Path) -> None:
    """A lost row is told with exit code 1 and written back when asked; a stray one goes."""
    ask(folder, "DELETE FROM parcel WHERE key = 'SF2'")
    ask(folder, "INSERT INTO parcel VALUES ('GHOST', '{}')")
    result = station(folder, "journal", "rebuild")
    assert result.exit_code == 1
    assert "✗ parcel" in result.output
    assert station(folder, "journal", "rebuild", "--write").exit_code == 0
    assert station(folder, "journal", "rebuild").exit_code == 0
    with opened(folder) as running:
        assert running.counter.books.shelves.parcel("GHOST") is None
        assert running.counter.books.shelves.with_code("1-2-1001") is not None


def test_rebuild_goes_through_all_epochs(folder: Path) -> None:
    """A parcel received in an older epoch is still here."""
    with opened(folder) as running:
        running.journal.open_epoch("fork")
        write(running, custody("parcel.collected", waybill="SF2", code="1-2-1001"))
    assert station(folder, "journal", "rebuild").exit_code == 0


def test_rebuild_does_not_believe_a_broken_chain(folder: Path) -> None:
    """Rows are never made from an entry that was altered: exit code 1, the place, nothing written."""
    ask(folder, "UPDATE entry SET body = x'80' WHERE chain = 1 AND sequence = 2")
    ask(folder, "DELETE FROM parcel")
    result = station(folder, "journal", "rebuild", "--write")
    assert result.exit_code == 1
    assert "entry 2" in result.output
    connection = sqlite3.connect(folder / "data" / "journal.db")
    assert connection.execute("SELECT count(*) FROM parcel").fetchone() == (0,)
    connection.close()


def test_rebuild_writes_nothing_beside_an_agent(folder: Path) -> None:
    """While an agent runs, writing back is refused."""
    ask(folder, "DELETE FROM parcel WHERE key = 'SF2'")
    with opened(folder):
        result = station(folder, "journal", "rebuild", "--write")
    assert result.exit_code == 1
    assert "station run" in result.output


@pytest.mark.parametrize("words", [("journal", "show"), ("journal", "verify"), ("journal", "rebuild"), ("status",)])
def test_without_a_journal_the_commands_say_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Before the first run there is nothing to look at: exit code 1 and the command to give."""
    init(tmp_path)
    result = station(tmp_path, *words)
    assert result.exit_code == 1
    assert "station run" in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("words", [("journal", "show"), ("journal", "verify"), ("journal", "rebuild"), ("status",)])
def test_a_damaged_journal_is_told_in_words(folder: Path, words: tuple[str, ...]) -> None:
    """Noise in the place of the journal ends with exit code 1 and what to do."""
    (folder / "data" / "journal.db").write_bytes(b"\xa5" * 8192)
    result = station(folder, *words)
    assert result.exit_code == 1
    assert "→" in result.output
    assert isinstance(result.exception, SystemExit)


def test_show_before_anything_was_recorded(folder: Path) -> None:
    """Tables without a chain are told, not a traceback."""
    ask(folder, "DELETE FROM entry")
    result = station(folder, "journal", "show")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)


# status


def test_status_before_the_county_was_heard(folder: Path) -> None:
    """Everything is recorded, nothing confirmed, by eye and as JSON."""
    document = json.loads(station(folder, "status", "--json").output)
    assert document["station"] == "V042"
    assert [(chain["lane"], chain["recorded"], chain["confirmed"]) for chain in document["chains"]] == [
        ("custody", 4, 0),
        ("telemetry", 1, 0),
    ]
    assert document["troubles"] == []
    assert "石桥村" in station(folder, "status").output


def test_status_tells_what_the_county_confirmed(folder: Path) -> None:
    """Confirmed entries and troubles come from link.db."""
    with opened(folder) as running:
        head = running.journal.head(Lane.CUSTODY)
    link = LinkFile(folder / "data" / "link.db", lambda: 0, writable=True)
    link.confirm(head, b"incarnat", b"receipt", b"signature")
    link.note(Trouble.FORK, head.chain)
    link.close()
    document = json.loads(station(folder, "status", "--json").output)
    assert [chain["confirmed"] for chain in document["chains"]] == [4, 0]
    assert document["troubles"] == ["fork"]
    assert "fork" in station(folder, "status").output
