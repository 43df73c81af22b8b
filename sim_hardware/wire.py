"""A virtual serial line: a pty whose stable path a station opens as if it were /dev/serial/by-path/...

Not a device: it knows nothing of frames. The twins (`scanner`, `scale`, `panel`) send through it, and tests spoil it,
pull it out and put it back. Facts about ptys are measured (devices.md G):

- the slave is set raw first, else the terminal's echo feeds the device its own bytes;
- one slave fd stays open in here, else the master reads EIO while no host has the port open;
- a buffer that nobody reads fills at 18 to 20 kB and then refuses: bytes are dropped and counted, as on a real wire;
- closing the master is what an unplugged USB adapter looks like to the host, down to the error numbers;
- line settings (baud, parity) of the host are accepted and mean nothing: bytes are paced in here.

One thread per plugged wire lets paced bytes out and takes the host's bytes in.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sim_hardware.errors import PathTakenError
from sim_hardware.line import Interference, Pacer
from sim_hardware.uart import LineSettings, misread

_READ_BYTES = 4096  # the pty's own input queue holds no more
_HOST_BYTES_KEPT = 65_536  # of what the host wrote and nobody took; the oldest go first
_SHORTEST_WAIT_S = 0.001  # a full-speed USB adapter hands bytes over in 1 ms frames, so finer pacing would be untrue


@dataclass(slots=True)
class _Plug:
    """One time the wire is plugged in: its pty, the way to wake its thread, and the thread."""

    master: int
    slave: int
    pts: str
    wake_read: int
    wake_write: int
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def wake(self) -> None:
        """Make the thread look again; a full pipe means it is going to anyway."""
        with contextlib.suppress(BlockingIOError):
            os.write(self.wake_write, b"w")


class VirtualWire:
    """A serial line that ends in a symlink. Starts unplugged; as a context manager it is plugged in and at last closed.

    Every method may be called from any thread, but not `unplug` from inside `on_host_bytes`.
    """

    def __init__(
        self,
        link: Path,
        *,
        baud: int | None = 9600,
        on_host_bytes: Callable[[bytes], None] | None = None,
    ) -> None:
        """Prepare the line; nothing exists on disk until `plug`.

        `link`: where the host opens it; its directory is created when missing.
        `baud`: bits per second, ten to a byte; None sends at once (for tests). 9600: most makers (devices.md A8, B1).
        `on_host_bytes`: called in the wire's thread with each piece the host writes; None keeps the bytes for
        `take_host_bytes`.
        """
        self.link = link
        self.baud = baud
        self.dropped_bytes = 0
        """Bytes that found the host's buffer or the waiting room full, since the beginning."""
        self.last_byte_ns: int | None = None
        """time.monotonic_ns() when the newest byte was handed to the host's side; None before the first."""
        self._on_host_bytes = on_host_bytes
        self._interference = Interference()
        self._misreading: tuple[LineSettings, LineSettings] | None = None
        self._changed = threading.Condition()
        self._plug: _Plug | None = None
        self._pacer: Pacer | None = None
        self._host_bytes = bytearray()
        self._old_slave: int | None = None

    def __enter__(self) -> VirtualWire:
        """Plug in."""
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        """Close for good."""
        self.close()

    @property
    def is_plugged(self) -> bool:
        """Whether a host could open the path now."""
        return self._plug is not None

    @property
    def pts(self) -> str | None:
        """The device node behind the link, e.g. `/dev/pts/4`; another one after each re-plug; None while unplugged."""
        plug = self._plug
        return None if plug is None else plug.pts

    def plug(self) -> None:
        """Put the device in: a new pty, and the link moved to it in one step. Does nothing if it is in already.

        Raises PathTakenError if a real file stands at the link's path, OSError if no pty can be had.
        """
        with self._changed:
            if self._plug is not None:
                return
            if self.link.exists() and not self.link.is_symlink():
                raise PathTakenError(f"{self.link} is not a symlink", hint="move it away, or choose another directory")
            plug = _open_pty()
            self._forget_old_slave()
            _point(self.link, plug.pts)
            self._pacer = None if self.baud is None else Pacer(self.baud)
            self._plug = plug
            plug.thread = threading.Thread(target=self._run, args=(plug,), name=f"wire {self.link.name}", daemon=True)
            plug.thread.start()

    def unplug(self) -> None:
        """Pull the device out: the link and the node vanish, bytes still on their way are lost.

        A host that has it open gets what a real adapter gives it: end of file or EIO on read, EIO on write.
        Does nothing if it is out already.
        """
        with self._changed:
            plug, self._plug, self._pacer = self._plug, None, None
            if plug is None:
                return
            self._changed.notify_all()
        if self.link.is_symlink() and self.link.readlink() == Path(plug.pts):
            self.link.unlink()
        plug.stopping.set()
        plug.wake()
        assert plug.thread is not None
        plug.thread.join()
        for fd in (plug.master, plug.wake_read, plug.wake_write):
            os.close(fd)
        with self._changed:
            self._forget_old_slave()
            # A pts number is free again only when both ends are closed: holding this one makes the next plug get
            # another, as a re-enumerated adapter comes back as ttyUSB1.
            self._old_slave = plug.slave

    def close(self) -> None:
        """Unplug and give everything back; the wire may be plugged in again."""
        self.unplug()
        with self._changed:
            self._forget_old_slave()

    def send(self, data: bytes) -> int:
        """Send bytes towards the host and return how many were taken: fewer than given when a buffer was full, 0 while
        unplugged. Never waits. With pacing they are through later; see `wait_sent`."""
        with self._changed:
            plug = self._plug
            if plug is None:
                return 0
            on_line = self._interference.pass_through(data)
            if self._misreading is not None:
                on_line = misread(on_line, *self._misreading)
            if self._pacer is None:
                return self._hand_over(plug, on_line)
            if not self._pacer.queue(on_line, time.monotonic()):
                self.dropped_bytes += len(on_line)
                return 0
            plug.wake()
            return len(on_line)

    def wait_sent(self, timeout_s: float) -> bool:
        """Wait until every byte taken so far is with the host's side; False after `timeout_s`. Unplugged: True."""
        with self._changed:
            return self._changed.wait_for(lambda: self._pacer is None or self._pacer.next_due_s is None, timeout_s)

    def take_host_bytes(self, at_least: int = 1, *, timeout_s: float) -> bytes:
        """Take what the host has written: waits for `at_least` bytes, and after `timeout_s` takes what is there.

        Only for wires without `on_host_bytes`. The newest 65,536 bytes are kept.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self._host_bytes) >= at_least, timeout_s)
            taken = bytes(self._host_bytes)
            self._host_bytes.clear()
            return taken

    def flip_bits(self, *bit_numbers: int) -> None:
        """Invert bits of the bytes sent from now on: 0 is the lowest bit of the next byte, 8 of the one after it."""
        with self._changed:
            self._interference.flip_bits(bit_numbers)

    def garble(self, byte_count: int, *, seed: int = 0) -> None:
        """Turn the next `byte_count` bytes sent into other ones, the same for the same seed."""
        with self._changed:
            self._interference.garble(byte_count, seed=seed)

    def lose(self, byte_count: int) -> None:
        """Let the next `byte_count` bytes sent never arrive: a frame whose head is cut."""
        with self._changed:
            self._interference.lose(byte_count)

    def misread(self, device_and_host: tuple[LineSettings, LineSettings] | None) -> None:
        """Let the two ends have the line settings given, so that each misreads the other; None: they agree again."""
        with self._changed:
            self._misreading = device_and_host

    def listen(self, on_host_bytes: Callable[[bytes], None] | None) -> None:
        """Call this from now on with what the host writes, as the argument of the same name does."""
        self._on_host_bytes = on_host_bytes

    def _run(self, plug: _Plug) -> None:
        while not plug.stopping.is_set():
            readable, _, _ = select.select([plug.master, plug.wake_read], [], [], self._let_out(plug))
            if plug.wake_read in readable:
                os.read(plug.wake_read, _READ_BYTES)
            if plug.master in readable:
                self._take_in(os.read(plug.master, _READ_BYTES))

    def _let_out(self, plug: _Plug) -> float | None:
        """Hand over the paced bytes that are due; return the seconds to the next one, None if none waits."""
        with self._changed:
            if self._pacer is None or self._plug is not plug:
                return None
            due = self._pacer.take_due(time.monotonic())
            if due:
                self._hand_over(plug, due)
            next_due_s = self._pacer.next_due_s
            if next_due_s is None:
                self._changed.notify_all()
                return None
            return max(_SHORTEST_WAIT_S, next_due_s - time.monotonic())

    def _hand_over(self, plug: _Plug, data: bytes) -> int:
        done = 0
        try:
            while done < len(data):
                done += os.write(plug.master, data[done:])
        except BlockingIOError:
            self.dropped_bytes += len(data) - done
        if done:
            self.last_byte_ns = time.monotonic_ns()
        return done

    def _take_in(self, data: bytes) -> None:
        if self._misreading is not None:
            device, host = self._misreading
            data = misread(data, host, device)
        if self._on_host_bytes is not None:
            self._on_host_bytes(data)
            return
        with self._changed:
            self._host_bytes += data
            del self._host_bytes[:-_HOST_BYTES_KEPT]
            self._changed.notify_all()

    def _forget_old_slave(self) -> None:
        if self._old_slave is not None:
            os.close(self._old_slave)
            self._old_slave = None


def _open_pty() -> _Plug:
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    return _Plug(master, slave, os.ttyname(slave), wake_read, wake_write)


def _point(link: Path, pts: str) -> None:
    """Make `link` point to `pts` so that a host sees the old target or the new one, never none in between."""
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(pts)
    fresh.replace(link)
