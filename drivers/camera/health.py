"""Which picture decoders are there, and the line that installs the others. For `station doctor`; imports none of them.

`find_spec` only looks, so a doctor's visit costs no memory. Whether libzbar0 can be loaded is asked of the linker's
own table. Called by the agent's doctor and by `station decode`.
"""

import ctypes.util
import importlib.metadata
import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DecoderHealth:
    """One decoder: whether it can be used, what it is for, and the line that installs it.

    version: as installed, None where it is missing or does not say. needed: whether no picture can be read without it.
    """

    name: str
    present: bool
    version: str | None
    needed: bool
    used_for: str
    install: str


_PARTS = (
    ("zxing-cpp", "zxingcpp", True, "读一切码 / reads every code", "pip install 'zxing-cpp>=3.1'"),
    (
        "opencv-python-headless",
        "cv2",
        False,
        "歪斜、暗、小的码和读图片文件 / tilted, dark and small codes, and picture files",
        "pip install opencv-python-headless",
    ),
    ("pyzbar", "pyzbar", False, "第二种解码,互相验证 / a second opinion", "pip install pyzbar"),
)


def camera_health() -> list[DecoderHealth]:
    """Return one entry a decoder, the needed one first, and libzbar0, which pyzbar loads."""
    entries = [
        DecoderHealth(name, importlib.util.find_spec(module) is not None, _version(name), needed, used_for, install)
        for name, module, needed, used_for, install in _PARTS
    ]
    zbar = ctypes.util.find_library("zbar")
    return [
        *entries,
        DecoderHealth(
            "libzbar0",
            zbar is not None,
            None,
            False,
            "pyzbar 的系统库 / what pyzbar loads",
            "sudo apt install libzbar0",
        ),
    ]


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
