"""Lamps, buzzer and relay at mock pins: which level means on, and that nothing is on before somebody says so."""

from collections.abc import Iterator
from typing import Any

import pytest

from drivers.errors import BadSettings, PortLost
from drivers.gpio import pins
from drivers.gpio.signal_gpio import Settings, Signals


@pytest.fixture(autouse=True)
def _unplug() -> Iterator[None]:
    """Every test starts with free pins."""
    yield
    pins.factory("mock").reset()


def wire(name: str) -> Any:
    """The mock pin itself."""
    return pins.factory("mock").pin(name)


def test_a_load_is_off_until_it_is_switched() -> None:
    """A lamp's pin is low, an active-low relay's is high; switching inverts each."""
    signals = Signals(Settings(factory="mock", green="GPIO5", relay="GPIO6"))
    signals.open()
    assert (wire("GPIO5").state, wire("GPIO6").state) == (False, True)
    signals.switch("green", on=True)
    signals.switch("relay", on=True)
    assert (wire("GPIO5").state, wire("GPIO6").state) == (True, False)
    signals.close()
    signals.close()


def test_a_relay_is_never_on_while_its_pin_is_taken() -> None:
    """No moment between taking the pin and its off level: the relay would click at every start."""
    relay = wire("GPIO6")
    relay.clear_states()
    Signals(Settings(factory="mock", relay="GPIO6")).open()
    output_states = [each.state for each in relay.states]
    assert output_states[-1] is True
    assert False not in output_states[1:]


def test_a_load_that_is_not_wired_is_nothing() -> None:
    """The station's patterns name five loads; a station may have two."""
    signals = Signals(Settings(factory="mock", green="GPIO5"))
    signals.open()
    signals.switch("buzzer", on=True)


def test_switching_before_opening_is_a_lost_port() -> None:
    """So that whoever switches opens it again."""
    with pytest.raises(PortLost):
        Signals(Settings(factory="mock", green="GPIO5")).switch("green", on=True)


def test_one_wrong_pin_lets_go_of_all() -> None:
    """A configuration that cannot work holds no pin."""
    with pytest.raises(BadSettings):
        Signals(Settings(factory="mock", green="GPIO5", red="GPIO5")).open()
    Signals(Settings(factory="mock", green="GPIO5")).open()
