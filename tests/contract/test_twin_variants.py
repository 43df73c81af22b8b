"""What makers changed within one model: other layouts, units, decimals and modes, each read by the same driver."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from drivers.models import MODELS
from sim_hardware.scales import (
    cas22,
    ff_bcd5,
    mt_cont,
    sartorius16,
    stgs_ascii,
    yaohua_a12e15,
    yaohua_cont12,
    yaohua_eq_fwd9,
    yaohua_eq_rev9,
    yaohua_ww,
)
from sim_hardware.scales.cas_enq import CasEnq
from sim_hardware.scales.hid_pos_scale import HidPosScale
from sim_hardware.scales.mtsics import MtSics
from sim_hardware.scales.nci_scp01 import NciScp01
from sim_hardware.scales.pan import Pan
from sim_hardware.scales.stgs_ascii import LAYOUTS
from sim_hardware.scales.voice import Frame, ScaleVoice, Streaming
from sim_hardware.scales.yaohua_cmd import YaohuaCommand
from tests.contract.twins import COVERED, Bench, complaints, settings_of, usable

FINE = Pan(division_g=Decimal("0.1"))
TOLERANCE_G = {"hid_pos_scale": 1.5}
"""Half of a tenth of an ounce; the others show grams."""
COARSE = Pan(capacity_g=60_000, division_g=Decimal(10))


def streaming(frame: Frame, pan: Pan) -> Callable[[], ScaleVoice]:
    """A maker of a streaming voice."""
    return partial(Streaming, frame, pan)


def stgs(layout: str, unit: str, decimals: int, pan: Pan) -> Callable[[], ScaleVoice]:
    """A maker of one ST,GS layout."""
    return streaming(partial(stgs_ascii.frame, layout=LAYOUTS[layout], unit=unit, decimals=decimals), pan)


VARIANTS: list[tuple[str, str, dict[str, Any], Callable[[], ScaleVoice]]] = [
    *(
        ("stgs_ascii", f"{layout} {unit}", {}, stgs(layout, unit, decimals, FINE if unit == "g" else Pan()))
        for layout in LAYOUTS
        for unit, decimals in (("kg", 3), ("g", 1))
    ),
    ("yaohua_cont12", "g", {"unit": "g"}, streaming(partial(yaohua_cont12.frame, unit="g", decimals=0), Pan())),
    ("yaohua_cont12", "2 decimals", {}, streaming(partial(yaohua_cont12.frame, decimals=2), COARSE)),
    ("yaohua_cmd", "address Z", {"address": "Z"}, lambda: YaohuaCommand(address="Z")),
    ("yaohua_cmd", "net", {"weight": "net"}, YaohuaCommand),
    ("yaohua_a12e15", "2 decimals", {}, streaming(partial(yaohua_a12e15.frame, decimals=2), COARSE)),
    ("yaohua_ww", "2 decimals", {}, streaming(partial(yaohua_ww.frame, decimals=2), COARSE)),
    ("yaohua_eq_rev9", "2 decimals", {}, streaming(partial(yaohua_eq_rev9.frame, decimals=2), COARSE)),
    ("yaohua_eq_fwd9", "2 decimals", {}, streaming(partial(yaohua_eq_fwd9.frame, decimals=2), COARSE)),
    ("mt_cont", "no check", {"checksum": False}, streaming(partial(mt_cont.frame, check=False), Pan())),
    ("mt_cont", "g", {"unit": "g"}, streaming(partial(mt_cont.frame, unit="g", decimals=0), Pan())),
    ("mt_cont", "steps of 10 g", {}, streaming(mt_cont.frame, COARSE)),
    ("mtsics", "g", {}, lambda: MtSics(FINE, unit="g", decimals=1)),
    ("cas22", "zeros", {}, streaming(partial(cas22.frame, number=5, fill="0"), Pan())),
    ("cas_enq", "streams", {"ask": False}, lambda: CasEnq(streams=True)),
    ("ff_bcd5", "2 decimals", {}, streaming(partial(ff_bcd5.frame, decimals=2), COARSE)),
    ("nci_scp01", "no S", {}, lambda: NciScp01(marked=False)),
    ("sartorius16", "g", {}, streaming(partial(sartorius16.frame, unit="g", decimals=1), FINE)),
    ("hid_pos_scale", "kg", {}, lambda: HidPosScale(unit="kg", decimals=3)),
    ("hid_pos_scale", "oz", {}, lambda: HidPosScale(FINE, unit="oz", decimals=1)),
]


@pytest.mark.parametrize(
    ("name", "keys", "make"),
    [pytest.param(name, keys, make, id=f"{name} {what}") for name, what, keys, make in VARIANTS if name in COVERED],
)
def test_every_make_of_a_model_is_read(name: str, keys: dict[str, Any], make: Callable[[], ScaleVoice]) -> None:
    """Parcel after parcel, and a little below zero: the weight on the display, and no complaint."""
    model = MODELS[name]
    voice = make()
    bench = Bench(model.decoder(settings_of(model, **keys)), voice)
    bench.run(2.0)
    for weight_g in (1_230, 20, 20_000, 0, -10):
        voice.pan = voice.pan.with_load(weight_g, bench.now_s, settle_s=0)
        bench.run(1.0)
        readings = bench.run(2.0)
        weights = usable(readings)
        assert weight_g < 0 or weights
        assert all(abs(weight - weight_g) <= TOLERANCE_G.get(name, 0.05) for weight in weights)
        assert weight_g < 0 or complaints(readings) == []
