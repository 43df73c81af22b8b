"""`station sync`: it loads what it uses, and reads of the configuration what it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from station_agent.config import load, load_shape
from sync.settings import BadSettings
from tests.station_agent.folder import init

STANZAS = """
[[device]]
name = "box"
model = "w1_slave"
path = "/sys/bus/w1/devices/28-000000000001"

[[box]]
name = "1"
profile = "plum_express"
thermometer = "box"
"""
LOADED = """
import sys
from pathlib import Path
import station_agent.commands.shipping as shipping
shipping.load_shape(Path(sys.argv[1]))
print(*sorted(sys.modules))
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A station with a thermometer and a box."""
    init(tmp_path)
    path = tmp_path / "etc" / "station.toml"
    path.write_text(path.read_text() + STANZAS)
    return path


def test_it_loads_neither_drivers_nor_the_cold_chain_nor_phrases(config: Path) -> None:
    """What only `station run` needs costs the other process no memory: profiles, boxes, desks, what is said."""
    command = [sys.executable, "-c", LOADED, str(config)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "sync.ship" in loaded
    kept_out: tuple[str, ...] = (
        "station_agent.coldchain",
        "station_agent.box_settings",
        "station_agent.counter.phrases",
    )
    kept_out += ("station_agent.counter.desks", "station_agent.feedback", "drivers.thermometers", "drivers.scales")
    assert [name for name in loaded if name.startswith(kept_out)] == []


def test_a_mistake_in_a_stanza_of_a_device_keeps_nothing_from_being_sent(config: Path) -> None:
    """`station run` refuses it and says where; what is on the card already goes to the county."""
    config.write_text(config.read_text().replace("w1_slave", "w1_salve"))
    with pytest.raises(BadSettings):
        load(config)
    assert load_shape(config).station.id == "V042"


def test_a_mistake_in_its_own_tables_is_told(config: Path) -> None:
    """A key nobody knows is one, as for the other process."""
    config.write_text(config.read_text() + '\n[county.broker]\nhots = "x"\n')
    with pytest.raises(BadSettings):
        load_shape(config)
