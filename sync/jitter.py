"""When to try again: full jitter, a random time between nothing and a doubling ceiling.

Pure. After a power cut of the whole county hundreds of stations come back at once; a random wait spreads them evenly
(the "full jitter" of AWS's architecture blog; paho has none). Called by the sender and the MQTT shell.

Reconnects
1. What could not be made, or ended, is tried again below a ceiling that doubles up to the cap.
2. A connection that held twice the cap was a good one: the waits begin small again. A broker that takes us and throws
   us out for what we send must not be besieged; and no shorter time will do, since a twin of ours at the same broker
   (a cloned card) lets us be as long as it waits itself.
3. Where another client of our name is at the broker, too, the ceiling is TAKEN_CAP_S, with a count of its own: two of
   one name that threw each other out every few seconds would pay for a TLS handshake each time, on a metered line, and
   neither would have time to bring anything. Mosquitto 2.0 does not tell who it throws out why; the state topic does
   (`ship`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Jitter:
    """Waits of random() * min(cap_s, base_s * 2**tries) seconds."""

    base_s: float
    cap_s: float
    random: Callable[[], float]
    tries: int = field(default=0)

    def next_s(self) -> float:
        """Seconds to wait before the next try; counts it."""
        ceiling = min(self.cap_s, self.base_s * 2.0 ** min(self.tries, 32))
        self.tries += 1
        return ceiling * self.random()

    def reset(self) -> None:
        """It worked: start small again."""
        self.tries = 0


TAKEN_CAP_S = 600.0
"""The longest wait of who was taken over: a twin stands for a card that must be seen to, not for a link that fails."""


class Reconnects:
    """How long to wait after a connection that ended, or could not be made."""

    def __init__(self, cap_s: float, random: Callable[[], float]) -> None:
        """cap_s: the longest wait but for rule 3."""
        self.lost, self._taken = Jitter(1.0, cap_s, random), Jitter(1.0, TAKEN_CAP_S, random)

    def after(self, held_s: float | None, *, taken_over: bool = False) -> float:
        """Seconds to wait. held_s: how long the connection was good, None where there was none."""
        if held_s is not None:
            for waits in (self.lost, self._taken):
                if held_s >= 2.0 * waits.cap_s:
                    waits.reset()
        return (self._taken if taken_over else self.lost).next_s()
