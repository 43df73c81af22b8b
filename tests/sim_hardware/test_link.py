"""The line to the county, cut, held, chopped and half open, between real sockets."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from sim_hardware.flow import QUEUED_BYTES
from sim_hardware.link import Link
from tests.sim_hardware.host import PATIENCE_S


class Ends:
    """A listening broker, the link to it, and pairs of connected sockets through it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._broker = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._broker.settimeout(PATIENCE_S)
        self.link = stack.enter_context(Link(self._broker.getsockname()))

    def station(self) -> socket.socket:
        """Connect a station to the link."""
        return self._kept(socket.create_connection(self.link.address, timeout=PATIENCE_S))

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """Connect a station; both its end and the broker's."""
        station = self.station()
        return station, self._kept(self._broker.accept()[0])

    def broker_hears_nothing(self) -> bool:
        """Whether no connection waits at the broker."""
        self._broker.settimeout(0.05)
        try:
            self._kept(self._broker.accept()[0])
        except TimeoutError:
            return True
        finally:
            self._broker.settimeout(PATIENCE_S)
        return False

    def close_broker(self) -> None:
        """Stop the broker: nobody listens there any more."""
        self._broker.close()

    def _kept(self, end: socket.socket) -> socket.socket:
        end.settimeout(PATIENCE_S)
        return self._stack.enter_context(end)


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A whole line."""
    with ExitStack() as stack:
        yield Ends(stack)


def read_exactly(end: socket.socket, count: int) -> bytes:
    """Read `count` bytes; fewer if the stream ends before."""
    got = b""
    while len(got) < count and (piece := end.recv(count - len(got))):
        got += piece
    return got


def is_silent(end: socket.socket, for_s: float = 0.05) -> bool:
    """Whether neither bytes nor an end come for a while."""
    end.settimeout(for_s)
    try:
        end.recv(1)
    except TimeoutError:
        return True
    finally:
        end.settimeout(PATIENCE_S)
    return False


def carried(link: Link, up: int, down: int) -> Callable[[Link], bool]:
    """Return the condition that so many bytes were delivered in all."""
    return lambda _: (link.total.up_delivered, link.total.down_delivered) == (up, down)


def test_bytes_pass_both_ways_and_are_counted(ends: Ends) -> None:
    """The counters are the payload's bytes, each way, per connection and in all."""
    station, broker = ends.pair()
    station.sendall(b"CONNECT")
    assert read_exactly(broker, 7) == b"CONNECT"
    broker.sendall(b"ACK")
    assert read_exactly(station, 3) == b"ACK"
    other, _ = ends.pair()
    other.sendall(b"x" * 100)
    assert ends.link.wait_for(carried(ends.link, 107, 3), PATIENCE_S)
    first, second = ends.link.counts
    assert (first.number, first.up_sent, first.up_delivered, first.down_sent, first.down_delivered) == (1, 7, 7, 3, 3)
    assert (second.number, second.up_sent, second.down_sent) == (2, 100, 0)
    assert first.is_open
    assert second.is_open
    assert ends.link.total.up_sent == 107


def test_an_end_in_good_order_passes_behind_the_bytes(ends: Ends) -> None:
    """A half-close reaches the broker after the last byte, and its answer still comes back."""
    station, broker = ends.pair()
    station.sendall(b"question")
    station.shutdown(socket.SHUT_WR)
    assert read_exactly(broker, 100) == b"question"
    broker.sendall(b"answer")
    broker.close()
    assert read_exactly(station, 100) == b"answer"
    assert ends.link.wait_for(lambda link: not link.total.is_open, PATIENCE_S)
    (count,) = ends.link.counts
    assert (count.is_open, count.up_delivered, count.down_delivered) == (False, 8, 6)


def test_a_cut_resets_what_stands_and_refuses_what_comes(ends: Ends) -> None:
    """Both ends get a reset; new connections ECONNREFUSED until mended, then on the same port."""
    station, broker = ends.pair()
    ends.link.cut()
    for end in (station, broker):
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            ends.station()
    assert not ends.link.total.is_open
    ends.link.mend()
    station, broker = ends.pair()
    station.sendall(b"again")
    assert read_exactly(broker, 5) == b"again"


def test_nobody_can_take_the_port_while_the_line_is_cut(ends: Ends) -> None:
    """The station's configured address stays its own."""
    ends.link.cut()
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(ends.link.address)


