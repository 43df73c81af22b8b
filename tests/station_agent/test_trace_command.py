"""`station trace`: one parcel's life with its temperatures, read beside the agent, nothing personal in it."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from drivers.outages import Opened
from drivers.readings import Door, Temperature
from station_agent.coldchain.boxes import Box
from station_agent.coldchain.profiles import load_profiles
from station_agent.counter.calibration import CalibrationNote
from sync.entry import Trust
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL
from tests.station_agent.day import START_S, Day
from tests.station_agent.folder import init, station

PROFILES = load_profiles()
PLUMS = Box("1", PROFILES["plum_express"], "t1", door="lid")
MEDICINE = Box("2", PROFILES["medicine"], "t2")


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A day at a station that was set up; its journal lies where the command looks."""
    init(tmp_path)
    made = Day(tmp_path / "data")
    made.chill(PLUMS, MEDICINE)
    for name in ("t1", "t2"):
        made.device(name, "w1_slave", Opened(name))
    made.device("lid", "door_gpio", Opened("lid"))
    yield made
    made.close()


def measure(day: Day, device: str, first: int, values_mc: list[int]) -> None:
    """A reading a minute."""
    for minute, temperature_mc in enumerate(values_mc, start=first):
        day.read(minute * 60, device, Temperature(temperature_mc, b"", START_S + minute * 60))


