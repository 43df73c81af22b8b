"""What the commands share that order the agent to enter something."""

import click

from station_agent.config import Device, Settings
from station_agent.errors import StationError
from station_agent.orders import WAIT_S, AnyOrder, OrderFolder, OrderRefused


def hand_in(order: AnyOrder, settings: Settings, devices: list[Device], *, wait: bool, done: str) -> None:
    """Check an order and put it where the agent finds it; with `wait`, wait until it is entered and say `done`.

    Raises OrderRefused for a mistake, StationError where the folder cannot be written.
    """
    check(order, devices)
    folder = OrderFolder(settings.orders_path)
    try:
        path = folder.place(order)
    except OSError as error:
        hint = "用驿站用户运行 / run it as the station's user"
        raise StationError(f"放不进指令 / cannot place the order: {error}", hint=hint) from error
    if not wait:
        click.echo(f"已放入 / placed: {path}")
    elif folder.await_outcome(path, within_s=WAIT_S):
        click.echo(f"✓ 已记入账本 / entered: {done}")
    else:
        click.echo("驿站没在运行,启动后自动记入 / the station is not running; it will be entered when it starts")


def check(order: AnyOrder, devices: list[Device]) -> None:
    """Raise OrderRefused for a mistake."""
    mistake = order.mistake({each.name: each.model.role for each in devices})
    if mistake is not None:
        raise OrderRefused(mistake, hint="改正后重做 / correct and repeat")