def test_what_is_on_its_way_is_lost_in_a_cut(ends: Ends) -> None:
    """Delayed bytes that had not arrived never do; sent and delivered tell the difference."""
    ends.link.delay(60)
    station, broker = ends.pair()
    station.sendall(b"late")
    assert ends.link.wait_for(lambda link: link.total.up_sent == 4, PATIENCE_S)
    ends.link.cut()
    with pytest.raises(ConnectionResetError):
        broker.recv(1)
    assert (ends.link.total.up_sent, ends.link.total.up_delivered) == (4, 0)


def test_a_cut_and_a_mend_may_be_repeated(ends: Ends) -> None:
    """Twenty times in a row, each time a fresh connection works; verbs said twice do no harm."""
    for _ in range(20):
        ends.link.cut()
        ends.link.cut()
        ends.link.mend()
        ends.link.mend()
        station, broker = ends.pair()
        station.sendall(b"!")
        assert broker.recv(1) == b"!"
    assert len(ends.link.counts) == 20


def test_a_delay_holds_each_byte_that_long_each_way(ends: Ends) -> None:
    """A question and its answer take twice the delay; in order, nothing lost."""
    ends.link.delay(0.1)
    station, broker = ends.pair()
    started_s = time.monotonic()
    for number in range(5):
        station.sendall(bytes([number]))
    assert read_exactly(broker, 5) == bytes(range(5))
    assert time.monotonic() - started_s >= 0.1
    broker.sendall(b"ok")
    assert read_exactly(station, 2) == b"ok"
    assert time.monotonic() - started_s >= 0.2
    ends.link.delay(0)
    station.sendall(b"fast")
    assert read_exactly(broker, 4) == b"fast"


def test_half_open_swallows_both_ways_and_keeps_standing(ends: Ends) -> None:
    """Neither side gets a byte or an error; what they send is counted as sent, not delivered."""
    station, broker = ends.pair()
    ends.link.half_open()
    station.sendall(b"into the void")
    broker.sendall(b"void")
    assert ends.link.wait_for(lambda link: (link.total.up_sent, link.total.down_sent) == (13, 4), PATIENCE_S)
    assert is_silent(station)
    assert is_silent(broker)
    assert (ends.link.total.up_delivered, ends.link.total.down_delivered) == (0, 0)
    assert ends.link.total.is_open


def test_half_open_accepts_new_connections_that_lead_nowhere(ends: Ends) -> None:
    """A station that connects meanwhile waits for an answer that cannot come; the broker hears nothing of it."""
    ends.link.half_open()
    station = ends.station()
    station.sendall(b"CONNECT")
    assert is_silent(station)
    assert ends.broker_hears_nothing()
    ends.link.mend()
    with pytest.raises(ConnectionResetError):
        station.recv(1)


def test_half_open_hides_the_end_of_one_side_from_the_other(ends: Ends) -> None:
    """The broker thinks the station is there long after it has gone; only the mend tells it."""
    station, broker = ends.pair()
    ends.link.half_open()
    station.close()
    assert is_silent(broker)
    ends.link.mend()
    with pytest.raises(ConnectionResetError):
        broker.recv(1)


def test_mending_resets_what_lost_bytes_and_spares_the_rest(ends: Ends) -> None:
    """A stream with a hole in it can never go on; one that was quiet meanwhile can."""
    talker, _ = ends.pair()
    quiet, quiet_broker = ends.pair()
    ends.link.half_open()
    talker.sendall(b"lost")
    assert ends.link.wait_for(lambda link: link.total.up_sent == 4, PATIENCE_S)
    ends.link.mend()
    with pytest.raises(ConnectionResetError):
        talker.recv(1)
    quiet.sendall(b"whole")
    assert read_exactly(quiet_broker, 5) == b"whole"


def test_half_open_after_a_cut_accepts_again(ends: Ends) -> None:
    """The states replace each other."""
    ends.link.cut()
    ends.link.half_open()
    assert is_silent(ends.station())
    ends.link.cut()
    with pytest.raises(ConnectionRefusedError):
        ends.station()


@pytest.mark.parametrize("after", [0, 1, 500, 999])
def test_a_chop_delivers_exactly_so_many_bytes_and_closes(ends: Ends, after: int) -> None:
    """The broker gets the first n bytes and the end; the station is closed on; the next connection is whole."""
    station, broker = ends.pair()
    ends.link.chop(after)
    station.sendall(bytes(1000))
    assert len(read_exactly(broker, 2000)) == after
    assert ends.link.wait_for(lambda link: not link.total.is_open, PATIENCE_S)
    assert ends.link.total.up_delivered == after
    station, broker = ends.pair()
    station.sendall(b"whole again")
    assert read_exactly(broker, 11) == b"whole again"


