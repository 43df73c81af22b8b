"""Handovers: every stop of a vehicle at this station, and how far it got. Pure.

state      what it means                                              comes by
---------  ---------------------------------------------------------  -------------------
open       bags are being scanned                                     handover.begun
confirmed  both said that this is what changed hands                  handover.confirmed
one_sided  a driver was here who did not confirm: he has no badge,    handover.one_sided
           or left without scanning it again
dropped    nobody of the other side was here                          handover.dropped
agreed     one that was one-sided or dropped, confirmed by the other  handover.agreed
voided     given up without a bag                                     handover.voided

At most one is open. It is a row of this table from its first scan on, so that a power cut in the middle loses nothing.
Closed ones stay known until MAX_HANDOVERS later ones were closed, so that a driver can still confirm them.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

OPEN = "open"
CONFIRMED = "confirmed"
ONE_SIDED = "one_sided"
DROPPED = "dropped"
AGREED = "agreed"
VOIDED = "voided"
CLOSED_BY = {f"handover.{state}": state for state in (CONFIRMED, ONE_SIDED, DROPPED, VOIDED)}
MAX_HANDOVERS = 200
"""Handovers remembered; the oldest closed one goes first."""
MAX_BAGS_AT_ONCE = 40
"""Bags in one handover: with the parcels in them they leave in one transaction."""


class Handover(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One stop. driver: what stands for his badge, "" for nobody or one without a badge. line: of his badge.

    sort: badge | temporary (a driver without one) | dropped (nobody). flaw: what was wrong with the badge.
    started_ms, at_ms: wall time of its beginning and of what happened last. transport, stub, counted: said by card,
    scanned, keyed by the driver. ups, downs: bags that leave, bags that come. since_ms: of a closed one nobody of the
    other side confirmed, since when it waits. reason: why its driver did not (other_driver: the next one's badge came).
    trusted: whether the clock was when it began.
    """

    key: str
    number: int
    state: str
    started_ms: int
    at_ms: int
    sort: str = "badge"
    driver: str = ""
    line: str = ""
    flaw: str = ""
    transport: str = ""
    stub: str = ""
    counted: int | None = None
    ups: tuple[str, ...] = ()
    downs: tuple[str, ...] = ()
    since_ms: int = 0
    reason: str = ""
    trusted: bool = True

    @property
    def bags(self) -> int:
        """How many bags it holds, both ways."""
        return len(self.ups) + len(self.downs)


class Handovers(Book[Handover]):
    """Handovers by number."""

    table = "handover"
    shape = Handover

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._open: Handover | None = None

    @property
    def open(self) -> Handover | None:
        """The one that is going on, or was when the power went."""
        return self._open

    def added(self, value: Handover) -> None:
        """Keep the open one at hand."""
        if value.state == OPEN:
            self._open = value

    def removed(self, value: Handover) -> None:
        """Keep the open one at hand."""
        if value.state == OPEN:
            self._open = None

    def holds(self, bag: str) -> bool:
        """Whether a bag is in the open one."""
        return self._open is not None and (bag in self._open.ups or bag in self._open.downs)

    def unconfirmed(self) -> list[Handover]:
        """Those the other side has still to confirm, the oldest first."""
        waiting = (handover for handover in self if handover.state in (ONE_SIDED, DROPPED))
        return sorted(waiting, key=lambda handover: handover.number)

    def has_stub(self, stub: str) -> bool:
        """Whether a driver got this stub for an earlier handover, or for this one."""
        return any(handover.stub == stub for handover in self)

    def effects(self, event: Event) -> Iterable[Change]:
        """What an event changes; see the table above."""
        if event.kind == "handover.begun":
            return self._begun(event)
        rule = _RULES.get(event.kind)
        before = self.get(str(event.body.get("handover"))) if rule is not None else None
        return [] if rule is None or before is None else [self.put(rule(before, event))]

    def _begun(self, event: Event) -> Iterator[Change]:
        body, at_ms = event.body, _at_ms(event)
        yield self.put(
            Handover(
                key=str(body["handover"]),
                number=body["handover"],
                state=OPEN,
                started_ms=at_ms,
                at_ms=at_ms,
                sort=body["sort"],
                driver=body.get("driver", ""),
                line=body.get("line", ""),
                flaw=body.get("flaw", ""),
                trusted=body.get("trusted", True),
            )
        )
        if len(self) >= MAX_HANDOVERS:
            yield self.drop(min(self, key=lambda old: (old.state == OPEN, old.number)))


def _at_ms(event: Event) -> int:
    at_ms: int = event.body.get("at_ms", event.recorded_ms)
    return at_ms


def _bagged(handover: Handover, event: Event) -> Handover:
    bag, at_ms = event.body["bag"], _at_ms(event)
    if event.body["way"] == "up":
        return msgspec.structs.replace(handover, ups=(*handover.ups, bag), at_ms=at_ms)
    return msgspec.structs.replace(handover, downs=(*handover.downs, bag), at_ms=at_ms)


def _unbagged(handover: Handover, event: Event) -> Handover:
    bag = event.body["bag"]
    ups, downs = (tuple(code for code in codes if code != bag) for codes in (handover.ups, handover.downs))
    return msgspec.structs.replace(handover, ups=ups, downs=downs, at_ms=_at_ms(event))


def _noted(handover: Handover, event: Event) -> Handover:
    said = {name: event.body[name] for name in ("transport", "stub", "counted") if name in event.body}
    return msgspec.structs.replace(handover, at_ms=_at_ms(event), **said)


def _closed(handover: Handover, event: Event) -> Handover:
    state, at_ms = CLOSED_BY[event.kind], _at_ms(event)
    since_ms = at_ms if state in (ONE_SIDED, DROPPED) else 0
    return msgspec.structs.replace(
        handover, state=state, at_ms=at_ms, since_ms=since_ms, reason=event.body.get("reason", "")
    )


def _agreed(handover: Handover, event: Event) -> Handover:
    return msgspec.structs.replace(handover, state=AGREED, at_ms=_at_ms(event), since_ms=0)


def _chased(handover: Handover, _: Event) -> Handover:
    return msgspec.structs.replace(handover, since_ms=0)


_RULES: dict[str, Callable[[Handover, Event], Handover]] = {
    "handover.bag": _bagged,
    "handover.unbagged": _unbagged,
    "handover.noted": _noted,
    "handover.agreed": _agreed,
    "handover.overdue": _chased,
    **dict.fromkeys(CLOSED_BY, _closed),
}
