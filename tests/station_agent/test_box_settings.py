"""[[box]] in station.toml, and what a start and a rebuild make of it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from drivers.readings import Scan, Temperature
from station_agent.cli import main
from station_agent.coldwork import ColdWork
from station_agent.config import Settings, load
from station_agent.counter.chilled import WATCH_TABLE
from station_agent.counter.decision import Moment
from station_agent.journal.reader import JournalFile
from station_agent.station import Station, open_station, replay
from sync.entry import Lane
from sync.settings import BadSettings
from tests.station_agent.counter.desk import PARCEL
from tests.station_agent.folder import init, station
from tests.station_agent.test_config import GOOD, faults, write

DEVICES = """
[[device]]
name = "t1"
model = "w1_slave"
path = "/sys/bus/w1/devices/28-1/w1_slave"
every_s = 30
[[device]]
name = "bus"
model = "w1_bulk"
path = "/sys/bus/w1/devices/w1_bus_master1/therm_bulk_read"
sensors = ["28-0000000000a1", "28-0000000000a2"]
[[device]]
name = "lid"
model = "door_gpio"
path = "GPIO17"
"""


def box(name: str = "1", profile: str = "plum_express", thermometer: str = "t1", **keys: str) -> str:
    """A stanza."""
    fields = {"name": name, "profile": profile, "thermometer": thermometer, **keys}
    return "[[box]]\n" + "".join(f'{key} = "{value}"\n' for key, value in fields.items())


def test_a_box_takes_its_thermometers_interval(tmp_path: Path) -> None:
    """What is not said follows from the device; what is said stands."""
    text = GOOD + DEVICES + box(door="lid") + box("a", "medicine", "bus", channel="28-0000000000a2")
    settings, _ = load(write(tmp_path, text + "interval_s = 120\n"))
    assert [(b.name, b.door, b.interval_s) for b in settings.box] == [("1", "lid", 30.0), ("a", None, 120.0)]


def test_every_mistake_of_every_box_is_reported_at_once(tmp_path: Path) -> None:
    """Unknown profile, device, role, channel, door; two of a name; one sensor twice; each with its repair."""
    text = (
        GOOD
        + DEVICES
        + box(profile="plum_expres", door="t1")
        + box("1", "vaccine", "t2")
        + box("3", thermometer="bus")
        + box("4", thermometer="bus", channel="28-9")
        + box("5", thermometer="t1")
        + box("6", thermometer="lid", channel="x")
        + "interval_s = 5\n"
        + box("100", thermometer="t1")
        + "intervall_s = 5\n"
    )
    found = faults(tmp_path, text.replace('name = "100"', 'name = "7"').replace("intervall_s = 5\n", ""))
    assert set(found) == {
        *("box.1.profile", "box.1.door", "box.2.name", "box.2.profile", "box.2.thermometer", "box.3.channel"),
        *("box.4.channel", "box.5.thermometer", "box.6.thermometer", "box.7.thermometer", "box.6.interval_s"),
    }
    assert "plum_express" in found["box.1.profile"]
    assert {"box.7.name", "box.7.intervall_s", "box.1.profile", "box.5.thermometer"} <= set(faults(tmp_path, text))


def test_a_device_with_a_mistake_of_its_own_is_not_called_unknown(tmp_path: Path) -> None:
    """Its stanza is named, and the box that uses it is not."""
    assert set(faults(tmp_path, GOOD + DEVICES.replace("every_s", "every") + box())) == {"device.1.every"}


def test_a_bad_file_of_profiles_is_reported_with_the_rest(tmp_path: Path) -> None:
    """By its own name, whatever else is wrong."""
    profiles = tmp_path / "profiles.toml"
    profiles.write_text('version = "1"\nprofile = []\n', encoding="utf-8")
    text = GOOD + f'[boxes]\nprofiles = "{profiles}"\n' + DEVICES + box(thermometer="t9")
    with pytest.raises(BadSettings) as caught:
        load(write(tmp_path, text))
    assert {(Path(fault.file).name, fault.key) for fault in caught.value.faults} == {
        *(("profiles.toml", "profile"), ("station.toml", "box.1.thermometer")),
    }


@contextlib.contextmanager
def chilled(tmp_path: Path, *, anew: bool = True) -> Iterator[tuple[Settings, Station]]:
    """A station with one box, opened as `station run` opens it."""
    if anew:
        init(tmp_path)
        with (tmp_path / "etc" / "station.toml").open("a", encoding="utf-8") as file:
            file.write(DEVICES + box())
    settings, _ = load(tmp_path / "etc" / "station.toml")
    with open_station(settings) as opened:
        yield settings, opened


def scan(opened: Station, code: str) -> None:
    """A scan, written and settled as the agent does it."""
    stamp = opened.clock.stamp()
    decision = opened.counter.scan(Scan(code, code.encode(), 0.0), Moment("gun", 1000.0, stamp.wall_ms))
    work = ColdWork(opened.cold)
    waiting, rows = work.unsaved
    places = opened.journal.commit([*waiting, *decision.records], (*rows, *decision.changes), stamp)
    work.saved()
    own = [where.sequence for where in places[len(waiting) :] if where.lane is Lane.CUSTODY]
    opened.counter.settle(decision, own, 1000.0)


def test_a_rebuild_makes_the_rows_of_the_boxes_too(tmp_path: Path) -> None:
    """From both lanes in their mutual order: what lies where, and how each box stands; the command compares them."""
    with chilled(tmp_path) as (settings, opened):
        for code in (PARCEL, "YYCBOX", "YYCBX1", PARCEL):
            scan(opened, code)
        assert opened.cold is not None
        for minute in range(90):
            opened.cold.reading("t1", Temperature(3000 if minute < 20 else 12_000, b"", 0.0), 2000.0 + minute * 60)
            if minute in (30, 60):
                scan(opened, "YYCTAKE")
        opened.cold.finish(2000.0 + 5400)
        scan(opened, PARCEL)
        journal = JournalFile(settings.journal_path)
        rebuilt = replay(settings)
        assert rebuilt[WATCH_TABLE] == sorted(journal.rows(WATCH_TABLE)) != []
        assert rebuilt["cold_content"] == sorted(journal.rows("cold_content"))
    result = station(tmp_path, "journal", "rebuild")
    assert (result.exit_code, f"✓ {WATCH_TABLE}: 1" in result.output) == (0, True)


def test_a_start_goes_on_and_a_row_nobody_can_read_is_made_again(tmp_path: Path) -> None:
    """The parcel lies where it lay; noise in the box's row is replaced from the entries."""
    with chilled(tmp_path) as (_, opened):
        for code in (PARCEL, "YYCBOX", "YYCBX1", PARCEL):
            scan(opened, code)
        assert opened.cold is not None
        state = opened.cold.watches["1"].state.packed()
        opened.connection.execute("UPDATE cold_box SET state = x'c1'")
    with chilled(tmp_path, anew=False) as (_, opened):
        assert opened.cold is not None
        assert [content.waybill for content in opened.cold.contents.inside("1")] == [PARCEL]
        assert opened.cold.watches["1"].state.packed()["loading_ms"] == state["loading_ms"]
        assert opened.counter.greeting.zh.endswith("冷箱;上次存好的是;已放 1 号箱")


def test_the_mistakes_are_said_by_every_command(tmp_path: Path) -> None:
    """Exit code 78, Chinese first."""
    result = CliRunner().invoke(main, ["run", "--config", str(write(tmp_path, GOOD + DEVICES + box(profile="ice")))])
    assert (result.exit_code, "box.1.profile" in result.output) == (78, True)
