"""The decoder that all scales share: cut the stream, read each frame, tell it, notice silence, ask.

    ScaleDecoder(settings, cutter, read)            a scale that speaks unasked
    ScaleDecoder(settings, cutter, read, asking)    one that answers

What a frame looks like is its model's business: the cutter finds it, `read` says what it means. Every frame understood
becomes a reading at once, with the scale's own word on stability, or None where the frame has none; that several frames
must agree before a weight is believed is the rule of whoever uses weights (`station_agent.counter.weighing`: three in a
row over half a second), and so is not done a second time here. Pure; called by supervision.
"""

from collections.abc import Callable
from typing import Annotated, Protocol

import msgspec

from drivers.framing import Line, LineCutter, LineEnd, NoiseGate, Silence, bad, is_garbled, unparity
from drivers.readings import Reading, Reason
from drivers.scales.asking import Asking, never_asked
from drivers.settings import SerialSettings, StreamSettings

MAX_LINE_BYTES = 64
"""The longest line of any of these scales has some 30 characters; twice that is ample."""

STALE_S = 1.0
"""A pause so long inside a frame means that bytes were lost: the longest, 22 characters, takes 0.37 s at 600 baud."""

Read = Callable[[bytes, float], Reading | None]
"""What a frame means, `(raw, at_s)`; None where it is understood and says nothing of a weight (an echo, a banner)."""


class ContinuousSettings(SerialSettings, frozen=True, kw_only=True):
    """Line settings of a scale that speaks all the time; it counts as silent after 3 s."""

    silent_after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 3.0


class Cutter(Protocol):
    """What finds frames: LineCutter or FrameCutter."""

    @property
    def waiting(self) -> bool:
        """Whether something was begun and not ended."""

    def feed(self, data: bytes) -> list[Line]:
        """Take bytes in any cut; return the frames they complete."""

    def drop(self) -> bytes:
        """Give up what was begun, and return it."""


def text_lines() -> LineCutter:
    """Cut at CR, LF or both."""
    return LineCutter(terminators=b"\r\n", max_bytes=MAX_LINE_BYTES)


class ScaleDecoder:
    """The decoder of one scale; see `drivers.seam.Decoder`."""

    def __init__(
        self,
        settings: StreamSettings,
        cutter: Cutter,
        read: Read,
        asking: Asking | None = None,
        *,
        stale_s: float = STALE_S,
        table: bytes | None = None,
    ) -> None:
        """Begin with an empty buffer; the watch for silence starts at the first feed or tick.

        `table` turns received bytes into characters (`bytes.translate`); by default the line settings say how.
        """
        self._table = table if table is not None else _characters(settings)
        self._cutter = cutter
        self._read = read
        self._asking = asking or never_asked()
        self._stale_s = stale_s
        self._noise = NoiseGate()
        self._silence = Silence(settings.silent_after_s)
        self._last_byte_s = 0.0

    @property
    def deadline_s(self) -> float | None:
        """When a begun frame is given up, the next request is due or the scale counts as silent; the soonest."""
        stale_s = self._last_byte_s + self._stale_s if self._cutter.waiting else None
        ends = (stale_s, self._silence.deadline_s, self._asking.deadline_s)
        return min((at_s for at_s in ends if at_s is not None), default=None)

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take bytes; return a Weight or a BadReading for each frame they complete."""
        readings = self.tick(now_s)
        if data:
            self._last_byte_s = now_s
            self._asking.received()
            for line in self._cutter.feed(data.translate(self._table)):
                readings += self._take(line, now_s)
        return readings

    def tick(self, now_s: float) -> list[Reading]:
        """Give up a frame that stopped half-way; report silence; see whether it is time to ask."""
        readings: list[Reading] = []
        unanswered = self._asking.tick(now_s)
        if self._cutter.waiting and (unanswered or now_s >= self._last_byte_s + self._stale_s):
            begun = self._cutter.drop()
            if begun:
                readings += self._tell(bad(Reason.TRUNCATED, begun, now_s, "the frame stopped half-way"), now_s)
        return [*readings, *self._silence.check(now_s)]

    def poll(self) -> bytes:
        """Return the request that is due; b"" while an answer is awaited, and always where the scale speaks unasked."""
        return self._asking.poll()

    def _take(self, line: Line, now_s: float) -> list[Reading]:
        """What becomes of one frame; a model with a conversation of its own says more here."""
        if line.end is LineEnd.TOO_LONG:
            return self._tell(bad(Reason.TOO_LONG, line.raw, now_s, f"over {MAX_LINE_BYTES} bytes"), now_s)
        reading = self._read(line.raw, now_s)
        return [] if reading is None else self._tell(reading, now_s)

    def _tell(self, reading: Reading, now_s: float) -> list[Reading]:
        if is_garbled(reading):
            return [reading] if self._noise.passes(reading.reason, now_s) else []
        self._silence.heard(now_s)
        self._noise.reset()
        self._asking.answered()
        return [reading]


def _characters(settings: StreamSettings) -> bytes | None:
    return unparity(settings.bytesize, settings.parity) if isinstance(settings, SerialSettings) else None
