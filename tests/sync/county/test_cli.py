"""The command `county`: what it prints where, what it refuses, and its exit codes."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from sync.county.cli import main
from sync.county.database import open_database, sqlite_url, writing
from sync.county.store import CountyLog
from sync.enrolment import Enrolment
from sync.entry import Trust
from sync.keys import SigningKey, verifier
from sync.receiver import Receiver
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "county"
    result = CliRunner().invoke(main, ["init", str(home)])
    assert result.exit_code == 0, result.output
    return home


@pytest.fixture
def run(home: Path) -> Run:
    def invoke(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["--config", str(home / "county.toml"), *arguments])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return invoke


def bring(home: Path, station: PaperStation) -> None:
    """Let the county commit everything the station wrote."""
    engine = open_database(sqlite_url(home / "county.db"))
    key = SigningKey.load(home / "county.key")
    log = CountyLog(engine, clock_ms=lambda: NOW_MS)
    county = PaperCounty(engine, key, log, Receiver(log=log, sign=key.sign, verifier=verifier))
    assert county.take(station.batch(), station.name).verdict == "accepted"
    engine.dispose()


@pytest.fixture
def station(tmp_path: Path, run: Run) -> PaperStation:
    station = PaperStation(SigningKey.create(tmp_path / "station.key"))
    run("station", "add", "v001", station.key.public.hex(), "--name", "张家村")
    return station


def test_init_makes_a_county_and_prints_its_public_key(tmp_path: Path) -> None:
    """The key alone on stdout, so that a script can take it; the private one for its owner only."""
    home = tmp_path / "new"
    result = CliRunner().invoke(main, ["init", str(home)])
    assert result.exit_code == 0
    assert result.stdout.strip() == SigningKey.load(home / "county.key").public.hex()
    assert stat.S_IMODE((home / "county.key").stat().st_mode) == 0o600
    assert (home / "county.db").exists()
    assert "备份" in result.stderr


def test_init_never_overwrites(home: Path) -> None:
    """A second init changes nothing and says what is in its way."""
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    result = CliRunner().invoke(main, ["init", str(home)])
    assert result.exit_code == 1
    assert "county.key" in result.stderr
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_a_station_is_added_by_its_enrolment_file(tmp_path: Path, run: Run) -> None:
    """Nobody types a key; the same file again changes nothing."""
    key = SigningKey.create(tmp_path / "s.key")
    path = tmp_path / "v002.toml"
    path.write_text(Enrolment(id="v002", name="李家村", public_key=key.public.hex()).to_toml(), encoding="utf-8")
    assert "已登记" in run("station", "add", str(path)).stderr
    assert "无变化" in run("station", "add", str(path)).stderr
    (listed,) = json.loads(run("station", "list", "--json").stdout)
    assert (listed["id"], listed["name"], listed["keys"]) == ("v002", "李家村", 1)


def test_wrong_names_keys_and_files_are_refused_with_a_hint(tmp_path: Path, run: Run) -> None:
    """One message, what to do, no traceback."""
    assert "64" in run("station", "add", "v1", "abc", code=1).stderr
    assert "32" in run("station", "add", "v/1", "00" * 32, code=1).stderr
    assert "nowhere" in run("station", "add", str(tmp_path / "nowhere.toml"), code=78).stderr


def test_another_key_for_a_station_needs_the_old_one_revoked(tmp_path: Path, run: Run, station: PaperStation) -> None:
    """The hint names the command; revoking asks first."""
    other = SigningKey.create(tmp_path / "other.key").public.hex()
    assert "revoke v001" in run("station", "add", "v001", other, code=1).stderr
    run("station", "revoke", "v001", code=1)
    run("station", "revoke", "v001", "--yes")
    run("station", "add", "v001", other)
    assert station.name == "v001"


def test_the_list_shows_the_worst_first(tmp_path: Path, home: Path, run: Run, station: PaperStation) -> None:
    """A station never heard stands before one that was."""
    station.fill(3)
    bring(home, station)
    run("station", "add", "v009", SigningKey.create(tmp_path / "9.key").public.hex(), "--name", "[bold]九村")
    listed = json.loads(run("station", "list", "--json").stdout)
    assert [each["id"] for each in listed] == ["v009", "v001"]
    assert (listed[1]["custody"], listed[1]["chains"][0]["tip"]) == (3, 2)
    shown = run("station", "list")
    assert "从未 never" in shown.stdout
    assert "[bold]九村" in shown.stdout


def test_a_parcel_is_traced_with_its_clock_and_entry(home: Path, run: Run, station: PaperStation) -> None:
    """What happened, when as far as it can be believed, and the entry that proves it."""
    entry = station.receive("YT7", trust=Trust.UNKNOWN)
    bring(home, station)
    assert "尚未整理" in run("trace", "YT7", code=1).stderr
    run("project", "--once")
    shown = run("trace", "YT7").stdout
    assert "未知 unknown" in shown
    assert entry.hash.hex()[:12] in shown
    assert "3-2-1008" in shown
    (event,) = json.loads(run("trace", "YT7", "--json").stdout)["events"]
    assert (event["clock"], event["hash"], event["details"]) == ("unknown", entry.hash.hex(), {"code": "3-2-1008"})


def test_a_waybill_nobody_recorded_exits_1(run: Run) -> None:
    """With valid, empty JSON on stdout."""
    result = run("trace", "YT0", "--json", code=1)
    assert json.loads(result.stdout)["events"] == []
    assert "没有" in result.stderr


def test_what_a_station_sent_cannot_move_the_terminal(home: Path, run: Run, station: PaperStation) -> None:
    """Control characters and markup from outside are shown, not obeyed."""
    station.write("kind\x1b[31m[red]", {"waybill": "YT1", "note": "\x1b]0;owned\x07[red]"})
    bring(home, station)
    run("project", "--once")
    for shown in (run("trace", "YT1").stdout, run("log", "v001").stdout):
        assert "\x1b" not in shown
        assert "[red]" in shown


def test_the_log_is_shown_for_people_and_programs(home: Path, run: Run, station: PaperStation) -> None:
    """The last entries of each chain, unreadable ones too."""
    station.fill(30)
    station.write("odd", b"\xc1")
    bring(home, station)
    lines = run("log", "v001", "--last", "5").stdout.splitlines()
    assert len(lines) == 5
    assert "unreadable" in lines[-1]
    rows = [json.loads(line) for line in run("log", "v001", "--json").stdout.splitlines()]
    assert [row["sequence"] for row in rows] == list(range(11, 31))
    assert rows[-1]["body"] is None
    run("log", "v404", code=1)


def test_verify_names_the_first_bad_entry_and_exits_1(home: Path, run: Run, station: PaperStation) -> None:
    """Good before the damage, not after it."""
    station.fill(9)
    bring(home, station)
    assert "9 条完好" in run("verify", "v001").stdout
    engine = open_database(sqlite_url(home / "county.db"))
    with writing(engine) as connection:
        connection.execute(text("UPDATE log SET body = x'80' WHERE sequence = 4"))
    engine.dispose()
    assert "entry 4" in run("verify", "v001", code=1).stdout


def test_a_bad_configuration_lists_all_mistakes_and_exits_78(home: Path, run: Run) -> None:
    """Three mistakes, three places, one run."""
    (home / "county.toml").write_text('databse = "x"\n[broker]\nport = 0\nprotocol = 4\n', encoding="utf-8")
    shown = run("serve", code=78).stderr
    assert "did you mean database" in shown
    assert "broker.port" in shown
    assert "broker.protocol" in shown


def test_a_database_that_is_gone_is_not_replaced_by_an_empty_one(home: Path, run: Run) -> None:
    """An empty one would call every station unknown."""
    for path in home.glob("county.db*"):
        path.unlink()
    assert "backup" in run("station", "list", code=1).stderr
    assert "backup" in run("serve", code=1).stderr
    assert not (home / "county.db").exists()


def test_a_new_incarnation_asks_first(run: Run) -> None:
    """It makes every station send again what it still has."""
    run("incarnation", "new", code=1)
    one = run("incarnation", "new", "--yes").stdout
    two = run("incarnation", "new", "--yes").stdout
    assert len(one.strip()) == 16
    assert one != two


def test_a_rebuild_fills_the_tables_again(home: Path, run: Run, station: PaperStation) -> None:
    """From the log alone."""
    station.receive("YT5")
    bring(home, station)
    run("project", "--once")
    assert "1 条" in run("project", "--once", "--rebuild").stderr
    run("trace", "YT5")
