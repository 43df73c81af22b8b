"""Scanners that take commands: what is sent to them, and answers mixed with codes (GM65, Newland, Honeywell)."""

import json
from typing import Any

import pytest

from drivers.models import MODELS
from drivers.readings import BadReading, Reading, Reason, Scan
from drivers.scanners import scan_gm65, scan_honeywell, scan_newland
from drivers.scanners.triggered import MAX_ANSWER_BYTES, TriggeredDecoder
from tests.contract.vectors import CASES

CODE = b"SF1234567890123"
ACK = bytes.fromhex("02000001003331")
TRIGGERED = ["scan_gm65", "scan_honeywell", "scan_newland"]
per_model = pytest.mark.parametrize("name", TRIGGERED)


def fresh(name: str, **keys: Any) -> TriggeredDecoder:
    """A decoder of one model under the given settings."""
    model = MODELS[name]
    decoder = model.decoder(model.settings()(path="/dev/null", **keys))
    assert isinstance(decoder, TriggeredDecoder)
    return decoder


def said(readings: list[Reading]) -> list[str]:
    """The codes and reasons, in order."""
    return [r.code if isinstance(r, Scan) else str(r.reason) for r in readings if isinstance(r, Scan | BadReading)]


def sent() -> dict[str, str]:
    """What this package sends, by the id of the case that records it."""
    return {
        "scan_gm65-01": scan_gm65.write_zone(2, 1, checked=False).hex(),
        "scan_gm65-02": scan_gm65.write_zone(2, 1, checked=True).hex(),
        "scan_honeywell-01": scan_honeywell.TRIGGER_ON.hex(),
        "scan_honeywell-02": scan_honeywell.TRIGGER_OFF.hex(),
        "scan_honeywell-03": scan_honeywell.command("232BAD9", keep=True).hex(),
        "scan_newland-01": scan_newland.command("C11*", keep=True).hex(),
        "scan_newland-03": scan_newland.command(scan_newland.TRIGGER).hex(),
    }


def test_every_recorded_command_is_sent_byte_for_byte() -> None:
    """All cases of what a host sends to these models are what we send."""
    rows = json.loads(CASES.read_text(encoding="utf-8"))
    recorded = {r["id"]: r["frame_hex"] for r in rows if r["device"] in TRIGGERED and r["direction"] == "tx"}
    assert recorded == sent()


def test_the_board_is_asked_for_the_aim_prefix() -> None:
    """The set-up command of the fact sheet goes out at opening, before any trigger."""
    decoder = fresh("scan_gm65", aim=True)
    decoder.trigger()
    assert decoder.poll() == bytes.fromhex("7e000801 00d080abcd 7e0008010002 01abcd")


@per_model
def test_nothing_is_sent_unasked(name: str) -> None:
    """A gun with a button of its own is left alone."""
    decoder = fresh(name)
    decoder.tick(0.0)
    decoder.feed(CODE + b"\r", 60.0)
    assert decoder.poll() == b""


@per_model
def test_a_trigger_is_sent_once(name: str) -> None:
    """One ask, one read; the second poll has nothing."""
    decoder = fresh(name)
    decoder.trigger()
    assert decoder.poll()
    assert decoder.poll() == b""


@per_model
def test_a_fixed_gun_is_triggered_again_and_again(name: str) -> None:
    """In continuous mode a trigger goes out at opening and then each interval, not sooner."""
    decoder = fresh(name, trigger_every_s=2.0)
    decoder.tick(10.0)
    assert decoder.poll()
    assert decoder.deadline_s == 12.0
    decoder.tick(11.9)
    assert decoder.poll() == b""
    decoder.tick(12.0)
    assert decoder.poll()


@pytest.mark.parametrize("name", ["scan_honeywell", "scan_newland"])
def test_set_up_is_volatile_and_sent_once(name: str) -> None:
    """Set-up strings go to memory that forgets, once for each opening."""
    decoder = fresh(name, setup=("ABCDEF1", "GHIJKL0"))
    first = decoder.poll()
    assert decoder.poll() == b""
    assert first in (b"\x16M\rABCDEF1!\x16M\rGHIJKL0!", b"\x7e\x010000#ABCDEF1;\x03\x7e\x010000#GHIJKL0;\x03")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("scan_gm65", ACK),
        ("scan_honeywell", b"232BAD9\x06!"),
        ("scan_newland", b"\x02\x010000#SCNTRG1\x06;\x03"),
    ],
)
def test_an_answer_before_between_and_after_codes_costs_none(name: str, answer: bytes) -> None:
    """Codes are read whole wherever the answers fall, in one piece and byte by byte."""
    stream = answer + CODE + b"\r" + answer + answer + b"YT99\r" + answer
    assert said(fresh(name).feed(stream, 0.0)) == [CODE.decode(), "YT99"]
    decoder = fresh(name)
    assert said([r for byte in stream for r in decoder.feed(bytes([byte]), 0.0)]) == [CODE.decode(), "YT99"]
    assert decoder.aside() == 4 * len(answer)
    assert decoder.aside() == 0


