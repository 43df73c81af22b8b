"""The recorded frames of `tests/cases/devices.json`: what was really sent, the twins send too.

For each frame that carries a weight: that weight on the pan, and the twin's frame is the recorded one. `EXCEPTIONS`
holds those that no twin sends, with the reason; a case that is in neither fails by name.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sim_hardware.keyboard import events, strokes
from sim_hardware.scales import (
    cas22,
    cas_enq,
    ff_bcd5,
    hid_pos_scale,
    mt_cont,
    mtsics,
    nci_scp01,
    sartorius16,
    stgs_ascii,
    toledo8217,
    yaohua_a12e15,
    yaohua_cmd,
    yaohua_cont12,
    yaohua_eq_fwd9,
    yaohua_eq_rev9,
    yaohua_ww,
)
from sim_hardware.scales.adam_az import frame as adam_frame
from sim_hardware.scales.pan import Display
from sim_hardware.scales.stgs_ascii import LAYOUTS
from sim_hardware.scanner import scan_bytes
from sim_hardware.scanners.scan_gm65 import OK, WRONG_CHECK, answer
from sim_hardware.scanners.scan_ssi import packet
from sim_hardware.thermometers.modbus import Trs02a, XyMd02
from sim_hardware.thermometers.sysfs_tree import dht22_bits
from sim_hardware.uart import LineSettings, misread

CASES = json.loads((Path(__file__).parent.parent / "cases" / "devices.json").read_text(encoding="utf-8"))
SCALES = {
    "yaohua_cont12",
    "yaohua_cmd",
    "yaohua_a12e15",
    "yaohua_ww",
    "yaohua_eq_rev9",
    "yaohua_eq_fwd9",
    "mt_cont",
    "toledo8217",
    "mtsics",
    "stgs_ascii",
    "cas22",
    "cas_enq",
    "ff_bcd5",
    "nci_scp01",
    "adam_az",
    "sartorius16",
    "hid_pos_scale",
}
Frame = Callable[[Display], bytes]


def with_parity_visible(display: Display) -> bytes:
    """A 7E1 line read as 8N1."""
    return misread(toledo8217.frame(display), LineSettings(9600, 7, "E"), LineSettings(9600))


BY_MODEL: Mapping[str, Frame] = {
    "adam_az": adam_frame,
    "cas22": cas22.frame,
    "cas_enq": cas_enq.frame,
    "ff_bcd5": ff_bcd5.frame,
    "hid_pos_scale": hid_pos_scale.frame,
    "mt_cont": mt_cont.frame,
    "mtsics": mtsics.frame,
    "nci_scp01": nci_scp01.frame,
    "sartorius16": partial(sartorius16.frame, unit="g", decimals=1),
    "stgs_ascii": partial(stgs_ascii.frame, layout=LAYOUTS["chinese19"]),
    "toledo8217": toledo8217.frame,
    "yaohua_a12e15": yaohua_a12e15.frame,
    "yaohua_cont12": yaohua_cont12.frame,
    "yaohua_eq_fwd9": yaohua_eq_fwd9.frame,
    "yaohua_eq_rev9": partial(yaohua_eq_rev9.frame, decimals=2),
    "yaohua_ww": yaohua_ww.frame,
}
"""The twin's frame at its defaults, or as most cases of the model have it."""
BY_CASE: Mapping[str, Frame] = {
    "cas22-01": partial(cas22.frame, decimals=1, fill="0"),
    "cas_enq-03": lambda display: cas_enq.ACK + cas_enq.frame(display),
    "hid_pos_scale-02": partial(hid_pos_scale.frame, unit="oz", decimals=1),
    "mtsics-10": partial(mtsics.frame, unit="g", decimals=2),
    "mtsics-11": partial(mtsics.frame, unit="g", decimals=2),
    "stgs_ascii-01": partial(stgs_ascii.frame, layout=LAYOUTS["ad4404"], decimals=2),
    "stgs_ascii-03": partial(stgs_ascii.frame, layout=LAYOUTS["ekl"]),
    "stgs_ascii-06": stgs_ascii.frame,
    "stgs_ascii-13": partial(stgs_ascii.frame, layout=LAYOUTS["tscale"], unit="g", decimals=1),
    "toledo8217-12": with_parity_visible,
    "yaohua_a12e15-05": partial(yaohua_a12e15.frame, decimals=0),
    "yaohua_cmd-09": partial(yaohua_cmd.answer, "A", "B"),
    "yaohua_cmd-11": partial(yaohua_cmd.answer, "A", "D"),
    "yaohua_cont12-01": partial(yaohua_cont12.frame, decimals=0),
    "yaohua_cont12-02": partial(yaohua_cont12.frame, decimals=0),
    "yaohua_cont12-03": partial(yaohua_cont12.frame, decimals=0),
    "yaohua_cont12-07": partial(yaohua_cont12.frame, decimals=4),
    "yaohua_eq_fwd9-02": partial(yaohua_eq_fwd9.frame, decimals=2),
    "yaohua_ww-01": partial(yaohua_ww.frame, unit="lb"),
    "yaohua_ww-02": partial(yaohua_ww.frame, decimals=1),
    "yaohua_ww-05": partial(yaohua_ww.frame, decimals=2),
}
"""Where the case is of another make of the same model: decimals, unit, layout."""
EXCEPTIONS: Mapping[str, str] = {
    "mt_cont-06": "the zero not captured is told by power-up, not by the weight: test_formats holds the same bytes",
    "mt_cont-08": "two frames without check in one piece: test_formats holds one",
    "stgs_ascii-18": "two lines and a part in one piece",
    "yaohua_cont12-14": "the tail of a frame, a frame and the head of the next",
    "yaohua_cont12-15": "noise before the frame",
    "yaohua_eq_rev9-03": "two frames and a part in one piece",
    "yaohua_ww-02": "net and tare lines go together",
    "yaohua_ww-05": "net and tare lines go together",
}
"""Cases with a weight that the twin does not send as they stand, and why; their frames are checked to be part of it."""
PARTS = {"yaohua_ww-02", "yaohua_ww-05"}


