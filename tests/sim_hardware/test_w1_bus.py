"""The thermometer's files against devices.md C1, byte by byte."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.w1_bus import W1Bus, W1Sensor, crc8, kernel_mc, newton_mc, raw_for, scratchpad_for, w1_slave_text

ADDRESS = "28-0316a2794bff"


@pytest.fixture
def sensor(tmp_path: Path) -> W1Sensor:
    """One thermometer on a bus."""
    return W1Bus(tmp_path / "devices").sensor(ADDRESS)


def shown(sensor: W1Sensor) -> tuple[str, str]:
    """Both files as a station reads them."""
    return sensor.path.read_text("ascii"), (sensor.directory / "temperature").read_text("ascii")


def test_the_crc_of_the_real_scratchpads() -> None:
    """C1, real: `50 05 4b 46 7f ff 0c 10 1c` and `fb ff 4b 46 7f ff 0c 10 06`: the last byte is the CRC."""
    assert crc8(bytes.fromhex("50054b467fff0c10")) == 0x1C
    assert crc8(bytes.fromhex("fbff4b467fff0c10")) == 0x06
    assert crc8(bytes.fromhex("98feffff7fffffff")) == 0x1C


def test_minus_five_sixteenths_is_cut_toward_zero() -> None:
    """C1: -312.5 becomes -312, the bytes are `fb ff`."""
    scratchpad = scratchpad_for(-312)
    assert scratchpad.hex(" ") == "fb ff 4b 46 7f ff 0c 10 06"
    assert kernel_mc(scratchpad) == -312


@pytest.mark.parametrize(
    ("asked_mc", "line_2"),
    [
        (25_062, "91 01 4b 46 7f ff 0c 10 70 t=25062"),
        (-10_125, "5e ff 4b 46 7f ff 0c 10 6a t=-10125"),
        (125_000, "d0 07 4b 46 7f ff 0c 10 f4 t=125000"),
        (85_000, "50 05 4b 46 7f ff 10 10 bd t=85000"),
    ],
)
def test_temperatures_look_as_the_kernel_prints_them(sensor: W1Sensor, asked_mc: int, line_2: str) -> None:
    """Two lines, CRC and YES on the first, t= on the second; measured 85 degrees differ from power-on in byte 6."""
    sensor.set_temperature_mc(asked_mc)
    nine = line_2.split(" t=", maxsplit=1)[0]
    assert shown(sensor) == (f"{nine} : crc={nine[-2:]} YES\n{line_2}\n", f"{asked_mc}\n")


def test_a_temperature_between_the_steps_shows_the_nearest_step(sensor: W1Sensor) -> None:
    """The chip knows sixteenths of a degree: 4.5 is one of them, 4.53 is not."""
    sensor.set_temperature_mc(4_530)
    assert shown(sensor)[1] == "4500\n"


@given(st.integers(-55_000, 125_000))
def test_what_is_shown_is_within_a_32nd_of_a_degree(asked_mc: int) -> None:
    """Over the whole range: nearest sixteenth, then at most half a millidegree cut, and a good CRC."""
    scratchpad = scratchpad_for(asked_mc)
    assert crc8(scratchpad) == 0
    assert abs(kernel_mc(scratchpad) - asked_mc) <= 32
    assert int.from_bytes(scratchpad[:2], "little", signed=True) == raw_for(asked_mc)


@pytest.mark.parametrize("wrong_mc", [-55_001, 125_001])
def test_what_the_chip_cannot_measure_is_refused(sensor: W1Sensor, wrong_mc: int) -> None:
    """-55 to +125 degrees; the files keep their last state."""
    before = shown(sensor)
    with pytest.raises(ValueError, match="millidegrees"):
        sensor.set_temperature_mc(wrong_mc)
    assert shown(sensor) == before


def test_power_on_shows_85_degrees_with_a_good_crc(sensor: W1Sensor) -> None:
    """C1: `50 05 4b 46 7f ff 0c 10 1c` and YES: the conversion never ran."""
    sensor.power_on_85()
    assert shown(sensor) == (
        "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n",
        "85000\n",
    )


def test_a_short_circuit_is_nine_zeros_with_a_good_crc(sensor: W1Sensor) -> None:
    """C1: all-zero bytes pass the CRC, which is 0, with t=0."""
    sensor.short_circuit()
    assert shown(sensor) == (
        "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n",
        "0\n",
    )


def test_too_little_power_shows_127_937(sensor: W1Sensor) -> None:
    """C1: 127937 insufficient power, YES."""
    sensor.starve()
    text, temperature = shown(sensor)
    assert text.startswith("ff 07 ")
    assert "YES" in text
    assert temperature == "127937\n"


def test_a_chip_read_too_soon_shows_minus_22_5(sensor: W1Sensor) -> None:
    """C1: `98 fe ff ff 7f ff ff ff 1c` t=-22500, CRC YES but wrong."""
    sensor.reread_too_soon()
    assert shown(sensor) == (
        "98 fe ff ff 7f ff ff ff 1c : crc=1c YES\n98 fe ff ff 7f ff ff ff 1c t=-22500\n",
        "-22500\n",
    )


def test_newer_kernels_fail_with_no_byte_at_all(sensor: W1Sensor) -> None:
    """C1: on any failure 0 bytes for both files."""
    sensor.empty()
    assert shown(sensor) == ("", "")


def test_older_kernels_fail_with_no_and_a_value_from_bad_bytes(sensor: W1Sensor) -> None:
    """C1: line 2 shows the last good bytes, t= comes from those just read, computed CRC on line 1."""
    sensor.set_temperature_mc(25_062)
    sensor.bad_crc()
    text = "81 01 4b 46 7f ff 0c 10 70 : crc=24 NO\n91 01 4b 46 7f ff 0c 10 70 t=24062\n"
    assert shown(sensor) == (text, "")
    sensor.bad_crc()
    assert shown(sensor) == (text, "")


def test_an_unplugged_chip_is_gone_and_comes_back_as_it_was(tmp_path: Path) -> None:
    """Its directory vanishes whole; what it was told meanwhile shows when it is back."""
    bus = W1Bus(tmp_path / "devices")
    sensor = bus.sensor(ADDRESS)
    sensor.unplug()
    sensor.unplug()
    assert list(bus.root.iterdir()) == []
    sensor.set_temperature_mc(8_000)
    sensor.plug()
    sensor.plug()
    assert [entry.name for entry in bus.root.iterdir()] == [ADDRESS]
    assert sorted(entry.name for entry in sensor.directory.iterdir()) == [
        "conv_time",
        "resolution",
        "temperature",
        "w1_slave",
    ]
    assert shown(sensor)[1] == "8000\n"


def test_the_bus_knows_its_chips_and_clears_up(tmp_path: Path) -> None:
    """One twin per name; close takes all of them off."""
    bus = W1Bus(tmp_path / "devices")
    assert bus.sensor(ADDRESS) is bus.sensor(ADDRESS)
    bus.sensor("28-000000000001")
    bus.close()
    assert list(bus.root.iterdir()) == []


@pytest.mark.parametrize("name", ["28-0316A2794BFF", "28-0316", "00-0316a2794bff", "28-0316a2794bff/..", ""])
def test_a_name_no_kernel_would_give_is_refused(tmp_path: Path, name: str) -> None:
    """28- and twelve lower-case hex digits, nothing that could leave the directory."""
    with pytest.raises(ValueError, match="28-"):
        W1Bus(tmp_path).sensor(name)


def test_a_reader_never_sees_half_a_file(sensor: W1Sensor) -> None:
    """Ten thousand reads against a writer at full speed: always two whole lines of one state."""
    whole = {w1_slave_text(scratchpad_for(step * 1000)) for step in range(-50, 120)}
    sensor.set_temperature_mc(0)
    stop = threading.Event()

    def heat_and_cool() -> None:
        while not stop.is_set():
            for step in range(-50, 120):
                sensor.set_temperature_mc(step * 1000)

    writer = threading.Thread(target=heat_and_cool)
    writer.start()
    try:
        assert all(sensor.path.read_text("ascii") in whole for _ in range(10_000))
    finally:
        stop.set()
        writer.join()


def test_a_box_left_open_warms_toward_the_room() -> None:
    """Newton's law: 4 degrees in a room of 24, after one time constant 63 % of the way, and for ever closer."""
    at = [newton_mc(s, start_mc=4_000, around_mc=24_000, time_constant_s=600) for s in (-5, 0, 600, 1200, 100_000)]
    assert at == [4_000, 4_000, 16_642, 21_293, 24_000]


def test_a_box_pulled_down_cools_toward_its_compressor() -> None:
    """The same law downwards, and a constant that is none is refused."""
    assert newton_mc(300, start_mc=20_000, around_mc=-20_000, time_constant_s=300) == -5_285
    with pytest.raises(ValueError, match="time constant"):
        newton_mc(1, start_mc=0, around_mc=0, time_constant_s=0)
