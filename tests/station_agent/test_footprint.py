"""What `station run` carries in memory: a Pi has 512 MB for everything, so it loads what it uses and no more."""

import signal
import subprocess
import sys

import pytest

from station_agent.config import load
from tests.station_agent.folder import init

TELL = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from station_agent.cli import main; main()"
SHIPPING = {"zstandard", "paho", "cryptography", "sync.wire", "sync.mqtt", "sync.keys"}
"""What only the process that ships the journal needs."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a real `station run` at its end, after it was ready; top-level names of packages among them."""
    tmp_path = tmp_path_factory.mktemp("station")
    init(tmp_path)
    config = tmp_path / "etc" / "station.toml"
    assert load(config)[0].station.adopt_guns
    words = [sys.executable, "-c", TELL, "run", "--config", str(config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "READY\n"
        process.send_signal(signal.SIGTERM)
        said, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints) == (0, "")
    return set(said.splitlines()[-1].split())


def test_the_agent_does_not_load_what_ships(loaded: set[str]) -> None:
    """Compression, MQTT and signatures stay out of the process that answers scans; its own parts are in it."""
    assert {"station_agent.agent", "station_agent.journal.writer", "sync.entry", "drivers.supervision"} <= loaded
    assert loaded & SHIPPING == set()


def test_a_station_without_cold_boxes_loads_nothing_of_them(loaded: set[str]) -> None:
    """Neither the watching of temperatures nor the profiles; the counter's book of contents is there and empty."""
    assert "station_agent.counter.chilled" in loaded
    assert [name for name in loaded if name.startswith("station_agent.coldchain")] == []
