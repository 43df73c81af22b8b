"""HidrawPort: the shell that holds a /dev/hidraw node, for USB devices that speak in HID reports.

    open    read and write, ours alone (flock; the kernel itself lets any number open a node)
    read    one whole report for each read, its id first where the device numbers its reports
    write   one whole output report, its id first
    errors  OSError becomes PortUnavailable, PortLost or BadSettings, here only

A fresh open begins with an empty queue, so nothing is flushed; what a scale's first report is worth is its decoder's
business. A node that is a pty or a FIFO is taken like any other: a simulated device is a path. Called by supervision.
"""

import errno
import fcntl
import os
import stat

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.settings import HidrawSettings
from drivers.wake import Wake

PLUG_HINT = "检查电源和 USB 线,唤醒设备 / check power and USB cable; wake the device up"
_RIGHT_HINT = "装上 udev 规则,把用户加入 plugdev 组 / install the udev rule; add the station's user to group plugdev"
_TAKEN_HINT = "关掉占用它的程序 / stop the other program that has it"
_PATH_HINT = "填写 /dev/hidraw 设备的路径 / give the path of its /dev/hidraw node, or of the udev rule's link to it"
_RIGHTS = (errno.EACCES, errno.EPERM)
_TAKEN = (errno.EBUSY, errno.EAGAIN)
_NO_NODE = (errno.EISDIR, errno.EINVAL, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


class HidrawPort:
    """One hidraw node, taken for ourselves alone; see `drivers.seam.Port`.

    Reads and writes belong to one thread; `interrupt` may come from any.
    """

    def __init__(self, settings: HidrawSettings) -> None:
        """Open nothing yet."""
        self._path = settings.path
        self._descriptor: int | None = None
        self._wake: Wake | None = None

    def open(self) -> None:
        """Take the device; raises PortUnavailable or BadSettings."""
        self.close()
        descriptor = None
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
            if not _is_stream(descriptor):
                raise OSError(errno.EINVAL, "no device")
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._wake = Wake()
        except (OSError, ValueError) as error:
            if descriptor is not None:
                os.close(descriptor)
            raise self._why_not(error) from error
        self._descriptor = descriptor

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return the next report at once, else the first that comes; b"" after `timeout_s`, or when interrupted.

        Raises PortLost. A report longer than `max_bytes` is cut by the kernel; the longest has 4096 bytes.
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
        """Send `data` as one report; raises PortLost."""
        if self._descriptor is None:
            raise self._lost("it is not open")
        try:
            os.write(self._descriptor, data)
        except OSError as error:
            raise self._lost(str(error)) from error

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
            return BadSettings(f"{self._path} is no hidraw device: {error}", hint=_PATH_HINT)
        hint = _RIGHT_HINT if number in _RIGHTS else _TAKEN_HINT if number in _TAKEN else PLUG_HINT
        return PortUnavailable(f"cannot open {self._path}: {error}", hint=hint)

    def _lost(self, why: str) -> PortLost:
        return PortLost(f"lost {self._path}: {why}", hint=PLUG_HINT)


def _is_stream(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
