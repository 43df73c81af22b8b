"""The recorded cases of `tests/cases`, and whether what a driver said of one is what the case expects.

A case's `frame` is what the device sent; `expected` is kept as the file has it, since each family has keys of its own.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from drivers.models import MODELS, Model
from drivers.readings import BadReading, Door, Reading, Reason, Scan, Temperature, Weight
from drivers.settings import DeviceSettings

CASES = Path(__file__).parent.parent / "cases" / "devices.json"
MORE_CASES = (CASES.with_name("more_devices.json"), CASES.with_name("more_scales.json"))
"""Cases of our own, of the same shape, for what the shared ones do not show."""

SETTINGS: dict[str, dict[str, Any]] = {
    # Two captures of two devices: as if both were on one line. The register of the second, 28000, becomes 28.000 C.
    "modbus_generic": {"addresses": [1, 4], "scale": 0.001},
    "hid_pos_scale": {"skip_first": 0},  # each case is the first report a fresh decoder gets
    "mt_cont-08": {"checksum": False},
}
"""What a technician would have to write for a case to read as expected, by case id or model name; without `path`."""

NO_READING = {"truncated", "empty", "no_data"}
"""Statuses of which a driver may say nothing: it waits for more, or there was nothing."""

REFUSED = {"zero_not_captured"}
"""Statuses whose number is what the display shows and is not to be used: a driver refuses it, with the reason."""


@dataclass(frozen=True)
class Vector:
    """One recorded case of one model."""

    id: str
    model: Model
    frame: bytes
    expected: dict[str, Any]

    def settings(self, path: str = "/dev/null") -> DeviceSettings:
        """The settings under which the case holds."""
        keys = {**SETTINGS.get(self.model.name, {}), **SETTINGS.get(self.id, {}), "path": path}
        return msgspec.convert(keys, self.model.settings())

    @property
    def speaks(self) -> bool:
        """Whether the case is a value from beginning to end, fit to be sent between other cases."""
        return has_value(self.expected) and "leftover_hex" not in self.expected


def has_value(expected: dict[str, Any]) -> bool:
    """Whether a case expects a number, a code or a state rather than a refusal."""
    keys = ("weight_g", "temperature_c", "code", "open", "registers", "word")
    if expected.get("status") in REFUSED:
        return False
    return bool(expected["valid"]) and any(expected.get(key) is not None for key in keys)


def load(direction: str) -> list[Vector]:
    """Read the cases of the models there are: `rx` what the device sends, `tx` what the host sends."""
    rows = [row for path in (CASES, *MORE_CASES) for row in json.loads(path.read_text(encoding="utf-8"))]
    return [
        Vector(row["id"], MODELS[row["device"]], bytes.fromhex(row["frame_hex"]), row["expected"])
        for row in rows
        if row["device"] in MODELS and row["direction"] == direction
    ]


VECTORS = load("rx")
SENT = [vector for vector in load("tx") if vector.model.streams]
STREAMED = [vector for vector in VECTORS if vector.model.streams]
SAMPLED = [vector for vector in VECTORS if not vector.model.streams]


def values(readings: list[Reading]) -> list[Reading]:
    """Only the readings that hold a value."""
    return [reading for reading in readings if not isinstance(reading, BadReading)]


def check(vector: Vector, readings: list[Reading]) -> None:
    """Assert that `readings` is what the case expects, no value more and none less."""
    expected = vector.expected
    if has_value(expected):
        frames = expected.get("frames") or [expected]
        got = values(readings)
        assert len(got) == len(frames), (vector.id, readings)
        assert len(got) == len(readings), (vector.id, readings)
        for reading, frame in zip(got, frames, strict=True):
            check_value(reading, frame)
        check_value(got[-1], expected)
        return
    assert not values(readings), (vector.id, readings)
    reasons = [reading.reason for reading in readings if isinstance(reading, BadReading)]
    status = expected["status"]
    if status in NO_READING and not reasons:
        return
    if status in set(Reason):
        assert reasons == [Reason(status)], (vector.id, readings)


def check_value(reading: Reading, expected: dict[str, Any]) -> None:
    """Assert every field the case names; a field it does not name may be anything."""
    if isinstance(reading, Weight):
        # the cases give ounces and pounds to three decimals; kg and g fit in those exactly
        assert round(reading.weight_g, 3) == expected["weight_g"]
        assert_same(expected, stable=reading.stable, net=reading.net)
    elif isinstance(reading, Temperature):
        check_temperature(reading, expected)
        suspect = Reason.POWER_ON_VALUE if expected.get("status") == "suspect_85" else None
        assert reading.suspect is suspect
        if "humidity_pct" in expected:
            assert reading.humidity_permille == round(expected["humidity_pct"] * 10)
    elif isinstance(reading, Scan):
        assert_same(
            expected, code=reading.code, symbology=reading.symbology, aim=reading.aim, duplicate=reading.repeated
        )
    elif isinstance(reading, Door):
        assert_same(expected, open=reading.is_open)
    else:
        raise AssertionError(f"no value: {reading}")


def check_temperature(reading: Temperature, expected: dict[str, Any]) -> None:
    """Assert the number: degrees where the case has them, else the raw word or register it must have come from."""
    if "registers" in expected:
        assert [reading.temperature_mc] == expected["registers"]  # under the scale in SETTINGS
    elif "word" in expected:
        assert reading.raw.hex().upper().startswith(expected["word"])
    else:
        assert reading.temperature_mc == round(expected["temperature_c"] * 1000)


def assert_same(expected: dict[str, Any], **got: object) -> None:
    """Assert the fields that the case names."""
    assert got == {key: expected.get(key, value) for key, value in got.items()}
