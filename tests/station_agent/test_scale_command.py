"""`station scale tare|zero|verify` on the simulated scale behind a pty, as a technician and the world's side see it."""

import fcntl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from drivers.models import MODELS
from drivers.ports import SerialPort
from drivers.settings import SerialSettings
from sim_hardware.scale import SerialScale
from sim_hardware.scales import FORMATS
from sim_hardware.wire import VirtualWire
from station_agent.cli import main
from station_agent.orders import VerifyScale

UNTIL = date.today() + timedelta(days=365)  # noqa: DTZ011 - the command's own day, in the same place


def configure(folder: Path, model: str) -> Path:
    """A station with one scale on the wire in its folder."""
    path = folder / "station.toml"
    head = f'[station]\nid = "V042"\ndata = "{folder}"\n[county]\npublic_key = "{"0" * 64}"\n'
    rules = "[weighing]\ndivision_g = 1.0\n"
    scale = f'[[device]]\nname = "scale"\nmodel = "{model}"\npath = "{folder / "scale"}"\n'
    gun = '[[device]]\nname = "gun"\nmodel = "scan_serial"\npath = "/dev/null"\n'
    path.write_text(head + rules + scale + gun, encoding="utf-8")
    return path


@contextmanager
def scale_at(folder: Path, model: str) -> Iterator[SerialScale]:
    """The simulated scale on its wire, quick and without swinging."""
    voice = FORMATS[model]()
    with (
        VirtualWire(folder / "scale", baud=None) as wire,
        SerialScale(wire, voice=voice, frames_per_s=20, settle_s=0) as scale,
    ):
        yield scale


def run(folder: Path, *words: str) -> Result:
    """Run `station scale ...`."""
    return CliRunner().invoke(main, ["scale", *words, "--config", str(folder / "station.toml")])


@pytest.mark.parametrize("model", ["mtsics", "toledo8217"])
def test_tare_is_sent_and_seen(tmp_path: Path, model: str) -> None:
    """Whatever lies there is weighed away, and the display says so."""
    configure(tmp_path, model)
    with scale_at(tmp_path, model) as scale:
        scale.put_on(500.0)
        result = run(tmp_path, "tare", "scale")
    assert result.exit_code == 0, result.output
    assert "0 g" in result.output


def test_zero_is_sent_and_seen(tmp_path: Path) -> None:
    """A pan that shows a little is at zero afterwards."""
    configure(tmp_path, "nci_scp01")
    with scale_at(tmp_path, "nci_scp01") as scale:
        scale.put_on(30.0)
        result = run(tmp_path, "zero", "scale")
    assert result.exit_code == 0, result.output


def test_a_scale_that_does_not_obey_is_told(tmp_path: Path) -> None:
    """A scale refuses to zero away a parcel: what it shows instead is said, exit status 1."""
    configure(tmp_path, "nci_scp01")
    with scale_at(tmp_path, "nci_scp01") as scale:
        scale.put_on(5000.0)
        result = run(tmp_path, "zero", "scale")
    assert result.exit_code == 1
    assert "5000 g" in result.output


