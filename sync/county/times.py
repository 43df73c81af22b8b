"""Keeps the corrected times of the projected events: spans of boots, corrections, and what follows from them.

Rules
1. Everything here comes from the log, in the projection's own transaction, and may be repeated: a span only widens, a
   correction is known by its entry.
2. Events are written with the time that is known then. A correction that comes later, or a neighbour's, has the events
   of that boot written again; so does the county's own clock, once it narrows a boot's bounds by a tenth or more.
3. Only the boots from the last corrected one before a step are looked at, so that a year of boots costs no more than a
   day.

The arithmetic stands in `timeline`. Custody lane only. A shell; called by the projection, and by `heard`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, text

from sync.county import schema
from sync.county.database import insert_new
from sync.county.timeline import Anchor, Boot, Bounds, Corrected, bounds, corrected
from sync.entry import Count, Header, Trust, Wall
from sync.errors import MalformedMessage

CORRECTION = "clock.corrected"
PIECE = 5000
"""Places looked through with one statement."""

_widen = text("""
    INSERT INTO station_boot (chain, boot, first_sequence, last_sequence, last_ms, latest_ms)
    VALUES (:chain, :boot, :first_sequence, :last_sequence, :last_ms, :latest_ms)
    ON CONFLICT (chain, boot) DO UPDATE SET
      first_sequence = CASE WHEN excluded.first_sequence < station_boot.first_sequence
        THEN excluded.first_sequence ELSE station_boot.first_sequence END,
      last_sequence = CASE WHEN excluded.last_sequence > station_boot.last_sequence
        THEN excluded.last_sequence ELSE station_boot.last_sequence END,
      last_ms = CASE WHEN excluded.last_ms > station_boot.last_ms
        THEN excluded.last_ms ELSE station_boot.last_ms END,
      latest_ms = CASE WHEN excluded.latest_ms < station_boot.latest_ms
        THEN excluded.latest_ms ELSE station_boot.latest_ms END""")
_note = insert_new(schema.clock_anchor)
_from = text("""
    SELECT max(boot) FROM clock_anchor WHERE chain = :chain AND boot < :first""")
_boots = text("""
    SELECT boot, first_sequence, last_sequence, last_ms, latest_ms, used_earliest_ms, used_latest_ms
    FROM station_boot WHERE chain = :chain AND boot >= :first ORDER BY boot""")
_anchors = text("""
    SELECT boot, since_boot_ms, began_ms, uncertainty_ms FROM clock_anchor WHERE chain = :chain AND boot >= :first""")
_use = text("""
    UPDATE station_boot SET used_earliest_ms = :earliest_ms, used_latest_ms = :latest_ms
    WHERE chain = :chain AND boot = :boot""")
_TIMED = (schema.parcel_event, schema.bag_event, schema.handover_event)
_rewriting = [
    (
        text(f"""
    SELECT sequence, hash, since_boot_ms, recorded_ms, trust FROM {table.name}
    WHERE chain = :chain AND boot = :boot AND sequence BETWEEN :first AND :last"""),  # noqa: S608  # names of our own schema
        text(f"""
    UPDATE {table.name} SET corrected_ms = :corrected_ms, uncertainty_ms = :uncertainty_ms
    WHERE chain = :chain AND sequence = :sequence AND hash = :hash"""),  # noqa: S608
    )
    for table in _TIMED
]
"""How the events of a boot are read and written again, table by table."""


class CorrectionBody(msgspec.Struct):
    """What a correction must say; the rest of its body is for people."""

    boot: Count
    began_ms: Wall
    uncertainty_ms: Count
    from_since_boot_ms: Count


class Stamped(NamedTuple):
    """A custody entry of the step: its header and hash, when the county committed it, what it says if it corrects."""

    header: Header
    hash: bytes
    committed_ms: int
    correction: CorrectionBody | None


class Times:
    """The times of one chain, as they are known after a step."""

    def __init__(self, boots: Sequence[Boot], found: dict[int, Bounds]) -> None:
        """Boots from the last corrected one before the step on, and the bounds of those without corrections."""
        self._anchors = {boot.number: boot.anchors for boot in boots}
        self._bounds = found

    def of(self, boot: int, since_boot_ms: int, recorded_ms: int, trust: int) -> Corrected:
        """The time of one entry."""
        anchors, bound = self._anchors.get(boot, ()), self._bounds.get(boot)
        return corrected(since_boot_ms, recorded_ms, Trust(trust), anchors=anchors, bounds=bound)

    def columns(self, stamped: Stamped) -> dict[str, int | None]:
        """When an entry was made and had, as the tables of bags and handovers keep it (`schema`), but for said_ms."""
        header = stamped.header
        time = self.of(header.boot, header.since_boot_ms, header.recorded_ms, header.trust)
        return {
            "recorded_ms": header.recorded_ms,
            "trust": int(header.trust),
            "boot": header.boot,
            "since_boot_ms": header.since_boot_ms,
            "corrected_ms": time.at_ms,
            "uncertainty_ms": time.uncertainty_ms,
            "committed_ms": stamped.committed_ms,
        }


def keep_times(connection: Connection, chain: int, entries: Sequence[Stamped]) -> Times:
    """Take the custody entries of a step, put earlier events right, and return the times for the step's own."""
    if not entries:
        return Times((), {})
    _widen_spans(connection, chain, entries)
    fresh = _note_corrections(connection, chain, entries)
    rows, times, found = _read(connection, chain, min(entry.header.boot for entry in entries))
    for row in rows:
        known = found.get(row.boot)
        if row.boot in fresh:
            _write_again(connection, chain, row, times)
        elif known is not None and _moved(known, row.used_earliest_ms, row.used_latest_ms):
            connection.execute(_use, {"chain": chain, "boot": row.boot, **known._asdict()})
            _write_again(connection, chain, row, times)
    return times


