"""`station run`: the process that owns devices, counter and journal. A thin shell that puts the parts together."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import click

from station_agent import VERSION
from station_agent.commands.common import config_option, in_words
from station_agent.commands.service import on_stop, ready
from station_agent.config import Settings, load
from station_agent.counter.answers import Advice, Answer
from station_agent.errors import FolderTaken, JournalDamaged, JournalFull, JournalUnwritable
from station_agent.feedback import Console, Feedback, Panel, Several
from sync.errors import BrokenChain
from sync.service import Beats, notify

if TYPE_CHECKING:
    from station_agent.agent import Workplace
    from station_agent.station import Station

RETRY_S = 3
"""Seconds between attempts to open a journal on a card that refuses."""
SAY_AGAIN_S = 60.0
"""How often a card that refuses at the start is told."""
_NEW_SEAL = (
    "已生成新的封存密钥 station.seal:运行 station enrolment,在县中心 county station add / "
    "a new sealing key was made: `station enrolment`, then county station add"
)


@click.command("run")
@config_option
@in_words
def run_command(config: Path) -> None:
    """运行驿站:扫描枪、秤、冷箱、账本 / Run the station: devices, counter, journal. Needs no network."""
    # What a command does not use, it does not load: a Pi has 512 MB for everything.
    from drivers.outages import Crashed  # noqa: PLC0415
    from station_agent.agent import Agent  # noqa: PLC0415
    from station_agent.devices import Event  # noqa: PLC0415
    from station_agent.personal.key_files import make_seal_key  # noqa: PLC0415
    from station_agent.station import open_station  # noqa: PLC0415

    settings, devices = load(config)
    events: SimpleQueue[Event | None] = SimpleQueue()
    feedback = _feedback(settings, lambda error: events.put(Crashed("feedback", error)))
    station = when_card_takes(lambda: open_station(settings), feedback)
    if station is None:
        return
    with station, _suspecting(station):
        if make_seal_key(settings.seal_path):
            click.echo(_NEW_SEAL, err=True)
        agent = Agent(workplace(settings, station, feedback), devices, VERSION, events=events)
        on_stop(agent.stop)
        agent.run(ready=ready, beat=Beats().part())


def workplace(settings: Settings, station: "Station", feedback: Feedback) -> "Workplace":
    """Put together what the agent's loop works with; nothing of it knows whether time is real."""
    from drivers import throttling  # noqa: PLC0415
    from station_agent.agent import Workplace  # noqa: PLC0415
    from station_agent.badges import load_ahead  # noqa: PLC0415
    from station_agent.clock_desk import ClockDesk  # noqa: PLC0415
    from station_agent.coldwork import ColdWork  # noqa: PLC0415
    from station_agent.counter.boxes import BoxTemperatures  # noqa: PLC0415
    from station_agent.counter.power import PowerWatch  # noqa: PLC0415
    from station_agent.counter.weighing import WeighingRules  # noqa: PLC0415
    from station_agent.order_desk import OrderDesk  # noqa: PLC0415
    from station_agent.station import make_sent_down, make_sweep, upkeep  # noqa: PLC0415

    faults = station.outlook.open_faults
    cold = ColdWork(station.cold, station.notes.calibrations, station.clock.stamp)
    return Workplace(
        journal=station.journal,
        counter=station.counter,
        feedback=feedback,
        faults=faults,
        upkeep=upkeep(settings, station, faults, lambda: cold.setups),
        told=station.told,
        rules=WeighingRules(division_g=settings.weighing.division_g, near_zero_g=settings.weighing.near_zero_g),
        boxes=BoxTemperatures(settings.boxes.block_s),
        link_path=settings.link_path,
        stamp=station.clock.stamp,
        cold=cold,
        outlook=station.outlook,
        adopts_guns=settings.station.adopt_guns,
        power=PowerWatch(settings.power.ready_after_s),
        throttling=throttling.look,
        clock=ClockDesk(station.clock, station.journal, station.counter.books),
        orders=OrderDesk(settings.orders_path, settings.journal_path, station.notes),
        sweep=make_sweep(station, settings),
        sent_down=make_sent_down(station, settings),
        quiet=lambda: load_ahead(station.counter.books.road),
        seal=lambda records, aside, wall_ms: station.sealing.sealed(records, aside, station.contacts, wall_ms),
    )


def when_card_takes(
    opening: Callable[[], "Station"], feedback: Feedback, wait: Callable[[float], None] = time.sleep
) -> "Station | None":
    """Open the station as soon as the card takes what is written; until then nothing is scanned, and that is told.

    None when somebody asked for an end before.
    """
    stopping: list[bool] = []
    on_stop(lambda: stopping.append(True))
    beat, said_s = Beats().part(), float("-inf")
    while not stopping:
        try:
            return opening()
        except (JournalFull, JournalUnwritable) as error:
            if isinstance(error, FolderTaken):
                raise
            if time.monotonic() - said_s >= SAY_AGAIN_S:
                said_s = time.monotonic()
                click.echo(f"错误 / error: {error}\n→ {error.hint}", err=True)
                feedback.give(Answer("card.refuses", advice=Advice.of(error.hint)))
                notify("READY=1")
        for _ in range(RETRY_S):
            beat()
            if not stopping:
                wait(1.0)
    return None


@contextlib.contextmanager
def _suspecting(station: "Station") -> Iterator[None]:
    """What is found wrong with the journal while at work is for the next start to set right."""
    try:
        yield
    except (JournalDamaged, BrokenChain) as error:
        station.recovery.suspect(error)
        raise


def _feedback(settings: Settings, crashed: Callable[[BaseException], None]) -> Feedback:
    """The ways of answering that the configuration names, the quickest to notice first.

    crashed is told of an error of ours in a thread of theirs.
    """
    ways: list[Feedback] = []
    if settings.feedback.lamps is not None:
        from drivers.gpio.signal_gpio import Signals  # noqa: PLC0415
        from station_agent.lamps import Lamps  # noqa: PLC0415

        lamps = settings.feedback.lamps
        ways.append(Lamps(Signals(lamps), crashed, lamps.relay_with))
    if settings.feedback.panel is not None:
        from drivers.ports import SerialPort  # noqa: PLC0415
        from drivers.settings import SerialSettings  # noqa: PLC0415

        ways.append(Panel(SerialPort(SerialSettings(path=settings.feedback.panel)), crashed))
    if settings.feedback.voice:
        from station_agent.voice.player import Voice  # noqa: PLC0415

        ways.append(Voice(settings.feedback.sound_device, lambda line: click.echo(line, err=True), crashed))
    if settings.feedback.console:
        ways.append(Console(sys.stdout))
    return Several(ways)
