"""Tells from a bouncing contact whether it is open: real debounce, by looking twice. Pure; used by the gpio models.

1. An edge says only that something moved. What counts is a level seen at least SETTLE_S after the last edge.
2. A level that differs from the known state without any edge (libraries lose them) is looked at again after SETTLE_S.
   So a state is only ever taken over from two looks so far apart with no edge in between; a 20 ms glitch is nothing.
3. A contact that keeps bouncing for CHATTER_S is open, for a contact that cannot be trusted must not say shut; and
   that it chatters is told, at most once in CHATTER_TOLD_S.

state       input                                      -> state, told
unknown     a look                                     -> restless
quiet       edge, or a look at another level           -> restless
restless    a look less than SETTLE_S after an edge    -> restless
restless    a look at the known level                  -> quiet
restless    a look at another level                    -> quiet, OPEN or SHUT
restless    for CHATTER_S                              -> restless, CHATTERS, and OPEN unless it is
"""

from enum import Enum

SETTLE_S = 0.04
"""Reeds and microswitches bounce for 1-20 ms; devices.md D asks for 30-50 ms."""

CHATTER_S = 1.0
CHATTER_TOLD_S = 60.0


class Contact(Enum):
    """What is told of a contact."""

    OPEN = "open"
    SHUT = "shut"
    CHATTERS = "chatters"


class Debounce:
    """The state of one contact."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._open: bool | None = None
        self._edge_s = float("-inf")
        self._restless_s: float | None = None
        self._told_s = float("-inf")

    @property
    def look_at_s(self) -> float | None:
        """When the contact wants to be looked at again, or None while it is quiet."""
        return None if self._restless_s is None else self._edge_s + SETTLE_S

    def edge(self, at_s: float) -> None:
        """The level changed at `at_s`, whichever way."""
        self._edge_s = max(self._edge_s, at_s)
        if self._restless_s is None:
            self._restless_s = at_s

    def look(self, *, is_open: bool, now_s: float) -> list[Contact]:
        """The level at `now_s`; return what is new."""
        if self._restless_s is None:
            if is_open != self._open:
                self.edge(now_s)
            return []
        if now_s < self._edge_s + SETTLE_S:
            return self._chatter(now_s) if now_s - self._restless_s >= CHATTER_S else []
        self._restless_s = None
        return self._take(is_open=is_open)

    def _take(self, *, is_open: bool) -> list[Contact]:
        if is_open == self._open:
            return []
        self._open = is_open
        return [Contact.OPEN if is_open else Contact.SHUT]

    def _chatter(self, now_s: float) -> list[Contact]:
        self._restless_s = now_s
        told = [Contact.CHATTERS] if now_s - self._told_s >= CHATTER_TOLD_S else []
        if told:
            self._told_s = now_s
        return told + self._take(is_open=True)
