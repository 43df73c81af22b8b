"""The simulator is itself tested: every planted bug must be caught, or its silence proves nothing."""

import pytest

from tests.world.planted import BUGS
from tests.world.running import hunt
from tests.world.witness import Violation

SEEDS, TRIES = 800, 80
QUICK = [
    "answers_refused", "settles_first", "green_first", "head_first", "trusting", "drops_last", "impatient",
    "confirms_sent", "gives_up", "answers_first", "half_commit", "alters",
]  # fmt: skip
"""Caught by the first small worlds; the others take some seconds each."""


@pytest.mark.parametrize("bug", QUICK)
def test_a_planted_bug_is_caught_at_once(bug: str) -> None:
    """One thing wrong in a core does not get through a few small worlds."""
    _caught(bug)


@pytest.mark.world
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug not in QUICK])
def test_a_planted_bug_is_caught(bug: str) -> None:
    """The same for bugs that take longer to show."""
    _caught(bug)


def _caught(bug: str) -> None:
    outcome = hunt(bug, SEEDS, TRIES)
    assert outcome is not None, f"{bug} got through {TRIES} worlds"
    assert isinstance(outcome.failure, Violation), repr(outcome.failure)


def test_enough_bugs_are_planted() -> None:
    """The bar is twenty."""
    assert len(BUGS) >= 20
