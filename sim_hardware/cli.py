"""The console command `station-sim`: twins of a counter's devices to type at, Chinese first, English second.

A shell around `sim_hardware.table` and `sim_hardware.verbs`. Not a test tool: tests use the twins themselves.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from sim_hardware.errors import SimulationError
from sim_hardware.models import TWINS
from sim_hardware.panel import PanelLine
from sim_hardware.table import Table
from sim_hardware.verbs import help_lines, obey

_COLOURS_CHINESE = {"green": "绿", "yellow": "黄", "red": "红"}


@click.group(help="村级邮运通站点的模拟外设 · simulated devices of a village station")
def main() -> None:
    """Hold the commands together."""


@main.command(help="摆出一桌模拟设备, 然后听命令 · set out simulated devices and obey what is typed (or piped in)")
@click.option(
    "--at",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("sim-devices"),
    show_default=True,
    help="设备放在哪个目录 · directory of the devices",
)
@click.option("--unpaced", is_flag=True, help="不按波特率限速 · send bytes at once, not at 9600 baud")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="要摆的设备型号, 可多次; 不写则扫码枪, 秤, 冷藏箱 · a model to set out, repeatable; else gun, scale and box",
)
@click.option("--all", "everything", is_flag=True, help="每种型号一台 · one of every model")
@click.option("--stay", is_flag=True, help="输入结束后继续运行 · keep running when the input ends, until a signal")
def devices(*, directory: Path, unpaced: bool, models: tuple[str, ...], everything: bool, stay: bool) -> None:
    """Run a table of twins until `quit`, the end of the input, or SIGTERM."""
    try:
        chosen = tuple(TWINS) if everything else models
        table_of = Table(directory, models=chosen, paced=not unpaced, on_line=_say_line)
        with _leaving_on_sigterm(), table_of as table:
            _introduce(table)
            if not _converse(table) and stay:
                _wait_for_a_signal()
    except SimulationError as error:
        _say_error(error)
        sys.exit(1)
    except OSError as error:
        raise click.ClickException(f"摆不出设备 · cannot set out the devices: {error}") from error


@main.command(help="演示一天, 结束时逐条核对 · play a simulated day and check its summary, hash by hash")
@click.option("--forever", is_flag=True, help="一直演下去, Ctrl-C 结束并核对 · morning after morning until Ctrl-C")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="数据留在此目录 · keep the data here")
@click.option("--seed", type=int, default=1, show_default=True, help="随机种子 · draws the waybills")
def demo(*, forever: bool, keep: Path | None, seed: int) -> None:
    """Exit status 0 when every line of the summary holds."""
    from rich.console import Console  # noqa: PLC0415 - what a command does not use, it does not load

    from sim_hardware.demo.play import play  # noqa: PLC0415

    stopping: list[bool] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.append(True))
    try:
        holds = play(Console(), forever=forever, keep=keep, seed=seed, stop=lambda: bool(stopping))
    except SimulationError as error:
        _say_error(error)
        sys.exit(1)
    sys.exit(0 if holds else 1)


def _introduce(table: Table) -> None:
    click.echo("# 站点配置里写 · put into the station's configuration:\n")
    click.echo(table.stanzas())
    click.echo("# 命令 · verbs: help 帮助, quit 退出")


def _converse(table: Table) -> bool:
    """Obey line after line; True if somebody said quit, False if the input ended."""
    prompt = "> " if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            return False
        if line.lower() in {"quit", "exit", "退出"}:
            return True
        if line.lower() in {"help", "?", "帮助"}:
            click.echo("\n".join([*help_lines(table), "  quit                         退出 · leave"]))
            continue
        try:
            obey(table, line)
        except SimulationError as error:
            _say_error(error)


def _say_line(line: PanelLine) -> None:
    text = line.raw.decode("ascii", "backslashreplace")
    if line.colour is None:
        click.echo(f"信号灯 panel: ? 看不懂 · not understood: {text}")
    else:
        click.echo(f"信号灯 panel: {_COLOURS_CHINESE[line.colour]} {click.style(text, fg=line.colour)}")


def _say_error(error: SimulationError) -> None:
    click.echo(f"{error}\n  -> {error.hint}", err=True)


def _wait_for_a_signal() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            signal.pause()


@contextlib.contextmanager
def _leaving_on_sigterm() -> Iterator[None]:
    """Turn SIGTERM into an orderly leave, so that no dead links stay behind."""

    def leave(_number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(0)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    main()
