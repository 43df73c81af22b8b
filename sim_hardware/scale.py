"""A parcel scale on the counter: what people do to its pan, whatever format its electronics speak.

The pan is `scales.pan.Pan`, the formats are `scales.FORMATS`; this is the shell with the verbs of the world's side.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sim_hardware.scales.pan import Pan
from sim_hardware.scales.stgs_ascii import frame as stgs_frame
from sim_hardware.scales.voice import ScaleVoice, Streaming
from sim_hardware.serial_twin import SerialTwin
from sim_hardware.wire import VirtualWire


class SerialScale(SerialTwin[ScaleVoice]):
    """The scale on the counter: a voice with a pan, a wire, and a thread that sends."""

    def __init__(
        self,
        wire: VirtualWire,
        *,
        voice: ScaleVoice | None = None,
        frames_per_s: float | None = None,
        settle_s: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wire`: plugged by whoever owns it, or with `plug`. `voice`: its format; None speaks the 18 bytes of ST,GS.

        `frames_per_s`: None is the voice's own. `settle_s`: how long a verb leaves the pan moving; scales call a load
        stable after 500 ms (CAS, devices.md A13). `clock`: for the pan's times. Raises ValueError unless there is a
        positive number of frames.
        """
        voice = voice or Streaming(stgs_frame)
        if frames_per_s is not None:
            if frames_per_s <= 0:
                raise ValueError(f"frames per second must be positive, not {frames_per_s}")
            voice.period_s = 1.0 / frames_per_s
        super().__init__(wire, voice, clock=clock, usb_powered=voice.usb_powered)
        self.settle_s = settle_s

    @property
    def pan(self) -> Pan:
        """The pan as it is now."""
        return self.voice.pan

    def frame_at(self, at_s: float) -> bytes:
        """Return the frame of a moment, sending nothing; float("inf") is when all has settled."""
        return self.voice.frame(self.pan.display_at(at_s))

    def put_on(self, weight_g: float) -> None:
        """Put something on, so that the pan carries `weight_g` grams in all (what lay there before is taken off)."""
        self._move(lambda pan, now_s: pan.with_load(weight_g, now_s, settle_s=self.settle_s))

    def take_off(self) -> None:
        """Clear the pan."""
        self.put_on(0.0)

    def overload(self) -> None:
        """Put on twice what it can carry: over the limit once the swing has passed it."""
        self.put_on(2.0 * self.pan.capacity_g)

    def go_below_zero(self, by_g: float) -> None:
        """Lift the pan by `by_g` grams below zero: a minus sign, and out of range further down."""
        self.put_on(-abs(by_g))

    def jiggle(self, settle_s: float | None = None) -> None:
        """Nudge the pan: moving around the load for `settle_s` seconds (None: the scale's own time)."""
        settle_s = self.settle_s if settle_s is None else settle_s
        self._move(lambda pan, now_s: pan.shaken(now_s, settle_s=settle_s))

    def press_zero(self) -> None:
        """Press the zero key; does nothing while moving or beyond 2 % of the capacity."""
        self._move(lambda pan, now_s: pan.zeroed(now_s) if pan.can_zero_at(now_s) else pan)

    def press_tare(self) -> None:
        """Press the tare key: what the pan carries becomes the tare, and an empty pan clears it."""
        self._move(lambda pan, now_s: pan.tared(pan.display_at(now_s).gross_g))

    def _move(self, verb: Callable[[Pan, float], Pan]) -> None:
        with self._lock:
            self.voice.pan = verb(self.voice.pan, self._clock())
