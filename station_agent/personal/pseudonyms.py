"""Names for recipients that say nothing of them and change every month: 2026-11.3f9a0c51d2e84b76. Pure.

    period     a month of wall time (UTC)
    pseudonym  period "." first 8 bytes of HMAC-SHA256(the period's key, "yyt.person.1" 00 | telephone number) as hex

Who holds pseudonyms of two months cannot join them, and once a key is dropped nobody can, not even the station. Eight
bytes are enough to tell 10,000 people apart (two alike: 1 in 10^11). A pseudonym is still personal data (PIPL 73): it
groups what is shown, and never stands in a chain that cannot be pruned.
A wrong clock may draw a key for a wrong month or drop good ones: all that is lost is that older pseudonyms mean nothing
any more. Called by the book of contacts; the keys' file is `key_files.py`.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime

MONTHS_KEPT = 13
KEY_BYTES = 32
_PERIOD = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_LATEST_MS = 4_102_444_800_000
"""2100: a clock beyond it, or before 1970, is no clock."""


def period_of(wall_ms: int) -> str:
    """The month of a wall time."""
    inside_ms = min(max(wall_ms, 0), _LATEST_MS)
    return datetime.fromtimestamp(inside_ms / 1000, UTC).strftime("%Y-%m")


class Pseudonyms:
    """The keys of the last months, and the names they make."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        """keys: by period, as they were kept; what is no period or no key is passed over."""
        self._keys = {
            period: key for period, key in keys.items() if _PERIOD.fullmatch(period) and len(key) == KEY_BYTES
        }

    @property
    def keys(self) -> dict[str, bytes]:
        """What is to be kept."""
        return dict(self._keys)

    @property
    def period(self) -> str:
        """The newest period there is a key of, "" before the first."""
        return max(self._keys, default="")

    def roll(self, wall_ms: int, draw: Callable[[int], bytes]) -> bool:
        """Have a key for this month, drop those older than 13 months and of months to come; whether any changed."""
        now = period_of(wall_ms)
        kept = {period: key for period, key in self._keys.items() if -MONTHS_KEPT < _months(period, now) <= 0}
        if now not in kept:
            kept[now] = draw(KEY_BYTES)
        changed, self._keys = kept != self._keys, kept
        return changed

    def replace(self, other: "Pseudonyms") -> None:
        """Take over the keys of another, once they are kept."""
        self._keys = other.keys

    def of(self, phone: str, period: str = "") -> str:
        """The name of whoever has this number, in the newest or another period; "" where its key is gone."""
        period = period or self.period
        key = self._keys.get(period)
        if key is None:
            return ""
        digest = hmac.digest(key, b"yyt.person.1\0" + phone.encode(), hashlib.sha256)
        return f"{period}.{digest[:8].hex()}"


def _months(period: str, now: str) -> int:
    """How many months `period` lies after `now`."""
    return (int(period[:4]) - int(now[:4])) * 12 + int(period[5:]) - int(now[5:])
