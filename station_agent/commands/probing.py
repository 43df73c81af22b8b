"""`station devices probe`: says what it will send, holds the port and the clock, and tells what came of it.

What is asked and what the answers mean is `drivers.probing`'s, which is pure; here is the shell. A line of 7 bits is
opened as 8N1 where the adapter cannot do it, with the parity put into bit 7 (devices.md E, G).
"""

import contextlib
import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from drivers.errors import BadSettings
from drivers.framing import reparity
from drivers.ports import SerialPort
from drivers.probing.advice import DOUBTS, advice
from drivers.probing.evidence import Pieces, plain_settings
from drivers.probing.plan import ROLES, LineAt, Plan, plan_for, sent_by
from drivers.probing.session import Outcome, probe
from drivers.probing.verdict import Finding, Sure
from drivers.settings import SerialSettings
from station_agent.commands.common import in_words
from station_agent.commands.telling import reading_in_words

_SURE = {Sure.CERTAIN: "确定 / certain", Sure.LIKELY: "很可能 / likely", Sure.POSSIBLE: "可能 / possible"}
BY_PATH = Path("/dev/serial/by-path")
READ_BYTES = 4096


@click.command("probe")
@click.argument("path")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="只找这一类 / look for this only.")
@click.option("--listen-only", is_flag=True, help="只听,什么都不发送 / only listen, send nothing.")
@click.option("--json", "as_json", is_flag=True, help="每行一个 JSON / one JSON object a line.")
@in_words
def probe_port(path: str, roles: tuple[str, ...], listen_only: bool, as_json: bool) -> None:
    """探测端口上是什么设备 / find out what is on the port at PATH. Before it begins it says what it will send.

    秤:放一件在上面;扫描枪:一直扫码 / put something on the scale; keep scanning with a gun.
    从不去皮、置零、改地址 / it never tares, zeroes or changes an address. 退出码 1:没认出 / exit 1: nothing recognised.
    """
    plan = plan_for(path, roles or ROLES, listen_only=listen_only)
    click.echo(announced(plan), err=True)
    raise SystemExit(0 if carried_out(plan, as_json=as_json) else 1)


def carried_out(plan: Plan, *, as_json: bool = False) -> bool:
    """Carry a plan out on the real port and tell what came of it; return whether anything was recognised.

    Raises DriverError where the port is missing, taken, lost or none.
    """
    with contextlib.closing(PortOpener(plan.path)) as opener:
        outcome = probe(plan, opener, time.monotonic)
    for finding in outcome.found:
        click.echo(json.dumps(_row(finding), ensure_ascii=False) if as_json else _told(finding))
    if not as_json:
        _tell_stanzas(outcome, opener.by_software)
    for line in advice(plan, outcome):
        click.echo(line, err=True)
    return bool(outcome.found)


class PortLine:
    """One opened port, as the probe wants it; `table` turns what is said into what the device expects."""

    def __init__(self, port: SerialPort, table: bytes | None) -> None:
        """`port`: open."""
        self._port = port
        self._table = table

    def hear(self, seconds: float) -> Pieces:
        """Return what came within `seconds`; raises PortLost."""
        until_s = time.monotonic() + seconds
        pieces = []
        while (left_s := until_s - time.monotonic()) > 0:
            data = self._port.read(READ_BYTES, left_s)
            if data:
                pieces.append((data, time.monotonic()))
        return pieces

    def say(self, data: bytes) -> None:
        """Send; raises PortLost."""
        self._port.write(data.translate(self._table) if self._table else data)


class PortOpener:
    """Opens the port at one setting after the other; only one is open at a time."""

    def __init__(self, path: str) -> None:
        """Open nothing yet."""
        self._path = path
        self._last: SerialPort | None = None
        self.by_software: set[LineAt] = set()
        """The 7-bit lines that the adapter cannot do, spoken as 8N1 with the parity in bit 7."""

    def __call__(self, at: LineAt) -> PortLine:
        """Open the port at a setting; raises DriverError."""
        try:
            return PortLine(self._opened(at), None)
        except BadSettings:
            if at.bytesize != 7:
                raise
        self.by_software.add(at)
        return PortLine(self._opened(LineAt(at.baudrate)), reparity(at.parity))

    def close(self) -> None:
        """Let go of the port."""
        if self._last is not None:
            self._last.close()

    def _opened(self, at: LineAt) -> SerialPort:
        self.close()
        settings = {"path": self._path, "baudrate": at.baudrate, "bytesize": at.bytesize, "parity": at.parity}
        self._last = SerialPort(msgspec.convert(settings, SerialSettings))
        self._last.open()
        return self._last


