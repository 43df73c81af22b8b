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
    """Told apart without looking."""

    HIGH = "high"
    LOW = "low"
    HIGH_LOW = "high-low"
    LONG_LOW = "long-low"


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
    "parcel.already_here": Phrase(_Y, Sound.HIGH_LOW, "已在架 {code}", "already here, {code}"),
    "parcel.already_collected": Phrase(_Y, Sound.HIGH_LOW, "此件已取走", "was handed out before"),
    "parcel.come_again": Phrase(
        _Y, Sound.HIGH_LOW, "此件取走过,再扫一次重新入库", "was handed out before; scan again to take it in anew"
    ),
    "parcel.unknown": Phrase(_Y, Sound.HIGH_LOW, "本站没有此件", "not received here"),
    "bag.already_here": Phrase(_Y, Sound.HIGH_LOW, "此总包已收", "this bag was received"),
    "scan.again": Phrase(_Y, Sound.HIGH_LOW, "单号少见,再扫一次确认", "unusual code; scan it again to confirm"),
    "scan.product": Phrase(_Y, Sound.HIGH_LOW, "这是商品码,请扫快递单", "a product code; scan the waybill"),
    "scan.not_here": Phrase(_Y, Sound.HIGH_LOW, "总包请在入库时扫", "scan bags while receiving"),
    "scan.unreadable": Phrase(_R, Sound.LONG_LOW, "没读清,请再扫", "not read; scan again"),
    "scan.refused": Phrase(_R, Sound.LONG_LOW, "这不是快递单号,未记录", "not a waybill; not recorded"),
    "scale.overload": Phrase(_Y, Sound.HIGH_LOW, "超过秤的量程", "too heavy for the scale"),
    "scale.unusable": Phrase(_Y, Sound.HIGH_LOW, "秤上没有可用的重量", "the scale gives no usable weight"),
    "device.fault": Phrase(_Y, Sound.HIGH_LOW, "{device} 有故障:{hint}", "{device} has a fault: {hint}"),
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
