"""What the station says to the person in front of it: one colour, one sound, one sentence, Chinese first.

Pure data. Success, warning and error differ in colour and in sound, since a plain beep was once taken for an error
(SecUSo#120) and colour must never be the only cue. Called by the counter; shown by `station_agent.feedback`.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Colour(StrEnum):
    """Green: on disk. Yellow: look, nothing was done. Red: stop, it did not work."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Sound(StrEnum):
    """Told apart without looking; six, because people learn no more. Which one a new sentence gets:

    name        colour   rhythm        it means                                        what the person does
    high        green    pi            done, and on disk                               goes on
    low         green    p             the station changed: a mode, a device, a start  goes on, differently
    high-high   yellow   pi pi         this was done before; nothing to do             lays it aside
    high-low    yellow   pi piii       not done; something else is wanted first        looks or listens
    long-low    red      piiiiii       it did not work                                 stops, does it again
    alarm       red      pipipipipi    no answer to a scan: something needs a person   goes there now
    """

    HIGH = "high"
    LOW = "low"
    HIGH_HIGH = "high-high"
    HIGH_LOW = "high-low"
    LONG_LOW = "long-low"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence with its colour and sound; `{name}` is filled from the answer's values."""

    colour: Colour
    sound: Sound
    zh: str
    en: str


