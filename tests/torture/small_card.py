"""A small tmpfs as the card, and what fills it to its last byte."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLER = "filler"


@contextmanager
def small_card(where: Path, size_kb: int) -> Iterator[Path]:
    """A card of this size at `where`, which is made; without root the test is skipped."""
    if os.geteuid() != 0:
        pytest.skip("mounting a tmpfs needs root")
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(where)], check=True)
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def fill(card: Path) -> None:
    """Write until there is no room left."""
    with (card / FILLER).open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def make_room(card: Path) -> None:
    """Take away what `fill` wrote."""
    (card / FILLER).unlink()
