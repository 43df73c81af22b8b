"""What to do when the mains go: save everything early, say so once, and be ready to be cut off. Pure.

Rules
1. A dip of less than `ready_after_s` is an entry and nothing else: nobody need look up.
2. A longer one has everything written that waits (blocks of temperatures, telemetry), and again every SAVE_EVERY_S: a
   battery ends without a word. Parcels never wait, and work goes on for as long as the battery does.
3. People are told once when all is saved, once more if then something could not be, and when the mains are back.
4. Of several inputs all must be well.
5. Under-voltage between two looks leaves the firmware's memory of it, which is told once.

state    input                               -> state, what is done
there    an input is lost                    -> lost
lost     all back                            -> there
lost     lost for ready_after_s              -> ready, save, told
ready    SAVE_EVERY_S since the last saving  -> ready, save
ready    all back                            -> there, power.back

Called by the agent; the entries are faults of the input, by the book of faults.
"""

from drivers.readings import Power
from drivers.throttling import Throttling
from station_agent.counter.answers import Answer

LOST = "power_lost"
"""The reason of the fault."""
SUPPLY, UNDERVOLTAGE = "supply", "undervoltage"
"""The device and the reason under which the Pi's own supply is told."""
SAVE_EVERY_S = 60.0


class PowerWatch:
    """The mains of one station."""

    def __init__(self, ready_after_s: float = 10.0) -> None:
        """Nothing is known yet, and nothing lost."""
        self._ready_after_s = ready_after_s
        self._lost: set[str] = set()
        self._save_at_s: float | None = None
        self._told: bool | None = None
        self._had_undervoltage = False

    @property
    def save_at_s(self) -> float | None:
        """When `must_save` will next say so, None while the mains are there."""
        return self._save_at_s

    def take(self, device: str, power: Power) -> Answer | None:
        """An input told its state; returns what is to be said."""
        if not power.is_good:
            self._lost.add(device)
            if self._save_at_s is None:
                self._save_at_s = power.at_s + self._ready_after_s
            return None
        self._lost.discard(device)
        if self._lost or self._save_at_s is None:
            return None
        told, self._told, self._save_at_s = self._told, None, None
        return None if told is None else Answer("power.back")

    def must_save(self, now_s: float) -> bool:
        """Whether everything is to be written now; whoever does it calls `saved`."""
        if self._save_at_s is None or now_s < self._save_at_s:
            return False
        self._save_at_s = now_s + SAVE_EVERY_S
        return True

    def saved(self, *, all_of_it: bool) -> Answer | None:
        """Everything was written, or the card refused; returns what is to be said, if it is new."""
        news, self._told = all_of_it is not self._told, all_of_it
        if not news:
            return None
        return Answer("power.ready" if all_of_it else "power.unsaved")

    def supply(self, seen: Throttling) -> bool:
        """What the firmware says; returns whether there is under-voltage, or was since the last look."""
        new = seen.had_undervoltage and not self._had_undervoltage
        self._had_undervoltage = seen.had_undervoltage
        return seen.undervoltage or new
