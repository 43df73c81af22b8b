"""The camera as a scanner: a folder, pictures in it, and what becomes of them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.camera.process import Decoding
from drivers.camera.scan_camera import MAX_A_LOOK, ScanCamera, Settings
from drivers.errors import BadSettings, PortUnavailable
from drivers.models import MODELS
from drivers.readings import BadReading, Reading, Scan
from tests.bench.pictures import FOLDER
from tests.contract.vectors import VECTORS, check

CODE = "SF1234567890123"


@pytest.fixture(scope="module")
def decoding() -> Iterator[Decoding]:
    """One real process for all tests of this file."""
    subject = Decoding()
    yield subject
    subject.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for pictures."""
    path = tmp_path / "pictures"
    path.mkdir()
    return path


def put(folder: Path, number: int, name: str, at_s: int = 0) -> Path:
    """Put one of our labelled waybills into the folder, as if at a time."""
    path = folder / name
    path.write_bytes((FOLDER / f"waybill-{number:02}.jpg").read_bytes())
    os.utime(path, (at_s, at_s))
    return path


def camera(folder: Path, decoding: Decoding, **keys: Any) -> ScanCamera:
    """A camera on the folder."""
    return ScanCamera(Settings(path=str(folder), **keys), decoding=decoding)


def said(readings: list[Reading]) -> list[str]:
    """The codes and reasons, in order."""
    return [r.code if isinstance(r, Scan) else str(r.reason) for r in readings if isinstance(r, Scan | BadReading)]


def test_the_recorded_picture_reads_as_recorded(folder: Path) -> None:
    """Through MODELS, as the agent makes it."""
    (vector,) = [vector for vector in VECTORS if vector.model.name == "scan_camera"]
    (folder / "case.pgm").write_bytes(vector.frame)
    subject = vector.model.sampler(vector.settings(str(folder)))
    assert isinstance(subject, ScanCamera)
    check(vector, subject.sample(0.0))
    subject.close()


def test_a_picture_is_a_scan_once(folder: Path, decoding: Decoding) -> None:
    """It is read, told with its family and prefix, and gone; an empty folder is silence."""
    picture = put(folder, 0, "a.jpg")
    subject = camera(folder, decoding)
    (scan,) = subject.sample(3.0)
    assert scan == Scan(CODE, CODE.encode(), 3.0, symbology="CODE128", aim="]C0")
    assert not picture.exists()
    assert subject.sample(4.0) == []


def test_pictures_are_read_in_the_order_they_were_taken(folder: Path, decoding: Decoding) -> None:
    """Oldest first, at most eight a look; the same code again is marked repeated."""
    for number in range(MAX_A_LOOK + 1):
        put(folder, number % 2, f"{9 - number}.jpg", at_s=1000 + number)
    subject = camera(folder, decoding)
    first = subject.sample(0.0)
    assert said(first) == [CODE, "YT8830012345678"] * (MAX_A_LOOK // 2)
    assert said(subject.sample(1.0)) == [CODE]
    put(folder, 0, "again.jpg")
    assert [scan.repeated for scan in subject.sample(2.0) if isinstance(scan, Scan)] == [True]


def test_a_picture_without_a_code_is_no_read(folder: Path, decoding: Decoding) -> None:
    """The attendant hears of it, and may take another."""
    put(folder, 6, "blurred.jpg")
    (reading,) = camera(folder, decoding).sample(0.0)
    assert said([reading]) == ["no_read"]


def test_an_unconfirmed_read_is_told_without_its_text(folder: Path, decoding: Decoding) -> None:
    """Its family only: the text may be a person's. Another picture of the same label confirms it."""
    subject = camera(folder, decoding)
    put(folder, 23, "dark.jpg")
    (reading,) = subject.sample(0.0)
    assert said([reading]) in (["no_read"], ["78812345678901"])  # confirmed at once where pyzbar agrees
    put(folder, 23, "dark.jpg")
    assert said(subject.sample(1.0)) == ["78812345678901"]


def test_what_is_no_picture_is_refused_and_removed(folder: Path, decoding: Decoding) -> None:
    """It would be read for ever; files of other kinds and hidden ones are not touched."""
    broken, half, text = folder / "broken.jpg", folder / ".half.jpg", folder / "readme.txt"
    for path in (broken, half, text):
        path.write_text("no picture")
    assert said(camera(folder, decoding).sample(0.0)) == ["malformed"]
    assert [path.exists() for path in (broken, half, text)] == [False, True, True]


def test_a_missing_folder_is_told(tmp_path: Path, decoding: Decoding) -> None:
    """With the repair; supervision tries again."""
    with pytest.raises(PortUnavailable) as caught:
        camera(tmp_path / "none", decoding).sample(0.0)
    assert "folder" in caught.value.hint


def test_the_station_takes_pictures_itself(folder: Path, decoding: Decoding) -> None:
    """The command gets the path to write to; what it writes is read."""
    copy = f"import shutil, sys; shutil.copy({str(FOLDER / 'waybill-00.jpg')!r}, sys.argv[1])"
    subject = camera(folder, decoding, capture=(sys.executable, "-c", copy, "{picture}"))
    assert said(subject.sample(0.0)) == [CODE]
    assert list(folder.iterdir()) == []


def test_a_camera_that_takes_no_picture_is_told(folder: Path, decoding: Decoding) -> None:
    """A command that fails may work later; one that is not there is a mistake in the configuration."""
    with pytest.raises(PortUnavailable):
        camera(folder, decoding, capture=(sys.executable, "-c", "raise SystemExit(1)")).sample(0.0)
    with pytest.raises(PortUnavailable):
        camera(folder, decoding, capture=(sys.executable, "-c", "pass")).sample(0.0)
    with pytest.raises(BadSettings):
        camera(folder, decoding, capture=("/no/such/program",)).sample(0.0)


def test_the_model_is_a_sampler() -> None:
    """It is a scanner to people, and a picture to MODELS."""
    model = MODELS["scan_camera"]
    assert (model.role, model.transport, model.streams) == ("scanner", "picture", False)
