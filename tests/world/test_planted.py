"""The simulator is itself tested: every planted bug must be caught, or its silence proves nothing."""

import pytest

from tests.world.planted import BUGS
from tests.world.running import hunt
from tests.world.witness import Violation

QUICK = [
    "answers_refused", "settles_first", "green_first", "head_first", "trusting", "drops_last", "confirms_sent",
    "backwards", "one_too_far", "alters", "leaves_one_behind", "receives_twice", "forgets_handover",
    "anyones_list", "latest_list", "asks_once", "looks_once", "believes_anybody", "forgets_trips",
]  # fmt: skip
"""Caught by the first small worlds; the others take some seconds each."""


@pytest.mark.parametrize("bug", QUICK)
def test_a_planted_bug_is_caught_at_once(bug: str) -> None:
    """One thing wrong in a core does not get through a few small worlds."""
    _caught(bug, 400, 20)


@pytest.mark.world
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug not in QUICK])
def test_a_planted_bug_is_caught(bug: str) -> None:
    """The same for bugs that take longer to show."""
    _caught(bug, 800, 80)


def _caught(bug: str, seeds: int, tries: int) -> None:
    outcome = hunt(bug, seeds, tries)
    assert outcome is not None, f"{bug} got through {tries} worlds"
    assert isinstance(outcome.failure, Violation), repr(outcome.failure)


def test_enough_bugs_are_planted() -> None:
    """The bar is twenty."""
    assert len(BUGS) >= 20
