"""The model of the disk: what it keeps for certain, and what it may forget."""

import random

import apsw
import pytest

from tests.torture.disk import SECTOR, Disk, StoredFile

SEEDS = range(200)


def _after_cut(file: StoredFile, seed: int) -> bytes:
    file.cut(random.Random(seed))
    assert file.now == file.kept
    return bytes(file.now)


def _synced(content: bytes) -> StoredFile:
    file = StoredFile()
    file.write(content, 0)
    file.sync()
    return file


@pytest.mark.parametrize("size", [1, SECTOR, 3 * SECTOR + 7])
def test_what_was_synced_stays(size: int) -> None:
    """No cut takes a synced byte away, nor a synced size."""
    content = random.Random(size).randbytes(size)
    assert {_after_cut(_synced(content), seed) for seed in SEEDS} == {content}


def test_unsynced_sectors_are_kept_in_any_subset() -> None:
    """Three sectors written over, in any order, tear in all eight ways."""
    kept = set()
    for seed in SEEDS:
        file = _synced(b"a" * 3 * SECTOR)
        file.write(b"b" * 3 * SECTOR, 0)
        kept.add(_after_cut(file, seed)[::SECTOR])
    assert kept == {bytes([x, y, z]) for x in b"ab" for y in b"ab" for z in b"ab"}


def test_an_older_version_of_a_sector_may_be_the_one_kept() -> None:
    """What was written twice between two syncs may be there in its first form."""
    kept = set()
    for seed in SEEDS:
        file = _synced(b"a")
        file.write(b"b", 0)
        file.write(b"c", 0)
        kept.add(_after_cut(file, seed))
    assert kept == {b"a", b"b", b"c"}


def test_growth_is_kept_whole_in_part_or_not_at_all() -> None:
    """A file that grew has its old size, its new one, or ends at a sector; what did not arrive is zeros."""
    kept = set()
    for seed in SEEDS:
        file = _synced(b"a")
        file.write(b"b" * (SECTOR + 9), 1)
        kept.add(_after_cut(file, seed))
    sizes = {len(content) for content in kept}
    assert sizes == {1, SECTOR, SECTOR + 10}
    assert b"a" + b"b" * (SECTOR + 9) in kept
    assert b"a" + bytes(SECTOR + 9) in kept


def test_a_file_cut_short_and_grown_again_shows_no_old_bytes_after_a_sync() -> None:
    """A truncation is part of what a sync keeps."""
    file = _synced(b"a" * 2 * SECTOR)
    file.truncate(10)
    file.write(b"b", 2 * SECTOR - 1)
    file.sync()
    assert _after_cut(file, 0) == b"a" * 10 + bytes(2 * SECTOR - 11) + b"b"


def test_a_failed_sync_is_not_mended_by_the_next() -> None:
    """The cache takes the sectors for clean; only what is written anew is synced."""
    kept = set()
    for seed in SEEDS:
        file = _synced(b"a" * 2 * SECTOR)
        file.write(b"b" * 2 * SECTOR, 0)
        file.fail_to_sync()
        file.write(b"c", 0)
        file.sync()
        kept.add(_after_cut(file, seed)[::SECTOR])
    assert kept == {b"ca", b"cb"}


def test_names_are_kept_by_a_sync_of_the_directory() -> None:
    """A file made or taken away since then may be there or not; one synced is as it was."""
    made, taken = set(), set()
    for seed in SEEDS:
        disk = Disk(random.Random(seed))
        disk.files["old"], disk.files["gone"] = _synced(b"1"), _synced(b"2")
        disk.sync_names()
        disk.files["new"] = _synced(b"3")
        del disk.files["gone"]
        disk.cut()
        assert disk.files["old"].now == b"1"
        made.add("new" in disk.files)
        taken.add("gone" in disk.files)
    assert made == taken == {True, False}


def test_a_name_given_to_another_file_is_one_of_them_or_none() -> None:
    """Taken away and made anew between two syncs: the old file, nothing, or the new one."""
    kept = set()
    for seed in SEEDS:
        disk = Disk(random.Random(seed))
        disk.files["log"] = _synced(b"old")
        disk.sync_names()
        disk.files["log"] = _synced(b"new")
        disk.cut()
        kept.add(bytes(disk.files["log"].now) if "log" in disk.files else b"")
    assert kept == {b"old", b"", b"new"}


def test_the_power_goes_at_the_operation_it_was_told() -> None:
    """Operations before it are done, and from then on nothing is."""
    disk = Disk(random.Random(1))
    disk.cut_in = 2
    disk.step("write", "wal")
    disk.step("read", "wal")
    assert disk.boot == 0
    with pytest.raises(apsw.IOError):
        disk.step("sync", "wal")
    assert disk.boot == 1
    assert disk.last_step == ("sync", "wal")
