"""Reads a TOML file into a msgspec Struct and reports every mistake in it at once, each with the repair to try.

The Struct is the only description of the file: its annotations say what is expected, its defaults what may be left
out. Nothing is guessed and no mistake is passed over: an unknown key is a fault, with the key that was probably meant.
Not a general configuration library: no environment, no merging, no writing. `check` is pure, `read_settings` opens the
file. Called by the county's and the station's command lines, which print the faults and exit with EXIT_BAD_SETTINGS.
"""

import difflib
import tomllib
import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from sync.errors import SyncError

EXIT_BAD_SETTINGS = 78
"""Exit code for a bad configuration: EX_CONFIG of sysexits.h; systemd names it so and need not restart on it."""

MAX_FILE_BYTES = 1 << 20
"""A larger file is not a configuration."""

_NOTHING = "没有 / nothing"
_WRITE_IT = "补上这一项 / add this key"
_CORRECT_IT = "改正这一项 / correct this value"

S = TypeVar("S", bound=msgspec.Struct)
Value: TypeAlias = Any
"""What tomllib read: str, int, float, bool, a date, a list or a table of these."""
Annotation: TypeAlias = Any
"""What a field of a Struct says it wants: a type, or one wrapped in Annotated, Literal, a union."""


class Fault(NamedTuple):
    """One mistake in a file.

    key: dotted, tables of a list counted from 1 ("device.2.port"); empty when the file as a whole is meant.
    found, expected, hint: for people, Chinese first.
    """

    file: str
    key: str
    found: str
    expected: str
    hint: str

    def __str__(self) -> str:
        """Three lines for a terminal."""
        place = f"{self.file}: {self.key}" if self.key else self.file
        return (
            f"{place}\n"
            f"    现在 / found     {self.found}\n"
            f"    应为 / expected  {self.expected}\n"
            f"    办法 / do        {self.hint}"
        )


class BadSettings(SyncError):
    """Stop: a configuration file holds mistakes; `faults` lists all of them, never empty."""

    def __init__(self, faults: list[Fault]) -> None:
        """`faults` in the order of the Struct's fields."""
        lines = "\n".join(str(fault) for fault in faults)
        super().__init__(
            f"配置有 {len(faults)} 处错误 / {len(faults)} mistake(s) in the configuration\n{lines}",
            hint="改正以上各项后再启动 / correct all of the above, then start again",
        )
        self.faults = faults


def read_settings(path: Path, shape: type[S]) -> S:
    """Read the TOML file at `path` into `shape`; raises BadSettings with every mistake found."""
    file = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = "检查路径和权限,或先运行 init / check the path and who may read it, or run init first"
        fault = Fault(file, "", error.strerror or str(error), "可读的文件 / a file that can be read", hint)
        raise BadSettings([fault]) from error
    if len(data) > MAX_FILE_BYTES:
        fault = Fault(file, "", f"{len(data)} B", f"≤ {MAX_FILE_BYTES} B", "检查路径 / is this the right file?")
        raise BadSettings([fault])
    return parse_settings(data, shape, file=file)


def parse_settings(data: bytes, shape: type[S], *, file: str) -> S:
    """Turn the bytes of a TOML file into `shape`; `file` names it in faults. Raises BadSettings."""
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        found = f"第 {error.start + 1} 字节不是 UTF-8 / byte {error.start + 1} is not UTF-8"
        hint = "用 UTF-8 编码另存 / save the file as UTF-8"
        raise BadSettings([Fault(file, "", found, "UTF-8", hint)]) from error
    except tomllib.TOMLDecodeError as error:
        hint = "检查引号、括号和等号 / look at quotes, brackets and equals signs there"
        raise BadSettings([Fault(file, "", str(error), "TOML", hint)]) from error
    faults = check(table, shape, file=file)
    if faults:
        raise BadSettings(faults)
    try:
        return msgspec.convert(table, shape)
    except msgspec.ValidationError as error:
        # What single keys cannot show: a __post_init__ that holds several against one another.
        reason, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").lstrip(".")
        raise BadSettings([Fault(file, key, reason, "各项一致 / keys that fit together", _CORRECT_IT)]) from error


