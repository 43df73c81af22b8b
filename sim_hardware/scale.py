r"""A continuous parcel scale of the `ST,GS` family, about ten lines a second (devices.md A8).

    S T , G S , + _ _ 1 . 2 3 4 k g CR LF      18 bytes: head 1, head 2, sign, seven characters of weight, unit

    head 1  ST stable   US moving   OL out of range (with + over, with - under); then the figures are blanks, or nines
    head 2  GS gross

`Pan` is the pure core: the load and when it was put there, with `frame_at(at_s)`. `SerialScale` is the shell with the
thread that sends the frame of the moment at even intervals. Not simulated: tare and print commands, checkweigher heads.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sim_hardware.wire import VirtualWire

_SWINGS_PER_S = 4.0  # how fast a pan trembles; only its look, no figure of a maker
_SHAKE_G = 40.0  # how far a nudged pan is off at first, in grams; as above


@dataclass(frozen=True, slots=True)
class Pan:
    """What lies on the scale and how it came there. Frozen: each verb of the world returns the pan afterwards.

    Times are seconds on any one clock; weights are grams. A pan starts empty and at rest.
    """

    capacity_g: int = 30_000
    """The Max of a counter scale; a setting."""
    division_g: int = 1
    """One step of the display (e); 1 g, as the example of devices.md A8 shows it."""
    below_limit_g: int = 20
    """How far below zero it still shows figures: 20 divisions (A12(E), devices.md A3); A8 gives no figure."""
    out_of_range_figures: Literal["blanks", "nines"] = "blanks"
    """What an OL line carries: blanks (AD-4404), or nines like a number (EK-L), which must never be used."""
    load_g: float = 0.0
    load_before_g: float = 0.0
    shaken_g: float = 0.0
    moved_at_s: float = float("-inf")
    settle_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no scale is: raises ValueError. The line has room for 999.999 kg."""
        if not (0 < self.capacity_g + 9 * self.division_g <= 999_999 and self.division_g > 0):
            raise ValueError(f"no room in the line for {self.capacity_g} g in steps of {self.division_g} g")
        if not (0 <= self.below_limit_g <= 999_999):
            raise ValueError(f"no room in the line for {self.below_limit_g} g below zero")
        if not (math.isfinite(self.load_g) and math.isfinite(self.shaken_g)):
            raise ValueError(f"a load is a number of grams, not {self.load_g}")
        if not (math.isfinite(self.settle_s) and self.settle_s >= 0):
            raise ValueError(f"a settling time is a number of seconds from 0, not {self.settle_s}")

    def with_load(self, load_g: float, at_s: float, *, settle_s: float) -> Pan:
        """Return the pan carrying `load_g` in all from `at_s` on, at rest `settle_s` later. Negative: below zero.

        Raises ValueError, as `shaken` does, for a load or a settling time that is no number, or a time below 0.
        """
        before_g = self.mass_at(at_s)
        return replace(self, load_g=load_g, load_before_g=before_g, shaken_g=0.0, moved_at_s=at_s, settle_s=settle_s)

    def shaken(self, at_s: float, *, settle_s: float, by_g: float = _SHAKE_G) -> Pan:
        """Return the pan nudged at `at_s`: it trembles by up to `by_g` around its load, at rest `settle_s` later."""
        return replace(self, load_before_g=self.load_g, shaken_g=by_g, moved_at_s=at_s, settle_s=settle_s)

    def is_moving_at(self, at_s: float) -> bool:
        """Whether the scale says `US` at that time."""
        return self.moved_at_s <= at_s < self.moved_at_s + self.settle_s

    def mass_at(self, at_s: float) -> float:
        """Return the grams the cell feels: on the way from the load before to the load now, swinging less and less."""
        if at_s < self.moved_at_s:
            return self.load_before_g
        if not self.is_moving_at(at_s):
            return self.load_g
        rest = 1.0 - (at_s - self.moved_at_s) / self.settle_s  # 1 at the touch, 0 when settled
        swing = math.cos(2 * math.pi * _SWINGS_PER_S * (at_s - self.moved_at_s))
        return self.load_g + rest**3 * ((self.load_before_g - self.load_g) + self.shaken_g * swing)

    def frame_at(self, at_s: float) -> bytes:
        """Return the 18 bytes the scale sends at that time."""
        shown_g = self.division_g * math.floor(self.mass_at(at_s) / self.division_g + 0.5)
        # Over Max + 9 e (devices.md A3); the limit below is this pan's own.
        if shown_g > self.capacity_g + 9 * self.division_g:
            return self._out_of_range("+")
        if shown_g < -self.below_limit_g:
            return self._out_of_range("-")
        head = "US" if self.is_moving_at(at_s) else "ST"
        sign = "-" if shown_g < 0 else "+"
        return f"{head},GS,{sign}{abs(shown_g) / 1000:7.3f}kg\r\n".encode("ascii")

    def _out_of_range(self, sign: str) -> bytes:
        figures = " " * 9 if self.out_of_range_figures == "blanks" else "999.999kg"
        return f"OL,GS,{sign}{figures}\r\n".encode("ascii")


