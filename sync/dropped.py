"""What a station let go of: the entries that name a range of its own, read with every field checked. Pure.

    kind telemetry.dropped, custody lane:  epoch, lane (1), first, last, first_hash, hash (of the last)
    kind journal.gone, custody lane:       epoch, lane (0 or 1), first, last, hash (of the last)

The first tells of telemetry the county never had. The second is said only to a county that was restored from a backup
older than its recovery window: it had the range once, and the station has let it go since. The entry behind such a
range follows the hash named here, and the range counts as known to be missing. Called by the county's log and its
verification.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from sync.entry import ChainId, Count, Eight, Entry, Hash, Lane

KIND, GONE = "telemetry.dropped", "journal.gone"
_MARKS = tuple(msgspec.msgpack.encode(kind) for kind in (KIND, GONE))


class Dropped(msgspec.Struct, frozen=True, gc=False):
    """A range of one chain that is gone."""

    epoch: Eight
    lane: Annotated[int, msgspec.Meta(ge=0, le=1)]
    first: Count
    last: Count
    hash: Hash

    @property
    def chain(self) -> ChainId:
        """The chain it was in."""
        return ChainId(self.epoch, Lane(self.lane))


_decode = msgspec.msgpack.Decoder(Dropped).decode


def dropped_by(entry: Entry) -> Dropped | None:
    """The range an entry names, None for one that names none or says it wrongly: then the chain has a gap as before."""
    if not any(mark in entry.header for mark in _MARKS):
        return None
    header = entry.read_header()
    if header.kind not in (KIND, GONE) or header.lane is not Lane.CUSTODY:
        return None
    try:
        named = _decode(entry.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if header.kind == KIND and named.lane != Lane.TELEMETRY:
        return None  # custody is never let go of for want of room
    return named if named.first <= named.last else None


def dropped_in(entries: Sequence[Entry]) -> list[Dropped]:
    """The ranges that entries name, in their order."""
    # All headers are searched at once: nearly every batch names none, and a search of each costs a tenth of its way.
    headers = b"".join([entry.header for entry in entries])
    if not any(mark in headers for mark in _MARKS):
        return []
    return [named for named in map(dropped_by, entries) if named is not None]
