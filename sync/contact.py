"""A recipient's contact, as the station learns it and the county may open it. Pure; it needs no cryptography.

Called by the station's book of contacts and by sealing.
"""

from typing import NamedTuple

MAX_FIELD = 100
"""Characters of a field; who learns a contact cuts what is longer."""


class Contact(NamedTuple):
    """Whom to call; name and household are None where unknown. phone: digits, its extension after a hyphen."""

    phone: str
    name: str | None = None
    household: str | None = None

    def __repr__(self) -> str:
        """Never what is in it: errors and logs show this."""
        return "Contact(...)"
