"""The camera's folder and the labels it photographs; the decoders look at them in tests/contract/test_twins.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim_hardware.camera import MOST_WAITING, CameraFolder
from sim_hardware.errors import PathTakenError
from sim_hardware.label import FAULTS, MARGIN_PX, MODULE_PX, QUIET, modules, pgm, picture, values


@pytest.fixture
def camera(tmp_path: Path) -> CameraFolder:
    """A camera that is plugged in."""
    made = CameraFolder(tmp_path / "pictures")
    made.plug()
    return made


def test_a_code_has_the_values_of_the_standard() -> None:
    """Wikipedia's worked example PJJ123C has the check value 54 in set A, so 55 in set B; digits go by pairs."""
    assert values("PJJ123C") == [104, 48, 42, 42, 17, 18, 19, 35, 55, 106]
    assert values("1234")[:3] == [105, 12, 34]
    assert values("123")[0] == 104


def test_every_symbol_has_its_width() -> None:
    """Quiet zones, eleven modules a symbol, thirteen for the stop; it begins and ends with a bar."""
    code = modules("SF1234567890123")
    assert len(code) == 2 * QUIET + 11 * 17 + 13
    assert code[QUIET]
    assert code[-QUIET - 1]
    assert not any(code[:QUIET])
    assert not any(code[-QUIET:])


@pytest.mark.parametrize("code", ["", "村", "SF\n1", "1" * 41])
def test_what_code_128_cannot_say_is_refused(code: str) -> None:
    """Chinese, control characters, nothing at all, and what is longer than a label."""
    with pytest.raises(ValueError, match=r"[Cc]ode"):
        modules(code)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_picture_is_a_whole_rectangle(fault: str) -> None:
    """Every row as wide as the first, as many as the head of the PGM says, whatever went wrong with the light."""
    rows = picture(["SF1234567890123", "78812345678901"], fault)
    assert {len(row) for row in rows} == {len(modules("SF1234567890123")) * MODULE_PX + 2 * MARGIN_PX}
    assert pgm(rows).startswith(b"P5\n%d %d\n255\n" % (len(rows[0]), len(rows)))
    assert len(set(rows)) > 2


def test_a_picture_appears_whole(camera: CameraFolder) -> None:
    """No half picture under its own name, and no hidden one left; numbers go up."""
    first, second = camera.take(["SF1"]), camera.take_blank()
    assert sorted(camera.folder.iterdir()) == [first, second]
    assert first.read_bytes().startswith(b"P5")


def test_a_photograph_is_copied(camera: CameraFolder, tmp_path: Path) -> None:
    """Byte by byte, with its kind; what is no picture or not there is refused."""
    photograph = tmp_path / "label.JPG"
    photograph.write_bytes(b"jpeg")
    assert camera.copy(photograph).read_bytes() == b"jpeg"
    with pytest.raises(ValueError, match="ends in"):
        camera.copy(tmp_path / "label.txt")
    with pytest.raises(ValueError, match="No such file"):
        camera.copy(tmp_path / "none.jpg")


def test_a_camera_nobody_reads_is_full(camera: CameraFolder) -> None:
    """The card is not filled; taking one away makes room."""
    taken = [camera.spoil() for _ in range(MOST_WAITING)]
    with pytest.raises(ValueError, match="nobody takes"):
        camera.spoil()
    taken[0].unlink()
    camera.spoil()


def test_a_camera_taken_away_leaves_nothing(camera: CameraFolder) -> None:
    """The folder goes with its pictures and takes none meanwhile; strange files keep it there; a file in its place is
    not overwritten."""
    camera.take_blank()
    camera.unplug()
    assert not camera.folder.exists()
    with pytest.raises(ValueError, match="unplugged"):
        camera.take_blank()
    camera.plug()
    (camera.folder / "notes.txt").write_text("mine")
    camera.unplug()
    assert (camera.folder / "notes.txt").read_text() == "mine"
    with pytest.raises(PathTakenError):
        CameraFolder(camera.folder / "notes.txt").plug()
