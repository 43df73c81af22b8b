"""Drivers and twins belong together, and some of them are joined by the real port and the real supervision."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from drivers.errors import PortUnavailable
from drivers.models import MODELS
from drivers.ports import port_for
from drivers.readings import BadReading, Door, Power, Reading, Reason, Scan, Temperature, Weight
from sim_hardware.keyboard import KeyboardGun
from sim_hardware.models import TWINS
from sim_hardware.scale import SerialScale
from sim_hardware.scanner import SerialScanner
from sim_hardware.scanners.triggered import TriggeredScanner
from sim_hardware.table import Table
from sim_hardware.thermometers.modbus import SerialThermometer
from sim_hardware.verbs import obey, verbs_of
from tests.contract.supervised import Heard, supervised
from tests.contract.twins import COVERED, settings_of

SUPERVISED_SCALES = [n for n in ("yaohua_cont12", "cas_enq", "toledo8217", "hid_pos_scale", "mtsics") if n in COVERED]
SUPERVISED_SCANNERS = [n for n in ("scan_serial", "scan_ssi", "scan_gm65", "scan_evdev") if n in COVERED]
REAL_PATIENCE_S = 60.0
REAL_BYTES = 4096
MOST_SCANS = 5


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_a_twin_with_verbs_and_a_stanza(name: str, tmp_path: Path) -> None:
    """A driver that nobody can try without hardware is not offered: `station-sim devices --model` sets a twin out, has
    verbs for the world's side of it, and prints a stanza whose every key the driver takes; its path is there, and
    nothing is left of it at the end."""
    assert name in TWINS, f"no twin of {name} in sim_hardware.models.TWINS"
    with Table(tmp_path / "desk", models=[name], paced=False) as table:
        (stanza,) = tomllib.loads(table.stanzas())["device"]
        assert (stanza.pop("name"), stanza.pop("model")) == (name, name)
        assert msgspec.convert(stanza, MODELS[name].settings()).path == stanza["path"]
        assert Path(stanza["path"]).exists()
        words = {verb.word for verb in verbs_of(table.twins[name])}
        assert words - {"plug", "unplug"}, f"nothing of the world can be done to {name}"
    assert [path for path in (tmp_path / "desk").rglob("*") if not path.is_dir()] == []


def test_no_twin_is_of_a_model_nobody_reads() -> None:
    """The table offers what a configuration can name, and nothing else."""
    assert sorted(TWINS) == sorted(MODELS) == COVERED


def is_weight(reading: Reading, weight_g: float) -> bool:
    """Whether a reading is that weight, not moving."""
    return isinstance(reading, Weight) and reading.stable is not False and round(reading.weight_g, 1) == weight_g


@pytest.mark.parametrize("name", SUPERVISED_SCALES)
def test_a_scale_on_a_pty_is_weighed_pulled_out_and_weighed_again(name: str, tmp_path: Path) -> None:
    """The real port and supervision: a weight, the cable out, the loss noticed, the cable in, another weight."""
    with Table(tmp_path, models=[name]) as table, supervised(name, table.places[name].path) as heard:
        twin = table.places[name].twin
        assert isinstance(twin, SerialScale)
        heard.until_opened()
        twin.put_on(1_234)
        heard.until_said(lambda reading: is_weight(reading, 1_234))
        twin.unplug()
        heard.until_lost()
        twin.plug()
        twin.put_on(5_678)
        heard.until_opened()
        heard.until_said(lambda reading: is_weight(reading, 5_678))


@pytest.mark.parametrize("name", [name for name in SUPERVISED_SCALES if name == "toledo8217"])
def test_parity_in_bit_7_changes_no_weight(name: str, tmp_path: Path) -> None:
    """The line really is 7E1 and the adapter cannot do it: the parity stands in bit 7 of every byte (devices.md A6)."""
    with Table(tmp_path, models=[name]) as table, supervised(name, table.places[name].path) as heard:
        twin = table.places[name].twin
        assert isinstance(twin, SerialScale)
        twin.parity_mismatch()
        twin.put_on(1_234)
        heard.until_said(lambda reading: is_weight(reading, 1_234))
        assert not [reading for reading in heard.readings if isinstance(reading, Weight) and reading.weight_g > 1_300]


@pytest.mark.parametrize("name", [name for name in SUPERVISED_SCALES if name == "yaohua_cont12"])
def test_a_wrong_baud_rate_is_no_weight(name: str, tmp_path: Path) -> None:
    """A scale at 9600 heard at 4800: told to be garbled, and never a number; put right, the weight is there."""
    with Table(tmp_path, models=[name]) as table, supervised(name, table.places[name].path) as heard:
        twin = table.places[name].twin
        assert isinstance(twin, SerialScale)
        twin.wrong_baud(4800)
        twin.put_on(1_234)
        heard.until_lost()
        assert not [reading for reading in heard.readings if isinstance(reading, Weight)]
        twin.wrong_baud(9600)
        heard.until_said(lambda reading: is_weight(reading, 1_234))


def scan_until_read(heard: Heard, twin: SerialScanner | TriggeredScanner | KeyboardGun, code: str) -> None:
    """Scan a code, and again as a person does when nothing beeps: what comes right after plugging in is not trusted."""
    for _ in range(MOST_SCANS):
        twin.scan(code)
        if heard.says(lambda reading: isinstance(reading, Scan) and reading.code == code, within_s=1.0):
            return
    raise AssertionError(f"{code} was scanned {MOST_SCANS} times; heard {heard.readings}")


@pytest.mark.parametrize("name", SUPERVISED_SCANNERS)
def test_a_scanner_on_a_pty_scans_is_pulled_out_and_scans_again(name: str, tmp_path: Path) -> None:
    """The real port and supervision: a code, the cable out and in, another code, and never another one."""
    with Table(tmp_path, models=[name]) as table, supervised(name, table.places[name].path) as heard:
        twin = table.places[name].twin
        assert isinstance(twin, SerialScanner | TriggeredScanner | KeyboardGun)
        heard.until_opened()
        scan_until_read(heard, twin, "SF1234567890123")
        twin.unplug()
        heard.until_lost()
        twin.plug()
        heard.until_opened()
        scan_until_read(heard, twin, "YT7654321098765")
        scanned = {reading.code for reading in heard.readings if isinstance(reading, Scan)}
        assert scanned == {"SF1234567890123", "YT7654321098765"}


@pytest.mark.parametrize("name", [name for name in ("modbus_xymd02",) if name in COVERED])
def test_a_modbus_thermometer_on_a_pty_is_read(name: str, tmp_path: Path) -> None:
    """The real port and supervision, the adapter echoing: the temperature."""
    with Table(tmp_path, models=[name]) as table:
        twin = table.places[name].twin
        assert isinstance(twin, SerialThermometer)
        twin.echo()
        twin.set_temperature_mc(5_200)
        with supervised(name, table.places[name].path, every_s=0.5) as heard:
            heard.until_said(lambda reading: isinstance(reading, Temperature) and reading.temperature_mc == 5_200)


def test_a_lid_on_the_table_opens_once_and_shuts_once(tmp_path: Path) -> None:
    """From another process's side of the wire, chattering as a reed does: shut, open, shut, and open once it is cut."""
    with Table(tmp_path, models=["door_gpio"]) as table:
        (stanza,) = tomllib.loads(table.stanzas())["device"]
        with supervised("door_gpio", stanza["path"], factory=stanza["factory"]) as heard:
            heard.until_said(lambda reading: isinstance(reading, Door) and not reading.is_open)
            for typed in ("open", "shut", "cut"):
                obey(table, f"door_gpio {typed}")
                heard.until_said(lambda reading: isinstance(reading, Door))
                obey(table, "door_gpio glitch")
        told = [reading.is_open for reading in heard.readings if isinstance(reading, Door)]
        assert told == [False, True, False, True]


