"""A voice on a wire: the thread that lets a device speak at its own rhythm, and the world's verbs every device has.

Lines are due at whole multiples of the period after the start, so the rhythm does not drift; a line that is late by a
period or more is skipped, never sent in a burst. Called by `sim_hardware.table` and by tests; the devices with verbs of
their own (`scale`, `scanners.triggered`, `thermometers.modbus`) build on it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

from sim_hardware.uart import LineSettings
from sim_hardware.voice import Voice
from sim_hardware.wire import VirtualWire

V = TypeVar("V", bound=Voice)

REBOOT_S = 0.5
"""How long a device is dark after a brown-out; no figure of a maker."""


class SerialTwin(Generic[V]):
    """A device at the end of a wire. As a context manager it is switched on and off; the wire belongs to the caller."""

    def __init__(
        self,
        wire: VirtualWire,
        voice: V,
        *,
        clock: Callable[[], float] = time.monotonic,
        usb_powered: bool = False,
    ) -> None:
        """`wire`: plugged by whoever owns it, or with `plug`; its bytes from the host go to `voice` from now on.

        `clock`: for the voice's times. `usb_powered`: a brown-out makes the port vanish too. Raises ValueError unless
        the voice has a positive period.
        """
        if not voice.period_s > 0:
            raise ValueError(f"frames need a positive period, not {voice.period_s} s")
        self.wire = wire
        self.voice = voice
        self._clock = clock
        self._usb_powered = usb_powered
        self._lock = threading.RLock()
        self._frozen = False
        self._dark_until_s: float | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        wire.listen(self._hear)

    def __enter__(self) -> Self:
        """Switch on."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Switch off; the wire stays as it is."""
        self.close()

    def start(self) -> None:
        """Switch the device on; does nothing if it is on."""
        if self._thread is None:
            self._stop.clear()
            name = f"{type(self).__name__} {self.wire.link.name}"
            self._thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Switch the device off and wait for its thread; it may be started again."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def freeze(self) -> None:
        """Neither speak nor answer while staying plugged in: hung firmware, a loose signal wire."""
        self._frozen = True

    def thaw(self) -> None:
        """Speak and answer again."""
        self._frozen = False

    def unplug(self) -> None:
        """Pull the cable out; the device goes on for itself."""
        self.wire.unplug()

    def plug(self) -> None:
        """Put it back; the port gets a new number behind the same path."""
        self.wire.plug()

    def brown_out(self, dark_s: float = REBOOT_S) -> None:
        """Let the power sag: the device is dark for `dark_s` seconds, then wakes as the voice does. Needs `start`.

        A device that lives on its USB port takes the port with it, which comes back under a new number.
        """
        with self._lock:
            self._dark_until_s = self._clock() + dark_s
        if self._usb_powered and self.wire.is_plugged:
            self.wire.unplug()
            self.wire.plug()

    def flip_bits(self, *bit_numbers: int) -> None:
        """Invert bits of what is sent from now on; see `VirtualWire.flip_bits`."""
        self.wire.flip_bits(*bit_numbers)

    def garble(self, byte_count: int, *, seed: int = 0) -> None:
        """Turn the next bytes sent into other ones; see `VirtualWire.garble`."""
        self.wire.garble(byte_count, seed=seed)

    def wrong_baud(self, host_baud: int) -> None:
        """Let the host listen at another rate than the device speaks at; its own rate puts it right."""
        device = LineSettings(self.voice.baud)
        self.wire.misread(None if host_baud == device.baud else (device, LineSettings(host_baud)))

    def parity_mismatch(self, *, mismatched: bool = True) -> None:
        """Let the device speak 7E1 while the host listens 8N1: the parity shows in bit 7. False puts it right."""
        baud = self.voice.baud
        self.wire.misread((LineSettings(baud, 7, "E"), LineSettings(baud)) if mismatched else None)

    def act(self, verb: Callable[[V, float], bytes]) -> bytes:
        """Do something to the voice between two of its lines, send what it says to that, and return those bytes."""
        with self._lock:
            said = verb(self.voice, self._clock())
            self._say(said)
            return said

    def _say(self, data: bytes) -> None:
        if data and not self._frozen and self._dark_until_s is None:
            self.wire.send(data)

    def _hear(self, data: bytes) -> None:
        with self._lock:
            if not self._frozen and self._dark_until_s is None:
                self._say(self.voice.hear(data, self._clock()))

    def _speak(self) -> None:
        with self._lock:
            now_s = self._clock()
            if self._dark_until_s is not None:
                if now_s < self._dark_until_s:
                    return
                self._dark_until_s = None
                self._say(self.voice.wake(now_s))
                return
            if not self._frozen:
                self._say(self.voice.speak(now_s))

    def _run(self) -> None:
        started_s = time.monotonic()
        number = 0
        period_s = self.voice.period_s
        while not self._stop.wait(max(0.0, started_s + number * period_s - time.monotonic())):
            self._speak()
            number = next_frame(number, time.monotonic() - started_s, period_s)


def next_frame(sent: int, elapsed_s: float, period_s: float) -> int:
    """Return the number of the next line to send, counted from 0, `elapsed_s` after line 0 was due.

    The one after `sent`, unless that one is late by a whole period or more: then the newest that is due.
    """
    return max(sent + 1, math.floor(elapsed_s / period_s))
