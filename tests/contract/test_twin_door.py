"""The door's driver on gpiozero's mock pin, the lid on the other side chattering as a reed does.

The mock does not debounce (devices.md D), so what comes out right here is debounced by the driver.
"""

from collections.abc import Iterator

import pytest

from drivers.models import MODELS
from drivers.readings import Door
from sim_hardware.door import Lid, RealTime
from tests.contract.supervised import Heard, supervised

pytest.importorskip("gpiozero")
pytestmark = pytest.mark.skipif("door_gpio" not in MODELS, reason="no driver of a door in MODELS yet")
PIN = "GPIO17"


@pytest.fixture
def lid() -> Iterator[Lid]:
    """A lid on a pin of the driver's own mock factory, which is given back at the end."""
    from drivers.gpio import pins  # noqa: PLC0415 - only where gpiozero is installed

    factory = pins.factory("mock")
    yield Lid(factory.pin(PIN), wait_until=RealTime().wait_until)
    factory.reset()


def states(heard: Heard) -> list[bool]:
    """The states heard so far, each change once."""
    told = [reading.is_open for reading in heard.readings if isinstance(reading, Door)]
    return [state for place, state in enumerate(told) if place == 0 or told[place - 1] is not state]


def test_a_chattering_lid_opens_once_and_shuts_once(lid: Lid) -> None:
    """Twelve bounces on each move, a spike while shut: shut, open, shut, open, and nothing between."""
    with supervised("door_gpio", PIN, factory="mock") as heard:
        heard.until_said(lambda reading: isinstance(reading, Door))
        heard.readings.clear()
        lid.hold()
        heard.until_said(lambda reading: isinstance(reading, Door) and not reading.is_open)
        lid.open(bounces=12, seed=1)
        heard.until_said(lambda reading: isinstance(reading, Door) and reading.is_open)
        lid.shut(bounces=12, seed=2)
        heard.until_said(lambda reading: isinstance(reading, Door) and not reading.is_open)
        lid.glitch()
        lid.cut_wire()
        heard.until_said(lambda reading: isinstance(reading, Door) and reading.is_open)
        assert states(heard) == [False, True, False, True]
