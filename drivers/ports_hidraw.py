"""HidrawPort: the shell that holds a /dev/hidraw node, for USB devices that speak in HID reports.

    open    read and write, ours alone (flock; the kernel itself lets any number open a node)
    read    one whole report for each read, its id first where the device numbers its reports; one longer than
            `max_bytes` is cut by the kernel, and the longest has 4096 bytes
    write   one whole output report, its id first

What a scale's first report is worth is its decoder's business. The rest is `ports_node.py`'s. Called by supervision.
"""

import errno
import fcntl
import os

from drivers.ports_node import NodePort
from drivers.settings import HidrawSettings

_RIGHT_HINT = "装上 udev 规则,把用户加入 plugdev 组 / install the udev rule; add the station's user to group plugdev"
_TAKEN_HINT = "关掉占用它的程序 / stop the other program that has it"


class HidrawPort(NodePort):
    """One hidraw node; see NodePort."""

    kind = "hidraw"
    path_hint = "填写 /dev/hidraw 设备的路径 / give the path of its /dev/hidraw node, or of the udev rule's link to it"
    hints = {  # noqa: RUF012  a constant of the class
        errno.EACCES: _RIGHT_HINT,
        errno.EPERM: _RIGHT_HINT,
        errno.EBUSY: _TAKEN_HINT,
        errno.EAGAIN: _TAKEN_HINT,
    }

    def __init__(self, settings: HidrawSettings) -> None:
        """Open nothing yet."""
        super().__init__(settings.path, os.O_RDWR)

    def _take(self, descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
