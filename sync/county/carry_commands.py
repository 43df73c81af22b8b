"""`county carry init`, `carry-in`, `carry-out`: the sticks and files that ride the bus. A shell; part of `cli`.

A station's file is answered as the wire would have answered it; the answers lie beside it, for the way back.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path

import click
from sqlalchemy import Engine

from sync.carry import Answers, answer_trip
from sync.carry_file import (
    MARK_NAME,
    MAX_CARRIED_BYTES,
    MAX_FILE_BYTES,
    MAX_MARK_BYTES,
    MAX_MESSAGES,
    Down,
    Up,
    down_name,
    encode_down,
    encode_mark,
    open_up,
    read_down,
    read_mark,
    up_name,
)
from sync.county import serve
from sync.county.lists import ListDesk
from sync.county.register import find_station, list_stations
from sync.county.settings import County
from sync.county.store import CountyLog
from sync.county.terminal import database, say, told
from sync.entry import FORMAT, key_id
from sync.errors import CarryRefused, SyncError, Why
from sync.folder import read_bounded, write_whole
from sync.keys import OpeningKey, SigningKey, verifier
from sync.receiver import LogUnavailable, Receiver
from sync.wire import Verdict, open_envelope

MAX_FILES = 10_000
"""Files looked at in one folder."""
_place = click.argument("place", type=click.Path(path_type=Path, exists=True), metavar="DIR|FILE")


@click.group("carry")
def carry_group() -> None:
    """跟班车走的优盘 / the stick that rides the bus."""


@carry_group.command("init")
@click.argument("place", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR")
@click.pass_obj
@told
def carry_init(config: Path, place: Path) -> None:
    """给 DIR(优盘)做本县标记,卷标请设为 YYT-CARRY / mark a stick as this county's; its label must be YYT-CARRY."""
    key = SigningKey.load(County.read(config).key_path)
    found = read_bounded(place / MARK_NAME, MAX_MARK_BYTES)
    if found is not None:
        # A mark that is ours stays; another county's, or a damaged one, is nothing to write over unasked.
        stick = read_mark(found, county=key.public, verify=verifier(key.public))
        say("早已做过标记,无变化 / is marked already, nothing changed")
    else:
        stick = secrets.token_bytes(8)
        write_whole(place / MARK_NAME, encode_mark(stick, serve.now_ms(), county=key.public, sign=key.sign))
        say("已做标记 / marked")
    click.echo(stick.hex())


@click.command("carry-in")
@_place
@click.pass_obj
@told
def carry_in_command(config: Path, place: Path) -> None:
    """收驿站写的文件,把回信写在旁边 / take stations' files from a stick, folder or file; answers are put beside them.

    文件坏了不影响其他文件,最后退出码为 1 / a bad file harms no other; the exit code is then 1.
    """
    county = County.read(config)
    files = _files(place, up_name("*"))
    if not files:
        raise CarryRefused(f"{place} 里没有驿站的文件 / holds no station's file", why=Why.UNREADABLE)
    bad = 0
    with database(config) as engine:
        desk = _Desk(county, engine)
        for file in files:
            try:
                say(f"{file.name}: {desk.take(file)}")
            except LogUnavailable:
                raise
            except SyncError as error:
                bad += 1
                say(f"{file.name}: ✗ {error}\n办法 / do: {error.hint}")
    if bad:
        raise SystemExit(1)


@click.command("carry-out")
@_place
@click.option("--station", "stations", multiple=True, help="只给这些站点 / for these stations alone")
@click.pass_obj
@told
def carry_out_command(config: Path, place: Path, stations: tuple[str, ...]) -> None:
    """把新清单写给各站,已有的回信保留 / write new lists for the stations; answers that are there stay."""
    county = County.read(config)
    if not place.is_dir():
        raise CarryRefused(f"{place} 不是文件夹 / is no folder", why=Why.UNREADABLE)
    with database(config) as engine:
        names = [find_station(engine, name).id for name in stations]
        desk = _Desk(county, engine)
        written = sum(desk.write_lists(place, name) for name in names or _carried_for(engine))
    say(f"已写 {written} 个站点的清单 / lists written for {written} station(s)")


