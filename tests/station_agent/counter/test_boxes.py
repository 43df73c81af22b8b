"""BoxTemperatures: blocks of samples, null where no value can be trusted, never a number made up."""

import pytest

from drivers.readings import BadReading, Reason, Temperature
from station_agent.counter.boxes import MAX_SAMPLES, NEIGHBOUR_MC, BoxTemperatures
from sync.entry import MAX_BODY_BYTES, Lane, encode_body


def good(at_s: float, temperature_mc: int, *, suspect: Reason | None = None) -> Temperature:
    """A temperature."""
    return Temperature(temperature_mc, b"", at_s, suspect)


def bad(at_s: float) -> BadReading:
    """A reading without a value."""
    return BadReading(Reason.BAD_CHECKSUM, b"", at_s)


def values(boxes: BoxTemperatures) -> list[int | None]:
    """The values of the one block that is being gathered."""
    (record,) = boxes.finish()
    kept: list[int | None] = record.body["temperature_mc"]
    return kept


def test_a_block_holds_each_sample_with_its_second() -> None:
    """Ten minutes of samples a minute apart are one record, begun at the first sample, given with the next."""
    boxes = BoxTemperatures(600.0)
    for minute in range(10):
        assert boxes.take("box", good(1000.25 + 60 * minute, 4000 + minute)) == []
    (record,) = boxes.take("box", good(1600.25, 5000))
    assert (record.lane, record.kind) == (Lane.TELEMETRY, "box.temperatures")
    assert record.body == {
        "device": "box",
        "start_ms": 1_000_250,
        "at_s": [60 * minute for minute in range(10)],
        "temperature_mc": [4000 + minute for minute in range(10)],
    }
    assert values(boxes) == [5000]


def test_time_alone_ends_a_block() -> None:
    """A thermometer that fell silent does not keep what it said before from the record."""
    boxes = BoxTemperatures(600.0)
    boxes.take("box", good(0.0, 4000))
    assert boxes.tick(599.9) == []
    assert [record.body["temperature_mc"] for record in boxes.tick(600.0)] == [[4000]]
    assert boxes.tick(9999.0) == []


def test_a_bad_reading_is_null() -> None:
    """A sample without a value keeps its second and is null, not the value before and not 0."""
    boxes = BoxTemperatures()
    boxes.take("box", good(0.0, 4000))
    boxes.take("box", bad(60.0))
    boxes.take("box", good(120.0, -500))
    (record,) = boxes.finish()
    assert record.body["temperature_mc"] == [4000, None, -500]
    assert record.body["at_s"] == [0, 60, 120]


def test_a_block_of_bad_readings_is_recorded() -> None:
    """That nothing could be measured is a fact about the box."""
    boxes = BoxTemperatures()
    boxes.take("box", bad(0.0))
    boxes.take("box", bad(60.0))
    assert values(boxes) == [None, None]


@pytest.mark.parametrize(
    ("before_mc", "kept"),
    [
        (None, None),
        (85_000 - NEIGHBOUR_MC - 1, None),
        (85_000 - NEIGHBOUR_MC, 85_000),
        (85_000 + NEIGHBOUR_MC, 85_000),
        (4_000, None),
    ],
)
def test_a_suspect_value_needs_a_neighbour(before_mc: int | None, kept: int | None) -> None:
    """85 °C of a sensor that just got power is null, unless the last good value was within 5 °C."""
    boxes = BoxTemperatures()
    if before_mc is not None:
        boxes.take("box", good(0.0, before_mc))
    boxes.take("box", good(60.0, 85_000, suspect=Reason.POWER_ON_VALUE))
    assert values(boxes)[-1] == kept
    assert boxes.latest_mc("box") == (kept or before_mc)


def test_thermometers_have_blocks_of_their_own() -> None:
    """Two boxes are not mixed, and each block starts with its own first sample."""
    boxes = BoxTemperatures(600.0)
    boxes.take("a", good(0.0, 1))
    boxes.take("b", good(300.0, 2))
    assert [record.body["device"] for record in boxes.tick(600.0)] == ["a"]
    assert [record.body["device"] for record in boxes.tick(900.0)] == ["b"]


def test_a_neighbour_is_of_the_same_box() -> None:
    """A hot box beside it does not make a suspect value believable."""
    boxes = BoxTemperatures()
    boxes.take("hot", good(0.0, 84_000))
    boxes.take("cold", good(1.0, 85_000, suspect=Reason.POWER_ON_VALUE))
    assert boxes.latest_mc("cold") is None


def test_a_block_is_bounded() -> None:
    """A thermometer that talks too fast ends its blocks early; the largest fits an entry."""
    boxes = BoxTemperatures(1800.0)
    records = []
    for n in range(MAX_SAMPLES + 1):
        records += boxes.take("box" * 10, good(n * 0.1, -123_456))
    (record,) = records
    assert len(record.body["temperature_mc"]) == MAX_SAMPLES
    assert len(encode_body(record.body)) < MAX_BODY_BYTES


def test_finish_gives_what_was_gathered() -> None:
    """Before a stop every block is given as it is, once."""
    boxes = BoxTemperatures()
    boxes.take("a", good(0.0, 1))
    boxes.take("b", good(0.0, 2))
    assert sorted(record.body["device"] for record in boxes.finish()) == ["a", "b"]
    assert boxes.finish() == []
