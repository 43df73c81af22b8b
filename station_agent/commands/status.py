"""`station status`: how far the journal is, how far the county has confirmed it, and what came down from it."""

import json
import time
from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.config import load
from station_agent.county_word import DAY_MS, CountyWord, county_word, open_link
from station_agent.journal.reader import JournalFile
from station_agent.line_usage import line_usage, usage_lines


@click.command("status")
@config_option
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象 / print one JSON object.")
@in_words
def status_command(config: Path, as_json: bool) -> None:
    """账本有多少、县中心确认了多少 / what is recorded here and what the county confirmed."""
    settings, _ = load(config)
    journal = JournalFile(settings.journal_path)
    link = open_link(settings)
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
    word, now_ms = county_word(settings, link, journal), time.time_ns() // 1_000_000
    if as_json:
        document = {"station": settings.station.id, "chains": chains, "troubles": troubles}
        click.echo(json.dumps(document | _document(word, now_ms) | {"usage": line_usage(link, now_ms)}))
        return
    click.echo(f"{settings.station.id} {settings.station.name}")
    for chain in chains:
        click.echo(
            f"  {chain['epoch']} {chain['lane']:<9} 已记 / recorded {chain['recorded']:>7}  "
            f"县已确认 / confirmed {chain['confirmed']:>7}"
        )
    for line in _lines(word, now_ms):
        click.echo(f"  {line}")
    for line in usage_lines(line_usage(link, now_ms), settings.county.daily_bytes):
        click.echo(f"  {line}")
    for trouble in troubles:
        click.echo(f"  ⚠ {trouble}")


def _document(word: CountyWord, now_ms: int) -> dict[str, object]:
    """What came down, for programs."""
    return {
        "lists": [each._asdict() for each in word.lists],
        "silent_days": word.silent_days(now_ms),
        "seal_key": word.seal_key.value,
        "contacts": word.contacts,
    }


def _lines(word: CountyWord, now_ms: int) -> list[str]:
    """The same for people."""
    days = word.silent_days(now_ms)
    heard = (
        "从未联系上县里 / county never heard of" if days is None else f"县里 {days} 天前有回音 / heard {days} days ago"
    )
    lines = [heard, f"封存密钥 / sealing key {word.seal_key.value}", f"联系方式 / contacts {word.contacts}"]
    for each in word.lists:
        age = max(0, now_ms - each.at_ms) // DAY_MS
        seen = f"⚠ {each.trouble}" if each.trouble else f"{each.items} 条 / items"
        lines.append(f"清单 / list {each.name:<16} 版本 / version {each.version}  {age} 天前 / days ago  {seen}")
    return lines
