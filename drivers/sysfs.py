"""Reads and writes the kernel's small files: sysfs attributes of sensors. A thin shell.

An attribute is made anew at every opening, so a file is opened, read once and closed. What the kernel answers with an
error number is the sensor's answer, and becomes a BadReading; only a missing right is raised, for that a person must
mend. Called by the samplers of thermometers.
"""

import errno
import os
from pathlib import Path

from drivers.errors import PortUnavailable
from drivers.framing import bad
from drivers.readings import BadReading, Reason

MAX_FILE_BYTES = 4096
"""A page is what sysfs gives at most."""

RIGHTS_HINT = (
    "给运行用户读取(和写入)传感器文件的权限 / let the station's user read the sensor's files (and write the bus's)"
)

_GONE = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR})


def fetch(path: Path, now_s: float) -> bytes | BadReading:
    """Return the content of `path`, or DISCONNECTED where there is no such sensor and NO_DATA where it gives nothing.

    Raises PortUnavailable where we may not read it.
    """
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(MAX_FILE_BYTES) or b""
    except OSError as error:
        return _answer(error, path, now_s)


def order(path: Path, command: bytes, now_s: float) -> BadReading | None:
    """Write `command` to an existing `path`; return what is wrong, or None. May block while the kernel obeys.

    Raises PortUnavailable where we may not write it.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            os.write(descriptor, command)
        finally:
            os.close(descriptor)
    except OSError as error:
        return _answer(error, path, now_s)
    return None


def _answer(error: OSError, path: Path, now_s: float) -> BadReading:
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:  # systemd's ProtectKernelTunables
        raise PortUnavailable(f"may not use {path}: {error}", hint=RIGHTS_HINT) from error
    return bad(Reason.DISCONNECTED if error.errno in _GONE else Reason.NO_DATA, b"", now_s, str(error))