class _Desk:
    """Answers files, in place of ingest."""

    def __init__(self, county: County, engine: Engine) -> None:
        self._key = SigningKey.load(county.key_path)
        self._sealing = OpeningKey.load(county.sealing_key_path)
        self._engine = engine
        log = CountyLog(engine, clock_ms=serve.now_ms)
        self._receiver = Receiver(log=log, sign=self._key.sign, verifier=verifier)
        self._lists = ListDesk(engine, public_key=log.public_key, verifier=verifier, clock_ms=serve.now_ms)

    def take(self, file: Path) -> str:
        """Answer one file; what came of it, in words. Raises SyncError, LogUnavailable before anything is answered."""
        data = read_bounded(file, MAX_FILE_BYTES)
        if data is None:
            raise CarryRefused(f"没有 {file} / there is no such file", why=Why.UNREADABLE)
        up = open_up(data, self._sealing.private)
        station = find_station(self._engine, up.head.station)
        before = sum(chain.entries for chain in station.chains)
        answers = answer_trip(up, receive=self._receiver.receive, lists=self._lists.answer, now_ms=serve.now_ms())
        if Verdict.LATER in answers.verdicts:
            hint = "数据库正忙或已满,再运行一次 / the database is busy or full; run this again"
            raise LogUnavailable("数据库没有收下 / the database did not take it", hint=hint)
        new = sum(chain.entries for chain in find_station(self._engine, station.id).chains) - before
        self._write(file.with_name(down_name(station.id)), station.id, up.head.trip, answers.messages)
        return _outcome(up, answers, new)

    def write_lists(self, folder: Path, station: str) -> bool:
        """Put the lists a station lacks into its file, behind the receipts there; False where it lacks none."""
        path = folder / down_name(station)
        kept, trip = self._receipts_in(path, station)
        lists = self._lists.lacked_by(station)
        if not lists:
            return False
        self._write(path, station, trip, [*kept, *lists])
        return True

    def _receipts_in(self, path: Path, station: str) -> tuple[list[bytes], int]:
        """The receipts in a file of ours, and the trip they answer; a damaged one is good for nothing more."""
        try:
            found = read_bounded(path, MAX_FILE_BYTES)
            if found is None:
                return [], 0
            down = read_down(found, station=station, county=self._key.public, verify=verifier(self._key.public))
        except CarryRefused as error:
            say(f"{path.name}: {error}")
            return [], 0
        return [each for each in down.messages if open_envelope(each)[0] == "receipt"], down.trip

    def _write(self, path: Path, station: str, trip: int, messages: list[bytes]) -> None:
        """Write the county's file, as much as has room: a list that is left out is asked for again."""
        down = Down(FORMAT, station, key_id(self._key.public), trip, serve.now_ms(), _fitting(messages))
        write_whole(path, encode_down(down, self._key.sign))


def _fitting(messages: Iterable[bytes]) -> list[bytes]:
    """Receipts first, then lists, within the bounds of a file."""
    fitting: list[bytes] = []
    size = 0
    for message in sorted(messages, key=lambda each: open_envelope(each)[0] != "receipt"):
        size += len(message)
        if size > MAX_CARRIED_BYTES or len(fitting) == MAX_MESSAGES:
            break
        fitting.append(message)
    return fitting


def _outcome(up: Up, answers: Answers, new: int) -> str:
    """What came of one file, in words."""
    refused = sum(verdict in (Verdict.BAD_SIGNATURE, Verdict.UNKNOWN_STATION) for verdict in answers.verdicts)
    gaps = answers.verdicts.count(Verdict.GAP)
    words = [f"{up.head.station} 新增 {new} 条 / {new} new entries" if new else "没有新数据 / nothing new"]
    if Verdict.FORK in answers.verdicts:
        words.append("有分叉 / a fork")
    if gaps:
        words.append(f"{gaps} 批接不上,站点会再带 / {gaps} batch(es) follow nothing here, it will carry them again")
    if refused:
        words.append(f"{refused} 份签名不对 / {refused} not signed by a key of that station")
    if answers.damaged:
        words.append(f"{answers.damaged} 份读不懂 / {answers.damaged} cannot be read")
    return ";".join(words)


def _files(place: Path, pattern: str) -> list[Path]:
    """The file itself, or those of a folder; what a half-finished writer left behind starts with a dot."""
    if not place.is_dir():
        return [place]
    return sorted(path for path in place.glob(pattern) if not path.name.startswith("."))[:MAX_FILES]


def _carried_for(engine: Engine) -> list[str]:
    """Every station with a key that is good."""
    return [station.id for station in list_stations(engine) if station.keys]
