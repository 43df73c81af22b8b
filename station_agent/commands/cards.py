"""`station cards`: the cards an attendant scans, and other things to cut out, as a PDF.

Only wording and chance: the layouts are `station_agent.printing`'s. Random numbers are drawn here. Called by the
`station` group.
"""

import re
import secrets
from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.commands.paper import (
    MAX_COUNT,
    digits_option,
    first_option,
    font_option,
    imprint_of,
    settings_or_none,
    with_extra,
    write_pages,
)
from station_agent.config import Settings
from station_agent.counter.cards import CARDS, MAX_VALUE, Card, Word, card_for
from station_agent.counter.goods import load_goods, station_cards
from station_agent.counter.papers import (
    MAX_SERIAL,
    RANDOM_NUMBERS,
    PaperSort,
    random_paper_code,
    serial_paper_code,
)
from station_agent.errors import JournalMissing, Unprintable
from station_agent.printing.badges import PrintedBadge, badge_pages
from station_agent.printing.cards import CardGroup, card_pages, personal_pages, stub_pages
from station_agent.printing.drawing import Page
from station_agent.printing.fonts import chinese_font
from station_agent.printing.registry import card_groups
from station_agent.printing.serials import Serials
from station_agent.printing.stickers import Sticker, sticker_pages
from sync.badge import PREFIX, BadBadge, read_badge
from sync.keys import verifier

_PICKUP = re.compile(r"([0-9]{1,2}-[0-9]{1,2}-)([0-9]{4,6})")
_OWN = {"product": Word.PRODUCT, "destination": Word.DESTINATION, "price": Word.PRICE, "box": Word.BOX}
_COUNT = click.IntRange(1, MAX_COUNT)


@click.command("cards")
@config_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("cards.pdf"), show_default=True)
@click.option("--only", multiple=True, metavar="GROUP", help="只打这一组,可多次 / this group only, may be repeated.")
@click.option("--households", type=_COUNT, default=None, help="家庭取件卡张数 / how many household cards.")
@click.option("--senders", type=_COUNT, default=None, help="寄件登记卡张数 / how many senders' registration cards.")
@click.option("--shelves", metavar="CODE", help="取件码贴纸,从此号起,如 3-2-1008 / pick-up stickers from this code on.")
@click.option("--count", type=_COUNT, default=24, show_default=True, help="取件码贴纸张数 / how many pick-up stickers.")
@click.option(
    "--card", "own", multiple=True, metavar="SORT:VALUE=中文",
    help="本站自己的卡 / a card of this station: product:plum=脆李/plums, destination:cq=重庆, price:a",
)  # fmt: skip
@click.option(
    "--badges", type=click.Path(path_type=Path, dir_okay=False),
    help="县里发的证件,每行一个 / badges of `county badge make`, one text a line.",
)  # fmt: skip
@click.option("--boxes", type=click.IntRange(1, 99), help="冷箱号牌张数 / how many cold-box numbers.")
@click.option("--stubs", type=_COUNT, help="司机交接存根张数 / how many driver stubs, each with its own serial.")
@digits_option
@first_option
@font_option
@in_words
@with_extra
def cards_command(  # noqa: PLR0917 - click names them
    config: Path, out: Path, only: tuple[str, ...], own: tuple[str, ...], households: int | None, senders: int | None,
    shelves: str | None, count: int, badges: Path | None, boxes: int | None, stubs: int | None, digits: str | None,
    first: int | None, font: Path | None,
) -> None:  # fmt: skip
    """打印扫描卡、家庭卡、贴纸、存根 / print the cards to scan; or, when asked for, other cards and stickers.

    不带选项时打印全部扫描卡 / without options: every card the counter understands.
    """
    settings = settings_or_none(config)
    imprint = imprint_of(settings)
    font = chinese_font(font)
    pages: list[Page] = []
    if only or not (own or households or senders or shelves or badges or boxes or stubs):
        groups = card_groups([*CARDS.values(), *station_cards(load_goods())])
        pages += card_pages([_named(groups, name) for name in only] or groups, imprint)
    pages += card_pages(card_groups([_own_card(text) for text in own]), imprint)
    pages += badge_pages(_badges(settings, badges) if badges else [], imprint)
    for sort, number in ((PaperSort.HOUSEHOLD, households), (PaperSort.SENDER, senders)):
        pages += personal_pages(sort, _random_codes(sort, number or 0), imprint)
    if shelves:
        pages += sticker_pages(pickup_stickers(shelves, count), imprint)
    boxes_here = [card_for(Word.BOX, str(number)) for number in range(1, (boxes or 0) + 1)]
    pages += sticker_pages([Sticker(card.code, card.zh, f"{card.en} · {card.code}") for card in boxes_here], imprint)
    if stubs:
        # Last: whatever may be refused is refused before serial numbers are used up.
        pages += stub_pages(_stub_codes(settings, stubs, digits, first), imprint)
    write_pages(pages, out, f"邮运通 cards {imprint.printed}", font)


