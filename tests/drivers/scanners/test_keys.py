"""Keyboard guns and number pads: layout, modifiers, lost and foreign keys, editing, both sizes of events."""

import string
import struct
from typing import Any

import pytest

from drivers.readings import BadReading, Reading, Scan
from drivers.scanners import keypad_evdev, scan_evdev
from drivers.scanners.keypad_evdev import MAX_CHARACTERS, KeypadDecoder
from drivers.scanners.keys import PLAIN, SHIFTED
from drivers.scanners.scan_evdev import MAX_KEYS, ScanEvdevDecoder

SHIFT, CONTROL, ALT, CAPS, ENTER, KP_ENTER, TAB, BACKSPACE, ESCAPE = 42, 29, 56, 58, 28, 96, 15, 14, 1
UP, DOWN, REPEAT = 0, 1, 2
CODES = {character: code for code, character in PLAIN.items() if code < 60}
SHIFTED_CODES = {character: code for code, character in SHIFTED.items()}
PAD = dict(zip("7894561230", (71, 72, 73, 75, 76, 77, 79, 80, 81, 82), strict=True))


def event(code: int, value: int, kind: int = 1, size: int = 24) -> bytes:
    """One struct input_event with a time that is not zero."""
    return b"\x11" * (size - 8) + struct.pack("<HHi", kind, code, value)


def press(*codes: int, size: int = 24) -> bytes:
    """Keys pressed and let go one after the other, as a gun sends them: scan code, key, report."""
    one = [
        event(4, code, 4, size) + event(code, DOWN, 1, size) + event(0, 0, 0, size) + event(code, UP, 1, size)
        for code in codes
    ]
    return b"".join(one)


def held(modifier: int, keys: bytes) -> bytes:
    """Keys pressed while a modifier is down."""
    return event(modifier, DOWN) + keys + event(modifier, UP)


def typed(text: str) -> bytes:
    """The keys that type `text` on a US keyboard."""
    return b"".join(held(SHIFT, press(SHIFTED_CODES[c])) if c in SHIFTED_CODES else press(CODES[c]) for c in text)


def gun(**keys: Any) -> ScanEvdevDecoder:
    """A gun's decoder."""
    return ScanEvdevDecoder(scan_evdev.Settings(path="/dev/null", event_bytes=24, **keys))


def pad(**keys: Any) -> KeypadDecoder:
    """A number pad's decoder."""
    return KeypadDecoder(keypad_evdev.Settings(path="/dev/null", event_bytes=24, **keys))


def said(readings: list[Reading]) -> list[str]:
    """The codes and reasons, in order."""
    return [r.code if isinstance(r, Scan) else str(r.reason) for r in readings if isinstance(r, Scan | BadReading)]


PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " "


def test_every_character_of_the_us_layout_is_read() -> None:
    """All 95 that print, with and without Shift."""
    assert said(gun().feed(typed(PRINTABLE) + press(ENTER), 0.0)) == [PRINTABLE]


@pytest.mark.parametrize("end", [ENTER, KP_ENTER, TAB])
def test_three_keys_end_a_record(end: int) -> None:
    """Enter, keypad Enter and Tab; an end without keys before it is nothing."""
    assert said(gun().feed(press(end) + typed("SF12") + press(end, end), 0.0)) == ["SF12"]


def test_sixteen_byte_events_are_read_too() -> None:
    """A 32-bit user space gets shorter events."""
    decoder = ScanEvdevDecoder(scan_evdev.Settings(path="/dev/null", event_bytes=16))
    assert said(decoder.feed(press(31, 33, 2, ENTER, size=16), 0.0)) == ["sf1"]


def test_caps_lock_turns_letters_only() -> None:
    """It goes on when it goes down, off when it goes down again, and Shift turns it round."""
    stream = press(CAPS) + typed("a1B") + press(CAPS) + typed("a") + press(ENTER)
    assert said(gun().feed(stream, 0.0)) == ["A1ba"]


def test_either_shift_and_only_while_it_is_down() -> None:
    """Right Shift works as left does, and letting go of one leaves the other."""
    stream = event(42, DOWN) + event(54, DOWN) + event(42, UP) + press(30) + event(54, UP) + press(30, ENTER)
    assert said(gun().feed(stream, 0.0)) == ["Aa"]


