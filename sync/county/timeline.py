"""When entries were really made, from the corrections a station sent, and how sure that is. Pure.

An entry tells its boot, the time since that boot, a wall time and how far that was to be trusted. Nothing here moves an
entry: the order is the chain's.

what is known of the boot                      corrected time                         uncertainty
---------------------------------------------  -------------------------------------  ------------------------------
synchronised, on a correction's line           as recorded                            the correction's
a correction after it, or only before it       boot's begin + time since boot         the correction's + the crystal's
corrections on both sides                      a line between them                    what the crystal allows between
no correction yet, but synchronised            as recorded                            SYNCHRONISED_MS
no correction                                  between the boots around it, or as a   half of what lies between, or
                                               kept clock said if that lies there     the far side of it
no correction, and nothing before it           as recorded, but not after it came     None: nobody knows

Rules
1. The newest correction is believed. One that no crystal brings together with it was a false clock and is passed over.
2. A boot without a correction began after the boot before it ended, ended before the next one began, and each of its
   entries was made before the county committed it.
Called by `times`, which keeps the tables.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from sync.entry import Trust

DRIFT_PPM = 100
"""A Pi's crystal is within 50 ppm; the rest is for heat and age. Engineering judgement. 8.6 s a day."""
SYNCHRONISED_MS = 1000
"""What a station says of a synchronised clock, as long as no correction of it has come."""
JUMP_MS = 1000
"""A station writes no correction for less."""


class Anchor(NamedTuple):
    """One correction: found `since_boot_ms` into its boot, which by the network's time began at `began_ms`."""

    since_boot_ms: int
    began_ms: int
    uncertainty_ms: int


class Boot(NamedTuple):
    """One boot as far as it is known. last_ms: longest time since boot of its entries.

    latest_ms: the boot began no later, by the times at which the county committed its entries.
    """

    number: int
    last_ms: int
    latest_ms: int
    anchors: tuple[Anchor, ...] = ()


class Bounds(NamedTuple):
    """When a boot without corrections began, at the earliest (None: nobody knows) and at the latest."""

    earliest_ms: int | None
    latest_ms: int

    @property
    def width_ms(self) -> int | None:
        """What lies between, None where it has no end."""
        return None if self.earliest_ms is None else self.latest_ms - self.earliest_ms


class Corrected(NamedTuple):
    """The time of an entry. uncertainty_ms: it may be so far off either way; None where nobody knows."""

    at_ms: int
    uncertainty_ms: int | None


def bounds(boots: Sequence[Boot]) -> dict[int, Bounds]:
    """When the boots without corrections began; `boots` are in order, none left out between two of them."""
    earliest: dict[int, int | None] = {}
    ended_ms: int | None = None
    for boot in boots:
        earliest[boot.number] = ended_ms
        if boot.anchors:
            last = by_anchors(boot.anchors, boot.last_ms)
            ended_ms = last.at_ms - (last.uncertainty_ms or 0)
        elif ended_ms is not None:
            ended_ms += boot.last_ms
    found: dict[int, Bounds] = {}
    began_ms: int | None = None
    for boot in reversed(boots):
        if boot.anchors:
            first = by_anchors(boot.anchors, 0)
            began_ms = first.at_ms + (first.uncertainty_ms or 0)
            continue
        latest_ms = boot.latest_ms if began_ms is None else min(boot.latest_ms, began_ms - boot.last_ms)
        earliest_ms = earliest[boot.number]
        began_ms = latest_ms
        # Clocks that contradict each other (the county's own was wrong) leave the one before.
        found[boot.number] = Bounds(earliest_ms, latest_ms if earliest_ms is None else max(earliest_ms, latest_ms))
    return found


def corrected(
    since_boot_ms: int, recorded_ms: int, trust: Trust, *, anchors: Iterable[Anchor] = (), bounds: Bounds | None = None
) -> Corrected:
    """The time of one entry, by its boot's corrections, else by the boot's bounds, else as recorded."""
    known = believed(anchors)
    if known:
        if trust is Trust.SYNCHRONISED:
            for anchor in known:
                if abs(recorded_ms - since_boot_ms - anchor.began_ms) <= JUMP_MS + 1:
                    return Corrected(recorded_ms, anchor.uncertainty_ms)
        return by_anchors(known, since_boot_ms)
    if trust is Trust.SYNCHRONISED:
        return Corrected(recorded_ms, SYNCHRONISED_MS)
    if bounds is None:
        return Corrected(recorded_ms, None)
    latest_ms = bounds.latest_ms + since_boot_ms
    if bounds.earliest_ms is None:
        return Corrected(min(recorded_ms, latest_ms), None)
    earliest_ms = bounds.earliest_ms + since_boot_ms
    at_ms = (earliest_ms + latest_ms) // 2
    if trust is not Trust.UNKNOWN and earliest_ms <= recorded_ms <= latest_ms:
        at_ms = recorded_ms
    return Corrected(at_ms, max(latest_ms - at_ms, at_ms - earliest_ms))


def believed(anchors: Iterable[Anchor]) -> tuple[Anchor, ...]:
    """The corrections of one boot that agree with its newest one, oldest first (rule 1)."""
    ordered = sorted(set(anchors))
    if not ordered:
        return ()
    newest = ordered[-1]
    return tuple(
        anchor
        for anchor in ordered
        if abs(anchor.began_ms - newest.began_ms) <= JUMP_MS + _drift_ms(newest.since_boot_ms - anchor.since_boot_ms)
    )


def by_anchors(anchors: Iterable[Anchor], since_boot_ms: int) -> Corrected:
    """The time at which a boot with these corrections was so old."""
    known = believed(anchors)
    if since_boot_ms <= known[0].since_boot_ms or len(known) == 1:
        return _from_one(known[0], since_boot_ms)
    if since_boot_ms >= known[-1].since_boot_ms:
        return _from_one(known[-1], since_boot_ms)
    before, after = next(pair for pair in pairwise(known) if pair[1].since_boot_ms >= since_boot_ms)
    gone_ms, left_ms = since_boot_ms - before.since_boot_ms, after.since_boot_ms - since_boot_ms
    began_ms = before.began_ms + (after.began_ms - before.began_ms) * gone_ms // max(1, gone_ms + left_ms)
    least_ms = max(before.began_ms - _drift_ms(gone_ms), after.began_ms - _drift_ms(left_ms))
    most_ms = min(before.began_ms + _drift_ms(gone_ms), after.began_ms + _drift_ms(left_ms))
    between_ms = max(0, began_ms - least_ms, most_ms - began_ms)
    sure_ms = max(before.uncertainty_ms, after.uncertainty_ms)
    return Corrected(began_ms + since_boot_ms, sure_ms + between_ms)


def _from_one(anchor: Anchor, since_boot_ms: int) -> Corrected:
    away_ms = abs(since_boot_ms - anchor.since_boot_ms)
    return Corrected(anchor.began_ms + since_boot_ms, anchor.uncertainty_ms + _drift_ms(away_ms))


def _drift_ms(span_ms: int) -> int:
    """What a crystal may be off over so long, rounded up."""
    return -(-span_ms * DRIFT_PPM // 1_000_000)