class SerialScale:
    """The scale on the counter: a pan, a wire, and a thread that sends. As a context manager it is started and closed.

    Lines are due at whole multiples of the period after the start, so the rhythm does not drift; a line that is late by
    a period or more is skipped, never sent in a burst.
    """

    def __init__(
        self,
        wire: VirtualWire,
        *,
        pan: Pan | None = None,
        frames_per_s: float = 10.0,
        settle_s: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wire`: plugged by whoever owns it, or with `plug`. `pan`: its make; None is 30 kg in steps of 1 g, empty.

        `frames_per_s`: 10, the rhythm of devices.md G ("12-byte frames at 10/s"). `settle_s`: how long a verb leaves
        the pan moving; scales call a load stable after 500 ms (CAS, devices.md A13). `clock`: for the pan's times.
        Raises ValueError unless there is a positive number of frames.
        """
        if frames_per_s <= 0:
            raise ValueError(f"frames per second must be positive, not {frames_per_s}")
        self.wire = wire
        self.settle_s = settle_s
        self._period_s = 1.0 / frames_per_s
        self._clock = clock
        self._lock = threading.Lock()
        self._pan = pan or Pan()
        self._frozen = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> SerialScale:
        """Start sending."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sending; the wire stays as it is."""
        self.close()

    @property
    def pan(self) -> Pan:
        """The pan as it is now."""
        return self._pan

    def start(self) -> None:
        """Switch the scale on; does nothing if it is on."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name=f"scale {self.wire.link.name}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Switch the scale off and wait for its thread; it may be started again."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def put_on(self, weight_g: float) -> None:
        """Put something on, so that the pan carries `weight_g` grams in all (what lay there before is taken off)."""
        self._move(lambda pan, now_s: pan.with_load(weight_g, now_s, settle_s=self.settle_s))

    def take_off(self) -> None:
        """Clear the pan."""
        self.put_on(0.0)

    def overload(self) -> None:
        """Put on twice what it can carry: OL lines once the swing has passed the limit."""
        self.put_on(2.0 * self._pan.capacity_g)

    def go_below_zero(self, by_g: float) -> None:
        """Lift the pan by `by_g` grams below zero: a minus sign, and OL with a minus further down."""
        self.put_on(-abs(by_g))

    def jiggle(self, settle_s: float | None = None) -> None:
        """Nudge the pan: US lines around the load for `settle_s` seconds (None: the scale's own time)."""
        settle_s = self.settle_s if settle_s is None else settle_s
        self._move(lambda pan, now_s: pan.shaken(now_s, settle_s=settle_s))

    def freeze(self) -> None:
        """Stop sending while staying plugged in: hung firmware, a loose signal wire."""
        self._frozen = True

    def thaw(self) -> None:
        """Send again."""
        self._frozen = False

    def unplug(self) -> None:
        """Pull the cable out; the scale goes on weighing for itself."""
        self.wire.unplug()

    def plug(self) -> None:
        """Put it back; the port gets a new number behind the same path."""
        self.wire.plug()

    def _move(self, verb: Callable[[Pan, float], Pan]) -> None:
        with self._lock:
            self._pan = verb(self._pan, self._clock())

    def _run(self) -> None:
        started_s = time.monotonic()
        number = 0
        while not self._stop.wait(max(0.0, started_s + number * self._period_s - time.monotonic())):
            if not self._frozen:
                self.wire.send(self._pan.frame_at(self._clock()))
            number = next_frame(number, time.monotonic() - started_s, self._period_s)


def next_frame(sent: int, elapsed_s: float, period_s: float) -> int:
    """Return the number of the next line to send, counted from 0, `elapsed_s` after line 0 was due.

    The one after `sent`, unless that one is late by a whole period or more: then the newest that is due.
    """
    return max(sent + 1, math.floor(elapsed_s / period_s))
