"""The scanners that listen, against devices.md B2: commands, answers and codes written by hand from its text."""

from pathlib import Path

import pytest

from sim_hardware.scanners import PROTOCOLS
from sim_hardware.scanners.scan_gm65 import Gm65
from sim_hardware.scanners.scan_honeywell import Honeywell
from sim_hardware.scanners.scan_newland import Newland
from sim_hardware.scanners.scan_ssi import Ssi, packet
from sim_hardware.scanners.triggered import TriggeredScanner
from sim_hardware.wire import VirtualWire
from tests.sim_hardware.host import opened, read_until

CODE = "SF1234567890123"
SENT = b"SF1234567890123\r"
ACK = bytes.fromhex("04d00400ff28")


def ssi_awake() -> Ssi:
    """A scanner that never sleeps."""
    return Ssi(sleeps_after_s=float("inf"))


def test_ssi_packets_of_the_manual() -> None:
    """B2: ACK 04 D0 00 00 FF 2C, NAK cause 6 05 D1 00 00 06 FF 24; a code of type 03."""
    assert packet(0xD0).hex() == "04d00000ff2c"
    assert packet(0xD1, b"\x06").hex() == "05d1000006ff24"
    said = ssi_awake().scan(CODE, 1.0)
    assert said[:5].hex() == "14f3000003"
    assert said[5:-2] == CODE.encode()
    assert sum(said[:-2]) + int.from_bytes(said[-2:], "big") == 0x10000
    assert ssi_awake().scan(CODE, 1.0, aim="]C1")[4] == 0x0F
    with pytest.raises(ValueError, match="no packet"):
        ssi_awake().scan("A" * 300, 1.0)


def test_ssi_sends_twice_again_and_gives_up() -> None:
    """B2: no ACK: again with status bit 0 set, twice; the code behind it comes then."""
    gun = ssi_awake()
    first = gun.scan(CODE, 1.0)
    assert gun.scan("YT2", 1.1) == b"", "one at a time"
    assert gun.speak(2.9) == b""
    again = gun.speak(3.0)
    assert (again[3], again[4:-2]) == (1, first[4:-2])
    assert gun.speak(5.0) == again
    assert gun.speak(7.0)[5:-2] == b"YT2"
    assert gun.given_up == 1


def test_ssi_acknowledged_goes_on_and_nak_sends_again() -> None:
    """B2: the host's ACK ends it, its NAK has it sent again at once."""
    gun = ssi_awake()
    gun.scan(CODE, 1.0)
    assert gun.hear(packet(0xD1, b"\x01", source=4), 1.1)[3] == 1
    assert gun.hear(ACK, 1.2) == b""
    assert gun.speak(9.0) == b""
    assert gun.given_up == 0


def test_ssi_obeys_the_host() -> None:
    """B2: START reads what is in view, STOP lets go, a wrong check is NAK 1, an unknown opcode NAK 6."""
    gun = ssi_awake()
    assert gun.hold(CODE, 1.0) == b""
    start = bytes.fromhex("04e40400ff14")
    assert gun.hear(start, 1.0)[:6].hex() == "04d00000ff2c"
    gun.hear(ACK, 1.1)
    gun.hear(start, 2.0)
    assert gun.hear(bytes.fromhex("04e50400ff13"), 2.1).hex() == "04d00000ff2c"
    assert gun.hold(CODE, 2.2) == b""
    assert gun.hear(start[:-1] + b"\x15", 3.0) == packet(0xD1, b"\x01")
    assert gun.hear(packet(0x99, source=4), 3.1) == packet(0xD1, b"\x06")
    assert gun.hear(packet(0xEA, source=4), 3.2) == packet(0xD0)
    assert gun.scan(CODE, 3.3) == b"", "disabled"


def test_a_sleeping_ssi_scanner_loses_the_first_byte() -> None:
    """B2: without a 00 first the command is lost; with it, it is heard."""
    start = bytes.fromhex("04e40400ff14")
    assert Ssi().hear(start, 100.0) == b""
    gun = Ssi()
    assert gun.hear(b"\x00", 100.0) == b""
    assert gun.hear(start, 100.05).hex() == "04d00000ff2c"


def test_gm65_answers_of_the_manual() -> None:
    """B2: trigger with AB CD or the real check; 33 31 ok, 04 01 wrong check, 6A 61 for what it does not know."""
    gun = Gm65()
    ok = bytes.fromhex("02000001003331")
    assert gun.hear(bytes.fromhex("7e000801000201abcd"), 1.0) == ok
    assert gun.hear(bytes.fromhex("7e00080100020102da"), 2.0) == ok
    assert gun.hear(bytes.fromhex("7e000801000201ffff"), 3.0).hex() == "02000101000401"
    assert gun.hear(bytes.fromhex("7e000901000000dec8"), 4.0) == ok
    assert gun.hear(bytes.fromhex("7e002201000000abcd"), 5.0)[:3].hex() == "020003"


def test_gm65_reads_with_the_trigger() -> None:
    """B2: answer and data in one piece where a code is in view, later where it comes within the time."""
    gun = Gm65()
    trigger = bytes.fromhex("7e000801000201abcd")
    gun.hold(CODE, 1.0)
    assert gun.hear(trigger, 1.0)[7:] == SENT
    assert gun.hear(trigger, 2.0)[7:] == b""
    assert gun.hold(CODE, 4.0) == SENT
    gun.hear(trigger, 5.0)
    assert gun.hold(CODE, 20.0) == b"", "the reading time is over"


