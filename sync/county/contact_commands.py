"""`county contact`, `county forget`, `county sealing-key`: recipients' contacts, opened on record and erased in time.

Only `county contact` prints anything personal, on stdout, for the one parcel that was asked about.
"""

import json
import sys
from pathlib import Path

import click

from sync.county import report, serve
from sync.county.contacts import Opened, erase_older, open_contacts
from sync.county.project import waiting_chains
from sync.county.settings import County
from sync.county.terminal import database, say, told
from sync.errors import SyncError
from sync.keys import OpeningKey

MAX_WORDS = 200
_by = click.option("--by", required=True, help="经办人 / who does this; it is recorded.")


@click.command("contact")
@click.argument("waybill")
@_by
@click.option(
    "--purpose", required=True, help="用途,如 催取、投诉 / what for: a reminder, a complaint; it is recorded."
)
@click.option("--json", "as_json", is_flag=True, help="供程序使用 / for programs")
@click.pass_obj
@told
def contact_command(config: Path, waybill: str, by: str, purpose: str, as_json: bool) -> None:
    """打开一个包裹的收件人联系方式,并留下查阅记录 / open a recipient's contact; who looked and why is recorded."""
    by, purpose = _words(by, "--by"), _words(purpose, "--purpose")
    key = OpeningKey.load(County.read(config).sealing_key_path)
    with database(config) as engine:
        found = open_contacts(engine, key.private, waybill, by=by, purpose=purpose, now_ms=serve.now_ms())
        behind = len(waiting_chains(engine))
    if behind:
        say(f"注意:{behind} 条链尚未整理,结果可能不全 / {behind} chain(s) not yet in the tables; run: county project")
    for opened in found:
        click.echo(json.dumps(_document(opened), ensure_ascii=False) if as_json else _line(opened))
    if not any(opened.contact for opened in found):
        say("没有可打开的联系方式,查阅已记录 / no contact to open; that you looked is recorded")
        sys.exit(1)
    say("查阅已记录 / this look is recorded")


@click.command("forget")
@click.option("--older-than", "days", type=click.IntRange(1, 3650), required=True, metavar="DAYS")
@_by
@click.pass_obj
@told
def forget_command(config: Path, days: int, by: str) -> None:
    """删除超过 DAYS 天的联系方式,账本仍可校验 / erase contacts older than DAYS; every chain still verifies.

    从备份恢复后请再执行一次 / after a restore from a backup run it again.
    """
    by = _words(by, "--by")
    with database(config) as engine:
        erased = erase_older(engine, days=days, by=by, clock_ms=serve.now_ms)
    if erased.first_ms is None or erased.last_ms is None:
        say("没有到期的联系方式 / no contact was that old")
        return
    first, last = report.local_time(erased.first_ms), report.local_time(erased.last_ms)
    say(
        f"已删除 {erased.waybills} 个运单的 {erased.entries} 份联系方式({first} 至 {last} 入库),已记录\n"
        f"erased {erased.entries} contact(s) of {erased.waybills} waybill(s), committed {first} to {last}; "
        "it is recorded"
    )


@click.command("sealing-key")
@click.option("--create", is_flag=True, help="没有时生成 / draw it where there is none")
@click.pass_obj
@told
def sealing_key_command(config: Path, create: bool) -> None:
    """显示封存公钥,供 station init --sealing-key / the public key for `station init --sealing-key`."""
    path = County.read(config).sealing_key_path
    if create and not path.exists():
        try:
            OpeningKey.create(path)
        except OSError as error:
            hint = "检查权限,或用 sudo / check who may write there, or use sudo"
            raise SyncError(f"{path} 不可写 / cannot be written: {error.strerror}", hint=hint) from error
        say(f"已生成 {path.name},请备份 / made; back it up")
    click.echo(OpeningKey.load(path).public.hex())


def _words(text: str, option: str) -> str:
    """What a person gave on record; raises SyncError for nothing, or for more than a line."""
    words = text.strip()
    if not words or len(words) > MAX_WORDS or not words.isprintable():
        raise SyncError(
            f"{option}: {len(words)} 字 / characters", hint=f"写 1 至 {MAX_WORDS} 字 / 1 to {MAX_WORDS}, one line"
        )
    return words


def _line(opened: Opened) -> str:
    """One contact for people."""
    when = f"{report.local_time(opened.recorded_ms)}  {opened.station}  {opened.kind}"
    contact = opened.contact
    if contact is None:
        return f"{when}  ✗ {opened.closed}"
    named = (field for field in (contact.phone, contact.name, contact.household) if field)
    return f"{when}  " + "  ".join(report.plain(field) for field in named)


def _document(opened: Opened) -> dict[str, object]:
    """The same for programs."""
    contact = None if opened.contact is None else opened.contact._asdict()
    head = {"station": opened.station, "recorded_ms": opened.recorded_ms, "kind": opened.kind}
    return head | {"contact": contact, "closed": opened.closed}
