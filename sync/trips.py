"""What a station remembers of the files it gave away. Names only; kept in link.db, used by `carry.py`."""

from typing import NamedTuple

MAX_TRIPS = 32
"""Files under way at once; the oldest are forgotten, and what was in them is carried again."""


class Trip(NamedTuple):
    """One file given to a stick or a phone. Its requests are the `requests` numbers behind `number`.

    since: the county's incarnation last heard when it was packed, no bytes for none. answered: its answer is here.
    """

    number: int
    requests: int
    since: bytes
    answered: bool

    def covers(self, request: int) -> bool:
        """Whether a request was made on this trip."""
        return self.number < request <= self.number + self.requests
