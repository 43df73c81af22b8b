"""Sentences about the mains. Pure data."""

from station_agent.counter.phrases.phrase import Phrase, look, ready, stop

PHRASES: dict[str, Phrase] = {
    "power.ready": look("停电了,记录已存好,请尽快收尾", "the mains are gone; all is saved, finish soon"),
    "power.unsaved": stop("停电了,有记录没存上", "the mains are gone, and not all is saved"),
    "power.back": ready("来电了", "the mains are back"),
}