def stable_path(path: str, by_path: Path = BY_PATH) -> str:
    """Return the name of the same port that stays when it is plugged in again; `path` where there is none."""
    if not by_path.is_dir():
        return path
    port = Path(path).resolve()
    return next((str(link) for link in sorted(by_path.iterdir()) if link.resolve() == port), path)


def announced(plan: Plan) -> str:
    """What will be done and sent, and how long it takes."""
    lines = [
        f"探测 {plan.path},最多约 {plan.longest_s:.0f} 秒 / probing, at most about {plan.longest_s:.0f} s",
        "请放一件在秤上(末位不为 0),或反复扫码 / put something on the scale, or keep scanning",
    ]
    listened = ", ".join(str(stop.at) for stop in plan.stops if stop.listen_s)
    lines.append(f"先听,不发送 / first it listens: {listened}")
    sent = [(at, model, data) for at, model, data in sent_by(plan)]
    if not sent:
        lines.append("什么都不发送 / nothing is sent")
        return "\n".join(lines)
    lines.append("还没认出就问(只读,不去皮、不置零、不改设置)/ then it asks, reading only:")
    for (at, model), group in itertools.groupby(sent, key=lambda one: (one[0], one[1])):
        requests = [data for _, _, data in group]
        lines.append(f"  {at!s:<10} {model:<12} {_requests(model, requests)}")
    return "\n".join(lines)


def _requests(model: str, requests: list[bytes]) -> str:
    """The bytes; of a Modbus roll the addresses and what is read."""
    if model != "modbus":
        return ", ".join(data.hex(" ") for data in requests)
    addresses = list(dict.fromkeys(data[0] for data in requests))
    registers = dict.fromkeys(f"{data[1]:02d}:{data[2:4].hex()}" for data in requests)
    return f"地址 / addresses {', '.join(map(str, addresses))}; 功能:寄存器 / function:register {' '.join(registers)}"


def _row(finding: Finding) -> dict[str, object]:
    return {
        "model": finding.model.name,
        "sure": finding.sure.value,
        "share": round(finding.share, 3),
        "settings": _written(finding),
        "readings": [reading_in_words(reading) for reading in finding.readings],
        "doubts": [DOUBTS[doubt] for doubt in finding.doubts],
    }


def _told(finding: Finding) -> str:
    settings = finding.settings
    line = LineAt(settings.baudrate, settings.bytesize, settings.parity)
    lines = [f"{finding.model.name:<20} {_SURE[finding.sure]:<20} {finding.share:>4.0%}  {line}"]
    lines += [f"    {reading_in_words(reading)}" for reading in finding.readings]
    lines += [f"  ? {DOUBTS[doubt]}" for doubt in finding.doubts]
    return "\n".join(lines)


def _tell_stanzas(outcome: Outcome, by_software: set[LineAt]) -> None:
    """What to paste; one of several where it is not sure which."""
    if len(outcome.found) > 1 and outcome.found[0].sure is Sure.POSSIBLE:
        click.echo("\n# 下面只取与设备显示相符的 / take only what agrees with the device's own display")
    for name, finding in zip(stanza_names(outcome.found), outcome.found, strict=True):
        click.echo(f"\n# 配置 / stanza, {_SURE[finding.sure]}\n{_stanza(name, finding)}")
        settings = finding.settings
        if LineAt(settings.baudrate, settings.bytesize, settings.parity) in by_software:
            line = f"{settings.bytesize}{settings.parity}1"
            click.echo(f"# 转接线做不到 {line}:换 FTDI / this adapter cannot do {line}: use an FTDI adapter")


def stanza_names(found: Sequence[Finding]) -> list[str]:
    """Return a name for each finding: its role, with the address where several devices answer on one line.

    What may be the same device has the same name, so that two alternatives cannot both be pasted unnoticed.
    """
    addresses = [getattr(finding.settings, "address", None) for finding in found]
    several = len(set(addresses)) > 1
    return [
        f"{finding.model.role}-{address}" if several else finding.model.role
        for finding, address in zip(found, addresses, strict=True)
    ]


def _written(finding: Finding) -> dict[str, object]:
    written = plain_settings(finding.settings)
    return {**written, "path": stable_path(finding.settings.path)}


def _stanza(name: str, finding: Finding) -> str:
    keys = {"name": name, "model": finding.model.name, **_written(finding)}
    return "[[device]]\n" + "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())
