"""Scanners that listen to their host, by the name of their model; a new one is one file here and one line.

The plain text gun is `sim_hardware.scanner`, what types like a keyboard is `sim_hardware.keyboard`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sim_hardware.scanners.scan_gm65 import Gm65
from sim_hardware.scanners.scan_honeywell import Honeywell
from sim_hardware.scanners.scan_newland import Newland
from sim_hardware.scanners.scan_ssi import Ssi
from sim_hardware.scanners.voice import ScannerVoice

PROTOCOLS: Mapping[str, Callable[[], ScannerVoice]] = {
    "scan_ssi": Ssi,
    "scan_gm65": Gm65,
    "scan_newland": Newland,
    "scan_honeywell": Honeywell,
}
