"""The command `county`. Data goes to stdout, messages to stderr, Chinese first.

Known errors end with one message and what to do about it: exit code 78 for a bad configuration, 1 for anything else
that is known. What is unknown keeps its traceback.
"""

import logging
import sys
from pathlib import Path

import click

from sync.county import report, serve
from sync.county.badge_commands import badge
from sync.county.bag_commands import bag_group
from sync.county.carry_commands import carry_group, carry_in_command, carry_out_command
from sync.county.contact_commands import contact_command, forget_command, sealing_key_command
from sync.county.database import new_incarnation
from sync.county.list_commands import list_group
from sync.county.project import project_once, rebuild, waiting_chains
from sync.county.receipt_commands import receipt_command
from sync.county.register import add_station, find_station, keep_sealing_key, list_stations, revoke_keys
from sync.county.settings import SQLITE, County, read_sample, sample
from sync.county.terminal import database as _database
from sync.county.terminal import say as _say
from sync.county.terminal import show as _print
from sync.county.terminal import told
from sync.county.trace import read_parcel
from sync.county.verify import read_entries, verify_chain
from sync.enrolment import parse_key, parse_station_id, read_enrolment
from sync.entry import ChainId
from sync.errors import BrokenChain, MalformedMessage, SyncError
from sync.keys import OpeningKey, SigningKey

_DIRECTORY_MODE = 0o700
_CONFIG_MODE = 0o600


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("county.toml"),
    envvar="COUNTY_CONFIG",
    show_default=True,
    help="配置文件 / the configuration file, also COUNTY_CONFIG",
)
@click.pass_context
def main(context: click.Context, config: Path) -> None:
    """邮运通县中心 / the county's end of the village stations."""
    context.obj = config


_personal = (contact_command, forget_command, sealing_key_command)
_carrying = (carry_group, carry_in_command, carry_out_command)
for command in (badge, bag_group, receipt_command, list_group, *_personal, *_carrying):
    main.add_command(command)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--port", type=click.IntRange(1, 65535), default=1883, show_default=True, help="内置代理端口 / broker port"
)
@click.option(
    "--database",
    "address",
    default=SQLITE,
    show_default=True,
    help="SQLite 文件,或 postgresql:// 地址 / a SQLite file, or a postgresql:// address",
)
@told
def init(directory: Path, port: int, address: str) -> None:
    """在 DIRECTORY 建立县中心 / set up a county in DIRECTORY: key, database, configuration. Never overwrites."""
    config, key_path = directory / "county.toml", directory / "county.key"
    sealing_path = directory / "county.sealing.key"
    # Before anything is made: an address nobody can read, or another county's database, leaves no trace.
    settings = read_sample(address, port)
    taken = [path for path in (config, key_path, sealing_path, directory / address) if path.exists()]
    hint = "换一个目录或数据库;已有的密钥和数据不会被覆盖 / choose another; keys and data are never overwritten"
    if taken:
        raise SyncError(f"已存在 / exists already: {', '.join(map(str, taken))}", hint=hint)
    if serve.is_a_countys(County(settings, directory)):
        raise SyncError(f"已有县中心数据 / holds a county already: {address.rpartition('@')[2]}", hint=hint)
    try:
        directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        key = SigningKey.create(key_path)
        sealing = OpeningKey.create(sealing_path)
    except OSError as error:
        hint = "换一个可写的目录,或用 sudo / choose a directory you may write, or use sudo"
        raise SyncError(f"{directory} 不可写 / cannot be written: {error.strerror}", hint=hint) from error
    config.write_text(sample(address, port), encoding="utf-8")
    config.chmod(_CONFIG_MODE)  # the address may name a password
    with serve.opened(County.read(config), create=True):
        pass
    click.echo(key.public.hex())
    _say(
        f"已建立 {directory}。上面是县公钥,站点初始化时要用;请备份 {key_path.name} 和 {sealing_path.name}\n"
        f"Set up {directory}. Above is the county's public key, which every station needs; "
        f"back up {key_path.name} and {sealing_path.name}\n"
        f"站点要封存联系方式时加 / for stations that seal contacts: station init --sealing-key {sealing.public.hex()}\n"
        f"下一步 / next: county --config {config} station add ENROLMENT_FILE; county --config {config} serve"
    )


