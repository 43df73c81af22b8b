"""A push button at a pin of the Pi: a press counts as scanning the card that the configuration names (devices.md D).

    3V3 ──[pull-up]──┬── GPIO27         pressed: contact closed, low
                     └──/ button ── GND

One press is one Scan, told when the contact has been closed for 40 ms; holding it down repeats nothing. A button that
chatters says nothing. Debounce stands in `contacts.py`, pins in `pins.py`. Called by supervision.
"""

from functools import partial
from typing import Annotated

import msgspec

from drivers.gpio.contacts import Contact
from drivers.gpio.looking import ContactSampler
from drivers.gpio.pins import FactoryName
from drivers.gpio.wired import contact_pin
from drivers.readings import Reading, Scan
from drivers.seam import Pause, no_pause
from drivers.settings import DeviceSettings, SampledSettings


class Settings(SampledSettings, frozen=True, kw_only=True):
    """What a technician may say about such a button.

    path: the pin, GPIO27 or BOARD13. factory: by which library pins are reached; with `mock`, an absolute path is a
    wire of a training table.
    every_s: how long without an edge before the button is looked at anyway.
    code: the code that a press stands for, as if its card had been scanned.
    """

    factory: FactoryName = "lgpio"
    every_s: Annotated[float, msgspec.Meta(ge=0.05, le=10)] = 0.5
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "YYCBUTTON"


def sampler(settings: DeviceSettings, pause: Pause = no_pause) -> ContactSampler:
    """Make a sampler; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    pin = contact_pin(settings.path, settings.factory)
    return ContactSampler(pin, partial(tell, settings=settings), every_s=settings.every_s, pause=pause)


def tell(contact: Contact, at_s: float, *, settings: Settings) -> list[Reading]:
    """Say what a contact's change means for the button."""
    return [Scan(settings.code, b"low", at_s)] if contact is Contact.SHUT else []
