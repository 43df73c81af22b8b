"""What a probe may send: only questions, all of them told before, in a stated order, in a bounded time."""

import pytest

from drivers.models import MODELS
from drivers.probing.evidence import COVERED, listened
from drivers.probing.plan import ADDRESSES, OBEYED, POLLED, ROLES, LineAt, harmless, plan_for, sent_by
from tests.drivers.probing.desk import PATH

CHANGES = ("zero", "tare", "clear", "reset", "repeat", "probe", "leave_echo")
"""Names, or beginnings of names, of commands that change a device or the way it speaks."""


def test_nothing_is_sent_that_changes_a_device() -> None:
    """No request is a command of any model for zero, tare, clear, reset or another mode."""
    sent = {data for _, _, data in sent_by(plan_for(PATH))}
    changing = {
        data
        for model in MODELS.values()
        if model.role == "scale"
        for name, data in model.commands(model.settings()(path=PATH)).items()
        if name.startswith(CHANGES) and name != "read_tare"
    }
    assert len(changing) > 10
    assert sent & changing == set()


def test_no_byte_is_a_letter_that_another_device_obeys() -> None:
    """A request meets devices of other makes: none of its bytes is a single-letter command, whatever the parity."""
    for at, model, data in sent_by(plan_for(PATH)):
        assert OBEYED.isdisjoint(byte & 0x7F for byte in data), (at, model, data)
    assert not harmless(b"T")
    assert not harmless(bytes([0x01, ord("C") | 0x80]))


def test_modbus_is_only_read_and_never_called_to_all() -> None:
    """Functions 3 and 4; address 0, which everybody obeys, is not used; the addresses come in the stated order."""
    frames = [data for at, model, data in sent_by(plan_for(PATH)) if model == "modbus" and at == LineAt()]
    assert {frame[1] for frame in frames} == {3, 4}
    assert tuple(dict.fromkeys(frame[0] for frame in frames)) == ADDRESSES == (1, 2, 3, 4, 5, 6, 7, 10)


def test_a_plan_to_listen_sends_nothing() -> None:
    """--listen-only: there is nothing to be sent at all."""
    assert list(sent_by(plan_for(PATH, listen_only=True))) == []


@pytest.mark.parametrize(("role", "models"), [("scale", POLLED), ("scanner", set()), ("thermometer", {"modbus"})])
def test_only_devices_of_the_wanted_role_are_asked(role: str, models: set[str]) -> None:
    """Whoever looks for a scale sends no Modbus, and the other way round."""
    assert {model for _, model, _ in sent_by(plan_for(PATH, [role]))} == set(models)


def test_the_whole_search_ends_within_a_minute_and_a_half() -> None:
    """Every plan has an end, and listening alone is much quicker."""
    assert plan_for(PATH).longest_s < 90
    assert plan_for(PATH, listen_only=True).longest_s < 35


def test_every_serial_model_is_looked_for() -> None:
    """A model is listened to, asked, called by Modbus, or told from a plain gun by its person."""
    heard = {one.model.name for one in listened(PATH, frozenset(ROLES), LineAt(), [(b"x", 0.0)])}
    modbus = {name for name in MODELS if name.startswith("modbus_")}
    serial = {model.name for model in MODELS.values() if model.transport == "serial" and model.role in ROLES}
    assert serial == heard | POLLED | COVERED | modbus
