"""Every scale format against devices.md, byte by byte; the frames here were written by hand from its text."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.scales import (
    FORMATS,
    cas22,
    ff_bcd5,
    hid_pos_scale,
    mt_cont,
    sartorius16,
    stgs_ascii,
    toledo8217,
    yaohua_a12e15,
    yaohua_cont12,
    yaohua_eq_fwd9,
    yaohua_eq_rev9,
    yaohua_ww,
)
from sim_hardware.scales.pan import Display, Pan
from sim_hardware.scales.stgs_ascii import LAYOUTS

Frame = Callable[[Display], bytes]


def showing(weight_g: float | str, **state: object) -> Display:
    """A display that shows a weight."""
    return Display(gross_g=Decimal(weight_g), **state)  # type: ignore[arg-type]


OVER = showing(60_000, over=True)
UNDER = showing(-500, under=True)
TARED = showing(1_500, tare_g=Decimal(500))


@pytest.mark.parametrize(
    ("frame", "display", "hex_bytes"),
    [
        # A1: 02 sign 6 digits decimals check 03; its captures and examples
        (partial(yaohua_cont12.frame, decimals=0), showing(0), "02 2B 30 30 30 30 30 30 30 31 42 03"),
        (partial(yaohua_cont12.frame, decimals=0), showing(1_560_000), "02 2B 30 30 31 35 36 30 30 31 39 03"),
        (partial(yaohua_cont12.frame, decimals=2), showing(20_000), "02 2B 30 30 32 30 30 30 32 31 42 03"),
        (yaohua_cont12.frame, showing(1_235), "02 2B 30 30 31 32 33 35 33 31 44 03"),
        (yaohua_cont12.frame, showing(-1_235), "02 2D 30 30 31 32 33 35 33 31 42 03"),
        # A3: W G|N seven characters kg, XOR of bytes 1..11
        (yaohua_a12e15.frame, showing(4_139), "57 47 30 30 34 2E 31 33 39 6B 67 33 44 0D 0A"),
        (yaohua_a12e15.frame, OVER, "20 20 20 20 20 20 20 20 20 4F 4C 32 33 0D 0A"),
        (yaohua_a12e15.frame, UNDER, "20 20 20 20 20 20 20 20 20 4C 4F 32 33 0D 0A"),
        # A5: its constructed frames; SWB 30 kg, 38 moving, 32 negative, 34 out of range
        (mt_cont.frame, showing(1_234), "02 2D 30 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 1A"),
        (mt_cont.frame, showing(1_234, moving=True), "02 2D 38 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 12"),
        (mt_cont.frame, showing(-1_234), "02 2D 32 20 20 20 31 32 33 34 20 20 20 20 20 30 0D 18"),
        (partial(mt_cont.frame, check=False), showing(5), "02 2D 30 20 20 20 20 20 20 35 20 20 20 20 20 30 0D"),
        # A6: 02 WW.WWW 0D, N for net, status bytes A motion, B over, D under, a motion + net
        (toledo8217.frame, showing(1_234), "02 30 31 2E 32 33 34 0D"),
        (toledo8217.frame, TARED, "02 30 31 2E 30 30 30 4E 0D"),
        (toledo8217.frame, showing(1_234, moving=True), "02 3F 41 0D"),
        (toledo8217.frame, OVER, "02 3F 42 0D"),
        (toledo8217.frame, UNDER, "02 3F 44 0D"),
        (toledo8217.frame, showing(1_234, zero_captured=False), "02 3F 48 0D"),
        (toledo8217.frame, showing(1_500, tare_g=Decimal(500), moving=True), "02 3F 61 0D"),
        # A8, CAS: id 31, lamp C4 = stable and gross, 82 = moving and tare
        (partial(cas22.frame, decimals=1, fill="0"), showing(13_500), b"ST,GS,1\xc4,000013.5 kg\r\n".hex()),
        (cas22.frame, showing(1_734, tare_g=Decimal(500), moving=True), b"US,NT,1\x82,   1.234 kg\r\n".hex()),
        (cas22.frame, OVER, b"OL,GS,1\x84,         kg\r\n".hex()),
        (cas22.frame, showing(0), b"ST,GS,1\xc5,   0.000 kg\r\n".hex()),
        (cas22.frame, showing(-15), b"ST,GS,1\xc4,  -0.015 kg\r\n".hex()),
        # A10: 44 = three decimals, stable; 64 negative too; C4 overflow
        (ff_bcd5.frame, showing(12_345), "FF 44 45 23 01"),
        (ff_bcd5.frame, showing(-20), "FF 64 20 00 00"),
        (ff_bcd5.frame, showing(12_345, moving=True), "FF 04 45 23 01"),
        (ff_bcd5.frame, OVER, "FF C4 99 99 99"),
        # A12: its sources
        (hid_pos_scale.frame, showing(20), "03 04 02 00 14 00"),
        (partial(hid_pos_scale.frame, unit="oz", decimals=1), showing("18291.112"), "03 04 0B FF 34 19"),
        (hid_pos_scale.frame, showing(0), "03 02 02 00 00 00"),
        (hid_pos_scale.frame, showing(-15), "03 05 02 00 0F 00"),
        (hid_pos_scale.frame, showing(800, moving=True), "03 03 02 00 20 03"),
        (hid_pos_scale.frame, OVER, "03 06 02 00 00 00"),
        (partial(hid_pos_scale.frame, complaint=7), showing(5), "03 07 02 00 00 00"),
    ],
)
def test_the_bytes_of_the_manual(frame: Frame, display: Display, hex_bytes: str) -> None:
    """What devices.md prints for a state of the display is what the format sends."""
    assert frame(display).hex(" ") == bytes.fromhex(hex_bytes).hex(" ")


@pytest.mark.parametrize(
    ("frame", "display", "text"),
    [
        # A3: net, negative, `-` in the place of the first digit; no point: byte 9 blank
        (yaohua_a12e15.frame, showing(-1_500), "WG-01.500kg2B"),
        (partial(yaohua_a12e15.frame, decimals=0), showing(1_560_000), "WG001560 kg3E"),
        (yaohua_ww.frame, showing(1_234), "ww001.234kg"),
        (partial(yaohua_ww.frame, unit="lb"), showing(0), "ww000.000lb"),
        (partial(yaohua_ww.frame, decimals=1), showing(0, tare_g=Decimal(100)), "wn-0000.1kg\r\nwt00000.1kg"),
        # A4: =000.3000 is 3.000, =00.1000- is -1.00; =0003.000 and =-0001.00 the other way round
        (yaohua_eq_rev9.frame, showing(3_000), "=000.3000"),
        (partial(yaohua_eq_rev9.frame, decimals=2), showing(-1_000), "=00.1000-"),
        (yaohua_eq_fwd9.frame, showing(3_000), "=0003.000"),
        (partial(yaohua_eq_fwd9.frame, decimals=2), showing(-1_000), "=-0001.00"),
        # A8: one line of each maker
        (partial(stgs_ascii.frame, layout=LAYOUTS["chinese19"]), showing(-20), "ST,GS,-0000.020kg"),
        (partial(stgs_ascii.frame, layout=LAYOUTS["ad4404"], decimals=2), showing(12_340), "ST,GS,+0012.34kg"),
        (partial(stgs_ascii.frame, layout=LAYOUTS["ekl"]), showing(1_234), "ST,+0001.234 kg"),
        (partial(stgs_ascii.frame, layout=LAYOUTS["ekl"], unit="g", decimals=1), showing("1234.5"), "ST,+001234.5  g"),
        (
            partial(stgs_ascii.frame, layout=LAYOUTS["tscale"], unit="g", decimals=1),
            showing("245.6"),
            "ST,GS,   245.6 g",
        ),
        (stgs_ascii.frame, TARED, "ST,NT,+  1.000kg"),
        # A11: sign, blank, 8 characters, blank, 3 of unit; H over, L under; a blank unit while moving
        (partial(sartorius16.frame, unit="g", decimals=1), showing("1255.7"), "+   1255.7 g  "),
        (sartorius16.frame, showing(-15), "-    0.015 kg "),
        (sartorius16.frame, showing(1_234, moving=True), "+    1.234    "),
        (sartorius16.frame, OVER, "      H       "),
        (sartorius16.frame, UNDER, "      L       "),
    ],
)
def test_the_lines_of_the_manual(frame: Frame, display: Display, text: str) -> None:
    """The same for the formats that are text; `=` formats alone have no line end."""
    end = "" if text.startswith("=") else "\r\n"
    assert frame(display).decode("latin-1") == text + end


@pytest.mark.parametrize(
    "frame",
    [yaohua_cont12.frame, yaohua_ww.frame, yaohua_eq_rev9.frame, yaohua_eq_fwd9.frame],
    ids=["yaohua_cont12", "yaohua_ww", "yaohua_eq_rev9", "yaohua_eq_fwd9"],
)
def test_a_format_without_a_sign_for_it_is_silent_out_of_range(frame: Frame) -> None:
    """A1, A3, A4: overload is unverified; the twin sends nothing rather than an invented number."""
    assert frame(OVER) == b""
    assert frame(UNDER) == b""


def test_the_step_of_a_toledo_frame_is_in_swa() -> None:
    """A5: bits 3 and 4 tell 1, 2 or 5; another step has no code."""
    assert [mt_cont.frame(showing(0, division_g=Decimal(step)))[1] for step in (1, 2, 5, 10)] == [
        0x2D,
        0x35,
        0x3D,
        0x2D,
    ]
    with pytest.raises(ValueError, match="steps"):
        mt_cont.frame(showing(0, division_g=Decimal(3)))


def test_a_toledo_frame_in_grams_says_so() -> None:
    """A5: SWC bit 0 grams with SWB bit 4 clear; no decimals is code 2."""
    assert mt_cont.frame(showing(1_234), unit="g", decimals=0)[1:4].hex() == "2a2021"


def test_a_zero_that_was_not_captured_is_told() -> None:
    """A5: SWB bit 6, with the check of the recorded case."""
    frame = mt_cont.frame(showing(1_234, zero_captured=False))
    assert frame.hex() == "022d70202020313233342020202020300d5a"


@given(
    st.sampled_from(sorted(FORMATS)),
    st.lists(st.tuples(st.floats(-100, 70_000), st.floats(0, 3), st.booleans(), st.floats(0, 2)), max_size=5),
    st.floats(0, 20),
)
def test_no_pan_breaks_a_format(name: str, moves: list[tuple[float, float, bool, float]], look_s: float) -> None:
    """Whatever is done to the pan and whenever one looks, every format has a frame, none longer than two lines."""
    voice = FORMATS[name]()
    pan, now_s = voice.pan, 0.0
    for load_g, pause_s, nudge, settle_s in moves:
        now_s += pause_s
        pan = pan.shaken(now_s, settle_s=settle_s) if nudge else pan.with_load(load_g, now_s, settle_s=settle_s)
    assert len(voice.frame(pan.display_at(look_s))) <= 32


@pytest.mark.parametrize("name", ["toledo8217", "stgs_ascii", "hid_pos_scale", "yaohua_cmd"])
def test_a_pan_whose_weights_do_not_fit_is_refused_at_once(name: str) -> None:
    """A Max that the frame has no room for is a mistake of the test, told before anything is sent."""
    with pytest.raises(ValueError, match="no room"):
        FORMATS[name](Pan(capacity_g=2_000_000))


def test_the_pan_after_a_brown_out() -> None:
    """A12: zero is taken again with whatever lies there; with a limit, a heavy load leaves zero uncaptured."""
    loaded = Pan(capture_limit_g=600).with_load(500, 0.0, settle_s=0).tared(Decimal(100))
    again = loaded.rebooted(1.0)
    assert (int(again.display_at(1.0).weight_g), again.zero_captured) == (0, True)
    heavy = loaded.with_load(5_000, 2.0, settle_s=0).rebooted(3.0)
    assert (int(heavy.display_at(3.0).gross_g), heavy.zero_captured) == (5_000, False)


def test_the_zero_and_tare_keys() -> None:
    """Zero within 2 % of Max and at rest; a tare is taken off what is shown."""
    pan = Pan().with_load(300, 0.0, settle_s=0)
    assert pan.can_zero_at(1.0)
    assert pan.zeroed(1.0).display_at(1.0).gross_g == 0
    assert not pan.with_load(700, 1.0, settle_s=0).can_zero_at(2.0)
    assert not pan.shaken(1.0, settle_s=1.0).can_zero_at(1.5)
    tared = pan.tared(Decimal(300)).with_load(1_300, 1.0, settle_s=0).display_at(2.0)
    assert (int(tared.weight_g), int(tared.gross_g), tared.is_net) == (1_000, 1_300, True)
