"""The village's line to the county: a TCP proxy on loopback between a station and its broker, with a pair of pliers.

    station --- (listens here) Link --- broker        "up" is towards the broker, "down" towards the station

    state    a new connection             a connection that stands        until
    whole    is joined to the broker      passes bytes, after the delay   another verb
    cut      is refused (ECONNREFUSED)    is reset at once                mend
    half     is accepted, hears nothing   is kept, its bytes vanish       mend: those that lost bytes are reset

It counts the bytes of each connection each way, so "bytes on the wire" is measured here; TCP's own headers are not in
it. It does not read MQTT. One thread, one selector, bounded queues (`flow.QUEUED_BYTES`): when the far side does not
take bytes, no more are read from the near side, as TCP itself would hold them back.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sim_hardware.flow import Flow

Direction = Literal["up", "down"]
ENDED_KEPT = 10_000
"""How many ended connections are remembered one by one; older ones are in the totals only."""

_RECEIVE_BYTES = 65_536
_BACKLOG = 1024  # a whole county may reconnect at once
_RESET_ON_CLOSE = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # struct linger {1, 0}: close() sends RST instead of FIN


@dataclass(frozen=True, slots=True)
class LinkCount:
    """What one connection carried so far; bytes of payload. `sent` left its sender, `delivered` was handed on."""

    number: int
    """Counted from 1 in the order of arrival; 0 for totals."""
    is_open: bool
    up_sent: int = 0
    up_delivered: int = 0
    down_sent: int = 0
    down_delivered: int = 0


@dataclass(slots=True, eq=False)
class _Joint:
    """A station's connection and its way on to the broker (None while the link was half open as it came)."""

    number: int
    station: socket.socket
    broker: socket.socket | None
    connecting: bool
    up: Flow = field(default_factory=Flow)
    down: Flow = field(default_factory=Flow)
    has_lost: bool = False  # bytes or an end vanished in it: as a stream of TCP it can never be right again
    armed: dict[socket.socket, int] = field(default_factory=dict)

    def ways(self) -> list[tuple[socket.socket, Flow, socket.socket | None]]:
        """Each flow with the socket it comes from and the one it goes to (None while it leads nowhere yet)."""
        if self.broker is None or self.connecting:
            return [(self.station, self.up, None)]
        return [(self.station, self.up, self.broker), (self.broker, self.down, self.station)]

    def wanted(self, now_s: float) -> dict[socket.socket, int]:
        """Which events to wait for on which socket; a due piece still here means that its receiver is full."""
        wanted: dict[socket.socket, int] = {}
        if self.connecting and self.broker is not None:
            wanted[self.broker] = selectors.EVENT_WRITE
        for source, flow, sink in self.ways():
            if flow.wants_more:
                wanted[source] = wanted.get(source, 0) | selectors.EVENT_READ
            if sink is not None and flow.due(now_s):
                wanted[sink] = wanted.get(sink, 0) | selectors.EVENT_WRITE
        return wanted

    def next_due_s(self, now_s: float) -> float | None:
        """When the next piece comes due that is not due yet; None without one."""
        times = [flow.next_due_s for _, flow, sink in self.ways() if sink is not None]
        return min((due_s for due_s in times if due_s is not None and due_s > now_s), default=None)

    def count(self, *, is_open: bool) -> LinkCount:
        """The counters as of now."""
        up, down = self.up, self.down
        return LinkCount(self.number, is_open, up.sent, up.delivered, down.sent, down.delivered)


