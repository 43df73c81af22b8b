"""`station status` and the doctor on what came from the county: lists, sealing key, recipients by number, silence."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from station_agent.config import load
from station_agent.counter.vocabulary import custody
from station_agent.doctor import examine
from station_agent.doctor_county import SILENT_DAYS
from station_agent.findings import Finding, State
from sync.contact import Contact
from sync.contents import RevokedBadges
from sync.keys import OpeningKey
from sync.link import LinkFile
from sync.lists import SignedList
from tests.station_agent.folder import init, opened, station, write
from tests.station_agent.test_sent_down import County, ids

PHONE, DAY_MS = "13917624835", 86_400_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station that received a parcel for somebody it knows."""
    init(tmp_path)
    with opened(tmp_path) as running:
        write(running, custody("parcel.received", waybill="SF1", code="1-1-1000"))
        learned = running.contacts.learn("SF1", Contact(PHONE, "欧阳小红"), source="keyed", wall_ms=1)
        running.journal.commit([], learned or ())
    return tmp_path


def status(folder: Path) -> dict[str, Any]:
    """What `station status` says to programs."""
    found: dict[str, Any] = json.loads(station(folder, "status", "--json").output)
    return found


def finding(folder: Path, part: str) -> Finding:
    """What the doctor says of one part."""
    (found,) = (each for each in examine(*load(folder / "etc" / "station.toml")) if each.part.startswith(part))
    return found


def kept(folder: Path, days: int, content: bytes) -> None:
    """A list that came so many days ago."""
    at_ms = time.time_ns() // 1_000_000 - days * DAY_MS
    link = LinkFile(folder / "data" / "link.db", lambda: at_ms, writable=True)
    link.keep(SignedList("*", RevokedBadges.LIST, 7, content, b"signature"))
    link.close()


def without_chance(text: str, folder: Path) -> str:
    """What was said without its folder, epochs and free megabytes, whose digits are any four now and then."""
    return re.sub(r"\b[0-9a-f]{16}\b|\b[0-9]+ MB\b", "#", text.replace(str(folder), "#"))


def test_the_search_for_digits_sees_a_number_and_no_chance() -> None:
    """Whole, masked or by its end a number is still seen behind what is left out; figures of the machine are not."""
    folder, end = Path(f"/tmp/pytest-{PHONE[-4:]}"), PHONE[-4:]
    chance = f"{folder}/data 可写,剩 1{end} MB / writable, 1{end} MB free\n  8d613{end}1cb34be custody   已记"
    assert end not in without_chance(chance, folder)
    for leak in (PHONE, f"*******{end}", f"尾号 {end}", f"138****{end}MB"):
        assert end in without_chance(f"{chance}\n{leak}", folder)


def test_before_the_county_was_heard(folder: Path) -> None:
    """No list, one recipient as a number, and nobody's telephone."""
    found = status(folder)
    assert (found["lists"], found["silent_days"], found["seal_key"], found["contacts"]) == ([], None, "present", 1)
    shown = station(folder, "status").output
    assert "从未" in shown
    doctor = station(folder, "doctor").output
    said = without_chance(shown + doctor, folder)
    assert not any(clear in said for clear in (PHONE[-4:], "欧阳"))
    assert (finding(folder, "联系县里").state, finding(folder, "收件人").state) == (State.LOOK, State.OK)


@pytest.mark.parametrize(("days", "state"), [(0, State.OK), (SILENT_DAYS, State.LOOK)])
def test_a_list_is_told_with_its_version_and_age(folder: Path, days: int, state: State) -> None:
    """After a week of silence somebody should look at the network."""
    kept(folder, days, ids(17, 18))
    (held,) = status(folder)["lists"]
    assert (held["name"], held["version"], held["items"], held["trouble"]) == ("badges.revoked", 7, 2, "")
    assert status(folder)["silent_days"] == days
    assert (finding(folder, "清单").state, finding(folder, "联系县里").state) == (State.OK, state)
    assert f"{days} 天前" in station(folder, "status").output


def test_a_list_that_cannot_be_read_is_told_with_what_to_do(folder: Path) -> None:
    """Of another shape, or sealed to a key this station no longer has."""
    kept(folder, 0, b"\xc1")
    assert status(folder)["lists"][0]["trouble"]
    found = finding(folder, "清单")
    assert (found.state, bool(found.repair)) == (State.LOOK, True)
    county = County(folder / "data", OpeningKey.create(folder / "other.seal"))
    county.expect({"SF1": PHONE})
    assert "enrolment" in finding(folder, "清单 parcels.expected").repair
    assert "⚠" in station(folder, "status").output
    mine = OpeningKey.load(folder / "data" / "station.seal")
    county.expect({"SF1": PHONE}, mine)
    assert finding(folder, "清单 parcels.expected").state is State.OK


def test_a_sealing_key_that_is_gone_or_damaged_is_told(folder: Path) -> None:
    """Each with its repair, which ends at the county."""
    path = folder / "data" / "station.seal"
    path.write_text("noise")
    assert (status(folder)["seal_key"], finding(folder, "封存").state) == ("damaged", State.LOOK)
    path.unlink()
    assert (status(folder)["seal_key"], "enrolment" in finding(folder, "封存").repair) == ("missing", True)
    printed = station(folder, "enrolment")
    assert "sealing_key" not in printed.stdout
    assert "station run" in printed.stderr
