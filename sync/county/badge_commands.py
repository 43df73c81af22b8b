"""`county badge`: issue, revoke and look at badges. A shell; part of `cli`. segno, which draws the QR, loads late."""

import secrets
from datetime import date, datetime
from pathlib import Path

import click

from sync.badge import SALT_BYTES, Role, day_of
from sync.county import report, serve
from sync.county.badges import forget_holders, issue_badge, list_badges, revoke_badge
from sync.county.settings import County
from sync.county.terminal import by_option, database, say, show, told, who
from sync.errors import SyncError
from sync.keys import SigningKey

PICTURES = (".png", ".svg", ".pdf")
MAX_DAYS = 400
NOBODY_DUE = "没有到期的持证人 / no holder was that old"


@click.group()
def badge() -> None:
    """司机、站长、技术员、收寄员的证件 / badges of drivers, attendants, technicians and couriers."""


@badge.command("make")
@click.option("--role", type=click.Choice([role.name.lower() for role in Role]), required=True, help="岗位 / the role")
@click.option("--line", default=None, help="线路代码 / code of the line")
@click.option("--station", "station_id", default=None, help="站点代码 / code of the station")
@click.option(
    "--id", "number", type=int, default=None, help="编号,省略则取下一个 / number; the next free one if left out"
)
@click.option("--days", type=click.IntRange(1, MAX_DAYS), default=365, show_default=True, help="有效天数 / good for")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), default=None, help="起始日,默认今天 / first day")
@click.option("--temporary", is_flag=True, help="临时证:只用一天,配六位 PIN / for one day, with a PIN of six digits")
@click.option("--holder", default="", help="持证人,只存县里,不印在证上 / who gets it; kept here, not on the badge")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="二维码图 / PNG, SVG or PDF")
@by_option
@click.pass_obj
@told
def badge_make(
    config: Path,
    *,
    role: str,
    line: str | None,
    station_id: str | None,
    number: int | None,
    days: int,
    first: datetime | None,
    temporary: bool,
    holder: str,
    out: Path | None,
    by: str | None,
) -> None:
    """发证 / issue a badge: its text on stdout, its QR in a file. The text is not kept; print it now."""
    place = _place(line, station_id)
    if out is not None and out.suffix.lower() not in PICTURES:
        raise SyncError(f"{out}: no picture", hint=f"文件名以 {' '.join(PICTURES)} 结尾 / name it so at its end")
    first_day = day_of(serve.now_ms()) if first is None else (first.date() - date(1970, 1, 1)).days
    pin = f"{secrets.randbelow(10**6):06d}" if temporary else None
    last_day = first_day if temporary else first_day + days - 1
    with database(config) as engine:
        given, made = issue_badge(
            engine,
            SigningKey.load(County.read(config).key_path),
            number=number,
            role=Role[role.upper()],
            place=place,
            first_day=first_day,
            last_day=last_day,
            pin=None if pin is None else (pin, secrets.token_bytes(SALT_BYTES)),
            holder=holder,
            made_by=who(by),
            now_ms=serve.now_ms(),
        )
    click.echo(made)
    if out is not None:
        _draw(made, out)
    say(f"证件 / badge {given}: {role} {place}, {report.day_text(first_day)} … {report.day_text(last_day)}")
    if pin is not None:
        say(f"PIN {pin} — 只告诉本人,不要和二维码一起发 / tell the holder alone, never together with the QR")


@badge.command("revoke")
@click.argument("number", type=int)
@by_option
@click.pass_obj
@told
def badge_revoke(config: Path, number: int, by: str | None) -> None:
    """吊销证件(丢失、离职)/ take a badge back; stations refuse it as soon as the list reaches them."""
    key = SigningKey.load(County.read(config).key_path)
    with database(config) as engine:
        revoked = revoke_badge(engine, key, number, revoked_by=who(by), now_ms=serve.now_ms())
    say(f"已吊销 {number} / revoked" if revoked else f"{number} 早已吊销 / was revoked before, nothing changed")


@badge.command("forget")
@click.option("--older-than", "days", type=click.IntRange(1, 3650), default=1095, show_default=True, metavar="DAYS")
@by_option
@click.pass_obj
@told
def badge_forget(config: Path, days: int, by: str | None) -> None:
    """删除到期超过 DAYS 天的证件的持证人姓名 / erase whose badges were that ended more than DAYS days ago; recorded."""
    with database(config) as engine:
        count = forget_holders(engine, days=days, by=who(by), now_ms=serve.now_ms())
    say(f"已删除 {count} 个持证人,已记录 / erased {count} holder(s); it is recorded" if count else NOBODY_DUE)


@badge.command("list")
@click.option("--json", "as_json", is_flag=True, help="供程序使用 / for programs")
@click.pass_obj
@told
def badge_list(config: Path, as_json: bool) -> None:
    """已发的证件 / badges issued."""
    with database(config) as engine:
        badges = list_badges(engine)
    if as_json:
        click.echo(report.badges_json(badges))
    else:
        show(report.badge_table(badges, day_of(serve.now_ms())))


def _place(line: str | None, station_id: str | None) -> str:
    """The one place a badge is for; raises SyncError."""
    given = [place for place in (line, station_id) if place]
    if len(given) != 1:
        hint = "--line 与 --station 二选一 / give either --line or --station"
        raise SyncError("a badge is for one line or one station", hint=hint)
    return given[0]


def _draw(made: str, out: Path) -> None:
    """Write the QR, 4 modules of quiet zone; raises SyncError. The badge is on record and printed as text already."""
    try:
        import segno  # noqa: PLC0415  # most commands draw nothing
    except ImportError as error:
        hint = "pip install segno;证件文字已在上面 / the text of the badge is above"
        raise SyncError("segno is not installed", hint=hint) from error
    try:
        segno.make_qr(made, error="m").save(str(out), scale=8, border=4)
    except OSError as error:
        hint = "换一个可写的文件;证件文字已在上面 / choose a file you may write; the text of the badge is above"
        raise SyncError(f"{out}: {error.strerror}", hint=hint) from error
