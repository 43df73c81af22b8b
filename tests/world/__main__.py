"""`python -m tests.world`: run seeds, replay one, shrink what fails. See README.md."""

import argparse
import sys

from tests.world.running import Plan, report, run_many


def main() -> int:
    """Run what the command line says; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.world", description=__doc__)
    parser.add_argument("seeds", nargs="*", help="seeds, or ranges such as 0-99; without any, as many as --years wants")
    parser.add_argument("--years", type=float, default=200.0, help="station-years to simulate")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--without", default="", help="faults left out, with commas between")
    parser.add_argument("--days", type=float, help="length of the world")
    parser.add_argument("--stations", type=int, help="number of stations")
    parser.add_argument("--bug", default="", help="plant a bug by its name")
    parser.add_argument("--loud", action="store_true", help="tell the story as it happens")
    given = parser.parse_args()
    without = tuple(name for name in given.without.split(",") if name)
    plan = Plan(without=without, days=given.days, stations=given.stations, bug=given.bug)
    seeds = [seed for text in given.seeds for seed in _range(text)]
    return report(run_many(plan, seeds, years=given.years, first=given.first, loud=given.loud), plan)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())
