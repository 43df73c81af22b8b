"""Text scanners that take commands: a trigger, set-up strings, and their answers mixed into the codes.

    sent        trigger, set-up                       through poll()
    received    answer? text CR answer? text CR ...   answers are cut out here, the rest is `scan_serial`'s

What an answer looks like is each model's business: it gives its `Speech`. A trigger is sent only when asked for
(`trigger()`) or, with `trigger_every_s`, again and again; a gun with a button of its own needs neither. Set-up strings
are sent once, at opening, to volatile memory: flash wears out, and a gun that was replaced is set up by being plugged
in. Where answers begin with 02, a 02 that begins none is damage and spoils its record: else one flipped bit in an
answer would make it the STX of a record, and the answer's tail a part of the code. Such models have no STX framing.
Pure; called by the model modules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec

from drivers.framing import NoiseGate, bad, unparity
from drivers.readings import Reading, Reason
from drivers.scanners.scan_serial import ScanSerialDecoder, TextSettings


class TriggeredSettings(TextSettings, frozen=True, kw_only=True):
    """What a technician may say about a scanner that takes commands.

    trigger_every_s: the station triggers a read so often, for a gun fixed above the counter; 0: only when asked.
    """

    trigger_every_s: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0


@dataclass(frozen=True, slots=True)
class Speech:
    """How a model is spoken to and answers.

    trigger: what starts one read. setup: sent at opening, in this order. starts: the bytes an answer may begin with.
    measure: given bytes from such a start on, how many of them are the answer; 0 if they are none, None if that cannot
    be told yet. It must decide within MAX_ANSWER_BYTES. refusal: what a whole answer says went wrong, "" for nothing.
    unmarked: the answer has no start of its own: the text before it in the same record belongs to it.
    """

    trigger: bytes
    setup: tuple[bytes, ...]
    starts: bytes
    measure: Callable[[bytes], int | None]
    refusal: Callable[[bytes], str]
    unmarked: bool = False


STX, SPOILER = b"\x02", b"\x00"

MAX_ANSWER_BYTES = 512
"""The longest answer believed; what begins like one and goes on longer is text."""


class TriggeredDecoder:
    """The decoder of such a scanner; see `drivers.seam.Decoder`."""

    def __init__(self, settings: TriggeredSettings, speech: Speech) -> None:
        """Begin with the set-up to be sent, and the first trigger where the station triggers."""
        self._speech = speech
        self._table = unparity(settings.bytesize, settings.parity)
        self._text = ScanSerialDecoder(settings)
        self._give_up_s = settings.inter_character_s
        self._every_s = settings.trigger_every_s
        self._trigger_at_s: float | None = None
        self._held = b""
        self._held_s = 0.0
        self._outgoing = b"".join(speech.setup)
        self._wanted = False
        self._aside = 0
        self._noise = NoiseGate()

    @property
    def deadline_s(self) -> float | None:
        """When a begun answer or record is given up, or the next trigger is due."""
        ends = [self._text.deadline_s, self._trigger_at_s]
        if self._held:
            ends.append(self._held_s + self._give_up_s)
        return min((end for end in ends if end is not None), default=None)

    def aside(self) -> int:
        """Return how many bytes were answers since the last call."""
        aside, self._aside = self._aside, 0
        return aside

    def trigger(self) -> None:
        """Ask for one read: the next `poll` sends it."""
        self._wanted = True

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take bytes; return what the records say, and a BadReading(BAD_COMMAND) where the gun refused a command."""
        readings = self._give_up(now_s)
        if data:
            readings += self._cut(self._held + data.translate(self._table), now_s)
            self._held_s = now_s
        return readings

    def tick(self, now_s: float) -> list[Reading]:
        """Give up what stopped half-way; trigger if it is time; report silence if the settings ask for it."""
        if self._every_s and (self._trigger_at_s is None or now_s >= self._trigger_at_s):
            self._trigger_at_s = now_s + self._every_s
            self.trigger()
        return [*self._give_up(now_s), *self._text.tick(now_s)]

    def poll(self) -> bytes:
        """Return what is to be sent now: set-up, then a trigger if one was asked for."""
        outgoing, self._outgoing = self._outgoing, b""
        if self._wanted:
            self._wanted = False
            outgoing += self._speech.trigger
        return outgoing

    def _give_up(self, now_s: float) -> list[Reading]:
        """What began like an answer and stopped was text."""
        if not self._held or now_s < self._held_s + self._give_up_s:
            return []
        held, self._held = self._held, b""
        return self._text.feed(self._as_text(held), now_s)

    def _as_text(self, data: bytes) -> bytes:
        return data.replace(STX, SPOILER) if STX in self._speech.starts else data

    def _cut(self, data: bytes, now_s: float) -> list[Reading]:
        """Hand the text on, take the answers out, hold back what may become one."""
        readings: list[Reading] = []
        text_from = at = 0
        while at < len(data):
            length = self._speech.measure(data[at : at + MAX_ANSWER_BYTES]) if data[at] in self._speech.starts else 0
            if length is None:
                break
            if length:
                readings += self._text.feed(self._as_text(data[text_from:at]), now_s)
                readings += self._answer(data[at : at + length], now_s)
                text_from = at + length
            at += length or 1
        self._held = data[at:]
        return readings + self._text.feed(self._as_text(data[text_from:at]), now_s)

    def _answer(self, answer: bytes, now_s: float) -> list[Reading]:
        if self._speech.unmarked:
            answer = self._text.discard() + answer
        self._aside += len(answer)
        refusal = self._speech.refusal(answer)
        if not refusal or not self._noise.passes(Reason.BAD_COMMAND, now_s):
            return []
        return [bad(Reason.BAD_COMMAND, answer, now_s, refusal)]
