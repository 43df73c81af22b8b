"""When to try again: full jitter, a random time between nothing and a doubling ceiling.

Pure. After a power cut of the whole county hundreds of stations come back at once; a random wait spreads them evenly
(the "full jitter" of AWS's architecture blog; paho has none). Called by the sender and the MQTT shell.
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