def _named(groups: list[CardGroup], name: str) -> CardGroup:
    """The group a person means by its key or by a title."""
    for group in groups:
        if name.casefold() in (group.key, *(title.casefold() for title in group.title)):
            return group
    known = "、".join(f"{group.key}({group.title[0]})" for group in groups)
    raise Unprintable(f"没有这一组卡 / no such group of cards: {name}", hint=f"可选 / there are: {known}")


def _own_card(text: str) -> Card:
    """A card of this station's own from SORT:VALUE=Chinese/English; raises Unprintable."""
    sort, _, rest = text.partition(":")
    value, _, words = rest.partition("=")
    zh, _, en = words.partition("/")
    try:
        return card_for(_OWN[sort], value, zh, en)
    except (KeyError, ValueError) as error:
        hint = (
            f"写成 / write {'|'.join(_OWN)}:VALUE=中文/English;VALUE 至多 {MAX_VALUE} 位小写字母和数字 / "
            f"at most {MAX_VALUE} small letters and digits"
        )
        raise Unprintable(f"不能做成卡 / cannot be a card: {text}", hint=hint) from error


def _badges(settings: Settings | None, path: Path) -> list[PrintedBadge]:
    """The badges of a file, each checked against the county's key: a misspelt one is worthless on paper."""
    if settings is None:
        raise _not_set_up("证件要用县中心公钥核对 / badges are checked against the county's key")
    verify = verifier(bytes.fromhex(settings.county.public_key))
    try:
        lines = path.read_text("utf-8").split()
    except (OSError, ValueError) as error:
        hint = "把 county badge make 打印的文字存成文件 / save what `county badge make` prints"
        raise Unprintable(f"{path} 读不了 / cannot be read: {error}", hint=hint) from error
    texts = [line for line in lines if line.startswith(PREFIX)]
    if not 0 < len(texts) <= MAX_COUNT:
        hint = f"每行一个,1 到 {MAX_COUNT} 个 / one a line, 1 to {MAX_COUNT}"
        raise Unprintable(f"{path} 里有 {len(texts)} 个证件 / badges in it", hint=hint)
    badges = []
    for number, text in enumerate(texts, start=1):
        try:
            badges.append(PrintedBadge(text, read_badge(text, verify)))
        except BadBadge as error:
            raise Unprintable(f"{path} 第 {number} 个证件 / badge {number}: {error}", hint=error.hint) from error
    return badges


def _random_codes(sort: PaperSort, count: int) -> list[str]:
    """Codes of so many cards, no two alike."""
    drawn = secrets.SystemRandom().sample(range(RANDOM_NUMBERS), count)
    return [random_paper_code(sort, number) for number in drawn]


def pickup_stickers(first: str, count: int) -> list[Sticker]:
    """Stickers of `count` pick-up codes from `first` on, all on one shelf and layer; raises Unprintable."""
    shape = _PICKUP.fullmatch(first)
    if shape is None:
        hint = "写成 架-层-号,如 3-2-1008 / write shelf-layer-number, such as 3-2-1008"
        raise Unprintable(f"不是取件码 / not a pick-up code: {first}", hint=hint)
    place, number = shape[1], shape[2]
    if len(str(int(number) + count - 1)) > len(number):
        hint = "用 --count 少打几张 / print fewer with --count"
        raise Unprintable(f"号太大 / the numbers grow too long: {first} + {count}", hint=hint)
    codes = [f"{place}{int(number) + step:0{len(number)}d}" for step in range(count)]
    return [Sticker(code, code, "取件码 pick-up code") for code in codes]


def _stub_codes(settings: Settings | None, count: int, digits: str | None, first: int | None) -> list[str]:
    """Codes of so many new stubs; their numbers are used up from now on."""
    if settings is None:
        raise _not_set_up("存根要用站号 / stubs carry the station's number")
    serials = Serials(settings.data)
    station = serials.station(digits, settings.station.id)
    reserved = serials.reserve(f"stub {station}", count, MAX_SERIAL, first)
    return [serial_paper_code(PaperSort.STUB, station, serial) for serial in reserved]


def _not_set_up(why: str) -> JournalMissing:
    """What needs a station's configuration cannot be printed without one."""
    hint = "先运行 station init,或用 --config / run `station init` first, or name the file with --config"
    return JournalMissing(why, hint=hint)
