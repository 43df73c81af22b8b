"""`station calibrate`: enters what a comparison with a reference thermometer found. Readings stay as they are."""

from datetime import date, datetime
from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.commands.ordering import hand_in
from station_agent.config import load
from station_agent.orders import Calibrate, new_id

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("calibrate")
@config_option
@click.argument("device")
@click.option("--offset-mc", type=int, required=True, help="要加的毫度 / millidegrees to add: reference - reading.")
@click.option("--by", required=True, help="校准人 / who did it.")
@click.option("--on", type=_DAY, required=True, help="校准日期 / day it was done, YYYY-MM-DD.")
@click.option("--valid-until", type=_DAY, required=True, help="有效期至 / last day it counts, YYYY-MM-DD.")
@click.option("--certificate", required=True, help="证书号 / number of the certificate.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="等到记入账本 / wait until it is entered.")
@in_words
def calibrate_command(  # noqa: PLR0917 - click names them
    config: Path,
    device: str,
    offset_mc: int,
    by: str,
    on: datetime,
    valid_until: datetime,
    certificate: str,
    wait: bool,
) -> None:
    """记录温度计 DEVICE 的校准(不改读数)/ note a calibration of thermometer DEVICE; readings are never changed."""
    settings, devices = load(config)
    order = Calibrate(
        id=new_id(),
        device=device,
        offset_mc=offset_mc,
        certificate=certificate,
        by=by,
        on=_day(on),
        valid_until=_day(valid_until),
    )
    hand_in(order, settings, devices, wait=wait, done=f"{device} {offset_mc:+d} m℃, {order.on} – {order.valid_until}")


def _day(moment: datetime) -> date:
    return moment.date()
