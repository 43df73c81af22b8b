"""What the recorded cases of `scan_ssi` do not show: the conversation, packets sent again, waking, noise."""

import json
from typing import Any

import pytest

from drivers.models import MODELS
from drivers.readings import BadReading, Reading, Scan
from drivers.scanners.scan_ssi import (
    ACK,
    ANSWER_S,
    NAK,
    START,
    STOP,
    WAKE_S,
    ScanSsiDecoder,
    Settings,
    checksum,
    feedback,
    packet,
)
from tests.contract.vectors import CASES

CODE = "SF1234567890123"
HOST_ACK = bytes.fromhex("04d00400ff28")
GUN_ACK = bytes.fromhex("04d00000ff2c")
RESEND = bytes.fromhex("05d1040001")


def fresh(**keys: Any) -> ScanSsiDecoder:
    """A decoder under the given settings."""
    return ScanSsiDecoder(Settings(path="/dev/null", **keys))


def from_gun(op: int, data: bytes, status: int = 0) -> bytes:
    """A packet as the gun sends it."""
    body = bytes([4 + len(data), op, 0, status]) + data
    return body + checksum(body)


def code(text: str = CODE, status: int = 0, kind: int = 3) -> bytes:
    """A code as the gun sends it."""
    return from_gun(0xF3, bytes([kind]) + text.encode("gb18030"), status)


def said(readings: list[Reading]) -> list[str]:
    """The codes and reasons, in order."""
    return [r.code if isinstance(r, Scan) else str(r.reason) for r in readings if isinstance(r, Scan | BadReading)]


def test_every_recorded_packet_of_the_host_is_sent_byte_for_byte() -> None:
    """All cases of what a host sends are what we send; START is the fact sheet's."""
    rows = json.loads(CASES.read_text(encoding="utf-8"))
    recorded = {r["id"]: r["frame_hex"] for r in rows if r["device"] == "scan_ssi" and r["direction"] == "tx"}
    assert recorded == {"scan_ssi-02": packet(STOP).hex(), "scan_ssi-07": packet(ACK).hex()}
    assert packet(START).hex() == "04e40400ff14"


def test_every_code_is_acknowledged() -> None:
    """Two codes, two acknowledgements, in the next poll; then nothing more."""
    decoder = fresh()
    assert said(decoder.feed(code() + code("YT99"), 0.0)) == [CODE, "YT99"]
    assert decoder.poll() == HOST_ACK * 2
    assert decoder.poll() == b""


def test_a_damaged_code_is_asked_for_again() -> None:
    """A failed check gives a refusal and a NAK that asks for the packet again; what comes then is read."""
    decoder = fresh()
    broken = bytearray(code())
    broken[8] ^= 0x10
    assert said(decoder.feed(bytes(broken), 0.0)) == ["bad_checksum"]
    asked = decoder.poll()
    assert asked == packet(NAK, b"\x01")
    assert asked.startswith(RESEND)
    assert said(decoder.feed(code(status=1), 0.5)) == [CODE]


def test_a_code_sent_again_is_acknowledged_and_dropped() -> None:
    """Our acknowledgement was lost: the gun needs another, the counter does not need the code twice."""
    decoder = fresh()
    decoder.feed(code(), 0.0)
    decoder.poll()
    for at_s in (2.0, 4.0):
        assert decoder.feed(code(status=1), at_s) == []
        assert decoder.poll() == HOST_ACK


def test_a_code_that_only_looks_sent_again_is_read() -> None:
    """Another code, or the same one long after, is a read whose first sending was lost."""
    decoder = fresh()
    decoder.feed(code(), 0.0)
    assert said(decoder.feed(code("YT99", status=1), 1.0)) == ["YT99"]
    assert said(decoder.feed(code("YT99", status=1), 6.5)) == ["YT99"]


def test_a_second_read_of_the_same_code_is_marked_not_dropped() -> None:
    """Without the status bit the person scanned again: the Scan is marked repeated."""
    decoder = fresh()
    readings = decoder.feed(code() + code(), 0.0)
    assert [r.repeated for r in readings if isinstance(r, Scan)] == [False, True]


def test_a_code_in_several_packets_is_refused_whole() -> None:
    """Its pieces are acknowledged, none is delivered, and the next code is read."""
    decoder = fresh()
    stream = code("A" * 200, status=2) + code("B" * 200, status=2) + code("C")
    assert said(decoder.feed(stream, 0.0)) == ["too_long"]
    assert decoder.poll() == HOST_ACK * 3
    assert said(decoder.feed(code(), 1.0)) == [CODE]


