"""`station carry-out`, `carry-in`, the look for sticks, and how the agent says what was left to be said."""

import contextlib
import re
from pathlib import Path

from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from station_agent.commands.carrying import LOOK_S, LazySticks
from station_agent.config import load
from station_agent.counter.answers import Answer
from station_agent.heeding import heed_county
from station_agent.journal.reader import JournalFile
from station_agent.link_words import LinkWords
from sync.carry import answer_trip
from sync.carry_file import MARK_NAME, Down, encode_down, encode_mark, open_up
from sync.entry import FORMAT, key_id
from sync.keys import SigningKey, verifier
from sync.link import LinkFile
from sync.receiver import Receiver
from tests.station_agent.folder import COUNTY_KEY, init, opened, station
from tests.sync.memory import NOW_MS, MemoryLog

SEALING = X25519PrivateKey.from_private_bytes(bytes(range(32)))
ID = "V042"


def set_up(folder: Path, *words: str) -> SigningKey:
    """A station with a journal, of a county whose key is known."""
    county = SigningKey.create(folder / "county.key")
    assert init(folder, "--sealing-key", SEALING.public_key().public_bytes_raw().hex(), *words).exit_code == 0
    config = folder / "etc" / "station.toml"
    config.write_text(config.read_text("utf-8").replace(COUNTY_KEY, county.public.hex()), "utf-8")
    with opened(folder):
        pass
    return county


def answered(folder: Path, county: SigningKey, place: Path) -> None:
    """The county takes the file in `place` and writes its own."""
    up = open_up((place / f"{ID}.up.yyt").read_bytes(), SEALING)
    log = MemoryLog()
    log.register(ID, SigningKey.load(folder / "data" / "station.key").public)
    receive = Receiver(log=log, sign=county.sign, verifier=verifier).receive
    answers = answer_trip(up, receive=receive, lists=lambda _station, _payload: [], now_ms=NOW_MS)
    down = Down(FORMAT, ID, key_id(county.public), up.head.trip, NOW_MS, answers.messages)
    (place / f"{ID}.down.yyt").write_bytes(encode_down(down, county.sign))


def told(result: Result, code: int = 0) -> str:
    """What was printed."""
    assert result.exit_code == code, result.output
    return result.output


def test_a_drivers_phone_carries_a_file_there_and_back(tmp_path: Path) -> None:
    """Out into any folder, in again: everything arrived, and a second time nothing changes."""
    county = set_up(tmp_path)
    phone = tmp_path / "phone"
    phone.mkdir()
    assert "sealed to the county" in told(station(tmp_path, "carry-out", str(phone)))
    answered(tmp_path, county, phone)
    assert "has arrived" in told(station(tmp_path, "carry-in", str(phone)))
    assert "nothing changed" in told(station(tmp_path, "carry-in", str(phone / f"{ID}.down.yyt")))
    status = told(station(tmp_path, "status"))
    assert re.findall(r"recorded +(\d+).*confirmed +(\d+)", status)
    assert all(here == there for here, there in re.findall(r"recorded +(\d+).*confirmed +(\d+)", status))


def test_a_foreign_stick_and_a_missing_file_are_told(tmp_path: Path) -> None:
    """Another county's mark: nothing is written; no answer there: said with what to do."""
    set_up(tmp_path)
    stick = tmp_path / "stick"
    stick.mkdir()
    other = SigningKey.create(tmp_path / "other.key")
    (stick / MARK_NAME).write_bytes(encode_mark(bytes(8), NOW_MS, county=other.public, sign=other.sign))
    assert "another county" in told(station(tmp_path, "carry-out", str(stick)), 1)
    assert len(list(stick.iterdir())) == 1
    assert "no such file" in told(station(tmp_path, "carry-in", str(stick)), 1)


def test_a_stick_is_found_where_the_configuration_says(tmp_path: Path) -> None:
    """Every two seconds a folder is looked at; nothing is loaded and nothing written before one is there."""
    county = set_up(tmp_path)
    config = tmp_path / "etc" / "station.toml"
    mounts = tmp_path / "media" / "*" / "YYT-CARRY"
    config.write_text(f'{config.read_text("utf-8")}\n[carry]\nmounts = "{mounts}"\n', "utf-8")
    settings, _ = load(config)
    key = SigningKey.load(settings.key_path)
    link = LinkFile(settings.link_path, lambda: NOW_MS, writable=True)
    with contextlib.closing(JournalFile(settings.journal_path)) as journal, contextlib.closing(link):
        sticks = LazySticks(settings, journal, link, key, print)
        sticks.look(0.0)
        stick = tmp_path / "media" / "bus" / "YYT-CARRY"
        stick.mkdir(parents=True)
        (stick / MARK_NAME).write_bytes(encode_mark(bytes(8), NOW_MS, county=county.public, sign=county.sign))
        sticks.look(LOOK_S / 2)
        assert link.words() == []
        sticks.look(LOOK_S)
        assert [phrase for _, phrase in link.words()] == ["carry.wait", "carry.take_out"]
        assert (stick / f"{ID}.up.yyt").exists()


def test_what_was_said_before_the_start_is_not_said_again() -> None:
    """The first look only learns where things stand; then each word is said once, a finished wait not at all."""
    words = LinkWords()
    assert words.fresh([(1, "carry.wait"), (2, "carry.take_out")]) is None
    assert words.fresh([(1, "carry.wait"), (2, "carry.take_out")]) is None
    answer = words.fresh([(3, "carry.wait"), (4, "carry.arrived"), (5, "carry.take_out"), (6, "of.a.newer.program")])
    assert answer is not None
    assert [answer.phrase, *(also.phrase for also in answer.also)] == ["carry.arrived", "carry.take_out"]
    wait = words.fresh([(6, "x"), (7, "carry.wait")])
    assert wait is not None
    assert wait.phrase == "carry.wait"


def test_a_file_made_anew_counts_from_its_start() -> None:
    """link.db was damaged and made again: its numbers are small, and what it says is new."""
    words = LinkWords()
    words.fresh([(40, "carry.nothing")])
    answer = words.fresh([(1, "carry.full")])
    assert answer is not None
    assert answer.phrase == "carry.full"


def test_the_agents_look_at_link_db_brings_what_is_to_be_said(tmp_path: Path) -> None:
    """What was left between two looks is one answer, said once; a look before the file is there costs nothing."""
    set_up(tmp_path)
    settings, _ = load(tmp_path / "etc" / "station.toml")
    words = LinkWords()
    with opened(tmp_path) as village:

        def look() -> Answer | None:
            return heed_county(settings.link_path, village.journal, lambda: NOW_MS, words=words)

        assert look() is None
        with contextlib.closing(LinkFile(settings.link_path, lambda: NOW_MS, writable=True)) as link:
            link.say(["carry.wait", "carry.arrived", "carry.take_out"])
        answer = look()
        assert answer is not None
        assert answer.phrase == "carry.arrived"
        assert look() is None
