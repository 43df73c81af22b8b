"""What wall time was worth: the entry that puts the times of a boot right once the clock is synchronised. Pure.

Rules
1. Entries carry what the clock said and are never changed. Once the network has set the clock, one entry says when this
   boot really began; whoever reads the log adds an entry's time since boot to that.
2. It is written once a boot and epoch, even where nothing was wrong: it is also what bounds the times of the boots
   before and after that never saw a network.
3. It is written again when the synchronised clock is more than JUMP_MS away from what the last one said, but for
   EVERY_MS after one only when it is more than LEAP_MS away: a clock that will not keep time fills no card.
4. It goes into the custody lane: what a parcel's time is worth in a dispute hangs on it, and telemetry may be evicted.

boot or epoch     trust          distance from the last     entry
----------------  -------------  -------------------------  ---------------
any               not synchr.    any                        -
new               synchronised   any                        clock.corrected
same as the last  synchronised   at most JUMP_MS            -
same as the last  synchronised   more, within EVERY_MS      -
same as the last  synchronised   more, later                clock.corrected
same as the last  synchronised   more than LEAP_MS          clock.corrected

Called by the clock desk; a Book, so that a restart in the same boot writes nothing twice.
"""

from collections.abc import Iterable

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.counter.vocabulary import custody
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record, Stamp
from sync.entry import Trust

KIND = "clock.corrected"
JUMP_MS = 1000
"""timesyncd steps the clock where it is off by 0.4 s or more, so that a smaller distance is its own slow work."""
EVERY_MS = 3_600_000
LEAP_MS = 60_000
"""A clock that runs one per cent wrong would bring an entry each 100 s; judgement: once an hour is enough of that."""
UNCERTAINTY_MS = 1000
"""Of a clock timesyncd keeps: 0.4 s that it does not step, and the way of the answer on a poor 4G link."""
NEWEST = "newest"


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """The last correction. began_ms: wall time at which its boot began. epoch: hex digits. at_ms: since that boot."""

    name: str
    epoch: str
    boot: int
    began_ms: int
    at_ms: int = 0


class Timekeeping(Book[Correction]):
    """Remembers the last correction, and says when another is due."""

    table = "clock"
    shape = Correction

    def effects(self, event: Event) -> Iterable[Change]:
        """A correction takes the place of the one before."""
        if event.kind != KIND:
            return []
        body = event.body
        newest = Correction(
            name=NEWEST,
            epoch=body["epoch"].hex(),
            boot=body["boot"],
            began_ms=body["began_ms"],
            at_ms=body["from_since_boot_ms"],
        )
        return [self.put(newest)]

    def due(self, stamp: Stamp, *, epoch: bytes, boot: int, said_began_ms: int) -> Record | None:
        """The correction to write now, or None; see the table.

        said_began_ms: when the boot began by the clock as it was when it last made entries.
        """
        began_ms = stamp.wall_ms - stamp.since_boot_ms
        if stamp.trust is not Trust.SYNCHRONISED:
            return None
        last = self.get(NEWEST)
        same = last is not None and (last.epoch, last.boot) == (epoch.hex(), boot)
        if last is not None and same:
            lately = stamp.since_boot_ms - last.at_ms < EVERY_MS
            if abs(began_ms - last.began_ms) <= (LEAP_MS if lately else JUMP_MS):
                return None
        return custody(
            KIND,
            epoch=epoch,
            boot=boot,
            began_ms=began_ms,
            offset_ms=began_ms - said_began_ms,
            uncertainty_ms=UNCERTAINTY_MS,
            from_since_boot_ms=stamp.since_boot_ms,
        )
