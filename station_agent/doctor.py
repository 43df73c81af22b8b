"""What is well and what is not at this station, each with the repair to try. Looks only; changes nothing.

What hangs on the Pi is looked at in `doctor_devices.py`, time and supply in `doctor_clock.py`.

Every look is a function that returns findings; none of them raises for what it finds. Called by `station doctor`.
"""

import os
import shutil
import socket
import sqlite3
import stat
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from drivers import throttling
from station_agent.clock import boot_name
from station_agent.config import Device, Settings
from station_agent.counter.notes import Certificate, Worth
from station_agent.counter.verification import KIND as VERIFIED
from station_agent.doctor_clock import look_at_clock, supply_found
from station_agent.doctor_county import look_at_word
from station_agent.doctor_devices import look_at_device, look_at_lamps, look_at_port
from station_agent.errors import StationError
from station_agent.findings import Finding, State
from station_agent.holders import holders
from station_agent.journal.reader import JournalFile
from station_agent.journal.side import KeptLogFile
from station_agent.journal.window import WINDOW, unpacked
from station_agent.open_faults import open_faults
from station_agent.personal.key_files import VAULT_KEY
from station_agent.station import agent_runs, stored_notes
from sync.link import LinkFile

BROKER_S = 5.0
LEAST_FREE_MB = 64
SAFE_SQLITE = (3, 51, 3)
"""From here on two checkpointing connections are safe; below, one connection checkpoints, which this software keeps.
Another program that opens the journal would be a second one."""


def examine(settings: Settings, devices: list[Device]) -> Iterator[Finding]:
    """Look at everything, in the order a technician would."""
    yield from _card(Path(settings.station.data))
    yield from _key(settings.key_path)
    yield from _vault(settings.data / VAULT_KEY)
    yield from _journal(settings)
    yield look_at_sqlite(settings.journal_path)
    yield from _devices(settings, devices)
    if not devices:
        yield Finding(
            "设备 devices", State.LOOK, "配置里没有设备 / none in the configuration", "加 [[device]] / add [[device]]"
        )
    if any(device.model.transport == "picture" for device in devices):
        yield from _camera()
    if settings.feedback.voice:
        yield _voice(settings.feedback.sound_device)
    yield from _certificates(settings, devices)
    yield from look_at_clock()
    yield _broker(settings)
    yield from _county(settings)
    yield from look_at_word(settings)
    yield from _intruders()
    yield from supply_found(throttling.look())


def _card(data: Path) -> Iterator[Finding]:
    part = "存储卡 card"
    if not os.access(data, os.W_OK | os.X_OK):
        yield Finding(
            part, State.BAD, f"{data} 不可写 / cannot be written", "检查权限或写保护 / check rights or write protection"
        )
        return
    free_mb = shutil.disk_usage(data).free // 1_000_000
    low = free_mb < LEAST_FREE_MB
    repair = "删除文件或换大卡 / free space or use a larger card" if low else ""
    yield Finding(
        part, State.LOOK if low else State.OK, f"{data} 可写,剩 {free_mb} MB / writable, {free_mb} MB free", repair
    )


def _key(path: Path) -> Iterator[Finding]:
    part = "密钥 key"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        yield Finding(part, State.BAD, f"{path}: {error.strerror}", "运行 station init / run `station init`")
        return
    if mode & 0o077:
        yield Finding(part, State.BAD, f"{path} 权限 / mode {mode:o}", f"chmod 600 {path}")
    else:
        yield Finding(part, State.OK, str(path))


def _vault(path: Path) -> Iterator[Finding]:
    """The key of the contacts: losing it loses them, and nothing else."""
    part = "联系方式 contacts"
    lost = (
        "收件人手机号需重新登记,包裹和账本不受影响 / phones are to be keyed again; parcels and journal are as they were"
    )
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        yield Finding(part, State.LOOK, f"{path}: {error.strerror}", f"启动时重建 / made at the next start; {lost}")
        return
    if mode & 0o077:
        yield Finding(part, State.BAD, f"{path} 权限 / mode {mode:o}", f"chmod 600 {path}")
    elif (damaged := path.with_name(f"{path.name}.damaged")).exists():
        yield Finding(part, State.LOOK, f"{damaged.name}", f"密钥曾损坏 / the key was damaged: {lost}")
    else:
        yield Finding(part, State.OK, str(path))


