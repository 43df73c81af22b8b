"""Every scale's driver against its twin: what is put on the pan is what is read, whatever happens on the way."""

import math

import pytest

from drivers.models import MODELS
from drivers.readings import BadReading, Reason, Weight
from sim_hardware.scales import FORMATS
from sim_hardware.scales.voice import ScaleVoice
from tests.contract.twins import NOISE, Bench, complaints, settings_of, twinned, usable

per_scale = pytest.mark.parametrize("name", [name for name in twinned(role="scale") if name in FORMATS])
WEIGHTS_G = (1_234, 5, 20_000, 999, 12_345, 30_000)
SETTLE_S = 0.5
HOURS_S = 2 * 3600.0

ONCE = {"adam_az"}
"""Tells each weight once, and never zero: a lost answer is a lost weight, so noise is not held against it."""
NO_MOTION_SIGN = {
    "yaohua_cont12",
    "yaohua_cmd",
    "yaohua_a12e15",
    "yaohua_ww",
    "yaohua_eq_rev9",
    "yaohua_eq_fwd9",
}
"""Their frames cannot tell (devices.md 0.2); agreement of frames must, outside the decoder."""
PACKETS = {"hid_pos_scale"}
"""On a bus that keeps reports whole: neither cut nor noisy."""


def bench_for(name: str, *, cut: bool = False) -> Bench:
    """A driver at its defaults and the twin at its own."""
    model = MODELS[name]
    return Bench(model.decoder(settings_of(model)), FORMATS[name](), cut=cut)


def dwell_s(name: str) -> float:
    """How long a parcel lies until it must have been read: three rounds of a polled scale, and the settling."""
    every_s = float(getattr(settings_of(MODELS[name]), "every_s", 0.2))
    return SETTLE_S + max(2.0, 3 * every_s)


def put_on(bench: Bench, weight_g: float, *, settle_s: float = SETTLE_S) -> None:
    """Put a load on the twin's pan."""
    voice = bench.voice
    assert isinstance(voice, ScaleVoice)
    voice.pan = voice.pan.with_load(weight_g, bench.now_s, settle_s=settle_s)


def weigh(bench: Bench, name: str, weight_g: float) -> list[float]:
    """Put a parcel on and let it lie; return what could be charged once it had settled."""
    put_on(bench, weight_g)
    moving = bench.run(SETTLE_S - bench.step_s)
    settled = bench.run(dwell_s(name) - SETTLE_S)
    return usable(moving) * (name in ONCE) + usable(settled)


def shown(weights: list[float]) -> set[float]:
    """The different weights, to the tenth of a gram."""
    return {round(weight, 1) for weight in weights}


@per_scale
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "byte by byte"])
def test_weights_put_on_are_the_weights_read(name: str, cut: bool) -> None:
    """Parcel after parcel, the pan emptied between them: the settled weight and no other, however the bytes come."""
    bench = bench_for(name, cut=cut)
    bench.run(2.0)
    for weight_g in WEIGHTS_G:
        assert shown(weigh(bench, name, weight_g)) == {weight_g}, name
        empty = weigh(bench, name, 0)
        assert shown(empty) <= {0}
        assert empty or name in ONCE


@per_scale
def test_a_frame_after_noise_is_read(name: str) -> None:
    """A burst of noise between any two frames: weights go on being read, and noise never becomes one."""
    if name in ONCE | PACKETS:
        return
    bench = bench_for(name)
    put_on(bench, 1_234, settle_s=0)
    bench.run(1.0)
    read = []
    for _ in range(20):
        bench.readings = []
        bench.hear(NOISE)
        read += usable(bench.readings) + usable(bench.run(1.0))
    assert shown(read) == {1_234}


@per_scale
def test_noise_glued_to_every_frame_is_never_a_weight(name: str) -> None:
    """Noise right before each frame may cost frames; what is read all the same is the weight on the pan."""
    if name in ONCE | PACKETS:
        return
    bench = bench_for(name)
    put_on(bench, 1_234, settle_s=0)
    bench.noise_before = NOISE
    assert shown(usable(bench.run(5.0))) <= {1_234}


@per_scale
def test_a_moving_pan_is_told_and_not_charged(name: str) -> None:
    """A nudged pan: a scale with a motion sign says "moving" all the time and nothing else; then the weight again."""
    bench = bench_for(name)
    put_on(bench, 1_234, settle_s=0)
    bench.run(dwell_s(name))
    voice = bench.voice
    assert isinstance(voice, ScaleVoice)
    shake_s = dwell_s(name)
    voice.pan = voice.pan.shaken(bench.now_s, settle_s=shake_s)
    bench.run(bench.step_s * 4)  # an answer under way may still tell of before
    moving = bench.run(shake_s - 8 * bench.step_s)
    if name not in NO_MOTION_SIGN:
        assert usable(moving) == []
        assert {type(reading) for reading in moving} <= {Weight, BadReading}
        assert {reading.reason for reading in complaints(moving)} <= {Reason.UNSTABLE}
        assert moving or name in ONCE
    bench.run(1.0)
    assert shown(usable(bench.run(dwell_s(name)))) == {1_234} or name in ONCE


