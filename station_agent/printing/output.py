"""Brings what was made to a file or a label printer. A thin shell; called by the commands that print."""

import errno
import os
import select
import time
from collections.abc import Callable
from pathlib import Path

from station_agent.errors import Unprintable
from station_agent.printing.serials import replace_file

_OURS = (b"%PDF-", b"\x89PNG", b"SIZE ", b"^XA", b"<!-- you")
"""How files we write begin; only such a file is ever replaced."""
STALL_S = 20.0
"""A printer that takes no byte for so long is out of paper, open or off; a label takes about two seconds."""
_PIECE = 4096


def write_file(path: Path, content: bytes) -> None:
    """Write a file to print, in the place of an earlier one; another sort of file is left alone (Unprintable)."""
    try:
        if path.exists() and not _is_ours(path):
            hint = "换一个文件名 / choose another name with --out"
            raise Unprintable(f"{path} 不是打印文件,没有覆盖 / is no printed file and was left alone", hint=hint)
        replace_file(path, content)
    except OSError as error:
        hint = "换一个文件夹 / choose another folder with --out"
        raise Unprintable(f"{path} 写不进 / cannot be written: {error.strerror}", hint=hint) from error


def _is_ours(path: Path) -> bool:
    """Whether we may have written it; a device is never looked into, since that could wait for ever."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(8).startswith(_OURS)


def send(path: Path, content: bytes, *, now: Callable[[], float] = time.monotonic, stall_s: float = STALL_S) -> None:
    """Give bytes to a printer's device file; raises Unprintable when it is not there or stops taking them."""
    try:
        printer = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        hint = "看打印机是否开机、插好;权限不够时把用户加入 lp 组 / is it on and plugged in? may you use it (group lp)?"
        raise Unprintable(
            f"打印机打不开 / the printer cannot be opened: {path}: {error.strerror}", hint=hint
        ) from error
    try:
        _pour(printer, memoryview(content), now, stall_s)
    except OSError as error:
        raise _stopped(path, error.strerror or str(error)) from error
    finally:
        os.close(printer)


def _pour(printer: int, rest: memoryview, now: Callable[[], float], stall_s: float) -> None:
    deadline_s = now() + stall_s
    while rest:
        _, ready, _ = select.select([], [printer], [], max(0.0, deadline_s - now()))
        taken = 0
        if ready:
            try:
                taken = os.write(printer, rest[:_PIECE])
            except BlockingIOError:
                taken = 0
        if taken:
            rest, deadline_s = rest[taken:], now() + stall_s
        elif now() >= deadline_s:
            raise OSError(errno.ETIMEDOUT, "不再接收 / it stopped taking data")


def _stopped(path: Path, why: str) -> Unprintable:
    hint = (
        "检查纸和盖子,再打一次;没打出来的号作废 / look at paper and lid and print again; "
        "numbers that did not come out are not used again"
    )
    return Unprintable(f"打印中断 / printing stopped: {path}: {why}", hint=hint)