def test_the_mains_on_the_table_fail_once_and_come_back_once(tmp_path: Path) -> None:
    """With all bounces of the relay: there, gone, there, and gone once the wire is cut."""
    with Table(tmp_path, models=["power_gpio"]) as table:
        (stanza,) = tomllib.loads(table.stanzas())["device"]
        with supervised("power_gpio", stanza["path"], factory=stanza["factory"]) as heard:
            heard.until_said(lambda reading: isinstance(reading, Power) and reading.is_good)
            for typed in ("fail", "return", "cut"):
                obey(table, f"power_gpio {typed}")
                heard.until_said(lambda reading: isinstance(reading, Power))
        told = [reading.is_good for reading in heard.readings if isinstance(reading, Power)]
        assert told == [True, False, True, False]


def press_until_scanned(heard: Heard, table: Table) -> None:
    """Press, and again if nothing comes of it: a button says nothing of itself, not even that its pin is taken."""
    for _ in range(MOST_SCANS):
        obey(table, "button_gpio press")
        if heard.says(lambda reading: isinstance(reading, Scan), within_s=1.0):
            return
    raise AssertionError(f"pressed {MOST_SCANS} times in vain")


def test_a_button_on_the_table_is_the_card_it_stands_for(tmp_path: Path) -> None:
    """Pressed twice, with all its bounces: two scans of the card in its stanza, and nothing else."""
    with Table(tmp_path, models=["button_gpio"]) as table:
        (stanza,) = tomllib.loads(table.stanzas())["device"]
        keys = {key: stanza[key] for key in ("factory", "code")}
        with supervised("button_gpio", stanza["path"], **keys) as heard:
            for _ in range(2):
                press_until_scanned(heard, table)
        assert [reading.code for reading in heard.readings if isinstance(reading, Scan)] == ["YYCOUT", "YYCOUT"]


