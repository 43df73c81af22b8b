"""`station status`: how far the journal is and how far the county has confirmed it."""

import json
import sqlite3
import time
from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.config import load
from station_agent.journal.reader import JournalFile
from sync.link import LinkFile


@click.command("status")
@config_option
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象 / print one JSON object.")
@in_words
def status_command(config: Path, as_json: bool) -> None:
    """账本有多少、县中心确认了多少 / what is recorded here and what the county confirmed."""
    settings, _ = load(config)
    journal = JournalFile(settings.journal_path)
    try:
        link = LinkFile(settings.link_path, lambda: time.time_ns() // 1_000_000, writable=False)
    except sqlite3.DatabaseError:
        link = None
    chains = []
    for head in journal.heads():
        confirmed = link.confirmed(head.chain) if link else None
        chains.append(
            {
                "epoch": head.epoch.hex(),
                "lane": head.lane.name.lower(),
                "recorded": head.sequence + 1,
                "confirmed": confirmed.sequence + 1 if confirmed else 0,
            }
        )
    troubles = [noted.trouble.value for noted in link.troubles()] if link else []
    if as_json:
        click.echo(json.dumps({"station": settings.station.id, "chains": chains, "troubles": troubles}))
        return
    click.echo(f"{settings.station.id} {settings.station.name}")
    for chain in chains:
        click.echo(
            f"  {chain['epoch']} {chain['lane']:<9} 已记 / recorded {chain['recorded']:>7}  "
            f"县已确认 / confirmed {chain['confirmed']:>7}"
        )
    for trouble in troubles:
        click.echo(f"  ⚠ {trouble}")
