"""Which programs have a file or device open, as /proc shows it. Looks only: opening a port to see would disturb it.

Shows the programs of the own user, or everybody's to root. Called by the doctor.
"""

import os
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


class Holder(NamedTuple):
    """A program that has it open; `command` is its command line."""

    pid: int
    command: str

    @property
    def is_ours(self) -> bool:
        """Whether it is any command of `station`."""
        words = self.command.split()[:4]
        return any(Path(word).name == "station" or word.startswith("station_agent") for word in words)

    @property
    def is_agent(self) -> bool:
        """Whether it is a `station run`."""
        return self.is_ours and "run" in self.command.split()

    def __str__(self) -> str:
        """For a person: what to stop."""
        return f"{self.command[:60]} (pid {self.pid})"


def holders(path: str | Path, proc: Path = PROC) -> list[Holder]:
    """Every other program we may look at that has `path` open, links resolved."""
    node = os.path.realpath(path)
    found = []
    for folder in sorted(proc.glob("[0-9]*")):
        if int(folder.name) == os.getpid():
            continue
        try:
            held = any(_points_to(descriptor, node) for descriptor in (folder / "fd").iterdir())
            command = (folder / "cmdline").read_bytes() if held else b""
        except OSError:  # it has ended, or belongs to somebody else
            continue
        if held:
            found.append(Holder(int(folder.name), command.replace(b"\0", b" ").decode("utf-8", "replace").strip()))
    return found


def _points_to(descriptor: Path, node: str) -> bool:
    try:
        return str(descriptor.readlink()) == node
    except OSError:  # closed while we looked
        return False
