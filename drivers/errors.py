"""What can go wrong between the agent and a device.

    DriverError                 root; every one carries `hint`, what a person should do
    ├── PortUnavailable         try again: no cable, no right, or another program has it; supervision reopens it
    │   └── PortLost            it was open and went away (unplugged, brown-out, hub reset)
    └── BadSettings             stop: the configuration cannot work, reopening will not help

A frame that cannot be read is no error: it is a `BadReading` (see `readings.py`).
"""


class DriverError(Exception):
    """Root of this package's errors.

    `hint` is one plain sentence for the person in the room, never empty.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        """`message` says what happened, `hint` what to do about it."""
        super().__init__(message)
        self.hint = hint


class PortUnavailable(DriverError):
    """The device cannot be opened now; trying again later may help."""


class PortLost(PortUnavailable):
    """The device was open and is gone; trying again after a pause may help."""


class BadSettings(DriverError):
    """The settings of a device cannot work; only a changed configuration helps."""
