"""`county list`: put up, take down and look at the lists that go down to the stations. A shell; part of `cli`."""

import json
import secrets
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from sync.contents import MAX_CONTENT_BYTES, SHAPES, Content, ExpectedParcels, pack_content
from sync.county import report, serve
from sync.county.announcement import Announcement, sealed_list, told_of
from sync.county.lists import ListRefused, list_summaries, put_list, read_list
from sync.county.register import find_station, sealing_key_of
from sync.county.settings import County
from sync.county.terminal import by_option, database, say, show, told, who
from sync.keys import SigningKey
from sync.list_sealing import KEY_BYTES
from sync.lists import EVERYBODY
from sync.settings import check

MAX_FILE_BYTES = 16 * MAX_CONTENT_BYTES
"""JSON with its spaces is larger than what it says."""
MAX_FAULTS = 20
"""Mistakes shown at once."""
C = TypeVar("C", bound=msgspec.Struct)

name_argument = click.argument("name", type=click.Choice(sorted(SHAPES)))
station_option = click.option(
    "--station",
    "station_id",
    default=None,
    help="只给这个站点,优先于公共清单 / for this station alone, before the common one",
)


@click.group("list")
def list_group() -> None:
    """下发给站点的清单 / lists that go down to the stations."""


@list_group.command("put")
@name_argument
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@station_option
@by_option
@click.pass_obj
@told
def list_put(config: Path, name: str, file: Path, station_id: str | None, by: str | None) -> None:
    """发布 JSON 文件里的清单 / put up the list in a JSON FILE; stations connected have it within seconds."""
    if name == "badges.revoked":
        hint = "用 county badge revoke 编号 / use county badge revoke NUMBER"
        raise ListRefused("badges.revoked 由吊销命令生成 / is made from what was revoked", hint=hint)
    if name == Announcement.LIST:
        content: Content = _sealed(config, read_json(file, Announcement), station_id)
    else:
        content = read_json(file, SHAPES[name])
    _put(config, name, station_id, pack_content(content), by)


@list_group.command("withdraw")
@name_argument
@station_option
@by_option
@click.pass_obj
@told
def list_withdraw(config: Path, name: str, station_id: str | None, by: str | None) -> None:
    """撤下清单 / take a list down; a station that had its own then follows the common one again."""
    with database(config) as engine:
        read_list(engine, station_id or EVERYBODY, name)
    _put(config, name, station_id, b"", by)


def _sealed(config: Path, announced: Announcement, station_id: str | None) -> ExpectedParcels:
    """Expected parcels with their recipients sealed to the station; in clear they are nowhere but in the file."""
    with database(config) as engine:
        if station_id is not None:
            find_station(engine, station_id)
        public = None if station_id is None else sealing_key_of(engine, station_id)
    return sealed_list(announced, station_id, public, key=secrets.token_bytes(KEY_BYTES))


def _put(config: Path, name: str, station_id: str | None, content: bytes, by: str | None) -> None:
    """Sign a list and put it up."""
    key = SigningKey.load(County.read(config).key_path)
    with database(config) as engine:
        if station_id is not None:
            find_station(engine, station_id)
        version = put_list(
            engine,
            key,
            scope=station_id or EVERYBODY,
            name=name,
            content=content,
            put_by=who(by),
            now_ms=serve.now_ms(),
        )
    place = station_id or "所有站点 / all stations"
    done = "已发布 / put up" if content else "已撤下 / taken down"
    say(f"{done}: {name} → {place}, 版本 / version {version}, {len(content)} B")


@list_group.command("show")
@click.argument("name", type=click.Choice(sorted(SHAPES)), required=False)
@station_option
@click.option("--json", "as_json", is_flag=True, help="供程序使用 / for programs")
@click.pass_obj
@told
def list_show(config: Path, name: str | None, station_id: str | None, as_json: bool) -> None:
    """有哪些清单、多少站点已收到 / which lists, and how many have them; with NAME what it says, as JSON."""
    with database(config) as engine:
        if name is not None:
            signed = read_list(engine, station_id or EVERYBODY, name)
            found = msgspec.msgpack.decode(signed.content) if signed.content else None
            click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
            return
        lists = [each for each in list_summaries(engine) if station_id in (None, each.scope)]
    if as_json:
        click.echo(report.lists_json(lists))
        return
    show(report.list_table(lists, serve.now_ms()))
    if any(each.ahead for each in lists):
        say(
            "有站点的清单比县里新(县数据库曾恢复?),请重新发布 / "
            "some stations have a newer list than the county (was its database restored?): put it up again"
        )


def read_json(file: Path, shape: type[C]) -> C:
    """Read a list as people write it; raises ListRefused with what is wrong in it, all mistakes at once."""
    try:
        data = file.read_bytes()
        if len(data) > MAX_FILE_BYTES:
            raise ListRefused(f"{file}: {len(data)} B", hint=f"至多 / at most {MAX_FILE_BYTES} B")
        found = json.loads(data)
    except (OSError, ValueError, RecursionError) as error:
        hint = "检查文件名和 JSON 格式(UTF-8)/ look at the file's name and its JSON (UTF-8)"
        raise ListRefused(f"{file}: {error}", hint=hint) from error
    if not isinstance(found, dict):
        raise ListRefused(f"{file}: {type(found).__name__}", hint="最外层是对象 {…} / an object {...} outside")
    faults = check(found, shape, file=str(file))
    if faults:
        lines = "\n".join(str(told_of(fault)) for fault in faults[:MAX_FAULTS])
        hint = "改正后重新发布,现有清单不变 / correct the file and put it up again; the present list stays"
        raise ListRefused(f"清单有 {len(faults)} 处错误 / {len(faults)} mistake(s) in the list\n{lines}", hint=hint)
    return msgspec.convert(found, shape)
