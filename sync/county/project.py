"""Turns the log into tables: after each chain's cursor, place by place, in the same transaction as the cursor.

Rules
1. A cursor says: every entry at the places up to here is in the tables. It belongs to one chain (station, epoch, lane);
   there is no row number over all of them, since a commit that started earlier may become visible later.
2. A place is taken whole, with all branches of a fork. Entries that have a rival at their place are marked `forked`. A
   branch that arrives behind the cursor draws it back (`store.CountyLog.commit`), and the same places are read again.
3. A row is known by (chain, sequence, hash), and writing it again changes nothing but the mark: the projection may stop
   or be killed anywhere, and may be repeated from the start.
4. An entry that cannot be read stays in the log, is counted, and stops nothing.

First projection: `parcel_event`, every custody entry whose body names a `waybill`; its times are put right by the
corrections of its station's clock, also by those that come later (`times`).
Second: `bag_event`, where bags left, came in and were opened (`bag_events`). Third: `handover_event`, what drivers have
receipts of (`handover_events`). Called by `project` and `serve`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, text

from sync.county import schema
from sync.county.bag_events import UNDONE, BagEvent, keep_bags, read_bag
from sync.county.database import HOLD_PROJECTORS, reading, writing
from sync.county.handover_events import HandoverEvent, keep_handovers, read_handover
from sync.county.times import CORRECTION, Stamped, keep_times, read_correction
from sync.entry import Entry, Header, Lane, decode_body, decode_header
from sync.errors import MalformedMessage

PLACES = 1000
"""Places read in one transaction, so that ingest never waits long for the database."""
DAY_MS = 86_400_000
MAX_WAYBILL = 64
"""Characters; the longest in the trade, a UPU bag number, has 30."""

_details = msgspec.json.Encoder(enc_hook=repr)

_waiting = text("""
    SELECT cursor.chain FROM cursor
    WHERE EXISTS (SELECT 1 FROM log WHERE log.chain = cursor.chain AND log.sequence > cursor.sequence)
    ORDER BY cursor.chain""")
_lock = text("UPDATE chain SET entries = entries WHERE id = :chain")
_start = text("""
    SELECT min(sequence) FROM log
    WHERE chain = :chain AND sequence > (SELECT sequence FROM cursor WHERE chain = :chain)""")
_read = text("""
    SELECT sequence, hash, header, body, committed_ms FROM log
    WHERE chain = :chain AND sequence BETWEEN :first AND :last ORDER BY sequence, hash""")
_move = text("UPDATE cursor SET sequence = :sequence WHERE chain = :chain")
_columns = [column.name for column in schema.parcel_event.columns]
_insert = text(
    f"INSERT INTO parcel_event ({', '.join(_columns)}) VALUES ({', '.join(':' + name for name in _columns)})"  # noqa: S608  # names of our own schema
    " ON CONFLICT (chain, sequence, hash) DO UPDATE SET forked = excluded.forked,"
    " corrected_ms = excluded.corrected_ms, uncertainty_ms = excluded.uncertainty_ms"
)


SALVAGED = "entry.salvaged"
"""An entry of a broken journal, entered again whole."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one step did: entries read, events written, entries that could not be read (the first of them named)."""

    entries: int = 0
    events: int = 0
    unreadable: int = 0
    example: str = ""

    def __add__(self, other: "Progress") -> "Progress":
        """Both together."""
        return Progress(
            self.entries + other.entries,
            self.events + other.events,
            self.unreadable + other.unreadable,
            self.example or other.example,
        )


def waiting_chains(engine: Engine) -> list[int]:
    """Chains with entries after their cursor; one index look-up for each chain."""
    with reading(engine) as connection:
        return list(connection.execute(_waiting).scalars())


def project_once(engine: Engine, turned: Callable[[], None] = lambda: None) -> Progress:
    """Take up to 1,000 places of every chain that has any; nothing read means all tables are up to date.

    turned: called after each chain, for systemd's watchdog.
    """
    done = Progress()
    for chain in waiting_chains(engine):
        done += project_chain(engine, chain)
        turned()
    return done


def project_chain(engine: Engine, chain: int, places: int = PLACES) -> Progress:
    """Take up to `places` places of one chain, in one transaction; raises LogUnavailable and then changed nothing."""
    with writing(engine) as connection:
        # On PostgreSQL this waits for a commit that may put entries behind the cursor, and holds off the next one. The
        # row of the chain, not of the cursor: a commit touches the first always, the second only to draw it back.
        connection.execute(_lock, {"chain": chain})
        first = connection.execute(_start, {"chain": chain}).scalar_one()
        if first is None:
            return Progress()
        rows = connection.execute(_read, {"chain": chain, "first": first, "last": first + places - 1}).all()
        progress = _write(connection, chain, rows)
        connection.execute(_move, {"chain": chain, "sequence": rows[-1].sequence})
        return progress


def rebuild(engine: Engine) -> None:
    """Empty the tables and set every cursor to the start; the next steps fill them again from the log."""
    with writing(engine) as connection:
        connection.execute(HOLD_PROJECTORS)
        for table in schema.PROJECTIONS:
            connection.execute(delete(table))
        connection.execute(text("UPDATE cursor SET sequence = -1"))


