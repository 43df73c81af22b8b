"""Until when a station was heard: nothing it recorded in its custody lane before that is missing in the tables.

    evidence                                      why
    --------------------------------------------  ------------------------------------------------------------------
    a custody entry that is in the tables         a chain has no holes: all before it is there
    a telemetry entry written after such a one    its header names the custody head it followed; nothing was in between

Of an entry's time the earliest counts that it can have been made at: its corrected time less what that may be off, and
never later than the county had it. A clock that was merely kept is behind, if anything, and is taken as it is; of one
that nobody believes nothing is concluded. A message, a birth or a last will is no evidence: it says nothing of entries.

A shell, read-only; called by `arrivals` and `receipts`.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, text

from sync.county.times import Times, read_times
from sync.entry import Header, Lane, Trust, decode_header
from sync.errors import MalformedMessage

MAX_CHAINS = 64
"""Of one station the newest so many are asked: as many as can have been begun since the oldest trip told of."""

_chains = text("""
    SELECT chain.id, chain.epoch, chain.lane, cursor.sequence FROM chain JOIN cursor ON cursor.chain = chain.id
    WHERE chain.station = :station ORDER BY chain.id DESC LIMIT :limit""")
_tip = text("SELECT max(sequence) FROM log WHERE chain = :chain")
_at = text("SELECT hash, header, committed_ms FROM log WHERE chain = :chain AND sequence = :sequence")


def read_heard(connection: Connection, station: str) -> int | None:
    """Milliseconds since 1970 UTC; None where nothing can be concluded. Raises LogUnavailable."""
    rows = connection.execute(_chains, {"station": station, "limit": MAX_CHAINS}).all()
    telemetry = {bytes(row.epoch): row.id for row in rows if row.lane == Lane.TELEMETRY}
    found = [
        at_ms
        for row in rows
        if row.lane == Lane.CUSTODY
        for at_ms in _of_epoch(connection, row.id, row.sequence, telemetry.get(bytes(row.epoch)))
    ]
    return max(found, default=None)


def _of_epoch(connection: Connection, custody: int, sequence: int, telemetry: int | None) -> Iterable[int]:
    """The evidence of one epoch: of its custody lane, which is in the tables up to `sequence`, and of its other one."""
    last = connection.execute(_at, {"chain": custody, "sequence": sequence}).all()
    yield from _made(connection, custody, [(row, header) for row in last if (header := _header(row)) is not None])
    if telemetry is None:
        return
    tip = connection.execute(_tip, {"chain": telemetry}).scalar_one()
    after = []
    for row in connection.execute(_at, {"chain": telemetry, "sequence": tip}).all():
        header = _header(row)
        if header is not None and header.after is not None and header.after.sequence <= sequence:
            followed = connection.execute(_at, {"chain": custody, "sequence": header.after.sequence}).all()
            if any(bytes(each.hash)[:8] == header.after.hash8 for each in followed):
                after.append((row, header))
    yield from _made(connection, custody, after)


def _header(row: Row[Any]) -> Header | None:
    try:
        return decode_header(bytes(row.header))
    except MalformedMessage:
        return None  # counted and told by the projection; no evidence


def _made(connection: Connection, custody: int, entries: list[tuple[Row[Any], Header]]) -> Iterable[int]:
    """The earliest time all of these were made by: of a fork's branches the one that is further behind counts."""
    times = [
        _earliest_ms(read_times(connection, custody, header.boot), header, row.committed_ms) for row, header in entries
    ]
    known = [at_ms for at_ms in times if at_ms is not None]
    if known and len(known) == len(times):
        yield min(known)


def _earliest_ms(times: Times, header: Header, committed_ms: int) -> int | None:
    time = times.of(header.boot, header.since_boot_ms, header.recorded_ms, header.trust)
    if time.uncertainty_ms is None and header.trust is Trust.UNKNOWN:
        return None
    return min(time.at_ms - (time.uncertainty_ms or 0), committed_ms)
