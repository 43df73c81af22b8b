"""A list as somebody holds it, and what its holder says of it: the part of `lists.py` that needs no compression.

Pure. Called by `lists.py`, and by `link.py`, which the agent loads too.
"""

from typing import Annotated, NamedTuple

import msgspec

from sync.entry import Count

EVERYBODY = "*"
"""The scope of a list for all stations."""

ListName = Annotated[str, msgspec.Meta(pattern=r"^[a-z.]{1,32}\Z")]
Scope = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9_.-]*)\Z")]


class Held(NamedTuple):
    """Which version of a list somebody has."""

    scope: Scope
    name: ListName
    version: Count


class SignedList(NamedTuple):
    """A list as the county signed it. content: as in `contents.py`, or no bytes where it was taken down."""

    scope: str
    name: str
    version: int
    content: bytes
    signature: bytes

    @property
    def held(self) -> Held:
        """What its holder says of it."""
        return Held(self.scope, self.name, self.version)
