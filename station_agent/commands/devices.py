"""`station devices list|watch|test|probe`: what is configured, what a device says now, what is on a port."""

import contextlib
import json
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click
import msgspec

from drivers.errors import DriverError
from drivers.models import MODELS
from drivers.outages import Crashed, DeviceEvent, Lost, Opened, Said
from drivers.ports import SerialPort
from drivers.probe import Found, Sure, probe
from drivers.readings import BadReading, Door, Reading, Scan, Temperature, Weight
from drivers.settings import SerialSettings
from station_agent.commands.common import config_option, in_words
from station_agent.commands.listening import Listening, named
from station_agent.config import Device, load
from station_agent.counter.calibration import KIND as CALIBRATED
from station_agent.counter.notes import Certificate, Worth
from station_agent.errors import StationError
from station_agent.open_faults import of_device, open_faults
from station_agent.station import stored_notes

TEST_S = 10.0
_SURE = {Sure.CERTAIN: "确定 / certain", Sure.LIKELY: "很可能 / likely", Sure.POSSIBLE: "可能 / possible"}

_WORTH = {
    Worth.GOOD: "✓",
    Worth.EXPIRING: "⚠ 快到期 / expires soon",
    Worth.EXPIRED: "⚠ 已过期 / expired",
    Worth.FAILED: "✗ 不合格,不得用于贸易 / failed, not for trade",
}


@click.group("devices")
def devices_group() -> None:
    """设备:列表、监看、测试、探测 / Devices: list, watch, test, probe."""


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
@click.option("--seconds", type=click.FloatRange(1, 600), default=TEST_S, show_default=True)
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


@devices_group.command("probe")
@click.argument("path")
@click.option("--role", "roles", multiple=True, type=click.Choice(["scale", "scanner", "thermometer"]))
@click.option("--json", "as_json", is_flag=True, help="每行一个 JSON / one JSON object a line.")
@in_words
def probe_port(path: str, roles: tuple[str, ...], as_json: bool) -> None:
    """探测端口上是什么设备 / find out what is on the port at PATH. It takes about half a minute.

    探测扫描枪时请一直扫码 / while probing for a scanner, keep scanning. 退出码 1:没认出 / exit 1: nothing recognised.
    """
    click.echo("探测中,请放一件在秤上或反复扫码 / probing; put something on the scale, or keep scanning", err=True)
    with contextlib.ExitStack() as stack:
        found = probe(path, _Opener(stack), roles=roles or ("scale", "scanner", "thermometer"))
    for one in found:
        click.echo(json.dumps(_found(one), ensure_ascii=False) if as_json else _found_line(one))
    if found and not as_json:
        click.echo(f"\n# 配置 / stanza\n{_stanza(found[0])}")
    if not found:
        click.echo(
            "没有认出设备;检查接线、供电、发送模式 / nothing recognised; check wiring, power, sending mode", err=True
        )
    raise SystemExit(0 if found else 1)


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
            return f"  {_reading(reading)}"
        case Crashed(_, error):
            return f"✗ {error!r}"


def _reading(reading: Reading) -> str:
    """A reading in words; the raw bytes beside it, for a technician at the bench."""
    match reading:
        case Scan():
            text = f"码 / code {reading.code!r} {reading.symbology or ''}"
        case Weight():
            flag = {True: "稳定 / stable", False: "不稳 / moving", None: "无稳定标志 / no flag"}[reading.stable]
            text = f"重量 / weight {reading.weight_g:g} g, {flag}"
        case Temperature():
            text = f"温度 / temperature {reading.temperature_mc / 1000:.3f} °C"
        case Door():
            text = "开 / open" if reading.is_open else "关 / closed"
        case BadReading():
            text = f"✗ {reading.reason.value} {reading.detail}"
    return f"{text}   [{reading.raw[:40].hex(' ')}]"


class _PortLine:
    """One opened port, as the probe wants it."""

    def __init__(self, port: SerialPort) -> None:
        self._port = port

    def hear(self, seconds: float) -> list[tuple[bytes, float]]:
        until_s = time.monotonic() + seconds
        pieces = []
        while (left_s := until_s - time.monotonic()) > 0:
            data = self._port.read(4096, left_s)
            if data:
                pieces.append((data, time.monotonic()))
        return pieces

    def say(self, data: bytes) -> None:
        self._port.write(data)


class _Opener:
    """Opens the port at one setting after the other; only one is open at a time."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._last: SerialPort | None = None
        stack.callback(self._close)

    def __call__(self, settings: SerialSettings) -> _PortLine:
        self._close()
        self._last = SerialPort(settings)
        try:
            self._last.open()
        except DriverError as error:
            raise StationError(str(error), hint=error.hint) from error
        return _PortLine(self._last)

    def _close(self) -> None:
        if self._last is not None:
            self._last.close()


def _found(one: Found) -> dict[str, object]:
    return {
        "model": one.model.name,
        "sure": one.sure.value,
        "share": round(one.share, 3),
        "good": one.good,
        "settings": _written(one),
        "sample": _reading(one.sample),
    }


def _found_line(one: Found) -> str:
    line = f"{one.settings.baudrate} {one.settings.bytesize}{one.settings.parity}{one.settings.stopbits}"
    return f"{one.model.name:<20} {_SURE[one.sure]:<20} {one.share:>4.0%}  {line:<12} {_reading(one.sample)}"


def _written(one: Found) -> dict[str, object]:
    """The settings a technician has to write: what differs from the model's defaults."""
    default = msgspec.convert({"path": one.settings.path}, type(one.settings))
    return {
        name: value
        for name, value in msgspec.structs.asdict(one.settings).items()
        if name == "path" or value != getattr(default, name)
    }


def _stanza(one: Found) -> str:
    keys = {"name": one.model.role, "model": one.model.name, **_written(one)}
    return "[[device]]\n" + "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())
