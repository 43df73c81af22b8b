"""What happens on a simulated morning: people, parcels, weather and a broken link, as steps at their second.

Pure but for the verbs it calls on the stage. Waybills are drawn from a seed, so a morning can be played again. Called
by the demo.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sim_hardware.demo.stage import Stage
from sim_hardware.w1_bus import newton_mc

LENGTH_S = 100.0
LINK_CUT_S = 34.0
LINK_MENDED_S = 64.0
BAG = "43000000518000000101{number:04d}003000"
"""A domestic bag code: origin, destination, bag number, 3.0 kg; built to the 30-digit shape."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens at a second of the morning; `title` Chinese first."""

    at_s: float
    title: str
    act: Callable[[Stage], object]


def morning(seed: int) -> list[Step]:
    """The steps of one morning in order of time."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    parcels = [_waybill(draw) for _ in range(16)]
    steps = [*_bag_and_first_parcels(parcels[:6], seed), *_weighing(parcels[6:8]), *_cut_link(parcels[8:14])]
    steps += [*_hand_out(parcels[:7]), *_trouble(parcels[0]), *_late(parcels[14:16])]
    return sorted(steps, key=lambda step: step.at_s)


def warm(stage: Stage, elapsed_s: float) -> int:
    """Let the cold box cool down from 6.5 °C towards 1 °C; returns millidegrees."""
    now_mc = newton_mc(elapsed_s, start_mc=6500, around_mc=1000, time_constant_s=45.0)
    stage.table.box.set_temperature_mc(now_mc)
    return now_mc


def _scan(code: str) -> Callable[[Stage], object]:
    return lambda stage: stage.table.gun.scan(code)


def _put_on(load_g: float) -> Callable[[Stage], object]:
    return lambda stage: stage.table.scale.put_on(load_g)


def _bag_and_first_parcels(parcels: list[str], seed: int) -> Iterator[Step]:
    yield Step(2, "客车到站,收一个总包 · the bus brings a bag", _scan(BAG.format(number=seed % 10_000)))
    for number, code in enumerate(parcels):
        yield Step(5 + 2.5 * number, "扫描入库 · parcels are received", _scan(code))


def _weighing(parcels: list[str]) -> Iterator[Step]:
    for number, code in enumerate(parcels):
        start_s = 21 + 6.0 * number
        yield Step(start_s, "扫描后过秤 · received and weighed", _scan(code))
        yield Step(start_s + 1, "放上秤 · put on the scale", _put_on(1234.0 + 801 * number))
        yield Step(start_s + 4, "取下 · taken off", lambda stage: stage.table.scale.take_off())


def _cut_link(parcels: list[str]) -> Iterator[Step]:
    yield Step(LINK_CUT_S, "网络断了 · the link is cut", lambda stage: stage.link.cut())
    for number, code in enumerate(parcels):
        yield Step(37 + 3.0 * number, "断网照常入库 · no link: the work goes on", _scan(code))
    yield Step(LINK_MENDED_S, "网络恢复 · the link is back", lambda stage: stage.link.mend())


def _hand_out(parcels: list[str]) -> Iterator[Step]:
    yield Step(55, "换成出库 · the attendant changes to handing out", _scan("YYCOUT"))
    for number, code in enumerate(parcels):
        yield Step(57 + 3.0 * number, "取件人来了 · people collect", _scan(code))


def _trouble(collected: str) -> Iterator[Step]:
    yield Step(79, "同一件再扫 · one that was handed out is scanned again", _scan(collected))
    yield Step(81, "噪声 · noise on the scanner's cable", lambda stage: stage.table.gun.make_noise(40, seed=7))
    yield Step(83, "误扫付款码 · somebody's payment code", _scan("281234567890123456"))
    yield Step(85, "误扫商品码 · a product code", _scan("6901234567892"))
    yield Step(86, "秤被拔掉 · the scale is unplugged", lambda stage: stage.table.scale.unplug())
    yield Step(91, "秤接回 · the scale is back", lambda stage: stage.table.scale.plug())


def _late(parcels: list[str]) -> Iterator[Step]:
    yield Step(93, "换成入库 · back to receiving", _scan("YYCIN"))
    for number, code in enumerate(parcels):
        yield Step(95 + 2.0 * number, "晚到的件 · late parcels", _scan(code))


def _waybill(draw: random.Random) -> str:
    """A waybill of one of the usual carriers."""
    carrier, digits = draw.choice((("SF", 13), ("YT", 13), ("JT", 13), ("78", 12)))
    return carrier + "".join(draw.choices("0123456789", k=digits))
