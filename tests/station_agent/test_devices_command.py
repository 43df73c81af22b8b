"""`station devices list|watch|test|probe` on simulated devices behind ptys, as a technician at the bench uses them."""

import _thread
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from drivers.models import MODELS
from drivers.ports import SerialPort
from drivers.probing.plan import LineAt, Plan, Question, Roll, Stop, plan_for, settings_for
from drivers.probing.verdict import Finding, Sure
from drivers.settings import SerialSettings
from sim_hardware.scale import SerialScale
from sim_hardware.scales import FORMATS
from sim_hardware.thermometers.modbus import SerialThermometer, XyMd02
from sim_hardware.wire import VirtualWire
from station_agent.cli import main
from station_agent.commands.probing import announced, carried_out, stable_path, stanza_names
from station_agent.config import load


def configure(folder: Path, *devices: tuple[str, str, str]) -> Path:
    """A station with these devices: name, model, path."""
    path = folder / "station.toml"
    head = f'[station]\nid = "V042"\ndata = "{folder}"\n[county]\npublic_key = "{"0" * 64}"\n'
    stanzas = (f'[[device]]\nname = "{name}"\nmodel = "{model}"\npath = "{at}"\n' for name, model, at in devices)
    path.write_text(head + "".join(stanzas), encoding="utf-8")
    return path


@contextmanager
def scale_at(folder: Path, model: str, weight_g: float = 1234) -> Iterator[SerialScale]:
    """The simulated scale with something at rest on it, on its wire."""
    voice = FORMATS[model]()
    voice.pan = voice.pan.with_load(weight_g, 0.0, settle_s=0)
    with (
        VirtualWire(folder / "scale", baud=None) as wire,
        SerialScale(wire, voice=voice, frames_per_s=20, settle_s=0) as scale,
    ):
        yield scale


def run(*words: str | Path) -> Result:
    """Run `station devices ...`."""
    return CliRunner().invoke(main, ["devices", *map(str, words)])


def listing(path: Path, *, listen_s: float) -> Plan:
    """A plan of one short stop, so that a test need not wait for a whole search."""
    return Plan(str(path), frozenset({"scale", "thermometer"}), (Stop(LineAt(), listen_s),))


# list


def test_list_says_which_devices_are_there(tmp_path: Path) -> None:
    """The path of one exists, of the other not; the same as JSON for a script."""
    (tmp_path / "scale").touch()
    devices = (("scale", "stgs_ascii", str(tmp_path / "scale")), ("gun", "scan_serial", "/dev/nowhere"))
    config = configure(tmp_path, *devices)
    lines = run("list", "--config", config).output.splitlines()
    assert ["there" in line for line in lines] == [True, False]
    assert "missing" in lines[1]
    rows = [json.loads(line) for line in run("list", "--json", "--config", config).output.splitlines()]
    assert [(row["name"], row["role"], row["present"], row["faults"]) for row in rows] == [
        ("scale", "scale", True, []),
        ("gun", "scanner", False, []),
    ]


def test_list_of_models_needs_no_configuration(tmp_path: Path) -> None:
    """Every model that can be named in a stanza, with what it is."""
    output = run("list", "--models", "--config", tmp_path / "none.toml").output
    assert [line.split()[0] for line in output.splitlines()] == list(MODELS)


# test, watch


def test_a_device_that_works_passes_its_test(tmp_path: Path) -> None:
    """What it says is shown with the raw bytes; exit status 0."""
    config = configure(tmp_path, ("scale", "yaohua_cont12", str(tmp_path / "scale")))
    with scale_at(tmp_path, "yaohua_cont12"):
        result = run("test", "scale", "--seconds", "0.3", "--config", config)
    assert result.exit_code == 0, result.output
    assert "1234 g" in result.output
    assert "02 2b 30 30 31 32 33 34" in result.output


def test_a_device_that_is_not_there_fails_its_test_with_the_repair(tmp_path: Path) -> None:
    """No good reading: exit status 1, and what to look at."""
    config = configure(tmp_path, ("scale", "yaohua_cont12", str(tmp_path / "scale")))
    result = run("test", "scale", "--seconds", "0.3", "--config", config)
    assert result.exit_code == 1
    assert "→" in result.output
    assert "0 次" in result.output


@pytest.mark.parametrize("word", ["test", "watch"])
def test_a_name_nobody_has_is_refused_with_the_names_there_are(tmp_path: Path, word: str) -> None:
    """The person learns what is configured."""
    config = configure(tmp_path, ("scale", "yaohua_cont12", "/dev/null"))
    result = run(word, "scales", "--config", config)
    assert result.exit_code == 1
    assert "scale" in result.output.partition("→")[2]


def test_watch_shows_readings_until_it_is_stopped(tmp_path: Path) -> None:
    """Ctrl-C is the ordinary end of it."""
    config = configure(tmp_path, ("scale", "yaohua_cont12", str(tmp_path / "scale")))
    with scale_at(tmp_path, "yaohua_cont12"):
        stopping = threading.Timer(0.4, _thread.interrupt_main)
        stopping.start()
        result = run("watch", "scale", "--config", config)
        stopping.cancel()
    assert result.exit_code == 0
    assert "✓" in result.output
    assert "1234 g" in result.output


# probe


