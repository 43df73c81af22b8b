"""`station devices list|watch|test|probe`: what is configured, what a device says now, what is on a port."""

import contextlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click

from drivers.models import MODELS
from drivers.outages import Crashed, DeviceEvent, Lost, Opened, Said
from drivers.readings import BadReading
from station_agent.commands.common import config_option, in_words
from station_agent.commands.listening import Listening, named
from station_agent.commands.probing import probe_port
from station_agent.commands.telling import reading_in_words
from station_agent.config import Device, load
from station_agent.counter.calibration import KIND as CALIBRATED
from station_agent.counter.notes import Certificate, Worth
from station_agent.open_faults import of_device, open_faults
from station_agent.station import stored_notes

TEST_S = 10.0

_WORTH = {
    Worth.GOOD: "✓",
    Worth.EXPIRING: "⚠ 快到期 / expires soon",
    Worth.EXPIRED: "⚠ 已过期 / expired",
    Worth.FAILED: "✗ 不合格,不得用于贸易 / failed, not for trade",
}


@click.group("devices")
def devices_group() -> None:
    """设备:列表、监看、测试、探测 / Devices: list, watch, test, probe."""


devices_group.add_command(probe_port)


@devices_group.command("list")
@config_option
@click.option("--models", is_flag=True, help="列出支持的型号 / list the models this software can read.")
@click.option("--json", "as_json", is_flag=True, help="每行一个 JSON / one JSON object a line.")
@in_words
def list_devices(config: Path, models: bool, as_json: bool) -> None:
    """配置了哪些设备、是否有故障 / what is configured, and which faults are open."""
    if models:
        for model in MODELS.values():
            click.echo(f"{model.name:<22} {model.role:<12} {model.transport}")
        return
    settings, devices = load(config)
    faults, notes = open_faults(settings.journal_path), stored_notes(settings.journal_path)
    today, names = datetime.now().astimezone().date(), [device.name for device in devices]
    for device in devices:
        row: dict[str, object] = {
            "name": device.name,
            "model": device.model.name,
            "role": device.model.role,
            "path": device.settings.path,
            "present": Path(device.settings.path).exists(),
            "faults": [
                f"{channel}: {reason}" if channel else reason
                for channel, reasons in of_device(faults, device.name, names).items()
                for reason in reasons
            ],
            "certificates": [_certificate(each, today) for each in notes.certificates(device.name)],
        }
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else _row(row))


@devices_group.command("watch")
@config_option
@click.argument("name")
@in_words
def watch(config: Path, name: str) -> None:
    """看设备此刻说什么,Ctrl-C 结束 / show what a device says now, until Ctrl-C. Stop `station run` first."""
    with contextlib.suppress(KeyboardInterrupt):
        for event in _events(_named(config, name), None):
            click.echo(_event(event))


@devices_group.command("test")
@config_option
@click.argument("name")
@click.option("--seconds", type=click.FloatRange(0.1, 600), default=TEST_S, show_default=True)
@in_words
def test(config: Path, name: str, seconds: float) -> None:
    """测试一个设备:给它一点动作 / test a device: scan, weigh or wait; exit status 1 without one good reading."""
    device = _named(config, name)
    doing = {"scanner": "请扫一个码 / scan something", "scale": "请放上一件 / put something on the pan"}
    click.echo(doing.get(device.model.role, "请稍候 / wait"), err=True)
    good = 0
    for event in _events(device, seconds):
        click.echo(_event(event))
        good += isinstance(event, Said) and not isinstance(event.reading, BadReading)
    click.echo(f"{good} 次有效读数 / good readings", err=True)
    raise SystemExit(0 if good else 1)


def _row(row: dict[str, object]) -> str:
    there = "在 / there" if row["present"] else "不在 / missing"
    faults = row["faults"]
    trouble = f"  ⚠ {', '.join(faults)}" if isinstance(faults, list) and faults else ""
    certificates = row["certificates"] if isinstance(row["certificates"], list) else []
    lines = "".join(f"\n{'':<12} {_certificate_line(each)}" for each in certificates)
    return f"{row['name']:<12} {row['model']:<16} {there:<14} {row['path']}{trouble}{lines}"


def _certificate(certificate: Certificate, today: date) -> dict[str, object]:
    """A calibration or verification as JSON-ready words."""
    return {
        "kind": certificate.kind,
        "device": certificate.device,
        "certificate": certificate.number,
        "valid_until": certificate.valid_until.isoformat(),
        "worth": certificate.worth(today).value,
    }


def _certificate_line(row: dict[str, object]) -> str:
    what = "校准 / calibrated" if row["kind"] == CALIBRATED else "检定 / verified"
    worth = _WORTH[Worth(str(row["worth"]))]
    return f"{what} {row['device']}: {row['certificate']},至 / until {row['valid_until']} {worth}"


def _named(config: Path, name: str) -> Device:
    """The configured device of that name; raises StationError."""
    return named(load(config)[1], name)


def _events(device: Device, seconds: float | None) -> Iterator[DeviceEvent]:
    """What a device tells, for some seconds or for ever."""
    with Listening(device) as listening:
        yield from listening.events(seconds)


def _event(event: DeviceEvent) -> str:
    match event:
        case Opened():
            return "✓ 已打开 / opened"
        case Lost(_, reason, hint, detail):
            return f"✗ {reason.value}: {detail}\n  → {hint}"
        case Said(_, reading):
            return f"  {reading_in_words(reading)}"
        case Crashed(_, error):
            return f"✗ {error!r}"
