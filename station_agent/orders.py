"""Orders: how a command tells the running agent, which alone may write the journal, to enter something.

    data/orders/<id>.json       one file, one order, put there whole by a rename; <id> is 16 hex digits
    data/orders/<id>.refused    what became of an order the agent could not take: the reason, for the command to show
    (no file)                   it is in the journal

The agent looks every few seconds, checks, commits, and only then removes the file. A file that is still there after a
crash is compared with the last entries by its id, so that an order is entered once. No socket, no port, no second
writer: a folder works before the agent runs, outlives a power cut, and the folder's rights say who may order.

A new kind of order is a Struct below with `mistake` and `records`, joined to `AnyOrder`. Orders are small: at most
MAX_BYTES, and MAX_WAITING are looked at in one go. `parse_order` is pure; `OrderFolder` is the thin rest. Called by
the agent and by the commands.
"""

import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from station_agent.counter.calibration import CalibrationNote
from station_agent.counter.verification import TIMES, Verification
from station_agent.errors import StationError
from station_agent.journal.writer import Record

MAX_BYTES = 16_384
MAX_WAITING = 64
WAIT_S = 15.0
"""How long a command waits for the agent, which looks every five seconds."""

_NAME = re.compile(r"[0-9a-f]{16}\.json")
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Grams = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Amount = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
"""Grams, more than none; no scale of a counter knows a tonne."""
OrderId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="order"):
    """What every order has; `id` makes it entered once."""

    id: OrderId

    def mistake(self, roles: Mapping[str, str]) -> str | None:
        """Why it cannot be taken, in words for people, or None; `roles` are the configured devices'."""
        raise NotImplementedError

    def records(self) -> tuple[Record, ...]:
        """What is to be entered; each record carries the order's id as `order`."""
        raise NotImplementedError


class Calibrate(Order, frozen=True, kw_only=True, tag="calibrate"):
    """Note a calibration of a thermometer; see `CalibrationNote`."""

    device: Text
    offset_mc: int
    certificate: Text
    by: Text
    on: date
    valid_until: date

    def note(self) -> CalibrationNote:
        """The note without the order."""
        return CalibrationNote(self.device, self.offset_mc, self.certificate, self.by, self.on, self.valid_until)

    def mistake(self, roles: Mapping[str, str]) -> str | None:
        """A thermometer of this station, or one sensor of it (<device>.<channel>), and a note without mistakes."""
        thermometers = [name for name, role in roles.items() if role == "thermometer"]
        if not any(self.device == name or self.device.startswith(f"{name}.") for name in thermometers):
            known = "、".join(thermometers) or "-"
            return f"没有温度计 {self.device},有:{known} / no thermometer of that name; there are: {known}"
        return self.note().mistake

    def records(self) -> tuple[Record, ...]:
        """One entry, `device.calibrated`."""
        return (self.note().record(self.id),)


class VerifyScale(Order, frozen=True, kw_only=True, tag="verify_scale"):
    """Note what a scale showed for a known mass; see `Verification`."""

    device: Text
    mass_g: Amount
    shown_g: Annotated[tuple[Grams, ...], msgspec.Meta(min_length=1, max_length=TIMES)]
    returned_g: Grams
    tolerance_g: Amount
    zero_g: Amount
    certificate: Text
    by: Text
    on: date
    valid_until: date

    def verification(self) -> Verification:
        """The verification without the order."""
        return Verification(**{name: getattr(self, name) for name in Verification.__slots__})

    def mistake(self, roles: Mapping[str, str]) -> str | None:
        """A scale of this station, and a verification without mistakes."""
        if roles.get(self.device) != "scale":
            known = "、".join(name for name, role in roles.items() if role == "scale") or "-"
            return f"没有秤 {self.device},有:{known} / no scale of that name; there are: {known}"
        return self.verification().mistake

    def records(self) -> tuple[Record, ...]:
        """One entry, `scale.verified`."""
        return (self.verification().record(self.id),)


AnyOrder = Calibrate | VerifyScale
"""Every kind of order there is."""