class Link:
    """The proxy. Opened by `open` or as a context manager; whole at first.

    Verbs may come from any thread and have taken effect when they return.
    """

    def __init__(self, broker: tuple[str, int], *, listen: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        """`broker`: IPv4 address and port it leads to. `listen`: where the station finds it; port 0: any free one."""
        self._broker = broker
        self._listen_at = listen
        self._changed = threading.Condition()
        self._state: Literal["whole", "cut", "half"] = "whole"
        self._delay_s = 0.0
        self._chop: dict[Direction, int] = {}
        self._joints: dict[int, _Joint] = {}
        self._touched: set[int] = set()
        self._waiting: set[int] = set()  # joints with pieces that are not due yet
        self._accepted = 0
        self._ended: deque[LinkCount] = deque(maxlen=ENDED_KEPT)
        self._ended_total = LinkCount(0, is_open=False)
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False

    def __enter__(self) -> Link:
        """Open."""
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Close for good."""
        self.close()

    def open(self) -> None:
        """Listen and pass bytes on. Once only. Raises OSError if the address is taken."""
        self._listener = _bound(self._listen_at)
        self._listen_at = self._listener.getsockname()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        if self._state != "cut":
            self._let_in(self._listener)
        self._thread = threading.Thread(target=self._run, name=f"link {self.address[1]}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Reset what stands, stop listening, give everything back. The counters stay."""
        if self._thread is None or self._listener is None:
            return
        with self._changed:
            self._stopping = True
            self._wake()
        self._thread.join()
        with self._changed:
            self._reset([*self._joints.values()])
            self._changed.notify_all()
        self._selector.close()
        for end in (self._listener, self._wake_read, self._wake_write):
            end.close()
        self._listener = None

    @property
    def address(self) -> tuple[str, int]:
        """Where a station connects; the real port once opened."""
        return self._listen_at

    @property
    def counts(self) -> tuple[LinkCount, ...]:
        """Each connection so far in the order of ending, the newest ENDED_KEPT of them, and then those still open."""
        with self._changed:
            return (*self._ended, *(joint.count(is_open=True) for joint in self._joints.values()))

    @property
    def total(self) -> LinkCount:
        """All connections together, forgotten ones too; `is_open` says whether any stands."""
        with self._changed:
            total = self._ended_total
            for joint in self._joints.values():
                total = _sum(total, joint.count(is_open=True))
            return total

    def wait_for(self, condition: Callable[[Link], bool], timeout_s: float) -> bool:
        """Wait until `condition(self)` holds, looked at after whatever happens on the link; False after `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), timeout_s)

    def cut(self) -> None:
        """Cut the line: connections are reset at both ends, what is on its way is lost, new ones are refused."""
        with self._changed:
            if self._state != "cut" and self._listener is not None:
                self._selector.unregister(self._listener)
                # Linux: this stops listening and keeps the port, so that nobody else can take it before `mend`.
                self._listener.shutdown(socket.SHUT_RD)
            self._state = "cut"
            self._reset([*self._joints.values()])
            self._wake()

    def half_open(self) -> None:
        """Let bytes vanish both ways while connections seem to stand: a router that forgot them. Mends a cut first."""
        with self._changed:
            self.mend()
            self._state = "half"
            for joint in self._joints.values():
                lost = [joint.up.drop(), joint.down.drop()]
                joint.has_lost |= any(lost)
            self._wake()

    def mend(self) -> None:
        """Make the line whole: accept again, forget a pending chop; the delay stays. What lost bytes is reset."""
        with self._changed:
            if self._state == "cut" and self._listener is not None:
                self._let_in(self._listener)
            self._state = "whole"
            self._chop.clear()
            self._reset([joint for joint in self._joints.values() if joint.has_lost])
            self._wake()

    def delay(self, seconds: float) -> None:
        """Let every byte read from now on arrive this much later, one way, in order. ValueError if negative."""
        if seconds < 0:
            raise ValueError(f"a delay is not negative, not {seconds}")
        with self._changed:
            self._delay_s = seconds

    def chop(self, after_bytes: int, direction: Direction = "up") -> None:
        """Deliver exactly `after_bytes` more bytes in a direction, over all connections, then close the sender's.

        Happens once, at the byte that completes the number (0: at the next byte, which does not arrive). Replaces an
        earlier chop of that direction. The line stays whole for others. Raises ValueError if negative.
        """
        if after_bytes < 0:
            raise ValueError(f"bytes are counted from 0, not {after_bytes}")
        with self._changed:
            self._chop[direction] = after_bytes

    def _let_in(self, listener: socket.socket) -> None:
        listener.listen(_BACKLOG)
        self._selector.register(listener, selectors.EVENT_READ)

    def _wake(self) -> None:
        if self._listener is None:
            return
        self._touched.update(self._joints)
        self._changed.notify_all()
        with contextlib.suppress(BlockingIOError):
            self._wake_write.send(b"w")

    def _run(self) -> None:
        while True:
            with self._changed:
                timeout_s = self._arm(time.monotonic())
            events = self._selector.select(timeout_s)
            with self._changed:
                if self._stopping:
                    return
                now_s = time.monotonic()
                for key, _ in events:
                    self._serve(key.fileobj, key.data, now_s)
                for number in [*self._waiting]:
                    self._pass_on(self._joints[number], now_s)
                self._changed.notify_all()

    def _arm(self, now_s: float) -> float | None:
        """Tell the selector what the joints touched since last time wait for; the seconds to the next piece due."""
        next_s = None
        for number in self._touched | self._waiting:
            joint = self._joints.get(number)
            if joint is None:
                continue
            self._register(joint, joint.wanted(now_s))
            due_s = joint.next_due_s(now_s)
            if due_s is None:
                self._waiting.discard(number)
            else:
                self._waiting.add(number)
                next_s = due_s if next_s is None else min(next_s, due_s)
        self._touched.clear()
        return None if next_s is None else max(0.0, next_s - now_s)

    def _register(self, joint: _Joint, wanted: dict[socket.socket, int]) -> None:
        for end in joint.armed.keys() - wanted.keys():
            self._selector.unregister(end)
        for end, events in wanted.items():
            if end not in joint.armed:
                self._selector.register(end, events, joint.number)
            elif joint.armed[end] != events:
                self._selector.modify(end, events, joint.number)
        joint.armed = wanted

    def _serve(self, end: object, number: int | None, now_s: float) -> None:
        if end is self._wake_read:
            self._wake_read.recv(_RECEIVE_BYTES)
        elif end is self._listener:
            self._accept()
        elif number in self._joints:  # else a verb has reset it since the selector looked
            joint = self._joints[number]
            self._touched.add(number)
            if joint.connecting and end is joint.broker:
                self._finish_connecting(joint)
            else:
                self._receive(joint, end, now_s)
            self._pass_on(joint, now_s)

    def _accept(self) -> None:
        if self._listener is None or self._state == "cut":
            return
        try:
            station, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # it went away again before it was looked at
        station.setblocking(False)
        station.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        broker = None
        if self._state == "whole":
            broker = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            broker.setblocking(False)
            broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            broker.connect_ex(self._broker)  # its outcome is read when the socket becomes writable
        self._accepted += 1
        joint = _Joint(self._accepted, station, broker, connecting=broker is not None, has_lost=broker is None)
        self._joints[joint.number] = joint
        self._touched.add(self._accepted)

    def _finish_connecting(self, joint: _Joint) -> None:
        assert joint.broker is not None
        if joint.broker.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._reset([joint])
        else:
            joint.connecting = False

    def _receive(self, joint: _Joint, source: object, now_s: float) -> None:
        flow = joint.up if source is joint.station else joint.down
        end = joint.station if source is joint.station else joint.broker
        if end is None or not flow.wants_more:
            return
        try:
            data = end.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._lose_end(joint, flow, reset=True)
            return
        if not data:
            self._lose_end(joint, flow, reset=False)
        elif self._state == "half":
            flow.swallow(len(data))
            joint.has_lost = True
        else:
            self._take(joint, "up" if flow is joint.up else "down", data, now_s)

    def _lose_end(self, joint: _Joint, flow: Flow, *, reset: bool) -> None:
        """A sender has finished or reset. Half open, its peer must not learn of it, unless it never had one."""
        if self._state == "half" and joint.broker is not None:
            flow.end()
            joint.has_lost = True
        elif reset or joint.broker is None:
            self._reset([joint])
        else:
            flow.end()

    def _take(self, joint: _Joint, direction: Direction, data: bytes, now_s: float) -> None:
        flow, other = (joint.up, joint.down) if direction == "up" else (joint.down, joint.up)
        left = self._chop.get(direction)
        if left is not None and len(data) >= max(1, left):
            del self._chop[direction]
            flow.swallow(len(data) - left)
            flow.take(data[:left], now_s + self._delay_s)
            other.drop()
            flow.end()
            other.end()
            return
        if left is not None:
            self._chop[direction] = left - len(data)
        flow.take(data, now_s + self._delay_s)

    def _pass_on(self, joint: _Joint, now_s: float) -> None:
        """Hand on what is due, then the ends; a joint whose both ends have passed is closed."""
        if self._state == "half" or joint.number not in self._joints:
            return
        try:
            for _, flow, sink in joint.ways():
                if sink is not None:
                    _drain(flow, sink, now_s)
        except OSError:
            self._reset([joint])
            return
        if joint.up.end_passed and joint.down.end_passed:
            self._finish(joint)

    def _reset(self, joints: list[_Joint]) -> None:
        for joint in joints:
            for end in (joint.station, joint.broker):
                if end is not None:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._finish(joint)

    def _finish(self, joint: _Joint) -> None:
        self._register(joint, {})
        for end in (joint.station, joint.broker):
            if end is not None:
                end.close()
        del self._joints[joint.number]
        self._waiting.discard(joint.number)
        count = joint.count(is_open=False)
        self._ended.append(count)
        self._ended_total = _sum(self._ended_total, count)


def _bound(address: tuple[str, int]) -> socket.socket:
    """Return a socket bound to an address whose port is named, even when any would do.

    Only a port bound by its number stays reserved while `cut` has it not listening (Linux); so a free one is drawn with
    a first socket and bound by number with a second before the first lets go.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as first:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        first.bind(address)
        second = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        second.bind(first.getsockname())
        second.setblocking(False)
        return second


def _drain(flow: Flow, sink: socket.socket, now_s: float) -> None:
    while piece := flow.due(now_s):
        try:
            flow.hand_on(sink.send(piece))
        except BlockingIOError:
            return
    if flow.is_drained and not flow.end_passed:
        flow.end_passed = True
        # A receiver that is gone already needs no telling.
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _sum(one: LinkCount, other: LinkCount) -> LinkCount:
    return LinkCount(
        0,
        one.is_open or other.is_open,
        one.up_sent + other.up_sent,
        one.up_delivered + other.up_delivered,
        one.down_sent + other.down_sent,
        one.down_delivered + other.down_delivered,
    )
