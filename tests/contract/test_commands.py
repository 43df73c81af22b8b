"""What is sent to a scale is what the recorded cases say: the requests it is polled with, and what it can be told."""

import pytest

from drivers.errors import BadSettings
from drivers.models import MODELS
from tests.contract.vectors import SENT, Vector

SCALES = [model for model in MODELS.values() if model.role == "scale"]
per_scale = pytest.mark.parametrize("name", [model.name for model in SCALES])


@pytest.mark.parametrize("vector", [v for v in SENT if v.model.role == "scale"], ids=lambda vector: vector.id)
def test_a_request_is_sent_as_recorded(vector: Vector) -> None:
    """Every recorded request is one the model makes: by itself, or by name."""
    settings = vector.settings()
    by_itself = vector.model.decoder(settings).poll()
    assert vector.frame in (by_itself, *vector.model.commands(settings).values())


@per_scale
def test_what_is_polled_is_a_command_with_a_name(name: str) -> None:
    """A scale that is asked is asked with one of its commands, once; then the answer is waited for."""
    settings = MODELS[name].settings()(path="/dev/null")
    decoder = MODELS[name].decoder(settings)
    request = decoder.poll()
    assert request in (b"", *MODELS[name].commands(settings).values())
    assert decoder.poll() == b""


@per_scale
def test_a_command_that_is_not_there_is_refused_with_a_hint(name: str) -> None:
    """Nobody makes up bytes for a scale; the person is told to use its keys."""
    settings = MODELS[name].settings()(path="/dev/null")
    with pytest.raises(BadSettings) as caught:
        MODELS[name].command(settings, "explode")
    assert "按键" in caught.value.hint
    for word, data in MODELS[name].commands(settings).items():
        assert MODELS[name].command(settings, word) == data
