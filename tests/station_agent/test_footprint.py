"""What `station run` carries in memory: a Pi has 512 MB for everything, so it loads what it uses and no more."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from station_agent.config import load
from tests.station_agent.folder import init

TELL = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from station_agent.cli import main; main()"
SHIPPING = {"zstandard", "paho", "cryptography", "sync.wire", "sync.mqtt", "sync.keys"}
"""What only the process that ships the journal needs."""


@pytest.fixture
def loaded(tmp_path: Path) -> set[str]:
    """The modules of a real `station run` at its end, after it was ready; top-level names of packages among them."""
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
