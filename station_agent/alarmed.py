"""Which cold boxes are in alarm by what the journal says, for the hint on the state topic. A shell over the reader.

It reads the state alone out of the boxes' rows, so that `station sync` needs none of the cold chain's code.
"""

from collections.abc import Iterable
from typing import Protocol

import msgspec

TABLE = "cold_box"
_ALARM = "alarm"


class _Stand(msgspec.Struct):
    """How a box stands; the rest of its row is passed over."""

    state: str


class Rows(Protocol):
    """What is asked of the journal."""

    def rows(self, table: str) -> Iterable[tuple[object, ...]]:
        """All rows of a table of what is here now."""


_stand = msgspec.msgpack.Decoder(_Stand)


def alarmed_boxes(journal: Rows) -> tuple[str, ...]:
    """Names of the boxes in alarm, sorted; a row that cannot be read is the agent's to mend."""
    return tuple(sorted(str(box) for box, data, *_ in journal.rows(TABLE) if _is_alarm(data)))


def _is_alarm(data: object) -> bool:
    try:
        return isinstance(data, bytes) and _stand.decode(data).state == _ALARM
    except msgspec.MsgspecError:
        return False
