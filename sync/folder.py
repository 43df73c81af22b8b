"""Files on sticks and phones: read within bounds, written whole or not at all. A shell, called by whoever carries.

A stick is anybody's: what is no plain file is not opened for long, and nothing on it is followed elsewhere.
"""

import os
import stat
from pathlib import Path

from sync.errors import CarryRefused, CarryUnwritable, Why


def read_bounded(path: Path, limit: int) -> bytes | None:
    """All of a plain file of at most `limit` bytes; None where there is none. Raises CarryRefused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CarryRefused(f"{path.name} 不是普通文件 / is no plain file", why=Why.FOREIGN)
            data = file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CarryRefused(f"{path} 读不出 / cannot be read: {error.strerror}", why=Why.UNREADABLE) from error
    if len(data) > limit:
        raise CarryRefused(f"{path.name} 太大 / too large: > {limit} B", why=Why.FOREIGN)
    return data


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in its place, whole and on the medium; raises CarryUnwritable, what was there is then unharmed."""
    draft = path.with_name(f".{path.name}.new")
    try:
        try:
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        hint = "优盘可能满了、写保护或被拔出,换一个再试 / it may be full, locked or pulled out: try another"
        raise CarryUnwritable(f"{path} 写不进 / cannot be written: {error.strerror}", hint=hint) from error
