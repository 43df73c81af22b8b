"""Tells systemd about this process: READY, STOPPING, WATCHDOG. Nothing where systemd did not start it.

The protocol of sd_notify(3): one datagram to the socket named in NOTIFY_SOCKET, "@" standing for an abstract one.
A thin shell without a library; called by every long-running command.
"""

import os
import socket
import threading
import time
from collections.abc import Callable

BEAT_S = 5.0
"""How often systemd's watchdog is told, at most."""


def notify(state: str) -> bool:
    """Send `state` ("READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."); False where nobody listens.

    Raises OSError when systemd's socket is named but cannot be reached.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.connect(address)
        sock.sendall(state.encode())
    return True


class Beats:
    """Tells systemd's watchdog that all parts of a process turn: where one of them hangs, nothing is told any more."""

    def __init__(self, tell: Callable[[str], object] = notify, now_s: Callable[[], float] = time.monotonic) -> None:
        """tell: sends a state to systemd; now_s: any monotonic time."""
        self._tell, self._now_s = tell, now_s
        self._lock = threading.Lock()
        self._parts = 0
        self._silent: set[int] = set()
        self._told_s = float("-inf")

    def part(self) -> Callable[[], None]:
        """Another part, and what it calls whenever it turned; from a thread of its own."""
        with self._lock:
            number, self._parts = self._parts, self._parts + 1
            self._silent.add(number)
        return lambda: self._turned(number)

    def _turned(self, number: int) -> None:
        with self._lock:
            self._silent.discard(number)
            now_s = self._now_s()
            if not self._silent and now_s - self._told_s >= BEAT_S:
                self._told_s, self._silent = now_s, set(range(self._parts))
                self._tell("WATCHDOG=1")
