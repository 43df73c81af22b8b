"""What every decoder must hold, run over every model that streams and every case recorded of it.

Cases run whole, byte by byte, cut anywhere, doubled, after noise and between other frames. Noise is always followed
by one good frame that nobody looks at: formats find their place again at a frame's edge, and the frame that touches
the noise may be lost with it. Time stands still where nothing is said of it.
"""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import NOISE_QUIET_S, RAW_KEPT
from drivers.models import MODELS
from drivers.readings import BadReading, Reading
from drivers.seam import Decoder
from tests.contract.vectors import STREAMED, Vector, check, has_value, values

STREAMING = sorted(model.name for model in MODELS.values() if model.streams)
NOISE = b"\xff\x00\x82\x7f\xfe"
LATER_S = 10 * NOISE_QUIET_S
per_case = pytest.mark.parametrize("vector", STREAMED, ids=lambda vector: vector.id)
per_model = pytest.mark.parametrize("name", STREAMING)


def fresh(vector: Vector) -> Decoder:
    """A decoder under the settings the case needs."""
    return vector.model.decoder(vector.settings())


def cases(name: str) -> list[Vector]:
    """The cases of one model."""
    return [vector for vector in STREAMED if vector.model.name == name]


def good(vector: Vector) -> bytes:
    """A frame of the same model that is a value."""
    return next(other.frame for other in cases(vector.model.name) if other.speaks)


def feed_cut(decoder: Decoder, data: bytes, cuts: list[int], now_s: float = 0.0) -> list[Reading]:
    """Feed `data` cut at the given places."""
    readings: list[Reading] = []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        readings += decoder.feed(data[start:end], now_s)
    return readings


@per_case
def test_a_case_reads_as_recorded(vector: Vector) -> None:
    """The whole frame in one piece gives what the case expects."""
    check(vector, fresh(vector).feed(vector.frame, 0.0))


@per_case
def test_a_case_reads_the_same_byte_by_byte(vector: Vector) -> None:
    """At 9600 baud, a millisecond a byte, the same readings come."""
    decoder = fresh(vector)
    readings: list[Reading] = []
    for index, byte in enumerate(vector.frame):
        readings += decoder.feed(bytes([byte]), index * 0.00104)
    check(vector, readings)


@per_case
def test_nothing_comes_of_a_case_later(vector: Vector) -> None:
    """Whatever is left in the buffer never becomes a value by waiting."""
    decoder = fresh(vector)
    check(vector, decoder.feed(vector.frame, 0.0))
    assert not values(decoder.tick(LATER_S))
    assert not values(decoder.tick(2 * LATER_S))


@per_case
def test_a_case_survives_noise_and_a_frame_before_it(vector: Vector) -> None:
    """Noise costs at most the frame that touches it."""
    decoder = fresh(vector)
    decoder.feed(NOISE + good(vector) + good(vector), 0.0)
    readings = [r for r in decoder.feed(vector.frame, LATER_S) if not is_stale(r)]
    check(vector, readings)


@per_case
def test_frames_around_a_case_are_read_too(vector: Vector) -> None:
    """A case between two good frames costs neither of them, unless it stops half-way and takes the next one along."""
    decoder = fresh(vector)
    before = values(decoder.feed(good(vector), 0.0))
    middle = decoder.feed(vector.frame, LATER_S)
    after = values(decoder.feed(good(vector), 2 * LATER_S))
    assert len(before) == 1
    assert [type(reading) for reading in before] == [type(reading) for reading in after]
    if has_value(vector.expected):
        assert len(values(middle)) == len(vector.expected.get("frames", [1]))


@per_case
def test_what_is_left_over_is_kept(vector: Vector) -> None:
    """The head of a frame waits for its tail: sent on, the cut frame is read."""
    leftover = bytes.fromhex(vector.expected.get("leftover_hex", ""))
    whole = next(
        (v.frame for v in cases(vector.model.name) if v.speaks and leftover and v.frame.startswith(leftover)), b""
    )
    if not whole:
        return
    decoder = fresh(vector)
    decoder.feed(vector.frame, 0.0)
    assert len(values(decoder.feed(whole[len(leftover) :], 0.0))) == 1


@per_model
@given(data=st.data())
def test_no_reading_depends_on_the_cut(name: str, data: st.DataObject) -> None:
    """Any run of cases, with any bytes between them, reads the same in one piece and in any other."""
    frames = st.sampled_from([vector.frame for vector in cases(name)])
    stream = b"".join(data.draw(st.lists(frames | st.binary(max_size=8), max_size=8)))
    cuts = data.draw(st.lists(st.integers(min_value=0, max_value=4096), max_size=12))
    settings = cases(name)[0].settings()
    model = MODELS[name]
    assert feed_cut(model.decoder(settings), stream, cuts) == model.decoder(settings).feed(stream, 0.0)


@per_model
@given(pieces=st.lists(st.tuples(st.binary(max_size=64), st.floats(min_value=0, max_value=5))))
def test_no_input_breaks_a_decoder(name: str, pieces: list[tuple[bytes, float]]) -> None:
    """Any bytes at any times: no exception, no deadline left behind by a tick, no raw bytes beyond what is kept."""
    decoder = MODELS[name].decoder(cases(name)[0].settings())
    now_s = 0.0
    for piece, gap_s in pieces:
        now_s += gap_s
        readings = [*decoder.tick(now_s), *decoder.feed(piece, now_s)]
        assert isinstance(decoder.poll(), bytes)
        assert all(len(reading.raw) <= RAW_KEPT for reading in readings if isinstance(reading, BadReading))
        assert all(reading.at_s == now_s for reading in readings)
        decoder.tick(decoder.deadline_s or now_s)
        assert decoder.deadline_s is None or decoder.deadline_s > now_s


@per_model
def test_a_flood_of_noise_is_little_memory_and_few_complaints(name: str, noise: bytes) -> None:
    """Noise at 115200 baud for half a minute leaves no buffer behind, and few complaints a second."""
    decoder = MODELS[name].decoder(cases(name)[0].settings())
    decoder.feed(noise[:8192], 0.0)
    tracemalloc.start()
    complaints = 0
    try:
        for start in range(0, len(noise), 1024):
            readings = decoder.feed(noise[start : start + 1024], start / 11_520)
            complaints += sum(isinstance(reading, BadReading) for reading in readings)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 32_768
    assert complaints < 3 * len(noise) / 11_520


@per_model
def test_ten_kilobytes_of_noise_are_a_handful_of_complaints(name: str, noise: bytes) -> None:
    """One burst, as a failing cable gives it, does not bury what people need to see."""
    decoder = MODELS[name].decoder(cases(name)[0].settings())
    assert len(decoder.feed(noise[:10_240], 0.0)) <= 4


def is_stale(reading: Reading) -> bool:
    """Whether a reading only tells of time gone by in a test that jumps."""
    return (
        isinstance(reading, BadReading) and reading.reason in ("no_data", "truncated") and reading.raw in (b"", NOISE)
    )
