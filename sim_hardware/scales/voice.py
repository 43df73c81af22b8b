"""How a scale talks, whatever its format: a pan, and either a frame ten times a second or answers to what is asked.

A format that only streams is one pure function `frame(display) -> bytes`, made a voice by `Streaming`. A polled one is
a class of its own beside its frame function. `sim_hardware.scales.FORMATS` lists them all.
"""

from __future__ import annotations

from collections.abc import Callable

from sim_hardware.scales.pan import Display, Pan
from sim_hardware.voice import Voice

Frame = Callable[[Display], bytes]


class ScaleVoice(Voice):
    """A scale with a pan that verbs may replace; `frame` is its format."""

    usb_powered = False
    """Whether a brown-out takes the port away too."""

    def __init__(self, pan: Pan | None = None) -> None:
        """`pan`: its make; None is 30 kg in steps of 1 g. Raises ValueError if its Max has no room in a frame."""
        self.pan = pan or Pan()
        self.frame(Display(gross_g=self.pan.over_g, division_g=self.pan.division_g))

    def frame(self, display: Display) -> bytes:
        """Return what the scale sends for one look at its display; b"" when the format has nothing for it."""
        raise NotImplementedError

    def wake(self, now_s: float) -> bytes:
        """Forget the tare and take zero again with whatever lies on the pan; silently, unless a format says more."""
        self.pan = self.pan.rebooted(now_s)
        return b""


class Streaming(ScaleVoice):
    """A scale that sends its frame all the time and hears nothing."""

    def __init__(self, frame: Frame, pan: Pan | None = None) -> None:
        """`frame`: a format's pure function. `pan` and errors: as for ScaleVoice."""
        self._frame = frame
        super().__init__(pan)

    def frame(self, display: Display) -> bytes:
        """Return the format's frame."""
        return self._frame(display)

    def speak(self, now_s: float) -> bytes:
        """Return the frame of the moment."""
        return self.frame(self.pan.display_at(now_s))
