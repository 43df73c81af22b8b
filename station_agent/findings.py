"""What the doctor says of one look. Pure; made by the doctor's looks, shown by `station doctor`."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """ok: well. look: works, but somebody should look. bad: does not work."""

    OK = "ok"
    LOOK = "look"
    BAD = "bad"


class Finding(NamedTuple):
    """One look: in which part, how it is, what was seen, and the repair to try ("" where nothing is to be done)."""

    part: str
    state: State
    seen: str
    repair: str = ""
