"""The scale's lines against devices.md A8, its settling over time, and its rhythm."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.scale import SerialScale
from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.stgs_ascii import frame
from sim_hardware.serial_twin import next_frame
from sim_hardware.wire import VirtualWire
from tests.sim_hardware.host import is_gone, is_silent, opened, read_until


def line_at(pan: Pan, at_s: float) -> bytes:
    """The ST,GS line of a moment."""
    return frame(pan.display_at(at_s))


def test_the_line_of_the_manual() -> None:
    r"""A8, Chinese layout of 18 bytes: `ST,GS,+  1.234kg` CR LF."""
    frame = line_at(Pan().with_load(1234, 0.0, settle_s=0), 0.0)
    assert frame.hex() == "53542c47532c2b2020312e3233346b670d0a"
    assert len(frame) == 18


@pytest.mark.parametrize(
    ("load_g", "line"),
    [
        (0, b"ST,GS,+  0.000kg\r\n"),
        (5, b"ST,GS,+  0.005kg\r\n"),
        (12_345, b"ST,GS,+ 12.345kg\r\n"),
        (30_009, b"ST,GS,+ 30.009kg\r\n"),
        (-20, b"ST,GS,-  0.020kg\r\n"),
        (1233.5, b"ST,GS,+  1.234kg\r\n"),
        (1233.4, b"ST,GS,+  1.233kg\r\n"),
        (-0.4, b"ST,GS,+  0.000kg\r\n"),
    ],
)
def test_weights_fill_the_field_from_the_right(load_g: float, line: bytes) -> None:
    """Seven characters with blanks between sign and figures; the nearest gram; never a minus before zero."""
    assert line_at(Pan().with_load(load_g, 0.0, settle_s=0), 9.0) == line


def test_out_of_range_says_ol_and_blanks() -> None:
    """A8: OL is over, OL with a minus negative overload, the digits are blanks; beyond Max + 9 e and under -20 e."""
    pan = Pan(capacity_g=15_000, division_g=Decimal(5))
    assert line_at(pan.with_load(15_045, 0.0, settle_s=0), 0.0) == b"ST,GS,+ 15.045kg\r\n"
    assert line_at(pan.with_load(15_050, 0.0, settle_s=0), 0.0) == b"OL,GS,+         \r\n"
    assert line_at(Pan().with_load(-21, 0.0, settle_s=0), 0.0) == b"OL,GS,-         \r\n"


def test_out_of_range_may_carry_nines_that_are_no_weight() -> None:
    """A8: EK-L prints nines in its OL line; "never use the number of an OL line"."""
    pan = Pan().with_load(60_000, 0.0, settle_s=0)
    assert frame(pan.display_at(0.0), out_of_range_figures="nines") == b"OL,GS,+999.999kg\r\n"


def test_a_load_shows_moving_until_it_has_settled() -> None:
    """US from the touch until the settling time is over, then ST with the load itself; before the touch, what was."""
    pan = Pan().with_load(2000, 10.0, settle_s=0.5)
    assert line_at(pan, 9.9) == b"ST,GS,+  0.000kg\r\n"
    assert line_at(pan, 10.0) == b"US,GS,+  0.000kg\r\n"
    assert line_at(pan, 10.25).startswith(b"US,GS,+  1.")
    assert line_at(pan, 10.499).startswith(b"US,")
    assert line_at(pan, 10.5) == b"ST,GS,+  2.000kg\r\n"


def test_a_nudge_trembles_around_the_load_and_comes_to_rest() -> None:
    """US lines with other weights, then the same weight as before."""
    pan = Pan().with_load(1234, 0.0, settle_s=0).shaken(5.0, settle_s=1.0)
    moving = {line_at(pan, 5.0 + tenth / 10) for tenth in range(10)}
    assert all(line.startswith(b"US,") for line in moving)
    assert len(moving) > 5
    assert line_at(pan, 6.0) == b"ST,GS,+  1.234kg\r\n"


def test_taking_off_in_mid_swing_starts_from_the_weight_of_that_moment() -> None:
    """The shown weight never jumps when a new verb comes while the pan still moves."""
    swinging = Pan().with_load(2000, 0.0, settle_s=1.0)
    cleared = swinging.with_load(0, 0.3, settle_s=1.0)
    assert line_at(cleared, 0.3) == line_at(swinging, 0.3)
    assert line_at(cleared, 1.3) == b"ST,GS,+  0.000kg\r\n"


@given(
    st.lists(st.tuples(st.floats(-100, 40_000), st.floats(0, 3), st.booleans(), st.floats(0, 2)), max_size=8),
    st.floats(0, 30),
)
def test_every_line_has_18_bytes_of_one_form(moves: list[tuple[float, float, bool, float]], look_s: float) -> None:
    """Whatever is done to the pan and whenever one looks."""
    pan, now_s = Pan(), 0.0
    for load_g, pause_s, nudge, settle_s in moves:
        now_s += pause_s
        pan = pan.shaken(now_s, settle_s=settle_s) if nudge else pan.with_load(load_g, now_s, settle_s=settle_s)
    frame = line_at(pan, look_s)
    assert len(frame) == 18
    assert frame[:6] in (b"ST,GS,", b"US,GS,", b"OL,GS,")
    assert frame[16:] == b"\r\n"
    if frame[:2] != b"OL":
        assert abs(float(frame[6:14].replace(b" ", b""))) <= 30.009


@pytest.mark.parametrize("settle_s", [-0.1, float("nan"), float("inf")])
def test_a_settling_time_that_is_none_is_refused(settle_s: float) -> None:
    """A pan that would never rest is a mistake of the test."""
    with pytest.raises(ValueError, match="settling"):
        Pan().with_load(1, 0.0, settle_s=settle_s)


@pytest.mark.parametrize("make", [{"capacity_g": 0}, {"division_g": Decimal(0)}, {"below_limit_g": -1}])
def test_a_make_that_is_no_scale_is_refused(make: dict[str, int]) -> None:
    """A Max of nothing, a step of nothing and a limit above zero are mistakes of the test."""
    with pytest.raises(ValueError, match="no scale"):
        Pan(**make)  # type: ignore[arg-type]


def test_a_weight_that_does_not_fit_the_line_is_refused() -> None:
    """Seven characters hold 999.999 kg."""
    with pytest.raises(ValueError, match="no room"):
        frame(Display(gross_g=Decimal(1_000_000)))


@pytest.mark.parametrize("load_g", [float("nan"), float("inf")])
def test_a_load_that_is_no_number_is_refused(load_g: float) -> None:
    """It would otherwise end the scale's thread at its next line."""
    with pytest.raises(ValueError, match="grams"):
        Pan().with_load(load_g, 0.0, settle_s=0)


