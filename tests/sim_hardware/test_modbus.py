"""The Modbus thermometers against devices.md C2, C3 and F: the frames of its text, and refusals."""

import os
from pathlib import Path

import pytest

from sim_hardware.thermometers.modbus import GenericSlave, SerialThermometer, Trs02a, XyMd02
from sim_hardware.thermometers.rtu import crc16, framed
from sim_hardware.wire import VirtualWire
from tests.sim_hardware.host import opened, read_until


def asked(voice: XyMd02 | Trs02a | GenericSlave, request_hex: str, at_s: float = 1.0) -> str:
    """What a slave answers to bytes as they stand."""
    return voice.hear(bytes.fromhex(request_hex), at_s).hex(" ").upper()


def box(temperature_mc: int, **make: int) -> XyMd02:
    """An XY-MD02 at a temperature, humidity 54.6 %."""
    voice = XyMd02(**make)  # type: ignore[arg-type]
    voice.set_temperature_mc(temperature_mc)
    return voice


def test_the_crc_of_the_manual() -> None:
    """C2: the right CRCs of the humidity requests are 90 0A and 38 49's frames; low byte first."""
    assert crc16(bytes.fromhex("010400010001")).hex() == "600a"
    assert crc16(bytes.fromhex("010400020001")).hex() == "900a"


def test_xymd02_frames_of_the_manual() -> None:
    """C2: 30.5 C, with humidity 54.6 %, -20.5 C, and the clone in hundredths."""
    assert asked(box(30_500), "01 04 00 01 00 01 60 0A") == "01 04 02 01 31 79 74"
    assert asked(box(30_500), "01 04 00 01 00 02 20 0B") == "01 04 04 01 31 02 22 2A CE"
    assert asked(box(-20_500), "01 04 00 01 00 01 60 0A") == "01 04 02 FF 33 B8 D5"
    assert asked(box(30_500, per_degree=100), "01 04 00 01 00 01 60 0A") == "01 04 02 0B EA 3F 8F"


def test_xymd02_refuses_what_it_has_not() -> None:
    """C2: exception 2 for a register, 1 for a function, 3 for a count; nothing for another address or a wrong CRC."""
    assert asked(box(30_500), "01 04 00 09 00 01 E1 C8") == "01 84 02 C2 C1"
    assert asked(box(30_500), framed(b"\x01\x07\x00\x00\x00\x00").hex()).startswith("01 87 01")
    assert asked(box(30_500), framed(b"\x01\x04\x00\x01\x00\x00").hex()).startswith("01 84 03")
    assert asked(box(30_500), framed(b"\x02\x04\x00\x01\x00\x01").hex()) == ""
    assert asked(box(30_500), "01 04 00 01 00 01 60 0B") == ""


def test_xymd02_corrections_and_a_new_address() -> None:
    """C2: 0103 and 0104 in tenths, signed; 0101 is the address from the next request on."""
    voice = box(30_500)
    asked(voice, framed(bytes.fromhex("01060103fff1")).hex())  # -1.5
    assert asked(voice, "01 04 00 01 00 01 60 0A").startswith("01 04 02 01 22")
    echoed = asked(voice, framed(bytes.fromhex("010601010007")).hex())
    assert echoed.startswith("01 06 01 01 00 07")
    assert asked(voice, framed(bytes.fromhex("070300010001")).hex()).startswith("07 83 02")
    assert asked(voice, framed(bytes.fromhex("0710010300020400000000")).hex()).startswith("07 10 01 03 00 02")
    assert asked(voice, framed(bytes.fromhex("070400010001")).hex()).startswith("07 04 02 01 31")
    assert asked(voice, framed(bytes.fromhex("0706010100ff")).hex()).startswith("07 86 03")
    asked(voice, framed(bytes.fromhex("000601010001")).hex())
    assert voice.address == 1, "address 0 is for all, and is not answered"


def test_xymd02_in_its_text_mode_is_deaf() -> None:
    """C2: a plain-text auto-report mode: ASCII instead of answers."""
    voice = box(30_500)
    voice.reports_text = True
    assert asked(voice, "01 04 00 01 00 01 60 0A") == ""
    assert voice.speak(1.0).startswith(b"30.5")


def test_trs02a_frames_of_the_manual() -> None:
    """C3: 19.3 C; with a broken wire status A0 beside the last good value, and alone the status as exception."""
    voice = Trs02a()
    voice.set_temperature_mc(19_300)
    both, alone = "01 03 00 01 00 02 95 CB", framed(bytes.fromhex("010300010001")).hex()
    assert asked(voice, both) == "01 03 04 00 C1 00 00 AB CF"
    assert asked(voice, alone).startswith("01 03 02 00 C1")
    voice.set_temperature_mc(19_700)
    voice.fault = "open"
    voice.set_temperature_mc(30_000)
    assert asked(voice, both) == "01 03 04 00 C5 00 A0 EA 76"
    assert asked(voice, alone) == "01 83 A0 41 48"
    assert asked(voice, framed(bytes.fromhex("010400010002")).hex()).startswith("01 84 01")


def test_a_generic_slave_is_its_register_map() -> None:
    """Any address, any registers; the temperature in one of them; what is not in the map is refused."""
    voice = GenericSlave(address=4, registers={7: 1}, temperature_register=6, per_degree=100)
    voice.set_temperature_mc(-1_250)
    assert asked(voice, framed(bytes.fromhex("040300060002")).hex()).startswith("04 03 04 FF 83 00 01")
    assert asked(voice, framed(bytes.fromhex("040300070002")).hex()) == "04 83 02 D0 F0"
    asked(voice, framed(bytes.fromhex("040600070009")).hex())
    assert voice.registers[7] == 9
    with pytest.raises(ValueError, match="register"):
        voice.set_temperature_mc(400_000)
    with pytest.raises(ValueError, match="address"):
        GenericSlave(address=0)


def test_requests_in_pieces_and_behind_noise() -> None:
    """Byte by byte; behind stray bytes; half a request is forgotten after a tenth of a second."""
    voice = box(30_500)
    request = bytes.fromhex("ff000104000100 01600a".replace(" ", ""))
    said = [voice.hear(bytes([byte]), 1.0) for byte in request]
    assert said[-1].hex() == "01040201317974"
    assert not any(said[:-1])
    voice.hear(request[2:6], 2.0)
    assert voice.hear(request[6:], 2.5) == b""


def test_the_verbs_of_an_rs485_line(tmp_path: Path) -> None:
    """F: an echo of the own request, stray zeros; and the probe's faults only where they exist."""
    with (
        VirtualWire(tmp_path / "t", baud=None) as wire,
        SerialThermometer(wire, XyMd02()) as twin,
        opened(wire.link) as fd,
    ):
        twin.set_temperature_mc(30_500)
        twin.echo()
        twin.stray_zeros(1)
        request = bytes.fromhex("010400010001600a")
        os.write(fd, request)
        assert read_until(fd, 16) == request + bytes.fromhex("0001040201317974")
        with pytest.raises(ValueError, match="trs02a"):
            twin.break_wire()
        with pytest.raises(ValueError, match="stray"):
            twin.stray_zeros(99)
        twin.echo(on=False)
        twin.report_text()
        assert read_until(fd, 4) == b"30.5"
    probe = SerialThermometer(VirtualWire(tmp_path / "p", baud=None), Trs02a())
    probe.break_wire("short")
    with pytest.raises(ValueError, match="fault"):
        probe.break_wire("rust")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="plain-text"):
        probe.report_text()
