"""The doctor: each thing that can be wrong with what hangs on the Pi is seen, told apart and given its repair."""

import json
import os
import subprocess
import sys
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.gpio import pins
from drivers.gpio.signal_gpio import Settings as LampsTable
from drivers.models import MODELS
from station_agent.config import Device
from station_agent.counter.vocabulary import telemetry
from station_agent.doctor import SAFE_SQLITE, look_at_sqlite
from station_agent.doctor_devices import look_at_device, look_at_lamps, look_at_port, stable_path
from station_agent.findings import Finding, State
from station_agent.holders import Holder, holders
from tests.station_agent.folder import init, opened, station, write

ONE, TWO, THREE = "28-000000000001", "28-000000000002", "28-000000000003"


@pytest.fixture
def port() -> Iterator[str]:
    """The path of a real tty nobody has open."""
    far, near = os.openpty()
    tty.setraw(near)
    path = os.ttyname(near)
    os.close(near)
    yield path
    os.close(far)


@pytest.fixture(autouse=True)
def _free_pins() -> Iterator[None]:
    """Every test starts with free pins."""
    yield
    pins.factory("mock").reset()


def device(name: str, model: str, path: Path | str, **keys: Any) -> Device:
    """A configured device."""
    return Device(name, MODELS[model], MODELS[model].settings()(path=str(path), **keys))


def looked(device: Device, faults: dict[str, list[str]] | None = None, *, agent: bool = True) -> dict[str, Finding]:
    """What is found of a device, by what stands behind its part's name; each trouble has a repair."""
    found = look_at_device(device, faults or {}, [device.name], agent=agent)
    assert all(each.repair or each.state is State.OK for each in found)
    assert len({each.part for each in found}) == len(found)
    return {each.part.removeprefix("设备 "): each for each in found}


def bus(folder: Path, *sensors: str) -> Path:
    """A 1-wire bus with these sensors on it."""
    for sensor in sensors:
        (folder / sensor).mkdir(parents=True)
    (folder / "therm_bulk_read").write_text("0\n")
    return folder / "therm_bulk_read"


# Channels of a bus


def test_a_sensor_that_is_not_on_its_bus_is_named(tmp_path: Path) -> None:
    """The bus is well, one of its sensors is gone, and one that nobody named hangs on it."""
    found = looked(device("box", "w1_bulk", bus(tmp_path / "w1", ONE, THREE), sensors=(ONE, TWO)))
    assert {name: each.state for name, each in found.items()} == {
        "box": State.OK,
        f"box.{TWO}": State.BAD,
        f"box.{THREE}": State.LOOK,
    }
    assert "sensors" in found[f"box.{TWO}"].repair
    assert f'"{THREE}"' in found[f"box.{THREE}"].repair


def test_faults_the_agent_recorded_are_told_by_channel(tmp_path: Path) -> None:
    """One sensor with bad checksums is told, the others are well; another device's faults are not its own."""
    box = device("box", "w1_bulk", bus(tmp_path / "w1", ONE, TWO), sensors=(ONE, TWO))
    faults = {f"box.{TWO}": ["bad_checksum"], "boxes": ["silent"], "box.door": ["chatter"]}
    found = {each.part: each for each in look_at_device(box, faults, ["box", "boxes", "box.door"], agent=True)}
    assert set(found) == {"设备 box", f"设备 box.{TWO}"}
    assert found[f"设备 box.{TWO}"].state is State.BAD
    assert "bad_checksum" in found[f"设备 box.{TWO}"].seen
    assert "devices test box" in found[f"设备 box.{TWO}"].repair


@pytest.mark.parametrize(("agent", "state"), [(True, State.BAD), (False, State.LOOK)])
def test_what_was_recorded_before_the_agent_ended_is_only_to_be_looked_at(port: str, agent: bool, state: State) -> None:
    """Nobody watches the device now: the fault may be gone."""
    found = look_at_device(device("gun", "scan_serial", port), {"gun": ["unplugged"]}, ["gun"], agent=agent)
    assert [each.state for each in found] == [State.OK, state]


# Ports: devices and the panel


def test_a_good_port_is_well(port: str) -> None:
    """There, ours to open, nobody has it."""
    assert look_at_port("面板 panel", port) == Finding("面板 panel", State.OK, port)


def test_a_missing_port_is_told(tmp_path: Path) -> None:
    """The panel was pulled out."""
    finding = look_at_port("面板 panel", str(tmp_path / "gone"))
    assert (finding.state, "不存在" in finding.seen, bool(finding.repair)) == (State.BAD, True, True)