def test_gm65_tells_the_symbology_when_set_and_forgets_what_was_not_saved() -> None:
    """B2: AIM on is 7E 00 08 01 00 D0 80; after a brown-out it is off unless saved; the register can be read."""
    gun = Gm65()
    aim_on = bytes.fromhex("7e00080100d080abcd")
    assert gun.scan(CODE, 1.0, aim="]C0") == SENT
    gun.hear(aim_on, 1.0)
    assert gun.scan(CODE, 2.0, aim="]C0") == b"]C0" + SENT
    gun.wake(3.0)
    assert gun.scan(CODE, 3.0, aim="]C0") == SENT
    gun.hear(aim_on + bytes.fromhex("7e000901000000dec8"), 4.0)
    gun.wake(5.0)
    assert gun.scan(CODE, 5.0, aim="]C0") == b"]C0" + SENT
    assert gun.hear(bytes.fromhex("7e00070100d001abcd"), 6.0)[2:5].hex() == "000180"


def test_gm65_takes_a_command_in_pieces() -> None:
    """Byte by byte behind a stray one."""
    gun = Gm65()
    said = [gun.hear(bytes([byte]), 1.0) for byte in bytes.fromhex("557e000801000201abcd")]
    assert said[-1].hex() == "02000001003331"
    assert not any(said[:-1])


def test_newland_answers_of_the_manual() -> None:
    """B2: the query of all Code 11 settings and its answer, byte by byte; range and unknown marks."""
    gun = Newland()
    head, end = b"\x7e\x010000", b";\x03"
    answer = gun.hear(head + b"@C11MIN*,MAX*" + end, 1.0)
    assert answer == bytes.fromhex("020130303030404331314d494e3132062c4d41583232063b03")
    assert gun.hear(head + b"#C11MIN999" + end, 1.0) == b"\x02\x010000#C11MIN999\x15;\x03"
    assert gun.hear(head + b"#XYZABC1" + end, 1.0) == b"\x02\x010000#XYZABC1\x05;\x03"
    assert gun.hear(b"\xff" + head + b"#C11*" + end, 1.0).startswith(b"\x02\x010000#C11ENA0\x06,MIN12\x06")


def test_newland_keeps_only_what_is_kept() -> None:
    """B2: @ survives the power, # does not."""
    gun = Newland()
    gun.hear(b"\x7e\x010000@C11MIN5;\x03\x7e\x010000#C11MAX9;\x03", 1.0)
    assert b"MIN5\x06,MAX9" in gun.hear(b"\x7e\x010000#C11*;\x03", 1.0)
    gun.wake(2.0)
    assert b"MIN5\x06,MAX22" in gun.hear(b"\x7e\x010000#C11*;\x03", 2.0)


def test_newland_reads_with_the_trigger() -> None:
    """B2, unverified tag: SCNTRG1."""
    gun = Newland()
    gun.hold(CODE, 1.0)
    assert gun.hear(b"\x7e\x010000#SCNTRG1;\x03", 1.0) == b"\x02\x010000#SCNTRG1\x06;\x03" + SENT


def test_honeywell_trigger_and_menu() -> None:
    """B2: on reads, off lets go; the menu echoes the tag with 06 or 05; `.` wears the flash, `!` does not."""
    gun = Honeywell()
    gun.hear(b"\x16T\r", 1.0)
    assert gun.hold(CODE, 2.0) == SENT
    gun.hear(b"\x16T\r\x16U\r", 3.0)
    assert gun.hold(CODE, 3.1) == b""
    assert gun.hear(bytes.fromhex("164d0d323332424144392e"), 4.0) == b"232BAD9\x06."
    assert gun.hear(b"\x16M\rNONSENSE!", 5.0) == b"NONSENSE\x05!"
    assert gun.kept == [b"232BAD9"]


def test_honeywell_waits_for_its_host_when_set_so() -> None:
    """B2: host ACK mode: the next code waits for ESC ... comma, or ten seconds."""
    gun = Honeywell(host_ack=True)
    assert gun.scan(CODE, 1.0) == SENT
    assert gun.scan("YT2", 2.0) == b""
    assert gun.hear(b"\x1ba,", 3.0) == b"YT2\r"
    assert gun.scan("YT3", 4.0) == b""
    assert gun.speak(12.9) == b""
    assert gun.speak(13.0) == b"YT3\r"
    gun.wake(14.0)
    assert gun.scan("YT4", 14.0) == b"YT4\r"


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_every_scanner_scans_on_a_wire_and_survives_noise(name: str, tmp_path: Path) -> None:
    """All 256 bytes from the host, a reboot, and the code still leaves it."""
    with VirtualWire(tmp_path / name, baud=None) as wire, opened(wire.link) as fd:
        gun = TriggeredScanner(wire, PROTOCOLS[name]())
        gun.voice.hear(bytes(range(256)), 1.0)
        gun.voice.wake(2.0)
        said = gun.scan(CODE)
        assert CODE.encode() in said
        assert read_until(fd, len(said)) == said
        gun.hold("YT1")
        gun.take_away()
        assert gun.voice.in_view is None