@per_scale
@pytest.mark.parametrize("load_g", [60_000, -500], ids=["overload", "below zero"])
def test_out_of_range_is_never_a_weight(name: str, load_g: float) -> None:
    """Beyond Max + 9 e and below -20 e nothing can be charged."""
    bench = bench_for(name)
    bench.run(2.0)
    put_on(bench, load_g, settle_s=0)
    assert usable(bench.run(dwell_s(name))) == []


@per_scale
def test_a_little_below_zero_is_negative_or_nothing(name: str) -> None:
    """A pan lifted by 15 g: minus fifteen, or no weight; never plus."""
    bench = bench_for(name)
    bench.run(2.0)
    put_on(bench, -15, settle_s=0)
    assert shown(usable(bench.run(dwell_s(name)))) <= {-15}


@per_scale
def test_a_replugged_scale_is_read_by_a_fresh_decoder_from_mid_frame(name: str) -> None:
    """Pulled out and put back: the first bytes are the tail of a frame, and the next weight is right."""
    bench = bench_for(name)
    put_on(bench, 777, settle_s=0)
    bench.run(2.0)
    voice = bench.voice
    assert isinstance(voice, ScaleVoice)
    tail = voice.frame(voice.pan.display_at(bench.now_s))[5:]
    again = Bench(MODELS[name].decoder(settings_of(MODELS[name])), voice, now_s=bench.now_s + 10)
    if name not in PACKETS:
        again.hear(tail)
    assert shown(weigh(again, name, 1_234)) == {1_234}


@per_scale
def test_a_brown_out_takes_zero_again_with_what_lies_there(name: str) -> None:
    """The scale reboots under a parcel: whatever it says while waking, the parcel then weighs nothing."""
    bench = bench_for(name)
    put_on(bench, 2_000, settle_s=0)
    bench.run(2.0)
    bench.now_s += 0.5
    bench.hear(bench.voice.wake(bench.now_s))
    bench.run(2.0)
    assert shown(usable(bench.run(dwell_s(name)))) <= {0}
    assert shown(weigh(bench, name, 3_500)) == {1_500}


@per_scale
def test_two_hours_of_parcels(name: str) -> None:
    """A parcel every half minute for two hours: each weight, in order, and nothing else."""
    bench = bench_for(name)
    bench.step_s = 0.25
    read: list[float] = []
    wanted: list[float] = []
    number = 0
    while bench.now_s < HOURS_S:
        number += 1
        weight_g = 1 + (number * 7_919) % 30_000
        put_on(bench, weight_g, settle_s=0.5)
        bench.run(1.0)
        weights = usable(bench.run(max(2.0, dwell_s(name))))
        wanted.append(weight_g)
        read += [round(weight, 1) for weight in sorted(set(weights))] if name not in ONCE or weights else [weight_g]
        put_on(bench, 0, settle_s=0.5)
        bench.run(30.0 - 3.0)
    assert read == wanted
    assert bench.frames > 100
    assert not math.isnan(sum(read))


@per_scale
def test_nothing_is_complained_about_on_a_good_line(name: str) -> None:
    """Empty, loaded, empty again: a driver that grumbles at its own device's good frames has read another manual."""
    bench = bench_for(name)
    bench.run(1.0)
    put_on(bench, 1_234, settle_s=0)
    assert complaints(bench.run(dwell_s(name))) == []
    put_on(bench, 0, settle_s=0)
    assert complaints(bench.run(dwell_s(name))) == []


@per_scale
def test_a_net_weight_is_marked_net_where_the_frame_tells(name: str) -> None:
    """200 g tare under 1,234 g: a driver that says net says 1,034; one whose scale was asked for gross says 1,234."""
    bench = bench_for(name)
    put_on(bench, 200, settle_s=0)
    bench.run(2.0)
    voice = bench.voice
    assert isinstance(voice, ScaleVoice)
    voice.pan = voice.pan.tared(voice.pan.display_at(bench.now_s).gross_g)
    bench.run(dwell_s(name))
    put_on(bench, 1_234, settle_s=0)
    weights = [reading for reading in bench.run(dwell_s(name)) if isinstance(reading, Weight)]
    assert weights
    assert {(round(w.weight_g, 1), w.net) for w in weights} <= {(1_034, True), (1_034, None), (1_234, False)}, name