def weighed(case: dict[str, Any]) -> bool:
    """Whether a case is a frame of a scale with a weight a person could read off the display."""
    expected = case["expected"]
    return bool(
        case["device"] in SCALES
        and case["direction"] == "rx"
        and expected["valid"]
        and expected.get("weight_g") is not None
    )


def display_of(case: dict[str, Any]) -> Display:
    """The display that shows what the case says: net by a tare of 500 g where it is net."""
    expected = case["expected"]
    tare_g = Decimal(500) if expected.get("net") else Decimal(0)
    weight_g = Decimal(str(expected["weight_g"]))
    if case["id"].startswith("yaohua_cmd"):
        tare_g = Decimal(500) if expected["command"] == "D" else Decimal(0)
    return Display(gross_g=weight_g + tare_g, tare_g=tare_g, moving=expected.get("stable") is False)


@pytest.mark.parametrize("case", [case for case in CASES if weighed(case)], ids=lambda case: case["id"])
def test_the_weight_on_the_pan_gives_the_recorded_frame(case: dict[str, Any]) -> None:
    """The twin sends, byte for byte, what the device was recorded to send."""
    case_id, recorded = case["id"], bytes.fromhex(case["frame_hex"])
    if case_id in EXCEPTIONS and case_id not in PARTS:
        pytest.skip(EXCEPTIONS[case_id])
    frame = BY_CASE.get(case_id) or BY_MODEL[case["device"]]
    sent = frame(display_of(case))
    if case_id in PARTS:
        assert recorded in sent
    else:
        assert sent == recorded


