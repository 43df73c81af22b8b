"""One parcel's life across stations, in an order that can be believed. The core, `in_order`, is pure.

Within one chain the sequence is the order, whatever the clock said. Between chains the recorded times decide, where
they can be believed: an entry whose clock was unknown stands where its neighbours in its own chain put it.
Called by `county trace` and the pages.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, text

from sync.county.database import reading
from sync.entry import Trust

MAX_EVENTS = 10_000
"""A waybill with more is not a parcel; the first so many are shown."""

_events = text("""
    SELECT station, recorded_ms, trust, kind, chain, sequence, hash, details, forked
    FROM parcel_event WHERE waybill = :waybill ORDER BY chain, sequence, hash LIMIT :limit""")


class ParcelEvent(NamedTuple):
    """One thing that happened to a parcel; `forked`: another entry claims its place in the chain."""

    station: str
    recorded_ms: int
    trust: Trust
    kind: str
    chain: int
    sequence: int
    hash: bytes
    details: str
    forked: bool


def read_parcel(engine: Engine, waybill: str) -> list[ParcelEvent]:
    """All events of one waybill, in order; empty where nobody ever recorded it. Raises LogUnavailable."""
    with reading(engine) as connection:
        rows = connection.execute(_events, {"waybill": waybill, "limit": MAX_EVENTS}).all()
    return in_order(_parcel_event(row) for row in rows)


def in_order(events: Iterable[ParcelEvent]) -> list[ParcelEvent]:
    """Merge the chains: sequence within each, believable time between them."""
    chains: dict[int, list[ParcelEvent]] = {}
    for event in events:
        chains.setdefault(event.chain, []).append(event)
    timed = [pair for chain in chains.values() for pair in _believable(sorted(chain, key=lambda event: event.sequence))]
    # The sort is stable and times never go back within a chain, so that a chain keeps its order.
    return [event for _, event in sorted(timed, key=lambda pair: pair[0])]


def _believable(chain: list[ParcelEvent]) -> list[tuple[int, ParcelEvent]]:
    """Give each event of one chain a time that never goes back; before the first known clock, that clock's time."""
    now_ms = next((event.recorded_ms for event in chain if event.trust is not Trust.UNKNOWN), chain[0].recorded_ms)
    timed = []
    for event in chain:
        if event.trust is not Trust.UNKNOWN:
            now_ms = max(now_ms, event.recorded_ms)
        timed.append((now_ms, event))
    return timed


def _parcel_event(row: Row[Any]) -> ParcelEvent:
    return ParcelEvent(
        row.station,
        row.recorded_ms,
        Trust(row.trust),
        row.kind,
        row.chain,
        row.sequence,
        bytes(row.hash),
        row.details,
        bool(row.forked),
    )
