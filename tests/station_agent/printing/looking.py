"""Looks at what was printed the way a gun and a person would: pages as pictures, read by our own decoders."""

import atexit
import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from drivers.camera.chain import Chain, Step
from drivers.camera.decoders import Grey, load, run
from station_agent.printing.drawing import Imprint
from station_agent.printing.fonts import chinese_font

IMPRINT = Imprint("龙雾村", "2026-11-25", "1.2.3")
ROOT = Path(__file__).parents[3]
assert shutil.which("pdftoppm"), "sudo apt install poppler-utils"


@functools.cache
def small_font() -> Path:
    """The Chinese font cut down to the letters of what is printed here: the whole one takes 0.2 s to open."""
    texts = [*ROOT.glob("station_agent/printing/*.py"), ROOT / "station_agent/counter/cards.py"]
    texts += [*ROOT.glob("tests/station_agent/*.py"), *ROOT.glob("tests/station_agent/printing/*.py")]
    options = subset.Options()
    options.layout_features = []
    options.notdef_outline = True
    options.drop_tables += ["FFTM"]
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(path.read_text("utf-8") for path in texts))
    place = Path(tempfile.mkdtemp()) / "small.ttf"
    atexit.register(shutil.rmtree, place.parent)
    with TTFont(chinese_font(None), fontNumber=0, lazy=True) as font:
        cutter.subset(font)
        font.save(place)
    return place


def pages_of(pdf: bytes, folder: Path, dpi: int = 150) -> list[Grey]:
    """Every page of a PDF as a picture."""
    (folder / "looked_at.pdf").write_bytes(pdf)
    words = ["pdftoppm", "-r", str(dpi), "-gray", str(folder / "looked_at.pdf"), str(folder / "page")]
    subprocess.run(words, check=True, capture_output=True)
    found = sorted(folder.glob("page-*.pgm"))
    pictures = [load(path) for path in found]
    for path in found:
        path.unlink()
    return pictures


def counted(picture: Grey) -> list[str]:
    """The codes that count after the first step of the camera's chain, sorted; a code met twice on a page is one."""
    chain = Chain((Step.FAST,), lambda _: False)
    chain.begin(0.0)
    chain.take(run(Step.FAST, picture))
    return sorted({found.read.code for found in chain.end() if found.counts})


def families(picture: Grey) -> list[tuple[str, str]]:
    """Family and code of everything read, sorted."""
    return sorted((read.symbology, read.code) for read in run(Step.FAST, picture))


def words_of(pdf: bytes, folder: Path) -> str:
    """The text of a PDF as a reader copies it."""
    (folder / "looked_at.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", folder / "looked_at.pdf", "-"], check=True, capture_output=True)
    return done.stdout.decode("utf-8")


def bits(rows: bytes, width: int, height: int, black: int) -> Grey:
    """A printer's dots as a picture on white paper; `black` is the bit that burns."""
    row_bytes = len(rows) // height
    dots = bytearray()
    for row in range(height):
        line = int.from_bytes(rows[row * row_bytes : (row + 1) * row_bytes], "big")
        text = f"{line:0{row_bytes * 8}b}"[:width]
        dots += bytes(0 if dot == str(black) else 255 for dot in text)
    return Grey(width, height, bytes(dots))


def tspl_labels(sent: bytes) -> list[Grey]:
    """What a TSPL printer puts on its labels."""
    labels = []
    head = re.compile(rb"SIZE (\d+) mm,(\d+) mm\r\nGAP 2 mm,0 mm\r\nCLS\r\nBITMAP 0,0,(\d+),(\d+),0,")
    while sent:
        found = head.match(sent)
        assert found is not None, sent[:80]
        width, height = int(found[3]) * 8, int(found[4])
        end = found.end() + width // 8 * height
        labels.append(bits(sent[found.end() : end], width, height, black=0))
        tail = b"\r\nPRINT 1,1\r\n"
        assert sent[end : end + len(tail)] == tail
        sent = sent[end + len(tail) :]
    return labels


def zpl_labels(sent: bytes) -> list[Grey]:
    """What a ZPL printer puts on its labels."""
    shape = re.compile(rb"\^XA\^PW(\d+)\^LL(\d+)\^LH0,0\^FO0,0\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS\^PQ1\^XZ\r\n")
    assert shape.sub(b"", sent) == b""
    labels = []
    for width, height, count, total, row_bytes, field in shape.findall(sent):
        rows = bytes.fromhex(field.decode())
        assert len(rows) == int(count) == int(total) == int(row_bytes) * int(height)
        labels.append(bits(rows, int(width), int(height), black=1))
    return labels
