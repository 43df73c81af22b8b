"""`station-sim devices`: the table, its verbs, and the console around them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim_hardware.cli import main
from sim_hardware.errors import PathTakenError, UnknownVerbError
from sim_hardware.models import TWINS
from sim_hardware.table import Table
from sim_hardware.verbs import VERBS, help_lines, obey, verbs_of
from tests.sim_hardware.host import PATIENCE_S, opened, read_until


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    """A table with unpaced wires."""
    with Table(tmp_path / "desk", paced=False) as running:
        yield running


def test_the_stanzas_are_toml_that_leads_to_the_devices(table: Table) -> None:
    """Names, models and keys as the station's configuration has them; every path can be opened."""
    config = tomllib.loads(table.stanzas())
    desk = str(table.directory)
    assert config == {
        "device": [
            {"name": "gun", "model": "scan_serial", "path": f"{desk}/gun", "baudrate": 9600},
            {"name": "scale", "model": "stgs_ascii", "path": f"{desk}/scale", "baudrate": 9600},
            {"name": "box", "model": "w1_slave", "path": f"{desk}/w1/28-0316a2794bff/w1_slave", "every_s": 60},
        ],
        "feedback": {"panel": f"{desk}/panel"},
    }
    assert all(Path(device["path"]).exists() for device in config["device"])
    assert Path(config["feedback"]["panel"]).exists()


def test_a_path_with_quotes_and_chinese_survives_toml(tmp_path: Path) -> None:
    """Any directory a person may choose."""
    with Table(tmp_path / '站点 "一"\\x', paced=False) as table:
        assert tomllib.loads(table.stanzas())["feedback"]["panel"] == str(table.panel.wire.link)


@pytest.mark.parametrize(
    ("line", "on_wire"),
    [
        ("gun scan SF1234567890123", b"SF1234567890123\r"),
        ("GUN Scan SF1 ]C0", b"]C0SF1\r"),
        ("gun bare SF1", b"SF1"),
        ("gun burst SF1 YT2", b"SF1\rYT2\r"),
        ("gun glue SF1 YT2", b"SF1YT2\r"),
        ("gun half SF1234", b"SF1"),
        ("gun scan '两 个 词'", "两 个 词\r".encode("gbk")),
    ],
)
def test_gun_verbs_reach_the_guns_wire(table: Table, line: str, on_wire: bytes) -> None:
    """What is typed is what the host reads."""
    with opened(table.gun.wire.link) as fd:
        obey(table, line)
        assert read_until(fd, len(on_wire)) == on_wire


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("scale put 1234", b"ST,GS,+  1.234kg\r\n"),
        ("scale put 12.4", b"ST,GS,+  0.012kg\r\n"),
        ("scale overload", b"OL,GS,+         \r\n"),
        ("scale below 7", b"ST,GS,-  0.007kg\r\n"),
    ],
)
def test_scale_verbs_reach_the_pan(table: Table, line: str, wanted: bytes) -> None:
    """Once settled, the pan shows what was typed; taking off clears it."""
    obey(table, line)
    assert table.scale.frame_at(float("inf")) == wanted
    obey(table, "scale take")
    assert table.scale.frame_at(float("inf")) == b"ST,GS,+  0.000kg\r\n"


@pytest.mark.parametrize(
    ("line", "temperature"),
    [
        ("box 4.5", "4500\n"),
        ("box -18", "-18000\n"),
        ("box power-on", "85000\n"),
        ("box short", "0\n"),
        ("box empty", ""),
        ("box bad-crc", ""),
    ],
)
def test_box_verbs_reach_the_files(table: Table, line: str, temperature: str) -> None:
    """The file `temperature` after each verb."""
    obey(table, line)
    assert (table.box.directory / "temperature").read_text("ascii") == temperature


def test_cables_are_pulled_and_put_back_by_word(table: Table) -> None:
    """Each of the four."""
    paths = {
        "gun": table.gun.wire.link,
        "scale": table.scale.wire.link,
        "box": table.box.path,
        "panel": table.panel.wire.link,
    }
    for name, path in paths.items():
        obey(table, f"{name} unplug")
        assert not path.exists()
        obey(table, f"{name} plug")
        assert path.exists()


def test_every_verb_of_every_device_can_be_typed(tmp_path: Path) -> None:
    """One of each model on one table, each verb with an example: nothing raises but a refusal in plain words."""
    with Table(tmp_path / "desk", models=[*TWINS, "scan_serial"], paced=False) as table:
        assert "scan_serial-2" in table.twins
        typed = 0
        for name, twin in table.twins.items():
            for verb in verbs_of(twin):
                with contextlib.suppress(UnknownVerbError):  # "break" on a thermometer that cannot tell, and its like
                    obey(table, " ".join([name, verb.word, *["4"] * verb.fewest]))
                typed += 1
        assert typed > 300
        assert {verb for twin in table.twins.values() for verb in verbs_of(twin)} == set(VERBS)
        assert any("NAME put GRAMS" in line for line in help_lines(table))


def test_named_models_stand_under_their_names(tmp_path: Path) -> None:
    """Two of a kind are told apart; each stanza names a path that exists; the panel is there as always."""
    with Table(tmp_path, models=["mtsics", "mtsics", "sht3x"], paced=False) as table:
        config = tomllib.loads(table.stanzas())
        assert [(device["name"], device["model"]) for device in config["device"]] == [
            ("mtsics", "mtsics"),
            ("mtsics-2", "mtsics"),
            ("sht3x", "sht3x"),
        ]
        assert all(Path(device["path"]).exists() for device in config["device"])
        obey(table, "mtsics-2 put 1234")
        obey(table, "sht3x 4.5")
        assert Path(config["device"][2]["path"]).read_text("ascii") == "4500\n"


