"""The counter's cards in the groups they are printed in; the one place of the printer that knows the registry.

Pure data. Called by `station cards`.
"""

from dataclasses import dataclass

from station_agent.counter.cards import ADOPTION_CARD, CARDS, Mode
from station_agent.printing.cards import CardGroup


@dataclass(frozen=True, slots=True)
class PlainCard:
    """A card with its words."""

    code: str
    zh: str
    en: str


_WORDS = {Mode.IN: ("入库", "receiving"), Mode.OUT: ("出库", "handing out")}


def card_groups() -> list[CardGroup]:
    """Every card that is the same at all stations, in the order of the registry."""
    modes = [PlainCard(code, *_WORDS[mode]) for code, mode in CARDS.items()]
    adopt = PlainCard(ADOPTION_CARD, "认枪", "use this gun from now on")
    return [
        CardGroup("mode", ("做什么", "what I do now"), modes),
        CardGroup("common", ("常用", "any time"), [adopt]),
    ]


def box_card(number: int) -> PlainCard:
    """The card of a cold box of this station."""
    return PlainCard(f"YYCBX{number}", f"{number} 号箱", f"box {number}")