@pytest.mark.parametrize(
    ("name", "answer", "why"),
    [
        ("scan_gm65", bytes.fromhex("02000101000401"), "CRC"),
        ("scan_gm65", bytes.fromhex("02000301006a61"), "does not know"),
        ("scan_honeywell", b"XYZABC9\x05!", "XYZABC9 is unknown"),
        ("scan_honeywell", b"232BAD99\x15.", "232BAD99 is out of range"),
        ("scan_newland", b"\x02\x010000#C11MIN99\x15,MAX22\x06;\x03", "C11MIN99 is out of range"),
        ("scan_newland", b"\x02\x010000#ABCDEF1\x05;\x03", "ABCDEF1 is unknown"),
    ],
)
def test_a_refused_command_is_told_with_its_reason(name: str, answer: bytes, why: str) -> None:
    """A set-up the gun did not take is no silent matter, and no code."""
    (reading,) = fresh(name).feed(answer, 3.0)
    assert isinstance(reading, BadReading)
    assert reading.reason is Reason.BAD_COMMAND
    assert why in reading.detail
    assert reading.raw == answer


def test_the_same_refusal_is_not_told_over_and_over() -> None:
    """A gun in the wrong mode, triggered every second, is one complaint a second at most."""
    nak = bytes.fromhex("02000101000401")
    assert len(fresh("scan_gm65").feed(nak * 20, 0.0)) == 1


def test_values_of_a_query_are_read() -> None:
    """The manual's example gives both settings by their full names; refused items are left out."""
    answer = bytes.fromhex("020130303030404331314d494e3132062c4d41583232063b03")
    assert scan_newland.values(answer) == {"C11MIN": "12", "C11MAX": "22"}
    assert scan_newland.values(b"\x02\x010000#C11MIN99\x15,MAX22\x06;\x03") == {"C11MAX": "22"}


@pytest.mark.parametrize(("name", "answer"), [("scan_gm65", ACK), ("scan_newland", b"\x02\x010000#SCNTRG1\x06;\x03")])
def test_a_damaged_answer_never_becomes_a_code(name: str, answer: bytes) -> None:
    """Each single bit flipped in the answer before a code: that code, a refusal or nothing, never another code."""
    for bit in range(8 * len(answer)):
        broken = bytearray(answer)
        broken[bit // 8] ^= 1 << bit % 8
        decoder = fresh(name)
        readings = decoder.feed(bytes(broken) + CODE + b"\r", 0.0) + decoder.tick(1.0) + decoder.tick(2.0)
        assert {r.code for r in readings if isinstance(r, Scan)} <= {CODE.decode()}, bit


def test_a_digit_that_became_an_answer_byte_loses_the_code_whole() -> None:
    """5 is one bit away from 15h: the tail behind it must not pass for a code of its own."""
    assert said(fresh("scan_honeywell").feed(b"SF1234\x15678901\r", 0.0)) == ["malformed"]


def test_what_begins_like_an_answer_and_stops_is_text() -> None:
    """A 02 alone may begin an answer; after the time-out it is damage, and spoils the record it stands in."""
    decoder = fresh("scan_gm65")
    assert decoder.feed(b"\x02", 0.0) == []
    assert decoder.deadline_s == pytest.approx(0.1)
    decoder.tick(0.1)
    assert said(decoder.feed(CODE + b"\r" + CODE + b"\r", 0.11)) == ["malformed", CODE.decode()]


def test_an_answer_without_end_is_bounded() -> None:
    """Noise that begins like a Newland answer is text after 512 bytes, and the next code is read."""
    decoder = fresh("scan_newland")
    stream = b"\x02\x010000#" + b"x" * MAX_ANSWER_BYTES + b"\r" + CODE + b"\r"
    assert said(decoder.feed(stream, 0.0)) == ["malformed", CODE.decode()]


def test_a_gun_beeps_through_its_own_command() -> None:
    """Models that can beep say how; those that cannot have no such setting; without the setting nothing is sent."""
    honeywell = MODELS["scan_honeywell"]
    loud, quiet = (scan_honeywell.Settings(path="/dev/null", beep=beep) for beep in (True, False))
    assert honeywell.feedback(loud, good=True) == b"\x16\x07\r"
    assert honeywell.feedback(loud, good=False) == b"\x16\x07\r" * 3
    assert honeywell.feedback(quiet, good=True) == b""
    gm65 = MODELS["scan_gm65"]
    assert gm65.feedback(gm65.settings()(path="/dev/null"), good=True) == b""
