"""`station scale tare|zero|verify`: set a display to zero by the scale's own command; hold it against a known mass.

A thin shell: what counts as standing still is in `counter/steady.py`, the steps of a verification and what they prove
in `counter/verification.py`. Nothing here adjusts a scale, and nothing is saved before a person has said so.
"""

import contextlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click

from drivers.readings import BadReading, Reading, Weight
from station_agent.commands.common import config_option, in_words
from station_agent.commands.listening import Listening, alone, named
from station_agent.commands.ordering import check, hand_in
from station_agent.config import Device, Settings, load
from station_agent.counter.steady import WITHIN_S, Steady
from station_agent.counter.verification import Stage, Verifying, permissible_g
from station_agent.counter.weighing import WeighingRules
from station_agent.errors import StationError
from station_agent.orders import VerifyScale, new_id
from station_agent.station import agent_runs

PATIENCE_S = 120.0
"""How long a person has for one step."""
HEARD_S = 5.0
"""A scale that is set up right says something within so long."""
_DAY = click.DateTime(formats=["%Y-%m-%d"])
_WORDS = {"tare": "去皮 / tare", "zero": "置零 / zero"}


@click.group("scale")
def scale_group() -> None:
    """秤:去皮、置零、检定 / Scales: tare, zero, verify."""


@scale_group.command("tare")
@config_option
@click.argument("name")
@in_words
def tare(config: Path, name: str) -> None:
    """给秤 NAME 去皮,并看是否归零 / tare the scale NAME and see that it shows zero; exit status 1 if it does not."""
    _told(config, name, "tare")


@scale_group.command("zero")
@config_option
@click.argument("name")
@in_words
def zero(config: Path, name: str) -> None:
    """给空秤 NAME 置零,并看是否归零 / zero the empty scale NAME; exit status 1 if it does not show zero."""
    _told(config, name, "zero")


@scale_group.command("verify")
@config_option
@click.argument("name")
@click.option("--mass-g", type=click.FloatRange(0, 1e6, min_open=True), required=True, help="砝码克数 / known mass.")
@click.option("--by", required=True, help="检定人 / who does it.")
@click.option("--certificate", required=True, help="砝码或检定证书号 / number of the certificate.")
@click.option("--valid-until", type=_DAY, required=True, help="有效期至 / last day it counts, YYYY-MM-DD.")
@click.option("--on", type=_DAY, help="检定日期,默认今天 / day it is done, YYYY-MM-DD; today by default.")
@click.option(
    "--tolerance-g",
    type=click.FloatRange(0, 1e6, min_open=True),
    help="允许误差,默认按三级秤使用中检查 / most it may be off; by default as for class III in service.",
)
@click.option("--yes", is_flag=True, help="不再询问,直接记入 / enter it without asking.")
@in_words
def verify(  # noqa: PLR0917 - click names them
    config: Path,
    name: str,
    mass_g: float,
    by: str,
    certificate: str,
    valid_until: datetime,
    on: datetime | None,
    tolerance_g: float | None,
    yes: bool,
) -> None:
    """用已知砝码检定秤 NAME,从不调整 / verify the scale NAME against a known mass; it is never adjusted.

    确认前什么都不保存,随时可按 Ctrl-C / nothing is saved before you agree; Ctrl-C at any time.
    退出码 1:超差或未完成 / exit 1: outside tolerance, or not finished.
    """
    settings, devices = load(config)
    scale, rules = _scale(devices, name), _rules(settings)
    draft = VerifyScale(
        id=new_id(),
        device=name,
        mass_g=mass_g,
        shown_g=(mass_g,),
        returned_g=0.0,
        tolerance_g=tolerance_g or permissible_g(mass_g, rules.division_g),
        zero_g=rules.division_g / 2,
        certificate=certificate,
        by=by,
        on=on.date() if on is not None else _today(),
        valid_until=valid_until.date(),
    )
    check(draft, devices)
    with _may_be_left():
        order = _with(draft, _measured(scale, settings, mass_g))
        click.echo(_summary(order))
        if not yes:
            click.confirm("记入账本?/ enter it?", default=False, abort=True)
    running = agent_runs(settings.data)
    hand_in(order, settings, devices, wait=running, done=f"{name} {mass_g:g} g")
    if not running:
        click.echo("启动驿站后自动记入:sudo systemctl start station-run / entered when the station starts")
    if not order.verification().within:
        click.echo("✗ 超差:不得用于贸易结算,请送修或送检 / do not use it for trade; have it repaired", err=True)
        raise SystemExit(1)


def _told(config: Path, name: str, word: str) -> None:
    """Send the model's own command and judge it by the weights that follow."""
    settings, devices = load(config)
    scale, rules = _scale(devices, name), _rules(settings)
    known = scale.model.commands(scale.settings)
    if word not in known:
        message = f"型号 {scale.model.name} 没有{_WORDS[word]}命令 / model {scale.model.name} takes no {word} command"
        raise StationError(message, hint="请按秤上的按键 / use the keys on the scale itself")
    with alone(scale, settings.data) as listening:
        _heard(listening)
        listening.send(known[word])
        last = _until_zero(listening, rules)
    if last is not None:
        hint = "去皮置零时秤要静止,置零时秤盘要空 / the pan must be still, and empty for zero"
        message = f"{WITHIN_S:g} 秒内没有归零 / not at zero within {WITHIN_S:g} s: {last or '无读数 / no reading'}"
        raise StationError(message, hint=hint)
    click.echo(f"✓ {name} {_WORDS[word]}: 0 g")


