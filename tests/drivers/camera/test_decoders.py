"""The adapters of the decoders on real pictures, and what they say of files that are none. No test here is skipped."""

from pathlib import Path

import pytest

from drivers.camera.chain import Step
from drivers.camera.decoders import NotAPicture, available, load, run
from drivers.camera.health import camera_health
from tests.bench.pictures import FOLDER

CLEAN = FOLDER / "waybill-00.jpg"


def pgm(path: Path) -> bytes:
    """The same picture as a binary PGM."""
    grey = load(path)
    return b"P5\n# a comment\n%d %d\n255\n" % (grey.width, grey.height) + grey.pixels


def test_every_decoder_is_installed_where_the_tests_run() -> None:
    """What these tests prove is proved for all three decoders, or they fail."""
    assert available() == list(Step)
    assert [part.name for part in camera_health() if not part.present] == []


@pytest.mark.parametrize("step", [Step.FAST, Step.FULL, Step.CLAHE, Step.DOUBLED, Step.PYZBAR])
def test_a_clean_picture_is_read_by_every_step(step: Step) -> None:
    """Text and family are the same from each; the AIM prefix comes from zxing-cpp only."""
    (read,) = run(step, load(CLEAN))
    assert (read.code, read.symbology, read.step) == ("SF1234567890123", "CODE128", step)
    assert read.aim == (None if step is Step.PYZBAR else "]C0")


def test_a_tilted_code_is_read_by_cutting() -> None:
    """Bars tilted by 33 degrees are found and straightened; no plain decoder reads them."""
    grey = load(FOLDER / "waybill-15.jpg")
    assert [read.code for read in run(Step.CUT, grey)] == ["SF1234567890123"]
    assert not run(Step.FULL, grey)
    assert not run(Step.PYZBAR, grey)


def test_chinese_in_a_qr_code_is_text() -> None:
    """Text beyond ASCII comes out as it went in."""
    (read,) = run(Step.FAST, load(FOLDER / "other-10.jpg"))
    assert (read.code, read.symbology) == ("中国邮政 9801234567890", "QR")


def test_pgm_needs_no_library(tmp_path: Path) -> None:
    """A camera's raw picture is read by ourselves, comment and all, byte for byte."""
    path = tmp_path / "picture.pgm"
    path.write_bytes(pgm(CLEAN))
    assert load(path) == load(CLEAN)


@pytest.mark.parametrize(
    "raw",
    [b"", b"no picture", b"P5 10 10 255\n123", b"P5 99999 99999 255\n", b"\xff\xd8\xff\xe0 cut", b"P5 0 0 255\n"],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, raw: bytes) -> None:
    """Cut, empty and enormous files are told, not guessed at."""
    path = tmp_path / "picture.jpg"
    path.write_bytes(raw)
    with pytest.raises(NotAPicture):
        load(path)


def test_health_names_the_repair() -> None:
    """Each decoder has a version or none, a use and an install line; only zxing-cpp is needed."""
    health = camera_health()
    assert [part.name for part in health] == ["zxing-cpp", "opencv-python-headless", "pyzbar", "libzbar0"]
    assert [part.name for part in health if part.needed] == ["zxing-cpp"]
    assert all("install" in part.install and " / " in part.used_for for part in health)
