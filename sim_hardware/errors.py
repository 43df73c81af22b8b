"""What can go wrong while a simulated world is set up or commanded.

    SimulationError                 root; carries `hint`, what a person should do
    +-- PathTakenError              something that is not ours stands where a twin's link should stand: stop
    +-- UnknownVerbError            a line of the console was not understood: type it again
    +-- UnknownModelError           a device model that has no twin was named: name another

Faults that a twin *plays* (unplugged, garbled, cut) are never exceptions here: they are what the station sees.
"""

from __future__ import annotations


class SimulationError(Exception):
    """The simulated world could not do what it was asked; `hint` says in one sentence what a person should do."""

    def __init__(self, message: str, *, hint: str) -> None:
        """Keep the plain sentence as the exception's text and the advice beside it."""
        super().__init__(message)
        self.hint = hint


class PathTakenError(SimulationError):
    """A file or directory that is not a twin's own stands at the path a twin was given. Trying again will not help."""


class UnknownVerbError(SimulationError):
    """A line typed at the console names no twin, no verb of that twin, or a number that is none."""


class UnknownModelError(SimulationError):
    """A device model was named that has no simulated twin; the hint lists those that have."""
