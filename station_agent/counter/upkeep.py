"""Upkeep: whether the station is open, market days, and the checks with the day each is due again. Pure.

    key            state               comes by
    -------------  ------------------  ------------------------------
    opening        opened | closed     station.opened, station.closed
    market         the last one's day  station.market_day
    check <what>   ok | bad            check.done

Used by the upkeep's desk and by what is said of the day.
"""

from collections.abc import Iterable

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

CHECKS = ("fire", "power", "clean", "sign", "scale", "cold")
_OPENING = {"station.opened": "opened", "station.closed": "closed"}


class State(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One state. day: it came on; due: the day a check is due again. Days are YYYY-MM-DD."""

    key: str
    state: str
    day: str
    due: str = ""


class Upkeep(Book[State]):
    """All states."""

    table = "upkeep"
    shape = State

    def check(self, what: str) -> State | None:
        """The last check of its sort."""
        return self.get(f"check {what}")

    def due(self, day: str) -> list[str]:
        """Checks that were done before and are to be done again by this day."""
        checks = ((what, self.check(what)) for what in CHECKS)
        return [what for what, state in checks if state is not None and state.due <= day]

    def never(self) -> list[str]:
        """Checks nobody ever did here."""
        return [what for what in CHECKS if self.check(what) is None]

    def effects(self, event: Event) -> Iterable[Change]:
        """See the table."""
        body = event.body
        if event.kind in _OPENING:
            return [self.put(State("opening", _OPENING[event.kind], body["day"]))]
        if event.kind == "station.market_day":
            return [self.put(State("market", body["day"], body["day"]))]
        if event.kind == "check.done":
            state = "ok" if body["ok"] else "bad"
            return [self.put(State(f"check {body['what']}", state, body["day"], body["due"]))]
        return []
