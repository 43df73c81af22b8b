"""`kill -9` of any process at any moment, while parcels are scanned: whatever was answered green is at the county once.

Run by `make torture`; `KILLS=1000 make torture` for more: two stations with a county each side by side, since a world
mostly waits for the moment of its next kill. The moments are drawn from 0.05 to 1.5 s, so that starts (0.65 s) are cut
as often as work. The witness is the panel outside the processes.
"""

import multiprocessing
import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from sim_hardware.demo import ledgers
from sim_hardware.demo.audit import audit
from sim_hardware.demo.stage import Stage, stage
from sim_hardware.panel import PanelLine
from sim_hardware.table import Table

pytestmark = pytest.mark.torture

KILLS = int(os.environ.get("KILLS", "200"))
SEED = int(os.environ.get("SEED", "1"))
WORLDS = min(2, KILLS)
"""Stations tortured side by side: as many as there are cores."""
ANSWER_S = 2.0
DRAIN_S = 120.0


class Attendant(threading.Thread):
    """Scans one parcel after the other and scans again whatever got no answer, as a person would."""

    def __init__(self, table: Table) -> None:
        super().__init__(daemon=True)
        self._table = table
        self.stopping = False
        self.green: list[str] = []
        self.seen_again: list[str] = []
        self.unanswered = 0
        self.red = 0

    def run(self) -> None:
        number = 0
        while not self.stopping:
            number += 1
            self._bring_in(f"SF{number:013d}")

    def _bring_in(self, waybill: str) -> None:
        while not self.stopping:
            while self._table.panel.wait_for_line(0.0) is not None:
                pass
            self._table.gun.scan(waybill)
            line = self._answer()
            if line is None:
                self.unanswered += 1
            elif line.phrase_id == "parcel.received":
                self.green.append(waybill)
                return
            elif line.phrase_id == "parcel.already_here":
                self.seen_again.append(waybill)
                return
            else:
                self.red += 1

    def _answer(self) -> PanelLine | None:
        """The first answer that is about a parcel, None when none comes."""
        until_s = time.monotonic() + ANSWER_S
        while (left_s := until_s - time.monotonic()) > 0:
            line = self._table.panel.wait_for_line(left_s)
            if line is not None and line.phrase_id not in ("station.ready", "device.fault"):
                return line
        return None


def test_every_green_parcel_is_at_the_county_once_after_any_kill(tmp_path: Path) -> None:
    """Agent, sync and county are killed in turn at random moments; nothing answered green is lost or doubled."""
    begun_s = time.monotonic()
    told: Counter[str] = Counter()
    with ProcessPoolExecutor(WORLDS, mp_context=multiprocessing.get_context("spawn")) as pool:
        worlds = range(WORLDS)
        kills = [len(range(world, KILLS, WORLDS)) for world in worlds]
        folders = [tmp_path / str(world) for world in worlds]
        for one in pool.map(_tortured, folders, [SEED * 1000 + world for world in worlds], kills):
            told += one
    print(
        f"\nseed {SEED}, {WORLDS} side by side: {dict(told)} in {time.monotonic() - begun_s:.0f} s, 0 lost, 0 doubled"
    )


def _tortured(folder: Path, seed: int, kills: int) -> Counter[str]:
    """One station and its county, killed so often; what was counted."""
    folder.mkdir()
    draw = random.Random(seed)
    told: Counter[str] = Counter()
    with (
        Table(folder / "devices", paced=False) as table,
        stage(folder, table=table, block_s=2.0, box_every_s=0.5) as running,
    ):
        attendant = Attendant(table)
        attendant.start()
        for _ in range(kills):
            time.sleep(draw.uniform(0.05, 1.5))
            name = draw.choice(["station-run", "station-run", "station-sync", "county-serve"])
            running.kill(name)
            told += Counter({"kills": 1, f"of {name}": 1})
            running.start(name)
        attendant.stopping = True
        attendant.join(ANSWER_S * 2)
        _drain(running)
        journal = ledgers.journal_entries(running.journal)
        county = ledgers.county_entries(running.county)
        confirmed = ledgers.confirmed(running.confirmations)
    received = Counter(
        entry.read_body()["waybill"]
        for branches in county.values()
        for entry in branches
        if entry.read_header().kind == "parcel.received"
    )
    assert len(attendant.green) > kills / 2, "the torture must also let work happen"
    assert [waybill for waybill in attendant.green if received[waybill] != 1] == [], f"seed {seed}"
    assert [waybill for waybill, count in received.items() if count != 1] == [], f"seed {seed}"
    about_the_record = audit(journal, county, [], confirmed)[:4]
    assert [finding for finding in about_the_record if not finding.holds] == [], f"seed {seed}"
    return told + Counter(
        {
            "green": len(attendant.green),
            "recorded but killed before the light": len(attendant.seen_again),
            "unanswered": attendant.unanswered,
            "red": attendant.red,
            "entries": len(journal),
        }
    )


def _drain(running: Stage) -> None:
    """Close the counter and wait until everything on the card is confirmed."""
    agent = running.processes.pop("station-run")
    agent.terminate()
    agent.wait(20)
    until_s = time.monotonic() + DRAIN_S
    while time.monotonic() < until_s:
        on_card = ledgers.counts(running.journal, "entry")
        if on_card is not None and sum(on_card) == ledgers.confirmed(running.confirmations):
            return
        time.sleep(0.2)
    pytest.fail(f"not drained: {ledgers.counts(running.journal, 'entry')} {ledgers.confirmed(running.confirmations)}")