def test_a_model_without_a_twin_is_refused_with_the_list(tmp_path: Path) -> None:
    """The technician mistyped: the names there are come with the refusal."""
    result = CliRunner().invoke(main, ["devices", "--at", str(tmp_path), "--model", "mtsix"], input="")
    assert result.exit_code == 1
    assert "没有这种模拟设备" in result.stderr
    assert "mtsics" in result.stderr


def test_the_console_sets_out_every_model(tmp_path: Path) -> None:
    """`--all`: a stanza for each twin there is, and its verbs obeyed by name."""
    typed = "help\nhid_pos_scale put 500\nmodbus_pt100_trs02a break short\nmodbus_xymd02 break\nquit\n"
    result = CliRunner().invoke(main, ["devices", "--at", str(tmp_path / "desk"), "--unpaced", "--all"], input=typed)
    assert result.exit_code == 0
    assert all(f'model = "{model}"' in result.stdout for model in TWINS)
    assert result.stderr.count("数值不行") == 1


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("gun scn X", "gun scan"),
        ("toaster on", "help"),
        ("gun scan", "gun scan CODE"),
        ("gun scan A B C", "gun scan CODE"),
        ("gun scan A nonsense", "gun scan CODE"),
        ("gun noise 0", "gun noise"),
        ("gun scan 'open", "quotation"),
        ("scale put much", "scale put GRAMS"),
        ("scale put nan", "scale put GRAMS"),
        ("scale garble -1", "scale garble BYTES"),
        ("box 300", "box CELSIUS"),
        ("box inf", "box CELSIUS"),
    ],
)
def test_a_mistake_is_answered_with_what_to_type(table: Table, line: str, hint: str) -> None:
    """No traceback for a slip of the finger."""
    with pytest.raises(UnknownVerbError) as refusal:
        obey(table, line)
    assert hint in refusal.value.hint


def test_an_empty_line_does_nothing(table: Table) -> None:
    """Somebody pressed Enter."""
    obey(table, "   ")


def test_a_table_that_cannot_be_set_out_leaves_nothing_behind(tmp_path: Path) -> None:
    """A real file where the panel should be: refused, and the devices set out before it are gone again."""
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "panel").write_text("precious")
    with pytest.raises(PathTakenError), Table(desk):
        pass
    assert sorted(entry.name for entry in desk.iterdir()) == ["panel", "w1"]
    assert (desk / "panel").read_text() == "precious"


def test_the_console_obeys_its_input_and_ends_with_it(tmp_path: Path) -> None:
    """Piped verbs: stanzas first, errors answered, help in Chinese first, and everything cleared away."""
    typed = "help\nbox 4.5\ngun scn X\n\nquit\nbox 5\n"
    result = CliRunner().invoke(main, ["devices", "--at", str(tmp_path / "desk"), "--unpaced"], input=typed)
    assert result.exit_code == 0
    assert 'model = "scan_serial"' in result.stdout
    assert "扫一个单号 · scan a code" in result.stdout
    assert "没有这个命令 · no such verb: gun scn" in result.stderr
    assert not (tmp_path / "desk" / "gun").is_symlink()


def test_the_console_refuses_a_taken_path_in_plain_words(tmp_path: Path) -> None:
    """Exit 1, the reason and what to do; a directory that cannot be made likewise."""
    (tmp_path / "gun").write_text("")
    result = CliRunner().invoke(main, ["devices", "--at", str(tmp_path)], input="")
    assert result.exit_code == 1
    assert "move it away" in result.stderr
    result = CliRunner().invoke(main, ["devices", "--at", str(tmp_path / "gun" / "below")], input="")
    assert result.exit_code == 1
    assert "cannot set out" in result.stderr


def test_help_speaks_both_languages() -> None:
    """Chinese first, English second, in every help page."""
    assert "模拟外设 · simulated devices" in CliRunner().invoke(main, ["--help"]).stdout
    assert "设备放在哪个目录 · directory" in CliRunner().invoke(main, ["devices", "--help"]).stdout


def test_a_console_that_stays_prints_the_panel_and_leaves_on_sigterm(tmp_path: Path) -> None:
    """The real program with no input: it runs on, shows what the agent answers, and clears up when told to go."""
    command = [sys.executable, "-m", "sim_hardware.cli", "devices", "--at", str(tmp_path / "desk"), "--stay"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment) as program:
        assert program.stdout is not None
        try:
            heard_until(program.stdout.fileno(), "help 帮助")
            with opened(tmp_path / "desk" / "panel") as fd:
                os.write(fd, b"green high parcel.received 3-2-1008\nnonsense\n")
                heard = heard_until(program.stdout.fileno(), "nonsense")
            assert "绿 green high parcel.received 3-2-1008" in heard
            assert "看不懂 · not understood: nonsense" in heard
        finally:
            program.send_signal(signal.SIGTERM)
            assert program.wait(PATIENCE_S) == 0
    assert not (tmp_path / "desk" / "panel").is_symlink()


def heard_until(fd: int, wanted: str) -> str:
    """Read a program's output until `wanted` is in it."""
    heard = b""
    while wanted.encode() not in heard:
        assert select.select([fd], [], [], 20)[0], f"never said {wanted!r}, only {heard.decode()!r}"
        piece = os.read(fd, 65_536)
        assert piece, f"ended after {heard.decode()!r}"
        heard += piece
    return heard.decode()
