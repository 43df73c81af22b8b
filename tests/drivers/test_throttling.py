"""The firmware's word on supply and heat: read where it is, unknown where it is not."""

from pathlib import Path

import pytest

from drivers.throttling import Throttling, look, parse_flags


@pytest.mark.parametrize("text", ["50005\n", "0x50005", "throttled=0x50005\n"])
def test_the_flags_are_read_in_every_shape_they_come_in(text: str) -> None:
    """The kernel's file, and what vcgencmd prints."""
    assert parse_flags(text) == Throttling(0x50005)


@pytest.mark.parametrize("text", ["", "nonsense", "123456789", "0x", "50005 50005", "-1"])
def test_anything_else_is_unknown(text: str) -> None:
    """Never a guess."""
    assert parse_flags(text) is None


@pytest.mark.parametrize(
    ("flags", "now", "had", "slowed"),
    [
        (0x0, False, False, False),
        (0x1, True, True, False),
        (0x50000, False, True, False),
        (0x50005, True, True, True),
        (0x80008, False, False, True),
        (0x20002, False, False, True),
    ],
)
def test_what_the_bits_mean(flags: int, now: bool, had: bool, slowed: bool) -> None:
    """Lower half now, upper half since the boot."""
    seen = Throttling(flags)
    assert (seen.undervoltage, seen.had_undervoltage, seen.is_slowed) == (now, had, slowed)


@pytest.mark.parametrize("bus", ["soc/soc:firmware", "soc@107c000000/soc@107c000000:firmware"])
def test_the_file_is_found_on_any_pi(tmp_path: Path, bus: str) -> None:
    """Whatever the kernel calls the bus; elsewhere there is none."""
    assert look(tmp_path) is None
    folder = tmp_path / "devices/platform" / bus
    folder.mkdir(parents=True)
    (folder / "get_throttled").write_text("50000\n")
    assert look(tmp_path) == Throttling(0x50000)
    (folder / "get_throttled").write_bytes(b"\xff\xfe")
    assert look(tmp_path) is None
