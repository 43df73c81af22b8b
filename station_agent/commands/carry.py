"""`station carry-out` and `station carry-in`: what the link does not carry, by a stick or a driver's phone."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from station_agent.commands.carrying import make_courier
from station_agent.commands.common import config_option, in_words
from station_agent.config import load
from station_agent.journal.reader import JournalFile
from sync.carry import Back
from sync.carry_file import MARK_NAME, down_name, up_name
from sync.errors import CarryRefused, Why
from sync.keys import SigningKey
from sync.link import LinkFile

if TYPE_CHECKING:
    from sync.stick import Courier

_TOLD = {
    Back.ARRIVED: "上次带走的,县里全部收到 / all that was carried last time has arrived",
    Back.PARTLY: "上次带走的,县里没有收全,再带一次 / not all of it arrived: run station carry-out again",
    Back.BEFORE: "这份回信以前收过,没有变化 / this answer was taken before; nothing changed",
    Back.UNKNOWN: "这份回信对应的文件不是本机写的或太久远,只收清单 / it answers a file we do not remember; lists only",
    Back.LISTS_ONLY: "只有清单 / lists only",
}
_place = click.argument("place", type=click.Path(path_type=Path), metavar="DIR|FILE")


@click.command("carry-out")
@_place
@config_option
@in_words
def carry_out_command(place: Path, config: Path) -> None:
    """把县里还没有的数据写到优盘、文件夹或文件 / write what the county lacks to a stick, folder or file."""
    with _courier(config) as courier:
        if place.is_dir():
            if (place / MARK_NAME).exists():
                courier.check_mark(place)
            place /= up_name(courier.station)
        load = courier.give(place)
    size = place.stat().st_size
    click.echo(str(place))
    more = "" if load.whole else ";装不下的下次带 / what has no room goes next time"
    click.echo(
        f"已写 {load.batches} 批 {size} B,内容已封存,只有县里能打开 / "
        f"{load.batches} batch(es) written, sealed to the county{more}",
        err=True,
    )


@click.command("carry-in")
@_place
@config_option
@in_words
def carry_in_command(place: Path, config: Path) -> None:
    """收县里带回的回信和清单 / take the county's receipts and lists from a stick, folder or file."""
    with _courier(config) as courier:
        path = place / down_name(courier.station) if place.is_dir() else place
        taken = courier.take(path)
        if taken is None:
            raise CarryRefused(f"没有 {path} / there is no such file", why=Why.UNREADABLE)
    click.echo(_TOLD[taken.back])
    click.echo(f"新清单 / new lists: {taken.lists}")


@contextlib.contextmanager
def _courier(config: Path) -> Iterator["Courier"]:
    """The station's courier, beside a running `station sync`."""
    settings, _ = load(config)
    key = SigningKey.load(settings.key_path)
    with contextlib.closing(JournalFile(settings.journal_path)) as journal:
        link = LinkFile(settings.link_path, lambda: time.time_ns() // 1_000_000, writable=True)
        with contextlib.closing(link):
            yield make_courier(settings, journal, link, key)
