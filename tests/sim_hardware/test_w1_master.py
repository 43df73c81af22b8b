"""The 1-wire master's bulk reading, resolutions and slow files against devices.md C1."""

import threading
import time
from pathlib import Path

import pytest

from sim_hardware.w1_bus import W1Bus, W1Sensor, scratchpad_for
from sim_hardware.w1_master import W1Master
from tests.sim_hardware.host import PATIENCE_S

ADDRESS = "28-0316a2794bff"


@pytest.fixture
def bus(tmp_path: Path) -> W1Bus:
    """A bus with two chips."""
    bus = W1Bus(tmp_path / "devices")
    bus.sensor(ADDRESS).set_temperature_mc(4_500)
    bus.sensor("28-000000000001").set_temperature_mc(-18_000)
    return bus


def temperature(sensor: W1Sensor) -> str:
    """The file `temperature`."""
    return (sensor.directory / "temperature").read_text("ascii")


def test_a_trigger_lets_all_chips_convert_at_once(bus: W1Bus) -> None:
    """C1: 0 nothing pending; after `trigger` -1 and files without a byte; 750 ms later 1 and the values; then 0."""
    master = W1Master(bus)
    master.open()
    try:
        assert master.path.read_text("ascii") == "0\n"
        master.path.write_text("trigger\n", encoding="ascii")
        wait_for(master.path, "-1\n")
        assert temperature(bus.sensor(ADDRESS)) == ""
        assert bus.sensor("28-000000000001").path.read_bytes() == b""
        wait_for(master.path, "1\n")
        assert temperature(bus.sensor(ADDRESS)) == "4500\n"
        assert temperature(bus.sensor("28-000000000001")) == "-18000\n"
        master.fetched()
        assert master.path.read_text("ascii") == "0\n"
    finally:
        master.close()


def test_the_conversion_lasts_what_the_slowest_chip_needs(bus: W1Bus) -> None:
    """C1: 750 ms at 12 bits, 95 at 9, told in steps of a simulated time."""
    with W1Master(bus, conversion_s=1e9) as master:
        master.close()
        master.directory.mkdir()
        for sensor in bus.sensors():
            (sensor.directory / "resolution").write_text("9\n", encoding="ascii")
        slow = W1Master(bus)
        slow.path.write_text("trigger", encoding="ascii")
        slow.step(10.0)
        slow.step(10.09)
        assert slow.path.read_text("ascii") == "-1\n"
        slow.step(10.1)
        assert slow.path.read_text("ascii") == "1\n"


def test_the_master_lists_its_chips(bus: W1Bus) -> None:
    """C1: count and names; each chip stands in the master's directory too."""
    with W1Master(bus) as master:
        assert (master.directory / "w1_master_slave_count").read_text("ascii") == "2\n"
        assert (master.directory / "w1_master_slaves").read_text("ascii").split() == [ADDRESS, "28-000000000001"]
        assert (master.directory / ADDRESS / "temperature").read_text("ascii") == "4500\n"
    assert not master.directory.exists()


@pytest.mark.parametrize(
    ("bits", "configuration", "shown_mc"), [(9, "1f", 4_500), (10, "3f", 4_750), (12, "7f", 4_937)]
)
def test_a_written_resolution_counts_from_the_next_measurement(
    bus: W1Bus, bits: int, configuration: str, shown_mc: int
) -> None:
    """C1: 1F, 3F, 5F, 7F for 9 to 12 bits; the lower bits are cut off, the conversion is shorter."""
    sensor = bus.sensor(ADDRESS)
    (sensor.directory / "resolution").write_text(f"{bits}\n", encoding="ascii")
    sensor.set_temperature_mc(4_937)
    assert sensor.path.read_text("ascii").split()[4] == configuration
    assert temperature(sensor) == f"{shown_mc}\n"
    assert (sensor.directory / "conv_time").read_text("ascii") == {9: "95\n", 10: "190\n", 12: "750\n"}[bits]
    (sensor.directory / "resolution").write_text("13", encoding="ascii")
    assert sensor.resolution == 12


def test_nine_bits_round_toward_the_cold() -> None:
    """What 9 bits do not resolve is cut off the raw value, two's complement."""
    assert scratchpad_for(-312, bits=9)[:2].hex() == "f8ff"


def test_a_slow_file_blocks_each_reader_for_the_conversion(bus: W1Bus) -> None:
    """C1: opening and reading starts a conversion and blocks for it; reader after reader; unplugging ends it."""
    sensor = bus.sensor(ADDRESS)
    sensor.convert_slowly(0.05)
    for wanted_mc in (4_500, 5_000):
        sensor.set_temperature_mc(wanted_mc)
        started_s = time.monotonic()
        assert temperature(sensor) == f"{wanted_mc}\n"
        assert time.monotonic() - started_s >= 0.05
    sensor.unplug()
    assert not sensor.directory.exists()
    sensor.plug()
    assert temperature(sensor) == "5000\n"


def test_a_reader_that_leaves_early_hurts_nobody(bus: W1Bus) -> None:
    """Opened and closed again in mid-conversion: the next reader is served."""
    sensor = bus.sensor(ADDRESS)
    sensor.convert_slowly(0.02)
    with sensor.path.open("rb"):
        pass
    assert sensor.path.read_text("ascii").endswith("t=4500\n")
    bus.close()


def wait_for(path: Path, text: str) -> None:
    """Wait until a file says something."""
    end_s = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while path.read_text("ascii") != text:
        assert time.monotonic() < end_s, f"never said {text!r}"
        pause.wait(0.005)
