"""One flipped bit in every frame of every scale: no other weight where there is a check, none settled on anywhere.

Formats without a check, or without a flag for stable, cannot protect themselves; what protects them is the agreement of
three that `station_agent.counter.weighing` asks for, so both are held here together.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.models import MODELS
from drivers.readings import BadReading, Weight
from station_agent.counter.weighing import Weighing, WeighingRules
from tests.contract.vectors import VECTORS, Vector

SCALES = [vector for vector in VECTORS if vector.model.role == "scale" and vector.speaks]
CHECKED = {"yaohua_cont12", "yaohua_cmd", "yaohua_a12e15", "mt_cont", "cas_enq"}
UNFLAGGED = {
    "yaohua_cont12", "yaohua_cmd", "yaohua_a12e15", "yaohua_ww", "yaohua_eq_rev9", "yaohua_eq_fwd9", "adam_az",
}  # fmt: skip
ONCE_ONLY = {"adam_az"}
"""Models that give one frame for a weight, so that nothing can ever agree."""

per_frame = pytest.mark.parametrize("vector", SCALES, ids=lambda vector: vector.id)
RULES = WeighingRules()


def flips(frame: bytes) -> Iterator[bytes]:
    """The frame with each of its bits flipped in turn."""
    for bit in range(8 * len(frame)):
        yield (int.from_bytes(frame, "big") ^ 1 << bit).to_bytes(len(frame), "big")


def read(vector: Vector, *frames: bytes) -> list[Weight]:
    """The weights of these frames."""
    decoder = vector.model.decoder(vector.settings())
    readings = [reading for frame in frames for reading in decoder.feed(frame, 0.0)]
    return [reading for reading in readings if isinstance(reading, Weight)]


@pytest.mark.parametrize("vector", [v for v in SCALES if v.model.name in CHECKED], ids=lambda vector: vector.id)
def test_no_flipped_bit_in_a_checked_frame_is_another_weight(vector: Vector) -> None:
    """Between two good frames, so that one that lost its edge finds its way into the next."""
    if not getattr(vector.settings(), "checksum", True):
        return
    true = {(weight.weight_g, weight.stable) for weight in read(vector, vector.frame)}
    for flipped in flips(vector.frame):
        got = read(vector, vector.frame, flipped, vector.frame)
        assert {(weight.weight_g, weight.stable) for weight in got} <= true, flipped.hex(" ")


@pytest.mark.parametrize("name", sorted(UNFLAGGED))
@given(data=st.data())
def test_a_frame_without_a_flag_is_never_stable(name: str, data: st.DataObject) -> None:
    """However a frame is damaged: what the scale did not say is not said."""
    vector = data.draw(st.sampled_from([v for v in SCALES if v.model.name == name]))
    frame = bytearray(vector.frame)
    for _ in range(data.draw(st.integers(0, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    assert all(weight.stable is None for weight in read(vector, bytes(frame)))


@per_frame
def test_no_single_damaged_frame_is_ever_settled_on(vector: Vector) -> None:
    """Of a row of frames at ten a second, one damaged: the weight that settles is the true one, to a division."""
    (*_, true) = read(vector, vector.frame)
    if true.weight_g < RULES.near_zero_g or true.stable is False or vector.model.name in ONCE_ONLY:
        return
    for flipped in flips(vector.frame):
        settled = settle(vector, [vector.frame] * 4 + [flipped] + [vector.frame] * 10)
        assert all(abs(weight_g - true.weight_g) <= RULES.division_g for weight_g in settled), flipped.hex(" ")


def settle(vector: Vector, frames: list[bytes]) -> list[float]:
    """What Weighing gives for these frames, the pan having been empty."""
    weighing = Weighing(RULES)
    weighing.weight(Weight(0.0, True, b"", -1.0))
    decoder = vector.model.decoder(vector.settings())
    settled = []
    for index, frame in enumerate(frames):
        for reading in decoder.feed(frame, index / 10):
            if isinstance(reading, Weight):
                settled.append(weighing.weight(reading))
            elif isinstance(reading, BadReading):
                weighing.bad(reading)
    return [weight_g for weight_g in settled if weight_g is not None]


def test_every_scale_is_looked_at() -> None:
    """No model is left out for want of a good frame."""
    assert {v.model.name for v in SCALES} == {model.name for model in MODELS.values() if model.role == "scale"}