@pytest.mark.parametrize(
    ("kind", "family"), [(1, "CODE39"), (3, "CODE128"), (6, "ITF"), (0x0B, "EAN13"), (0x0F, "GS1-128"), (0x7F, None)]
)
def test_the_type_byte_names_the_family(kind: int, family: str | None) -> None:
    """A type nobody documented is an unknown family, not a refusal."""
    (scan,) = fresh().feed(code(kind=kind), 0.0)
    assert isinstance(scan, Scan)
    assert (scan.code, scan.symbology) == (CODE, family)


def test_text_that_cannot_be_is_refused() -> None:
    """An empty code, and Chinese in a Code 128, are damage the check did not see."""
    assert said(fresh().feed(code(""), 0.0)) == ["malformed"]
    assert said(fresh().feed(code("中国"), 0.0)) == ["malformed"]
    assert said(fresh().feed(code("中国", kind=0x1C), 0.0)) == ["中国"]


def test_a_trigger_wakes_the_engine_first() -> None:
    """A 00, then 50 ms of peace, then START; with its acknowledgement nothing more is sent."""
    decoder = fresh()
    decoder.tick(1.0)
    decoder.trigger()
    assert decoder.poll() == b"\x00"
    assert decoder.deadline_s == pytest.approx(1.0 + WAKE_S)
    decoder.tick(1.0 + WAKE_S)
    assert decoder.poll() == packet(START)
    decoder.feed(GUN_ACK, 1.1)
    assert decoder.deadline_s is None
    assert decoder.poll() == b""


def test_a_trigger_without_answer_is_sent_twice_more() -> None:
    """Status bit 0 marks what is sent again; after three in all we stop."""
    decoder = fresh()
    decoder.trigger()
    decoder.poll()
    sent: list[bytes] = []
    at_s = WAKE_S
    for _ in range(6):
        decoder.tick(at_s)
        sent.append(decoder.poll())
        at_s += ANSWER_S
    again = packet(START, again=True)
    assert sent == [packet(START), again, again, b"", b"", b""]
    assert decoder.deadline_s is None


def test_the_gun_asks_for_a_trigger_again() -> None:
    """Its NAK with cause 1 means our bytes were damaged: they are sent at once."""
    decoder = fresh()
    decoder.trigger()
    decoder.poll()
    decoder.tick(WAKE_S)
    decoder.poll()
    assert decoder.feed(from_gun(NAK, b"\x01"), 0.2) == []
    decoder.tick(0.2)
    assert decoder.poll() == packet(START, again=True)


def test_a_denied_trigger_is_told() -> None:
    """Cause 6 means another mode: said once, not tried again."""
    decoder = fresh()
    decoder.trigger()
    decoder.poll()
    decoder.tick(WAKE_S)
    decoder.poll()
    (reading,) = decoder.feed(from_gun(NAK, b"\x06"), 0.2)
    assert isinstance(reading, BadReading)
    assert "cause 6" in reading.detail
    assert decoder.deadline_s is None


def test_a_kiosk_is_triggered_again_and_again() -> None:
    """In continuous mode each interval wakes and triggers."""
    decoder = fresh(trigger_every_s=2.0)
    sent = []
    for at_s in (0.0, WAKE_S, 1.9, 2.0, 2.0 + WAKE_S):
        decoder.tick(at_s)
        sent.append(decoder.poll())
    assert sent == [b"\x00", packet(START), b"", b"\x00", packet(START)]


def test_a_cut_packet_is_dropped_and_told() -> None:
    """Its head never joins the next packet."""
    decoder = fresh()
    decoder.feed(code()[:9], 0.0)
    assert decoder.deadline_s == pytest.approx(0.2)
    assert said(decoder.tick(0.2)) == ["truncated"]
    assert said(decoder.feed(code(), 0.3)) == [CODE]


@pytest.mark.parametrize("bit", range(8 * len(code())))
def test_no_flipped_bit_gives_another_code(bit: int) -> None:
    """Each single bit of a packet flipped: a refusal or nothing; the packet after it is read at the latest."""
    broken = bytearray(code())
    broken[bit // 8] ^= 1 << bit % 8
    decoder = fresh()
    readings = decoder.feed(bytes(broken), 0.0) + decoder.tick(1.0)
    assert not [r for r in readings if isinstance(r, Scan)]
    assert said(decoder.feed(code(), 2.0)) == [CODE]


def test_answers_are_no_unread_bytes() -> None:
    """Acknowledgements and repetitions are set aside, so that they do not look like a garbled line."""
    decoder = fresh()
    decoder.feed(GUN_ACK + code() + code(status=1), 0.0)
    assert decoder.aside() == len(GUN_ACK) + len(code())


def test_the_gun_beeps_by_packet() -> None:
    """One short high beep for good, three for bad."""
    model = MODELS["scan_ssi"]
    settings = Settings(path="/dev/null", beep=True)
    assert model.feedback(settings, good=True) == feedback(good=True) == packet(0xE6, b"\x00")
    assert model.feedback(settings, good=False) == packet(0xE6, b"\x02")
