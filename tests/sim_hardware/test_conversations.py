"""The polled scales against devices.md: what each answers to what it is asked, by hand from its text."""

from decimal import Decimal

import pytest

from sim_hardware.scales import FORMATS
from sim_hardware.scales.adam_az import AdamAz
from sim_hardware.scales.cas_enq import CasEnq
from sim_hardware.scales.hid_pos_scale import HidPosScale
from sim_hardware.scales.mtsics import MtSics
from sim_hardware.scales.nci_scp01 import NciScp01
from sim_hardware.scales.pan import Pan
from sim_hardware.scales.toledo8217 import Toledo8217
from sim_hardware.scales.voice import ScaleVoice
from sim_hardware.scales.yaohua_cmd import YaohuaCommand


def carrying(weight_g: float) -> Pan:
    """A pan at rest with a load."""
    return Pan().with_load(weight_g, 0.0, settle_s=0)


def moving(voice: ScaleVoice, at_s: float) -> None:
    """Nudge the pan for a second."""
    voice.pan = voice.pan.shaken(at_s, settle_s=1.0)


def test_yaohua_answers_by_address_and_command() -> None:
    """A2: handshake, gross, tare, net; the frames of the text."""
    scale = YaohuaCommand(carrying(1_235))
    assert scale.hear(bytes.fromhex("024141303003"), 1.0).hex() == "024141303003"
    assert scale.hear(bytes.fromhex("024142303303"), 2.0) == b"\x02AB+00123531E\x03"
    scale.tare(235)
    assert scale.hear(bytes.fromhex("024143303203"), 3.0)[:11] == b"\x02AC+0002353"
    assert scale.hear(bytes.fromhex("024144303503"), 4.0)[:11] == b"\x02AD+0010003"


@pytest.mark.parametrize(
    "request_hex",
    ["024242303003", "024142303203", "024145303403", "0241423033", "ff00"],
    ids=["address B", "wrong check", "unit price", "cut", "noise"],
)
def test_yaohua_ignores_what_is_not_for_it(request_hex: str) -> None:
    """A2: another address, a wrong check, a command it has not, half a request: no answer."""
    assert YaohuaCommand(carrying(1_235)).hear(bytes.fromhex(request_hex), 1.0) == b""


def test_yaohua_takes_a_request_in_pieces_and_finds_it_after_noise() -> None:
    """Byte by byte, behind stray bytes, and two at once."""
    scale = YaohuaCommand(carrying(1_235), address="B")
    said = [scale.hear(bytes([byte]), 1.0 + 0.001 * place) for place, byte in enumerate(b"\xff\x02\x02BB00\x03")]
    assert said[-1] == b"\x02BB+00123531D\x03"
    assert said[:-1] == [b""] * 7
    assert len(scale.hear(b"\x02BB00\x03" * 2, 5.0)) == 28


def test_yaohua_forgets_half_a_request() -> None:
    """The rest comes a second later: it is no request."""
    scale = YaohuaCommand(carrying(1_235))
    assert scale.hear(b"\x02AB", 1.0) == b""
    assert scale.hear(b"03\x03", 2.0) == b""
    with pytest.raises(ValueError, match="A to Z"):
        YaohuaCommand(address="a")


def test_toledo_answers_single_bytes() -> None:
    """A6: W weight, T tare, C clear, Z zero, keyed tare in grams."""
    scale = Toledo8217(carrying(1_234))
    assert scale.hear(b"W", 1.0) == b"\x0201.234\r"
    assert scale.hear(b"T", 1.0) == b""
    assert scale.hear(b"W", 1.0) == b"\x0200.000N\r"
    assert scale.hear(b"CW", 1.0) == b"\x0201.234\r"
    assert scale.hear(b"T00234W", 1.0) == b"\x0201.000N\r"
    assert scale.hear(b"CZ", 1.0) == b"\x02?H\r", "1234 g is outside 2 % of 30 kg: bit 3"
    light = Toledo8217(carrying(100))
    assert light.hear(b"ZW", 1.0) == b"\x0200.000\r"


