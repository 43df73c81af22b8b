"""Whose badge a text is: by the county's signature and, where the clock can be believed, the badge's days.

A thin shell over `sync.badge`; what a signature needs is loaded with the first badge, for most days see none. Called by
`open_station`, and through the counter by the desk of the cold boxes.
"""

from station_agent.config import Settings
from station_agent.counter.decision import Moment
from station_agent.counter.desk import ReadBadge


def badge_reader(settings: Settings) -> ReadBadge:
    """Make the reader for badges of the county this station belongs to."""

    def read(text: str, at: Moment) -> str:
        from sync.badge import BadBadge, Standing, day_of, read_badge  # noqa: PLC0415
        from sync.keys import verifier  # noqa: PLC0415

        try:
            badge = read_badge(text, verifier(bytes.fromhex(settings.county.public_key)))
        except BadBadge:
            return ""
        standing = badge.standing(day_of(at.wall_ms), at.trusted, ())
        return str(badge.id) if standing in (Standing.VALID, Standing.CLOCK_UNKNOWN) else ""

    return read
