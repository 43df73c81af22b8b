"""The station's time: milliseconds since boot, wall time, and how far the wall time can be trusted.

A Pi has no clock chip: without network its wall time is hours slow after a power cut, so time since boot and the boot's
name order things, and wall time only carries its trust. A thin shell; called by the agent and handed to the journal.
"""

import ctypes
import time
from collections.abc import Callable
from pathlib import Path

from station_agent.journal.writer import Stamp
from sync.entry import Trust

TRUST_S = 10.0
"""How long a look at the kernel's synchronisation state is good for."""
_STA_UNSYNC = 0x40
_TIME_ERROR = 5
_TIMESYNCD_MARK = Path("/run/systemd/timesync/synchronized")


class _Timex(ctypes.Structure):
    """The head of Linux' struct timex: modes, padding, offset, freq, maxerror, esterror, status; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 256),
    )


class Clock:
    """Reads the machine's clocks."""

    def __init__(
        self,
        *,
        since_boot_ms: Callable[[], int] | None = None,
        wall_ms: Callable[[], int] | None = None,
        look: Callable[[], Trust] | None = None,
    ) -> None:
        """Take the wall clock's present distance from boot time; the three sources are other ones in tests."""
        self._since_boot_ms, self._wall_ms = since_boot_ms or _since_boot_ms, wall_ms or _wall_ms
        self._look = look or _look
        self._offset_ms = self._wall_ms() - self._since_boot_ms()
        self._trust = Trust.UNKNOWN
        self._looked_ms: int | None = None

    def stamp(self) -> Stamp:
        """Return the time to record now."""
        since_boot_ms = self._since_boot_ms()
        offset_ms = self._wall_ms() - since_boot_ms
        # The two clocks are read one after the other: a millisecond of difference is the reading, not the clock.
        if abs(offset_ms - self._offset_ms) > 1:
            self._offset_ms = offset_ms
        return Stamp(since_boot_ms, since_boot_ms + self._offset_ms, self.trust())

    def trust(self) -> Trust:
        """How far wall time can be believed: synchronised by the network, kept by a clock chip, or unknown."""
        now_ms = self._since_boot_ms()
        if self._looked_ms is None or now_ms - self._looked_ms >= TRUST_S * 1000:
            self._looked_ms, self._trust = now_ms, self._look()
        return self._trust


def boot_name() -> str:
    """The kernel's name for the running boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def hardware_parts() -> tuple[str, ...]:
    """Serial numbers of the computer and its card; the machine id where there is neither."""
    places = ("/proc/device-tree/serial-number", "/sys/block/mmcblk0/device/cid")
    parts = tuple(text for place in places if (text := _text(Path(place))))
    return parts or (_text(Path("/etc/machine-id")),)


def _text(path: Path) -> str:
    """Content of a small file, "" where there is none."""
    try:
        return path.read_text(errors="replace").strip("\0\n ")
    except OSError:
        return ""


def _since_boot_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _look() -> Trust:
    """Ask timesyncd, then the kernel (adjtimex, read-only), whether network time disciplines the clock.

    The hardened service may not call adjtimex; it then depends on timesyncd's mark, which Raspberry Pi OS has.
    """
    if _TIMESYNCD_MARK.exists():
        return Trust.SYNCHRONISED
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.byref(timex := _Timex()))
    if state not in (-1, _TIME_ERROR) and not timex.status & _STA_UNSYNC:
        return Trust.SYNCHRONISED
    return Trust.KEPT if Path("/dev/rtc0").exists() else Trust.UNKNOWN
