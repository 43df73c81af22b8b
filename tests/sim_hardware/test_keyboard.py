"""The wedge gun's and the number pad's records against devices.md B3, byte by byte."""

import struct
from pathlib import Path

import pytest

from sim_hardware.keyboard import KeyboardGun, event, events, keypad_strokes, strokes
from sim_hardware.wire import VirtualWire
from tests.sim_hardware.host import is_gone, opened, read_until


def test_a_record_has_24_bytes() -> None:
    """B3: 16 bytes of time, type, code, value; value 1 of key 30 (`a`) at 2.5 s."""
    assert event(1, 30, 1, at_s=2.5).hex() == "0200000000000000" + "20a1070000000000" + "0100" + "1e00" + "01000000"


def test_a_letter_is_down_and_up_each_with_a_syn() -> None:
    """The recorded case scan_evdev-04 without its repeats: a, Enter, all times zero."""
    down, up, syn = "01001e0001000000", "01001e0000000000", "0000000000000000"
    time = "00" * 16
    assert events(strokes("a")).hex() == time + down + time + syn + time + up + time + syn


def test_shift_goes_down_and_up_around_what_needs_it() -> None:
    """B3: Shift is 42; S is 31, 2 is 3, ! is Shift and 1, : is Shift and ;."""
    assert strokes("S2") == [(42, 1), (31, 1), (31, 0), (42, 0), (3, 1), (3, 0)]
    assert strokes("!:") == [(42, 1), (2, 1), (2, 0), (42, 0), (42, 1), (39, 1), (39, 0), (42, 0)]


def test_the_codes_of_the_us_layout() -> None:
    """B3's list: digits, rows of letters, and the signs beside them."""
    typed = {character: strokes(character)[0][0] for character in "1234567890-=q[p]al;'`\\z,m./ \t"}
    assert [typed[character] for character in "1290-="] == [2, 3, 10, 11, 12, 13]
    assert [typed[character] for character in "qp[]al;'`"] == [16, 25, 26, 27, 30, 38, 39, 40, 41]
    assert [typed[character] for character in "\\zm,./ \t"] == [43, 44, 50, 51, 52, 53, 57, 15]


def test_repeats_and_caps_lock() -> None:
    """B3: value 2 between down and up; Caps Lock is 58."""
    assert strokes("a", repeats=2) == [(30, 1), (30, 2), (30, 2), (30, 0)]
    assert strokes("a", caps_lock=True)[:2] == [(58, 1), (58, 0)]


def test_the_number_pad_has_its_own_codes() -> None:
    """B3: 7 8 9 are 71-73, 4 5 6 75-77, 1 2 3 79-81, 0 is 82, the point 83."""
    codes = [code for code, value in keypad_strokes("0123456789.") if value == 1]
    assert codes == [82, 79, 80, 81, 75, 76, 77, 71, 72, 73, 83]
    with pytest.raises(ValueError, match="number pad"):
        keypad_strokes("A")


def test_chinese_cannot_be_typed() -> None:
    """A US keyboard has no such key; a gun that types drops or garbles it, and nobody should test with that."""
    with pytest.raises(ValueError, match="no key"):
        strokes("邮")


def test_the_verbs_on_a_wire(tmp_path: Path) -> None:
    """Scan ends with Enter (28), on the pad with 96; bare does not; drop is type 0 code 3; unplug is end of file."""
    with VirtualWire(tmp_path / "gun", baud=None) as wire, opened(wire.link) as fd:
        gun = KeyboardGun(wire, clock=lambda: 1.0)
        assert keys_of(gun.scan("1")) == [(2, 1), (2, 0), (28, 1), (28, 0)]
        assert keys_of(gun.scan_without_enter("1")) == [(2, 1), (2, 0)]
        assert gun.drop()[16:].hex() == "0000030000000000"
        assert keys_of(gun.press_caps_lock()) == [(58, 1), (58, 0)]
        gun.repeats = 1
        assert keys_of(gun.scan_without_enter("1")) == [(2, 1), (2, 2), (2, 0)]
        assert len(read_until(fd, 24 * 8)) == 24 * 8
        gun.unplug()
    gun.plug()
    with opened(wire.link) as fd:
        gun.unplug()
        assert is_gone(fd)
    pad = KeyboardGun(VirtualWire(tmp_path / "pad", baud=None), layout="keypad")
    assert keys_of(pad.scan("1")) == [(79, 1), (79, 0), (96, 1), (96, 0)]


def keys_of(records: bytes) -> list[tuple[int, int]]:
    """Code and value of the key events among records."""
    rows = [struct.unpack_from("<HHi", records, at + 16) for at in range(0, len(records), 24)]
    return [(code, value) for kind, code, value in rows if kind == 1]
