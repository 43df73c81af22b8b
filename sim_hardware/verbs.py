"""The console's words: what one can type to make something happen in the world, e.g. `gun scan SF1234567890123`.

A line is the name of a device on the table, a verb of its kind, and arguments. `VERBS` is the whole language as data;
`obey` looks a line up in it. No terminal here; `sim_hardware.cli` has that.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sim_hardware.camera import CameraFolder
from sim_hardware.door import RATTLE_S, Contact, Lid, Mains, PushButton
from sim_hardware.errors import UnknownVerbError
from sim_hardware.keyboard import KeyboardGun
from sim_hardware.panel import SignalPanel
from sim_hardware.scale import SerialScale
from sim_hardware.scanner import SerialScanner
from sim_hardware.scanners.triggered import TriggeredScanner
from sim_hardware.serial_twin import SerialTwin
from sim_hardware.table import Table
from sim_hardware.thermometers.modbus import SerialThermometer
from sim_hardware.thermometers.sysfs_tree import SysfsThermometer
from sim_hardware.w1_bus import W1Sensor

T = TypeVar("T")
_MANY = 99
_MOST_NOISE = 4096


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to type after a device's name: word ("" for none), arguments as help shows them, and its meaning."""

    kind: type
    word: str
    arguments: str
    chinese: str
    english: str
    fewest: int
    most: int
    run: Callable[[object, Sequence[str]], object]

    def fits(self, twin: object) -> bool:
        """Whether a device knows it."""
        return isinstance(twin, self.kind)


