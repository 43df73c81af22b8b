"""What the recorded cases of `w1_slave` do not show: bad values with good checks, the file itself."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import PortUnavailable
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.thermometers.w1_slave import READ_AGAIN_S, Settings, crc8, parse_w1_slave, sampler


def text(scratchpad: bytes, *, verdict: str = "YES", t: int | None = None) -> bytes:
    """What the kernel writes of nine bytes, or of eight and their CRC."""
    whole = scratchpad if len(scratchpad) == 9 else scratchpad + bytes([crc8(scratchpad)])
    shown = " ".join(f"{byte:02x}" for byte in whole)
    value = int.from_bytes(whole[:2], "little", signed=True) * 1000 // 16 if t is None else t
    return f"{shown} : crc={whole[8]:02x} {verdict}\n{shown} t={value}\n".encode()


def scratchpad_of(sixteenths: int, byte6: int = 0x0C) -> bytes:
    """Eight bytes of a healthy sensor that shows so many sixteenths of a degree."""
    return sixteenths.to_bytes(2, "little", signed=True) + bytes([0x4B, 0x46, 0x7F, 0xFF, byte6, 0x10])


def reason(reading: Reading) -> Reason | None:
    """Why it is bad, or None."""
    return reading.reason if isinstance(reading, BadReading) else None


def test_the_crc_is_that_of_the_real_captures() -> None:
    """Both captures of the sheet carry their own check, and a changed bit does not."""
    assert crc8(bytes.fromhex("50054b467fff0c10")) == 0x1C
    assert crc8(bytes.fromhex("fbff4b467fff0c10")) == 0x06
    assert crc8(bytes.fromhex("fbff4b467fff0c1006")) == 0
    assert crc8(bytes.fromhex("fbff4b467fff0c1106")) != 0


@given(st.integers(min_value=-55 * 16, max_value=125 * 16).filter(lambda n: n != 85 * 16))
def test_the_whole_range_is_read_as_the_kernel_cuts_it(sixteenths: int) -> None:
    """Every step from -55 to 125 degrees reads, cut toward zero: -312.5 is -312."""
    reading = parse_w1_slave(text(scratchpad_of(sixteenths)), 0.0)
    assert isinstance(reading, Temperature)
    assert reading.temperature_mc == int(sixteenths * 62.5)
    assert reading.suspect is None


@pytest.mark.parametrize("t", [4_086_000, 0, -127_000, 25_062])
def test_the_kernels_number_is_not_believed(t: int) -> None:
    """The temperature is computed from the bytes, whatever t= says."""
    reading = parse_w1_slave(text(scratchpad_of(-160), t=t), 0.0)
    assert isinstance(reading, Temperature)
    assert reading.temperature_mc == -10_000


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Reason.NO_DATA),
        (b"\n", Reason.NO_DATA),
        (text(scratchpad_of(85 * 16)), Reason.POWER_ON_VALUE),
        (text(scratchpad_of(0x07FF)), Reason.FAULT),
        (text(bytes.fromhex("98feffff7fffffff1c")), Reason.MALFORMED),
        (text(bytes(9)), Reason.MALFORMED),
        (text(b"\xff" * 9), Reason.BAD_CHECKSUM),
        (text(scratchpad_of(-56 * 16)), Reason.OUT_OF_RANGE),
        (text(scratchpad_of(126 * 16)), Reason.OUT_OF_RANGE),
        (text(scratchpad_of(400), verdict="NO"), Reason.BAD_CHECKSUM),
        (text(scratchpad_of(400) + b"\x00"), Reason.BAD_CHECKSUM),  # YES, but the CRC is not
        (text(scratchpad_of(400)).replace(b"crc=", b"crc=0"), Reason.MALFORMED),
        (text(scratchpad_of(400)).upper(), Reason.MALFORMED),
        (text(scratchpad_of(400)) + b"more\n", Reason.MALFORMED),
        (text(scratchpad_of(400))[:-1], Reason.TRUNCATED),
        (b"25062\n", Reason.TRUNCATED),
    ],
)
def test_every_bad_value_says_why(content: bytes, expected: Reason) -> None:
    """No bad file gives a number, though most of these carry YES."""
    assert reason(parse_w1_slave(content, 0.0)) is expected


def test_lines_that_disagree_are_malformed() -> None:
    """With YES the last good bytes are these bytes; if not, two looks were mixed."""
    first, second = text(scratchpad_of(400)), text(scratchpad_of(800))
    mixed = first.split(b"\n")[0] + b"\n" + second.split(b"\n")[1] + b"\n"
    assert reason(parse_w1_slave(mixed, 0.0)) is Reason.MALFORMED


def test_a_true_85_degrees_is_kept_as_suspect() -> None:
    """85.000 with another byte 6 than at power-on may be true: a number that its neighbours must bear out."""
    reading = parse_w1_slave(text(scratchpad_of(85 * 16, byte6=0x10)), 3.0)
    assert isinstance(reading, Temperature)
    assert (reading.temperature_mc, reading.suspect, reading.at_s) == (85_000, Reason.POWER_ON_VALUE, 3.0)


@given(st.integers(min_value=0, max_value=71))
def test_no_damaged_bit_passes(bit: int) -> None:
    """Each single flipped bit of the nine bytes is found, verdict YES or not."""
    whole = bytearray(scratchpad_of(400))
    whole.append(crc8(bytes(whole)))
    whole[bit // 8] ^= 1 << bit % 8
    assert reason(parse_w1_slave(text(bytes(whole)), 0.0)) is Reason.BAD_CHECKSUM


def test_an_empty_file_is_read_again_after_a_second(tmp_path: Path) -> None:
    """The sampler asks its pause for a second and looks once more."""
    path = tmp_path / "w1_slave"
    path.write_bytes(b"")
    pauses: list[float] = []

    def recover(seconds: float) -> bool:
        pauses.append(seconds)
        path.write_bytes(text(scratchpad_of(400)))
        return True

    (reading,) = sampler(Settings(path=str(path)), recover).sample(1.0)
    assert isinstance(reading, Temperature)
    assert reading.temperature_mc == 25_000
    assert pauses == [READ_AGAIN_S]


def test_an_empty_file_is_told_when_waiting_is_not_wanted(tmp_path: Path) -> None:
    """While the agent stops, or where nobody waits, the empty file is NO_DATA at once; so it is when it stays empty."""
    path = tmp_path / "w1_slave"
    path.write_bytes(b"")
    settings = Settings(path=str(path))
    for pause in (lambda _: False, lambda _: True):
        (reading,) = sampler(settings, pause).sample(1.0)
        assert reason(reading) is Reason.NO_DATA


def test_a_sensor_that_was_never_there_is_disconnected(tmp_path: Path) -> None:
    """No file and no folder mean no sensor."""
    for path in (tmp_path / "none", tmp_path / "none" / "w1_slave"):
        (reading,) = sampler(Settings(path=str(path))).sample(1.0)
        assert reason(reading) is Reason.DISCONNECTED


def test_other_faults_of_reading_are_no_data(tmp_path: Path) -> None:
    """What the kernel refuses to read for another reason gives no number and no exception."""
    (reading,) = sampler(Settings(path=str(tmp_path))).sample(1.0)
    assert reason(reading) is Reason.NO_DATA


def test_a_file_we_may_not_read_asks_for_the_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing right is not the sensor's fault: it is raised with what to do."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PortUnavailable) as caught:
        sampler(Settings(path=str(tmp_path / "w1_slave"))).sample(1.0)
    assert "read the sensor" in caught.value.hint
