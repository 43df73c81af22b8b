"""Draws the labelled pictures of `tests/cases/pictures`: `python -m tests.drivers.camera.make_pictures`.

Labels as parcels carry them, photographed badly in known ways: blurred, moved, noisy, tilted, seen from the side, in
low light, small. Every number is fixed, so the same libraries draw the same pictures. Codes are made by zxing-cpp's own
writer; what is drawn here never was a real parcel's code.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import zxingcpp

FOLDER = Path(__file__).parents[2] / "cases" / "pictures"
WIDTH, HEIGHT = 860, 480
SEED = 20240229
QUALITY = 65
Grey = Any
"""A numpy array of bytes, rows from the top."""


@dataclass(frozen=True)
class Fault:
    """How badly a picture was taken; all zero is a scan. In pixels, degrees, and shares of full white."""

    blur: float = 0.0
    motion: int = 0
    noise: float = 0.0
    tilt: float = 0.0
    side: float = 0.0
    light: float = 1.0
    scale: float = 1.0
    gradient: float = 0.0

    @property
    def name(self) -> str:
        """Only what is wrong, e.g. "tilt20 light0.3"."""
        defaults = Fault()
        wrong = [(k, v) for k, v in vars(self).items() if v != getattr(defaults, k)]
        return " ".join(f"{key}{value:g}" for key, value in wrong) or "clean"


FAULTS = [
    Fault(),
    Fault(blur=1.2), Fault(blur=1.8), Fault(blur=2.4), Fault(blur=3.0),
    Fault(motion=5), Fault(motion=9),
    Fault(noise=0.08), Fault(noise=0.16), Fault(noise=0.25),
    Fault(tilt=4), Fault(tilt=9), Fault(tilt=15), Fault(tilt=20), Fault(tilt=25), Fault(tilt=33), Fault(tilt=90),
    Fault(side=0.15), Fault(side=0.3), Fault(side=0.4, tilt=8),
    Fault(light=0.3), Fault(light=0.12), Fault(light=0.2, noise=0.03), Fault(light=0.3, gradient=0.9),
    Fault(scale=0.5), Fault(scale=0.36),
    Fault(blur=1.2, tilt=18, light=0.4), Fault(blur=1.4, noise=0.06, light=0.35), Fault(tilt=22, noise=0.08),
    Fault(scale=0.5, blur=0.8, noise=0.04),
]  # fmt: skip
CODE128 = ("SF1234567890123", "YT8830012345678", "JT5123456789012", "78812345678901", "JDVA00123456789-1-1-")
OTHERS = (
    ("QRCode", "YT8830012345678"), ("QRCode", "中国邮政 9801234567890"), ("DataMatrix", "SF1234567890123"),
    ("EAN13", "690123456789"), ("Code39", "YT1234567890"), ("ITF", "06901234567892"),
)  # fmt: skip
FAMILIES = {
    "Code128": "CODE128",
    "QRCode": "QR",
    "DataMatrix": "DATAMATRIX",
    "EAN13": "EAN13",
    "Code39": "CODE39",
    "ITF": "ITF",
}


def code_picture(format_name: str, text: str, scale: int) -> Grey:
    """A code with its quiet zone, `scale` pixels a module, at least 110 pixels high."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, format_name))
    picture = np.array(code.to_image(scale=scale, add_quiet_zones=True))
    if picture.shape[0] < 110 or format_name in ("Code128", "Code39", "ITF", "EAN13"):
        picture = cv2.resize(picture, (picture.shape[1], max(110, picture.shape[0])), interpolation=cv2.INTER_NEAREST)
    return picture


def label(codes: list[tuple[str, str, int]], rng: np.random.Generator) -> Grey:
    """A white label on a brown parcel, with lines of print and codes one under the other."""
    picture = np.full((HEIGHT, WIDTH), 120, np.uint8)
    picture[24 : HEIGHT - 24, 24 : WIDTH - 24] = 245
    y = 50
    for format_name, text, scale in codes:
        code = code_picture(format_name, text, scale)
        height, width = code.shape
        x = 40 + int(rng.integers(0, max(1, WIDTH - 100 - width)))
        picture[y : y + height, x : x + width] = code[: HEIGHT - y]
        y += height + 34
        cv2.putText(picture, text.encode("ascii", "replace").decode(), (60, y - 10), 0, 0.6, 30, 1, cv2.LINE_AA)
    for row in range(y + 26, HEIGHT - 40, 24):
        words = "".join(chr(int(c)) for c in rng.integers(65, 91, 24))
        cv2.putText(picture, words, (60, row), 0, 0.55, 60, 1, cv2.LINE_AA)
    return picture


