"""A driver's receipt at the county: what is found by what he shows, and which of its lines are not so."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from station_agent.counter.papers import PaperSort, serial_paper_code
from station_agent.counter.receipt import Closed, Receipts, text
from sync.county.cli import main
from sync.county.database import open_database, sqlite_url
from sync.county.project import project_once, rebuild
from sync.county.receipts import MAX_FOUND, Checked, check_shown, read_shown
from sync.county.store import CountyLog
from sync.entry import Entry, Trust
from sync.keys import SigningKey, verifier
from sync.receiver import Receiver
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation, register

STUB = serial_paper_code(PaperSort.STUB, "500237", 7)
BODY: dict[str, Any] = {
    "handover": 3,
    "driver": "7",
    "line": "L1",
    "vehicle": "渝A1",
    "bags_in": ["B1", "B2"],
    "bags_out": ["B3"],
    "stub": STUB[3:],
    "weight_g": 3250,
}


def close(station: PaperStation, kind: str = "handover.confirmed", **other: Any) -> Entry:
    """A handover is closed."""
    return station.write(kind, BODY | other, recorded_ms=NOW_MS - 60_000)


def printed(station: PaperStation, *entries: Entry) -> str:
    """The receipt the station prints after these entries, with a line for each bag."""
    receipts = Receipts()
    for entry in entries:
        header, body = entry.read_header(), entry.read_body()
        receipts.take(Closed(header.kind, body, header.recorded_ms, header.trust, entry.hash))
        for name, kind in (("bags_in", "bag.received"), ("bags_out", "bag.departed")):
            for bag in body.get(name, ()):
                received = {"bag": bag, "handover": body["handover"]}
                receipts.take(Closed(kind, received, header.recorded_ms, header.trust, bytes(32)))
    receipt = receipts.of(None)
    assert receipt is not None
    return text(receipt, f"{station.name} 龙雾村")


def checked(county: PaperCounty, words: str) -> Checked:
    """What the county says of it, behind a round of the projector."""
    while project_once(county.engine).entries:
        pass
    return check_shown(county.engine, read_shown(words))


def test_a_receipt_is_found_by_text_check_and_stub(county: PaperCounty, station: PaperStation) -> None:
    """Whole or half of the hash, the stub as a gun reads it or its digits; made anew the table says the same."""
    entry = close(station)
    close(station, handover=4, stub="", bags_in=[])
    county.take(station.batch())
    for _ in range(2):
        for words in (printed(station, entry), entry.hash.hex()[:16], entry.hash.hex().upper(), STUB, f" {STUB[3:]}\n"):
            (found,) = checked(county, words).found
            assert (found.station, found.handover, found.by, found.driver) == ("v001", 3, "confirmed", "7")
            assert (found.bags_in, found.bags_out, found.is_two_sided) == (("B1", "B2"), ("B3",), True)
            assert checked(county, words).is_good
        rebuild(county.engine)


@pytest.mark.parametrize(
    ("old", "new", "name", "truth"),
    [
        ("no. 3", "no. 4", "handover", "3"),
        ("v001", "v002", "station", "v001"),
        ("收 in 2 袋", "收 in 3 袋", "bags_in", "2"),
        ("发 out 1 袋", "发 out 0 袋", "bags_out", "1"),
        ("  B2  ", "  B9  ", "bags_in_listed", "B1 B2"),
        ("badge 7", "badge 8", "driver", "7"),
        ("line L1", "line L2", "line", "L1"),
        ("vehicle 渝A1", "vehicle 渝A2", "vehicle", "渝A1"),
        (f"stub {STUB[3:]}", "stub 1", "stub", STUB[3:]),
        ("3.250 kg", "9.250 kg", "weight", "3.250 kg"),
        ("time 2027", "time 2026", "time", "2027-01-15 15:59:00"),
        ("双方确认", "司机没确认", "confirmed", "双方确认"),
        ("by both", "by both 后来已确认", "confirmed_since", ""),
    ],
)
@pytest.mark.sqlite
def test_each_line_of_a_receipt_is_held_against_the_entry(  # noqa: PLR0917
    county: PaperCounty, station: PaperStation, old: str, new: str, name: str, truth: str
) -> None:
    """Whoever writes another word above a true check is found out, and the record's word is told."""
    words = printed(station, close(station))
    county.take(station.batch())
    assert checked(county, words).is_good
    assert words.count(old) == 1
    answer = checked(county, words.replace(old, new))
    assert (answer.wrong, answer.is_good, len(answer.found)) == ({name: truth}, False, 1)


def test_a_one_sided_handover_says_when_the_driver_confirmed_it(county: PaperCounty, station: PaperStation) -> None:
    """A receipt given before that stays good, and so is one given after."""
    entry = close(station, "handover.one_sided")
    before = printed(station, entry)
    county.take(station.batch())
    (found,) = checked(county, before).found
    assert (found.by, found.agreed_ms, found.is_two_sided) == ("one_sided", None, False)
    agreed = station.write("handover.agreed", {"handover": 3, "by": 4}, recorded_ms=NOW_MS - 1)
    county.take(station.batch(1))
    for words in (before, printed(station, entry, agreed)):
        answer = checked(county, words)
        assert (answer.is_good, answer.found[0].agreed_ms) == (True, NOW_MS - 1)


