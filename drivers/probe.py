"""What is on this port? Tries the known protocols and line settings, and says what it found and how sure it is.

Rules
1. First it only listens, at one line setting after the other, and lets every streaming model read the same bytes.
Then it
   asks: the models that are polled send their own request at their own line settings.
2. A model is as good as the share of received bytes it understood in good readings; one lucky reading in a stream of
   noise is worth little.
3. Several models may understand the same bytes (two `=` formats do): then none of them is certain. Any line of text is
   a code to a scanner, so a scanner counts only where nothing else understood.
4. The search ends early at a line setting where one model is certain: at a wrong baud rate nothing makes sense.

Sure      when
--------  --------------------------------------------------------------------------
certain   3 good readings or more, at least 85 % understood, nobody else as good
likely    1 good reading or more, at least half understood, nobody else as good
possible  anything else that gave a good reading

Pure: the shell is handed in as `Line`, one opened port at one setting. Called by `station devices probe`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from drivers.models import MODELS, Model
from drivers.readings import BadReading, Reading
from drivers.seam import Decoder
from drivers.settings import SerialSettings

LISTEN_S = 1.5
"""Long enough for three frames of the slowest continuous scale (600 baud, one frame in 0.4 s)."""
ASK_S = 1.0
"""How long a polled device may take for each answer."""
ASKS = 3
SHARE_CERTAIN = 0.85
"""Line ends and filling belong to no reading, so even a perfect stream stays below 1."""
SHARE_LIKELY = 0.5

LINES: tuple[tuple[int, int, str], ...] = (
    (9600, 8, "N"),
    (9600, 7, "E"),
    (4800, 8, "N"),
    (2400, 7, "E"),
    (2400, 8, "N"),
    (1200, 8, "N"),
    (600, 8, "N"),
    (19200, 8, "N"),
    (115200, 8, "N"),
    (9600, 8, "E"),
    (4800, 7, "E"),
)
"""Baud rate, data bits, parity; the usual first (devices.md A, B1)."""


class Sure(StrEnum):
    """How sure the probe is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Line(Protocol):
    """One port opened at one setting."""

    def hear(self, seconds: float) -> list[tuple[bytes, float]]:
        """Return what came within `seconds`, each piece with its monotonic time."""

    def say(self, data: bytes) -> None:
        """Send bytes."""


class Found(NamedTuple):
    """One model that understood the device. share: part of the bytes understood, 0 to 1."""

    model: Model
    settings: SerialSettings
    good: int
    share: float
    sample: Reading
    sure: Sure


class _Heard(NamedTuple):
    """What one model made of what came at one line setting."""

    model: Model
    settings: SerialSettings
    good: tuple[Reading, ...]
    share: float


OpenLine = Callable[[SerialSettings], Line]
"""Opens the port at a setting; may raise DriverError. The line is closed by whoever gave it."""


def probe(path: str, open_line: OpenLine, *, roles: Iterable[str] = ("scale", "scanner", "thermometer")) -> list[Found]:
    """Find out what is on the port at `path`; the surest first, empty where nothing was understood."""
    models = [model for model in MODELS.values() if model.transport == "serial" and model.role in set(roles)]
    heard = list(_listen(path, models, open_line))
    if not any(found.sure is Sure.CERTAIN for found in _ranked(heard)):
        heard += _ask(path, models, open_line)
    return _ranked(heard)


def _listen(path: str, models: list[Model], open_line: OpenLine) -> Iterator[_Heard]:
    """Let every model read what comes unasked, at each line setting."""
    for baudrate, bytesize, parity in LINES:
        at = msgspec.convert(
            {"path": path, "baudrate": baudrate, "bytesize": bytesize, "parity": parity}, SerialSettings
        )
        pieces = open_line(at).hear(LISTEN_S)
        if not pieces:
            continue
        heard = []
        for model in models:
            settings = _settings(model, path, baudrate=baudrate, bytesize=bytesize, parity=parity)
            if settings is not None:
                heard.append(_read(model, settings, pieces))
        yield from heard
        if any(found.sure is Sure.CERTAIN for found in _ranked(heard)):
            return


def _ask(path: str, models: list[Model], open_line: OpenLine) -> Iterator[_Heard]:
    """Let every polled model ask at its own line settings."""
    for model in models:
        settings = _settings(model, path)
        if settings is None or not model.decoder(settings).poll():
            continue
        yield _converse(model, settings, open_line(settings))


def _converse(model: Model, settings: SerialSettings, line: Line) -> _Heard:
    """Ask a few times and read the answers."""
    decoder = model.decoder(settings)
    good: list[Reading] = []
    received = 0
    for _ in range(ASKS):
        request = decoder.poll()
        if request:
            line.say(request)
        for data, now_s in line.hear(ASK_S):
            received += len(data)
            good += [reading for reading in decoder.feed(data, now_s) if not isinstance(reading, BadReading)]
            reply = decoder.poll()
            if reply:
                line.say(reply)
        if decoder.deadline_s is not None:
            decoder.tick(decoder.deadline_s)
    return _Heard(model, settings, tuple(good), _share(good, received))


def _read(model: Model, settings: SerialSettings, pieces: list[tuple[bytes, float]]) -> _Heard:
    """What a fresh decoder makes of recorded pieces."""
    decoder: Decoder = model.decoder(settings)
    good = [
        reading
        for data, now_s in pieces
        for reading in decoder.feed(data, now_s)
        if not isinstance(reading, BadReading)
    ]
    return _Heard(model, settings, tuple(good), _share(good, sum(len(data) for data, _ in pieces)))


def _share(good: Sequence[Reading], received: int) -> float:
    """Part of the received bytes that stand in good readings."""
    return min(1.0, sum(len(reading.raw) for reading in good) / received) if received else 0.0


def _settings(model: Model, path: str, **line: object) -> SerialSettings | None:
    """The model's settings with defaults and this line; None where it needs more than a path."""
    try:
        settings = msgspec.convert({"path": path, **line}, model.settings())
    except msgspec.ValidationError:
        return None
    return settings if isinstance(settings, SerialSettings) else None


def _ranked(heard: list[_Heard]) -> list[Found]:
    """Best line of each model, the best model first, each with how sure it is."""
    best: dict[str, _Heard] = {}
    heard = [one for one in heard if one.good]
    others = [one for one in heard if one.model.role != "scanner"]
    for one in others or heard:
        known = best.get(one.model.name)
        if known is None or (one.share, len(one.good)) > (known.share, len(known.good)):
            best[one.model.name] = one
    ordered = sorted(best.values(), key=lambda one: (one.share, len(one.good)), reverse=True)
    return [_found(one, [other for other in ordered if other is not one]) for one in ordered]


def _found(one: _Heard, others: list[_Heard]) -> Found:
    """How sure one model is, given what the others made of the device."""
    alone = all(other.share < one.share for other in others)
    if alone and len(one.good) >= 3 and one.share >= SHARE_CERTAIN:
        sure = Sure.CERTAIN
    elif alone and one.share >= SHARE_LIKELY:
        sure = Sure.LIKELY
    else:
        sure = Sure.POSSIBLE
    return Found(one.model, one.settings, len(one.good), one.share, one.good[-1], sure)
