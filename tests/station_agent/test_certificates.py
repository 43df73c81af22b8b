"""Calibrations and verifications: known at the next start, in `devices list`, to the doctor, after a rebuild."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from station_agent.config import load
from station_agent.counter.calibration import CalibrationNote
from station_agent.counter.verification import Verification
from station_agent.doctor import examine
from station_agent.findings import Finding, State
from station_agent.journal.writer import Record
from station_agent.station import Station, stored_notes
from tests.station_agent.folder import init, opened, station

TODAY = date.today()  # noqa: DTZ011 - the commands' own day, in the same place
DEVICES = """
[[device]]
name = "scale"
model = "stgs_ascii"
path = "/dev/null"
[[device]]
name = "box"
model = "w1_slave"
path = "/dev/zero"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station with a scale and a thermometer; its broker is a port nobody listens on."""
    init(tmp_path)
    config = tmp_path / "etc" / "station.toml"
    text = config.read_text(encoding="utf-8").replace("port = 1883", "port = 1")
    config.write_text(text + DEVICES, encoding="utf-8")
    with opened(tmp_path):
        pass
    return tmp_path


def calibration(days: int) -> Record:
    """Of the box, good for so many days from today."""
    until = TODAY + timedelta(days=days)
    return CalibrationNote("box", -250, "CNAS-1", "王工", until - timedelta(days=365), until).record("0" * 16)


def verification(days: int, shown_g: float = 1000.0) -> Record:
    """Of the scale, good for so many days from today."""
    until = TODAY + timedelta(days=days)
    on = until - timedelta(days=365)
    found = Verification("scale", 1000.0, (shown_g, shown_g), 0.0, 5.0, 2.5, "F2-88", "王工", on, until)
    return found.record("1" * 16)


def enter(running: Station, *records: Record) -> None:
    """Write records with their rows, as the desk of orders does."""
    for record in records:
        changes = running.notes.effects(record.kind, record.body)
        running.journal.commit([record], changes)
        running.notes.take(changes)


def examined(folder: Path, device: str) -> Finding:
    """What the doctor says of the device's certificate."""
    settings, devices = load(folder / "etc" / "station.toml")
    (finding,) = [each for each in examine(settings, devices) if each.part in (f"检定 {device}", f"校准 {device}")]
    return finding


def test_the_next_start_knows_them_whatever_epoch_they_are_of(folder: Path) -> None:
    """A new epoch changes nothing in what a device is worth."""
    with opened(folder) as running:
        enter(running, calibration(100))
        running.journal.open_epoch("fork")
        enter(running, verification(100))
    with opened(folder) as running:
        assert running.notes.calibrations.shown("box", 4000, TODAY).temperature_mc == 3750
        assert running.notes.verifications.counts_on("scale", TODAY)


def test_a_rebuild_makes_the_rows_again(folder: Path) -> None:
    """A lost row is found, and written back from the entries of all epochs."""
    with opened(folder) as running:
        enter(running, calibration(100), verification(100))
        rows = running.journal.rows("note")
        running.journal.open_epoch("fork")
        running.journal.replace_rows({"note": rows[:1]})
    result = station(folder, "journal", "rebuild")
    assert (result.exit_code, "✗ note" in result.output) == (1, True)
    assert station(folder, "journal", "rebuild", "--write").exit_code == 0
    with opened(folder) as running:
        assert running.journal.rows("note") == rows


def test_without_a_journal_nothing_is_known(tmp_path: Path) -> None:
    """Before the first start there are no notes, and no error."""
    assert stored_notes(tmp_path / "journal.db").rows() == {"note": []}


def test_the_list_of_devices_shows_them(folder: Path) -> None:
    """Beside an agent at work, as words and as JSON, with the day they expire."""
    with opened(folder) as running:
        enter(running, calibration(10), verification(100, shown_g=1010.0))
        text = station(folder, "devices", "list").output
        rows = [json.loads(line) for line in station(folder, "devices", "list", "--json").output.splitlines()]
    assert "CNAS-1" in text
    assert "expires soon" in text
    assert "not for trade" in text
    found = {row["name"]: row["certificates"] for row in rows}
    assert [each["worth"] for each in found["scale"]] == ["failed"]
    assert found["box"] == [
        {
            "kind": "device.calibrated",
            "device": "box",
            "certificate": "CNAS-1",
            "valid_until": (TODAY + timedelta(days=10)).isoformat(),
            "worth": "expiring",
        }
    ]


@pytest.mark.parametrize(("days", "state"), [(31, State.OK), (30, State.LOOK), (0, State.LOOK), (-1, State.LOOK)])
def test_the_doctor_warns_a_month_ahead(folder: Path, days: int, state: State) -> None:
    """Both kinds; what expires says how to do it again."""
    with opened(folder) as running:
        enter(running, calibration(days), verification(days))
    for device, command in (("box", "station calibrate"), ("scale", "station scale verify")):
        finding = examined(folder, device)
        assert finding.state is state
        assert (command in finding.repair) is (state is State.LOOK)
        assert ("expired" in finding.seen) is (days < 0)


def test_the_doctor_tells_a_scale_that_failed_or_was_never_verified(folder: Path) -> None:
    """Never verified is for somebody to look at; outside its tolerance does not work."""
    finding = examined(folder, "scale")
    assert (finding.state, "never verified" in finding.seen) == (State.LOOK, True)
    with opened(folder) as running:
        enter(running, verification(100, shown_g=1010.0))
    assert examined(folder, "scale").state is State.BAD
