"""Lamps, buzzer and relay at pins of the Pi: what the agent's answers switch (devices.md D).

Not in MODELS, for it says nothing; it stands in the configuration under [feedback.lamps]. What is switched when is
`station_agent.lamps`; the pins are `pins.py`. Called by the agent.
"""

from typing import Literal

import msgspec

from drivers.gpio.pins import FactoryName, OutputPin, PinName

Load = Literal["green", "yellow", "red", "buzzer", "relay"]
LOADS: tuple[Load, ...] = ("green", "yellow", "red", "buzzer", "relay")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which load hangs at which pin.

    green, yellow, red, buzzer, relay: pins, GPIO5 or BOARD29; left out where there is none.
    active_low: loads that are on while their pin is low, as on most relay boards.
    relay_with: the colour of answer that closes the relay.
    factory: by which library pins are reached.
    """

    factory: FactoryName = "lgpio"
    green: PinName | None = None
    yellow: PinName | None = None
    red: PinName | None = None
    buzzer: PinName | None = None
    relay: PinName | None = None
    active_low: tuple[Load, ...] = ("relay",)
    relay_with: Literal["green", "yellow", "red"] = "red"

    def pins(self) -> dict[Load, str]:
        """The pin of every load there is."""
        return {load: pin for load in LOADS if (pin := getattr(self, load)) is not None}


class Signals:
    """All loads of one configuration."""

    def __init__(self, settings: Settings) -> None:
        """Take nothing yet."""
        self._pins = {
            load: OutputPin(pin, settings.factory, active_low=load in settings.active_low)
            for load, pin in settings.pins().items()
        }

    def open(self) -> None:
        """Take every pin, off; raises BadSettings or PortUnavailable, and then holds none."""
        try:
            for pin in self._pins.values():
                pin.open()
        except BaseException:
            self.close()
            raise

    def switch(self, load: Load, *, on: bool) -> None:
        """Switch a load; one that is not wired is nothing. Raises PortLost."""
        pin = self._pins.get(load)
        if pin is not None:
            pin.switch(on=on)

    def close(self) -> None:
        """Let go of every pin; may be called twice."""
        for pin in self._pins.values():
            pin.close()
