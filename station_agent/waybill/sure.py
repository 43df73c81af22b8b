"""Whether a code is so surely a waybill that the trade's own rules may vouch for a doubtful read.

Stricter than the counter: a code that could be several things, or is merely of a possible shape, vouches for nothing.
Called by the camera's chain, which asks it about reads of late steps, and by `station decode`.
"""

from station_agent.waybill.identification import identify


def surely_waybill(code: str) -> bool:
    """Whether `code` fits a rule that decides, carries its check digit where it has one, and is not refused."""
    found = identify(code)
    return found.refused is None and found.rule != "" and not found.needs_choice