@main.group()
def station() -> None:
    """登记和查看站点 / register and watch stations."""


@station.command("add")
@click.argument("station_id", metavar="ID|FILE")
@click.argument("public_key", required=False)
@click.option("--name", default=None, help="名称 / what people call it")
@click.option("--sealing-key", default=None, help="站点的封存公钥 / what its recipients are sealed to")
@click.pass_obj
@told
def station_add(
    config: Path, station_id: str, public_key: str | None, name: str | None, sealing_key: str | None
) -> None:
    """登记站点:ID 加公钥,或站点的登记文件 / register a station: ID and PUBLIC_KEY, or its enrolment file.

    再次登记可补上或更换封存公钥 / adding it again brings its sealing key, or a new one.
    """
    if public_key is None:
        enrolment = read_enrolment(Path(station_id))
        station_id, public_key, name = enrolment.id, enrolment.public_key, name or enrolment.name
        sealing_key = sealing_key or enrolment.sealing_key
    key, station_id = parse_key(public_key), parse_station_id(station_id)
    seal = None if sealing_key is None else parse_key(sealing_key)
    with _database(config) as engine:
        added = add_station(engine, station_id, name or station_id, key, now_ms=serve.now_ms())
        sealed = seal is not None and keep_sealing_key(engine, station_id, seal, now_ms=serve.now_ms())
    if sealed and not added:
        _say(f"{station_id} 的封存公钥已更新,请重新发布它的清单 / its sealing key is new: put its lists up again")
        return
    if seal is None:
        _say(f"{station_id} 没有封存公钥,收件人下发不了 / no sealing key: lists cannot tell it whom parcels are for")
    _say(
        f"已登记 {station_id} / {station_id} is registered"
        if added
        else f"{station_id} 早已登记,无变化 / {station_id} was registered already, nothing changed"
    )


@station.command("revoke")
@click.argument("station_id", metavar="ID")
@click.confirmation_option(prompt="吊销后该站点现有密钥不再有效,继续? / its keys will be refused from now on, go on?")
@click.pass_obj
@told
def station_revoke(config: Path, station_id: str) -> None:
    """吊销站点的密钥(丢失、换卡)/ refuse a station's keys from now on: stolen, or the card was changed."""
    with _database(config) as engine:
        find_station(engine, station_id)
        count = revoke_keys(engine, station_id, now_ms=serve.now_ms())
    _say(f"已吊销 {count} 个密钥 / {count} key(s) revoked")


@station.command("list")
@click.option("--json", "as_json", is_flag=True, help="供程序使用 / for programs")
@click.pass_obj
@told
def station_list(config: Path, as_json: bool) -> None:
    """所有站点,最差的在前 / all stations, worst first."""
    with _database(config) as engine:
        stations = report.worst_first(list_stations(engine))
    if as_json:
        click.echo(report.stations_json(stations))
        return
    _print(report.station_table(stations, serve.now_ms()))
    _say(f"{len(stations)} 个站点 / station(s)")


@main.command()
@click.argument("waybill")
@click.option("--json", "as_json", is_flag=True, help="供程序使用 / for programs")
@click.pass_obj
@told
def trace(config: Path, waybill: str, as_json: bool) -> None:
    """一个包裹的全程 / one parcel's life across all stations. Exit code 1 where nobody recorded it."""
    with _database(config) as engine:
        events = read_parcel(engine, waybill)
        behind = len(waiting_chains(engine))
    if behind:
        _say(f"注意:{behind} 条链尚未整理,结果可能不全 / {behind} chain(s) not yet in the tables; run: county project")
    if as_json:
        click.echo(report.parcel_json(waybill, events))
    elif events:
        _print(report.parcel_table(events))
    if not events:
        _say(f"没有 {waybill} 的记录 / nobody recorded {waybill}")
        sys.exit(1)


