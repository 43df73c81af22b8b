"""Labels as dots: what a label printer or a PNG shows is read by our own decoder."""

from pathlib import Path

import pytest

from drivers.camera.decoders import Grey, load
from station_agent.printing.label import RESOLUTIONS, SIZES_MM, Label, label_page
from station_agent.printing.picture import as_dots, as_png
from station_agent.printing.tspl import as_tspl
from station_agent.printing.zpl import as_zpl
from station_agent.waybill import own_parcel_code
from tests.station_agent.printing.looking import families, small_font, tspl_labels, zpl_labels

CODE = own_parcel_code("237001", 42)
LABEL = Label(CODE, ("自制面单", "parcel"), "龙雾村")
FAMILY = {"60x40": "CODE128", "40x30": "QR"}


def on_white(label: Grey, around: int = 40) -> Grey:
    """A label on a white parcel."""
    blank = b"\xff" * (label.width + 2 * around)
    side = b"\xff" * around
    rows = (label.pixels[row * label.width : (row + 1) * label.width] for row in range(label.height))
    pixels = blank * around + b"".join(side + row + side for row in rows) + blank * around
    return Grey(label.width + 2 * around, label.height + 2 * around, pixels)


@pytest.mark.parametrize("size", SIZES_MM)
@pytest.mark.parametrize("dpi", RESOLUTIONS)
def test_both_languages_print_the_same_readable_label(size: str, dpi: int) -> None:
    """A TSPL and a ZPL printer put the same dots on the label, black on white, as large as the label, and they read."""
    scale = RESOLUTIONS[dpi]
    dots = as_dots(label_page(LABEL, size, scale), dots_per_mm=scale, font=small_font())
    (tspl,) = tspl_labels(as_tspl(dots, SIZES_MM[size]))
    (zpl,) = zpl_labels(as_zpl(dots))
    assert tspl == zpl
    assert (tspl.width, tspl.height) == tuple(side * scale for side in SIZES_MM[size])
    assert 0.02 < tspl.pixels.count(0) / len(tspl.pixels) < 0.4
    assert families(on_white(tspl)) == [(FAMILY[size], CODE)]


def test_a_png_knows_its_size_and_reads(tmp_path: Path) -> None:
    """Printed at its own size the picture is 60 mm wide; its code is read."""
    (tmp_path / "label.png").write_bytes(as_png(label_page(LABEL, "60x40", 12), dots_per_mm=12, font=small_font()))
    picture = load(tmp_path / "label.png")
    assert (picture.width, picture.height) == (720, 480)
    assert families(on_white(picture)) == [("CODE128", CODE)]
    resolution = (tmp_path / "label.png").read_bytes().partition(b"pHYs")[2][:9]
    assert resolution == (12_000).to_bytes(4, "big") * 2 + b"\x01"
