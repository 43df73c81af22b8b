"""What the contract suite is given."""

import random

import pytest

from drivers.models import MODELS
from sim_hardware.models import TWINS


@pytest.fixture(scope="session")
def noise() -> bytes:
    """A megabyte of noise, the same in every run."""
    return random.Random(20240229).randbytes(300_000)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the twins that wait for their driver; a driver without a twin fails by name in test_twins.py."""
    waiting = sorted(TWINS.keys() - MODELS.keys())
    if waiting:
        terminalreporter.write_line(f"twins not under contract yet, no driver in MODELS: {', '.join(waiting)}")
