"""A camera, as a station sees it: a folder into which pictures come, whole, one after the other (devices.md B5).

    <folder>/.picture-0001.pgm  ->  picture-0001.pgm        written under a hidden name, then renamed

Whoever reads a picture removes it; a folder in which nobody reads is full after MOST_WAITING. Pictures are drawn
(`sim_hardware.label`) or copied from a real photograph. Not a video device: a station that takes its own pictures has a
`capture` command, and that is a program, not a twin. Called by `sim_hardware.models`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from sim_hardware.errors import PathTakenError
from sim_hardware.label import pgm, picture

MOST_WAITING = 50
MOST_BYTES = 20_000_000
"""Of a photograph; a phone's has 5 MB or so."""
KINDS = frozenset({".jpg", ".jpeg", ".png", ".pgm"})


class CameraFolder:
    """The folder and who puts pictures there. Starts unplugged."""

    def __init__(self, folder: Path) -> None:
        """`folder`: created by `plug`."""
        self.folder = folder
        self._number = 0

    def plug(self) -> None:
        """Connect it: the folder is there, empty or as it was. Raises PathTakenError where a file stands there."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            hint = "move it away, or choose another directory"
            raise PathTakenError(f"{self.folder} is not a directory", hint=hint) from error

    def unplug(self) -> None:
        """Take it away: the folder is gone with what waited in it. A folder with strange files in it stays."""
        for taken in self._pictures():
            taken.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def take(self, codes: Sequence[str], fault: str = "clean") -> Path:
        """Photograph a label with these codes, well or as badly as `label.FAULTS` says; return the picture's path.

        Raises ValueError for a code that no label has, an unknown fault, or a folder that is full or gone.
        """
        return self._put(pgm(picture(codes, fault)), ".pgm")

    def take_blank(self) -> Path:
        """Photograph a label without a code."""
        return self.take(())

    def spoil(self) -> Path:
        """Put a file there that is named like a picture and is none."""
        return self._put(b"\x00no picture\xff" * 16, ".jpg")

    def copy(self, photograph: Path) -> Path:
        """Put a copy of a real photograph there. Raises ValueError where there is none."""
        suffix = photograph.suffix.lower()
        if suffix not in KINDS:
            raise ValueError(f"a picture ends in {', '.join(sorted(KINDS))}, not {photograph.name}")
        try:
            if photograph.stat().st_size > MOST_BYTES:
                raise ValueError(f"{photograph} has more than {MOST_BYTES} bytes")
            data = photograph.read_bytes()
        except OSError as error:
            raise ValueError(f"{photograph}: {error.strerror}") from error
        return self._put(data, suffix)

    def _pictures(self) -> list[Path]:
        """What waits, hidden ones too; nothing where the folder is gone."""
        return [path for path in self.folder.glob("*") if path.suffix in KINDS]

    def _put(self, data: bytes, suffix: str) -> Path:
        if not self.folder.is_dir():
            raise ValueError("the camera is unplugged")
        if len(self._pictures()) >= MOST_WAITING:
            raise ValueError(f"nobody takes the pictures: {MOST_WAITING} wait in {self.folder}")
        self._number += 1
        whole = self.folder / f"picture-{self._number:04}{suffix}"
        fresh = whole.with_name(f".{whole.name}")
        fresh.write_bytes(data)
        return fresh.replace(whole)