def obey(table: Table, line: str) -> None:
    """Do what a typed line says; an empty one does nothing.

    Raises UnknownVerbError, whose message and hint are for the person who typed, Chinese first: no such device or verb,
    too few or too many arguments, a number that is none or that the device refuses.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UnknownVerbError(f"引号没有配对 · {error}", hint="补上引号 · close the quotation mark") from error
    if not words:
        return
    name, twin, verb, arguments = _find(table, words)
    usage = _usage(name, verb)
    if not verb.fewest <= len(arguments) <= verb.most:
        raise UnknownVerbError(f"参数个数不对 · wrong number of arguments: {line}", hint=usage)
    try:
        verb.run(twin, arguments)
    except (ValueError, OverflowError) as error:
        raise UnknownVerbError(f"数值不行 · refused: {error}", hint=usage) from error


def verbs_of(twin: object) -> list[Verb]:
    """Return the verbs of one device, in the order of help."""
    return [verb for verb in VERBS if verb.fits(twin)]


def help_lines(table: Table) -> list[str]:
    """Return every verb of every device on the table with its meaning, Chinese first; devices alike stand together."""
    alike: dict[tuple[int, ...], list[str]] = {}
    for name, twin in table.twins.items():
        alike.setdefault(tuple(VERBS.index(verb) for verb in verbs_of(twin)), []).append(name)
    lines = []
    for places, names in alike.items():
        if len(names) > 1:
            lines.append(f"  NAME = {', '.join(names)}")
        for place in places:
            usage = _usage(names[0] if len(names) == 1 else "NAME", VERBS[place])
            lines.append(f"  {usage:<28} {VERBS[place].chinese} · {VERBS[place].english}")
    return lines


def _usage(name: str, verb: Verb) -> str:
    return " ".join(part for part in (name, verb.word, verb.arguments) if part)


def _find(table: Table, words: list[str]) -> tuple[str, object, Verb, list[str]]:
    name = words[0].lower()
    twin = table.twins.get(name)
    if twin is None:
        near = difflib.get_close_matches(name, table.twins, n=3)
        hint = " / ".join(near) if near else "help"
        raise UnknownVerbError(f"没有这个设备 · no such device: {words[0]}", hint=f"试试 · try: {hint}")
    typed = words[1].lower() if len(words) > 1 else ""
    known = verbs_of(twin)
    for verb in known:
        if verb.word and verb.word == typed:
            return name, twin, verb, words[2:]
    for verb in known:
        if not verb.word:
            return name, twin, verb, words[1:]
    near = difflib.get_close_matches(typed, [verb.word for verb in known], n=3)
    hint = " / ".join(f"{name} {word}" for word in near) if near else "help"
    raise UnknownVerbError(f"没有这个命令 · no such verb: {' '.join(words[:2])}", hint=f"试试 · try: {hint}")


def _on(kind: type[T], typed: str, chinese: str, english: str, run: Callable[[T, Sequence[str]], object]) -> Verb:
    """Make a verb of one kind of device from what is typed: `scan CODE [AIM]`, `flip BIT ...`, or arguments alone."""
    word, _, arguments = typed.partition(" ") if typed[0].islower() else ("", "", typed)
    names = arguments.split()
    repeats = names[-1:] == ["..."]
    given = [name for name in names if name != "..."]
    fewest = sum(not name.startswith("[") for name in given)

    def checked(twin: object, words: Sequence[str]) -> object:
        assert isinstance(twin, kind)
        return run(twin, words)

    return Verb(kind, word, arguments, chinese, english, fewest, _MANY if repeats else len(given), checked)


def _optional(words: Sequence[str]) -> str | None:
    return words[1] if len(words) > 1 else None


def _count(words: Sequence[str], default: int) -> int:
    count = int(words[0]) if words else default
    if not 0 < count <= _MOST_NOISE:
        raise ValueError(f"1 to {_MOST_NOISE} bytes, not {count}")
    return count


def _millidegrees(words: Sequence[str]) -> int:
    return round(float(words[0]) * 1000)


def _switch(words: Sequence[str]) -> bool:
    if words and words[0].lower() not in ("on", "off", "开", "关"):
        raise ValueError(f"on or off, not {words[0]}")
    return not words or words[0].lower() in ("on", "开")


def _break_wire(twin: SerialThermometer, words: Sequence[str]) -> None:
    fault = words[0].lower() if words else "open"
    for known in ("open", "short", "damaged", "low", "high"):
        if fault == known:
            twin.break_wire(known)
            return
    if fault != "none":
        raise ValueError(f"open, short, damaged, low, high or none, not {fault}")
    twin.break_wire(None)


_GUN = (
    _on(SerialScanner, "scan CODE [AIM]", "扫一个单号", "scan a code", lambda t, a: t.scan(a[0], _optional(a))),
    _on(SerialScanner, "bare CODE", "扫码后不发回车", "scan, no suffix", lambda t, a: t.scan_without_suffix(a[0])),
    _on(SerialScanner, "burst CODE CODE ...", "一次送出几行", "several lines at once", lambda t, a: t.scan_burst(*a)),
    _on(SerialScanner, "glue CODE CODE ...", "几个单号粘成一行", "codes glued", lambda t, a: t.scan_glued(*a)),
    _on(SerialScanner, "half CODE", "只送出半个单号", "half a line", lambda t, a: t.scan_half(a[0])),
    _on(SerialScanner, "noise [BYTES]", "线上杂波", "noise on the line", lambda t, a: t.make_noise(_count(a, 32))),
    _on(SerialScanner, "unplug", "拔掉扫码枪", "pull the gun out", lambda t, _: t.unplug()),
    _on(SerialScanner, "plug", "插上扫码枪", "put it back", lambda t, _: t.plug()),
)
_TRIGGERED = (
    _on(TriggeredScanner, "scan CODE [AIM]", "扣扳机扫码", "scan a code", lambda t, a: t.scan(a[0], _optional(a))),
    _on(
        TriggeredScanner,
        "hold CODE [AIM]",
        "把条码放在枪前, 等主机触发",
        "hold a code in view",
        lambda t, a: t.hold(a[0], _optional(a)),
    ),
    _on(TriggeredScanner, "away", "拿开条码", "take the code away", lambda t, _: t.take_away()),
)
_KEYBOARD = (
    _on(KeyboardGun, "scan CODE", "扫码(键盘方式)或输入数字", "type a code and Enter", lambda t, a: t.scan(a[0])),
    _on(KeyboardGun, "bare CODE", "不发回车", "type without Enter", lambda t, a: t.scan_without_enter(a[0])),
    _on(KeyboardGun, "caps", "按大写锁定", "press Caps Lock", lambda t, _: t.press_caps_lock()),
    _on(KeyboardGun, "drop", "内核丢了按键", "the kernel lost keys (SYN_DROPPED)", lambda t, _: t.drop()),
    _on(
        KeyboardGun,
        "repeat TIMES",
        "每键自动重复几次",
        "auto-repeat each key",
        lambda t, a: setattr(t, "repeats", _count(a, 1) if a[0] != "0" else 0),
    ),
    _on(KeyboardGun, "unplug", "拔掉", "pull it out", lambda t, _: t.unplug()),
    _on(KeyboardGun, "plug", "插上", "put it back", lambda t, _: t.plug()),
)
_SCALE = (
    _on(SerialScale, "put GRAMS", "放上包裹(克)", "put a parcel on", lambda t, a: t.put_on(float(a[0]))),
    _on(SerialScale, "take", "拿走包裹", "take it off", lambda t, _: t.take_off()),
    _on(
        SerialScale,
        "jiggle [SECONDS]",
        "碰一下秤",
        "nudge the pan",
        lambda t, a: t.jiggle(float(a[0]) if a else None),
    ),
    _on(SerialScale, "overload", "超载", "overload", lambda t, _: t.overload()),
    _on(SerialScale, "below GRAMS", "低于零点", "below zero", lambda t, a: t.go_below_zero(float(a[0]))),
    _on(SerialScale, "zero", "按置零键", "press the zero key", lambda t, _: t.press_zero()),
    _on(SerialScale, "tare", "按去皮键", "press the tare key", lambda t, _: t.press_tare()),
)
_SERIAL = (
    _on(SerialTwin, "freeze", "不再发数也不回答", "neither speak nor answer", lambda t, _: t.freeze()),
    _on(SerialTwin, "thaw", "恢复", "speak and answer again", lambda t, _: t.thaw()),
    _on(SerialTwin, "brown-out", "掉电重启", "power sags: reboot", lambda t, _: t.brown_out()),
    _on(SerialTwin, "garble BYTES", "之后的字节变乱", "garble bytes", lambda t, a: t.garble(int(a[0]))),
    _on(SerialTwin, "flip BIT ...", "翻转之后的位", "flip bits", lambda t, a: t.flip_bits(*map(int, a))),
    _on(SerialTwin, "baud RATE", "主机波特率设错", "the host listens at RATE", lambda t, a: t.wrong_baud(int(a[0]))),
    _on(
        SerialTwin,
        "parity [on|off]",
        "校验位设错(7E1 当 8N1 读)",
        "7E1 read as 8N1",
        lambda t, a: t.parity_mismatch(mismatched=_switch(a)),
    ),
    _on(SerialTwin, "unplug", "拔掉", "pull the cable out", lambda t, _: t.unplug()),
    _on(SerialTwin, "plug", "插上", "put it back", lambda t, _: t.plug()),
)
_MODBUS = (
    _on(SerialThermometer, "echo [on|off]", "收到自己的请求", "echo of requests", lambda t, a: t.echo(on=_switch(a))),
    _on(
        SerialThermometer,
        "stray LEADING [TRAILING]",
        "应答前后多出 00",
        "bytes 00 around answers",
        lambda t, a: t.stray_zeros(int(a[0]), int(a[1]) if len(a) > 1 else 0),
    ),
    _on(SerialThermometer, "break [FAULT]", "探头断线/短路 (none 修好)", "break the probe", _break_wire),
    _on(
        SerialThermometer,
        "text [on|off]",
        "自动上报文本",
        "plain-text mode",
        lambda t, a: t.report_text(on=_switch(a)),
    ),
    _on(
        SerialThermometer,
        "CELSIUS",
        "温度(度)",
        "the temperature",
        lambda t, a: t.set_temperature_mc(_millidegrees(a)),
    ),
)
_W1 = (
    _on(W1Sensor, "CELSIUS", "温度(度)", "the temperature", lambda t, a: t.set_temperature_mc(_millidegrees(a))),
    _on(W1Sensor, "power-on", "上电值 85 度", "power-on value 85", lambda t, _: t.power_on_85()),
    _on(W1Sensor, "starve", "供电不足 127.937 度", "too little power", lambda t, _: t.starve()),
    _on(W1Sensor, "empty", "读出空文件", "empty file", lambda t, _: t.empty()),
    _on(W1Sensor, "bad-crc", "校验错", "bad CRC", lambda t, _: t.bad_crc()),
    _on(W1Sensor, "short", "总线短路(全零)", "short circuit, all zero", lambda t, _: t.short_circuit()),
    _on(W1Sensor, "unplug", "拔掉温度计", "pull the thermometer out", lambda t, _: t.unplug()),
    _on(W1Sensor, "plug", "插上温度计", "put it back", lambda t, _: t.plug()),
)
_SYSFS = (
    _on(
        SysfsThermometer,
        "CELSIUS",
        "温度(度)",
        "the temperature",
        lambda t, a: t.set_temperature_mc(_millidegrees(a)),
    ),
    _on(
        SysfsThermometer,
        "humidity PERCENT",
        "湿度(%)",
        "the humidity",
        lambda t, a: t.set_humidity_permille(round(float(a[0]) * 10)),
    ),
    _on(SysfsThermometer, "empty", "读出空文件", "empty file", lambda t, _: t.empty()),
    _on(SysfsThermometer, "vanish", "文件不见了", "the files are gone", lambda t, _: t.vanish()),
    _on(SysfsThermometer, "unplug", "拔掉", "pull it out", lambda t, _: t.unplug()),
    _on(SysfsThermometer, "plug", "插上", "put it back", lambda t, _: t.plug()),
)
_LID = (
    _on(Lid, "open", "打开箱盖", "lift the lid", lambda t, _: t.open()),
    _on(Lid, "shut", "盖上箱盖", "close the lid", lambda t, _: t.shut()),
)
_BUTTON = (
    _on(PushButton, "press", "按一下", "press it and let go", lambda t, _: t.press()),
    _on(PushButton, "hold", "按住不放", "press it and stay on it", lambda t, _: t.hold_down()),
    _on(PushButton, "release", "松手", "let go", lambda t, _: t.let_go()),
)
_MAINS = (
    _on(Mains, "fail", "停电", "the mains fail", lambda t, _: t.fail()),
    _on(Mains, "return", "来电", "the mains come back", lambda t, _: t.come_back()),
)
_CONTACT = (
    _on(Contact, "glitch", "导线上一个毛刺", "a spike on the wire", lambda t, _: t.glitch()),
    _on(
        Contact,
        "rattle [SECONDS]",
        "接触不良, 乱跳",
        "a loose wire",
        lambda t, a: t.rattle(float(a[0]) if a else RATTLE_S),
    ),
    _on(Contact, "cut", "剪断导线", "cut the wire", lambda t, _: t.cut_wire()),
    _on(Contact, "mend", "接好导线", "mend the wire", lambda t, _: t.mend_wire()),
)
_CAMERA = (
    _on(CameraFolder, "photo CODE ...", "拍一张面单(可有几个条码)", "a label's codes", lambda t, a: t.take(a)),
    _on(CameraFolder, "dark CODE", "光线很暗", "in the dark", lambda t, a: t.take(a, "dark")),
    _on(CameraFolder, "blurred CODE", "拍糊了", "a blurred picture", lambda t, a: t.take(a, "blurred")),
    _on(CameraFolder, "torn CODE", "面单撕了三分之一", "a third torn off", lambda t, a: t.take(a, "torn")),
    _on(CameraFolder, "blank", "没有条码的面单", "a label without a code", lambda t, _: t.take_blank()),
    _on(CameraFolder, "spoil", "坏的图片文件", "a file that is no picture", lambda t, _: t.spoil()),
    _on(CameraFolder, "file PICTURE", "放一张真实照片", "a copy of a photograph", lambda t, a: t.copy(Path(a[0]))),
    _on(CameraFolder, "unplug", "拔掉摄像头", "take the camera away", lambda t, _: t.unplug()),
    _on(CameraFolder, "plug", "接上摄像头", "put it back", lambda t, _: t.plug()),
)
_PANEL = (
    _on(SignalPanel, "unplug", "拔掉信号灯", "pull the panel out", lambda t, _: t.unplug()),
    _on(SignalPanel, "plug", "插上信号灯", "put it back", lambda t, _: t.plug()),
)

VERBS: tuple[Verb, ...] = (
    *_GUN, *_TRIGGERED, *_KEYBOARD, *_SCALE, *_MODBUS, *_SERIAL, *_W1, *_SYSFS,
    *_LID, *_BUTTON, *_MAINS, *_CONTACT, *_CAMERA, *_PANEL,
)  # fmt: skip
