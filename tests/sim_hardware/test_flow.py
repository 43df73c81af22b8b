"""The pure part of the link: bytes on their way in one direction."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.flow import QUEUED_BYTES, Flow


def test_a_piece_arrives_when_it_is_due_and_in_part_if_need_be() -> None:
    """What the receiver does not take now stays first."""
    flow = Flow()
    flow.take(b"hello", 2.0)
    first_due_s = flow.next_due_s
    assert first_due_s == 2.0
    assert bytes(flow.due(1.999)) == b""
    assert bytes(flow.due(2.0)) == b"hello"
    flow.hand_on(2)
    assert bytes(flow.due(2.0)) == b"llo"
    flow.hand_on(3)
    assert bytes(flow.due(9.0)) == b""
    assert flow.next_due_s is None
    assert (flow.sent, flow.delivered) == (5, 5)


def test_a_shorter_delay_does_not_let_later_bytes_overtake() -> None:
    """A stream stays in order when the delay is taken back in the middle of it."""
    flow = Flow()
    flow.take(b"slow", 10.0)
    flow.take(b"fast", 1.0)
    assert not flow.due(5.0)
    flow.hand_on(len(flow.due(10.0)))
    assert bytes(flow.due(10.0)) == b"fast"


def test_a_full_flow_wants_no_more_until_some_has_arrived() -> None:
    """Nothing is queued without bound."""
    flow = Flow()
    flow.take(bytes(QUEUED_BYTES), 0.0)
    assert not flow.wants_more
    flow.hand_on(1)
    assert flow.wants_more


def test_an_end_is_drained_only_behind_the_last_byte() -> None:
    """The receiver hears of the end after everything else."""
    flow = Flow()
    flow.take(b"last", 0.0)
    flow.end()
    assert not flow.wants_more
    assert not flow.is_drained
    flow.hand_on(4)
    assert flow.is_drained


def test_swallowed_and_dropped_bytes_were_sent_and_not_delivered() -> None:
    """The difference of the counters is what was lost."""
    flow = Flow()
    flow.swallow(7)
    flow.take(b"abc", 0.0)
    assert flow.drop()
    assert not flow.drop()
    assert (flow.sent, flow.delivered) == (10, 0)


@given(st.lists(st.tuples(st.binary(max_size=30), st.floats(0, 1), st.floats(0, 5)), max_size=30), st.integers(1, 7))
def test_any_delays_and_any_receiver_keep_the_stream(pieces: list[tuple[bytes, float, float]], bite: int) -> None:
    """Whatever the delays and however little is taken at a time: the same bytes, in order."""
    flow, now_s, got = Flow(), 0.0, b""
    for data, pause_s, delay_s in pieces:
        now_s += pause_s
        flow.take(data, now_s + delay_s)
        if piece := flow.due(now_s):
            got += bytes(piece[:bite])
            flow.hand_on(len(piece[:bite]))
    while piece := flow.due(now_s + 10):
        got += bytes(piece[:bite])
        flow.hand_on(len(piece[:bite]))
    assert got == b"".join(data for data, _, _ in pieces)
    assert flow.sent == flow.delivered == len(got)
