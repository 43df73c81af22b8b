"""The write-ahead log as bytes: how much of it SQLite will take, and whether it will leave out what was on disk. Pure.

SQLite ends the log at the first frame whose sum does not fit and says nothing: after a power cut that is the last
commit, torn. The journal syncs each commit before the next begins, so that at most one unfinished commit can lie behind
the last good frame. Two commits, or one with more behind it, were on disk once, and the log is damaged.
Format: https://www.sqlite.org/fileformat2.html, 4.1. Called before the file is opened, and by the salvage.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

FRAME_HEADER = 24
HEADER = 32
MAX_SUMMED_BYTES = 24 << 20
"""A log beyond this is not summed at the start: a second of a Pi. Ours stays below 16 MB."""

_WORD = 0xFFFFFFFF


class Frame(NamedTuple):
    """One page in the log. commit: whether a transaction ends with it."""

    page: int
    commit: bool
    content: bytes


def frames(log: bytes, page_bytes: int) -> Iterator[Frame]:
    """Every frame of the log's present round, whether its sum fits or not."""
    salts = log[16:24]
    for at in range(HEADER, len(log) - FRAME_HEADER - page_bytes + 1, FRAME_HEADER + page_bytes):
        page, size = struct.unpack_from(">II", log, at)
        if log[at + 8 : at + 16] != salts:
            return
        yield Frame(page, size > 0, log[at + FRAME_HEADER : at + FRAME_HEADER + page_bytes])


def lost_commits(log: bytes, page_bytes: int) -> int:
    """How many commits that were on disk SQLite will leave out; 0 for a log as a power cut may leave it."""
    if len(log) <= HEADER + FRAME_HEADER or len(log) > MAX_SUMMED_BYTES:
        return 0
    order = ">" if log[:4] == b"\x37\x7f\x06\x83" else "<"
    good = 0
    if struct.pack(">II", *_sum(log[:24], (0, 0), order)) == log[24:HEADER]:
        good = _good_frames(log, page_bytes, order)
    else:
        # What is in the log was written under the salts of its first frame; the header is what was damaged.
        log = log[:16] + log[HEADER + 8 : HEADER + 16] + log[24:]
    behind = [frame.commit for number, frame in enumerate(frames(log, page_bytes)) if number >= good]
    commits = sum(behind)
    # The last commit may be torn; whatever else lies before or behind it was there.
    return commits - 1 if commits and behind[-1] else commits


def _good_frames(log: bytes, page_bytes: int, order: str) -> int:
    """How many frames fit their sums, up to the last that ends a transaction."""
    sums = _sum(log[:24], (0, 0), order)
    good = 0
    starts = range(HEADER, len(log) - FRAME_HEADER - page_bytes + 1, FRAME_HEADER + page_bytes)
    for count, at in enumerate(starts, start=1):
        sums = _sum(log[at : at + 8], sums, order)
        sums = _sum(log[at + FRAME_HEADER : at + FRAME_HEADER + page_bytes], sums, order)
        if log[at + 8 : at + 16] != log[16:24] or struct.pack(">II", *sums) != log[at + 16 : at + 24]:
            break
        if log[at + 4 : at + 8] != b"\0\0\0\0":
            good = count
    return good


def _sum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    """SQLite's sum over pairs of words."""
    one, two = sums
    for low, high in struct.iter_unpack(f"{order}II", data):
        one = (one + low + two) & _WORD
        two = (two + high + one) & _WORD
    return one, two
