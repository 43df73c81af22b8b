"""What a station let go of: the entry that names a range of its telemetry, read with every field checked. Pure.

    kind telemetry.dropped, custody lane:  epoch, lane (1), first, last, first_hash, hash (of the last)

The entry behind such a range follows the hash named here, and the range counts as known to be missing. Called by the
county's log and its verification.
"""

from typing import Annotated

import msgspec

from sync.entry import ChainId, Count, Eight, Entry, Hash, Lane

KIND = "telemetry.dropped"
_MARK = msgspec.msgpack.encode(KIND)


class Dropped(msgspec.Struct, frozen=True, gc=False):
    """A range of one chain that is gone."""

    epoch: Eight
    lane: Annotated[int, msgspec.Meta(ge=1, le=1)]
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
    if _MARK not in entry.header:
        return None
    header = entry.read_header()
    if header.kind != KIND or header.lane is not Lane.CUSTODY:
        return None
    try:
        named = _decode(entry.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return named if named.first <= named.last else None