def _heard(listening: Listening) -> None:
    """Wait until the scale says anything, so that a command is not lost on a device that is still starting."""
    if next(listening.readings(HEARD_S), None) is None:
        hint = "检查电源和发送模式 / check power and sending mode"
        raise StationError("秤没有说话 / the scale says nothing", hint=hint)


def _until_zero(listening: Listening, rules: WeighingRules) -> str | None:
    """Wait until the display stands near zero; None when it does, else what was last heard."""
    steady, last = Steady(rules), ""
    for reading in listening.readings(WITHIN_S):
        standing = steady.take(reading)
        if standing is not None and abs(standing.weight_g) <= rules.division_g:
            return None
        last = _in_words(reading) or last
    return last


def _measured(scale: Device, settings: Settings, mass_g: float) -> Verifying:
    """Lead a person through the stages; raises StationError when a stage takes too long."""
    try:
        verifying = Verifying(_rules(settings), mass_g)
    except ValueError as error:
        hint = "用更重的砝码,最好接近常用重量 / use a heavier one, best near what parcels weigh"
        raise StationError(f"砝码太轻 / the mass is too small: {error}", hint=hint) from error
    with alone(scale, settings.data) as listening:
        while verifying.stage is not Stage.DONE:
            click.echo(_prompt(verifying, mass_g))
            _next_stage(listening, verifying)
    return verifying


@contextlib.contextmanager
def _may_be_left() -> Iterator[None]:
    """Whoever leaves now has changed nothing, and is told so."""
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        click.echo("\n已取消,什么都没有保存 / left; nothing was saved", err=True)
        raise SystemExit(1) from None


def _next_stage(listening: Listening, verifying: Verifying) -> None:
    """Listen until the stage is over."""
    last = ""
    for reading in listening.readings(PATIENCE_S):
        if verifying.take(reading):
            return
        last = _in_words(reading) or last
    hint = "什么都没有保存,请重做 / nothing was saved; begin again"
    raise StationError(f"等了 {PATIENCE_S:g} 秒 / waited {PATIENCE_S:g} s: {last or '无读数 / no reading'}", hint=hint)


def _prompt(verifying: Verifying, mass_g: float) -> str:
    """What the person is to do now, after what was just seen."""
    seen = f"称得 {verifying.shown_g[-1]:g} g,砝码 {mass_g:g} g / measured, known. " if verifying.shown_g else ""
    match verifying.stage:
        case Stage.EMPTY:
            return "1. 清空秤盘,等显示 0;不为 0 请按置零键 / empty the pan and wait for 0; if it is not 0, press zero"
        case Stage.LOAD if not verifying.shown_g:
            return f"2. 放上 {mass_g:g} g 砝码,别碰 / put on {mass_g:g} g and let it rest"
        case Stage.LOAD:
            return "4. 归零了,再放一次 / back at zero; put it on once more"
        case _:
            return f"{2 * len(verifying.shown_g) + 1}. {seen}取下砝码 / take it off"


def _with(draft: VerifyScale, verifying: Verifying) -> VerifyScale:
    """The order with what was measured."""
    return VerifyScale(
        id=draft.id,
        device=draft.device,
        mass_g=draft.mass_g,
        shown_g=tuple(verifying.shown_g),
        returned_g=max(verifying.returned_g, key=abs),
        tolerance_g=draft.tolerance_g,
        zero_g=verifying.zero_g,
        certificate=draft.certificate,
        by=draft.by,
        on=draft.on,
        valid_until=draft.valid_until,
    )


def _summary(order: VerifyScale) -> str:
    """What was measured against what was said."""
    found = order.verification()
    shown = "、".join(f"{shown_g:g}" for shown_g in found.shown_g)
    verdict = "✓ 合格 / within tolerance" if found.within else "✗ 不合格 / outside tolerance"
    return (
        f"砝码 / known      {found.mass_g:g} g\n"
        f"称得 / measured   {shown} g\n"
        f"误差 / error      {found.error_g:+g} g,允许 / allowed ±{found.tolerance_g:g} g\n"
        f"空秤 / empty      {found.returned_g:g} g\n"
        f"证书 / certificate {found.certificate},{found.on} – {found.valid_until}\n"
        f"{verdict}"
    )


def _scale(devices: list[Device], name: str) -> Device:
    """The scale of that name; raises StationError where it is none, or never says zero."""
    device = named(devices, name)
    if device.model.role != "scale":
        known = ", ".join(each.name for each in devices if each.model.role == "scale") or "无 / none"
        raise StationError(f"{name} 不是秤 / is no scale", hint=f"秤有 / the scales are: {known}")
    if device.model.says_once:
        hint = "请按秤上的按键,检定送计量所 / use its keys; have it verified by the metrology office"
        raise StationError(f"型号 {device.model.name} 从不报零 / this model never says zero", hint=hint)
    return device


def _rules(settings: Settings) -> WeighingRules:
    return WeighingRules(division_g=settings.weighing.division_g, near_zero_g=settings.weighing.near_zero_g)


def _today() -> date:
    return datetime.now().astimezone().date()


def _in_words(reading: Reading) -> str:
    """A reading in a few words, for when it is the last one heard."""
    match reading:
        case Weight():
            return f"{reading.weight_g:g} g{' 不稳 / moving' if reading.stable is False else ''}"
        case BadReading():
            return reading.reason.value
    return ""
