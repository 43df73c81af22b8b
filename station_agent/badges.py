"""Badges as the county signs them, for the counter: whose it is and what it is worth today.

A shell around `sync.badge`, which together with the signature library is loaded when the first badge is scanned: an
agent at a quiet station needs neither. Given to the counter's road by the station's start.
"""

from collections.abc import Callable, Collection

from station_agent.counter.road import Holder, stranger


class CountyBadges:
    """Badges held against the county's key and its list of revoked ones."""

    def __init__(self, public_key: bytes, revoked: Callable[[], Collection[int]] = tuple) -> None:
        """public_key: the county's, 32 bytes. revoked: gives the numbers of revoked badges as they are known now."""
        self._public_key, self._revoked = public_key, revoked

    def read(self, text: str, wall_ms: int, *, trusted: bool) -> Holder | None:
        """Who this is, with the flaw of the badge; None for a text that is damaged or of a newer make."""
        from sync.badge import BadBadge, Flaw, Role, day_of, read_badge  # noqa: PLC0415 - see the docstring above
        from sync.keys import verifier  # noqa: PLC0415

        try:
            badge = read_badge(text, verifier(self._public_key))
        except BadBadge as bad:
            return Holder(stranger(text), flaw="false") if bad.reason is Flaw.SIGNATURE else None
        standing = badge.standing(day_of(wall_ms), trusted, self._revoked()).value
        flaw = {"valid": "", "clock_unknown": "clock"}.get(standing, standing)
        carries = badge.role in (Role.DRIVER, Role.COURIER)
        return Holder(str(badge.id), carries, badge.place, flaw, badge.opens_with if badge.pin is not None else None)