def read_times(connection: Connection, chain: int, boot: int) -> Times:
    """The times of one chain from this boot on, as they are known now."""
    return _read(connection, chain, boot)[1]


def _read(connection: Connection, chain: int, first: int) -> tuple[Sequence[Row[Any]], Times, dict[int, Bounds]]:
    """The boots from the last corrected one before boot `first` on (rule 3), their times and bounds."""
    before = connection.execute(_from, {"chain": chain, "first": first}).scalar_one()
    frame = {"chain": chain, "first": 0 if before is None else before}
    rows = connection.execute(_boots, frame).all()
    anchors: dict[int, list[Anchor]] = {}
    for row in connection.execute(_anchors, frame).all():
        anchors.setdefault(row.boot, []).append(Anchor(row.since_boot_ms, row.began_ms, row.uncertainty_ms))
    boots = [Boot(row.boot, row.last_ms, row.latest_ms, tuple(anchors.get(row.boot, ()))) for row in rows]
    found = bounds(boots)
    return rows, Times(boots, found), found


def _widen_spans(connection: Connection, chain: int, entries: Sequence[Stamped]) -> None:
    spans: dict[int, dict[str, int]] = {}
    for header, _, committed_ms, _ in entries:
        here = {
            "first_sequence": header.sequence,
            "last_sequence": header.sequence,
            "last_ms": header.since_boot_ms,
            "latest_ms": committed_ms - header.since_boot_ms,
        }
        span = spans.setdefault(header.boot, here)
        for name, value in here.items():
            span[name] = (max if name.startswith("last_") else min)(span[name], value)
    connection.execute(_widen, [{"chain": chain, "boot": boot, **span} for boot, span in spans.items()])


def _note_corrections(connection: Connection, chain: int, entries: Sequence[Stamped]) -> set[int]:
    """Keep the step's corrections and return the boots they are of."""
    noted: list[dict[str, Any]] = []
    for header, entry_hash, _, body in entries:
        if body is None or body.boot != header.boot:
            continue  # no station speaks of another boot; which of the two it would mean is nobody's guess
        noted.append(
            {
                "chain": chain,
                "sequence": header.sequence,
                "hash": entry_hash,
                "boot": body.boot,
                "since_boot_ms": body.from_since_boot_ms,
                "began_ms": body.began_ms,
                "uncertainty_ms": body.uncertainty_ms,
            }
        )
    if noted:
        connection.execute(_note, noted)
    return {note["boot"] for note in noted}


def read_correction(body: dict[str, Any]) -> CorrectionBody:
    """Read the body of a correction; raises MalformedMessage."""
    try:
        return msgspec.convert(body, CorrectionBody)
    except msgspec.ValidationError as error:
        hint = "检查站点程序版本 / check the version of the station's program"
        raise MalformedMessage(f"{CORRECTION}: {error}", hint=hint) from error


def _moved(known: Bounds, earliest_ms: int | None, latest_ms: int | None) -> bool:
    """Whether bounds differ from those used so far by more than it is worth writing for (rule 2)."""
    if latest_ms is None or (earliest_ms is None) != (known.earliest_ms is None):
        return True
    used = Bounds(earliest_ms, latest_ms)
    if used.width_ms is None or known.width_ms is None:
        return False  # nobody knows, and a better end of it makes nothing of that
    moved_ms = max(abs(known.latest_ms - latest_ms), abs((known.earliest_ms or 0) - (earliest_ms or 0)))
    return moved_ms > max(1000, used.width_ms // 10)


def _write_again(connection: Connection, chain: int, row: Any, times: Times) -> None:  # noqa: ANN401 - a row
    """Give the events of one boot their new times, piece by piece."""
    for first in range(row.first_sequence, row.last_sequence + 1, PIECE):
        piece = {"chain": chain, "boot": row.boot, "first": first, "last": first + PIECE - 1}
        for read, put_right in _rewriting:
            changes = []
            for event in connection.execute(read, piece).all():
                time = times.of(row.boot, event.since_boot_ms, event.recorded_ms, event.trust)
                key = {"chain": chain, "sequence": event.sequence, "hash": event.hash}
                changes.append({**key, "corrected_ms": time.at_ms, "uncertainty_ms": time.uncertainty_ms})
            if changes:
                connection.execute(put_right, changes)
