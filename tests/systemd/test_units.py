"""The units: closed as far as they can be, open for every device a configuration can name, and true of the program."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from drivers.models import MODELS
from station_agent.cli import main as station
from station_agent.config import DEFAULT_PATH, StationTable
from sync.county.cli import main as county
from sync.service import BEAT_S
from sync.settings import EXIT_BAD_SETTINGS

SYSTEMD = Path(__file__).parents[2] / "systemd"
DROP_INS = sorted((SYSTEMD / "drop-ins").glob("*.conf"))
WORKERS = ("county-ingest@", "county-project@")
"""Templates: the county in several processes, on PostgreSQL."""
UNITS = ("station-run", "station-sync", "county", *WORKERS)
MOST = {"station-run": 5, "station-sync": 12, "county": 12, "county-ingest@": 12, "county-project@": 12}
"""Exposure in tenths, as `systemd-analyze security` counts it: 0.5 without network, 1.2 with. Reached, by systemd 252:
0.4 (with every drop-in too), 1.1 and 1.1 for each of the county's."""
OPENS = {
    "serial": {"char-ttyUSB", "char-ttyACM", "char-ttyAMA", "char-ttyS"},
    "hidraw": {"char-hidraw"},
    "evdev": {"char-input"},
    "gpio": {"char-gpiochip"},
    "sysfs": set(),
    "picture": {"char-video4linux", "char-media", "char-dma_heap"},
}
"""Which device files each transport opens; sysfs and a folder of pictures are files."""

needs_analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")


def values(text: str, key: str) -> list[str]:
    """Every value of a key, in the order given."""
    return re.findall(rf"^{re.escape(key)}=(.*)$", text, re.MULTILINE)


def unit(name: str) -> str:
    """The text of a unit."""
    return (SYSTEMD / f"{name}.service").read_text(encoding="utf-8")


def laid_out(folder: Path, name: str, drop_ins: list[Path]) -> Path:
    """A unit and its drop-ins as they are installed, with a program that exists in place of ours."""
    path = folder / f"{name}{'1' if name.endswith('@') else ''}.service"
    path.write_text(re.sub(r"^(ExecStart=)\S+", rf"\1{sys.executable}", unit(name), flags=re.MULTILINE), "utf-8")
    for drop_in in drop_ins:
        (folder / f"{path.name}.d").mkdir(exist_ok=True)
        shutil.copy(drop_in, folder / f"{path.name}.d")
    return path


@needs_analyze
@pytest.mark.parametrize(
    ("name", "drop_ins"),
    [*((name, []) for name in UNITS), ("station-run", DROP_INS)],
    ids=[*UNITS, "station-run with every drop-in"],
)
def test_a_unit_is_closed(tmp_path: Path, name: str, drop_ins: list[Path]) -> None:
    """systemd's own count of what it leaves open stays below the mark, whatever a station has plugged in."""
    path = laid_out(tmp_path, name, drop_ins)
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={MOST[name]}", str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


@needs_analyze
@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_understood(tmp_path: Path, name: str) -> None:
    """No key is unknown and no value is none, in the unit and its drop-ins."""
    path = laid_out(tmp_path, name, DROP_INS if name == "station-run" else [])
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in found.stderr.splitlines() if str(tmp_path) in line or path.name in line] == []


@pytest.mark.parametrize("transport", sorted({model.transport for model in MODELS.values()}))
def test_a_station_may_open_what_it_can_be_told_to(transport: str) -> None:
    """Every device file of every transport in MODELS is allowed, by the unit or by one of its drop-ins."""
    text = "\n".join([unit("station-run"), *(path.read_text(encoding="utf-8") for path in DROP_INS)])
    assert OPENS[transport] <= {allowed.removesuffix(" rw") for allowed in values(text, "DeviceAllow")}


