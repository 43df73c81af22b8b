"""NodePort: what the shells of character devices without a line share; hidraw and evdev nodes are made of it.

    open    the node, non-blocking; each kind then takes it for itself alone in the way its kernel interface has
    read    what is there, or the first bytes that come (`wake.py`)
    errors  OSError becomes PortUnavailable, PortLost or BadSettings, here only

A node that is a pty, a FIFO or a socket is taken like any other: a simulated device is a path. A fresh open begins with
an empty queue, so nothing is flushed. Not here: serial lines, which have settings of their own. Called by
`ports_hidraw` and `ports_evdev`.
"""

import errno
import os
import stat
from collections.abc import Mapping

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.wake import Wake

PLUG_HINT = "检查电源和 USB 线,唤醒设备 / check power and USB cable; wake the device up"
_NO_NODE = (errno.EISDIR, errno.EINVAL, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


class NodePort:
    """One device node, taken for ourselves alone; see `drivers.seam.Port`.

    Reads and writes belong to one thread; `interrupt` may come from any. `kind` is the word for the node in messages,
    `path_hint` what to do where the path is none, `hints` what to do by errno.
    """

    kind: str
    path_hint: str
    hints: Mapping[int, str]

    def __init__(self, path: str, flags: int) -> None:
        """Open nothing yet; `flags` is os.O_RDONLY or os.O_RDWR."""
        self._path = path
        self._flags = flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        self._descriptor: int | None = None
        self._wake: Wake | None = None

    def open(self) -> None:
        """Take the device; raises PortUnavailable or BadSettings."""
        self.close()
        descriptor = None
        try:
            descriptor = os.open(self._path, self._flags)
            if not _is_stream(descriptor):
                raise OSError(errno.EINVAL, "no device")
            self._take(descriptor)
            self._wake = Wake()
        except (OSError, ValueError) as error:
            if descriptor is not None:
                os.close(descriptor)
            raise self._why_not(error) from error
        self._descriptor = descriptor

    def _take(self, descriptor: int) -> None:
        """Make the open node ours alone; raises OSError."""
        raise NotImplementedError

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return what is there, else the first bytes that come; b"" after `timeout_s`, or when interrupted.

        Raises PortLost.
        """
        descriptor, wake = self._descriptor, self._wake
        if descriptor is None or wake is None:
            raise self._lost("it is not open")
        try:
            data = wake.read(descriptor, max_bytes, timeout_s)
        except OSError as error:  # EIO or ENODEV: unplugged
            raise self._lost(str(error)) from error
        if data is None:
            raise self._lost("it reports bytes and gives none")
        return data

    def write(self, data: bytes) -> None:
        """Send `data`; raises PortLost."""
        if self._descriptor is None:
            raise self._lost("it is not open")
        try:
            os.write(self._descriptor, data)
        except OSError as error:
            raise self._lost(str(error)) from error

    def fileno(self) -> int:
        """Return the open node's descriptor, for waiting on several at once; raises PortLost where it is not open."""
        if self._descriptor is None:
            raise self._lost("it is not open")
        return self._descriptor

    def close(self) -> None:
        """Let go of the device; never raises, may be called twice."""
        wake, self._wake = self._wake, None
        descriptor, self._descriptor = self._descriptor, None
        if wake is not None:
            wake.close()
        if descriptor is not None:
            try:
                os.close(descriptor)
            except OSError:
                return  # the device is gone, and its descriptor with it

    def interrupt(self) -> None:
        """Make the read in progress, or the next, return b""; on a closed port nothing, as no read waits there."""
        wake = self._wake
        if wake is not None:
            wake.interrupt()

    def _why_not(self, error: Exception) -> DriverError:
        number = getattr(error, "errno", None)
        if number in _NO_NODE or isinstance(error, ValueError):
            return BadSettings(f"{self._path} is no {self.kind} device: {error}", hint=self.path_hint)
        return PortUnavailable(f"cannot open {self._path}: {error}", hint=self.hints.get(number or 0, PLUG_HINT))

    def _lost(self, why: str) -> PortLost:
        return PortLost(f"lost {self._path}: {why}", hint=PLUG_HINT)


def _is_stream(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
