"""Twenty station-years in every run of the tests, more with `make world`; a world is the same each time."""

import pytest

from tests.world.running import Plan, run_many, run_one, shrink, tell
from tests.world.weather import FAULTS, Weather
from tests.world.world import Tally

YEARS = 20.0
PIECES = 4
ALONE = sorted(FAULTS)


@pytest.mark.parametrize("piece", range(PIECES))
def test_years_of_a_county(piece: int) -> None:
    """Whatever goes wrong: nothing answered green is lost, doubled, reordered or altered, and all of it arrives."""
    years = took_s = 0.0
    for outcome in run_many(Plan(), (), years=YEARS / PIECES, first=piece * 10_000):
        assert outcome.failure is None, tell(outcome)
        years, took_s = years + outcome.weather.years, took_s + outcome.took_s
    assert years >= YEARS / PIECES
    print(f"\n{years:.1f} station-years in {took_s:.1f} s of a core, {years / took_s:.2f} a second")


def test_a_world_is_the_same_each_time() -> None:
    """One seed, one story: line by line."""
    seed = next(seed for seed in range(100) if _is_small(seed) and len(Weather.draw(seed).rates) > 5)
    first, again = run_one(Plan(), seed), run_one(Plan(), seed)
    assert first.failure is None
    assert first.lines == again.lines
    assert first.tally == again.tally
    assert first.tally.entries > 0


@pytest.mark.world
@pytest.mark.timeout(600)
def test_every_fault_happens() -> None:
    """No fault is only a name: among a few small worlds each one is counted."""
    seen = Tally()
    for seed in [seed for seed in range(300) if _is_small(seed)][:60]:
        if not set(Weather.draw(seed).rates) - seen.happened.keys():
            continue
        outcome = run_one(Plan(stations=2), seed)
        assert outcome.failure is None, tell(outcome, Plan(stations=2))
        seen.happened |= outcome.tally.happened
    assert sorted(seen.happened) == ALONE


def test_a_failure_is_shrunk_to_what_matters() -> None:
    """The story of a failure ends with the few faults it takes, and with the command that replays it."""
    seed = next(seed for seed in range(300) if _is_small(seed) and Weather.draw(seed).rates.get("forged", 0.0) > 0.1)
    plan = Plan(bug="trusting")
    smaller, outcome = shrink(plan, run_one(plan, seed))
    assert outcome.failure is not None
    assert list(outcome.weather.rates) == ["forged"]
    assert outcome.weather.stations == 1
    assert smaller.command(seed).startswith(f"python -m tests.world {seed} --without ")


def _is_small(seed: int) -> bool:
    weather = Weather.draw(seed)
    return weather.days <= 10 and weather.stations * weather.parcels * weather.days <= 130
