"""`county carry init`, `carry-in`, `carry-out`, against `station carry-out`, `carry-in` where both are needed."""

import json
from pathlib import Path

from sync.carry import Back
from sync.carry_file import MARK_NAME
from sync.county.settings import County
from sync.keys import OpeningKey, SigningKey
from sync.link import LinkFile
from sync.stick import Courier
from tests.sync.county.test_cli import Run, home, run
from tests.sync.memory import NOW_MS, STATION, MemoryJournal

__all__ = ["home", "run"]


def make_courier(run: Run, home: Path, folder: Path, *, known: bool = True) -> Courier:
    """A station whose journal has five entries, registered or not."""
    county = County.read(home / "county.toml")
    folder.mkdir(exist_ok=True)
    key = SigningKey.create(folder / "station.key")
    journal = MemoryJournal(key.id)
    journal.fill(5)
    if known:
        run("station", "add", STATION, key.public.hex())
    public, sealing = SigningKey.load(county.key_path).public, OpeningKey.load(county.sealing_key_path).public
    link = LinkFile(folder / "link.db", lambda: NOW_MS, writable=True)
    return Courier(STATION, key, public, sealing, journal, link, lambda: NOW_MS)


def stick_of(run: Run, folder: Path) -> Path:
    """A marked stick."""
    stick = folder / "YYT-CARRY"
    stick.mkdir()
    run("carry", "init", str(stick))
    return stick


def test_a_stick_is_marked_once(run: Run, tmp_path: Path) -> None:
    """Its id is printed; again it stays the same."""
    stick = stick_of(run, tmp_path)
    mark = (stick / MARK_NAME).read_bytes()
    assert "早已做过标记" in run("carry", "init", str(stick)).stderr
    assert (stick / MARK_NAME).read_bytes() == mark
    (stick / MARK_NAME).write_bytes(b"\x93\xa4mark\xc4\x00\xc4\x00")
    assert "办法" in run("carry", "init", str(stick), code=1).stderr


def test_a_trip_there_and_back(run: Run, home: Path, tmp_path: Path) -> None:
    """Everything arrives, with a list that the county put up; a second time nothing is new."""
    stick = stick_of(run, tmp_path)
    courier = make_courier(run, home, tmp_path / "station")
    courier.give(stick / f"{STATION}.up.yyt")
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"trips": []}), encoding="utf-8")
    run("list", "put", "manifest", str(manifest), "--station", STATION)
    assert "5 new entries" in run("carry-in", str(stick)).stderr
    assert "nothing new" in run("carry-in", str(stick)).stderr
    taken = courier.take(stick / f"{STATION}.down.yyt")
    assert taken is not None
    assert (taken.back, taken.lists) == (Back.ARRIVED, 1)
    assert [courier.link.confirmed(head.chain) for head in courier.journal.heads()] == courier.journal.heads()
    assert "good" in run("verify", STATION).stdout
    courier.link.close()


def test_lists_ride_without_an_answer_and_beside_one(run: Run, home: Path, tmp_path: Path) -> None:
    """carry-out keeps the receipts that are on the stick; a station that lacks nothing gets no file."""
    stick = stick_of(run, tmp_path)
    courier = make_courier(run, home, tmp_path / "station")
    assert "0 station(s)" in run("carry-out", str(stick)).stderr
    courier.give(stick / f"{STATION}.up.yyt")
    run("carry-in", str(stick))
    lines = tmp_path / "lines.json"
    lines.write_text(json.dumps({"lines": []}), encoding="utf-8")
    run("list", "put", "lines", str(lines))
    assert "1 station(s)" in run("carry-out", str(stick), "--station", STATION).stderr
    taken = courier.take(stick / f"{STATION}.down.yyt")
    assert taken is not None
    assert (taken.back, taken.lists) == (Back.ARRIVED, 1)
    (stick / f"{STATION}.down.yyt").write_bytes(b"half")
    assert "1 station(s)" in run("carry-out", str(stick)).stderr
    again = courier.take(stick / f"{STATION}.down.yyt")
    assert again is not None
    assert again.back is Back.LISTS_ONLY
    courier.link.close()


def test_a_bad_file_harms_no_other(run: Run, home: Path, tmp_path: Path) -> None:
    """Damaged, of nobody registered: each is told with what to do, the good one is taken, the exit code says so."""
    courier = make_courier(run, home, tmp_path / "station")
    phone = tmp_path / "phone"
    phone.mkdir()
    courier.give(phone / f"{STATION}.up.yyt")
    (phone / "a.up.yyt").write_bytes((phone / f"{STATION}.up.yyt").read_bytes()[:-5])
    (phone / ".half.up.yyt.new").write_bytes(b"half")
    result = run("carry-in", str(phone), code=1)
    assert "5 new entries" in result.stderr
    assert result.stderr.count("✗") == 1
    assert (phone / f"{STATION}.down.yyt").exists()
    assert not (phone / "a.down.yyt").exists()
    courier.link.close()


def test_a_station_nobody_registered_is_named(run: Run, home: Path, tmp_path: Path) -> None:
    """Nothing is committed and no answer is written."""
    courier = make_courier(run, home, tmp_path / "station", known=False)
    file = tmp_path / "x.up.yyt"
    courier.give(file)
    assert "station list" in run("carry-in", str(file), code=1).stderr
    assert not (tmp_path / f"{STATION}.down.yyt").exists()
    courier.link.close()


def test_a_folder_without_files_is_told(run: Run, tmp_path: Path) -> None:
    """A stick that was never at a station."""
    assert "办法" in run("carry-in", str(stick_of(run, tmp_path)), code=1).stderr
