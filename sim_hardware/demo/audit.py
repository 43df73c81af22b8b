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
        _alarm(county),
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
    # One OK hands out several parcels, each with an entry of its own; the answer says how many.
    answered["parcel.collected"] += answered["out.unreceived"]
    answered["parcel.collected"] += sum(int(line.words[0]) for line in greens if line.phrase_id == "out.all")
    findings = []
    for phrase, kind, word in _TOLD:
        figures = f"{answered[phrase]} 绿灯 · green, {kinds[kind]} 县中心 · at the county"
        findings.append(Finding(word, answered[phrase] == kinds[kind] > 0, figures))
    return findings


_TOLD = (
    ("send.accepted", "parcel.accepted", "寄件收寄 · parcels accepted from senders"),
    ("parcel.received", "parcel.received", "入库 · parcels received"),
    ("parcel.weighed", "parcel.weighed", "称重 · parcels weighed"),
    ("parcel.collected", "parcel.collected", "出库 · parcels handed out"),
    ("household.registered", "household.registered", "家庭卡 · household cards registered"),
    ("batch.confirmed", "batch.confirmed", "批次确认 · batches confirmed"),
    ("box.put", "box.put", "进冷箱 · put into the cold box"),
    ("box.closed", "excursion.closed", "冷箱超温,已关闭 · cold-box excursion, closed by a person"),
    ("pack.sealed", "bag.sealed", "装包封志 · bags packed and sealed"),
    ("handover.done", "handover.confirmed", "与司机交接 · handovers confirmed by both"),
    ("unpack.closed", "bag.unpacked", "拆包 · bags unpacked"),
    ("count.ended", "stocktake.ended", "盘点 · stock-takes"),
    ("service.payment", "service.counted", "便民服务 · services"),
)
"""The phrase of a green answer, the kind of its entry, and the words of the summary."""


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


def _alarm(county: Entries) -> Finding:
    """The excursion of the cold box names the parcels that lay in it."""
    alarms = [e.read_body() for branches in county.values() for e in branches if _kind(e) == "excursion.alarm"]
    inside = sorted({waybill for body in alarms for waybill in body["waybills"]})
    figures = f"{len(alarms)} 次 · alarms, {len(inside)} 件在箱 · parcels inside"
    return Finding(
        "冷箱报警与箱内件 · the alarm and what lay in the box", len(alarms) == 1 and len(inside) == 2, figures
    )


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
    # The box stood open for a while: above 10 and below the warmth of the room, and cold again at last.
    holds = len(good) > 0 and all(500 <= value <= 26_000 for value in good) and max(good) > 10_000 and good[-1] < 5_000
    span = f"{min(good) / 1000:.2f} – {max(good) / 1000:.2f} °C" if good else "–"
    return Finding("冷箱温度 · cold box temperatures", holds, f"{len(good)} 个 · samples, {span}")


def _kind(entry: Entry) -> str:
    return entry.read_header().kind
