"""`station calibrate`: what a technician types, and what comes of it."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from station_agent.cli import main
from station_agent.orders import Calibrate


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A station with one thermometer and one gun."""
    path = tmp_path / "station.toml"
    path.write_text(
        f"""
[station]
id = "V042"
data = "{tmp_path}"
[county]
public_key = "{"0" * 64}"
[[device]]
name = "box"
model = "w1_slave"
path = "/dev/null"
[[device]]
name = "gun"
model = "scan_serial"
path = "/dev/zero"
""",
        encoding="utf-8",
    )
    return path


def calibrate(config: Path, device: str = "box", *more: str, offset: str = "-250", until: str = "2027-02-28") -> Result:
    """Run the command without waiting for an agent."""
    words = ["calibrate", device, "--config", str(config), "--offset-mc", offset, "--by", "王工", "--on", "2026-03-01"]
    return CliRunner().invoke(main, [*words, "--valid-until", until, "--certificate", "CNAS-1", "--no-wait", *more])


def test_it_leaves_one_order(config: Path) -> None:
    """The order lies whole in the folder, with all that was typed."""
    result = calibrate(config)
    assert result.exit_code == 0, result.output
    (path,) = (config.parent / "orders").iterdir()
    order = msgspec.json.decode(path.read_bytes(), type=Calibrate)
    assert path.name == f"{order.id}.json"
    assert (order.device, order.offset_mc, order.by, str(order.on)) == ("box", -250, "王工", "2026-03-01")


@pytest.mark.parametrize(
    ("device", "offset", "until", "word"),
    [
        ("gun", "1", "2027-02-28", "box"),
        ("box", "9000", "2027-02-28", "replace"),
        ("box", "1", "2025-01-01", "before"),
    ],
)
def test_a_mistake_is_told_before_anything_is_left(
    config: Path, device: str, offset: str, until: str, word: str
) -> None:
    """Chinese and English, status 1, no file."""
    result = calibrate(config, device, offset=offset, until=until)
    assert result.exit_code == 1
    assert word in result.output
    assert not (config.parent / "orders").exists()


@pytest.mark.parametrize("more", [["--on", "yesterday"], ["--offset-mc", "a bit"]])
def test_what_is_no_day_or_number_is_told_by_its_option(config: Path, more: list[str]) -> None:
    """Status 2, as for every mistake in the words of a command."""
    assert calibrate(config, "box", *more).exit_code == 2
