"""DHT22 and SHT3x as the kernel offers them, and their frames beyond the recorded ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.thermometers import dht22, sht3x


def value(reading: Reading) -> tuple[int, int | None] | Reason:
    """Temperature and humidity, or why there is none."""
    if isinstance(reading, Temperature):
        return reading.temperature_mc, reading.humidity_permille
    assert isinstance(reading, BadReading)
    return reading.reason


def dht22_folder(folder: Path, temperature: bytes, humidity: bytes | None) -> Path:
    """What the dht11 driver makes under the platform device."""
    place = folder / "dht11@4" / "iio:device3"
    place.mkdir(parents=True)
    (place / "in_temp_input").write_bytes(temperature)
    if humidity is not None:
        (place / "in_humidityrelative_input").write_bytes(humidity)
    return folder / "dht11@4"


def sht3x_folder(folder: Path, temperature: bytes, humidity: bytes) -> Path:
    """What the sht3x driver makes under the I2C device."""
    place = folder / "1-0044" / "hwmon" / "hwmon5"
    place.mkdir(parents=True)
    (place / "temp1_input").write_bytes(temperature)
    (place / "humidity1_input").write_bytes(humidity)
    return folder / "1-0044"


def read_dht22(path: Path) -> tuple[int, int | None] | Reason:
    """One look."""
    (reading,) = dht22.sampler(dht22.Settings(path=str(path))).sample(0.0)
    return value(reading)


@pytest.mark.parametrize(
    ("temperature", "humidity", "expected"),
    [
        (b"35100\n", b"65200\n", (35_100, 652)),
        (b"-10100\n", b"65200\n", (-10_100, 652)),
        (b"35100\n", None, (35_100, None)),
        (b"35100\n", b"", (35_100, None)),
        (b"35100\n", b"6520", (35_100, None)),
        (b"35100\n", b"101000\n", (35_100, None)),
        (b"0\n", b"65200\n", (0, 652)),
        (b"0\n", b"0\n", Reason.MALFORMED),
        (b"-3266300\n", b"65200\n", Reason.OUT_OF_RANGE),
        (b"80100\n", b"65200\n", Reason.OUT_OF_RANGE),
        (b"3510", b"65200\n", Reason.TRUNCATED),
        (b"35.1\n", b"65200\n", Reason.MALFORMED),
        (b"", b"65200\n", Reason.NO_DATA),
    ],
)
def test_both_files_of_a_dht22(
    tmp_path: Path, temperature: bytes, humidity: bytes | None, expected: tuple[int, int | None] | Reason
) -> None:
    """The temperature decides; a humidity that cannot be read is left out; a line held low is refused."""
    folder = dht22_folder(tmp_path, temperature, humidity)
    assert read_dht22(folder) == expected
    assert read_dht22(folder / "iio:device3" / "in_temp_input") == expected


def test_both_files_of_an_sht3x(tmp_path: Path) -> None:
    """The device's folder stays though the number of its hwmon folder changes."""
    folder = sht3x_folder(tmp_path, b"23875\n", b"54600\n")
    for path in (folder, folder / "hwmon" / "hwmon5" / "temp1_input"):
        (reading,) = sht3x.sampler(sht3x.Settings(path=str(path))).sample(0.0)
        assert value(reading) == (23_875, 546)


def test_a_folder_without_the_files_is_disconnected(tmp_path: Path) -> None:
    """The device is there and its driver is not bound: no sensor."""
    (tmp_path / "1-0044").mkdir()
    (reading,) = sht3x.sampler(sht3x.Settings(path=str(tmp_path / "1-0044"))).sample(0.0)
    assert value(reading) is Reason.DISCONNECTED


def test_a_failed_sample_is_tried_again_after_the_sensors_period(tmp_path: Path) -> None:
    """A DHT22 gets three tries 2 s apart, which is common need, and then says that there is no data."""
    folder = dht22_folder(tmp_path, b"", b"65200\n")
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 4:
            (folder / "iio:device3" / "in_temp_input").write_bytes(b"4000\n")
        return True

    device = dht22.sampler(dht22.Settings(path=str(folder)), wait)
    assert value(device.sample(0.0)[0]) is Reason.NO_DATA
    assert pauses == [2.0, 2.0]
    assert value(device.sample(0.0)[0]) == (4000, 652)
    assert pauses == [2.0] * 4


@given(tenths=st.integers(min_value=-400, max_value=800), permille=st.integers(min_value=1, max_value=1000))
def test_a_dht22_frame_is_sign_and_magnitude(tenths: int, permille: int) -> None:
    """Every tenth of the range reads exactly, below zero too."""
    word = abs(tenths) | (0x8000 if tenths < 0 else 0)
    data = permille.to_bytes(2, "big") + word.to_bytes(2, "big")
    assert value(dht22.parse_frame(data + bytes([sum(data) & 0xFF]), 0.0)) == (tenths * 100, permille)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("0000000000", Reason.MALFORMED),
        ("028cff9b28", Reason.OUT_OF_RANGE),
        ("028c015f", Reason.TRUNCATED),
        ("028c015fee00", Reason.TOO_LONG),
    ],
)
def test_bad_dht22_frames(frame: str, reason: Reason) -> None:
    """A line held low, a clone's two's complement, and frames of the wrong length give no number."""
    assert value(dht22.parse_frame(bytes.fromhex(frame), 0.0)) is reason


def test_the_crc_of_sensirion() -> None:
    """The sheet's check value."""
    assert sht3x.crc8(bytes.fromhex("beef")) == 0x92


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((0x6666, 0x8000), (25_000, 500)),
        ((0xFFFF, 0xFFFF), Reason.OUT_OF_RANGE),
        ((0x0000, 0x0000), Reason.OUT_OF_RANGE),
        ((0x6666,), (25_000, None)),
    ],
)
def test_sht3x_words(words: tuple[int, ...], expected: tuple[int, int | None] | Reason) -> None:
    """The sheet's formulas; the ends of the scale are beyond the sensor's range."""
    frame = b"".join(w.to_bytes(2, "big") + bytes([sht3x.crc8(w.to_bytes(2, "big"))]) for w in words)
    assert value(sht3x.parse_frame(frame, 0.0)) == expected


@given(bit=st.integers(min_value=0, max_value=47))
def test_no_damaged_bit_of_an_sht3x_passes(bit: int) -> None:
    """Each single flipped bit of both words is found."""
    frame = bytearray(bytes.fromhex("beef92beef92"))
    frame[bit // 8] ^= 1 << bit % 8
    assert value(sht3x.parse_frame(bytes(frame), 0.0)) is Reason.BAD_CHECKSUM
