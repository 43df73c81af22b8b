"""EvdevPort: the shell that holds a /dev/input/event node: a keyboard gun or a number pad.

    open    read only, grabbed: its keys reach no console, no browser and no input method, only us
    read    whole `struct input_event`s, as many as are there (`scanners/keys.py` reads them)
    write   nothing can be written: a gun's lights and beeps are its own

The `evdev` package on PyPI is a source distribution that needs a compiler and kernel headers on every Pi; all we use of
it is one ioctl, so os.open and fcntl do. Several guns are several nodes, each its own port and thread. What a pty or a
FIFO stands in for is not grabbed, since neither can be; on a node of the kernel's input major every refusal counts.
The rest is `ports_node.py`'s. Called by supervision, and without grabbing by adoption.
"""

import errno
import fcntl
import os
import stat

from drivers.errors import BadSettings
from drivers.ports_node import NodePort
from drivers.settings import EvdevSettings

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h, the same on every architecture a Pi or a PC has."""
INPUT_MAJOR = 13
_RIGHT_HINT = "把运行程序的用户加入 input 组后重启 / add the station's user to group input, restart"
_GRABBED_HINT = "另一个程序占用了它,请关掉 / another program has grabbed it; stop that program"


class EvdevPort(NodePort):
    """One event node; see NodePort."""

    kind = "event"
    path_hint = (
        "填写 /dev/input/by-path/…-event-kbd 的路径 / give its path under /dev/input/by-path/, ending in -event-kbd"
    )
    hints = {  # noqa: RUF012  a constant of the class
        errno.EACCES: _RIGHT_HINT,
        errno.EPERM: _RIGHT_HINT,
        errno.EBUSY: _GRABBED_HINT,
    }

    def __init__(self, settings: EvdevSettings, *, grab: bool = True) -> None:
        """Open nothing yet. `grab` False leaves the keys to everybody else too."""
        super().__init__(settings.path, os.O_RDONLY)
        self._grab = grab

    def write(self, data: bytes) -> None:
        """Refuse: raises BadSettings whatever is written."""
        raise BadSettings(
            f"{self._path} takes no bytes ({len(data)} given)",
            hint="键盘式扫描枪不能由本机控制 / a keyboard gun cannot be controlled; set beep = false",
        )

    def _take(self, descriptor: int) -> None:
        node = os.fstat(descriptor)
        if self._grab and is_input_node(node.st_mode, node.st_rdev):
            fcntl.ioctl(descriptor, EVIOCGRAB, 1)


def is_input_node(mode: int, device: int) -> bool:
    """Whether a file of this st_mode and st_rdev is one of the kernel's input devices, and so can be grabbed."""
    return stat.S_ISCHR(mode) and os.major(device) == INPUT_MAJOR
