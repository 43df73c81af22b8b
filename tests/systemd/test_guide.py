"""The installation guide: what it tells a technician to type is there, and what it tells him to write is understood."""

import re
import tomllib
from pathlib import Path

import click
import msgspec
import pytest

from station_agent.cli import main as station
from station_agent.config import load
from sync.county.cli import main as county
from sync.county.settings import CountySettings

SYSTEMD = Path(__file__).parents[2] / "systemd"
ROOT = SYSTEMD.parent
GUIDE = (SYSTEMD / "README.md").read_text(encoding="utf-8")
KEY = "ab" * 32


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def calls(program: str) -> list[list[str]]:
    """The words after a program's name, of every line to be typed; redirections and comments cut off."""
    typed = (re.split(r"\s[<>#]", line)[0] for block in blocks("sh") for line in block.splitlines())
    found = (re.fullmatch(rf"(?:sudo )?(?:-u \S+ )?(?:sh )?{re.escape(program)} (.+)", line.strip()) for line in typed)
    return [match[1].split() for match in found if match is not None]


@pytest.mark.parametrize(("program", "group"), [("station", station), ("county", county)])
def test_every_command_is_one_the_program_has(program: str, group: click.Group) -> None:
    """Subcommand by subcommand, and every option down to the last."""
    typed = [words for words in calls(program) if words != ["--version"]]
    assert len(typed) > 3
    for words in typed:
        command: click.Command = group
        context = click.Context(command)
        for word in words:
            if word.startswith("-"):
                assert any(word in option.opts for option in command.params), (words, word)
            elif isinstance(command, click.Group) and word in command.list_commands(context):
                found = command.get_command(context, word)
                assert found is not None
                command = found
        assert not isinstance(command, click.Group), words


def test_the_scripts_take_the_words_of_the_guide() -> None:
    """Each word given to install is a target or a drop-in, each verb given to certificates is one it knows."""
    known = {path.stem for path in (SYSTEMD / "drop-ins").iterdir()} | {"station", "county"}
    given = {word for words in calls("systemd/install") for word in words}
    assert given
    assert given <= known
    verbs = {words[1] for words in calls("systemd/certificates")}
    assert verbs == {"ca", "broker", "client", "revoke"}
    table = set(re.findall(r"^\| `([\w-]+)` \| `?scan_camera|^\| `([\w-]+)` \| ", GUIDE, re.MULTILINE))
    assert known - {"station", "county"} <= {word for pair in table for word in pair}


def test_every_file_it_names_is_there() -> None:
    """In this folder, or in the project."""
    named = set(re.findall(r"`(?:systemd/)?([\w-]+\.(?:conf|acl|service|rules))`", GUIDE))
    assert named
    assert {name for name in named if not (SYSTEMD / name).exists()} == set()
    readmes = set(re.findall(r"`(drivers/[\w*]+/README\.md)`", GUIDE))
    assert [pattern for pattern in readmes if not list(ROOT.glob(pattern))] == []


def test_the_stations_tables_are_understood(tmp_path: Path) -> None:
    """The broker's keys and the devices, put into the file that `station init` writes."""
    devices, broker = "", ""
    for block in blocks("toml"):
        if "[[device]]" in block:
            devices = block
        elif "[broker]" not in block:
            broker = block
    config = tmp_path / "station.toml"
    head = f'[station]\nid = "500237-001"\n[county]\npublic_key = "{KEY}"\n[county.broker]\nhost = "x"\n'
    config.write_text(f"{head}{broker}{devices}", encoding="utf-8")
    settings, found = load(config)
    assert [device.name for device in found] == ["gun", "scale", "box"]
    assert settings.county.broker.ca == "/etc/youyuntong/ca.pem"


def test_the_countys_table_is_understood() -> None:
    """Instead of the embedded broker's."""
    (block,) = [block for block in blocks("toml") if "[broker]" in block]
    settings = msgspec.convert(tomllib.loads(block), CountySettings)
    assert (settings.broker.port, settings.broker.protocol, settings.embedded_broker) == (8883, 5, None)


def test_the_scores_are_those_the_tests_hold() -> None:
    """The table of what the services may do does not promise more than is measured."""
    for name, score in (("station-run", "0.4"), ("station-sync", "1.1"), ("county", "1.1")):
        assert re.search(rf"^\| `{name}` \| {re.escape(score)}", GUIDE, re.MULTILINE)
