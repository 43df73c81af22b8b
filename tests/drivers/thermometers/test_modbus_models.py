"""What the registers of each Modbus thermometer mean, beyond the recorded cases."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import BadSettings
from drivers.modbus import crc16, read_request
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.thermometers import modbus_generic, modbus_pt100_trs02a, modbus_xymd02

CASES = Path(__file__).parents[2] / "cases" / "devices.json"


def reply(function: int, *registers: int) -> bytes:
    """A good reply of address 1."""
    data = b"".join(register.to_bytes(2, "big") for register in registers)
    frame = bytes([1, function, len(data)]) + data
    return frame + crc16(frame).to_bytes(2, "little")


def xymd02(*registers: int, **keys: Any) -> Reading:
    """What an XY-MD02 with these registers says."""
    (reading,) = modbus_xymd02.decoder(modbus_xymd02.Settings(path="x", **keys)).feed(reply(4, *registers), 0.0)
    return reading


def pt100(value: int, status: int) -> Reading:
    """What a TRS-02a with this value and status says."""
    (reading,) = modbus_pt100_trs02a.decoder(modbus_pt100_trs02a.Settings(path="x")).feed(reply(3, value, status), 0.0)
    return reading


def generic(*registers: int, **keys: Any) -> Reading:
    """What a device of the given map says."""
    (reading,) = modbus_generic.decoder(modbus_generic.Settings(path="x", **keys)).feed(reply(3, *registers), 0.0)
    return reading


def value(reading: Reading) -> int | Reason:
    """The temperature, or why there is none."""
    if isinstance(reading, Temperature):
        return reading.temperature_mc
    assert isinstance(reading, BadReading)
    return reading.reason


def test_what_is_sent_is_what_was_recorded() -> None:
    """The recorded request of the XY-MD02 is the first thing the decoder sends."""
    rows = json.loads(CASES.read_text(encoding="utf-8"))
    recorded = [
        bytes.fromhex(r["frame_hex"]) for r in rows if r["device"] == "modbus_xymd02" and r["direction"] == "tx"
    ]
    device = modbus_xymd02.decoder(modbus_xymd02.Settings(path="x"))
    device.tick(0.0)
    assert recorded == [device.poll()]


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ({"humidity": False}, "010400010001600a"),
        ({"address": 7}, read_request(7, 4, 1, 2).hex()),
    ],
)
def test_the_settings_of_an_xymd02_shape_its_request(keys: dict[str, Any], sent: str) -> None:
    """Address and humidity stand in the request."""
    device = modbus_xymd02.decoder(modbus_xymd02.Settings(path="x", **keys))
    device.tick(0.0)
    assert device.poll().hex() == sent


def test_a_pt100_is_asked_for_value_and_status_together() -> None:
    """A value without its status may be an old one."""
    device = modbus_pt100_trs02a.decoder(modbus_pt100_trs02a.Settings(path="x"))
    device.tick(0.0)
    assert device.poll().hex() == "01030001000295cb"
    assert device.feed(reply(3, 193), 0.1) == []


def test_a_clone_in_hundredths_is_a_setting() -> None:
    """0BEAh is 30.5 degrees where a degree is 100 counts, and out of range where it is 10."""
    assert value(xymd02(0x0BEA, 5460, per_degree=100)) == 30_500
    assert value(xymd02(0x0BEA)) is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(("tenths", "permille"), [(546, 546), (0, 0), (1000, 1000), (1001, None), (0xFFFF, None)])
def test_an_impossible_humidity_is_left_out(tenths: int, permille: int | None) -> None:
    """The temperature stands on its own register."""
    reading = xymd02(305, tenths)
    assert isinstance(reading, Temperature)
    assert (reading.temperature_mc, reading.humidity_permille) == (30_500, permille)


def test_humidity_in_hundredths() -> None:
    """5460 is 54.6 % where a per cent is 100 counts."""
    reading = xymd02(3050, 5460, per_degree=100)
    assert isinstance(reading, Temperature)
    assert reading.humidity_permille == 546


@given(tenths=st.integers(min_value=-400, max_value=800))
def test_every_tenth_of_an_xymd02_is_exact(tenths: int) -> None:
    """No rounding between register and millidegrees."""
    assert value(xymd02(tenths & 0xFFFF)) == tenths * 100


@pytest.mark.parametrize(
    ("status", "reason", "word"),
    [
        (0xA0, Reason.FAULT, "broken"),
        (0x60, Reason.FAULT, "short"),
        (0x20, Reason.FAULT, "damaged"),
        (0x40, Reason.OUT_OF_RANGE, "below"),
        (0x80, Reason.OUT_OF_RANGE, "above"),
        (0x01, Reason.FAULT, "unknown"),
    ],
)
def test_the_last_good_value_of_a_pt100_is_never_delivered(status: int, reason: Reason, word: str) -> None:
    """Under any status the value is old; the reading says what is wrong instead."""
    reading = pt100(0x00C5, status)
    assert isinstance(reading, BadReading)
    assert reading.reason is reason
    assert word in reading.detail


def test_the_manuals_broken_wire_frame() -> None:
    """The frame printed in the manual, 19.7 degrees under status A0, gives no number."""
    device = modbus_pt100_trs02a.decoder(modbus_pt100_trs02a.Settings(path="x"))
    (reading,) = device.feed(bytes.fromhex("01030400c500a0ea76"), 0.0)
    assert value(reading) is Reason.FAULT


def test_a_pt100_refusal_names_the_status() -> None:
    """Its exception codes are its statuses."""
    device = modbus_pt100_trs02a.decoder(modbus_pt100_trs02a.Settings(path="x"))
    (reading,) = device.feed(bytes.fromhex("0183a04148"), 0.0)
    assert isinstance(reading, BadReading)
    assert "broken" in reading.detail


def test_a_pt100_out_of_this_world_is_refused() -> None:
    """-250 degrees under status 0 is no Pt100."""
    assert value(pt100(-2500 & 0xFFFF, 0)) is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("register", "keys", "expected"),
    [
        (0xFF9B, {}, -10_100),
        (0xFF9B, {"signed": False, "scale": 0.001}, 65_435),
        (500, {"unit": "F"}, 10_000),
        (320, {"unit": "F"}, 0),
        (2731, {"unit": "K"}, -50),
        (650, {"offset": -40.0}, 25_000),
        (28_000, {"scale": 0.001}, 28_000),
        (2, {"scale": 0.0625}, 125),
        (3, {"scale": 0.0005}, 2),
        (0x7FFF, {"scale": 0.001}, Reason.FAULT),
        (0x8000, {}, Reason.FAULT),
        (0x0C80, {}, Reason.OUT_OF_RANGE),
        (300, {"highest_c": 29.9}, Reason.OUT_OF_RANGE),
        (999, {"invalid": (999,)}, Reason.FAULT),
    ],
)
def test_a_map_says_what_a_register_means(register: int, keys: dict[str, Any], expected: int | Reason) -> None:
    """Scale, sign, offset, unit, invalid values and range, each as the settings say; ties go to the even number."""
    assert value(generic(register, **keys)) == expected


@pytest.mark.parametrize(
    ("registers", "keys", "expected"),
    [
        ((250, 0), {"register": 5, "status_register": 6}, 25_000),
        ((0, 250), {"register": 6, "status_register": 5}, 25_000),
        ((250, 9, 9, 1), {"register": 5, "status_register": 8}, Reason.FAULT),
        ((250, 9, 9, 1), {"register": 5, "status_register": 8, "status_good": (0, 1)}, 25_000),
    ],
)
def test_a_status_register_is_read_in_the_same_request(
    registers: tuple[int, ...], keys: dict[str, Any], expected: int | Reason
) -> None:
    """Value and status come from one moment, whichever stands first."""
    assert value(generic(*registers, **keys)) == expected
    device = modbus_generic.decoder(modbus_generic.Settings(path="x", **keys))
    device.tick(0.0)
    assert device.poll() == read_request(1, 3, 5, len(registers))


def test_registers_too_far_apart_are_a_mistake_in_the_settings() -> None:
    """One request cannot span them, and two would mix moments."""
    settings = modbus_generic.Settings(path="x", register=0, status_register=100)
    with pytest.raises(BadSettings) as caught:
        modbus_generic.decoder(settings)
    assert "status_register" in caught.value.hint