def check(table: Mapping[str, Value], shape: type[msgspec.Struct], *, file: str, key: str = "") -> list[Fault]:
    """Hold parsed TOML against `shape` and return all faults, none when it fits; `key` is where the table stands."""
    return _Check(file).struct(table, shape, key)


class _Check:
    """One pass over one file; every method returns the faults found below `key`."""

    def __init__(self, file: str) -> None:
        self._file = file

    def struct(self, table: Mapping[str, Value], shape: type[msgspec.Struct], key: str) -> list[Fault]:
        """Each field on its own, so that one mistake does not hide the next."""
        hints = get_type_hints(shape, include_extras=True)
        fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
        tag = shape.__struct_config__.tag_field
        faults: list[Fault] = []
        for name, field in fields.items():
            if name in table:
                faults += self.value(table[name], hints[field.name], _join(key, name))
            elif field.required:
                expected = describe(hints[field.name])
                faults.append(Fault(self._file, _join(key, name), _NOTHING, expected, _WRITE_IT))
        unknown = [name for name in table if name not in fields and name != tag]
        return faults + [self._unknown(name, key, list(fields)) for name in unknown]

    def value(self, found: Value, wanted: Annotation, key: str) -> list[Fault]:
        """One value against its annotation: into tables and lists of tables, else as a whole."""
        bare = _bare(wanted)
        if _is_struct(bare) and isinstance(found, dict):
            return self.struct(found, bare, key)
        origin, arguments = _origin(bare), get_args(bare)
        if origin in (list, tuple) and isinstance(found, list) and arguments and _holds_struct(arguments[0]):
            return self._items(found, arguments[0], wanted, key)
        if origin is dict and isinstance(found, dict) and _holds_struct(arguments[1]):
            return [fault for name, item in found.items() for fault in self.value(item, arguments[1], _join(key, name))]
        if origin in (Union, types.UnionType) and isinstance(found, dict):
            return self._tagged(found, [_bare(choice) for choice in arguments], wanted, key)
        return self._leaf(found, wanted, key)

    def _items(self, found: list[Value], item: Annotation, wanted: Annotation, key: str) -> list[Fault]:
        """Every table of a list, then the list's own length."""
        faults = [fault for number, each in enumerate(found, 1) for fault in self.value(each, item, f"{key}.{number}")]
        return faults or self._leaf(found, wanted, key)

    def _tagged(self, found: dict[str, Value], choices: list[Annotation], wanted: Annotation, key: str) -> list[Fault]:
        """The one Struct among `choices` that the table names by its tag."""
        structs = [choice for choice in choices if _is_struct(choice)]
        tags = {choice.__struct_config__.tag: choice for choice in structs}
        name = structs[0].__struct_config__.tag_field if structs else None
        if name is None:
            return self._leaf(found, wanted, key)
        if found.get(name) in tags:
            return self.struct(found, tags[found[name]], key)
        named = _show(found[name]) if name in found else _NOTHING
        return [Fault(self._file, _join(key, name), named, _one_of(tags), _meant(found.get(name), list(tags)))]

    def _leaf(self, found: Value, wanted: Annotation, key: str) -> list[Fault]:
        """A value msgspec takes or refuses as a whole."""
        try:
            msgspec.convert(found, wanted)
        except msgspec.ValidationError:
            info = inspect.type_info(wanted)
            hint = _meant(found, list(info.values)) if isinstance(info, inspect.LiteralType) else _CORRECT_IT
            return [Fault(self._file, key, _show(found), describe(wanted), hint)]
        return []

    def _unknown(self, name: str, key: str, known: list[str]) -> Fault:
        """A key nobody reads is a mistake, most often of the keyboard."""
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = (
            f"是否想写 {close[0]}? / did you mean {close[0]}?"
            if close
            else "删除这一项 / remove this key, nobody reads it"
        )
        return Fault(self._file, _join(key, name), "未知的项 / a key nobody knows", " | ".join(known) or _NOTHING, hint)


