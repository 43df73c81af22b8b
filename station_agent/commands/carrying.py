"""What `station sync` needs of sticks before one is there: a look at a folder, and no more until it finds one."""

import glob
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from station_agent.config import Settings

if TYPE_CHECKING:
    from sync.keys import SigningKey
    from sync.link import LinkFile
    from sync.sender import JournalReader
    from sync.stick import Courier, StickWatch

LOOK_S = 2.0
"""How often the mount folder is looked at."""


class LazySticks:
    """A StickWatch that costs no memory until the first stick is plugged in."""

    def __init__(
        self,
        settings: Settings,
        journal: "JournalReader",
        link: "LinkFile",
        key: "SigningKey",
        say: Callable[[str], None],
    ) -> None:
        """settings name the mounts; the others are the sync process' own."""
        self._settings, self._journal, self._link, self._key, self._say = settings, journal, link, key, say
        self._watch: StickWatch | None = None
        self._looked_s = float("-inf")

    def look(self, now_s: float) -> None:
        """Look for sticks, every two seconds."""
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        if self._watch is None:
            # Path.glob would raise where a stick is pulled out as it looks.
            if not glob.glob(self._settings.carry.mounts):  # noqa: PTH207
                return
            from sync.stick import StickWatch  # noqa: PLC0415 - HPKE is loaded only where there is something to carry

            courier = make_courier(self._settings, self._journal, self._link, self._key)
            self._watch = StickWatch(self._settings.carry.mounts, courier, self._say)
        self._watch.look()


def make_courier(settings: Settings, journal: "JournalReader", link: "LinkFile", key: "SigningKey") -> "Courier":
    """The courier of the configured station."""
    from sync.stick import Courier  # noqa: PLC0415 - see above

    return Courier(
        station=settings.station.id,
        key=key,
        county_key=bytes.fromhex(settings.county.public_key),
        sealing_key=settings.sealing_key,
        journal=journal,
        link=link,
        wall_ms=lambda: time.time_ns() // 1_000_000,
    )