def test_a_camera_on_the_table_is_read_like_a_gun(tmp_path: Path) -> None:
    """The real decoders: a label with two codes is two scans, a torn one none; away with the folder, and it is lost."""
    with (
        Table(tmp_path, models=["scan_camera"]) as table,
        supervised("scan_camera", table.places["scan_camera"].path, every_s=0.05) as heard,
    ):
        obey(table, "scan_camera photo SF1234567890123 78812345678901")
        obey(table, "scan_camera torn YT8830012345678")
        heard.until_said(lambda reading: isinstance(reading, BadReading) and reading.reason is Reason.NO_READ)
        obey(table, "scan_camera spoil")
        heard.until_said(lambda reading: isinstance(reading, BadReading) and reading.reason is Reason.MALFORMED)
        obey(table, "scan_camera unplug")
        heard.until_lost()
        obey(table, "scan_camera plug")
        obey(table, "scan_camera dark JDVA00123456789-1-1-")
        heard.until_said(lambda reading: isinstance(reading, Scan) and reading.code.startswith("JDVA"))
        codes = [reading.code for reading in heard.readings if isinstance(reading, Scan)]
        assert sorted(codes[:2]) == ["78812345678901", "SF1234567890123"]
        assert codes[2:] == ["JDVA00123456789-1-1-"]


def test_real_devices_keep_the_contract(real_devices: dict[str, str]) -> None:
    """`--real MODEL=PORT`: opened, heard within a minute (scan, or put something on), the same byte by byte."""
    if not real_devices:
        pytest.skip("no real device named: pytest --real MODEL=PORT")
    for name, path in real_devices.items():
        assert name in MODELS, f"no model {name}"
        with supervised(name, path) as heard:
            heard.until_opened()
            heard.until_said(lambda reading: not isinstance(reading, BadReading), patience_s=REAL_PATIENCE_S)
        if MODELS[name].streams:
            assert_cut_does_not_matter(name, path)


def assert_cut_does_not_matter(name: str, path: str) -> None:
    """Read a real device's bytes for a while and decode them whole and one by one: the same readings."""
    model = MODELS[name]
    settings = settings_of(model, path)
    port = port_for(model, settings)
    port.open()
    try:
        decoder = model.decoder(settings)
        decoder.tick(0.0)
        request = decoder.poll()
        if request:
            port.write(request)
        data = port.read(REAL_BYTES, REAL_PATIENCE_S)
    finally:
        port.close()
    whole, cut = model.decoder(settings), model.decoder(settings)
    for decoder in (whole, cut):
        decoder.tick(0.0)
        decoder.poll()
    single = [reading for byte in data for reading in cut.feed(bytes([byte]), 0.0)]
    assert single == whole.feed(data, 0.0)


def test_a_real_device_that_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    """The bench's port is opened by the same shells: a wrong path is PortUnavailable, with its hint."""
    model = MODELS["scan_serial"]
    with pytest.raises(PortUnavailable):
        port_for(model, settings_of(model, tmp_path / "none")).open()