def describe(wanted: Annotation) -> str:
    """Say in words what an annotation lets pass, Chinese first."""
    return _describe(inspect.type_info(wanted))


def _describe(info: inspect.Type) -> str:
    match info:
        case inspect.Metadata(type=inner):
            return _describe(inner)
        case inspect.BoolType():
            return "true | false"
        case inspect.IntType():
            return f"整数{_bounds(info)} / a whole number{_bounds(info)}"
        case inspect.FloatType():
            return f"数字{_bounds(info)} / a number{_bounds(info)}"
        case inspect.StrType():
            return _describe_text(info)
        case inspect.LiteralType(values=values):
            return _one_of(values)
        case inspect.EnumType(cls=cls):
            return _one_of([member.value for member in cls])
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return f"列表,每项为 / a list, each: {_describe(item)}{_length(info, '项', 'items')}"
        case inspect.UnionType(types=choices):
            return " | ".join(_describe(choice) for choice in choices if not isinstance(choice, inspect.NoneType))
        case inspect.DictType() | inspect.StructType():
            return "表 / a table"
        case _:
            return type(info).__name__.removesuffix("Type").lower()


def _describe_text(info: inspect.StrType) -> str:
    pattern = f" ({info.pattern})" if info.pattern else ""
    return f"文字{_length(info, '字', 'characters')} / text{pattern}"


def _bounds(info: inspect.IntType | inspect.FloatType) -> str:
    signs = (("≥", info.ge), (">", info.gt), ("≤", info.le), ("<", info.lt))
    limits = " ".join(f"{sign} {limit}" for sign, limit in signs if limit is not None)
    return f" {limits}" if limits else ""


def _length(info: inspect.StrType | inspect.ListType | inspect.VarTupleType, unit_zh: str, unit_en: str) -> str:
    low, high = info.min_length, info.max_length
    if low is None and high is None:
        return ""
    return f" ({low or 0}–{'∞' if high is None else high} {unit_zh} / {unit_en})"


def _one_of(values: Iterable[object]) -> str:
    return " | ".join(str(value) for value in values)


def _show(found: Value) -> str:
    """A value as it stands in the file, and what kind of value that is."""
    kinds = {bool: "true/false", int: "整数 / whole number", float: "数字 / number", str: "文字 / text"}
    kinds |= {list: "列表 / list", dict: "表 / table"}
    text = repr(found)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({kinds.get(type(found), type(found).__name__)})"


def _meant(found: Value, choices: list[Value]) -> str:
    """Name the choice that was probably meant."""
    close = difflib.get_close_matches(str(found), [str(choice) for choice in choices], n=1, cutoff=0.5)
    return f"是否想写 {close[0]}? / did you mean {close[0]}?" if close else _CORRECT_IT


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _origin(wanted: Annotation) -> object:
    return get_origin(wanted)


def _bare(wanted: Annotation) -> Annotation:
    """An annotation without its Annotated wrapper and without None: TOML has no null, a key is there or is not."""
    if _origin(wanted) is Annotated:
        return _bare(get_args(wanted)[0])
    if _origin(wanted) in (Union, types.UnionType):
        choices = [choice for choice in get_args(wanted) if choice is not types.NoneType]
        return _bare(choices[0]) if len(choices) == 1 else wanted
    return wanted


def _is_struct(wanted: Annotation) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)


def _holds_struct(wanted: Annotation) -> bool:
    """Whether a Struct is expected here, alone or among others."""
    bare = _bare(wanted)
    return _is_struct(bare) or any(_is_struct(_bare(choice)) for choice in get_args(bare))
