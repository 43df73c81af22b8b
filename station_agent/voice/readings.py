"""How a text is read, in pinyin with tone digits. For developers: needs pypinyin, which no station has.

A character with several readings gets the one its word has; where pypinyin's dictionary does not know the word, or
knows another, OVERRIDES says it. Tones as spoken, for 一 and 不:

    一    second tone before a fourth, fourth before any other, first at the end, as a digit and in ordinals
    不    second tone before a fourth, else fourth

Two third tones in a row are left to the voice, which changes the first itself. Called by `recording`.
"""

import re

from pypinyin import Style, lazy_pinyin, load_phrases_dict

from station_agent.voice.words import LETTERS

OVERRIDES = {
    # zhong4 is heavy, chong2 is again
    "重量": "zhong4 liang4",
    "超重": "chao1 zhong4",
    "称重": "cheng1 zhong4",
    "重新": "chong2 xin1",
    "重启": "chong2 qi3",
    "重做": "chong2 zuo4",
    "重插": "chong2 cha1",
    "重扫": "chong2 sao3",
    "重称": "chong2 cheng1",
    "重打": "chong2 da3",
    "重印": "chong2 yin4",
    "重写": "chong2 xie3",
    "重读": "chong2 du2",
    "重封": "chong2 feng1",
    "重装": "chong2 zhuang1",
    "重收": "chong2 shou1",
    "重选": "chong2 xuan3",
    "重来": "chong2 lai2",
    # hai2 is still, huan2 is to give back
    "还有": "hai2 you3",
    "还没": "hai2 mei2",
    "还差": "hai2 cha4",
    "还剩": "hai2 sheng4",
    "还箱": "huan2 xiang1",
    "还袋": "huan2 dai4",
    "归还": "gui1 huan2",
    # shu4 is a number, shu3 is to count
    "件数": "jian4 shu4",
    "数量": "shu4 liang4",
    "数一数": "shu3 yi1 shu3",
    "数一下": "shu3 yi1 xia4",
    "请数": "qing3 shu3",
    "请数一数": "qing3 shu3 yi1 shu3",
    # the rest
    "过秤": "guo4 cheng4",
    "放行": "fang4 xing2",
    "执行": "zhi2 xing2",
    "银行": "yin2 hang2",
    "站长": "zhan4 zhang3",
    "长按": "chang2 an4",
    "得先": "dei3 xian1",
    "为空": "wei2 kong1",
}
"""Word -> reading. Longer words win over shorter ones; a word that pypinyin has right stands here where it matters."""

_SYLLABLE = re.compile(r"[a-z]+[1-5]\Z")
"""ü is v here and in the names of files: lv4 deng1."""
_ORDINAL_BEFORE, _ORDINAL_AFTER = "第十一二三四五六七八九零点", "号月日点零一二三四五六七八九"


class Unreadable(ValueError):
    """A text no reading is known for; says which, and what to do."""


def reading(text: str) -> str:
    """The syllables of `text` joined by hyphens, "ru4-ku4"; a letter is "letter-a"; raises Unreadable."""
    if text in tuple(LETTERS):
        return f"letter-{text.lower()}"
    syllables: list[str] = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)
    wrong = [syllable for syllable in syllables if not _SYLLABLE.match(syllable)]
    if wrong or not syllables:
        hint = "写进 OVERRIDES / give its pinyin in OVERRIDES"
        raise Unreadable(f"“{text}” 读不出 / no reading for {''.join(wrong)!r}; {hint}")
    return "-".join(_as_spoken(text, syllables))


def _as_spoken(text: str, syllables: list[str]) -> list[str]:
    """The tones of 一 and 不 before what follows them; one syllable is one character."""
    said = list(syllables)
    for place, (sign, following) in enumerate(zip(text, syllables[1:], strict=False)):
        if sign == "不" and following.endswith("4"):
            said[place] = "bu2"
        elif sign == "一" and said[place] == "yi1":
            digit = text[place - 1 : place] in [*_ORDINAL_BEFORE] or text[place + 1] in _ORDINAL_AFTER
            said[place] = "yi1" if digit else "yi2" if following.endswith(("4", "5")) else "yi4"
    return said


def _teach() -> None:
    """Tell pypinyin what OVERRIDES says, once, at import."""
    load_phrases_dict({word: [[syllable] for syllable in said.split()] for word, said in OVERRIDES.items()}, "tone2")


_teach()
