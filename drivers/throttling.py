"""What the Pi's firmware says of its own supply and heat: the file `get_throttled` below /sys. A thin shell.

    bit 0  under-voltage now      1  frequency capped now      2  throttled now      3  soft temperature limit now
    bits 16 to 19                 the same, at any time since the boot

`vcgencmd get_throttled` asks the firmware for the very same number by a device the hardened service may not open; the
kernel of Raspberry Pi OS offers it as a file. Elsewhere there is none, and nobody knows. Called by the agent and the
doctor.
"""

import re
from pathlib import Path
from typing import NamedTuple

SYS = Path("/sys")
PATTERN = "devices/platform/soc*/soc*:firmware/get_throttled"
"""soc/soc:firmware up to a Pi 4; the newer kernels of a Pi 5 name the bus by its address."""
MAX_BYTES = 64
_NUMBER = re.compile(r"(?:throttled=)?(?:0x)?([0-9a-fA-F]{1,8})")

_UNDERVOLTAGE, _THROTTLED, _HOT = 0x1, 0x6, 0x8
_SINCE_BOOT = 16


class Throttling(NamedTuple):
    """The firmware's flags."""

    flags: int

    @property
    def undervoltage(self) -> bool:
        """Under-voltage now: the supply or its cable is too weak."""
        return bool(self.flags & _UNDERVOLTAGE)

    @property
    def had_undervoltage(self) -> bool:
        """Under-voltage at any time since the boot."""
        return bool(self.flags & (_UNDERVOLTAGE | _UNDERVOLTAGE << _SINCE_BOOT))

    @property
    def is_slowed(self) -> bool:
        """Slowed down now, by under-voltage or heat."""
        return bool(self.flags & (_THROTTLED | _HOT))


def parse_flags(text: str) -> Throttling | None:
    """Read "50005", "0x50005" or "throttled=0x50005"; None for anything else."""
    match = _NUMBER.fullmatch(text.strip())
    return None if match is None else Throttling(int(match[1], 16))


def look(sys: Path = SYS) -> Throttling | None:
    """The flags now, None where no firmware tells them."""
    for path in sorted(sys.glob(PATTERN)):
        try:
            with path.open("rb", buffering=0) as file:
                return parse_flags((file.read(MAX_BYTES) or b"").decode("ascii", "replace"))
        except OSError:
            return None
    return None
