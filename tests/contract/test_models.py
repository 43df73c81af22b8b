"""MODELS and the cases belong together."""

import json

import pytest

from drivers.models import MODELS, Model
from tests.contract.vectors import CASES, VECTORS

PINS = CASES.with_name("gpio.json")

TRANSPORTS = {"serial", "hidraw", "evdev", "sysfs", "gpio", "picture"}
ROLES = {"scanner", "scale", "thermometer", "door", "power", "panel"}


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_every_model_has_recorded_cases(model: Model) -> None:
    """A model without recorded cases is a model nobody has tried: it may not be offered. A pin has no bytes but levels
    over time, played in tests/drivers/gpio."""
    pins = [row["id"] for row in json.loads(PINS.read_text(encoding="utf-8")) if row["device"] == model.name]
    cases = pins if model.transport == "gpio" else [vector.id for vector in VECTORS if vector.model is model]
    assert cases, f"no case in tests/cases for {model.name}"


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_every_model_is_filed_under_its_name(model: Model) -> None:
    """The name is the module's name, the transport and role are known words, and the settings need only a path."""
    assert model.module.rpartition(".")[2] == model.name
    assert model.transport in TRANSPORTS
    assert model.role in ROLES
    assert model.settings()(path="/dev/null").path == "/dev/null"