def test_the_rhythm_neither_drifts_nor_bunches() -> None:
    """The next line is the next multiple of the period; after a stall the newest that is due, not all missed."""
    assert next_frame(0, 0.001, 0.1) == 1
    assert next_frame(7, 0.75, 0.1) == 8
    assert next_frame(7, 0.85, 0.1) == 8
    assert next_frame(7, 2.55, 0.1) == 25


@pytest.fixture
def scale(tmp_path: Path) -> Iterator[SerialScale]:
    """A scale that talks fast and settles at once."""
    with (
        VirtualWire(tmp_path / "scale", baud=None) as wire,
        SerialScale(wire, frames_per_s=200, settle_s=0) as running,
    ):
        yield running


def lines_until(fd: int, wanted: bytes) -> list[bytes]:
    """Read lines until one is `wanted`; all of them."""
    lines: list[bytes] = []
    while not lines or lines[-1] != wanted:
        lines.append(read_until(fd, 18))
        assert len(lines[-1]) == 18, f"waited in vain for {wanted!r}, had {lines}"
        assert len(lines) < 20_000
    return lines


def test_the_verbs_show_on_the_wire(scale: SerialScale) -> None:
    """Put on, take off, overload and below zero, as the host reads them."""
    with opened(scale.wire.link) as fd:
        lines_until(fd, b"ST,GS,+  0.000kg\r\n")
        scale.put_on(1234)
        lines_until(fd, b"ST,GS,+  1.234kg\r\n")
        scale.overload()
        lines_until(fd, b"OL,GS,+         \r\n")
        scale.go_below_zero(15)
        lines_until(fd, b"ST,GS,-  0.015kg\r\n")
        scale.take_off()
        lines_until(fd, b"ST,GS,+  0.000kg\r\n")


def test_a_jiggle_shows_moving_lines_for_its_time(scale: SerialScale) -> None:
    """About as many US lines as the rhythm gives in that time, and then the load again."""
    with opened(scale.wire.link) as fd:
        scale.put_on(500)
        lines_until(fd, b"ST,GS,+  0.500kg\r\n")
        scale.jiggle(0.5)
        for _ in range(2000):
            if read_until(fd, 18).startswith(b"US,"):
                break
        moving = lines_until(fd, b"ST,GS,+  0.500kg\r\n")[:-1]
        assert all(line.startswith(b"US,") for line in moving)
        assert moving


def test_a_frozen_scale_is_silent_but_there(scale: SerialScale) -> None:
    """Freeze stops the lines without any error; thaw brings them back, whole."""
    with opened(scale.wire.link) as fd:
        lines_until(fd, b"ST,GS,+  0.000kg\r\n")
        scale.freeze()
        while not is_silent(fd):
            read_until(fd, 18)
        assert not is_gone(fd)
        scale.put_on(77)
        scale.thaw()
        lines_until(fd, b"ST,GS,+  0.077kg\r\n")


def test_a_scale_pulled_out_comes_back_talking(scale: SerialScale) -> None:
    """Its thread outlives the cable."""
    with opened(scale.wire.link) as fd:
        scale.unplug()
        assert is_gone(fd)
    scale.plug()
    with opened(scale.wire.link) as fd:
        lines_until(fd, b"ST,GS,+  0.000kg\r\n")


def test_ten_lines_a_second_at_9600_baud(tmp_path: Path) -> None:
    """The sixth line is through no earlier than five periods of 100 ms and its own 18.75 ms after the start."""
    with VirtualWire(tmp_path / "scale") as wire, opened(wire.link) as fd:
        started_s = time.monotonic()
        with SerialScale(wire):
            assert len(read_until(fd, 6 * 18)) == 6 * 18
        assert time.monotonic() - started_s >= 0.51


def test_a_scale_can_be_switched_off_and_on(tmp_path: Path) -> None:
    """Close is final for its thread only; start and close may be repeated."""
    with VirtualWire(tmp_path / "scale", baud=None) as wire:
        scale = SerialScale(wire, frames_per_s=100)
        for _ in range(2):
            scale.start()
            scale.start()
            with opened(wire.link) as fd:
                assert len(read_until(fd, 18)) == 18
            scale.close()
            scale.close()
    with pytest.raises(ValueError, match="frames"):
        SerialScale(wire, frames_per_s=0)
