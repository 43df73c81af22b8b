"""A card that fills up at any moment of the work: red, nothing claimed, nothing half written, and on it goes with room.

Run by `make torture`, as root, since it mounts a small tmpfs as the card.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim_hardware.demo import ledgers
from sim_hardware.demo.stage import Stage, stage
from sim_hardware.panel import PanelLine
from sim_hardware.table import Table
from sync.entry import Lane
from tests.torture.small_card import fill, make_room, small_card
from tests.torture.test_kill import _drain

pytestmark = pytest.mark.torture

ROUNDS = int(os.environ.get("FULL_ROUNDS", "30"))
CARD_KB = 16384


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A card of 16 MB, mounted where the station keeps its data."""
    with small_card(tmp_path / "station", CARD_KB) as where:
        yield where


def test_a_full_card_turns_red_and_loses_nothing(tmp_path: Path, card: Path) -> None:
    """The card is filled and emptied again at random moments; each answer is true, and all greens reach the county."""
    draw = random.Random(1)
    answers: Counter[str] = Counter()
    green: list[str] = []
    with (
        Table(tmp_path / "devices", paced=False) as table,
        stage(tmp_path, table=table, block_s=2.0, box_every_s=0.5) as running,
    ):
        _ready(table)
        for round_number in range(ROUNDS):
            _scan_some(table, f"SF{round_number:05d}", draw.randint(1, 30), green, answers)
            fill(card)
            reds = answers["not_saved"]
            _scan_some(table, f"YT{round_number:05d}", 40, green, answers)
            assert answers["not_saved"] > reds, "a full card must be told"
            make_room(card)
            before = len(green)
            _scan_some(table, f"JT{round_number:05d}", 5, green, answers)
            assert len(green) == before + 5, "with room the work goes on at once"
            running.check_alive()
        _check(running, green, answers)


def _check(running: Stage, green: list[str], answers: Counter[str]) -> None:
    _drain(running)
    journal = ledgers.journal_entries(running.journal)
    county = ledgers.county_entries(running.county)
    received = Counter(
        entry.read_body()["waybill"]
        for branches in county.values()
        for entry in branches
        if entry.read_header().kind == "parcel.received"
    )
    print(f"\n{ROUNDS} times full: {dict(answers)}; {len(green)} green, journal {len(journal)}, county {len(county)}")
    assert received == Counter(green)
    # Telemetry the county has may go from a full card; everything else is in both, byte by byte.
    assert {place.lane for place in county.keys() - journal.keys()} <= {int(Lane.TELEMETRY)}
    assert {place: county[place] for place in journal} == journal
    behind_gaps = {place for place in journal if place._replace(sequence=place.sequence - 1) not in journal}
    assert set(ledgers.bad_links(journal)) <= {place for place in behind_gaps if place.lane == int(Lane.TELEMETRY)}


def _ready(table: Table) -> None:
    line = table.panel.wait_for_line(30)
    assert line is not None
    assert line.phrase_id == "station.ready"


def _scan_some(table: Table, prefix: str, count: int, green: list[str], answers: Counter[str]) -> None:
    """Scan new parcels one by one and wait for each answer."""
    for number in range(count):
        waybill = f"{prefix}{number:08d}"
        table.gun.scan(waybill)
        line = _answer(table)
        answers[line.phrase_id] += 1
        if line.phrase_id == "parcel.received":
            green.append(waybill)


def _answer(table: Table) -> PanelLine:
    while True:
        line = table.panel.wait_for_line(5)
        assert line is not None, "every scan is answered"
        if line.phrase_id != "device.fault":
            return line
