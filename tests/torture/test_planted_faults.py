"""The harness of the power cuts is itself tested: what loses must be seen to lose, or its silence proves nothing."""

from collections import Counter as Tally
from pathlib import Path

import pytest

from tests.torture.life import Story, lives
from tests.torture.planted import BUGS, CONTROLS
from tests.torture.witness import LOCAL

LYING_CUTS = 2000
PIECES = 4


def _found(folder: Path, name: str, cuts: int, first: int = 0) -> tuple[Tally[str], list[Story]]:
    """What was found how often, and all lives, of which each ends with its first finding."""
    stories = list(lives(first, cuts, folder, CONTROLS[name]))
    told = Tally(finding.what for story in stories for finding in story.findings)
    return told + Tally(cuts=sum(story.cuts for story in stories)), stories


@pytest.mark.parametrize(
    ("bug", "seen_as"),
    [
        ("GreenBeforeCommit", "lost"),
        ("HeadMovedFirst", "chain"),
        ("ChangesApart", "tables"),
        ("LanesApart", "unasked"),
        ("BootForgotten", "boots"),
    ],
)
def test_a_planted_bug_is_caught(bug: str, seen_as: str, tmp_path: Path) -> None:
    """A journal with one thing wrong in its transactions does not get through 200 cuts."""
    told, _ = _found(tmp_path, bug, 200)
    assert told[seen_as] > 0, told
    assert bug in BUGS


def test_wal_normal_loses_what_was_answered(tmp_path: Path) -> None:
    """synchronous=NORMAL keeps the file whole and forgets the newest acts: the reason why the journal says FULL."""
    told, stories = _found(tmp_path, "normal", 300)
    assert told["lost"] > len(stories) / 2, told
    assert sum(told[what] for what in LOCAL - {"sqlite"}) == 0, told


def test_without_syncs_the_file_breaks(tmp_path: Path) -> None:
    """DELETE with synchronous=OFF ends in files SQLite cannot read or does not see are torn."""
    told, stories = _found(tmp_path, "no-log", 300)
    assert told["sqlite"] > len(stories) / 10, told
    assert told["lost"] > 0, told


def test_a_directory_that_is_never_synced_loses(tmp_path: Path) -> None:
    """A log whose name is not on the medium is no log: the model must do the directory sync that SQLite does."""
    told, _ = _found(tmp_path, "no-directory", 200)
    assert told["lost"] > 0, told


@pytest.mark.parametrize("piece", range(PIECES))
def test_a_disk_that_lies_is_always_found(piece: int, tmp_path: Path) -> None:
    """When syncs are only said to be done, nothing that is damaged passes as sound.

    Either the station sees it by itself at the reopening (SQLite's error, quick_check, a chain, a lane, the tables), or
    the file is an exact earlier state: every chain a mere shortening of what was promised, which the county sees by its
    position. Never an altered entry that looks right, and never one found only later, at work.
    """
    told, stories = _found(tmp_path, "lying", LYING_CUTS // PIECES, first=piece * 100_000)
    seen: Tally[str] = Tally()
    for story in stories:
        whats = {finding.what for finding in story.findings}
        if whats & LOCAL:
            seen["by the station itself"] += 1
        elif whats:
            assert whats <= {"lost", "boot"}, story
            seen["an exact earlier state"] += 1
    print(f"\n{told['cuts']} cuts on a disk that lies: {dict(seen)}; {dict(told)}")
    assert seen["by the station itself"] > 0
    assert seen["an exact earlier state"] > 0