@main.command("log")
@click.argument("station_id", metavar="STATION")
@click.option(
    "--last", type=click.IntRange(1, 10_000), default=20, show_default=True, help="每条链最后几条 / per chain"
)
@click.option("--json", "as_json", is_flag=True, help="每行一条 / one JSON object a line")
@click.pass_obj
@told
def log_command(config: Path, station_id: str, last: int, as_json: bool) -> None:
    """站点最近的记录 / the last entries of a station, chain by chain."""
    line = report.entry_json if as_json else report.entry_line
    with _database(config) as engine:
        for chain in find_station(engine, station_id).chains:
            for entry in read_entries(engine, chain.chain, max(chain.tip - last + 1, 0), chain.tip):
                try:
                    body = entry.read_body()
                except MalformedMessage:
                    body = None
                click.echo(line(entry.read_header(), body, entry.hash))


@main.command()
@click.argument("station_id", metavar="STATION")
@click.pass_obj
@told
def verify(config: Path, station_id: str) -> None:
    """重算站点的所有链 / walk all chains of a station; exit code 1 names the first bad entry."""
    broken = 0
    with _database(config) as engine:
        found = find_station(engine, station_id)
        for reason in found.breaks:
            click.echo(f"! 断账 / break: {report.BREAKS.get(reason, reason or '?')}")
        for told in report.gone_told(found):
            click.echo(f"! {told}")
        for chain in found.chains:
            name = f"{chain.epoch.hex()} {chain.lane.name.lower()}"
            try:
                count = verify_chain(engine, chain.chain, station_id, ChainId(chain.epoch, chain.lane))
            except BrokenChain as error:
                broken += 1
                click.echo(f"✗ {name}: {error}")
                _say(f"办法 / do: {error.hint}")
            else:
                click.echo(f"✓ {name}: {count} 条完好 / entries good, {chain.forks} 分叉 / forked")
    if broken:
        sys.exit(1)


@main.command("serve")
@click.pass_obj
@told
def serve_command(config: Path) -> None:
    """全部在一个进程 / everything in one process: broker (if configured), ingest, tables."""
    _start_logging()
    serve.serve(County.read(config), say=_announce)


@main.command()
@click.pass_obj
@told
def ingest(config: Path) -> None:
    """只接收 / one ingest worker."""
    _start_logging()
    serve.ingest_alone(County.read(config), say=_announce)


@main.command()
@click.option("--once", is_flag=True, help="整理完就退出 / stop when all tables are up to date")
@click.option("--rebuild", "from_start", is_flag=True, help="清空后重建 / empty the tables first")
@click.pass_obj
@told
def project(config: Path, once: bool, from_start: bool) -> None:
    """只整理表 / turn the log into tables."""
    _start_logging()
    if from_start:
        with _database(config) as engine:
            rebuild(engine)
    if not once:
        serve.project_alone(County.read(config), say=_announce)
        return
    entries = 0
    with _database(config) as engine:
        while (progress := project_once(engine)).entries:
            serve.tell(progress)
            entries += progress.entries
    _say(f"已整理 {entries} 条 / {entries} entries taken")


@main.group()
def incarnation() -> None:
    """数据库世代 / which life of the database this is."""


@incarnation.command("new")
@click.confirmation_option(
    prompt="仅在从备份恢复后使用:各站点会补发备份之后的数据。继续? / "
    "only after a restore from a backup: stations will send again what came after it. Go on?"
)
@click.pass_obj
@told
def incarnation_new(config: Path) -> None:
    """从备份恢复后执行,然后重启 / after a restore from a backup; then restart ingest."""
    with _database(config) as engine:
        click.echo(new_incarnation(engine).hex())
    _say("请重启 county ingest / serve 使其生效 / restart county ingest or serve now")


def _start_logging() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)


def _announce(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()
