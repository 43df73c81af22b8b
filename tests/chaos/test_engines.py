"""A county on PostgreSQL and Mosquitto under load, every part of it ended in turn: nothing is lost, doubled or altered.

`make chaos`; SEED=... for another order, ROUNDS=... for more of it.
"""

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from sync.broker import BrokerSettings
from sync.county.project import waiting_chains
from sync.keys import SigningKey
from sync.sender import Timers
from tests.chaos.audit import differences, table_differences, unknown_confirmations
from tests.chaos.faults import FAULTS
from tests.chaos.fleet import Day, Station, shipping, until
from tests.chaos.house import KEEPALIVE_S, House, opened_house

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

SEED = int(os.environ.get("SEED", "1"))
ROUNDS = int(os.environ.get("ROUNDS", "2"))
STATIONS = 20
BUSIEST = 40
HEAL_S = 60.0
"""Within this every station hears of the county again, whatever it was."""
DRAIN_S = 60.0
TIMERS = Timers(answer_s=3.0, rest_base_s=0.2, rest_cap_s=3.0)
"""Shorter than at a village, so that more happens in the time of a test."""


def make_stations(house: House, directory: Path, days: list[Day]) -> list[Station]:
    """Registered stations behind the village's line."""
    broker = BrokerSettings(port=house.village.address[1], keepalive_s=KEEPALIVE_S)
    stations = []
    for number, day in enumerate(days):
        name = f"500237-{number + 1:03d}"
        key = SigningKey.create(directory / f"{name}.key")
        house.register(name, key.public)
        stations.append(Station(name, key, broker, directory, day, TIMERS))
    return stations


def test_the_county_equals_every_journal_after_every_fault(tmp_path: Path) -> None:
    """Each fault twice, in a drawn order, while twenty stations write; then every entry is compared."""
    draw = random.Random(SEED)
    healed: dict[str, list[float]] = {}
    days = [Day(SEED * 1000 + number, busiest=BUSIEST) for number in range(STATIONS)]
    with opened_house(tmp_path / "county") as house:
        stations = make_stations(house, tmp_path, days)
        with shipping(stations, house.key.public):
            assert until(lambda: all(each.heard_s for each in stations), HEAL_S), "not all stations were heard"
            for _ in range(ROUNDS):
                for fault in draw.sample(FAULTS, len(FAULTS)):
                    fault(house, draw)
                    healed.setdefault(fault.__name__, []).append(_heal(house, stations, fault.__name__))
            _finish(house, stations, days)
        house.end()
        _print_table(healed, stations)
        assert house.died == []
        assert [(each.name, each.faults) for each in stations if each.faults] == []
        assert Counter(trouble for each in stations for trouble in each.troubles) == {}
        assert differences(house.engine, stations) == []
        assert table_differences(house.engine, stations) == []


def _heal(house: House, stations: list[Station], name: str) -> float:
    """Seconds until every station was confirmed something new, with all processes ready."""
    start_s = time.monotonic()
    house.wait_until_ready(*house.names)

    def silent() -> list[str]:
        return [each.name for each in stations if each.heard_s < start_s]

    assert until(lambda: not silent(), HEAL_S), f"after {name}: not heard: {silent()}"
    house.engine.dispose()  # what a restart left in the test's own pool
    assert unknown_confirmations(house.engine, stations) == [], f"after {name}"
    return time.monotonic() - start_s


def _finish(house: House, stations: list[Station], days: list[Day]) -> None:
    """The day is over: all arrives, and the tables have all of it."""
    for day in days:
        day.over = True
    time.sleep(1.0)  # a beat may be under way
    assert until(lambda: all(each.drained for each in stations), DRAIN_S), "not drained"
    assert until(lambda: not waiting_chains(house.engine), DRAIN_S), "the tables are behind"


def _print_table(healed: dict[str, list[float]], stations: list[Station]) -> None:
    print(f"\nseed {SEED}: {STATIONS} stations, {sum(each.journal.writes for each in stations):,} entries")
    print("| fault | times | all stations confirmed again after (s) |\n|---|---|---|")
    for name, seconds in healed.items():
        print(f"| {name.replace('_', ' ')} | {len(seconds)} | {' '.join(f'{each:.1f}' for each in seconds)} |")