def test_the_network_is_kept_from_the_devices() -> None:
    """No drop-in gives `station run` a network, and the others open no device."""
    for path in [SYSTEMD / "station-run.service", *DROP_INS]:
        text = path.read_text(encoding="utf-8")
        assert "no" not in values(text, "PrivateNetwork"), path
        assert not any("INET" in families for families in values(text, "RestrictAddressFamilies")), path
    for name in ("station-sync", "county", *WORKERS):
        assert values(unit(name), "PrivateDevices") == ["yes"]
        assert values(unit(name), "DeviceAllow") == []


def test_the_pages_of_proc_that_are_read_are_there() -> None:
    """The boot's name and the board's serial number stand in /proc outside of processes; gpiozero asks there too."""
    assert "ProcSubset" not in unit("station-run")


@pytest.mark.parametrize("name", UNITS)
def test_the_program_takes_the_words_of_its_unit(name: str) -> None:
    """Every option of ExecStart is one the command has."""
    (start,) = values(unit(name), "ExecStart")
    program, *words = start.split()
    assert program.startswith("/opt/youyuntong/bin/")
    asked = CliRunner().invoke(county if program.endswith("county") else station, [*words, "--help"])
    assert asked.exit_code == 0, asked.output


def test_paths_and_figures_are_the_programs() -> None:
    """The configuration's place, the state's folder, the exit status nobody should retry, the watchdog's patience."""
    for name in UNITS:
        assert values(unit(name), "RestartPreventExitStatus") == [str(EXIT_BAD_SETTINGS)]
        patience_s, rest_s = (float(values(unit(name), key)[0]) for key in ("WatchdogSec", "RestartSec"))
        assert patience_s >= 4 * BEAT_S
        assert patience_s + rest_s < 60  # a hung one works again within a minute, its start in
    for name in ("station-run", "station-sync"):
        assert str(DEFAULT_PATH) in values(unit(name), "ExecStart")[0]
        (folder,) = values(unit(name), "StateDirectory")
        assert f"/var/lib/{folder}" == StationTable(id="x").data


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_the_county_in_one_of_several_processes(name: str) -> None:
    """As closed as the whole county, of the same user and folder; never beside it; told apart by its number."""
    lines, whole = unit(name).splitlines(), unit("county").splitlines()
    own = {line.partition("=")[0] for line in set(lines) ^ set(whole) if not line.startswith("#")}
    assert own == {"Description", "Conflicts", "ExecStart"}
    assert values(unit(name), "Conflicts") == ["county.service"]
    assert "%i" in values(unit(name), "Description")[0]
    assert values(unit(name), "ExecStart")[0].split()[-1] == name.removeprefix("county-").removesuffix("@")


def test_every_user_and_group_is_made() -> None:
    """A unit that names a group which is not there does not start."""
    made = set(re.findall(r"^[ug] (\S+)", (SYSTEMD / "youyuntong.sysusers.conf").read_text("utf-8"), re.MULTILINE))
    named: set[str] = set()
    for path in [*(SYSTEMD / f"{name}.service" for name in UNITS), *DROP_INS]:
        for key in ("User", "Group", "SupplementaryGroups"):
            for value in values(path.read_text(encoding="utf-8"), key):
                named.update(value.split())
    rules = (SYSTEMD / "70-youyuntong.rules").read_text(encoding="utf-8")
    named.update(re.findall(r'GROUP="(\w+)"', rules))
    named.update(re.findall(r"chgrp (\w+)", rules))
    assert named <= made


def test_a_person_sees_the_devices_as_the_service_does() -> None:
    """`sudo -u youyuntong station doctor` has the groups of the unit and its drop-ins: the user is in all of them."""
    text = (SYSTEMD / "youyuntong.sysusers.conf").read_text(encoding="utf-8")
    groups: set[str] = set()
    for path in [SYSTEMD / "station-run.service", *DROP_INS]:
        for value in values(path.read_text(encoding="utf-8"), "SupplementaryGroups"):
            groups.update(value.split())
    assert set(re.findall(r"^m youyuntong (\w+)$", text, re.MULTILINE)) == groups