def test_toledo_echoes_the_probe() -> None:
    """A6: `Ehello` gives 02 45 0D and hello, F leaves; brown-out leaves too."""
    scale = Toledo8217(carrying(1_234))
    assert scale.hear(b"Ehello", 1.0) == b"\x02E\rhello"
    assert scale.hear(b"W", 1.1) == b"W"
    assert scale.hear(b"FW", 1.2) == b"\x0201.234\r"
    scale.hear(b"E", 1.3)
    scale.wake(2.0)
    assert scale.hear(b"W", 2.0) == b"\x0200.000\r", "zero was taken again with the load on it"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"S", b"S S      1.234 kg\r\n"),
        (b"SI", b"S S      1.234 kg\r\n"),
        (b"Z", b"Z +\r\n"),
        (b"T", b"T S      1.234 kg\r\n"),
        (b"TI", b"TI S      1.234 kg\r\n"),
        (b"TA", b"TA A      0.000 kg\r\n"),
        (b"TAC", b"TAC A\r\n"),
        (b"I4", b'I4 A "1234567"\r\n'),
        (b"@", b'I4 A "1234567"\r\n'),
        (b"ZI", b"ZI S\r\n"),
        (b"si", b"ES\r\n"),
        (b"X", b"ES\r\n"),
        (b"", b"ES\r\n"),
    ],
)
def test_mtsics_answers(command: bytes, answer: bytes) -> None:
    """A7: each command at rest with 1,234 g on the pan; what it does not know, and lower case, is a syntax error."""
    assert MtSics(carrying(1_234)).hear(command + b"\r\n", 1.0) == answer


def test_mtsics_in_motion() -> None:
    """A7: SI says D, S waits and then tells, or S I after its time-out; Z and T are not executable."""
    scale = MtSics(carrying(1_234))
    moving(scale, 1.0)
    assert scale.hear(b"SI\r\n", 1.5).startswith(b"S D ")
    assert scale.hear(b"Z\r\nT\r\n", 1.5) == b"Z I\r\nT I\r\n"
    assert scale.hear(b"S\r\n", 1.5) == b""
    assert scale.speak(1.9) == b""
    assert scale.speak(2.0) == b"S S      1.234 kg\r\n"
    assert scale.speak(2.1) == b""
    scale.pan = scale.pan.shaken(3.0, settle_s=60.0)
    assert scale.hear(b"S\r\n", 3.0) == b""
    assert scale.speak(6.0) == b"S I\r\n"


def test_mtsics_repeats_until_told_otherwise() -> None:
    """A7: SIR goes on until S, SI or @."""
    scale = MtSics(carrying(1_234))
    line = b"S S      1.234 kg\r\n"
    assert scale.hear(b"SIR\r\n", 1.0) == line
    assert [scale.speak(1.1), scale.speak(1.2)] == [line, line]
    assert scale.hear(b"@\r\n", 1.3) == b'I4 A "1234567"\r\n'
    assert scale.speak(1.4) == b""


def test_mtsics_out_of_range_and_after_power_up() -> None:
    """A7: S + over, S - under; the I4 line unasked at power-up."""
    assert MtSics(carrying(60_000)).hear(b"SI\r\n", 1.0) == b"S +\r\n"
    assert MtSics(carrying(-500)).hear(b"SI\r\n", 1.0) == b"S -\r\n"
    assert MtSics(carrying(60_000)).hear(b"T\r\n", 1.0) == b"T +\r\n"
    assert MtSics().wake(1.0) == b'I4 A "1234567"\r\n'


def test_cas_wants_to_be_greeted() -> None:
    """A9: ENQ, ACK, DC1, frame; DC1 alone gets nothing, and one greeting gives one frame."""
    scale = CasEnq(carrying(488))
    assert scale.hear(b"\x11", 1.0) == b""
    assert scale.hear(b"\x05", 1.0) == b"\x06"
    assert scale.hear(b"\x11", 1.0).hex() == "0102532030302e3438386b67650304"
    assert scale.hear(b"\x11", 1.0) == b""
    assert scale.speak(1.0) == b""
    assert CasEnq(carrying(488), streams=True).speak(1.0)[:2] == b"\x01\x02"


