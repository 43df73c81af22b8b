"""Every scale format there is, by the name of its model; a new one is one file beside this one and one line here.

A maker called with nothing, or with a pan, gives the voice of such a scale (`sim_hardware.scales.voice`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

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
from sim_hardware.scales.adam_az import AdamAz
from sim_hardware.scales.cas_enq import CasEnq
from sim_hardware.scales.hid_pos_scale import HidPosScale
from sim_hardware.scales.mtsics import MtSics
from sim_hardware.scales.nci_scp01 import NciScp01
from sim_hardware.scales.pan import Pan
from sim_hardware.scales.toledo8217 import Toledo8217
from sim_hardware.scales.voice import ScaleVoice, Streaming
from sim_hardware.scales.yaohua_cmd import YaohuaCommand


class MakeVoice(Protocol):
    """Makes the voice of one scale."""

    def __call__(self, pan: Pan | None = None) -> ScaleVoice:
        """`pan`: None for an empty one of 30 kg in steps of 1 g."""


FORMATS: Mapping[str, MakeVoice] = {
    "yaohua_cont12": partial(Streaming, yaohua_cont12.frame),
    "yaohua_cmd": YaohuaCommand,
    "yaohua_a12e15": partial(Streaming, yaohua_a12e15.frame),
    "yaohua_ww": partial(Streaming, yaohua_ww.frame),
    "yaohua_eq_rev9": partial(Streaming, yaohua_eq_rev9.frame),
    "yaohua_eq_fwd9": partial(Streaming, yaohua_eq_fwd9.frame),
    "mt_cont": partial(Streaming, mt_cont.frame),
    "toledo8217": Toledo8217,
    "mtsics": MtSics,
    "stgs_ascii": partial(Streaming, stgs_ascii.frame),
    "cas22": partial(Streaming, cas22.frame),
    "cas_enq": CasEnq,
    "ff_bcd5": partial(Streaming, ff_bcd5.frame),
    "nci_scp01": NciScp01,
    "adam_az": AdamAz,
    "sartorius16": partial(Streaming, sartorius16.frame),
    "hid_pos_scale": HidPosScale,
}
