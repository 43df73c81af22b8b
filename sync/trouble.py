"""What people, or the agent, must be told about a chain or the link. Names only.

Written by the sender, read by the agent and `station status`.
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
