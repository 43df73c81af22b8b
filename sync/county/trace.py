"""One parcel's life across stations, in an order that can be believed. The core, `in_order`, is pure.

Within one chain the sequence is the order, whatever the clock said. Between chains the corrected times decide, where
anything is known of them: an entry of which nobody knows when it was made stands where its neighbours in its own chain
put it.
Called by `county trace` and the pages.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, text

from sync.county.database import reading
from sync.county.schema import EVENT_DAYS
from sync.entry import Trust

MAX_EVENTS = 10_000
"""A waybill with more is not a parcel; the first so many are shown."""

_events = text(f"""{EVENT_DAYS}
    SELECT station, recorded_ms, trust, kind, chain, sequence, hash, details, forked, corrected_ms, uncertainty_ms
    FROM event_day CROSS JOIN parcel_event WHERE committed_day = event_day.day AND waybill = :waybill
    ORDER BY chain, sequence, hash LIMIT :limit""")  # noqa: S608  # our own text


class ParcelEvent(NamedTuple):
    """One thing that happened to a parcel; `forked`: another entry claims its place in the chain.

    corrected_ms: the best guess at when it was. uncertainty_ms: how far off either way, None where nobody knows.
    """

    station: str
    recorded_ms: int
    trust: Trust
    kind: str
    chain: int
    sequence: int
    hash: bytes
    details: str
    forked: bool
    corrected_ms: int
    uncertainty_ms: int | None

    @property
    def is_timed(self) -> bool:
        """Whether its time says anything: corrected, or as a kept or synchronised clock had it."""
        return self.uncertainty_ms is not None or self.trust is not Trust.UNKNOWN


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
    now_ms = next((event.corrected_ms for event in chain if event.is_timed), chain[0].corrected_ms)
    timed = []
    for event in chain:
        if event.is_timed:
            now_ms = max(now_ms, event.corrected_ms)
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
        row.corrected_ms,
        row.uncertainty_ms,
    )