def test_a_chop_down_loses_the_answer(ends: Ends) -> None:
    """The question arrives, its acknowledgement does not: the case every sync must survive."""
    station, broker = ends.pair()
    ends.link.chop(2, "down")
    station.sendall(b"question")
    assert read_exactly(broker, 8) == b"question"
    broker.sendall(b"acknowledged")
    assert read_exactly(station, 100) == b"ac"
    assert ends.link.total.down_delivered == 2


def test_a_chop_counts_over_several_writes(ends: Ends) -> None:
    """Bytes are bytes, however they were sent."""
    station, broker = ends.pair()
    ends.link.chop(6)
    station.sendall(b"abcd")
    assert ends.link.wait_for(carried(ends.link, 4, 0), PATIENCE_S)
    station.sendall(b"abcdabcd")
    assert read_exactly(broker, 100) == b"abcdab"


def test_mending_takes_back_a_chop(ends: Ends) -> None:
    """Whole means whole."""
    ends.link.chop(1)
    ends.link.mend()
    station, broker = ends.pair()
    station.sendall(b"abc")
    assert read_exactly(broker, 3) == b"abc"


def test_a_broker_that_is_not_there_resets_the_station(ends: Ends) -> None:
    """The link cannot hide that nobody listens behind it."""
    ends.close_broker()
    with pytest.raises(ConnectionResetError):
        ends.station().recv(1)  # the reset may be there before connecting has returned


def test_a_receiver_that_takes_nothing_holds_the_sender_back(ends: Ends) -> None:
    """Queues are bounded: a sender of a gigabyte is stopped by its own full socket, and all it sent arrives later."""
    station, broker = ends.pair()
    station.settimeout(0.2)
    sent = 0
    with suppress(TimeoutError):
        while sent < 100_000_000:
            sent += station.send(bytes(65_536))
    waiting = ends.link.total.up_sent - ends.link.total.up_delivered
    assert waiting <= QUEUED_BYTES + 65_536
    assert sent < 100_000_000
    assert len(read_exactly(broker, sent)) == sent


def test_a_megabyte_each_way_arrives_unchanged(ends: Ends) -> None:
    """Partial sends and partial reads in every size the kernel likes."""
    station, broker = ends.pair()
    up, down = os.urandom(1_000_000), os.urandom(1_000_000)
    got_up, got_down = b"", b""
    station.setblocking(False)
    sent_up = sent_down = 0
    while len(got_up) < len(up) or len(got_down) < len(down):
        with suppress(BlockingIOError):
            sent_up += station.send(up[sent_up : sent_up + 50_000])
        if sent_down < len(down):
            sent_down += broker.send(down[sent_down : sent_down + 50_000])
        if len(got_up) < sent_up:
            got_up += broker.recv(60_000)
        with suppress(BlockingIOError):
            got_down += station.recv(60_000)
    assert got_up == up
    assert got_down == down


def test_three_hundred_stations_at_once_after_a_cut(ends: Ends) -> None:
    """A county reconnects: every one is joined and counted."""
    ends.link.cut()
    ends.link.mend()
    pairs = [ends.pair() for _ in range(301)]
    for station, _ in pairs:
        station.sendall(b"hello")
    assert all(read_exactly(broker, 5) == b"hello" for _, broker in pairs)
    assert len(ends.link.counts) == 301
    assert ends.link.total.up_delivered == 301 * 5


def test_closing_gives_every_descriptor_back() -> None:
    """Whatever stands is reset, and nothing is left open."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    with ExitStack() as stack:
        ends = Ends(stack)
        station, _ = ends.pair()
        ends.link.close()
        ends.link.close()
        with pytest.raises(ConnectionResetError):
            station.recv(1)
        assert not ends.link.total.is_open
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_verbs_before_opening_are_remembered_and_bad_numbers_refused() -> None:
    """A link may be cut before anybody connects; a negative delay or chop is a mistake."""
    link = Link(("127.0.0.1", 1))
    link.cut()
    with pytest.raises(ValueError, match="delay"):
        link.delay(-1)
    with pytest.raises(ValueError, match="bytes"):
        link.chop(-1)
    with link, pytest.raises(ConnectionRefusedError):
        socket.create_connection(link.address, timeout=PATIENCE_S)
