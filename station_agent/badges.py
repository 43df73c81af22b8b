"""Badges as the county signs them, for the counter: whose it is and what it is worth today.

A shell around `sync.badge`, which together with the signature library is loaded when the first badge is scanned (8 MB,
and 15 to 45 ms on a PC, more on a Pi), or before in a quiet moment where drivers are expected: an agent on no line
needs neither. Given to the counter's road by the station's start.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from station_agent.counter.decision import Moment
from station_agent.counter.desk import ReadBadge
from station_agent.counter.road import Badges, Holder, Road, stranger

if TYPE_CHECKING:
    from sync.wire import Verify


class CountyBadges:
    """Badges held against the county's key and its list of revoked ones."""

    def __init__(self, public_key: bytes, revoked: Callable[[], Collection[int]] = tuple) -> None:
        """public_key: the county's, 32 bytes. revoked: gives the numbers of revoked badges as they are known now."""
        self._public_key, self._revoked = public_key, revoked
        self._verify: Verify | None = None

    def load(self) -> None:
        """Load what reading a badge takes; nothing where it is loaded."""
        if self._verify is None:
            import sync.badge  # noqa: F401, PLC0415 - see the docstring above
            from sync.keys import verifier  # noqa: PLC0415

            self._verify = verifier(self._public_key)

    def read(self, text: str, wall_ms: int, *, trusted: bool) -> Holder | None:
        """Who this is, with the flaw of the badge; None for a text that is damaged or of a newer make."""
        from sync.badge import BadBadge, Flaw, Role, day_of, read_badge  # noqa: PLC0415 - see the docstring above

        self.load()
        assert self._verify is not None
        try:
            badge = read_badge(text, self._verify)
        except BadBadge as bad:
            return Holder(stranger(text), flaw="false") if bad.reason is Flaw.SIGNATURE else None
        standing = badge.standing(day_of(wall_ms), trusted, self._revoked()).value
        flaw = {"valid": "", "clock_unknown": "clock"}.get(standing, standing)
        carries = badge.role in (Role.DRIVER, Role.COURIER)
        return Holder(str(badge.id), carries, badge.place, flaw, badge.opens_with if badge.pin is not None else None)


def number_of(badges: Badges) -> ReadBadge:
    """Who tells the number of a badge that counts, "" for any other; a day nobody knows stands against none."""

    def read(text: str, at: Moment) -> str:
        holder = badges.read(text, at.wall_ms, trusted=at.trusted)
        return holder.who if holder is not None and holder.flaw in ("", "clock") else ""

    return read


def load_ahead(road: Road) -> None:
    """Where drivers are to be expected, load what reading their badges takes; for a quiet moment."""
    if road.lines and isinstance(road.badges, CountyBadges):
        road.badges.load()
