"""A driver and the simulated device joined in memory: two readings of one manual, held against each other.

`Bench` lets a decoder and a twin's voice talk over hours of simulated time, in the order in which supervision calls a
decoder: feed or tick, then poll. What a host would put between them (one byte at a time, noise) is the bench's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from drivers.models import MODELS, Model
from drivers.readings import BadReading, Reading, Weight
from drivers.seam import Decoder
from drivers.settings import DeviceSettings
from sim_hardware.models import TWINS
from sim_hardware.voice import Voice

BYTE_S = 0.00104
"""One byte at 9600 baud."""
ROUNDS = 8
"""Most questions and answers of one conversation within one step."""
NOISE = b"\xff\x00\x82\x7f\xfe"

COVERED = sorted(MODELS.keys() & TWINS.keys())
"""Models under contract: they have a driver and a twin."""


def twinned(*, role: str, streams: bool = True) -> list[str]:
    """The covered models of one role that stream, or that are sampled."""
    return [name for name in COVERED if MODELS[name].role == role and MODELS[name].streams is streams]


def settings_of(model: Model, path: str | Path = "/dev/null", **keys: object) -> DeviceSettings:
    """A model's settings at its defaults but for `keys`."""
    return msgspec.convert({"path": str(path), **keys}, model.settings())


@dataclass
class Bench:
    """One decoder and one voice, and the time they share. `cut`: hand over the bytes singly, a character time apart."""

    decoder: Decoder
    voice: Voice
    cut: bool = False
    step_s: float = 0.05
    now_s: float = 0.0
    readings: list[Reading] = field(default_factory=list)
    frames: int = 0
    noise_before: bytes = b""
    """Fed before each piece the device says, in the same piece."""
    spoke_s: float = float("-inf")

    def run(self, for_s: float) -> list[Reading]:
        """Let both live for so many seconds; return the readings of that time."""
        self.readings = []
        for _ in range(max(1, round(for_s / self.step_s))):
            self.now_s += self.step_s
            deadline_s = self.decoder.deadline_s
            if deadline_s is None or deadline_s <= self.now_s:
                self._take(self.decoder.tick(self.now_s))
            if self.now_s - self.spoke_s >= self.voice.period_s - 1e-9:
                self.spoke_s = self.now_s
                self.hear(self.voice.speak(self.now_s))
        return self.readings

    def until(self, enough: Callable[[list[Reading]], bool], *, within_s: float) -> list[Reading]:
        """Run until `enough` says so of the readings so far, or the time is over."""
        readings: list[Reading] = []
        end_s = self.now_s + within_s
        while not enough(readings) and self.now_s < end_s:
            readings += self.run(self.step_s)
        return readings

    def hear(self, data: bytes) -> list[Reading]:
        """Hand the decoder what the device said, and the device what the decoder asks back, until both are content."""
        before = len(self.readings)
        for _ in range(ROUNDS):
            if data:
                self.frames += 1
                self._feed(self.noise_before + data)
            request = self.decoder.poll()
            if not request:
                break
            data = self.voice.hear(request, self.now_s)
        return self.readings[before:]

    def _feed(self, data: bytes) -> None:
        pieces = [data[at : at + 1] for at in range(len(data))] if self.cut else [data]
        for piece in pieces:
            self.now_s += BYTE_S if self.cut else 0.0
            self._take(self.decoder.feed(piece, self.now_s))

    def _take(self, readings: Iterable[Reading]) -> None:
        self.readings += readings


def usable(readings: Iterable[Reading]) -> list[float]:
    """The weights in grams that a parcel could be charged by: numbers not marked as moving."""
    return [reading.weight_g for reading in readings if isinstance(reading, Weight) and reading.stable is not False]


def complaints(readings: Iterable[Reading]) -> list[BadReading]:
    """The readings that are none."""
    return [reading for reading in readings if isinstance(reading, BadReading)]