STATES: Mapping[str, bytes] = {
    "cas22-03": cas22.frame(Display(over=True)),
    "cas_enq-07": cas_enq.frame(Display(under=True)),
    "cas_enq-11": cas_enq.NAK,
    "ff_bcd5-04": ff_bcd5.frame(Display(over=True)),
    "hid_pos_scale-07": hid_pos_scale.frame(Display(), complaint=hid_pos_scale.FAULT),
    "hid_pos_scale-08": hid_pos_scale.frame(Display(), complaint=hid_pos_scale.NEEDS_CALIBRATION),
    "hid_pos_scale-09": hid_pos_scale.frame(Display(), complaint=hid_pos_scale.NEEDS_ZERO),
    "mt_cont-06": mt_cont.frame(Display(gross_g=Decimal(1_234), zero_captured=False)),
    "mtsics-15": mtsics.frame(Display(over=True)),
    "mtsics-16": mtsics.frame(Display(under=True)),
    "mtsics-17": mtsics.MtSics().hear(b"I4\r\n", 0.0),
    "mtsics-18": mtsics.MtSics().hear(b"Z\r\n", 0.0),
    "nci_scp01-04": nci_scp01.frame(Display(gross_g=Decimal(5), moving=True)),
    "nci_scp01-06": nci_scp01.frame(Display(gross_g=Decimal(60_000), over=True)),
    "nci_scp01-07": nci_scp01.frame(Display(gross_g=Decimal(-500), under=True)),
    "nci_scp01-08": nci_scp01.NciScp01().hear(b"X\r", 0.0),
    "sartorius16-03": sartorius16.frame(Display(over=True)),
    "sartorius16-04": sartorius16.frame(Display(under=True)),
    "stgs_ascii-04": stgs_ascii.frame(
        Display(over=True), layout=LAYOUTS["ekl"], unit="g", decimals=1, out_of_range_figures="nines"
    ),
    "toledo8217-03": toledo8217.Toledo8217().hear(b"Ehello", 0.0),
    "toledo8217-07": toledo8217.frame(Display(gross_g=Decimal(60_000), over=True)),
    "toledo8217-08": toledo8217.frame(Display(gross_g=Decimal(-500), under=True)),
    "toledo8217-09": toledo8217.frame(Display(gross_g=Decimal(5), zero_captured=False)),
    "toledo8217-11": toledo8217.frame(Display(gross_g=Decimal(9), tare_g=Decimal(5), moving=True)),
    "yaohua_a12e15-02": yaohua_a12e15.frame(Display(over=True)),
    "yaohua_a12e15-03": yaohua_a12e15.frame(Display(under=True)),
    "yaohua_cmd-08": yaohua_cmd.answer("A", "A", Display()),
    "scan_gm65-04": answer(OK),
    "scan_gm65-05": answer(WRONG_CHECK),
    "scan_gm65-07": answer(OK) + scan_bytes("SF1234567890123", suffix=b"\r\n"),
    "scan_ssi-05": packet(0xD0),
    "scan_ssi-06": packet(0xD1, b"\x06"),
    "scan_ssi-10": packet(0xF3, b"\x03SF1234567890123", status=1),
    "scan_evdev-03": events(strokes("SF1")),
    "dht22-01": dht22_bits(35_100, 652),
    "dht22-02": dht22_bits(-10_100, 652),
}
"""Recorded frames that are a state, not a weight. Not scan_evdev-04: repeats without a SYN; the kernel sends one."""


@pytest.mark.parametrize("case_id", sorted(STATES))
def test_a_state_gives_the_recorded_frame(case_id: str) -> None:
    """Overload, underload, busy, probe answers, acknowledgements, keys: byte for byte."""
    recorded = next(case["frame_hex"] for case in CASES if case["id"] == case_id)
    assert STATES[case_id].hex() == recorded


@pytest.mark.parametrize(
    ("case_id", "temperature_mc", "fault"),
    [
        ("modbus_pt100_trs02a-02", 19_300, None),
        ("modbus_pt100_trs02a-04", 19_300, "open"),
        ("modbus_pt100_trs02a-05", -10_100, None),
    ],
)
def test_the_pt100_gives_the_recorded_answers(case_id: str, temperature_mc: int, fault: str | None) -> None:
    """Asked for value and status; with the probe open and asked for the value alone."""
    voice = Trs02a()
    voice.set_temperature_mc(temperature_mc)
    voice.fault = fault  # type: ignore[assignment]
    request = "010300010001d5ca" if fault else "01030001000295cb"
    recorded = next(case["frame_hex"] for case in CASES if case["id"] == case_id)
    assert voice.hear(bytes.fromhex(request), 1.0).hex() == recorded


@pytest.mark.parametrize(
    ("case_id", "temperature_mc", "registers", "zeros", "echoes"),
    [
        ("modbus_xymd02-03", 30_500, 1, 0, False),
        ("modbus_xymd02-04", 30_500, 2, 0, False),
        ("modbus_xymd02-06", -20_500, 1, 0, False),
        ("modbus_xymd02-12", 30_500, 1, 1, False),
        ("modbus_xymd02-13", 30_500, 1, 0, True),
    ],
)
def test_the_sht20_box_gives_the_recorded_answers(
    case_id: str, temperature_mc: int, registers: int, zeros: int, echoes: bool
) -> None:
    """One register or two, a stray zero before, the request's echo before."""
    voice = XyMd02()
    voice.set_temperature_mc(temperature_mc)
    voice.leading_zeros, voice.echoes = zeros, echoes
    request = "010400010001600a" if registers == 1 else "010400010002200b"
    recorded = next(case["frame_hex"] for case in CASES if case["id"] == case_id)
    assert voice.hear(bytes.fromhex(request), 1.0).hex() == recorded
