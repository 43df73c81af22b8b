"""`county list` and `county badge`: what they print where, what they refuse, and that nothing is lost by a mistake."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from sync.badge import Badge, read_badge
from sync.keys import SigningKey, verifier
from tests.sync.county.test_cli import Run, home, run

__all__ = ["home", "run"]

LINES = {
    "lines": [
        {
            "line": "L1",
            "zh": "大昌—槐花村",
            "kind": "bus",
            "trips": [{"trip": "a", "way": "down", "stops": [{"station": "v001", "minute": 480}]}],
        }
    ]
}


def put(run: Run, directory: Path, found: object, *options: str, name: str = "lines", code: int = 0) -> Result:
    """Put up a list from a file."""
    file = directory / "list.json"
    file.write_text(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return run("list", "put", name, str(file), *options, code=code)


def test_a_list_is_put_up_shown_and_withdrawn(tmp_path: Path, run: Run) -> None:
    """Shown as it was written, with who put it up; withdrawn it says nothing any more."""
    assert "所有站点" in put(run, tmp_path, LINES, "--by", "王芳").stderr
    assert json.loads(run("list", "show", "lines").stdout) == LINES
    assert "王芳" in run("list", "show").stdout
    (listed,) = json.loads(run("list", "show", "--json").stdout)
    assert (listed["scope"], listed["name"], listed["holders"]) == ("*", "lines", 0)
    assert "已撤下" in run("list", "withdraw", "lines").stderr
    assert run("list", "show", "lines").stdout.strip() == "null"
    assert "taken down" in run("list", "show").stdout


def test_a_list_for_a_station_needs_that_station(tmp_path: Path, run: Run) -> None:
    """An unknown one is refused; a known one has a list of its own."""
    assert "station list" in put(run, tmp_path, {"trips": []}, "--station", "v001", name="manifest", code=1).stderr
    run("station", "add", "v001", SigningKey.create(tmp_path / "s.key").public.hex())
    put(run, tmp_path, {"trips": []}, "--station", "v001", name="manifest")
    assert json.loads(run("list", "show", "manifest", "--station", "v001").stdout) == {"trips": []}
    assert "no list" in run("list", "show", "manifest", code=1).stderr
    assert "no list" in run("list", "withdraw", "manifest", code=1).stderr


def test_all_mistakes_of_a_list_are_told_and_the_present_one_stays(tmp_path: Path, run: Run) -> None:
    """A wrong word, a number out of bounds, a key nobody knows: three places, one run."""
    put(run, tmp_path, LINES)
    stop = {"station": "v001", "minute": 1440}
    trip = {"trip": "a", "way": "down", "stops": [stop], "vehicel": "x"}
    wrong = {"lines": [LINES["lines"][0] | {"kind": "train", "trips": [trip]}]}
    shown = put(run, tmp_path, wrong, code=1).stderr
    for place in ("lines.1.kind", "lines.1.trips.1.stops.1.minute", "lines.1.trips.1.vehicel", "bus | freight"):
        assert place in shown
    assert json.loads(run("list", "show", "lines").stdout) == LINES


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00", '{"lines": ' + "[" * 100_000])
def test_what_is_no_list_is_refused_with_a_hint(tmp_path: Path, run: Run, text: str) -> None:
    """One message, no traceback."""
    assert "办法 / do" in put(run, tmp_path, text, code=1).stderr


def test_unknown_names_and_files_and_the_revoked_are_refused(tmp_path: Path, run: Run) -> None:
    """Revoked badges have a command of their own, so that nobody forgets one."""
    assert "lines" in run("list", "put", "lnes", "x.json", code=2).stderr
    assert "办法 / do" in run("list", "put", "lines", str(tmp_path / "nowhere.json"), code=1).stderr
    assert "badge revoke" in put(run, tmp_path, {"ids": []}, name="badges.revoked", code=1).stderr


def read(home: Path, text: str) -> Badge:
    """A badge as a station reads it."""
    return read_badge(text.strip(), verifier(SigningKey.load(home / "county.key").public))


def test_a_badge_is_made_drawn_listed_and_revoked(tmp_path: Path, home: Path, run: Run) -> None:
    """Its text alone on stdout; whoever holds it is in the county's list and not in the badge."""
    picture = tmp_path / "badge.png"
    words = "badge make --role driver --line L1 --id 17 --days 365 --from 2027-01-01 --holder 李师傅 --by 王芳"
    made = run(*words.split(), "--out", str(picture))
    badge = read(home, made.stdout)
    assert (badge.id, badge.role.name, badge.place, badge.last_day - badge.first_day) == (17, "DRIVER", "L1", 364)
    assert "2027-01-01 … 2027-12-31" in made.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "李师傅" in run("badge", "list").stdout
    run("badge", "revoke", "17", "--by", "赵云")
    (listed,) = json.loads(run("badge", "list", "--json").stdout)
    assert (listed["id"], listed["made_by"], listed["revoked_by"]) == (17, "王芳", "赵云")
    assert json.loads(run("list", "show", "badges.revoked").stdout) == {"ids": [17]}
    assert "早已吊销" in run("badge", "revoke", "17").stderr


