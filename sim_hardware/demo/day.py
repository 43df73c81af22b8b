"""What happens on a simulated day: people, parcels, bags, weather and a broken link, as steps at their second.

Everything at the counter is done with the gun alone, by printed cards. Pure but for the verbs it calls on the stage.
Waybills are drawn from a seed, so a day can be played again. Called by the demo.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sim_hardware.demo.stage import Stage
from sim_hardware.w1_bus import newton_mc

LENGTH_S = 132.0
LINK_CUT_S = 46.0
LINK_MENDED_S = 76.0
WARM_S, COLD_S = 25.0, 34.0
"""Somebody leaves the lid of the cold box open in between."""
BAG = "43000000518000000101{number:04d}003000"
"""A domestic bag code: origin, destination, bag number, 3.0 kg; built to the 30-digit shape."""
PHONE = "13800138000"
SENDER = "YYN0000000017"
HOUSEHOLD = "YYH0000000025"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens at a second of the day; `title` Chinese first."""

    at_s: float
    title: str
    act: Callable[[Stage], object]


def day(seed: int) -> list[Step]:
    """The steps of one day in order of time."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    parcels = [_waybill(draw) for _ in range(9)]
    plums = [_waybill(draw) for _ in range(2)]
    bag, own_bag = BAG.format(number=seed % 10_000), _own_bag(seed)
    steps = [
        *_harvest(plums),
        *_first_bus(bag),
        *_unpacking(bag, parcels[:4]),
        *_while_cut_off(parcels[4:8]),
        *_people_come(parcels),
        *_trouble(parcels[0]),
        *_box_closed(),
        *_second_bus(own_bag, plums, seed),
        *_evening(parcels),
    ]
    return sorted(steps, key=lambda step: step.at_s)


def temperature(stage: Stage, elapsed_s: float) -> int:
    """What the cold box has at a second: it cools down, stands open for a while, and cools again; millidegrees."""
    if elapsed_s < WARM_S:
        now_mc = newton_mc(elapsed_s, start_mc=4500, around_mc=1500, time_constant_s=15.0)
    elif elapsed_s < COLD_S:
        now_mc = newton_mc(elapsed_s - WARM_S, start_mc=4500, around_mc=26_000, time_constant_s=12.0)
    else:
        now_mc = newton_mc(elapsed_s - COLD_S, start_mc=4800, around_mc=1500, time_constant_s=12.0)
    stage.table.box.set_temperature_mc(now_mc)
    return now_mc


PULL_S = 2.4
"""From one pull at a code to the next at the same one: sooner it is the gun's own double read, which counts once."""


def _scans(start_s: float, title: str, codes: Iterable[str], every_s: float = 1.2) -> Iterator[Step]:
    """One code after the other."""
    for number, code in enumerate(codes):
        yield Step(start_s + every_s * number, title, _scan(code))


def _scan(code: str) -> Callable[[Stage], object]:
    return lambda stage: stage.table.gun.scan(code)


def _nothing(_stage: Stage) -> None:
    """Only told: the weather does it."""


def _badge(role: str) -> Callable[[Stage], object]:
    return lambda stage: stage.table.gun.scan(stage.badges[role])


def _digits(text: str) -> list[str]:
    """Digit cards, and OK."""
    return [*(f"YYCD{digit}" for digit in text), "YYCOK"]


def _weigh(at_s: float, load_g: float) -> Iterator[Step]:
    """On the scale and off again."""
    yield Step(at_s, "放上秤 · put on the scale", lambda stage: stage.table.scale.put_on(load_g))
    yield Step(at_s + 2.2, "取下 · taken off", lambda stage: stage.table.scale.take_off())


def _harvest(plums: list[str]) -> Iterator[Step]:
    """A farmer brings plums before the bus comes; they go into the cold box."""
    title = "农户寄脆李:实名、验视、过秤 · a farmer sends plums: real name, inspection, weight"
    yield Step(1, "值班员到岗 · the attendant comes on duty", _badge("attendant"))
    yield from _scans(2.5, title, ["YYCSEND"])
    for number, plum in enumerate(plums):
        start_s = 4.0 + 8.0 * number
        yield from _scans(start_s, title, ["YYCPXPLUM", SENDER, "YYCINSPECTED", plum], every_s=1.0)
        yield from _weigh(start_s + 4.2, 5120.0 + 35 * number)
    yield from _scans(20.0, "脆李进冷箱 · plums into the cold box", ["YYCBOX", "YYCBX1", *plums], every_s=1.0)
    yield Step(WARM_S, "有人没关冷箱 · somebody leaves the cold box open", _nothing)
    yield Step(COLD_S, "冷箱关上,慢慢降温 · the box is shut and cools again", _nothing)


def _first_bus(bag: str) -> Iterator[Step]:
    """The driver's badge, a bag down, his badge again."""
    yield Step(27.0, "客车到站:司机扫工牌 · the bus is here: the driver's badge", _badge("driver"))
    yield Step(28.5, "收一个总包 · a bag comes in", _scan(bag))
    yield from _scans(29.7, "司机清点 · the driver counts", ["YYCHOWMANY", *_digits("1")], every_s=0.7)
    yield Step(32.5, "再扫工牌,交接完成 · the badge again: both have confirmed", _badge("driver"))


