"""The recovery window: since when the county has had what it confirmed, by evidence no wrong clock can make. Pure.

A county that is restored from a backup asks again for what that backup lacks; so nothing goes before the county's own
window (30 days by default) is over. The station's wall clock is not asked at all: it may stand at 2099.

Rules
1. A day counts when the county's own signed clock, in its receipts for the epoch being written, stands a day further
   than when the last one was counted, and the station has lived meanwhile: 20 hours since its boot, or an hour of
   another boot. A jump of the county's clock, however far, is one day.
2. A county's clock that went back is followed, and nothing counts.
3. A day without the county's word does not count: thirty days are thirty days on which it spoke.
4. Another incarnation of the county is a restored one: all is counted anew.
5. What was confirmed on a day is free when so many later days as the window has were counted.

event                                       days
------------------------------------------  --------------------------------------------------
no word, or of the same day                 stay
a day further, and the station lived        one more; those beyond the window go
a day further, and it did not               stay, until it has
back                                        the last is as of now
another incarnation                         only this one

Called by the letting-go of entries, which keeps it in the journal's file.
"""

from typing import NamedTuple

import msgspec

WINDOW = "window"
"""Under this name the journal's file remembers the days."""
DAY_MS = 86_400_000
LIVED_MS = 20 * 3_600_000
"""Of a day, by the time since boot: it cannot be set, and goes on through any setting of the clock."""
AWAKE_MS = 3_600_000
"""Of another boot, so that a station that starts again and again counts no days."""


class Lived(NamedTuple):
    """Where the station is in its own time."""

    boot: int
    since_boot_ms: int


class Day(NamedTuple):
    """One that counted. at_ms: the county's clock. places: how far it had each chain, by number in the file."""

    at_ms: int
    boot: int
    since_boot_ms: int
    places: dict[int, int]


class Window(NamedTuple):
    """The days counted under one incarnation of the county, the newest last."""

    incarnation: bytes = b""
    days: tuple[Day, ...] = ()

    def free(self, days: int) -> dict[int, int]:
        """How far each chain is out of a window of so many days; nothing while it is not over."""
        return self.days[-1 - days].places if len(self.days) > days else {}

    def looked(self, incarnation: bytes, at_ms: int, lived: Lived, places: dict[int, int], days: int) -> "Window":
        """The window after a look at the county's word; the same one where nothing is different."""
        now = Day(at_ms, lived.boot, lived.since_boot_ms, places)
        if incarnation != self.incarnation or not self.days:
            return Window(incarnation, (now,))
        last = self.days[-1]
        if at_ms < last.at_ms:
            return Window(incarnation, (*self.days[:-1], last._replace(at_ms=at_ms)))
        if at_ms - last.at_ms < DAY_MS or not _has_lived(last, lived):
            return self
        return Window(incarnation, (*self.days, now)[-1 - days :])


def _has_lived(last: Day, lived: Lived) -> bool:
    if lived.boot == last.boot:
        return lived.since_boot_ms - last.since_boot_ms >= LIVED_MS
    return lived.since_boot_ms >= AWAKE_MS


def packed(window: Window) -> bytes:
    """As it is kept."""
    return msgspec.msgpack.encode(window)


def unpacked(data: bytes | None) -> Window:
    """As it was kept; an empty one for what is none: then it is counted anew."""
    try:
        return msgspec.msgpack.decode(data or b"", type=Window)
    except msgspec.MsgspecError:
        return Window()
