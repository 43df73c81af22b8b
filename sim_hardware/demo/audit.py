"""The summary of the demo, every line of it checked against both databases, hash by hash.

Nothing is believed that station or county say of themselves: bytes are read from the files and hashes worked out anew.
Pure. Called by the demo and by its test.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sim_hardware.demo.ledgers import Place, bad_links
from sim_hardware.panel import PanelLine
from sync.entry import Entry, Lane

Entries = dict[Place, list[Entry]]


class Finding(NamedTuple):
    """One line of the summary: what was looked at, whether it holds, and the figures."""

    title: str
    holds: bool
    figures: str


def audit(journal: Entries, county: Entries, greens: Sequence[PanelLine], confirmed: int | None) -> list[Finding]:
    """Compare the station's journal, the county's log and what was answered green."""
    return [
        _same(journal, county),
        _chains("驿站哈希链 · the station's chains hold", journal),
        _chains("县中心哈希链 · the county's chains hold", county),
        _confirmed(journal, confirmed),
        *_greens(county, greens),
        _no_parcel_twice(county),
        _temperatures(county),
    ]


def _same(journal: Entries, county: Entries) -> Finding:
    """Every entry of the journal is at the county once, with the same bytes, and nothing else is there."""
    missing = [place for place, own in journal.items() if county.get(place) != own]
    extra = [place for place in county if place not in journal]
    title = "县中心与驿站逐条一致 · the county has the journal, hash by hash"
    figures = f"{len(journal)} 条 · entries, {len(missing)} 缺或异 · missing or different, {len(extra)} 多 · extra"
    return Finding(title, bool(journal) and not missing and not extra, figures)


def _chains(title: str, entries: Entries) -> Finding:
    bad = bad_links(entries)
    return Finding(
        title, bool(entries) and not bad, f"{sum(map(len, entries.values()))} 条重算 · recomputed, {len(bad)} 错 · bad"
    )


def _confirmed(journal: Entries, confirmed: int | None) -> Finding:
    title = "县中心签名回执覆盖全部 · the county's receipts cover everything"
    return Finding(title, confirmed == len(journal), f"{confirmed} / {len(journal)}")


def _greens(county: Entries, greens: Sequence[PanelLine]) -> list[Finding]:
    """Whatever the panel answered green stands at the county, as often as it was answered."""
    kinds = Counter(_kind(entry) for branches in county.values() for entry in branches)
    answered = Counter(line.phrase_id for line in greens)
    findings = []
    for phrase, word in (
        ("bag.received", "总包 · bags received"),
        ("parcel.received", "入库 · parcels received"),
        ("parcel.weighed", "称重 · parcels weighed"),
        ("parcel.collected", "出库 · parcels handed out"),
    ):
        figures = f"{answered[phrase]} 绿灯 · green, {kinds[phrase]} 县中心 · at the county"
        findings.append(Finding(word, answered[phrase] == kinds[phrase] > 0, figures))
    return findings


def _no_parcel_twice(county: Entries) -> Finding:
    """Each waybill was received once."""
    received = Counter(
        entry.read_body()["waybill"]
        for branches in county.values()
        for entry in branches
        if _kind(entry) == "parcel.received"
    )
    twice = [waybill for waybill, count in received.items() if count > 1]
    return Finding("无一件重复 · no parcel twice", bool(received) and not twice, f"{len(received)} 件 · parcels")


def _temperatures(county: Entries) -> Finding:
    """Temperatures arrived, as numbers in a believable range."""
    values = [
        value
        for place, branches in county.items()
        for entry in branches
        if place.lane == Lane.TELEMETRY and _kind(entry) == "box.temperatures"
        for value in entry.read_body()["temperature_mc"]
    ]
    good = [value for value in values if value is not None]
    holds = len(good) > 0 and all(500 <= value <= 7000 for value in good)
    span = f"{min(good) / 1000:.2f} – {max(good) / 1000:.2f} °C" if good else "–"
    return Finding("冷箱温度 · cold box temperatures", holds, f"{len(good)} 个 · samples, {span}")


def _kind(entry: Entry) -> str:
    return entry.read_header().kind