def _unpacking(bag: str, parcels: list[str]) -> Iterator[Step]:
    title = "拆包入库 · the bag is unpacked, its parcels received"
    codes = ["YYCUNPACK", bag, *parcels, "YYCOK"]
    yield from _scans(35.0, title, codes, every_s=1.0)
    yield from _scans(35.0 + len(codes) + PULL_S, title, ["YYCOK"])


def _while_cut_off(parcels: list[str]) -> Iterator[Step]:
    """The link is cut and the work goes on."""
    yield Step(LINK_CUT_S, "网络断了 · the link is cut", lambda stage: stage.link.cut())
    yield from _scans(47.0, "断网照常入库 · no link: the work goes on", ["YYCIN", *parcels[:2]])
    yield from _weigh(50.4, 1234.0)
    title = "输手机号,县里代发通知 · a phone is keyed; the county will tell her"
    yield from _scans(53.5, title, [parcels[2], "YYCPHONE", *_digits(PHONE)], every_s=0.45)
    title = "家庭卡登记,同意放站 · a household card, and its consent"
    yield from _scans(60.5, title, ["YYCHOUSE", HOUSEHOLD, "YYCCONSENT"], every_s=0.9)
    yield from _scans(63.5, "给这家收件 · a parcel for that household", [parcels[3], HOUSEHOLD], every_s=0.9)
    yield from _scans(65.5, "本批确认 · the batch is confirmed", ["YYCOK"])
    yield Step(LINK_MENDED_S, "网络恢复 · the link is back", lambda stage: stage.link.mend())


def _people_come(parcels: list[str]) -> Iterator[Step]:
    """Fetched by waybill, by the phone's last four, by a household card, and a parcel nobody received."""
    yield from _scans(67.0, "取件:扫单号 · fetched by waybill", ["YYCOUT", parcels[0], parcels[1]])
    title = "取件:报手机尾号 · fetched by the phone's last four"
    yield from _scans(71.0, title, [*_digits(PHONE[-4:]), "YYCOK"], every_s=0.45)
    yield from _scans(74.5, "取件:家庭卡 · fetched with a household card", [HOUSEHOLD, "YYCOK"], every_s=0.9)
    yield from _scans(
        77.0, "没入库的件也能取走 · one that was never received", [parcels[8], parcels[8]], every_s=PULL_S
    )


def _trouble(collected: str) -> Iterator[Step]:
    yield Step(80.5, "同一件再扫 · one that was handed out is scanned again", _scan(collected))
    yield Step(82, "噪声 · noise on the scanner's cable", lambda stage: stage.table.gun.make_noise(40, seed=7))
    yield Step(83.5, "误扫付款码 · somebody's payment code", _scan("281234567890123456"))
    yield Step(85, "误扫商品码 · a product code", _scan("6901234567892"))
    yield Step(86, "秤被拔掉 · the scale is unplugged", lambda stage: stage.table.scale.unplug())
    yield Step(91, "秤接回 · the scale is back", lambda stage: stage.table.scale.plug())


def _box_closed() -> Iterator[Step]:
    """The alarm of the cold box is closed with its cause, by a person."""
    title = "冷箱报警关闭:原因、箱号 · the alarm is closed: cause and box"
    yield from _scans(99.5, title, ["YYCBOX", "YYCCDOOR", "YYCBX1"], every_s=0.9)


def _second_bus(own_bag: str, plums: list[str], seed: int) -> Iterator[Step]:
    """The plums are packed, sealed and go with the afternoon bus."""
    title = "装包封志 · packed and sealed"
    yield from _scans(103.5, title, ["YYCPACK", own_bag, *plums, f"YYS{seed % 1000:08d}", "YYCOK"], every_s=1.0)
    yield Step(110.5, "下午班车:司机扫工牌 · the afternoon bus: the driver's badge", _badge("driver"))
    yield Step(111.7, "总包上车 · the bag goes", _scan(own_bag))
    yield Step(112.7, "回执 · the driver keeps a stub", _scan(f"YYT{seed % 10_000:06d}"))
    yield Step(113.9, "再扫工牌,交接完成 · the badge again", _badge("driver"))


def _evening(parcels: list[str]) -> Iterator[Step]:
    """Stock-take, a service, the day in one sentence."""
    left = [parcels[2], parcels[3], parcels[4], parcels[5]]
    yield from _scans(116.0, "盘点 · stock-take", ["YYCCOUNT", *left, "YYCOK"], every_s=1.0)
    yield from _scans(123.0, "便民服务:缴费 · a service: paying bills", ["YYCSERVICE", "YYCVPAY"], every_s=1.0)
    yield from _scans(126.0, "今日 · the day in one sentence", ["YYCTODAY"])


def _waybill(draw: random.Random) -> str:
    """A waybill of one of the usual carriers."""
    carrier, digits = draw.choice((("SF", 13), ("YT", 13), ("JT", 13), ("78", 12)))
    return carrier + "".join(draw.choices("0123456789", k=digits))


def _own_bag(seed: int) -> str:
    """A reusable bag: YY, six digits of the station, six of the serial, and the check digit of GS1."""
    body = f"237001{seed % 1_000_000:06d}"
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"YY{body}{-weighted % 10}"