def photograph(picture: Grey, fault: Fault, rng: np.random.Generator) -> Grey:
    """The picture as a bad photographer brings it home."""
    height, width = picture.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    slant = [[0, fault.side * 120], [-fault.side * 160, 0], [-fault.side * 90, 0], [0, 0]]
    pushed = corners + np.array(slant, np.float32)
    picture = cv2.warpPerspective(
        picture, cv2.getPerspectiveTransform(corners, pushed), (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    shrink = fault.scale * (0.78 if fault.tilt else 1.0)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), fault.tilt, shrink)
    picture = cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_AREA, borderValue=110)
    if fault.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), fault.blur)
    if fault.motion:
        picture = cv2.filter2D(picture, -1, np.full((1, fault.motion), 1 / fault.motion, np.float32))
    light = fault.light * (1 - fault.gradient * np.linspace(0, 1, width)[None, :])
    lit = picture.astype(np.float32) * light + rng.normal(0, fault.noise * 255, picture.shape)
    return np.clip(lit, 0, 255).astype(np.uint8)


def pictures() -> Iterator[tuple[str, Grey, list[dict[str, str]], str]]:
    """Every picture: its file name, itself, the codes in it, and how it was spoilt."""
    rng = np.random.default_rng(SEED)
    for number, fault in enumerate(FAULTS):
        text = CODE128[number % len(CODE128)]
        codes = [("Code128", text, 3 if len(text) < 18 else 2)]
        if number % 5 == 4:
            codes.append(("QRCode", "https://example.com/t?n=" + text[-6:], 4))
        yield from one(f"waybill-{number:02}", codes, fault, rng)
    spoilt = (Fault(), Fault(blur=1.2, tilt=6), Fault(light=0.2, noise=0.03))
    for number, (format_name, text) in enumerate(OTHERS):
        for which, fault in enumerate(spoilt):
            scale = 4 if format_name in ("QRCode", "DataMatrix") else 3
            yield from one(f"other-{number}{which}", [(format_name, text, scale)], fault, rng)
    for number, fault in enumerate((*spoilt, Fault(noise=0.25), Fault(tilt=20), Fault(motion=9))):
        yield from one(f"none-{number}", [], fault, rng)
    for number, step in enumerate((3, 4, 6)):  # stripes that are no code, as on a jersey or a heating
        bars = np.tile(np.repeat(np.array([0, 255], np.uint8), step), WIDTH)[:WIDTH]
        stripes = np.where(rng.random(WIDTH) < 0.1, 255 - bars, bars).astype(np.uint8)  # now and then one is missing
        yield f"none-stripes-{number}.jpg", np.tile(stripes, (HEIGHT, 1)), [], "stripes"
    for number in range(3):  # a code with a third of it torn off
        picture = label([("Code128", CODE128[number], 2)], rng)
        dark = np.flatnonzero((picture[60:100] < 60).any(axis=0))
        picture[30:220, int(dark[0] + (dark[-1] - dark[0]) * 0.66) : WIDTH - 24] = 245
        yield f"none-torn-{number}.jpg", picture, [], "torn"


def one(
    name: str, codes: list[tuple[str, str, int]], fault: Fault, rng: np.random.Generator
) -> Iterator[tuple[str, Grey, list[dict[str, str]], str]]:
    """One label, photographed."""
    said = [{"code": zxing_text(kind, text), "symbology": FAMILIES[kind]} for kind, text, _ in codes]
    yield f"{name}.jpg", photograph(label(codes, rng), fault, rng), said, fault.name


def zxing_text(format_name: str, text: str) -> str:
    """What the drawn code says: the writer adds the check digit of an EAN."""
    return zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, format_name)).text


def main() -> None:
    """Write all pictures and their labels."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.jpg"):
        old.unlink()
    labels = {}
    for name, picture, codes, spoilt in pictures():
        cv2.imwrite(str(FOLDER / name), picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        labels[name] = {"codes": codes, "spoilt": spoilt}
    text = json.dumps(labels, ensure_ascii=False, indent=0)
    (FOLDER / "labels.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
