"""DHT22 and SHT3x against devices.md C4: their files, their failures, and the bits behind them."""

from pathlib import Path

import pytest

from sim_hardware.thermometers.sysfs_tree import Chip, SysfsThermometer, crc8_sensirion, dht22_bits


def test_the_bits_of_the_manual() -> None:
    """C4: `02 8C 01 5F EE` is 65.2 % and 35.1 C; below zero sign and magnitude; SHT3x: BEEF has CRC 92."""
    assert dht22_bits(35_100, 652).hex() == "028c015fee"
    assert dht22_bits(-10_100, 652).hex() == "028c806573"
    assert crc8_sensirion(bytes.fromhex("beef")) == 0x92


@pytest.mark.parametrize(
    ("chip", "temperature", "humidity"),
    [
        ("dht22", "iio:device0/in_temp_input", "in_humidityrelative_input"),
        ("sht3x", "hwmon0/temp1_input", "humidity1_input"),
    ],
)
def test_the_kernels_files(chip: Chip, temperature: str, humidity: str, tmp_path: Path) -> None:
    """Millidegrees and thousandths of a percent, a number and a line end each."""
    twin = SysfsThermometer(tmp_path, chip)
    assert twin.path == tmp_path / temperature
    twin.set_temperature_mc(-10_100)
    twin.set_humidity_permille(652)
    assert twin.path.read_text("ascii") == "-10100\n"
    assert (twin.directory / humidity).read_text("ascii") == "65200\n"
    assert (twin.directory / "name").exists()


def test_failures_and_recovery(tmp_path: Path) -> None:
    """EIO stands as an empty or a missing file; the next measurement mends it; unplugged it is gone."""
    twin = SysfsThermometer(tmp_path, "dht22")
    twin.set_temperature_mc(4_049)
    assert twin.path.read_text("ascii") == "4000\n", "a DHT22 knows tenths"
    twin.empty()
    assert twin.path.read_text("ascii") == ""
    twin.vanish()
    assert not twin.path.exists()
    twin.unplug()
    twin.unplug()
    assert list(tmp_path.iterdir()) == []
    twin.set_temperature_mc(5_000)
    twin.plug()
    twin.plug()
    assert twin.path.read_text("ascii") == "5000\n"


def test_what_a_chip_cannot_measure_is_refused(tmp_path: Path) -> None:
    """DHT22 -40 to 80, SHT3x to 125; humidity 0 to 100 %."""
    with pytest.raises(ValueError, match="millidegrees"):
        SysfsThermometer(tmp_path / "a", "dht22").set_temperature_mc(80_001)
    twin = SysfsThermometer(tmp_path / "b", "sht3x")
    twin.set_temperature_mc(80_001)
    with pytest.raises(ValueError, match="permille"):
        twin.set_humidity_permille(1_001)
