"""station.toml: every mistake of every table at once, each with its repair; exit code 78."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from station_agent.cli import main
from station_agent.config import load
from station_agent.counter.road import Line
from station_agent.station import road_of
from sync.settings import EXIT_BAD_SETTINGS, BadSettings

GOOD = f"""
[station]
id = "V042"
[county]
public_key = "{"ab" * 32}"
"""
GUN = """
[[device]]
name = "gun"
model = "scan_serial"
path = "/dev/serial/by-path/x"
"""


def write(folder: Path, text: str) -> Path:
    """Make a configuration."""
    path = folder / "station.toml"
    path.write_text(text, "utf-8")
    return path


def faults(folder: Path, text: str) -> dict[str, str]:
    """Key and repair of every mistake."""
    with pytest.raises(BadSettings) as caught:
        load(write(folder, text))
    return {fault.key: fault.hint for fault in caught.value.faults}


def test_what_may_be_left_out(tmp_path: Path) -> None:
    """A station's name and the county's key are enough; the rest has the values its docstrings say."""
    settings, devices = load(write(tmp_path, GOOD))
    assert devices == []
    assert settings.station.data == "/var/lib/youyuntong"
    assert (settings.shelves.shelves, settings.shelves.layers) == (3, 4)
    assert (settings.weighing.division_g, settings.weighing.near_zero_g) == (5.0, 20.0)
    assert (settings.boxes.block_s, settings.feedback.panel, settings.feedback.console) == (600.0, None, True)


def test_devices_get_the_settings_of_their_model(tmp_path: Path) -> None:
    """A stanza's own keys go to its model, in the order of the file."""
    scale = '[[device]]\nname = "scale"\nmodel = "stgs_ascii"\npath = "/dev/y"\nbaudrate = 2400\n'
    _, devices = load(write(tmp_path, GOOD + GUN + scale))
    assert [(device.name, device.model.role, device.settings.path) for device in devices] == [
        ("gun", "scanner", "/dev/serial/by-path/x"),
        ("scale", "scale", "/dev/y"),
    ]
    assert getattr(devices[1].settings, "baudrate", None) == 2400


def test_paths_do_not_depend_on_where_the_program_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative folder is taken from where the program was started, once; the paths made of it are absolute."""
    monkeypatch.chdir(tmp_path)
    settings, _ = load(write(tmp_path, GOOD.replace('id = "V042"', 'id = "V042"\ndata = "data"')))
    assert settings.journal_path == tmp_path / "data" / "journal.db"
    assert settings.link_path == tmp_path / "data" / "link.db"
    assert settings.key_path == tmp_path / "data" / "station.key"


def test_three_mistakes_in_three_tables_are_reported_at_once(tmp_path: Path) -> None:
    """A station's name, a wrong number elsewhere and a device's own key are all named, the device by its place."""
    text = (
        GOOD.replace("V042", "村 42") + "[shelves]\nlayers = 0\n" + GUN + GUN.replace("gun", "gun2") + "baudrat = 1\n"
    )
    assert set(faults(tmp_path, text)) == {"station.id", "shelves.layers", "device.2.baudrat"}


def test_every_device_is_checked_when_the_rest_is_wrong(tmp_path: Path) -> None:
    """A missing table does not hide what is wrong with the devices, nor one device another."""
    text = (
        '[station]\nid = "V042"\n[[device]]\nname = "a b"\nmodel = "scan_serial"\n[[device]]\nmodel = "scan_serail"\n'
    )
    assert set(faults(tmp_path, text)) == {
        "county",
        "device.1.name",
        "device.1.path",
        "device.2.name",
        "device.2.model",
    }


def test_a_mistyped_model_is_guessed(tmp_path: Path) -> None:
    """The model that was probably meant is named, one like no other points at the list."""
    assert "scan_serial" in faults(tmp_path, GOOD + GUN.replace("scan_serial", "scan_serail"))["device.1.model"]
    assert "station devices" in faults(tmp_path, GOOD + GUN.replace("scan_serial", "toaster"))["device.1.model"]


@pytest.mark.parametrize("model", ["model = 5", ""])
def test_a_model_that_is_no_name_is_one_mistake(tmp_path: Path, model: str) -> None:
    """A number for a model, or none, is told once."""
    assert set(faults(tmp_path, GOOD + GUN.replace('model = "scan_serial"', model))) == {"device.1.model"}


def test_contacts_are_kept_for_a_month_unless_told_otherwise(tmp_path: Path) -> None:
    """From one day to half a year; anything else is a mistake."""
    path = tmp_path / "station.toml"
    for days, kept in (("", 30), ("[personal]\ndays = 1\n", 1), ("[personal]\ndays = 180\n", 180)):
        path.write_text(GOOD + days, encoding="utf-8")
        assert load(path)[0].personal.days == kept
    for wrong in ("0", "181", '"30"'):
        assert set(faults(tmp_path, GOOD + f"[personal]\ndays = {wrong}\n")) == {"personal.days"}


def test_a_mistyped_key_is_guessed(tmp_path: Path) -> None:
    """A key nobody reads is a mistake, in the file and in a device's stanza."""
    found = faults(tmp_path, GOOD + "[weighing]\ndivison_g = 5\n" + GUN + "baudrte = 9600\n")
    assert "division_g" in found["weighing.divison_g"]
    assert "baudrate" in found["device.1.baudrte"]


def test_two_devices_of_one_name_are_told(tmp_path: Path) -> None:
    """A name stands for one device in every record."""
    assert set(faults(tmp_path, GOOD + GUN + GUN)) == {"device.2.name"}


