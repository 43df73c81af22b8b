"""The station's time: milliseconds since boot, wall time, and how far the wall time can be trusted.

A Pi has no clock chip: without network its wall time is hours slow after a power cut, so time since boot and the boot's
name order things, and wall time only carries its trust.

    what is there                                            trust
    -------------------------------------------------------  ------------
    timesyncd's mark, touched within HOLD_S                  synchronised
    timesyncd's mark, older, or later than the clock itself  kept
    no mark, the kernel says its clock is disciplined        synchronised
    no mark, a clock chip                                    kept
    none of these                                            unknown
    a clock behind what the journal holds, not synchronised  unknown, and the journal's last time goes on instead

A thin shell; called by the agent and handed to the journal. Corrections are in `counter/timekeeping.py`.
"""

import ctypes
import time
from collections.abc import Callable
from pathlib import Path

from station_agent.journal.writer import Stamp
from sync.entry import Trust

TRUST_S = 10.0
"""How long a look at the kernel's synchronisation state is good for."""
SET_MS = 100
"""A wall clock that moves so far between two looks was set."""
HOLD_S = 6 * 3600.0
"""timesyncd touches its mark at each synchronisation, every 34 minutes at least while it has a network, and never takes
it away. A crystal 50 ppm off is a second wrong after 5.5 hours: from about there on the clock is only kept."""
MARK_AHEAD_S = 5.0
"""A mark so much later than the clock: somebody has set the clock back since."""
TIMESYNCD_MARK = Path("/run/systemd/timesync/synchronized")
CHIP = Path("/dev/rtc0")
_STA_UNSYNC = 0x40
_TIME_ERROR = 5


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
        floor_ms: int | None = None,
        since_boot_ms: Callable[[], int] | None = None,
        wall_ms: Callable[[], int] | None = None,
        look: Callable[[], Trust] | None = None,
    ) -> None:
        """Take the wall clock's present distance from boot time; the three sources are other ones in tests.

        floor_ms: the last wall time the journal holds; until it is synchronised the clock tells no earlier one.
        """
        self._since_boot_ms, self._wall_ms = since_boot_ms or _since_boot_ms, wall_ms or _wall_ms
        self._look = look or _look
        now_ms = self._since_boot_ms()
        self._offset_ms = self._wall_ms() - now_ms
        self._floor_ms = None if floor_ms is None else floor_ms - now_ms
        self._trust = Trust.UNKNOWN
        self._looked_ms: int | None = None

    def stamp(self) -> Stamp:
        """Return the time to record now."""
        since_boot_ms = self._since_boot_ms()
        offset_ms = self._wall_ms() - since_boot_ms
        # The two clocks are read one after the other: a millisecond of difference is the reading, not the clock.
        if abs(offset_ms - self._offset_ms) > 1:
            if abs(offset_ms - self._offset_ms) > SET_MS:
                self._looked_ms = None  # somebody has set it: what was found of its trust is of before
            self._offset_ms = offset_ms
        trust = self.trust()
        if trust is Trust.SYNCHRONISED:
            self._floor_ms = None  # the network's word stands above what was recorded, even where that was later
        if self.behind_ms:
            return Stamp(since_boot_ms, since_boot_ms + self._offset_ms + self.behind_ms, Trust.UNKNOWN)
        return Stamp(since_boot_ms, since_boot_ms + self._offset_ms, trust)

    @property
    def behind_ms(self) -> int:
        """How far the machine's clock is behind what the journal held at the start; 0 where it is not."""
        return 0 if self._floor_ms is None else max(0, self._floor_ms - self._offset_ms)

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


def synchronised_ms(mark: Path = TIMESYNCD_MARK) -> int | None:
    """Wall time of the last synchronisation of this boot by timesyncd, None where there was none."""
    try:
        return mark.stat().st_mtime_ns // 1_000_000
    except OSError:
        return None


def judged(*, mark_age_s: float | None, disciplined: bool, chip: bool) -> Trust:
    """The trust by what is there: age of timesyncd's mark, the kernel's own word, a clock chip."""
    if mark_age_s is not None:
        return Trust.SYNCHRONISED if -MARK_AHEAD_S <= mark_age_s <= HOLD_S else Trust.KEPT
    if disciplined:
        return Trust.SYNCHRONISED
    return Trust.KEPT if chip else Trust.UNKNOWN


def _look() -> Trust:
    """Ask timesyncd, the kernel, and whether there is a chip."""
    mark_ms = synchronised_ms()
    age_s = None if mark_ms is None else (_wall_ms() - mark_ms) / 1000
    return judged(mark_age_s=age_s, disciplined=age_s is None and _disciplined(), chip=CHIP.exists())


def _disciplined() -> bool:
    """Whether network time disciplines the kernel's clock (adjtimex, read-only).

    The hardened service may not call adjtimex; it then depends on timesyncd's mark, which Raspberry Pi OS has.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.byref(timex := _Timex()))
    return state not in (-1, _TIME_ERROR) and not timex.status & _STA_UNSYNC
