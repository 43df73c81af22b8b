"""FrameCutter on a made-up format: `<`, any letters, `>`, at most eight bytes; and the XOR."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.frames import FrameCutter, xor_hex, xor_of
from drivers.framing import LineEnd

LONGEST = 8


def shape(head: bytes) -> int:
    """`<` letters `>`."""
    end = re.compile(rb"[<>]").search(head, 1)
    if end is None:
        return len(head) + 1 if len(head) < LONGEST else 0
    return end.end() if end[0] == b">" else 0


def cutter() -> FrameCutter:
    """A fresh one."""
    return FrameCutter(starts=b"<", shape=shape, longest=LONGEST)


def test_frames_are_found_in_any_surroundings() -> None:
    """Whole frames come out, heads wait, and what is none is skipped; a frame after junk says so."""
    subject = cutter()
    assert [(line.raw, line.end) for line in subject.feed(b"xx<ab><c>?<d><e")] == [
        (b"<ab>", LineEnd.AFTER_JUNK),
        (b"<c>", LineEnd.TERMINATED),
        (b"<d>", LineEnd.AFTER_JUNK),
    ]
    assert subject.waiting
    assert [line.raw for line in subject.feed(b">")] == [b"<e>"]
    assert not subject.waiting


def test_a_start_inside_begins_anew() -> None:
    """A head that lost its tail costs nothing but itself."""
    assert [line.raw for line in cutter().feed(b"<ab<cd>")] == [b"<cd>"]


def test_a_frame_too_long_is_skipped() -> None:
    """Without an end within the longest frame, nothing is kept."""
    subject = cutter()
    assert subject.feed(b"<" + b"a" * 100) == []
    assert not subject.waiting


def test_what_is_dropped_is_returned_once() -> None:
    """After a drop the next byte begins afresh, and is not after junk."""
    subject = cutter()
    subject.feed(b"<ab")
    assert subject.drop() == b"<ab"
    assert subject.drop() == b""
    assert [line.end for line in subject.feed(b"<c>")] == [LineEnd.TERMINATED]


@given(st.lists(st.sampled_from([b"<", b">", b"a", b"<ab>", b"<>", b"?"]), max_size=30), st.lists(st.integers(0, 99)))
def test_no_frame_depends_on_the_cut(pieces: list[bytes], cuts: list[int]) -> None:
    """Any stream gives the same frames in one piece and in any other."""
    stream = b"".join(pieces)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    subject = cutter()
    cut_up = [line for start, end in pairwise(edges) for line in subject.feed(stream[start:end])]
    assert cut_up == cutter().feed(stream)


def test_the_xor_is_that_of_the_captures() -> None:
    """The two captured weighbridge frames share a check, and nothing has the check 0."""
    assert xor_hex(b"+0015600") == xor_hex(b"+0016500") == b"19"
    assert xor_hex(b"AA") == b"00"
    assert xor_of(b"") == 0
