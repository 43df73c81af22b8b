"""What people, or the agent, must be told about a chain or the link. Names only.

Written by the sender and the board, read by the agent and `station status`.
"""

from enum import Enum


class Trouble(Enum):
    """What people, or the agent, must be told about a chain or the link.

    GONE: the county lacks what was let go of here since it had it; it is over once the chain goes on there.
    """

    FORK = "fork"
    ROLLED_BACK = "rolled_back"
    BROKEN = "broken"
    MISSING = "missing"
    GONE = "gone"
    REFUSED = "refused"
    UNKNOWN_STATION = "unknown_station"
    LIST_REFUSED = "list_refused"
    LIST_OLDER = "list_older"
    LIST_UNREADABLE = "list_unreadable"