def test_a_file_is_no_port(tmp_path: Path) -> None:
    """A path that is there and no tty."""
    (tmp_path / "file").touch()
    assert look_at_port("面板 panel", str(tmp_path / "file")).state is State.BAD


def test_a_port_that_another_program_has_is_told_with_its_name(port: str) -> None:
    """A terminal program left open: its command and its number, so that it can be stopped."""
    with Path(port).open("rb", buffering=0) as held:
        words = [sys.executable, "-c", "input()"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=[held.fileno()]) as terminal:
            finding = look_at_port("面板 panel", port)
            terminal.communicate(b"\n", timeout=10)
    assert finding.state is State.BAD
    assert f"pid {terminal.pid}" in finding.seen
    assert Path(sys.executable).name in finding.seen
    assert holders(port) == []


@pytest.mark.parametrize(
    ("command", "ours", "agent"),
    [
        ("/opt/yyt/bin/python /opt/yyt/bin/station run --config /etc/x", True, True),
        ("station devices watch gun", True, False),
        ("python -m station_agent.cli run", True, True),
        ("/usr/bin/screen /dev/ttyUSB0", False, False),
        ("/opt/bin/station-sim devices", False, False),
    ],
)
def test_our_own_programs_are_known(command: str, ours: bool, agent: bool) -> None:
    """The agent that has its panel open is no stranger."""
    assert (Holder(1, command).is_ours, Holder(1, command).is_agent) == (ours, agent)


@pytest.mark.parametrize(
    ("node", "link"),
    [
        ("ttyUSB0", "serial/by-path/platform-usb-0:1.2:1.0-port0"),
        ("ttyACM1", "serial/by-path/platform-usb-0:1.3:1.0"),
        ("input/event3", "input/by-path/platform-usb-0:1.4:1.0-event-kbd"),
    ],
)
def test_a_numbered_node_is_told_with_the_path_to_write(tmp_path: Path, node: str, link: str) -> None:
    """The link of the socket is found by resolving the links there are; another device's is not taken."""
    for name in (node, f"{node}0"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / link).parent.mkdir(parents=True)
    (tmp_path / f"{link}-9").symlink_to(tmp_path / f"{node}0")
    (tmp_path / Path(link).parent / "a-first-one-event-kbd").symlink_to(tmp_path / f"{node}0")
    assert stable_path(str(tmp_path / node), tmp_path) is None
    (tmp_path / link).symlink_to(tmp_path / node)
    assert stable_path(str(tmp_path / node), tmp_path) == tmp_path / link


def test_only_a_numbered_node_is_unstable(tmp_path: Path, port: str) -> None:
    """A USB number is to be looked at, with its link or a udev rule; the link itself and the Pi's own UART are well."""
    for name in ("ttyUSB0", "ttyAMA0", "serial/by-path/usb-1"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(port)
    found = look_at_port("p", str(tmp_path / "ttyUSB0"), dev=tmp_path)
    assert (found.state, found.repair) == (State.LOOK, f'改为 / write path = "{tmp_path}/serial/by-path/usb-1"')
    for name in ("ttyAMA0", "serial/by-path/usb-1"):
        assert look_at_port("p", str(tmp_path / name), dev=tmp_path).state is State.OK
    (tmp_path / "serial/by-path/usb-1").unlink()
    found = look_at_port("p", str(tmp_path / "ttyUSB0"), dev=tmp_path)
    assert (found.state, "udev" in found.repair) == (State.LOOK, True)


# Pins


def test_lamps_are_taken_and_let_go_of() -> None:
    """With free pins and no agent all is well, and afterwards the pins are free again."""
    lamps = LampsTable(factory="mock", green="GPIO5", red="GPIO6")
    for _ in range(2):
        assert look_at_lamps(lamps, agent=False) == Finding("灯 lamps", State.OK, "green GPIO5, red GPIO6")


def test_a_pin_somebody_has_is_told() -> None:
    """Of the lamps, or of a door: bad, with what to do."""
    taken = pins.OutputPin("GPIO6", "mock", active_low=False)
    taken.open()
    for finding in (
        look_at_lamps(LampsTable(factory="mock", green="GPIO5", red="GPIO6"), agent=False),
        looked(device("door", "door_gpio", "GPIO6", factory="mock"), agent=False)["door"],
    ):
        assert (finding.state, "GPIO6" in finding.seen, bool(finding.repair)) == (State.BAD, True, True)
    taken.close()
    assert looked(device("door", "door_gpio", "GPIO6", factory="mock"), agent=False)["door"].state is State.OK


def test_beside_an_agent_pins_are_left_alone() -> None:
    """It has them: only the library can be looked at, and the doctor says so."""
    taken = pins.OutputPin("GPIO5", "mock", active_low=False)
    taken.open()
    finding = look_at_lamps(LampsTable(factory="mock", green="GPIO5"), agent=True)
    taken.close()
    assert (finding.state, "station run" in finding.seen) == (State.LOOK, True)


@pytest.mark.parametrize("agent", [True, False])
def test_a_missing_library_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch, agent: bool) -> None:
    """Whether or not an agent runs."""
    monkeypatch.setitem(sys.modules, "lgpio", None)  # as Python itself marks what cannot be imported
    finding = look_at_lamps(LampsTable(green="GPIO5"), agent=agent)
    assert (finding.state, finding.repair) == (State.BAD, pins.INSTALL_HINTS["lgpio"])