def traced(tmp_path: Path, *words: str) -> dict[str, Any]:
    """What the command says to a program."""
    result = station(tmp_path, "trace", *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


def warm_morning(day: Day) -> None:
    """Plums go in, the lid stands open, an hour too warm, back again; one parcel is fetched, the other stays."""
    for second, code in enumerate((PARCEL, OTHER, "YYCBOX", "YYCBX1", PARCEL, OTHER), start=1):
        day.scan(second, code)
    measure(day, "t1", 1, [3000] * 19 + [7000, 9000, 11_000] + [12_000] * 62 + [8000, 4000] + [3000] * 24)
    day.read(19 * 60 + 30, "lid", Door(True, b"", START_S + 19 * 60 + 30))
    day.read(24 * 60, "lid", Door(False, b"", START_S + 24 * 60))
    day.scan(110 * 60 + 1, "YYCOUT")
    day.scan(110 * 60 + 2, PARCEL)
    day.run(112 * 60)


def test_a_life_is_told_in_the_order_it_happened(day: Day, tmp_path: Path) -> None:
    """Received, boxed, through an alarm, taken, handed out; each line with its time, its trust, and what it says."""
    warm_morning(day)
    result = station(tmp_path, "trace", PARCEL)
    assert result.exit_code == 0
    kinds = [entry["kind"] for entry in traced(tmp_path, PARCEL)["entries"]]
    assert kinds[:2] == ["parcel.received", "box.put"]
    assert kinds[-2:] == ["box.taken", "parcel.collected"]
    assert "excursion.alarm" in kinds
    lines = result.output.splitlines()
    assert lines[0] == PARCEL
    assert lines[1].startswith(
        "  2023-11-15 06:30:01 (钟未校 clock kept)  入库 / received  取件码 pick-up code 1-1-1000"
    )
    assert any("温度报警 / ALARM" in each for each in lines)


def test_a_pick_up_code_and_a_bag_are_traced_too(day: Day, tmp_path: Path) -> None:
    """A code means the parcel that had it last; a bag's own entries are its life."""
    for second, code in enumerate((PARCEL, BAG, "YYCOUT", PARCEL, "YYCIN", OTHER), start=1):
        day.scan(second, code)
    day.run(60)
    assert traced(tmp_path, "1-1-1000")["code"] == PARCEL
    assert traced(tmp_path, "1-1-1001")["code"] == OTHER
    assert [entry["kind"] for entry in traced(tmp_path, BAG)["entries"]] == ["bag.received"]


def test_figures_are_those_of_the_time_it_lay_there(day: Day, tmp_path: Path) -> None:
    """Readings before it was put in do not count; fruit gets no mean kinetic temperature."""
    measure(day, "t1", 1, [30_000] * 5 + [3000] * 10)
    for second, code in enumerate((PARCEL, "YYCBOX", "YYCBX1", PARCEL), start=5 * 60 + 1):
        day.scan(second, code)
    day.scan(15 * 60 + 1, "YYCTAKE")
    day.scan(15 * 60 + 2, PARCEL)
    day.run(20 * 60)
    (stay,) = traced(tmp_path, PARCEL)["boxes"]
    assert not stay["inside"]
    assert stay["figures"]["values"] == 10
    assert (stay["figures"]["minimum_c"], stay["figures"]["maximum_c"]) == (3.0, 3.0)
    assert stay["figures"]["degree_minutes"] == 0
    assert stay["figures"]["coverage_percent"] == pytest.approx(90.5, abs=0.5)
    assert "mkt_c" not in stay["figures"]


def test_what_was_certified_is_added_from_its_entry_on(day: Day, tmp_path: Path) -> None:
    """As the box was judged: five readings before the certificate was entered as they came, five after it corrected."""
    note = CalibrationNote("t1", -300, "C-7", "Li", date(2023, 1, 1), date(2024, 1, 1))
    for second, code in enumerate((PARCEL, "YYCBOX", "YYCBX1", PARCEL), start=1):
        day.scan(second, code)
    measure(day, "t1", 1, [3000] * 10)
    day.at(5 * 60 + 30, lambda: day.journal.commit([note.record("0" * 16)]))
    day.run(11 * 60)
    (stay,) = traced(tmp_path, PARCEL)["boxes"]
    assert (stay["figures"]["minimum_c"], stay["figures"]["maximum_c"]) == (2.7, 3.0)
    assert stay["figures"]["mean_c"] == 2.85


def test_medicine_has_its_mean_kinetic_temperature(day: Day, tmp_path: Path) -> None:
    """It must be declared to lie there; a constant 5 °C has 5 °C."""
    day.scan(1, PARCEL)
    for second, code in enumerate(("YYCBOX", "YYCBX2", "YYCPXMEDICINE", PARCEL), start=2):
        day.scan(second, code)
    measure(day, "t2", 1, [5000] * 10)
    day.run(11 * 60)
    (stay,) = traced(tmp_path, PARCEL)["boxes"]
    assert stay["figures"]["mkt_c"] == 5.0
    assert stay["inside"]
    assert "MKT 5 °C" in station(tmp_path, "trace", PARCEL).output


def test_the_picture_shows_alarm_door_and_limits(day: Day, tmp_path: Path) -> None:
    """One well-formed SVG a stay, with what happened drawn in; the command says where it lies."""
    warm_morning(day)
    path = tmp_path / "warm.svg"
    result = station(tmp_path, "trace", PARCEL, "--svg", str(path))
    assert str(path) in result.output
    words = [element.text or "" for element in ElementTree.fromstring(path.read_text("utf-8")).iter()]
    assert "报警 1" in words
    assert f"{PARCEL} · 1 号箱 · 脆李寄递(1–3天)" in words
    assert sum('fill="#7a4a00"' in each for each in path.read_text("utf-8").splitlines()) == 1


def test_a_picture_that_cannot_be_written_is_told(day: Day, tmp_path: Path) -> None:
    """With what to do, and no traceback."""
    warm_morning(day)
    result = station(tmp_path, "trace", PARCEL, "--svg", str(tmp_path / "nowhere" / "x.svg"))
    assert result.exit_code == 1
    assert "choose a folder" in result.output


def test_a_clock_set_in_mid_stay_moves_no_sample(day: Day, tmp_path: Path) -> None:
    """Put in by a clock that was hours slow, measured by one that was set: all of it goes by the better clock."""

    def set_the_clock() -> None:
        day.trust, day.lag_ms = Trust.SYNCHRONISED, -3_600_000

    day.trust, day.lag_ms = Trust.UNKNOWN, 7_200_000
    for second, code in enumerate((PARCEL, "YYCBOX", "YYCBX1", PARCEL), start=1):
        day.scan(second, code)
    day.at(5 * 60 + 30, set_the_clock)
    measure(day, "t1", 1, [3000] * 10)
    day.run(11 * 60)
    found = traced(tmp_path, PARCEL)
    assert [entry["trust"] for entry in found["entries"]] == ["unknown", "unknown"]
    assert found["boxes"][0]["figures"]["values"] == 10
    assert found["boxes"][0]["end_ms"] - found["boxes"][0]["start_ms"] < 12 * 60_000
    assert found["boxes"][0]["start_ms"] - found["entries"][1]["recorded_ms"] == 10_800_000


def test_an_act_that_was_taken_back_is_told_as_such(day: Day, tmp_path: Path) -> None:
    """It stays in the record, marked, with the entry that took it back, and is no stay in a box."""
    for second, code in enumerate((PARCEL, "YYCBOX", "YYCBX1", PARCEL, "YYCUNDO"), start=1):
        day.scan(second, code)
    day.run(60)
    found = traced(tmp_path, PARCEL)
    assert [(entry["kind"], entry["undone"]) for entry in found["entries"]] == [
        *(("parcel.received", False), ("box.put", True), ("act.undone", False)),
    ]
    assert found["boxes"] == []


def test_what_nobody_recorded_ends_with_1(day: Day, tmp_path: Path) -> None:
    """Said in words; so is a station whose journal was never begun."""
    day.run(1)
    result = station(tmp_path, "trace", "YT0000000000000")
    assert (result.exit_code, "nothing is recorded" in result.output) == (1, True)
