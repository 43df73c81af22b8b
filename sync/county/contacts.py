"""Recipients' contacts at the county: opened one parcel at a time, on record; erased when their time is over.

Rules
1. Who opens a contact, when and what for is committed before anything is opened; so is a look that finds nothing.
2. Erasing takes salt and sealed fields out of the log and leaves the digest: every chain still verifies.
3. What was erased is recorded with the erasing itself, range by range, so that a run that is cut off told the truth.
   An entry that comes again is known by its hash and passed over: nothing erased comes back, but by a restored backup;
   after one, erase again.

How old a contact is goes by when the county committed it, the one clock here that can be believed. A shell; called by
`county contact` and `county forget`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine, Row, text

from sync.contact import Contact
from sync.county import schema
from sync.county.database import reading, writing
from sync.entry import Personal, decode_body
from sync.errors import MalformedMessage, SealBroken
from sync.sealing import open_sealed

DAY_MS = 86_400_000
PLACES = 2000
"""Places of a chain looked at in one transaction, so that ingest never waits long for the database."""
MAX_SEALED = 100
"""Of one waybill no more are opened, the newest."""

# "by" is a word of SQL.
_access = text("""
    INSERT INTO contact_access (at_ms, "by", purpose, waybill, sealed)
    VALUES (:at_ms, :by, :purpose, :waybill, :sealed)""")
_sealed = text(f"""{schema.EVENT_DAYS}
    SELECT e.station, e.recorded_ms, e.kind, log.personal_digest, log.personal_salt, log.personal_sealed
    FROM event_day CROSS JOIN parcel_event AS e
    JOIN log ON log.chain = e.chain AND log.sequence = e.sequence AND log.hash = e.hash
    WHERE e.committed_day = event_day.day AND e.waybill = :waybill AND log.personal_digest IS NOT NULL
    ORDER BY log.committed_ms DESC, log.sequence DESC LIMIT :limit""")  # noqa: S608  # our own text
_chains = text("SELECT id, (SELECT max(sequence) FROM log WHERE log.chain = chain.id) AS tip FROM chain ORDER BY id")
_begun = text("""
    INSERT INTO erasure (at_ms, "by", before_ms, waybills, entries) VALUES (:at_ms, :by, :before_ms, 0, 0)
    RETURNING id""")
_old = text("""
    SELECT body, committed_ms FROM log
    WHERE chain = :chain AND sequence BETWEEN :first AND :last
      AND personal_sealed IS NOT NULL AND committed_ms < :before_ms""")
_erase = text("""
    UPDATE log SET personal_salt = NULL, personal_sealed = NULL
    WHERE chain = :chain AND sequence BETWEEN :first AND :last
      AND personal_sealed IS NOT NULL AND committed_ms < :before_ms""")
_told = text(
    "UPDATE erasure SET entries = :entries, waybills = :waybills, first_ms = :first, last_ms = :last WHERE id = :id"
)
_finished = text("UPDATE erasure SET finished_ms = :now_ms WHERE id = :id")


class Opened(NamedTuple):
    """One sealed contact: what a station recorded with which kind of entry. contact None: why stands in `closed`."""

    station: str
    recorded_ms: int
    kind: str
    contact: Contact | None
    closed: str


class Erased(NamedTuple):
    """What one run erased. first_ms, last_ms: when the county had committed it; None where nothing was."""

    entries: int
    waybills: int
    first_ms: int | None
    last_ms: int | None


def open_contacts(
    engine: Engine, private: X25519PrivateKey, waybill: str, *, by: str, purpose: str, now_ms: int
) -> list[Opened]:
    """All contacts sealed for one parcel, newest first; on record before they are opened. Raises LogUnavailable."""
    with writing(engine) as connection:
        rows = connection.execute(_sealed, {"waybill": waybill, "limit": MAX_SEALED}).all()
        entry = {"at_ms": now_ms, "by": by, "purpose": purpose, "waybill": waybill}
        entry["sealed"] = sum(row.personal_sealed is not None for row in rows)
        connection.execute(_access, entry)
    return [_opened(row, private, waybill) for row in rows]


def erase_older(engine: Engine, *, days: int, by: str, clock_ms: Callable[[], int]) -> Erased:
    """Erase every sealed contact the county has had for more than `days` days; raises LogUnavailable.

    Whatever was erased before that is erased, and recorded so.
    """
    now_ms = clock_ms()
    before_ms = now_ms - days * DAY_MS
    with writing(engine) as connection:
        begun = {"at_ms": now_ms, "by": by, "before_ms": before_ms}
        number = int(connection.execute(_begun, begun).scalar_one())
    done = Erased(0, 0, None, None)
    for chain, first in _ranges(engine):
        old = {"chain": chain, "first": first, "last": first + PLACES - 1, "before_ms": before_ms}
        with writing(engine) as connection:
            rows = connection.execute(_old, old).all()
            if rows:
                connection.execute(_erase, old)
                done = _with(done, rows)
                told = {"first": done.first_ms, "last": done.last_ms, "entries": done.entries}
                connection.execute(_told, {**told, "waybills": done.waybills, "id": number})
    with writing(engine) as connection:
        connection.execute(_finished, {"now_ms": clock_ms(), "id": number})
    return done


def _ranges(engine: Engine) -> Iterator[tuple[int, int]]:
    """Every chain in pieces: its number and the first place of a piece."""
    with reading(engine) as connection:
        chains = connection.execute(_chains).all()
    for number, tip in chains:
        for first in range(0, (-1 if tip is None else tip) + 1, PLACES):
            yield number, first


def _with(done: Erased, rows: Sequence[Row[Any]]) -> Erased:
    """Counted together. A waybill counts once a piece: one parcel's entries lie close together."""
    waybills = {waybill for row in rows if (waybill := _waybill(bytes(row.body))) is not None}
    times = [row.committed_ms for row in rows] + [ms for ms in (done.first_ms, done.last_ms) if ms is not None]
    return Erased(done.entries + len(rows), done.waybills + len(waybills), min(times), max(times))


def _waybill(body: bytes) -> str | None:
    """The waybill an entry is about, None where it names none."""
    try:
        found = decode_body(body).get("waybill")
    except MalformedMessage:
        return None
    return found if isinstance(found, str) else None


def _opened(row: Row[Any], private: X25519PrivateKey, waybill: str) -> Opened:
    part = Personal(row.personal_digest, row.personal_salt, row.personal_sealed)
    try:
        contact, closed = open_sealed(private, part, station=row.station, waybill=waybill), ""
    except SealBroken as error:
        contact, closed = None, f"{error};{error.hint}"
    return Opened(row.station, row.recorded_ms, row.kind, contact, closed)
