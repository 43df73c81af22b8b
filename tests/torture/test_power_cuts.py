"""Power cuts at any operation of the disk: the real journal on the real SQLite, on a disk that forgets what it may.

5,000 cuts in `make test` (about 12 s of one core), 100,000 in `make torture`; `CUTS` sets another number for either.
A life that fails prints its seed, and how to live it again: `CUT_LIFE=<seed> pytest tests/torture/test_power_cuts.py -k
replay -s`.
"""

import multiprocessing
import os
from collections import Counter as Tally
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from tests.torture.life import PLAIN, Life, Setup, Story, lives
from tests.torture.planted import CONTROLS

CUTS = int(os.environ.get("CUTS", "5000"))
TORTURE_CUTS = int(os.environ.get("CUTS", "100000"))
PIECES = 10
SEEDS_APART = 1_000_000
"""Between the first seeds of two pieces, so that they never live the same life."""
TORTURE_FROM = PIECES * SEEDS_APART

MOMENTS = {"create", "recover", "start", "commit", "checkpoint", "prune"}
STEPS = {"write wal", "sync wal", "sync the directory of wal", "read wal", "write db", "sync db"}
OUTCOMES = {"in doubt, there", "in doubt, not there"}
"""Every few hundred cuts meet each of these."""


def _survived(story: Story) -> None:
    """Fail with the story, and how to live it again."""
    assert story.findings == [], (
        f"{story}\nreplay: CUT_LIFE={story.seed} pytest tests/torture/test_power_cuts.py -k replay -s"
    )


def _lived(folder: Path, first: int, cuts: int) -> Tally[str]:
    """What happened in so many cuts; stops at the first life that fails."""
    told: Tally[str] = Tally()
    for story in lives(first, cuts, folder):
        _survived(story)
        told += story.moments + Tally(cuts=story.cuts, commits=story.commits, refused=story.refused)
    return told


@pytest.mark.parametrize("piece", range(PIECES))
def test_nothing_answered_green_is_lost_at_a_power_cut(piece: int, tmp_path: Path) -> None:
    """After each cut the file is sound, holds all that was promised and at most the act in flight, and works on."""
    told = _lived(tmp_path, piece * SEEDS_APART, CUTS // PIECES)
    assert told["commits"] > told["cuts"], "there must be something to lose"
    if told["cuts"] >= 500:
        assert (MOMENTS | STEPS | OUTCOMES) - set(told) == set(), "each moment of the work must be cut"


@pytest.mark.torture
def test_nothing_is_lost_in_a_hundred_thousand_cuts(tmp_path: Path) -> None:
    """The same at length, on all cores."""
    cores = os.cpu_count() or 1
    pieces = cores * 8
    begun_s = monotonic()
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        firsts = [TORTURE_FROM + piece * SEEDS_APART for piece in range(pieces)]
        told: Tally[str] = Tally()
        for piece in pool.map(partial(_lived, tmp_path, cuts=-(-TORTURE_CUTS // pieces)), firsts):
            told += piece
    taken_s = monotonic() - begun_s
    print(f"\n{told['cuts']} cuts in {taken_s:.0f} s, {told['commits']} commits, {told['refused']} refused, 0 lost")
    print(", ".join(f"{what} {count}" for what, count in told.most_common()))


def test_a_seed_lives_the_same_life_again(tmp_path: Path) -> None:
    """Every operation and every byte is the same, so a failure can be replayed exactly."""
    for seed in range(5):
        traces = []
        for again in ("once", "again"):
            folder = tmp_path / f"{seed}" / again
            folder.mkdir(parents=True)
            life = Life(seed, folder)
            life.disk.trace = []
            life.live()
            traces.append(life.disk.trace)
        assert len(traces[0]) > 100
        assert traces[0] == traces[1]


@pytest.mark.skipif("CUT_LIFE" not in os.environ, reason="CUT_LIFE=<seed> or CUT_LIFE=<control>:<seed> names a life")
def test_replay_one_life(tmp_path: Path) -> None:
    """The life named by CUT_LIFE, its last operations printed."""
    name, _, seed = os.environ["CUT_LIFE"].rpartition(":")
    setup: Setup = CONTROLS[name] if name else PLAIN
    life = Life(int(seed), tmp_path, setup)
    life.disk.trace = []
    story = life.live()
    for what, role, data in life.disk.trace[-60:]:
        print(what, role, len(data) or "")
    print(story, story.moments)
    _survived(story)
