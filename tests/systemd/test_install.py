"""`systemd/install` below a folder of its own: every file in its place, and nothing else touched."""

import os
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
NOT_INSTALLED = {"install", "certificates"}
"""Run from the folder they stand in."""


def install(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the script as a technician does, but below a folder."""
    command = ["sh", str(SYSTEMD / "install"), *words]
    environment = os.environ | {"DESTDIR": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def files(folder: Path) -> dict[str, bytes]:
    """Everything below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_station_gets_its_files_and_the_drop_ins_named(tmp_path: Path) -> None:
    """As they are in the folder; what was not asked for is not there; once more changes nothing."""
    assert install(tmp_path, "station", "camera", "sound").returncode == 0
    put = files(tmp_path)
    assert put["etc/systemd/system/station-run.service"] == (SYSTEMD / "station-run.service").read_bytes()
    drop_ins = {name.rpartition("/")[2] for name in put if "station-run.service.d" in name}
    assert drop_ins == {"camera.conf", "sound.conf"}
    assert not [name for name in put if "county" in name or "mosquitto" in name]
    assert install(tmp_path, "station", "camera", "sound").returncode == 0
    assert files(tmp_path) == put


def test_every_file_of_the_folder_is_installed_by_something(tmp_path: Path) -> None:
    """A file nobody installs is one nobody uses."""
    every = [path.stem for path in (SYSTEMD / "drop-ins").iterdir()]
    assert install(tmp_path, "station", *every).returncode == 0
    assert install(tmp_path, "county").returncode == 0
    put = set(files(tmp_path).values())
    lost = [path.name for path in SYSTEMD.rglob("*") if path.is_file() and path.read_bytes() not in put]
    assert set(lost) == NOT_INSTALLED


@pytest.mark.parametrize("words", [[], ["pi"], ["station", "camrea"], ["county", "camera"]])
def test_a_word_it_does_not_know_changes_nothing(tmp_path: Path, words: list[str]) -> None:
    """How it is used, and no file is put anywhere."""
    refused = install(tmp_path, *words)
    assert refused.returncode == 64
    assert "usage" in refused.stderr
    assert files(tmp_path) == {}
