"""What the recorded cases of `w1_temperature` do not show: numbers that may be a fault, the second look."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import BadReading, Reason, Temperature
from drivers.thermometers.w1_slave import READ_AGAIN_S
from drivers.thermometers.w1_temperature import SUSPECT, Settings, parse_temperature, sampler


@given(st.integers(min_value=-55_000, max_value=125_000).filter(lambda mc: mc not in SUSPECT))
def test_the_whole_range_is_read(temperature_mc: int) -> None:
    """Every number in the sensor's range is a temperature without suspicion."""
    reading = parse_temperature(f"{temperature_mc}\n".encode(), 2.0)
    assert isinstance(reading, Temperature)
    assert (reading.temperature_mc, reading.suspect, reading.at_s) == (temperature_mc, None, 2.0)


@pytest.mark.parametrize(
    ("content", "suspect"),
    [(b"85000\n", Reason.POWER_ON_VALUE), (b"0\n", Reason.MALFORMED), (b"-22500\n", Reason.MALFORMED)],
)
def test_what_a_fault_would_show_too_is_suspect(content: bytes, suspect: Reason) -> None:
    """Without the bytes these cannot be told from a fault: the neighbours must bear them out."""
    reading = parse_temperature(content, 0.0)
    assert isinstance(reading, Temperature)
    assert reading.suspect is suspect


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.NO_DATA),
        (b"\n", Reason.NO_DATA),
        (b"127937\n", Reason.FAULT),
        (b"4086000\n", Reason.OUT_OF_RANGE),
        (b"-127000\n", Reason.OUT_OF_RANGE),
        (b"25062", Reason.TRUNCATED),
        (b"25062\n25062\n", Reason.MALFORMED),
        (b"25.062\n", Reason.MALFORMED),
        (b" 25062\n", Reason.MALFORMED),
        (b"+25062\n", Reason.MALFORMED),
    ],
)
def test_every_bad_file_says_why(content: bytes, reason: Reason) -> None:
    """No bad file gives a number."""
    reading = parse_temperature(content, 0.0)
    assert isinstance(reading, BadReading)
    assert reading.reason is reason


def test_an_empty_file_is_read_again_after_a_second(tmp_path: Path) -> None:
    """The sampler asks its pause for a second and looks once more."""
    path = tmp_path / "temperature"
    path.write_bytes(b"")
    pauses: list[float] = []

    def recover(seconds: float) -> bool:
        pauses.append(seconds)
        path.write_bytes(b"4125\n")
        return True

    (reading,) = sampler(Settings(path=str(path)), recover).sample(1.0)
    assert isinstance(reading, Temperature)
    assert (reading.temperature_mc, pauses) == (4125, [READ_AGAIN_S])