# The whole command

STANZAS = """
[[device]]
name = "gun"
model = "scan_serial"
path = "{port}"
[[device]]
name = "box"
model = "w1_bulk"
path = "{bus}"
sensors = ["{one}", "{two}"]
[feedback]
panel = "{folder}/panel"
[feedback.lamps]
factory = "mock"
green = "GPIO5"
"""


@pytest.fixture
def folder(tmp_path: Path, port: str) -> Path:
    """A station that has run, with a gun, a bus that lost a sensor, a panel pulled out and lamps."""
    init(tmp_path)
    config = tmp_path / "etc" / "station.toml"
    stanzas = STANZAS.format(port=port, bus=bus(tmp_path / "w1", ONE), one=ONE, two=TWO, folder=tmp_path)
    config.write_text(config.read_text("utf-8").replace("port = 1883", "port = 1") + stanzas, "utf-8")
    with opened(tmp_path) as running:
        write(running, telemetry("device.fault", device=f"box.{ONE}", reason="bad_checksum"))
        write(running, telemetry("device.fault", device="gun", reason="silent"))
        write(running, telemetry("device.recovered", device="gun", reason="silent", count=1, seconds=1.0))
    return tmp_path


def test_everything_is_told_at_once_as_json(folder: Path) -> None:
    """Every look is an object with its part, state, what was seen and the repair; exit status 1 as something is bad."""
    result = station(folder, "doctor", "--json")
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert all(set(row) == {"part", "state", "seen", "repair"} for row in rows)
    assert all(row["repair"] for row in rows if row["state"] != "ok")
    states = {row["part"]: row["state"] for row in rows}
    assert {part: state for part, state in states.items() if part.startswith(("设备", "面板", "灯"))} == {
        "设备 gun": "ok",
        "设备 box": "ok",
        f"设备 box.{ONE}": "look",
        f"设备 box.{TWO}": "bad",
        "面板 panel": "bad",
        "灯 lamps": "ok",
    }
    assert len(states) == len(rows)


def test_devices_list_shows_the_faults_of_channels(folder: Path) -> None:
    """The same faults as the doctor's."""
    rows = [json.loads(line) for line in station(folder, "devices", "list", "--json").output.splitlines()]
    assert {row["name"]: row["faults"] for row in rows} == {"gun": [], "box": [f"{ONE}: bad_checksum"]}


def test_a_bad_configuration_is_json_too(folder: Path) -> None:
    """Whoever reads the doctor by program gets each mistake as a finding; the exit status stays 78."""
    config = folder / "etc" / "station.toml"
    config.write_text(config.read_text("utf-8") + 'red = "GPIO5"\n', "utf-8")
    result = station(folder, "doctor", "--json")
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, row["state"]) == (78, "bad")
    assert "feedback.lamps.red" in row["seen"]
    assert row["repair"]


def test_another_program_in_the_journal_is_told(folder: Path) -> None:
    """Below the safe SQLite version a second one might checkpoint: it is named; at the safe version it may look."""
    journal = folder / "data" / "journal.db"
    with journal.open("rb") as held:
        words = [sys.executable, "-c", "input()"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=[held.fileno()]) as shell:
            old, new = look_at_sqlite(journal, (3, 40, 1)), look_at_sqlite(journal, SAFE_SQLITE)
            shell.communicate(b"\n", timeout=10)
    assert (old.state, f"pid {shell.pid}" in old.seen, bool(old.repair)) == (State.BAD, True, True)
    assert new == Finding("SQLite", State.OK, "3.51.3")
    alone = look_at_sqlite(journal, (3, 51, 2))
    assert (alone.state, alone.seen.split(":")[0]) == (State.OK, "3.51.2 < 3.51.3")
