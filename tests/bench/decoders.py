"""How fast every streaming decoder reads, and what it costs at the pace of a real device.

Each model reads its own recorded good frames: whole, one frame a call, for frames per second; and byte by byte with the
calls that supervision makes (tick, poll, deadline), the dearest way there is, for the share of a core at ten frames a
second. A Raspberry Pi is about ten times slower than the machine this was written on. Call `measure`.
"""

import time
from collections.abc import Callable
from pathlib import Path

from drivers.models import MODELS
from drivers.readings import BadReading
from drivers.seam import Decoder
from tests.bench.rows import Row
from tests.contract.vectors import STREAMED, Vector

LONG_ENOUGH_S = 0.05
"""Processor time of one measurement; the best of TRIES counts, since anything else only makes it slower."""

TRIES = 3
PACE = 10
"""Frames a second of a scale that speaks all the time."""


def measure(_place: Path | None = None) -> list[Row]:
    """One row for each model that streams and has recorded frames with a value, and one for the dearest of them."""
    rows, shares = [], {}
    for model in MODELS.values():
        vectors = [vector for vector in STREAMED if vector.model is model and vector.speaks]
        if not vectors:
            continue
        whole_s = cost_s(vectors, whole)
        share = shares[model.name] = 100 * PACE * cost_s(vectors, byte_by_byte)
        note = f"{share:.3f} % of a core at {PACE} frames/s, byte by byte"
        rows.append(Row(f"decode {model.name}", 1 / whole_s, "frames/s", 1000, 10_000, note, lower_is_better=False))
    dearest = max(shares, key=lambda name: shares[name])
    rows.append(Row(f"dearest decoder at {PACE} frames/s", shares[dearest], "% of a core", 5, 0.5, dearest))
    return rows


def whole(decoder: Decoder, frame: bytes, now_s: float) -> int:
    """Feed a frame in one piece; return how many values came."""
    return sum(not isinstance(reading, BadReading) for reading in decoder.feed(frame, now_s))


def byte_by_byte(decoder: Decoder, frame: bytes, now_s: float) -> int:
    """Feed a frame as 9600 baud would, with everything supervision asks besides; return how many values came."""
    values = 0
    for index in range(len(frame)):
        values += whole(decoder, frame[index : index + 1], now_s + index * 0.00104)
        decoder.poll()
        _ = decoder.deadline_s
    return values


def cost_s(vectors: list[Vector], feed: Callable[[Decoder, bytes, float], int]) -> float:
    """Processor seconds for one frame, the model's good cases taken in turn; asserts that they are read."""
    return min(_once(vectors, feed) for _ in range(TRIES))


def _once(vectors: list[Vector], feed: Callable[[Decoder, bytes, float], int]) -> float:
    decoders = [(vector.model.decoder(vector.settings()), vector.frame) for vector in vectors]
    frames = values = 0
    begun_s = time.process_time()
    while (spent_s := time.process_time() - begun_s) < LONG_ENOUGH_S:
        for decoder, frame in decoders:
            values += feed(decoder, frame, frames / PACE)
        frames += len(decoders)
    assert values >= frames // 2, f"{vectors[0].model.name} read {values} of {frames} frames"
    return spent_s / frames
