"""Thin adapters of the decoders: a grey picture and a step in, reads out. Imported by the worker process only.

zxing-cpp is the one that must be there. OpenCV (cut, clahe, doubled, and reading picture files) and pyzbar are loaded
when a step first asks for them, which costs 0.4 s and 65 MiB (devices.md B5). Without OpenCV picture files are read by
Pillow, or, if they are binary PGM, by us. Not here: which step comes when, and what counts (`chain.py`).
"""

# ruff: noqa: ANN401  the decoders have no type stubs: what comes of them is Any until it is a Read

import importlib
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.camera.chain import Read, Step
from drivers.scanners.codes import AIM, decode_text

PARCEL_FORMATS = ("Code128", "QRCode", "Code39", "ITF", "EAN13", "DataMatrix")
"""What stands on parcels and bags; zxing-cpp's names."""
PYZBAR_FAMILIES = {
    "CODE128": "CODE128", "CODE39": "CODE39", "CODE93": "CODE93", "CODABAR": "CODABAR", "I25": "ITF",
    "EAN13": "EAN13", "UPCA": "EAN13", "EAN8": "EAN8", "QRCODE": "QR", "PDF417": "PDF417",
}  # fmt: skip
"""zbar's names -> ours; what is not here (DataBar, add-ons) is on no parcel."""
MAX_PIXELS = 30_000_000
"""A phone's picture has 12 or so; beyond this a file is no picture of a label."""
MAX_CUTS = 16
_MARGIN = 0.12
"""Bars are cut out with so much of their width around them: the quiet zone belongs to the code."""
_NEEDS = {Step.CUT: "cv2", Step.CLAHE: "cv2", Step.DOUBLED: "cv2", Step.PYZBAR: "pyzbar"}
_PGM = re.compile(rb"P5\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+255\s")


class NotAPicture(Exception):
    """The file cannot be read as a picture with what is installed; the message says why."""


@dataclass(frozen=True, slots=True)
class Grey:
    """A grey picture: `width` x `height` bytes, rows from the top, 0 black."""

    width: int
    height: int
    pixels: bytes


def available() -> list[Step]:
    """Return the steps for which decoders are installed; looks, but imports nothing."""
    if not importlib.util.find_spec("zxingcpp"):
        return []
    return [step for step in Step if step not in _NEEDS or importlib.util.find_spec(_NEEDS[step])]


def load(path: Path) -> Grey:
    """Read a picture file; raises NotAPicture, or OSError where there is no file."""
    raw = path.read_bytes()
    pgm = _PGM.match(raw)
    if pgm:
        width, height = int(pgm[1]), int(pgm[2])
        pixels = raw[pgm.end() : pgm.end() + width * height]
    elif importlib.util.find_spec("cv2"):
        width, height, pixels = _load_with_opencv(raw)
    elif importlib.util.find_spec("PIL"):
        width, height, pixels = _load_with_pillow(path)
    else:
        raise NotAPicture("only PGM can be read without opencv-python-headless or pillow")
    if not 0 < width * height <= MAX_PIXELS or len(pixels) != width * height:
        raise NotAPicture(f"{width} x {height} pixels, {len(pixels)} bytes")
    return Grey(width, height, pixels)


def _load_with_opencv(raw: bytes) -> tuple[int, int, bytes]:
    cv2, numpy = _module("cv2"), _module("numpy")
    picture = cv2.imdecode(numpy.frombuffer(raw, numpy.uint8), cv2.IMREAD_GRAYSCALE) if raw else None
    if picture is None:
        raise NotAPicture("not a picture OpenCV can read")
    return picture.shape[1], picture.shape[0], picture.tobytes()


def _load_with_pillow(path: Path) -> tuple[int, int, bytes]:
    image = _module("PIL.Image")
    try:
        with image.open(path) as picture:
            grey = picture.convert("L")
    except (image.UnidentifiedImageError, image.DecompressionBombError) as error:
        raise NotAPicture(str(error)) from error
    return grey.width, grey.height, grey.tobytes()


