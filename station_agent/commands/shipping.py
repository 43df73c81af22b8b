"""`station sync`: the process that ships the journal. A thin shell that puts the parts together.

It loads no driver, no cold chain and no phrase: of the configuration it reads the tables alone and looks into no stanza
of a device or box, so that a mistake there keeps nothing from being sent.
"""

import time
from functools import partial
from pathlib import Path

import click

from station_agent import VERSION
from station_agent.alarmed import alarmed_boxes
from station_agent.commands.carrying import LazySticks
from station_agent.commands.common import config_option, in_words
from station_agent.commands.service import on_stop, ready
from station_agent.config import load_shape
from station_agent.errors import JournalMissing
from station_agent.journal.reader import JournalFile
from sync.keys import SigningKey
from sync.link import LinkFile
from sync.service import Beats
from sync.ship import Shipment


@click.command("sync")
@config_option
@in_words
def sync_command(config: Path) -> None:
    """把账本送到县中心 / Ship the journal to the county centre; keeps trying, loses nothing."""
    settings = load_shape(config)

    def say(line: str) -> None:
        click.echo(line, err=True)

    key = SigningKey.load(settings.key_path)
    stopping: list[bool] = []
    on_stop(lambda: stopping.append(True))
    ready()
    beat = Beats().part()
    journal: JournalFile | None = None
    while journal is None and not stopping:
        beat()
        try:
            journal = JournalFile(settings.journal_path)
        except JournalMissing:
            time.sleep(0.2)
    if journal is None:
        return
    link = LinkFile(settings.link_path, _wall_ms, writable=True)
    shipment = Shipment(
        station=settings.station.id,
        version=VERSION,
        key=key,
        county_key=bytes.fromhex(settings.county.public_key),
        broker=settings.county.broker,
        journal=journal,
        link=link,
        say=say,
        sticks=LazySticks(settings, journal, link, key, say) if settings.carry.mounts else None,
        alarms=partial(alarmed_boxes, journal),
        daily_bytes=settings.county.daily_bytes,
    )
    shipment.run(stop=lambda: bool(stopping), beat=beat)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