@dataclass(frozen=True, slots=True)
class _Taken:
    """An entry that could be read: as the times need it, its columns if it is about a parcel, what of a bag or stop."""

    stamped: Stamped
    event: dict[str, Any] | None
    bag: BagEvent | None = None
    handover: HandoverEvent | None = None


def parcel_event(entry: Entry) -> dict[str, Any] | None:
    """The columns an entry gives to `parcel_event` by itself, None for one that is not about a parcel.

    Raises MalformedMessage for a body that is no map, a waybill that is no printable text of 1 to 64 characters, or a
    kind with a NUL in it.
    """
    taken = _take(entry, committed_ms=0)
    return None if taken is None else taken.event


def _take(entry: Entry, committed_ms: int) -> _Taken | None:
    """One entry, None for one of the other lane; raises MalformedMessage."""
    header = decode_header(entry.header)
    if header.lane is not Lane.CUSTODY:
        return None
    body = decode_body(entry.body)
    correction = read_correction(body) if header.kind == CORRECTION else None
    stamped = Stamped(header, entry.hash, committed_ms, correction)
    if header.kind == SALVAGED:
        return _salvaged(stamped, body)
    event = _event(header, dict(body)) if "waybill" in body else None
    return _Taken(stamped, event, read_bag(header, body), read_handover(header, body, entry.hash))


def _salvaged(stamped: Stamped, body: dict[str, Any]) -> _Taken:
    """What an entry says that was saved from a broken journal, marked so; once, whatever stands in it.

    What it took back is in an epoch that is over, whose places are no longer known by their numbers alone.
    """
    match body:
        case {"header": bytes(inner), "body": bytes(fields)}:
            old, event = decode_header(inner), decode_body(fields)
        case _:
            raise MalformedMessage("a salvaged entry without one in it", hint="检查站点程序版本 / check its program")
    if old.station != stamped.header.station or old.kind == UNDONE:
        return _Taken(stamped, None)
    marked = {**event, "salvaged": True, "proved": bool(body.get("proved"))}
    taken = _event(old, dict(marked)) if "waybill" in event else None
    said, old_hash = {"at_ms": old.recorded_ms, **marked}, body.get("hash")
    shown = old_hash if isinstance(old_hash, bytes) else b""
    return _Taken(stamped, taken, read_bag(old, said), read_handover(old, said, shown))


def _event(header: Header, body: dict[str, Any]) -> dict[str, Any]:
    waybill = body.pop("waybill")
    hint = "检查站点程序版本 / check the version of the station's program"
    if not isinstance(waybill, str) or not waybill.isprintable() or not 0 < len(waybill) <= MAX_WAYBILL:
        raise MalformedMessage(f"waybill {str(waybill)[:80]!r}", hint=hint)
    if "\0" in header.kind:  # PostgreSQL takes no text with one, and one station must not stop the tables of all
        raise MalformedMessage(f"kind {header.kind!r}", hint=hint)
    return {
        "waybill": waybill,
        "station": header.station,
        "recorded_ms": header.recorded_ms,
        "trust": int(header.trust),
        "kind": header.kind,
        "details": _details.encode(body).decode(),
        "boot": header.boot,
        "since_boot_ms": header.since_boot_ms,
    }


def _write(connection: Connection, chain: int, rows: Sequence[Row[Any]]) -> Progress:
    """Write the events of whole places, with the times that are known now."""
    at_place: dict[int, int] = {}
    for row in rows:
        at_place[row.sequence] = at_place.get(row.sequence, 0) + 1
    taken: list[_Taken] = []
    unreadable, example = 0, ""
    for row in rows:
        try:
            entry = _take(Entry(row.header, row.body, None, row.hash), row.committed_ms)
        except MalformedMessage as error:
            unreadable += 1
            example = example or f"chain {chain} entry {row.sequence} ({row.hash.hex()[:16]}): {error}"
            continue
        if entry is not None:
            taken.append(entry)
    times = keep_times(connection, chain, [each.stamped for each in taken])
    events = []
    for each in taken:
        header, entry_hash, event = each.stamped.header, each.stamped.hash, each.event
        if event is None:
            continue
        time = times.of(header.boot, header.since_boot_ms, header.recorded_ms, header.trust)
        place = {"chain": chain, "sequence": header.sequence, "hash": entry_hash}
        day = each.stamped.committed_ms // DAY_MS
        known = {"committed_day": day, "corrected_ms": time.at_ms, "uncertainty_ms": time.uncertainty_ms}
        events.append({**event, **place, **known, "forked": at_place[header.sequence] > 1})
    if events:
        connection.execute(_insert, events)
    keep_bags(connection, chain, times, [(each.stamped, each.bag) for each in taken if each.bag is not None])
    stops = [(each.stamped, each.handover) for each in taken if each.handover is not None]
    keep_handovers(connection, chain, times, stops)
    return Progress(len(rows), len(events), unreadable, example)