@pytest.mark.parametrize(
    ("model", "words", "hint"),
    [
        ("stgs_ascii", ("tare", "scale"), "按键"),
        ("nci_scp01", ("tare", "scale"), "按键"),
        ("adam_az", ("zero", "scale"), "never says zero"),
        ("stgs_ascii", ("zero", "gun"), "scale"),
        ("stgs_ascii", ("zero", "nothing"), "scale, gun"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_opened(
    tmp_path: Path, model: str, words: tuple[str, ...], hint: str
) -> None:
    """No such command, no zero to see, no scale, no device: exit status 1 and what to do."""
    configure(tmp_path, model)
    result = run(tmp_path, *words)
    assert result.exit_code == 1
    assert hint in result.output


def test_while_the_station_runs_it_is_to_be_stopped_first(tmp_path: Path) -> None:
    """The port is exclusive: the line to type is told. Without a station it is another program."""
    configure(tmp_path, "mtsics")
    with scale_at(tmp_path, "mtsics"), (tmp_path / "agent.lock").open("wb") as lock:
        port = SerialPort(SerialSettings(path=str(tmp_path / "scale")))
        port.open()
        other = run(tmp_path, "tare", "scale")
        fcntl.flock(lock, fcntl.LOCK_EX)
        station = run(tmp_path, "tare", "scale")
        port.close()
    assert (other.exit_code, station.exit_code) == (1, 1)
    assert "systemctl stop station-run" in station.output
    assert "systemctl" not in other.output


def verify(folder: Path, acts: Mapping[str, Callable[[], None]], *more: str, answer: str = "") -> tuple[int, str]:
    """Run `station scale verify` in a process of its own and act on what it prompts; its status and all it said."""
    words = ["scale", "verify", "scale", "--config", str(folder / "station.toml"), "--mass-g", "1000", "--by", "王工"]
    words += ["--certificate", "F2-88", "--valid-until", str(UNTIL), *more]
    call = [sys.executable, "-c", "from station_agent.cli import main; main()", *words]
    said = ""
    with subprocess.Popen(
        call,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(answer)
        process.stdin.close()
        for line in process.stdout:
            said += line
            acts.get(line[:2], lambda: None)()
    return process.returncode, said


def person(scale: SerialScale, *, first_g: float = 1000.0, second_g: float = 1000.0) -> dict[str, Callable[[], None]]:
    """What a person does at each prompt; the scale shows these weights."""
    return {
        "2.": lambda: scale.put_on(first_g),
        "3.": scale.take_off,
        "4.": lambda: scale.put_on(second_g),
        "5.": scale.take_off,
    }


def orders(folder: Path) -> list[VerifyScale]:
    """What was left for the agent."""
    paths = (folder / "orders").glob("*.json")
    return [msgspec.json.decode(path.read_bytes(), type=VerifyScale) for path in paths]


def test_a_good_scale_is_verified(tmp_path: Path) -> None:
    """Prompt by prompt, twice; what was measured stands beside what was said; one order lies in the folder."""
    configure(tmp_path, "stgs_ascii")
    with scale_at(tmp_path, "stgs_ascii") as scale:
        status, said = verify(tmp_path, person(scale, second_g=1001.0), "--yes")
    assert status == 0, said
    assert "1000、1001 g" in said
    (order,) = orders(tmp_path)
    assert (order.device, order.mass_g, order.shown_g) == ("scale", 1000.0, (1000.0, 1001.0))
    assert (order.returned_g, order.tolerance_g, order.zero_g) == (0.0, 2.0, 0.5)
    assert (order.certificate, order.by, order.valid_until) == ("F2-88", "王工", UNTIL)
    assert order.verification().within


def test_a_bad_scale_is_recorded_as_such(tmp_path: Path) -> None:
    """Exit status 1, not to be used for trade, and the order says what it showed."""
    configure(tmp_path, "stgs_ascii")
    with scale_at(tmp_path, "stgs_ascii") as scale:
        status, said = verify(tmp_path, person(scale, second_g=1010.0), "--tolerance-g", "3", answer="y\n")
    assert status == 1, said
    assert "do not use it for trade" in said
    (order,) = orders(tmp_path)
    assert not order.verification().within
    assert order.verification().error_g == 10.0


def test_nothing_is_saved_until_it_is_agreed_to(tmp_path: Path) -> None:
    """Whoever says no, or leaves, has changed nothing."""
    configure(tmp_path, "stgs_ascii")
    with scale_at(tmp_path, "stgs_ascii") as scale:
        status, said = verify(tmp_path, person(scale), answer="n\n")
    assert status == 1
    assert "nothing was saved" in said
    assert not (tmp_path / "orders").exists()


def test_a_scale_unplugged_in_between_ends_it(tmp_path: Path) -> None:
    """With the repair, and nothing saved."""
    configure(tmp_path, "stgs_ascii")
    with scale_at(tmp_path, "stgs_ascii") as scale:
        status, said = verify(tmp_path, {"2.": scale.unplug}, "--yes")
    assert status == 1
    assert "→" in said
    assert not (tmp_path / "orders").exists()


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (["--mass-g", "40"], "empty pan"),
        (["--mass-g", "nan"], "more than 0"),
        (["--valid-until", "2020-01-01"], "before"),
        (["--by", " "], "named"),
    ],
)
def test_a_mistake_is_told_before_the_scale_is_opened(tmp_path: Path, more: list[str], word: str) -> None:
    """Nobody lifts a kilogram four times for a typing error."""
    configure(tmp_path, "stgs_ascii")
    given = ["--mass-g", "1000", "--by", "王工", "--certificate", "F2-88", "--valid-until", str(UNTIL)]
    result = run(tmp_path, "verify", "scale", *given, *more)
    assert result.exit_code == 1
    assert word in result.output


def test_every_scale_either_has_the_command_or_says_so(tmp_path: Path) -> None:
    """No model answers with a traceback."""
    for model in (each for each in MODELS.values() if each.role == "scale"):
        configure(tmp_path, model.name)
        result = run(tmp_path, "tare", "scale")
        assert result.exit_code == 1
        assert "→" in result.output