def test_whose_badge_it_was_is_forgotten_in_time(run: Run) -> None:
    """Once it has ended for so many days, and on record; the number stays, since duties and handovers name it."""
    for number, first in (("1", ("--from", "2020-01-01")), ("2", ())):
        words = ("--role", "attendant", "--station", "v001", "--days", "30", "--id", number)
        run("badge", "make", *words, *first, "--holder", f"张{number}", "--by", "王芳")
    assert "已删除 1 个" in run("badge", "forget", "--older-than", "1095", "--by", "王芳").stderr
    known = {each["id"]: each["holder"] for each in json.loads(run("badge", "list", "--json").stdout)}
    assert known == {1: "", 2: "张2"}
    assert "没有到期" in run("badge", "forget").stderr


def test_a_picture_of_a_badge_reads_as_its_text(tmp_path: Path, run: Run) -> None:
    """By the decoder the stations use."""
    zxingcpp = pytest.importorskip("zxingcpp")
    cv2 = pytest.importorskip("cv2")
    made = run(
        "badge", "make", "--role", "attendant", "--station", "v001", "--temporary", "--out", str(tmp_path / "b.png")
    )
    (found,) = zxingcpp.read_barcodes(cv2.imread(str(tmp_path / "b.png")))
    assert found.text == made.stdout.strip()


def test_a_temporary_badge_is_for_a_day_and_has_a_pin(home: Path, run: Run) -> None:
    """The PIN goes to the terminal, not with the badge."""
    made = run("badge", "make", "--role", "driver", "--line", "L1", "--temporary")
    badge = read(home, made.stdout)
    pin = made.stderr.split("PIN ")[1][:6]
    assert badge.first_day == badge.last_day
    assert badge.opens_with(pin)
    assert not badge.opens_with(f"{(int(pin) + 1) % 10**6:06d}")
    assert pin not in made.stdout


def test_what_no_badge_can_be_is_refused_with_a_hint(tmp_path: Path, run: Run) -> None:
    """And leaves no record behind."""
    make = ("badge", "make", "--role", "driver")
    assert "--station" in run(*make, code=1).stderr
    assert "--station" in run(*make, "--line", "L1", "--station", "v001", code=1).stderr
    assert "办法 / do" in run(*make, "--line", "一号线", code=1).stderr
    assert "办法 / do" in run(*make, "--line", "L1", "--id", "0", code=1).stderr
    assert ".png" in run(*make, "--line", "L1", "--out", str(tmp_path / "b.txt"), code=1).stderr
    assert json.loads(run("badge", "list", "--json").stdout) == []
    assert "办法 / do" in run("badge", "revoke", "9", code=1).stderr


def test_a_picture_that_cannot_be_written_leaves_the_text(tmp_path: Path, home: Path, run: Run) -> None:
    """The badge is on record, and its text was printed before."""
    made = run("badge", "make", "--role", "courier", "--line", "L1", "--out", str(tmp_path / "no" / "b.png"), code=1)
    assert read(home, made.stdout).id == 1
    assert "above" in made.stderr
