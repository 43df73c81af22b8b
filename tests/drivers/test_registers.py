"""Asking for registers: when a request goes out, how often, and what is told when no good reply comes."""

from collections.abc import Sequence

import pytest

from drivers.modbus import crc16, read_request
from drivers.outages import LineQuality
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.registers import RegisterDecoder
from drivers.thermometers.modbus_xymd02 import Settings, decoder

REQUEST = bytes.fromhex("010400010002200b")
REPLY = bytes.fromhex("010404013102222ace")
BUSY = bytes.fromhex("018406c302")
DAMAGED = bytes.fromhex("010404013102222acf")


def line(**keys: object) -> RegisterDecoder:
    """A decoder of one XY-MD02, or several with `addresses`."""
    return decoder(Settings(path="/dev/null", **keys))  # type: ignore[arg-type]


def reply_of(address: int, tenths: int) -> bytes:
    """A good reply of one device."""
    frame = bytes([address, 4, 4]) + tenths.to_bytes(2, "big", signed=True) + (500).to_bytes(2, "big")
    return frame + crc16(frame).to_bytes(2, "little")


def words(readings: Sequence[Reading]) -> list[str]:
    """The readings in short: a temperature, or why not; with its channel."""
    return [
        f"{r.channel or ''}:{r.temperature_mc if isinstance(r, Temperature) else r.reason.value}"
        for r in readings
        if isinstance(r, (Temperature, BadReading))
    ]


def run(device: RegisterDecoder, answers: dict[bytes, bytes], until_s: float) -> tuple[list[str], list[float]]:
    """Play a line where each request in `answers` is answered after 20 ms; return the readings and sending times."""
    readings: list[Reading] = list(device.tick(0.0))
    sent: list[float] = []
    now_s = 0.0
    arriving: list[tuple[float, bytes]] = []
    for _ in range(1000):
        if request := device.poll():
            sent.append(round(now_s, 2))
            if request in answers:
                arriving.append((now_s + 0.02, answers[request]))
        assert device.deadline_s is not None
        comes_s = arriving[0][0] if arriving else float("inf")
        now_s = min(comes_s, device.deadline_s)
        if now_s > until_s:
            return words(readings), sent
        readings += device.feed(arriving.pop(0)[1], now_s) if comes_s == now_s else device.tick(now_s)
    raise AssertionError("it never rests")


def test_a_round_begins_at_once_and_then_every_minute() -> None:
    """The first request goes out with the first tick, the next 60 s after the first began."""
    readings, sent = run(line(), {REQUEST: REPLY}, 130.0)
    assert sent == [0.0, 60.0, 120.0]
    assert readings == [":30500"] * 3


def test_nothing_is_sent_before_the_first_tick() -> None:
    """Bytes alone start nothing: the port may just have opened."""
    device = line()
    assert words(device.feed(REPLY, 0.0)) == [":30500"]
    assert device.poll() == b""
    assert device.deadline_s is None


def test_a_request_is_handed_out_once() -> None:
    """`poll` gives the request and then nothing until the next is due."""
    device = line()
    device.tick(5.0)
    assert device.poll() == REQUEST
    assert device.poll() == b""
    assert device.deadline_s == 6.0


def test_silence_is_told_after_the_retries() -> None:
    """Three requests a second apart, then NO_DATA, which makes supervision open the port anew."""
    readings, sent = run(line(), {}, 50.0)
    assert sent == [0.0, 1.0, 2.0]
    assert readings == [":no_data"]


def test_a_reply_to_the_second_request_is_a_reading_and_no_complaint() -> None:
    """One lost reply is nobody's business."""
    device = line()
    device.tick(0.0)
    device.tick(1.0)
    assert words(device.feed(REPLY, 1.05)) == [":30500"]
    assert device.tick(2.0) == []


def test_a_damaged_reply_is_asked_for_again_and_told_only_when_all_were_damaged() -> None:
    """The glitch of one reply is not a gap in the record; three damaged replies are."""
    device = line()
    device.tick(0.0)
    assert device.feed(DAMAGED, 0.05) == []
    assert device.tick(1.0) == []
    assert words(device.feed(REPLY, 1.05)) == [":30500"]
    readings, sent = run(line(), {REQUEST: DAMAGED}, 50.0)
    assert (readings, len(sent)) == ([":bad_checksum"], 3)