def _journal(settings: Settings) -> Iterator[Finding]:
    part = "账本 journal"
    try:
        journal = JournalFile(settings.journal_path)
        heads = journal.heads()
        entries = sum(head.sequence + 1 for head in heads)
        gone = sum(gap.last - gap.first + 1 for head in heads for gap in journal.gaps(head.chain))
        days = len(unpacked(journal.remembered(WINDOW)).days)
        journal.close()
    except (StationError, sqlite3.DatabaseError) as error:
        yield Finding(part, State.BAD, str(error), "启动 station run,或 station journal verify / start it, or verify")
        return
    yield Finding(part, State.OK, f"{entries} 条,其中 {gone} 条已放走 / entries, {gone} of them let go of")
    keep = settings.journal.keep_days
    seen = f"县里有回音 {max(0, days - 1)} 天,满 {keep} 天才放走 / days the county spoke; from {keep} on old entries go"
    yield Finding("清理 letting go", State.OK, seen)
    for aside in sorted(settings.data.glob("journal-*.broken")):
        repair = "交给县中心,确认后再删 / give it to the county; delete it when they say so"
        yield Finding(part, State.LOOK, f"{aside.name}: 坏账本已另存 / a broken journal was set aside", repair)
    if KeptLogFile(settings.journal_path, boot_name()).is_kept():
        seen = "上次写卡失败,日志暂不整理 / a sync of the card failed in this boot; the log is kept"
        yield Finding(
            "存储卡 card", State.LOOK, seen, "重启电脑;再出现就换卡 / restart; if it comes again, change the card"
        )


