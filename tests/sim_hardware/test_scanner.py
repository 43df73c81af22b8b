"""The gun's bytes against devices.md B1, and its verbs on a wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sim_hardware.scanner import SerialScanner, scan_bytes
from sim_hardware.wire import VirtualWire
from tests.sim_hardware.host import is_gone, is_silent, opened, read_until

CODE = "SF1234567890123"
CODE_HEX = "534631323334353637383930313233"


@pytest.fixture
def gun(tmp_path: Path) -> Iterator[SerialScanner]:
    """A gun on an unpaced wire."""
    with VirtualWire(tmp_path / "gun", baud=None) as wire:
        yield SerialScanner(wire)


@pytest.mark.parametrize(
    ("suffix", "ending_hex"), [(b"\r", "0d"), (b"\r\n", "0d0a"), (b"\n", "0a"), (b"\t", "09"), (b"", "")]
)
def test_a_code_is_its_text_and_the_suffix(suffix: bytes, ending_hex: str) -> None:
    """B1: "Text + suffix. CR most common, also CR LF, LF, TAB, none"."""
    assert scan_bytes(CODE, suffix=suffix).hex() == CODE_HEX + ending_hex


def test_cr_is_what_a_gun_sends_unless_told_otherwise() -> None:
    """B1: CR most common."""
    assert scan_bytes(CODE).hex() == CODE_HEX + "0d"


def test_the_aim_identifier_goes_before_the_code() -> None:
    """B1's table: ]C0 is Code 128; the bytes are 5D 43 30."""
    assert scan_bytes(CODE, aim="]C0").hex() == "5d4330" + CODE_HEX + "0d"


@pytest.mark.parametrize("aim", ["C0", "]C", "]C00", "", "]中0", "] 0"])
def test_what_is_no_aim_identifier_is_refused(aim: str) -> None:
    """A twin that sends an impossible prefix would prove nothing."""
    with pytest.raises(ValueError, match="AIM"):
        scan_bytes(CODE, aim=aim)


def test_stx_and_etx_frame_a_code() -> None:
    """B1: "or STX...ETX"; 02 and 03."""
    assert scan_bytes(CODE, prefix=b"\x02", suffix=b"\x03").hex() == "02" + CODE_HEX + "03"


def test_chinese_leaves_as_gbk_and_as_utf_8_when_set_so() -> None:
    """B1: "many readers send GBK, not UTF-8". D6D0 B9FA is GBK for China."""
    assert scan_bytes("中国").hex() == "d6d0b9fa0d"
    assert scan_bytes("中国", encoding="utf-8").hex() == "e4b8ade59bbd0d"


def test_gs_inside_gs1_data_is_sent_as_data() -> None:
    """B1: "GS (1D) inside GS1 data is data"."""
    assert scan_bytes("0106901234567892\x1d21ABC", aim="]C1").hex() == (
        "5d4331303130363930313233343536373839321d32314142430d"
    )


def test_every_verb_puts_its_bytes_on_the_wire(gun: SerialScanner) -> None:
    """One after the other, read back as a host reads them."""
    said = [
        (gun.scan(CODE), b"SF1234567890123\r"),
        (gun.scan("YT1", "]A0", suffix=b"\r\n"), b"]A0YT1\r\n"),
        (gun.scan(b"\xb6\x00"), b"\xb6\x00\r"),
        (gun.scan_without_suffix(CODE), b"SF1234567890123"),
        (gun.scan_between_stx_and_etx(CODE), b"\x02SF1234567890123\x03"),
        (gun.scan_burst(CODE, CODE), b"SF1234567890123\rSF1234567890123\r"),
        (gun.scan_glued("SF1", "YT2"), b"SF1YT2\r"),
        (gun.scan_half("SF12345"), b"SF1"),
    ]
    assert all(told == expected for told, expected in said)
    on_wire = b"".join(expected for _, expected in said)
    with opened(gun.wire.link) as fd:
        assert read_until(fd, len(on_wire)) == on_wire
        assert is_silent(fd)


def test_noise_is_the_same_for_the_same_seed(gun: SerialScanner) -> None:
    """A failing run can be replayed."""
    noise = gun.make_noise(40, seed=3)
    assert len(noise) == 40
    assert gun.make_noise(40, seed=3) == noise
    assert gun.make_noise(40, seed=4) != noise


def test_a_gun_pulled_out_and_put_back_scans_again(gun: SerialScanner) -> None:
    """A code scanned while unplugged is lost; the next one after plugging in arrives."""
    with opened(gun.wire.link) as fd:
        gun.unplug()
        gun.scan("LOST")
        assert is_gone(fd)
    gun.plug()
    with opened(gun.wire.link) as fd:
        gun.scan(CODE)
        assert read_until(fd, 16) == b"SF1234567890123\r"