def test_half_a_reply_is_truncated_after_the_gap() -> None:
    """Bytes that stop for 3.5 characters and the adapter's latency are no head of the next reply."""
    device = line(retries=0)
    device.tick(0.0)
    device.feed(REPLY[:5], 0.05)
    assert device.deadline_s == pytest.approx(0.05 + 0.00365 + 0.05, abs=1e-4)
    assert device.tick(device.deadline_s or 0.0) == []
    assert device.feed(REPLY[5:], 0.2) == []
    assert words(device.tick(1.0)) == [":truncated"]


def test_a_refusal_is_an_answer() -> None:
    """An exception is told at once and ends the round; the code is in words."""
    device = line()
    device.tick(0.0)
    (reading,) = device.feed(BUSY, 0.05)
    assert isinstance(reading, BadReading)
    assert reading.reason is Reason.EXCEPTION
    assert "busy" in reading.detail
    assert device.deadline_s == 60.0


def test_a_late_reply_is_delivered() -> None:
    """A reply after the round was given up is late, not wrong."""
    device = line(retries=0)
    device.tick(0.0)
    assert words(device.tick(1.0)) == [":no_data"]
    assert words(device.feed(REPLY, 1.5)) == [":30500"]


def test_text_instead_of_replies_names_the_mode() -> None:
    """A sensor in auto-report mode is told as such, not as silence."""
    device = line(retries=0)
    device.tick(0.0)
    device.feed(b"27.4\xa1\xe6,67.7%\r\n27.4\xa1\xe6,67.7%\r\n", 0.3)
    (reading,) = device.tick(1.0)
    assert isinstance(reading, BadReading)
    assert reading.reason is Reason.MALFORMED
    assert "auto-report" in reading.detail


def test_bytes_that_are_no_text_ask_for_the_line_settings() -> None:
    """Garbage is MALFORMED and leaves the port open, so that supervision can see that most bytes are garbage."""
    device = line(retries=0)
    device.tick(0.0)
    device.feed(b"\xfe\x80\xf3\x00", 0.3)
    (reading,) = device.tick(1.0)
    assert isinstance(reading, BadReading)
    assert reading.reason is Reason.MALFORMED
    assert "baud" in reading.detail


def test_several_devices_on_a_line_are_asked_in_turn() -> None:
    """Each address is asked once a round, and its readings carry it."""
    answers = {read_request(n, 4, 1, 2): reply_of(n, 10 * n) for n in (1, 2, 3)}
    readings, sent = run(line(addresses=(1, 2, 3)), answers, 70.0)
    assert readings == ["1:1000", "2:2000", "3:3000"] * 2
    assert [round(at_s) for at_s in sent] == [0, 0, 0, 60, 60, 60]


def test_one_silent_device_does_not_make_the_line_silent() -> None:
    """Where others answer, the silent one is disconnected; NO_DATA would close the port on all of them."""
    answers = {read_request(n, 4, 1, 2): reply_of(n, 10 * n) for n in (1, 3)}
    readings, _ = run(line(addresses=(1, 2, 3)), answers, 50.0)
    assert readings == ["1:1000", "2:disconnected", "3:3000"]


def test_the_last_of_a_silent_round_is_silence() -> None:
    """When nobody spoke in a round the line is silent, and this is told once."""
    readings, _ = run(line(addresses=(1, 2), timeout_s=0.5, retries=0), {}, 50.0)
    assert readings == ["1:disconnected", "2:no_data"]


def test_an_address_named_twice_is_asked_once() -> None:
    """A doubled address in the settings does no harm."""
    readings, _ = run(line(addresses=(1, 1)), {REQUEST: REPLY}, 50.0)
    assert readings == ["1:30500"]


def test_a_request_waits_for_silence_on_the_line() -> None:
    """After a reply the next address is asked no sooner than 3.5 characters later."""
    device = line(addresses=(1, 2))
    device.tick(0.0)
    device.poll()
    device.feed(REPLY, 0.02)
    assert device.tick(0.02) == []
    assert device.poll() == b""
    assert device.deadline_s == pytest.approx(0.02365, abs=1e-5)
    device.tick(device.deadline_s or 0.0)
    assert device.poll() == read_request(2, 4, 1, 2)


def test_an_adapter_that_echoes_is_no_garbled_line() -> None:
    """Echo and reply together count as understood, so supervision does not ask for other line settings."""
    device = line()
    quality = LineQuality()
    verdicts = []
    for minute in range(10):
        device.tick(minute * 60.0)
        readings = device.feed(REQUEST + REPLY, minute * 60.0 + 0.02)
        verdicts.append(quality.take(len(REQUEST + REPLY), readings, minute * 60.0 + 0.02))
    assert True not in verdicts
    assert False in verdicts