def look_at_sqlite(journal: Path, version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """The version, and below the safe one, whoever else has the journal open: it might checkpoint beside the writer."""
    part, is_version = "SQLite", ".".join(map(str, version))
    if version >= SAFE_SQLITE:
        return Finding(part, State.OK, is_version)
    strangers = [str(holder) for holder in holders(journal) if not holder.is_ours]
    if strangers:
        seen = f"{is_version};账本还被打开 / the journal is also open in {', '.join(strangers)}"
        repair = "关掉它,再 station journal verify;要看请先复制 / close it, then verify; look at a copy only"
        return Finding(part, State.BAD, seen, repair)
    seen = f"{is_version} < {'.'.join(map(str, SAFE_SQLITE))}:只由写入方做检查点 / only the writer checkpoints"
    return Finding(part, State.OK, seen)


def _devices(settings: Settings, devices: list[Device]) -> Iterator[Finding]:
    """Everything that hangs on the Pi."""
    try:
        faults = open_faults(settings.journal_path)
    except (StationError, sqlite3.DatabaseError):
        faults = {}  # the journal's own look has told it
    agent, names = agent_runs(settings.data), [device.name for device in devices]
    for device in devices:
        yield from look_at_device(device, faults, names, agent=agent)
    if settings.feedback.panel is not None:
        yield look_at_port("面板 panel", settings.feedback.panel)
    if settings.feedback.lamps is not None:
        yield look_at_lamps(settings.feedback.lamps, agent=agent)


def _camera() -> Iterator[Finding]:
    """Which decoders of pictures are installed; one is needed, the others read worn labels."""
    from drivers.camera.health import camera_health  # noqa: PLC0415 - only where there is a camera

    for decoder in camera_health():
        part = f"读图 {decoder.name}"
        if decoder.present:
            yield Finding(part, State.OK, decoder.version or "在 / present")
        else:
            state = State.BAD if decoder.needed else State.LOOK
            yield Finding(part, state, f"未安装:{decoder.used_for} / not installed", decoder.install)


def _voice(device: str) -> Finding:
    """Whether the loudspeaker takes a moment of silence; broken it stops nobody, so it is only to be looked at."""
    from station_agent.voice.player import try_out  # noqa: PLC0415 - only where there is a voice

    trouble = try_out(device)
    if trouble is None:
        return Finding("语音 voice", State.OK, device)
    return Finding("语音 voice", State.LOOK, f"{device}: {trouble.seen}", trouble.repair)


def _certificates(settings: Settings, devices: list[Device]) -> Iterator[Finding]:
    """Calibrations and verifications: due soon, over, or failed; and scales that were never verified."""
    try:
        notes = stored_notes(settings.journal_path)
    except (StationError, sqlite3.DatabaseError):
        return  # the journal's own look has told it
    today = datetime.now().astimezone().date()
    for device in devices:
        known = notes.certificates(device.name)
        for certificate in known:
            yield _certificate(certificate, today)
        if device.model.role == "scale" and not known:
            repair = f"station scale verify {device.name} --mass-g ..."
            seen = "从未检定,不得用于贸易 / never verified: not for trade"
            yield Finding(f"检定 {device.name}", State.LOOK, seen, repair)


def _certificate(certificate: Certificate, today: date) -> Finding:
    scale = certificate.kind == VERIFIED
    part = f"{'检定' if scale else '校准'} {certificate.device}"
    seen = f"{certificate.number},至 / until {certificate.valid_until}"
    again = f"重做 station {'scale verify' if scale else 'calibrate'} {certificate.device} / do it again"
    match certificate.worth(today):
        case Worth.GOOD:
            return Finding(part, State.OK, seen)
        case Worth.EXPIRING:
            left = (certificate.valid_until - today).days
            return Finding(part, State.LOOK, f"{seen},还剩 {left} 天 / {left} days left", again)
        case Worth.EXPIRED:
            return Finding(part, State.LOOK, f"{seen},已过期 / expired", again)
        case Worth.FAILED:
            repair = "停用于贸易,送修后重新检定 / take it out of trade; repair, then verify again"
            return Finding(part, State.BAD, f"{certificate.number},超差 / outside its tolerance", repair)


def _broker(settings: Settings) -> Finding:
    broker = settings.county.broker
    place = f"{broker.host}:{broker.port}"
    try:
        with socket.create_connection((broker.host, broker.port), timeout=BROKER_S):
            return Finding("消息代理 broker", State.OK, f"{place} 可达 / reachable")
    except OSError as error:
        repair = "检查网络和地址;数据留在本站不会丢 / check the network; everything stays here until it is back"
        return Finding("消息代理 broker", State.LOOK, f"{place}: {error}", repair)


def _county(settings: Settings) -> Iterator[Finding]:
    part = "县中心 county"
    try:
        link = LinkFile(settings.link_path, lambda: time.time_ns() // 1_000_000, writable=False)
        journal = JournalFile(settings.journal_path)
    except (sqlite3.DatabaseError, StationError):
        yield Finding(
            part, State.LOOK, "从未确认过 / never confirmed anything", "启动 station sync / start `station sync`"
        )
        return
    waiting = sum(
        head.sequence - (done.sequence if (done := link.confirmed(head.chain)) else -1) for head in journal.heads()
    )
    behind = waiting >= 1000
    repair = "看网络和 station sync 的日志 / look at the network and at the log of `station sync`" if behind else ""
    seen = f"待确认 {waiting} 条 / entries not confirmed yet"
    yield Finding(part, State.LOOK if behind else State.OK, seen, repair)
    for noted in link.troubles():
        yield Finding(part, State.LOOK, f"{noted.trouble.value}", "把这一页发给县中心 / send this page to the county")


def _intruders() -> Iterator[Finding]:
    """Programs known to take serial adapters away."""
    for name, repair in (
        ("brltty", "sudo apt purge brltty"),
        ("ModemManager", "sudo systemctl mask --now ModemManager"),
    ):
        if any(Path(place, name).exists() for place in ("/usr/bin", "/usr/sbin", "/sbin", "/bin")):
            yield Finding("抢串口的程序 rivals", State.LOOK, f"{name} 已安装 / is installed and may take ports", repair)
