"""When a scale that speaks only when asked is asked: the cadence of requests and answers.

    state      event                            -> state      what happens
    due        poll                             -> waiting    the request is sent
    waiting    an answer was understood         -> resting    until every_s after the request
    waiting    answer_within_s without a byte   -> due        the answer is lost, and what was begun of it
    waiting    go_on (a conversation)           -> due        the next message of the same exchange
    resting    its time has come                -> due

There is one request on the way at a time, whatever comes back (a Yaohua C602 buffers eight and mixes them up). A scale
that never answers is asked again and again; that it is silent is told by `framing.Silence`. Pure; called by
`decoding.ScaleDecoder`.
"""

from typing import Annotated

import msgspec

from drivers.settings import SerialSettings


class AskedSettings(SerialSettings, frozen=True, kw_only=True):
    """What every scale that must be asked shares.

    every_s: from request to request; three weights that agree over half a second must come of it.
    answer_within_s: so long without a byte, and it is asked again; 0.3 s with three tries is a sane start (devices.md
    A2), so that after silent_after_s there were ten.
    """

    silent_after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 3.0
    every_s: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 0.2
    answer_within_s: Annotated[float, msgspec.Meta(ge=0.05, le=10)] = 0.3


class Asking:
    """The state of one exchange; the table stands at the head of this file."""

    def __init__(self, request: bytes, *, every_s: float, within_s: float) -> None:
        """An empty `request` is for a scale that speaks unasked: nothing is ever due."""
        self._request = request
        self._every_s = every_s
        self._within_s = within_s
        self._send = request
        self._now_s: float | None = None
        self._asked_s = 0.0
        self._ends_s: float | None = None
        self._waiting = False

    @classmethod
    def of(cls, request: bytes, settings: AskedSettings) -> "Asking":
        """Ask for `request` as often as the settings say."""
        return cls(request, every_s=settings.every_s, within_s=settings.answer_within_s)

    @property
    def deadline_s(self) -> float | None:
        """When `tick` has something to do, or None."""
        return self._ends_s

    def poll(self) -> bytes:
        """Return what is due, b"" if nothing is; it counts as sent."""
        send, self._send = self._send, b""
        if send:
            self._waiting = True
            self._asked_s = self._now_s or 0.0
            self._ends_s = self._asked_s + self._within_s
        return send

    def tick(self, now_s: float) -> bool:
        """Let time pass; return whether an answer has just been given up."""
        if self._now_s is None and self._waiting:  # asked before anyone told the time: it begins now
            self._asked_s, self._ends_s = now_s, now_s + self._within_s
        self._now_s = now_s
        if self._ends_s is None or now_s < self._ends_s:
            return False
        lost = self._waiting
        self._make_due()
        return lost

    def received(self) -> None:
        """Bytes came: an answer that is on its way is not given up."""
        if self._waiting and self._now_s is not None:
            self._ends_s = self._now_s + self._within_s

    def answered(self) -> None:
        """An answer was understood; rest until the next request."""
        going_on = self._send not in (b"", self._request)  # the whole answer came before we could go on
        if self._now_s is None or not (self._waiting or going_on):
            return
        self._waiting = False
        self._send = b""
        self._ends_s = self._asked_s + self._every_s
        if self._ends_s <= self._now_s:
            self._make_due()

    def go_on(self, message: bytes) -> None:
        """Send `message` next: the exchange goes on."""
        self._send = message
        self._waiting = False
        self._ends_s = None

    def _make_due(self) -> None:
        self._send = self._request
        self._waiting = False
        self._ends_s = None


def never_asked() -> Asking:
    """The Asking of a scale that speaks unasked."""
    return Asking(b"", every_s=1.0, within_s=1.0)