def test_repeats_and_releases_type_nothing() -> None:
    """Only going down counts."""
    stream = event(30, DOWN) + event(30, REPEAT) * 5 + event(30, UP) + event(48, UP) + press(ENTER)
    assert said(gun().feed(stream, 0.0)) == ["a"]


def test_group_separators_come_as_control_keys() -> None:
    """Control with ] is GS, which is data; any other control key is no part of a code."""
    stream = typed("01") + held(CONTROL, press(27)) + typed("21") + press(ENTER)
    assert said(gun().feed(stream, 0.0)) == ["01\x1d21"]
    assert said(gun().feed(typed("01") + held(CONTROL, press(46)) + press(ENTER), 0.0)) == ["malformed"]


def test_an_aim_prefix_is_cut_off() -> None:
    """It names the family here as on a serial line."""
    (scan,) = gun().feed(typed("]C0SF12") + press(ENTER), 0.0)
    assert isinstance(scan, Scan)
    assert (scan.code, scan.aim, scan.symbology, scan.typed) == ("SF12", "]C0", "CODE128", False)
    assert said(gun().feed(typed("]C0") + press(ENTER), 0.0)) == ["malformed"]


def test_lost_keys_spoil_the_record_they_are_missing_from() -> None:
    """After SYN_DROPPED everything up to the next Enter is refused; the record after it is read."""
    dropped = event(3, 0, kind=0)
    stream = typed("SF1") + dropped + typed("23") + press(ENTER) + typed("YT99") + press(ENTER)
    assert said(gun().feed(stream, 0.0)) == ["malformed", "YT99"]


def test_a_shift_whose_release_was_lost_does_not_stay() -> None:
    """What was down is forgotten with what was dropped."""
    stream = event(SHIFT, DOWN) + event(3, 0, kind=0) + press(ENTER) + press(30, ENTER)
    assert said(gun().feed(stream, 0.0)) == ["malformed", "a"]


def refused(stream: bytes) -> str:
    """The detail of the only refusal that comes of it."""
    (reading,) = gun().feed(stream, 0.0)
    assert isinstance(reading, BadReading)
    return reading.detail


def test_alt_codes_are_refused_with_the_repair() -> None:
    """A gun in ALT mode is told from any other trouble."""
    assert "ALT" in refused(held(ALT, press(PAD["8"], PAD["3"])) + press(ENTER))


def test_a_foreign_layout_is_refused_with_the_repair() -> None:
    """The key beside the left Shift of a European keyboard is no US key."""
    assert "US keyboard" in refused(typed("SF") + press(86) + press(ENTER))


def test_num_lock_of_a_gun_is_passed_over() -> None:
    """Guns in keypad mode press it around the digits."""
    assert said(gun().feed(press(69) + press(PAD["1"], PAD["2"]) + press(69, ENTER), 0.0)) == ["12"]


def test_keys_that_stop_are_dropped_never_delivered() -> None:
    """After the inter-key time-out the head is TRUNCATED, and what comes later is a record of its own."""
    decoder = gun()
    decoder.feed(typed("SF12"), 1.0)
    assert decoder.deadline_s == pytest.approx(1.2)
    assert decoder.tick(1.19) == []
    assert said(decoder.tick(1.2)) == ["truncated"]
    assert decoder.deadline_s is None
    assert said(decoder.feed(typed("YT99") + press(ENTER), 1.3)) == ["YT99"]


def test_a_spoiled_record_that_stops_tells_what_spoiled_it() -> None:
    """A gun in ALT mode without Enter needs the ALT repair, not a suffix."""
    decoder = gun()
    decoder.feed(held(ALT, press(PAD["8"])), 0.0)
    (reading,) = decoder.tick(1.0)
    assert isinstance(reading, BadReading)
    assert "ALT" in reading.detail


