"""Running numbers of what is printed, so that none is ever printed twice. A thin shell over one small file.

    reserve, write, fsync, rename, fsync the folder     then print

A number is used up before the printer gets it: a crash or a jam leaves a gap, never a double. Two commands at once wait
for each other. A file that cannot be read is an error, not a new start. Not covered: a card restored from an older copy
brings back older numbers; `first` lifts them. Called by the commands that print.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from station_agent.errors import Unprintable

_FILE = "serials.json"


class _Used(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: six digits of the station as first printed, and the number used last by series."""

    station: str = ""
    used: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Serials:
    """The running numbers in a station's data folder."""

    data: Path
    _path: Path = field(init=False)

    def __post_init__(self) -> None:
        """Name the file."""
        object.__setattr__(self, "_path", self.data / _FILE)

    def station(self, given: str | None, station_id: str) -> str:
        """Six digits that stand for this station on what is printed: those given, those of before, or of its id.

        They are the last six digits of the id, 237001 of 500237-001. What was given once is remembered.
        """
        with self._locked():
            before = self._read()
            digits = "".join(letter for letter in station_id if letter in "0123456789")
            chosen = given or before.station or digits[-6:]
            if len(chosen) != 6 or not (chosen.isascii() and chosen.isdigit()):
                raise Unprintable(
                    f"站号里没有六位数字 / the station's id has no six digits: {given or station_id}",
                    hint="用 --station 给六位站码,如 237001 / give six digits with --station, such as 237001",
                )
            if chosen != before.station:
                self._write(msgspec.structs.replace(before, station=chosen))
        return chosen

    def reserve(self, series: str, count: int, last: int, first: int | None = None) -> range:
        """Use up `count` numbers of a series and return them; `last` is the highest there is.

        first: begin there, where that is higher than what was used. Raises Unprintable when too few are left.
        """
        with self._locked():
            before = self._read()
            start = before.used.get(series, 0) + 1
            if first is not None and first < start:
                hint = f"从 {start} 起 / begin at {start}, or leave --first out"
                raise Unprintable(f"{first} 已经用过 / was used before", hint=hint)
            start = max(start, first or 0)
            if start + count - 1 > last:
                raise Unprintable(
                    f"号码用完了 / numbers are used up: {series}, {last}",
                    hint="少打几张,或向县中心要新站码 / print fewer, or ask the county for new station digits",
                )
            self._write(msgspec.structs.replace(before, used=before.used | {series: start + count - 1}))
        return range(start, start + count)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            lock = (self.data / "serials.lock").open("ab")
        except OSError as error:
            raise _unwritable(self.data, error) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> _Used:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return _Used()
        except OSError as error:
            raise _unwritable(self._path, error) from error
        try:
            return msgspec.json.decode(raw, type=_Used)
        except msgspec.MsgspecError as error:
            hint = (
                "移走它,再用 --first 从最后一张标签的号之后接着打 / "
                "move it away, then go on after the last label's number with --first"
            )
            raise Unprintable(
                f"号码文件坏了 / the file of numbers is damaged: {self._path}: {error}", hint=hint
            ) from error

    def _write(self, used: _Used) -> None:
        text = json.dumps(msgspec.to_builtins(used), indent=1)
        try:
            replace_file(self._path, text.encode())
        except OSError as error:
            raise _unwritable(self._path, error) from error


def replace_file(path: Path, content: bytes) -> None:
    """Put a whole file in the place of another and on disk: after a power cut it is the old one or the new one."""
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unwritable(path: Path, error: OSError) -> Unprintable:
    hint = "先运行 station init;用服务的用户运行 / run `station init` first, and this as the service's user"
    return Unprintable(f"号码记不下来 / the numbers cannot be kept: {path}: {error.strerror}", hint=hint)
