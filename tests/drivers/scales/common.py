"""What the tests of scales share: a fresh decoder by model name, and what became of bytes fed to it."""

from typing import Any

from drivers.models import MODELS
from drivers.readings import BadReading, Reading, Reason, Weight
from drivers.seam import Decoder


def fresh(model: str, **keys: Any) -> Decoder:
    """A decoder of this model under the given settings."""
    return MODELS[model].decoder(MODELS[model].settings()(path="/dev/null", **keys))


def fed(model: str, data: bytes, **keys: Any) -> list[Reading]:
    """What a fresh decoder says of these bytes at time 0."""
    return fresh(model, **keys).feed(data, 0.0)


def weights(readings: list[Reading]) -> list[tuple[float, bool | None, bool | None]]:
    """Grams, stable and net of the weights."""
    return [(r.weight_g, r.stable, r.net) for r in readings if isinstance(r, Weight)]


def reasons(readings: list[Reading]) -> list[Reason]:
    """Why the bad ones are bad."""
    return [r.reason for r in readings if isinstance(r, BadReading)]


def only(readings: list[Reading]) -> Reason | tuple[float, bool | None, bool | None]:
    """The one reading there is: its reason, or its grams, stable and net."""
    assert len(readings) == 1, readings
    return weights(readings)[0] if isinstance(readings[0], Weight) else reasons(readings)[0]
