"""A station's side of a virtual wire, as plain as can be: a raw file descriptor, so that real errors are seen."""

from __future__ import annotations

import errno
import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 5.0
"""How long a test waits for something that takes milliseconds when it works."""


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a wire's link as a host does; the descriptor is closed at the end."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        yield fd
    finally:
        os.close(fd)


def read_until(fd: int, count: int, *, patience_s: float = PATIENCE_S) -> bytes:
    """Read until `count` bytes are there or patience is over; what came."""
    got = b""
    end_s = time.monotonic() + patience_s
    while len(got) < count and (left_s := end_s - time.monotonic()) > 0:
        if select.select([fd], [], [], left_s)[0]:
            got += os.read(fd, count - len(got))
    return got


def is_silent(fd: int, *, for_s: float = 0.05) -> bool:
    """Whether nothing comes for a while."""
    return not select.select([fd], [], [], for_s)[0]


def is_gone(fd: int) -> bool:
    """Whether a read says that the device is gone: end of file, or EIO to a read that was waiting when it went."""
    try:
        return os.read(fd, 1) == b""
    except BlockingIOError:
        return False
    except OSError as error:
        return error.errno == errno.EIO