_G, _Y, _R = Colour.GREEN, Colour.YELLOW, Colour.RED
PHRASES: dict[str, Phrase] = {
    "station.ready": Phrase(_G, Sound.LOW, "驿站已就绪,在架 {here} 件", "ready, {here} parcels here"),
    "mode.in": Phrase(_G, Sound.LOW, "入库", "receiving"),
    "mode.out": Phrase(_G, Sound.LOW, "出库", "handing out"),
    "bag.received": Phrase(_G, Sound.HIGH, "总包已收 {bag}", "bag received {bag}"),
    "parcel.received": Phrase(_G, Sound.HIGH, "入库 取件码 {code}", "received, pick-up code {code}"),
    "parcel.weighed": Phrase(_G, Sound.HIGH, "重量 {weight_kg} 公斤", "weight {weight_kg} kg"),
    "parcel.collected": Phrase(_G, Sound.HIGH, "已取走 {code}", "handed out {code}"),
    "parcel.already_here": Phrase(_Y, Sound.HIGH_HIGH, "已在架 {code}", "already here, {code}"),
    "parcel.already_collected": Phrase(_Y, Sound.HIGH_HIGH, "此件已取走", "was handed out before"),
    "parcel.come_again": Phrase(
        _Y, Sound.HIGH_LOW, "此件取走过,再扫一次重新入库", "was handed out before; scan again to take it in anew"
    ),
    "parcel.unknown": Phrase(_Y, Sound.HIGH_LOW, "本站没有此件", "not received here"),
    "bag.already_here": Phrase(_Y, Sound.HIGH_HIGH, "此总包已收", "this bag was received"),
    "scan.again": Phrase(_Y, Sound.HIGH_LOW, "单号少见,再扫一次确认", "unusual code; scan it again to confirm"),
    "scan.product": Phrase(_Y, Sound.HIGH_LOW, "这是商品码,请扫快递单", "a product code; scan the waybill"),
    "scan.not_here": Phrase(_Y, Sound.HIGH_LOW, "总包请在入库时扫", "scan bags while receiving"),
    "scan.unreadable": Phrase(_R, Sound.LONG_LOW, "没读清,请再扫", "not read; scan again"),
    "scan.refused": Phrase(_R, Sound.LONG_LOW, "这不是快递单号,未记录", "not a waybill; not recorded"),
    "scale.overload": Phrase(_Y, Sound.HIGH_LOW, "超过秤的量程", "too heavy for the scale"),
    "scale.unusable": Phrase(_Y, Sound.HIGH_LOW, "秤上没有可用的重量", "the scale gives no usable weight"),
    "device.adopted": Phrase(_G, Sound.LOW, "新扫描枪已启用", "the new gun is in use"),
    "card.unknown": Phrase(_Y, Sound.HIGH_LOW, "没有这张功能卡", "no such card"),
    "card.adopt": Phrase(_Y, Sound.HIGH_LOW, "请用新枪扫这张卡", "scan this card with the new gun"),
    "device.fault": Phrase(_Y, Sound.HIGH_LOW, "{device} 有故障:{hint}", "{device} has a fault: {hint}"),
    "box.put": Phrase(_G, Sound.HIGH, "已放 {box} 号箱", "put into box {box}"),
    "box.taken": Phrase(_G, Sound.HIGH, "已从 {box} 号箱取出", "taken from box {box}"),
    "box.already": Phrase(_Y, Sound.HIGH_HIGH, "已在 {box} 号箱", "already in box {box}"),
    "box.not_inside": Phrase(_Y, Sound.HIGH_LOW, "此件不在冷箱", "in no cold box"),
    "box.unknown": Phrase(_Y, Sound.HIGH_LOW, "没有 {box} 号箱", "there is no box {box}"),
    "box.full": Phrase(_Y, Sound.HIGH_LOW, "{box} 号箱已满", "box {box} is full"),
    "box.undeclared": Phrase(_Y, Sound.HIGH_LOW, "{box} 号箱要先说明货品", "say first what goes into box {box}"),
    "box.wrong": Phrase(_Y, Sound.HIGH_LOW, "放错箱,请放 {to} 号箱", "wrong box; put it into box {to}"),
    "box.nowhere": Phrase(_Y, Sound.HIGH_LOW, "没有合适的冷箱", "no cold box here is right for it"),
    "box.refused": Phrase(_R, Sound.LONG_LOW, "{goods}不收", "{goods_en} is not taken here"),
    "box.warning": Phrase(
        _Y,
        Sound.HIGH_LOW,
        "{box} 号箱 {temperature} 度已 {minutes} 分钟,请检查",
        "box {box}: {temperature} °C for {minutes} min, look at it",
    ),
    "box.alarm": Phrase(
        _R,
        Sound.ALARM,
        "{box} 号箱报警,{temperature} 度,货移到 {to} 号箱",
        "box {box}: ALARM, {temperature} °C, move to {to}",
    ),
    "box.alarm_stay": Phrase(
        _R,
        Sound.ALARM,
        "{box} 号箱报警,{temperature} 度,请联系县中心",
        "box {box}: ALARM, {temperature} °C, call the county",
    ),
    "box.recovered": Phrase(
        _Y, Sound.HIGH_LOW, "{box} 号箱已恢复,请扫原因卡", "box {box} is back in range; scan the cause card"
    ),
    "box.closed": Phrase(_G, Sound.HIGH, "{box} 号箱报警已关闭", "alarm of box {box} closed"),
    "box.nothing_to_close": Phrase(_Y, Sound.HIGH_LOW, "{box} 号箱没有报警", "box {box} has no alarm"),
    "box.still_out": Phrase(_Y, Sound.HIGH_LOW, "{box} 号箱还没恢复", "box {box} is not back in range"),
    "box.close_first": Phrase(_Y, Sound.HIGH_LOW, "先关闭 {box} 号箱报警", "close the alarm of box {box} first"),
    "box.who": Phrase(_Y, Sound.HIGH_LOW, "请先扫工牌", "scan your badge first"),
    "box.resting": Phrase(_G, Sound.HIGH, "{box} 号箱停用", "box {box} out of use"),
    "box.not_empty": Phrase(_Y, Sound.HIGH_LOW, "{box} 号箱还有 {count} 件", "box {box} still holds {count} parcels"),
    "box.gap": Phrase(_Y, Sound.HIGH_LOW, "{box} 号箱没有温度", "no temperature from box {box}"),
    "box.fault": Phrase(_Y, Sound.HIGH_LOW, "{box} 号箱温度计故障", "the thermometer of box {box} has a fault"),
    "box.door_open": Phrase(_Y, Sound.HIGH_LOW, "{box} 号箱门开着", "the door of box {box} stands open"),
    "not_saved": Phrase(_R, Sound.LONG_LOW, "没有存上,请勿放行:{hint}", "NOT saved, do not let go of it: {hint}"),
}
"""Every sentence the station can say; the name goes to panels and logs, the words to people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One sentence said now."""

    phrase: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def colour(self) -> Colour:
        """Green, yellow or red."""
        return PHRASES[self.phrase].colour

    @property
    def sound(self) -> Sound:
        """Which beep goes with it."""
        return PHRASES[self.phrase].sound

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        return PHRASES[self.phrase].zh.format(**self.values)

    @property
    def en(self) -> str:
        """The sentence in English."""
        return PHRASES[self.phrase].en.format(**self.values)