@pytest.mark.parametrize("device", ['device = "gun"', "device = 5", "device = [5]", "[device]\nname = 'gun'"])
def test_devices_that_are_no_tables(tmp_path: Path, device: str) -> None:
    """[device] written for [[device]], and worse, is a mistake and no crash."""
    text = GOOD + device if device.startswith("[") else f"{device}\n{GOOD}"
    assert any(key.startswith("device") for key in faults(tmp_path, text))


@pytest.mark.parametrize("name", ["V042\\n", "", "a/b", "a+b", "#", "x" * 33])
def test_a_stations_name_is_fit_for_a_topic(tmp_path: Path, name: str) -> None:
    """What would break out of an MQTT topic is no name, a line end behind it included."""
    assert set(faults(tmp_path, GOOD.replace("V042", name))) == {"station.id"}


@pytest.mark.parametrize("key", ["ab", "AB" * 32, "ab" * 32 + "\\n", "zz" * 32])
def test_the_countys_key_is_64_digits(tmp_path: Path, key: str) -> None:
    """Nothing but 64 lower-case hex digits is a key."""
    assert set(faults(tmp_path, GOOD.replace("ab" * 32, key))) == {"county.public_key"}


@pytest.mark.parametrize("text", ["[station", "\xff", None])
def test_a_file_that_cannot_be_read_is_one_mistake(tmp_path: Path, text: str | None) -> None:
    """Broken TOML, another encoding or no file: one fault of the file as a whole."""
    path = tmp_path / "station.toml"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadSettings) as caught:
        load(path)
    assert [fault.key for fault in caught.value.faults] == [""]


@pytest.mark.parametrize("command", ["run", "sync", "status", "doctor"])
def test_a_bad_configuration_ends_with_78(tmp_path: Path, command: str) -> None:
    """Every command says all mistakes, Chinese first, and ends with EX_CONFIG, which systemd does not restart on."""
    text = GOOD.replace("V042", "村 42") + "[shelves]\nlayers = 0\n" + GUN + "baudrat = 1\n"
    result = CliRunner().invoke(main, [command, "--config", str(write(tmp_path, text))])
    assert result.exit_code == EXIT_BAD_SETTINGS == 78
    assert "3 处错误" in result.output
    for key in ("station.id", "shelves.layers", "device.1.baudrat"):
        assert key in result.output
    assert "Traceback" not in result.output


LAMPS = "[feedback.lamps]\nfactory = 'mock'\n"


def test_one_path_belongs_to_one_device(tmp_path: Path) -> None:
    """Two readers of one port get half each: told with both stanzas, the panel's too, and links are seen through."""
    (tmp_path / "node").touch()
    for name in ("by-path", "by-id"):
        (tmp_path / name).symlink_to(tmp_path / "node")
    gun, pad, scale = (
        f'[[device]]\nname = "{name}"\nmodel = "scan_serial"\npath = "{path}"\n'
        for name, path in (("gun", tmp_path / "by-path"), ("pad", tmp_path / "other"), ("scale", tmp_path / "by-id"))
    )
    panel = f'[feedback]\npanel = "{tmp_path / "node"}"\n'
    found = faults(tmp_path, GOOD + panel + gun + pad + scale)
    assert set(found) == {"device.3.path", "feedback.panel"}
    with pytest.raises(BadSettings, match=r"device\.1\.path"):
        load(write(tmp_path, GOOD + panel + gun))
    assert len(load(write(tmp_path, GOOD + gun + pad))[1]) == 2


@pytest.mark.parametrize("other", ["GPIO5", "GPIO05", "BOARD29"])
def test_one_pin_belongs_to_one_load(tmp_path: Path, other: str) -> None:
    """The same pin twice, by whichever of its names, of two lamps or of a lamp and a door."""
    assert set(faults(tmp_path, GOOD + LAMPS + f'green = "GPIO5"\nred = "{other}"\n')) == {"feedback.lamps.red"}
    door = '[[device]]\nname = "door"\nmodel = "door_gpio"\npath = "GPIO5"\n'
    assert set(faults(tmp_path, GOOD + LAMPS + f'green = "{other}"\n' + door)) == {"feedback.lamps.green"}
    assert load(write(tmp_path, GOOD + LAMPS + 'green = "GPIO6"\n' + door))[1][0].name == "door"


LINES = """
[bags]
tolerance_g = 300
[[line]]
id = "L1"
name = "龙雾线"
vehicle = "渝A1"
stops = ["08:05", "16:30"]
max_load_kg = 50
[[line]]
id = "D1"
kind = "drone"
"""


def test_lines_become_the_road_of_the_counter(tmp_path: Path) -> None:
    """Stops in China's time, limits and the tolerance, as the handover desk asks for them."""
    settings, _ = load(write(tmp_path, GOOD + LINES))
    road = road_of(settings)
    assert road.tolerance_g == 300
    assert road.lines == (Line("L1", "龙雾线", "bus", "渝A1", (485, 990), 50, 15), Line("D1", kind="drone"))


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ('stops = ["25:00"]', "line.1.stops"),
        ('kind = "boat"', "line.1.kind"),
        ("max_load = 5", "line.1.max_load"),
        ('[[line]]\nid = "L1"', "line.2.id"),
    ],
)
def test_mistakes_in_lines_are_named(tmp_path: Path, wrong: str, key: str) -> None:
    """Each with its place in the file; two lines of one id too."""
    assert key in faults(tmp_path, GOOD + f'[[line]]\nid = "L1"\n{wrong}\n')