def test_probe_finds_a_scale_and_gives_the_stanza_to_paste(tmp_path: Path) -> None:
    """It says before what it will send; a scale that speaks is sent nothing; the stanza loads as a configuration."""
    with scale_at(tmp_path, "yaohua_cont12") as scale:
        heard: list[bytes] = []
        scale.wire.listen(heard.append)
        result = run("probe", tmp_path / "scale")
    assert result.exit_code == 0, result.output
    assert heard == []
    assert "certain" in result.stdout
    assert "1234 g" in result.stdout
    assert announced(plan_for(str(tmp_path / "scale"))) in result.stderr
    config = configure(tmp_path)
    config.write_text(config.read_text() + result.stdout[result.stdout.index("[[device]]") :])
    (device,) = load(config)[1]
    assert (device.name, device.model.name, device.settings.path) == ("scale", "yaohua_cont12", str(tmp_path / "scale"))


def test_probe_as_json_tells_readings_and_doubts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object a finding, for a script; nothing else on standard output."""
    with scale_at(tmp_path, "stgs_ascii"):
        assert carried_out(listing(tmp_path / "scale", listen_s=0.3), as_json=True)
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["model"], row["sure"]) == ("stgs_ascii", "likely")
    assert row["settings"] == {"path": str(tmp_path / "scale")}
    assert "1234 g" in row["readings"][0]
    assert row["doubts"]


def test_a_polled_scale_is_asked_over_a_real_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At 7E1, which a pty does not know."""
    at, path = LineAt(9600, 7, "E"), str(tmp_path / "scale")
    questions = (question for stop in plan_for(path).stops if stop.at == at for question in stop.questions)
    asked = next(question for question in questions if question.model.name == "toledo8217")
    with scale_at(tmp_path, "toledo8217"):
        assert carried_out(Plan(path, frozenset({"scale"}), (Stop(at, 0.0, (asked,)),)))
    told = capsys.readouterr().out
    assert 'model = "toledo8217"' in told
    assert "1234 g" in told


def test_a_modbus_thermometer_is_called_over_a_real_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The address it answered to stands in the stanza."""
    plan = Plan(str(tmp_path / "box"), frozenset({"thermometer"}), (Stop(LineAt(), roll=Roll((2,))),))
    with VirtualWire(tmp_path / "box", baud=None) as wire, SerialThermometer(wire, XyMd02(address=2)):
        assert carried_out(plan)
    told = capsys.readouterr().out
    assert "address = 2" in told
    assert "4.000 °C" in told


def test_a_silent_device_is_told_with_what_to_look_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not recognised, and advice; no stanza."""
    with VirtualWire(tmp_path / "scale", baud=None):
        assert not carried_out(listing(tmp_path / "scale", listen_s=0.1))
    told = capsys.readouterr()
    assert told.out == ""
    assert "not one byte" in told.err


def test_probe_of_a_port_that_is_taken_says_who_may_have_it(tmp_path: Path) -> None:
    """As while the station runs: exit status 1, and to stop the other program first."""
    with VirtualWire(tmp_path / "scale", baud=None):
        other = SerialPort(SerialSettings(path=str(tmp_path / "scale")), settle_s=0)
        other.open()
        result = run("probe", tmp_path / "scale")
        other.close()
    assert result.exit_code == 1
    assert "stop the other program" in result.output
    assert result.stdout == ""


@pytest.mark.parametrize("there", [True, False])
def test_probe_of_what_is_no_port_says_so(tmp_path: Path, there: bool) -> None:
    """A file, or nothing: exit status 1 and a hint, never a traceback."""
    if there:
        (tmp_path / "port").write_text("text")
    result = run("probe", tmp_path / "port")
    assert result.exit_code == 1
    assert "→" in result.output
    assert isinstance(result.exception, SystemExit)


def test_what_will_be_sent_is_told_byte_by_byte() -> None:
    """Requests in hex, a Modbus roll by its addresses and registers, and the longest it can take."""
    plan = plan_for("/dev/ttyUSB0")
    told = announced(plan)
    questions: list[Question] = [question for stop in plan.stops for question in stop.questions]
    assert all(question.request.hex(" ") in told for question in questions)
    assert "1, 2, 3, 4, 5, 6, 7, 10" in told
    assert f"{plan.longest_s:.0f} s" in told
    assert "nothing is sent" in announced(plan_for("/dev/ttyUSB0", listen_only=True))


def test_two_devices_on_a_line_get_two_names_and_two_guesses_one() -> None:
    """Of two guesses at one scale only one may be pasted; two thermometers must not share a name."""
    settings = {name: settings_for(MODELS[name], "/dev/x", LineAt()) for name in ("yaohua_eq_rev9", "yaohua_eq_fwd9")}
    guesses = [Finding(MODELS[name], each, Sure.POSSIBLE, (), 1.0) for name, each in settings.items()]
    assert stanza_names(guesses) == ["scale", "scale"]
    box = MODELS["modbus_xymd02"]
    placed = [settings_for(box, "/dev/x", LineAt(), address=address) for address in (1, 4)]
    boxes = [Finding(box, each, Sure.CERTAIN, (), 1.0) for each in placed]
    assert stanza_names(boxes) == ["thermometer-1", "thermometer-4"]
    assert stanza_names(boxes[:1]) == ["thermometer"]


def test_the_stanza_names_the_port_by_where_it_is_plugged_in(tmp_path: Path) -> None:
    """ttyUSB0 may be another device tomorrow; its by-path link stays."""
    port, by_path = tmp_path / "ttyUSB0", tmp_path / "by-path"
    port.touch()
    by_path.mkdir()
    (by_path / "usb-0:1.2-port0").symlink_to(port)
    assert stable_path(str(port), by_path) == str(by_path / "usb-0:1.2-port0")
    assert stable_path(str(tmp_path / "other"), by_path) == str(tmp_path / "other")
    assert stable_path(str(port), tmp_path / "none") == str(port)
