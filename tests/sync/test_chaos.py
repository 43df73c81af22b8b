"""Both ends in virtual time under everything that can go wrong; see `chaos.py` for what must hold."""

import pytest

from tests.sync.chaos import DRAIN_S, World

SEEDS = 300


@pytest.mark.parametrize("seed", range(SEEDS))
def test_everything_arrives_once_the_faults_stop(seed: int) -> None:
    """Lost, doubled, late, flipped, forged, restored, broken: afterwards the county holds the journal hash by hash."""
    try:
        assert World(seed).run() <= DRAIN_S
    except BaseException as error:
        error.add_note(f"replay: .venv/bin/python -m tests.sync.chaos {seed}")
        raise