def test_cas_states() -> None:
    """A9: U moving, minus below zero, F with zeros out of range, NAK while busy after power-up."""
    scale = CasEnq(carrying(-20))
    assert scale.frame(scale.pan.display_at(1.0)).hex() == "0102532d30302e3032306b676e0304"
    over = CasEnq(carrying(60_000))
    assert over.frame(over.pan.display_at(1.0)).hex() == "0102462030302e3030306b67740304"
    scale.wake(2.0)
    assert scale.hear(b"\x05", 2.5) == b"\x15"
    assert scale.hear(b"\x05", 3.0) == b"\x06"


def test_nci_answers_w() -> None:
    """A11: a weight and its status; only the status when it moves or is out of range; `?` to anything else."""
    assert NciScp01(carrying(1_234)).hear(b"W\r", 1.0) == b"\n01.234KG\r\nS00\r\x03"
    assert NciScp01(carrying(0)).hear(b"W\r", 1.0) == b"\n00.000KG\r\nS20\r\x03"
    assert NciScp01(carrying(60_000)).hear(b"W\r", 1.0) == b"\nS02\r\x03"
    assert NciScp01(carrying(-5)).hear(b"W\r", 1.0) == b"\nS01\r\x03"
    assert NciScp01(carrying(1_234)).hear(b"Q\r", 1.0) == b"\n?\r\x03"
    assert NciScp01(carrying(1_234), marked=False).hear(b"W\r", 1.0) == b"\n01.234KG\r\n00\r\x03"
    scale = NciScp01(carrying(100))
    moving(scale, 1.0)
    assert scale.hear(b"W\r", 1.5) == b"\nS10\r\x03"
    assert scale.hear(b"Z\r", 3.0) == b"\nS20\r\x03"


def test_adam_tells_each_weight_once() -> None:
    """A11: silent unless there is a new non-zero weight at rest; never zero; 4800 baud."""
    scale = AdamAz()
    assert scale.baud == 4800
    assert scale.hear(b"P\r\n", 1.0) == b""
    scale.pan = carrying(1_234)
    assert scale.hear(b"P\r\n", 1.0) == b"   1.234kg\r\n"
    assert scale.hear(b"P\r\n", 2.0) == b""
    assert scale.beeps == 2
    scale.pan = carrying(0)
    scale.speak(3.0)
    scale.pan = carrying(1_234)
    assert scale.hear(b"P\r\n", 4.0) == b"   1.234kg\r\n"


def test_hid_reports_first_what_was_before() -> None:
    """A12: after power comes back the first report is stale, the next one is now's."""
    scale = HidPosScale(carrying(500))
    assert scale.speak(1.0).hex() == "03040200f401"
    assert scale.wake(2.0).hex() == "03040200f401"
    assert scale.speak(2.1).hex() == "030202000000"


def test_hid_zero_report_complaints_and_sleep() -> None:
    """A12: 02 02 sets zero; 1, 7, 8 complain; after three minutes it sleeps, a touch wakes it with a new zero."""
    scale = HidPosScale(carrying(500), auto_off_s=180.0)
    scale.hear(b"\x02\x02", 1.0)
    assert scale.speak(1.0).hex() == "030202000000"
    scale.complain(8)
    assert scale.speak(2.0).hex() == "030802000000"
    scale.complain(None)
    assert scale.speak(180.0) == b""
    scale.pan = scale.pan.with_load(900, 200.0, settle_s=0)
    assert scale.speak(200.0)[1] == 8, "the stale report of before it slept"
    assert scale.speak(200.1).hex() == "030202000000"
    with pytest.raises(ValueError, match="complaint"):
        scale.complain(4)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_voice_survives_any_bytes_and_a_brown_out(name: str) -> None:
    """All 256 bytes twice, then power off and on: it answers or not, and goes on weighing."""
    voice = FORMATS[name](carrying(1_000))
    voice.hear(bytes(range(256)) * 2, 1.0)
    voice.speak(1.1)
    voice.pan = voice.pan.tared(Decimal(10))
    voice.wake(2.0)
    assert voice.pan.display_at(2.0).weight_g == 0
