"""The console's words: what one can type to make something happen in the world, e.g. `gun scan SF1234567890123`.

`VERBS` is the whole language as data; `obey` looks a line up in it. No terminal here; `sim_hardware.cli` has that.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim_hardware.errors import UnknownVerbError
from sim_hardware.table import Table


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to type: its words, its arguments as help shows them, its meaning, and what it does."""

    words: str
    arguments: str
    chinese: str
    english: str
    fewest: int
    most: int
    run: Callable[[Table, Sequence[str]], object]


def obey(table: Table, line: str) -> None:
    """Do what a typed line says; an empty one does nothing.

    Raises UnknownVerbError, whose message and hint are for the person who typed, Chinese first: no such verb, too few
    or too many arguments, a number that is none or that the device refuses.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UnknownVerbError(f"引号没有配对 · {error}", hint="补上引号 · close the quotation mark") from error
    if not words:
        return
    verb, arguments = _find(words)
    if not verb.fewest <= len(arguments) <= verb.most:
        raise UnknownVerbError(
            f"参数个数不对 · wrong number of arguments: {line}", hint=f"{verb.words} {verb.arguments}"
        )
    try:
        verb.run(table, arguments)
    except (ValueError, OverflowError) as error:
        raise UnknownVerbError(f"数值不行 · refused: {error}", hint=f"{verb.words} {verb.arguments}") from error


def help_lines() -> list[str]:
    """Return every verb with its meaning, Chinese first."""
    return [f"  {f'{verb.words} {verb.arguments}':<28} {verb.chinese} · {verb.english}" for verb in VERBS]


def _find(words: list[str]) -> tuple[Verb, list[str]]:
    for count in (2, 1):
        typed = " ".join(words[:count]).lower()
        for verb in VERBS:
            if verb.words == typed:
                return verb, words[count:]
    near = difflib.get_close_matches(" ".join(words[:2]), [verb.words for verb in VERBS], n=3)
    hint = " / ".join(near) if near else "help"
    raise UnknownVerbError(f"没有这个命令 · no such verb: {' '.join(words[:2])}", hint=f"试试 · try: {hint}")


def _scan(table: Table, arguments: Sequence[str]) -> None:
    code, *aim = arguments
    table.gun.scan(code, aim[0] if aim else None)


def _set_box(table: Table, arguments: Sequence[str]) -> None:
    table.box.set_temperature_mc(round(float(arguments[0]) * 1000))


def _jiggle(table: Table, arguments: Sequence[str]) -> None:
    table.scale.jiggle(float(arguments[0]) if arguments else None)


def _noise(table: Table, arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else 32
    if not 0 < count <= 4096:
        raise ValueError(f"1 to 4096 bytes, not {count}")
    table.gun.make_noise(count)


VERBS: tuple[Verb, ...] = (
    Verb("gun scan", "CODE [AIM]", "扫一个单号", "scan a code", 1, 2, _scan),
    Verb("gun bare", "CODE", "扫码后不发回车", "scan, no suffix", 1, 1, lambda t, a: t.gun.scan_without_suffix(a[0])),
    Verb(
        "gun burst", "CODE CODE ...", "一次送出几行", "several lines at once", 2, 99, lambda t, a: t.gun.scan_burst(*a)
    ),
    Verb("gun glue", "CODE CODE ...", "几个单号粘成一行", "codes glued", 2, 99, lambda t, a: t.gun.scan_glued(*a)),
    Verb("gun half", "CODE", "只送出半个单号", "half a line", 1, 1, lambda t, a: t.gun.scan_half(a[0])),
    Verb("gun noise", "[BYTES]", "线上杂波", "noise on the line", 0, 1, _noise),
    Verb("gun unplug", "", "拔掉扫码枪", "pull the gun out", 0, 0, lambda t, _: t.gun.unplug()),
    Verb("gun plug", "", "插上扫码枪", "put it back", 0, 0, lambda t, _: t.gun.plug()),
    Verb("scale put", "GRAMS", "放上包裹(克)", "put a parcel on", 1, 1, lambda t, a: t.scale.put_on(float(a[0]))),
    Verb("scale take", "", "拿走包裹", "take it off", 0, 0, lambda t, _: t.scale.take_off()),
    Verb("scale jiggle", "[SECONDS]", "碰一下秤", "nudge the pan", 0, 1, _jiggle),
    Verb("scale overload", "", "超载", "overload", 0, 0, lambda t, _: t.scale.overload()),
    Verb("scale below", "GRAMS", "低于零点", "below zero", 1, 1, lambda t, a: t.scale.go_below_zero(float(a[0]))),
    Verb("scale garble", "BYTES", "之后的字节变乱", "garble bytes", 1, 1, lambda t, a: t.scale.wire.garble(int(a[0]))),
    Verb(
        "scale flip", "BIT ...", "翻转之后的位", "flip bits", 1, 99, lambda t, a: t.scale.wire.flip_bits(*map(int, a))
    ),
    Verb("scale freeze", "", "秤不再发数", "stop sending", 0, 0, lambda t, _: t.scale.freeze()),
    Verb("scale thaw", "", "秤恢复发数", "send again", 0, 0, lambda t, _: t.scale.thaw()),
    Verb("scale unplug", "", "拔掉秤", "pull the scale out", 0, 0, lambda t, _: t.scale.unplug()),
    Verb("scale plug", "", "插上秤", "put it back", 0, 0, lambda t, _: t.scale.plug()),
    Verb("box", "CELSIUS", "冷藏箱温度(度)", "the box's temperature", 1, 1, _set_box),
    Verb("box power-on", "", "上电值 85 度", "power-on value 85", 0, 0, lambda t, _: t.box.power_on_85()),
    Verb("box empty", "", "读出空文件", "empty file", 0, 0, lambda t, _: t.box.empty()),
    Verb("box bad-crc", "", "校验错", "bad CRC", 0, 0, lambda t, _: t.box.bad_crc()),
    Verb("box short", "", "总线短路(全零)", "short circuit, all zero", 0, 0, lambda t, _: t.box.short_circuit()),
    Verb("box unplug", "", "拔掉温度计", "pull the thermometer out", 0, 0, lambda t, _: t.box.unplug()),
    Verb("box plug", "", "插上温度计", "put it back", 0, 0, lambda t, _: t.box.plug()),
    Verb("panel unplug", "", "拔掉信号灯", "pull the panel out", 0, 0, lambda t, _: t.panel.unplug()),
    Verb("panel plug", "", "插上信号灯", "put it back", 0, 0, lambda t, _: t.panel.plug()),
)
