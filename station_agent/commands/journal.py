"""`station journal show|verify|rebuild`: look at the record, prove it, and make what is here now from it again."""

import json
from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.config import load
from station_agent.errors import JournalMissing
from station_agent.journal.reader import JournalFile
from sync.entry import Entry, Lane
from sync.errors import BrokenChain

GAPS = {
    "broken": "账本损坏,读不出 / could not be read when the journal broke",
    "confirmed": "县里已有 / the county has them",
    "pruned": "县里早有,到期放走 / let go of: the county has had them for long",
    "pressure": "存储卡满,已记明 / let go of on a full card, and named",
}
"""Why places of a chain are not here any more."""


@click.group("journal")
def journal_group() -> None:
    """账本:查看、校验、重建 / The journal: show, verify, rebuild."""


@journal_group.command("show")
@config_option
@click.option("--lane", type=click.Choice([lane.name.lower() for lane in Lane]), default="custody", show_default=True)
@click.option("--last", type=click.IntRange(1, 100_000), default=20, show_default=True, help="最后几条 / how many.")
@click.option("--json", "as_json", is_flag=True, help="每行一个 JSON / one JSON object a line.")
@in_words
def show(config: Path, lane: str, last: int, as_json: bool) -> None:
    """显示最近的记录 / show the last entries of the present epoch."""
    settings, _ = load(config)
    journal = JournalFile(settings.journal_path)
    heads = [head for head in journal.heads() if head.lane is Lane[lane.upper()]]
    if not heads:
        hint = "先启动 station run / start `station run` first"
        raise JournalMissing("账本还是空的 / nothing was recorded yet", hint=hint)
    head = heads[-1]
    for entry in journal.every(head.chain, max(0, head.sequence + 1 - last)):
        click.echo(json.dumps(_document(entry), ensure_ascii=False) if as_json else _line(entry))


@journal_group.command("verify")
@config_option
@in_words
def verify(config: Path) -> None:
    """逐条校验哈希链 / walk every chain; names the first bad entry and exits with 1."""
    settings, _ = load(config)
    journal = JournalFile(settings.journal_path)
    broken = False
    for head in journal.heads():
        name = f"{head.epoch.hex()} {head.lane.name.lower()}"
        try:
            count = journal.verify(head.chain)
        except BrokenChain as error:
            broken = True
            click.echo(f"✗ {name}: {error}\n  → {error.hint}")
        else:
            click.echo(f"✓ {name}: {count} 条 / entries")
            for gap in journal.gaps(head.chain):
                click.echo(f"  缺 / gone: {gap.first}-{gap.last} ({GAPS.get(gap.reason, gap.reason)})")
    raise SystemExit(1 if broken else 0)


@journal_group.command("rebuild")
@config_option
@click.option("--write", is_flag=True, help="写回重建的表 / replace the tables; stop the agent first.")
@in_words
def rebuild(config: Path, write: bool) -> None:
    """由账本重建在架情况并对比 / make what is here now from the entries, and compare; exits with 1 if it differs."""
    from station_agent.station import open_station, replay  # noqa: PLC0415 - what a command does not use, it does not load

    settings, _ = load(config)
    rebuilt = replay(settings)
    stored = {table: sorted(JournalFile(settings.journal_path).rows(table)) for table in rebuilt}
    differing = {table for table in rebuilt if rebuilt[table] != stored[table]}
    for table in sorted(rebuilt):
        mark = "✗" if table in differing else "✓"
        click.echo(f"{mark} {table}: {len(rebuilt[table])} 行 / rows from the journal, {len(stored[table])} stored")
    if write and differing:
        with open_station(settings) as station:
            station.journal.replace_rows(rebuilt)
        click.echo("已写回 / replaced")
    raise SystemExit(1 if differing and not write else 0)


def _document(entry: Entry) -> dict[str, object]:
    """An entry as JSON-ready words; bytes as hex."""
    header = entry.read_header()
    body = {name: value.hex() if isinstance(value, bytes) else value for name, value in entry.read_body().items()}
    return {
        "sequence": header.sequence,
        "kind": header.kind,
        "body": body,
        "recorded_ms": header.recorded_ms,
        "trust": header.trust.name.lower(),
        "boot": header.boot,
        "since_boot_ms": header.since_boot_ms,
        "hash": entry.hash.hex(),
    }


def _line(entry: Entry) -> str:
    """An entry as one line for people."""
    document = _document(entry)
    body = " ".join(f"{name}={value}" for name, value in entry.read_body().items() if not isinstance(value, bytes))
    return f"{document['sequence']:>6} {document['kind']:<18} {body}  {entry.hash.hex()[:12]}"
