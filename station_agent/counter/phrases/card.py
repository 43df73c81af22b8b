"""Sentences about the card the journal lies on. Pure data."""

from station_agent.counter.phrases.phrase import Phrase, alarm

PHRASES: dict[str, Phrase] = {
    "journal.broken": alarm("账本坏了,已抢救,请盘点", "the journal was broken and is salvaged; make a stock-take"),
    "journal.lost": alarm("账本不见了,请盘点并报县里", "the journal is gone; make a stock-take and tell the county"),
    "journal.rolled_back": alarm("账本退回到以前,请盘点", "the journal went back in time; make a stock-take"),
    "card.refuses": alarm("存储卡写不进,先别收发件:{hint}", "the card takes nothing, do not work: {hint}"),
}
