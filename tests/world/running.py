"""Runs worlds by the dozen, tells what failed, and shrinks a story to what matters."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.world.planted import BUGS
from tests.world.weather import Weather
from tests.world.world import Parts, Tally, World, told

SHOWN_LINES = 60
MAX_TRIES = 60


@dataclass(frozen=True)
class Plan:
    """How the worlds of seeds are altered: faults left out, another length, fewer stations, a planted bug."""

    without: tuple[str, ...] = ()
    days: float | None = None
    stations: int | None = None
    bug: str = ""

    def weather(self, seed: int) -> Weather:
        """The weather of a seed under this plan."""
        weather = Weather.draw(seed).without(*self.without)
        days = weather.days if self.days is None else self.days
        stations = weather.stations if self.stations is None else self.stations
        return replace(weather, days=days, stations=stations)

    def command(self, seed: int) -> str:
        """What replays it."""
        words = [f"python -m tests.world {seed}"]
        words += [f"--without {','.join(self.without)}"] if self.without else []
        words += [f"--days {self.days:g}"] if self.days is not None else []
        words += [f"--stations {self.stations}"] if self.stations is not None else []
        words += [f"--bug {self.bug}"] if self.bug else []
        return " ".join([*words, "--loud"])


class Outcome(NamedTuple):
    """One world: what was wrong (None for nothing), in figures, its last lines, and how long it took of a core."""

    seed: int
    weather: Weather
    failure: Exception | None
    tally: Tally
    lines: list[str]
    took_s: float


def run_one(plan: Plan, seed: int, *, loud: bool = False) -> Outcome:
    """Live through one world."""
    weather = plan.weather(seed)
    began_s = time.process_time()
    world = World(weather, BUGS[plan.bug].parts if plan.bug else Parts(), loud=loud)
    failure: Exception | None = None
    try:
        world.run()
    except Exception as error:  # noqa: BLE001 - whatever the cores raise is a finding
        failure = error
    lines = [told(at_s, words) for at_s, words in list(world.lines)[-SHOWN_LINES:]]
    return Outcome(seed, weather, failure, world.tally, lines, time.process_time() - began_s)


def run_many(
    plan: Plan, seeds: Sequence[int], *, years: float, first: int = 0, loud: bool = False
) -> Iterator[Outcome]:
    """The given seeds, or from `first` on until so many station-years are simulated; ends behind a failure."""
    done = 0.0
    queue = iter(seeds) if seeds else iter(range(first, first + 1_000_000))
    for seed in queue:
        if not seeds and done >= years:
            return
        outcome = run_one(plan, seed, loud=loud)
        done += outcome.weather.years
        yield outcome
        if outcome.failure is not None and not seeds:
            return


def report(outcomes: Iterator[Outcome], plan: Plan = Plan()) -> int:
    """Print what came out of it; 1 where anything failed, with what replays it under this plan."""
    years = took_s = 0.0
    count = entries = messages = 0
    for outcome in outcomes:
        count += 1
        years += outcome.weather.years
        took_s += outcome.took_s
        entries += outcome.tally.entries
        messages += outcome.tally.messages
        if outcome.failure is not None:
            print(tell(outcome, plan))
            return 1
    print(
        f"{count} seeds, {years:.1f} station-years in {took_s:.0f} s ({years / max(took_s, 1e-9):.2f} a second), "
        f"{entries} entries, {messages} messages: nothing lost, doubled, reordered or altered"
    )
    return 0


def hunt(bug: str, seeds: int, tries: int) -> Outcome | None:
    """Look for a planted bug among `seeds` seeds, those with the least to do first; None where it gets through."""

    plan, needs = Plan(bug=bug), set(BUGS[bug].needs)
    weathers = [weather for weather in map(Weather.draw, range(seeds)) if needs <= weather.rates.keys()]
    fitting = sorted((weather.load, weather.seed) for weather in weathers)
    outcomes = (run_one(plan, seed) for _, seed in fitting[:tries])
    return next((outcome for outcome in outcomes if outcome.failure is not None), None)


def shrink(plan: Plan, outcome: Outcome) -> tuple[Plan, Outcome]:
    """Leave out faults one by one while it still fails, then stations, then days."""
    tries = 0

    def still(tried: Plan) -> Outcome | None:
        nonlocal tries
        tries += 1
        if tries > MAX_TRIES:
            return None
        again = run_one(tried, outcome.seed)
        return again if again.failure is not None else None

    left = 0
    while left != len(outcome.weather.rates):  # what could not be left out may be, once others are
        left = len(outcome.weather.rates)
        for name in list(outcome.weather.rates):
            smaller = replace(plan, without=(*plan.without, name))
            if (again := still(smaller)) is not None:
                plan, outcome = smaller, again
    stations, days = outcome.weather.stations, outcome.weather.days
    while stations > 1 and (again := still(replace(plan, stations=stations - 1))) is not None:
        stations -= 1
        plan, outcome = replace(plan, stations=stations), again
    while days > 0.1 and (again := still(replace(plan, days=days / 2))) is not None:
        days /= 2
        plan, outcome = replace(plan, days=days), again
    return plan, outcome


def tell(outcome: Outcome, plan: Plan = Plan()) -> str:
    """The shrunk story of a failure and how to replay it."""
    first = outcome
    smaller, outcome = shrink(plan, outcome)
    left = sorted(outcome.weather.rates)
    return "\n".join([
        f"seed {first.seed} failed: {first.failure!r}",
        f"  replay: {plan.command(first.seed)}",
        f"shrunk to {outcome.weather.stations} stations, {outcome.weather.days:g} days, faults {left}:",
        *(f"  {line}" for line in outcome.lines),
        f"  {outcome.failure!r}",
        f"  replay: {smaller.command(first.seed)}",
    ])  # fmt: skip
