"""What people, or the agent, must be told about a chain or the link. Names only.

Written by the sender and the board, read by the agent and `station status`.
"""

from enum import Enum


class Trouble(Enum):
    """What people, or the agent, must be told about a chain or the link."""

    FORK = "fork"
    ROLLED_BACK = "rolled_back"
    BROKEN = "broken"
    MISSING = "missing"
    REFUSED = "refused"
    UNKNOWN_STATION = "unknown_station"
    LIST_REFUSED = "list_refused"
    LIST_OLDER = "list_older"
    LIST_UNREADABLE = "list_unreadable"
