"""The mains: the power-good output of a UPS, or a relay that a mains adapter holds closed (devices.md D).

    3V3 ──[pull-up]──┬── GPIO22         mains there: contact closed, low     mains gone or wire cut: high
                     └──/ contact ── GND

The contact is one that is closed while the mains are there, so that a cut wire reads as a power cut and is noticed.
Whether they are there is told at the start and at every change; raw is b"high" or b"low". A contact that chatters is
NOISE and counts as open. Debounce stands in `contacts.py`, pins in `pins.py`. Called by supervision.
"""

from functools import partial
from typing import Annotated, Literal

import msgspec

from drivers.framing import bad
from drivers.gpio.contacts import Contact
from drivers.gpio.looking import ContactSampler
from drivers.gpio.pins import FactoryName
from drivers.gpio.wired import contact_pin
from drivers.readings import Power, Reading, Reason
from drivers.seam import Pause, no_pause
from drivers.settings import DeviceSettings, SampledSettings


class Settings(SampledSettings, frozen=True, kw_only=True):
    """What a technician may say about such an output.

    path: the pin, GPIO22 or BOARD15. factory: by which library pins are reached; with `mock`, an absolute path is a
    wire of a training table.
    every_s: how long without an edge before the contact is looked at anyway.
    good_when: the level that means that the mains are there.
    """

    factory: FactoryName = "lgpio"
    every_s: Annotated[float, msgspec.Meta(ge=0.05, le=10)] = 0.5
    good_when: Literal["high", "low"] = "low"


def sampler(settings: DeviceSettings, pause: Pause = no_pause) -> ContactSampler:
    """Make a sampler; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    pin = contact_pin(settings.path, settings.factory)
    return ContactSampler(pin, partial(tell, settings=settings), every_s=settings.every_s, pause=pause)


def tell(contact: Contact, at_s: float, *, settings: Settings) -> list[Reading]:
    """Say what a contact's change means for the mains."""
    if contact is Contact.CHATTERS:
        return [bad(Reason.NOISE, b"", at_s, "the power-good contact chatters: loose wire or a failing adapter")]
    high = contact is Contact.OPEN
    return [Power(high == (settings.good_when == "high"), b"high" if high else b"low", at_s)]