def run(step: Step, grey: Grey) -> list[Read]:
    """Run one step on a picture; ImportError where its decoder is not installed or cannot be loaded."""
    if step is Step.PYZBAR:
        return _pyzbar(grey)
    if step in (Step.FAST, Step.FULL):
        return _zxing(_view(grey), step, fast=step is Step.FAST)
    return [read for picture in _prepared(step, grey) for read in _zxing(picture, step, fast=step is Step.CUT)]


def _module(name: str) -> Any:
    """Import a decoder."""
    return importlib.import_module(name)


def _view(grey: Grey) -> memoryview:
    return memoryview(grey.pixels).cast("B", (grey.height, grey.width))


def _zxing(picture: Any, step: Step, *, fast: bool) -> list[Read]:
    zxing = _module("zxingcpp")
    options: dict[str, Any] = {"text_mode": zxing.TextMode.Plain}
    if fast:
        options["formats"] = tuple(getattr(zxing.BarcodeFormat, name) for name in PARCEL_FORMATS)
        options |= {"try_rotate": step is Step.CUT, "try_downscale": False, "try_invert": False}
    reads: list[Read] = []
    for found in zxing.read_barcodes(picture, **options):
        aim = str(found.symbology_identifier)
        _add(reads, str(found.text), AIM.get(aim[1:], "OTHER"), step, aim if aim[1:] in AIM else None)
    return reads


def _pyzbar(grey: Grey) -> list[Read]:
    reads: list[Read] = []
    for found in _module("pyzbar.pyzbar").decode((grey.pixels, grey.width, grey.height)):
        family = PYZBAR_FAMILIES.get(str(found.type))
        text = decode_text(bytes(found.data), family) if family else None
        if family and text:
            code = text if found.type != "UPCA" else f"0{text}"  # zxing-cpp gives UPC-A as the EAN-13 it is
            _add(reads, code, family, Step.PYZBAR, None)
    return reads


def _add(reads: list[Read], code: str, family: str, step: Step, aim: str | None) -> None:
    """Keep a read whose text can be a code's, once."""
    text = decode_text(code.encode("utf-8", "surrogatepass"), family)
    if text and Read(text, family, step, aim) not in reads:
        reads.append(Read(text, family, step, aim))


def _prepared(step: Step, grey: Grey) -> list[Any]:
    """The pictures OpenCV makes of one for a step."""
    cv2, numpy = _module("cv2"), _module("numpy")
    picture = numpy.frombuffer(grey.pixels, numpy.uint8).reshape(grey.height, grey.width)
    if step is Step.CLAHE:
        return [cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(picture)]
    if step is Step.DOUBLED:
        if picture.size * 4 > MAX_PIXELS:
            return []
        return [cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)]
    return _cuts(cv2, numpy, picture)


def _cuts(cv2: Any, numpy: Any, picture: Any) -> list[Any]:
    """Each patch of bars OpenCV finds, straightened at its own scale, with a margin for the quiet zone."""
    found, corners = cv2.barcode.BarcodeDetector().detectMulti(picture)
    if not found:
        return []
    cuts: list[Any] = []
    for patch in corners[:MAX_CUTS]:
        bottom_left, top_left, top_right, _ = patch.astype(float)
        along, across = top_right - top_left, bottom_left - top_left
        width, height = (float(numpy.hypot(*side)) for side in (along, across))
        if min(width, height) < 4 or width * height > MAX_PIXELS:
            continue
        margin = along * _MARGIN
        source = numpy.float32([top_left - margin, top_right + margin, bottom_left - margin])
        out = (int(width * (1 + 2 * _MARGIN)), int(height))
        target = numpy.float32([[0, 0], [out[0], 0], [0, out[1]]])
        matrix = cv2.getAffineTransform(source, target)
        cuts.append(cv2.warpAffine(picture, matrix, out, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
    return cuts
