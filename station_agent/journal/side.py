"""What is remembered beside the journal: how far it was found good, what made it suspect, the boot whose log is kept.

Small text files, each replaced whole. A lost one costs only work; none holds anything that is not also in the journal
or would be found again. Called by the agent's start and its idle moments.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from sync.entry import Lane, Position

MAX_PLACES = 8


class Checked(NamedTuple):
    """The last look at the journal. places: where its chains were found good up to; suspect: why the next start must
    look at all of it, "" where it need not."""

    places: tuple[Position, ...] = ()
    suspect: str = ""


class SideFile:
    """`journal.checked`, beside the journal."""

    def __init__(self, journal: Path) -> None:
        """Nothing is read yet."""
        self._path = journal.with_suffix(".checked")

    def read(self) -> Checked:
        """What was remembered; nothing where it cannot be read."""
        try:
            document = json.loads(self._path.read_text("utf-8"))
            places = [
                Position(bytes.fromhex(epoch), Lane(lane), int(sequence), bytes.fromhex(digest))
                for epoch, lane, sequence, digest in document["places"]
            ]
            return Checked(tuple(places[:MAX_PLACES]), str(document["suspect"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Checked()

    def write(self, checked: Checked) -> None:
        """Remember; a card that refuses costs only work."""
        places = [(place.epoch.hex(), int(place.lane), place.sequence, place.hash.hex()) for place in checked.places]
        replace(self._path, json.dumps({"places": places[:MAX_PLACES], "suspect": checked.suspect}))

    def forget(self) -> None:
        """The journal is another one."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


class KeptLogFile:
    """`journal.keep-log`: the boot in which a checkpoint failed; implements `writer.KeptLog`."""

    def __init__(self, journal: Path, boot: str) -> None:
        """`boot` names the running one."""
        self._path, self._boot = journal.with_suffix(".keep-log"), boot

    def is_kept(self) -> bool:
        """Whether it was this boot."""
        try:
            return self._path.read_text("utf-8") == self._boot
        except (OSError, ValueError):
            return False

    def keep(self) -> None:
        """Remember this boot; a card that refuses this too is remembered by the process alone."""
        replace(self._path, self._boot)


def replace(path: Path, text: str) -> None:
    """Put a whole new text in place of a file's; what the card refuses is left as it was."""
    part = path.with_name(f"{path.name}.part")
    with contextlib.suppress(OSError), part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        part.replace(path)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the card; raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