def test_a_record_without_end_is_bounded() -> None:
    """2048 keys are a record, one more is too long; the next one is read."""
    assert said(gun().feed(typed("1" * MAX_KEYS) + press(ENTER), 0.0)) == ["1" * MAX_KEYS]
    stream = typed("1" * (MAX_KEYS + 1)) + press(ENTER) + typed("YT99") + press(ENTER)
    assert said(gun().feed(stream, 0.0)) == ["too_long", "YT99"]


def test_a_double_read_is_marked() -> None:
    """As on a serial line: the same code within the window is repeated, and none is dropped."""
    readings = gun().feed((typed("SF12") + press(ENTER)) * 2, 0.0)
    assert [r.repeated for r in readings if isinstance(r, Scan)] == [False, True]


def test_events_are_no_unread_bytes() -> None:
    """An event is fifty times as long as what a reading keeps of it; the rest is set aside as understood."""
    decoder = gun()
    stream = typed("SF12") + press(ENTER)
    (scan,) = decoder.feed(stream, 0.0)
    assert decoder.aside() == len(stream)
    assert decoder.aside() == 0
    assert isinstance(scan, Scan)
    assert scan.raw == b"".join(struct.pack("<H", code) for code in (31, 33, 2, 3))


def test_the_kernels_own_size_is_the_default() -> None:
    """Without a setting, events have the size this computer's kernel gives."""
    settings = scan_evdev.Settings(path="/dev/null")
    size = struct.calcsize("@llHHi")
    assert said(scan_evdev.decoder(settings).feed(press(2, ENTER, size=size), 0.0)) == ["1"]
    assert scan_evdev.decoder(settings).poll() == b""


def test_what_is_typed_on_a_pad_says_so() -> None:
    """Digits and keypad Enter give one Scan, marked typed."""
    (scan,) = pad().feed(press(*(PAD[d] for d in "120034"), KP_ENTER), 4.0)
    assert isinstance(scan, Scan)
    assert (scan.code, scan.typed, scan.at_s) == ("120034", True, 4.0)


def test_a_pad_is_edited() -> None:
    """Backspace takes one back, Escape all, and neither harms an empty line."""
    keys = press(BACKSPACE, PAD["1"], PAD["2"], BACKSPACE, PAD["3"], ENTER)
    assert said(pad().feed(keys, 0.0)) == ["13"]
    assert said(pad().feed(press(PAD["1"], ESCAPE, PAD["2"], ENTER), 0.0)) == ["2"]
    assert pad().feed(press(PAD["1"], BACKSPACE, ENTER), 0.0) == []


def test_a_person_may_type_slowly_but_not_for_ever() -> None:
    """Ten seconds between keys are fine; what is left for twenty is forgotten without a word."""
    decoder = pad()
    decoder.feed(press(PAD["1"]), 0.0)
    assert said(decoder.feed(press(PAD["2"], ENTER), 10.0)) == ["12"]
    decoder.feed(press(PAD["1"]), 20.0)
    assert decoder.deadline_s == 40.0
    assert decoder.tick(40.0) == []
    assert said(decoder.feed(press(PAD["2"], ENTER), 41.0)) == ["2"]


def test_the_same_typed_again_is_no_double_read() -> None:
    """A person who types a code twice means it twice."""
    readings = pad().feed(press(PAD["1"], ENTER) * 2, 0.0)
    assert [r.repeated for r in readings if isinstance(r, Scan)] == [False, False]


def test_a_line_with_lost_keys_is_refused_at_its_enter() -> None:
    """What was typed around the gap is no code; the next line is read, and Escape makes a line whole again."""
    lost = event(3, 0, kind=0)
    stream = press(PAD["1"]) + lost + press(PAD["2"], ENTER, PAD["3"], ENTER)
    assert said(pad().feed(stream, 0.0)) == ["malformed", "3"]
    assert said(pad().feed(press(PAD["1"]) + lost + press(ESCAPE, PAD["2"], ENTER), 0.0)) == ["2"]


def test_a_stuck_key_is_refused() -> None:
    """More than any code has is refused whole, and the next line is read."""
    stream = press(*[PAD["1"]] * (MAX_CHARACTERS + 1), ENTER, PAD["2"], ENTER)
    assert said(pad().feed(stream, 0.0)) == ["too_long", "2"]
    assert pad().poll() == b""