def test_a_receipt_shows_the_corrected_time(county: PaperCounty, station: PaperStation) -> None:
    """The text's time is the one the station had; what is told is the true one, also where it is known only later."""
    entry = station.write("handover.dropped", BODY, recorded_ms=9_000, trust=Trust.UNKNOWN, since_boot_ms=0)
    county.take(station.batch())
    words = printed(station, entry)
    assert checked(county, words).found[0].uncertainty_ms is None
    began_ms = NOW_MS - 600_000
    body = {"boot": 1, "began_ms": began_ms, "uncertainty_ms": 500, "from_since_boot_ms": 0}
    station.write("clock.corrected", body, recorded_ms=began_ms + 1000)
    county.take(station.batch(1))
    answer = checked(county, words)
    assert (answer.is_good, answer.found[0].at_ms, answer.found[0].uncertainty_ms) == (True, began_ms, 500)


def test_the_receipt_of_a_handover_that_was_salvaged_is_good(county: PaperCounty, station: PaperStation) -> None:
    """The driver has the hash that entry had in the broken journal; a bag that left with it is a trip all the same."""
    old = close(station)
    station.epoch = bytes(8)
    station.write("entry.salvaged", {"header": old.header, "body": old.body, "hash": old.hash, "proved": True})
    county.take(station.batch())
    answer = checked(county, printed(station, old))
    assert (answer.is_good, answer.found[0].at_ms) == (True, NOW_MS - 60_000)


def test_what_there_is_no_receipt_of(county: PaperCounty, station: PaperStation) -> None:
    """A hash nobody has, one too short to mean anything, a stub not scanned, noise: nothing is found."""
    entry = close(station)
    county.take(station.batch())
    for words in ("0" * 16, entry.hash.hex()[:15], "YYT0001", "核对码 check", "", "x" * 10_000):
        assert checked(county, words) == Checked((), {})
    elsewhere = printed(PaperStation(station.key, "v999"), close(PaperStation(station.key, "v999")))
    assert checked(county, elsewhere) == Checked((), {}, "v999", is_ours=False)
    late = printed(station, close(station, handover=5))
    answer = checked(county, late)
    assert (answer.found, answer.station, answer.is_ours) == ((), "v001", True)
    assert answer.heard_ms == NOW_MS - 61_000


def test_a_stub_used_again_and_again_shows_no_more_than_a_screenful(county: PaperCounty, station: PaperStation) -> None:
    """Every handover it was scanned in, the oldest first."""
    for number in range(1, MAX_FOUND + 3):
        close(station, handover=number)
    county.take(station.batch())
    assert [found.handover for found in checked(county, STUB).found] == list(range(1, MAX_FOUND + 1))


def test_an_entry_of_a_handover_that_makes_no_sense_stops_nothing(county: PaperCounty, station: PaperStation) -> None:
    """It stays in the log and is counted."""
    for wrong in ({"handover": "x"}, {"stub": 7}, {"stub": "袋"}, {"bags_in": "B1"}, {"bags_out": [7]}, {"at_ms": -1}):
        close(station, **wrong)
    entry, unweighed = close(station), close(station, weight_g="heavy")
    county.take(station.batch())
    assert project_once(county.engine).unreadable == 6
    assert checked(county, printed(station, entry)).is_good
    assert checked(county, unweighed.hash.hex()).found[0].weight_g is None


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A county, with nobody registered."""
    result = CliRunner().invoke(main, ["init", str(tmp_path / "county"), "--port", "1"])
    assert result.exit_code == 0, result.output
    return tmp_path / "county"


def run(home: Path, *words: str, given: str | None = None) -> Result:
    """`county receipt`."""
    return CliRunner().invoke(main, ["--config", str(home / "county.toml"), "receipt", *words], input=given)


def test_a_receipt_at_the_command_line(home: Path, tmp_path: Path) -> None:
    """From an argument or stdin; the exit status says whether it is so, and what is wrong is said with what to do."""
    station = PaperStation(SigningKey.create(tmp_path / "station.key"))
    engine, key = open_database(sqlite_url(home / "county.db")), SigningKey.load(home / "county.key")
    register(engine, station)
    words = printed(station, close(station))
    log = CountyLog(engine, clock_ms=lambda: NOW_MS)
    PaperCounty(engine, key, log, Receiver(log=log, sign=key.sign, verifier=verifier)).take(station.batch())
    early = run(home, words)
    assert (early.exit_code, "county project" in early.stderr, "v001" in early.stderr) == (1, True, True)
    project_once(engine)
    engine.dispose()
    for result in (run(home, words), run(home, given=words), run(home, STUB)):
        assert result.exit_code == 0, result.output
        assert "v001 交接 handover 3  双方确认 confirmed by both" in result.stdout
        assert "收 in 2 袋 bags B1 B2" in result.stdout
    document = json.loads(run(home, words, "--json").stdout)
    assert (document["good"], document["wrong"]) == (True, {})
    assert document["found"][0]["bags_out"] == ["B3"]
    assert document["found"][0]["two_sided"] is True
    forged = run(home, words.replace("badge 7", "badge 8"))
    assert (forged.exit_code, "! driver: 记录是 the record says 7" in forged.stdout) == (1, True)
    assert "differs" in forged.stderr
    for wrong, hint in (
        ("0" * 16, "county station list"),
        ("hello", "16"),
        (words.replace("check ", "check 0"), "v001"),
    ):
        result = run(home, wrong)
        assert (result.exit_code, result.stdout, hint in result.stderr) == (1, "", True), result.output
    assert json.loads(run(home, "0" * 16, "--json").stdout)["good"] is False
