"""Plays the demo: sets the stage, lets the day happen, draws it, and checks the summary. Called by `station-sim
demo`."""

import itertools
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from sim_hardware.demo import ledgers
from sim_hardware.demo.audit import Finding, audit
from sim_hardware.demo.day import LENGTH_S, LINK_CUT_S, LINK_MENDED_S, Step, day, temperature
from sim_hardware.demo.screen import Picture, Screen
from sim_hardware.demo.stage import Stage, stage
from sim_hardware.errors import SimulationError
from sim_hardware.panel import PanelLine
from sim_hardware.table import Table

BLOCK_S = 20.0
BOX_EVERY_S = 2.0
READY_S = 30.0
DRAIN_S = 60.0
FRAME_S = 0.2


def play(console: Console, *, forever: bool, keep: Path | None, seed: int, stop: Callable[[], bool]) -> bool:
    """Play one day (or days until `stop`), print the checked summary, return whether everything holds."""
    directory = keep or Path(tempfile.mkdtemp(prefix="yyt-demo-"))
    directory.mkdir(parents=True, exist_ok=True)
    console.print(f"数据在 · data in {directory}", highlight=False)
    try:
        answers: list[PanelLine] = []
        with (
            Table(directory / "devices", on_line=answers.append) as table,
            stage(directory, table=table, block_s=BLOCK_S, box_every_s=BOX_EVERY_S, cold_box=True) as running,
        ):
            _perform(console, running, answers, forever=forever, seed=seed, stop=stop)
            _finish(running)
            findings = _audit(running, answers)
        return _summary(console, findings)
    finally:
        if keep is None:
            shutil.rmtree(directory, ignore_errors=True)


def _perform(
    console: Console, running: Stage, answers: list[PanelLine], *, forever: bool, seed: int, stop: Callable[[], bool]
) -> None:
    """Let days happen, drawing all the while."""
    with Screen(console) as screen:
        _wait(lambda: bool(answers), READY_S, running, "驿站没有就绪 · the station did not become ready")
        for number in itertools.count():
            _one_day(screen, running, day(seed + number), stop)
            if not forever or stop():
                return


def _one_day(screen: Screen, running: Stage, steps: list[Step], stop: Callable[[], bool]) -> None:
    """Take each step at its second."""
    start_s = time.monotonic()
    story = "驿站开门 · the station opens"
    waiting = list(steps)
    while (elapsed_s := time.monotonic() - start_s) < LENGTH_S and not stop():
        box_mc = temperature(running, elapsed_s)
        while waiting and waiting[0].at_s <= elapsed_s:
            step = waiting.pop(0)
            story = step.title
            step.act(running)
        running.check_alive()
        screen.show(_picture(running, story, elapsed_s, box_mc))
        time.sleep(FRAME_S)


def _picture(running: Stage, story: str, elapsed_s: float, box_mc: int) -> Picture:
    card = ledgers.counts(running.journal, "entry")
    county = ledgers.counts(running.county, "log")
    return Picture(
        elapsed_s=elapsed_s,
        story=story,
        link_up=not LINK_CUT_S <= elapsed_s < LINK_MENDED_S,
        box_mc=box_mc,
        said=ledgers.sentences(running.directory / "station-run.log"),
        on_card=sum(card) if card else None,
        confirmed=ledgers.confirmed(running.confirmations),
        at_county=sum(county) if county else None,
    )


def _finish(running: Stage) -> None:
    """Close the counter, then wait until the county has confirmed everything that is on the card."""
    running.link.mend()
    agent = running.processes.pop("station-run")
    agent.terminate()
    agent.wait(10)

    def drained() -> bool:
        on_card = ledgers.counts(running.journal, "entry")
        return on_card is not None and sum(on_card) == ledgers.confirmed(running.confirmations)

    _wait(drained, DRAIN_S, running, "县中心没有收齐 · the county did not get everything")


def _audit(running: Stage, answers: list[PanelLine]) -> list[Finding]:
    greens = [line for line in answers if line.colour == "green"]
    return audit(
        ledgers.journal_entries(running.journal),
        ledgers.county_entries(running.county),
        greens,
        ledgers.confirmed(running.confirmations),
    )


def _summary(console: Console, findings: list[Finding]) -> bool:
    """Print what was found; return whether all of it holds."""
    console.print()
    for finding in findings:
        mark = "[green]✓[/green]" if finding.holds else "[bold red]✗[/bold red]"
        console.print(f"{mark} {finding.title}: {finding.figures}", highlight=False)
    holds = all(finding.holds for finding in findings)
    good, bad = "全部核对无误 · everything checked and true", "有不符,见上 · something does not hold, see above"
    console.print(f"\n{good if holds else bad}", style="bold green" if holds else "bold red")
    return holds


def _wait(condition: Callable[[], bool], timeout_s: float, running: Stage, complaint: str) -> None:
    """Wait for a condition of the world; raises SimulationError when it does not come."""
    until_s = time.monotonic() + timeout_s
    while not condition():
        running.check_alive()
        if time.monotonic() > until_s:
            raise SimulationError(complaint, hint=f"看日志 · see the logs in {running.directory}")
        time.sleep(0.1)