class OrderRefused(StationError):
    """The agent could not take an order; nothing was entered."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One file: its order, or why it is none."""

    path: Path
    order: AnyOrder | None
    why_not: str = ""


def new_id() -> str:
    """Draw the id of a new order."""
    return secrets.token_hex(8)


def parse_order(data: bytes, name: str, roles: Mapping[str, str]) -> AnyOrder | str:
    """Read one file's content: the order, or why it cannot be taken."""
    if len(data) > MAX_BYTES:
        return f"超过 {MAX_BYTES} 字节 / over {MAX_BYTES} bytes"
    try:
        order: AnyOrder = msgspec.json.decode(data, type=AnyOrder)
    except msgspec.DecodeError as error:  # ValidationError is one
        return f"看不懂 / not an order: {error}"
    if name != f"{order.id}.json":
        return "文件名与编号不符 / the file is not named after the order"
    return order.mistake(roles) or order


class OrderFolder:
    """The folder of orders, as both sides use it."""

    def __init__(self, folder: Path) -> None:
        """`folder` need not exist."""
        self._folder = folder

    def place(self, order: AnyOrder) -> Path:
        """Put an order where the agent finds it, whole or not at all and on disk; raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{order.id}.json"
        draft = path.with_suffix(".draft")
        with draft.open("xb") as file:
            file.write(msgspec.json.encode(order))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        self._sync()
        return path

    def outcome(self, path: Path) -> bool:
        """Whether a placed order has been entered; raises OrderRefused with the agent's reason."""
        refused = path.with_suffix(".refused")
        if refused.exists():
            why = refused.read_text(encoding="utf-8", errors="replace")
            refused.unlink(missing_ok=True)
            raise OrderRefused(
                f"驿站没有接受 / the station did not take it: {why}", hint="改正后重做 / correct and repeat"
            )
        return not path.exists()

    def await_outcome(
        self,
        path: Path,
        *,
        within_s: float = WAIT_S,
        pause: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> bool:
        """Wait until the order is entered, at most `within_s`; returns whether it was. Raises OrderRefused."""
        until_s = clock() + within_s
        while not self.outcome(path):
            if clock() >= until_s:
                return False
            pause(0.1)
        return True

    def waiting(self, roles: Mapping[str, str]) -> list[Waiting]:
        """The oldest orders that wait, at most MAX_WAITING; raises OSError where the folder cannot be read."""
        try:
            paths = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]
        except FileNotFoundError:
            return []
        found: list[Waiting] = []
        for path in sorted(paths, key=_age)[:MAX_WAITING]:
            data = _content(path)
            parsed = parse_order(data, path.name, roles) if isinstance(data, bytes) else data
            found.append(Waiting(path, None, parsed) if isinstance(parsed, str) else Waiting(path, parsed))
        return found

    def done(self, waiting: Waiting) -> None:
        """The order is on disk: remove its file."""
        waiting.path.unlink(missing_ok=True)
        self._sync()

    def refuse(self, waiting: Waiting) -> None:
        """Tell why it was not taken, and take it out of the way; of old refusals MAX_WAITING are kept."""
        for old in sorted(self._folder.glob("*.refused"), key=_age)[: -MAX_WAITING + 1]:
            old.unlink(missing_ok=True)
        refused = waiting.path.with_suffix(".refused")
        refused.write_text(waiting.why_not, encoding="utf-8")
        if waiting.path.is_dir() and not waiting.path.is_symlink():
            waiting.path.rename(waiting.path.with_suffix(".folder"))
        else:
            waiting.path.unlink(missing_ok=True)
        self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _age(path: Path) -> tuple[int, str]:
    """Older first; a file that has just gone is last."""
    try:
        return path.lstat().st_mtime_ns, path.name
    except FileNotFoundError:
        return time.time_ns(), path.name


def _content(path: Path) -> bytes | str:
    """The content of a plain file, one byte more than allowed at most; or why it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return f"打不开 / cannot be read: {error.strerror}"
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return "不是普通文件 / not a plain file"
        return os.read(descriptor, MAX_BYTES + 1)
    finally:
        os.close(descriptor)
