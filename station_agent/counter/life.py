"""One parcel's life at this station as lines for people: its entries, what they say, what was taken back. Pure.

An entry is about a code when one of its fields is that code, or a list that holds it: the parcel's own entries, the
bag it lay in, the excursions of its box, the case about it. Of an entry only the fields named here are told, so that
nothing personal is ever shown by a kind that nobody thought of. Called by `station trace`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sync.entry import Trust

CHINA = timedelta(hours=8)
"""China keeps one time all year, UTC+8."""
TRUST_NAMES = {
    Trust.UNKNOWN: ("钟不准", "clock unknown"),
    Trust.KEPT: ("钟未校", "clock kept"),
    Trust.SYNCHRONISED: ("钟已校", "synchronised"),
}
KIND_NAMES = {
    "parcel.received": ("入库", "received"),
    "parcel.shelved": ("换货架", "put on another shelf"),
    "parcel.addressed": ("记到家庭", "noted for a household"),
    "parcel.weighed": ("称重", "weighed"),
    "parcel.collected": ("取走", "handed out"),
    "parcel.refused": ("拒收", "refused"),
    "parcel.damaged": ("破损", "damaged"),
    "parcel.wrong_station": ("错站", "another station's"),
    "parcel.returned": ("退回", "gone back"),
    "parcel.held": ("扣件", "held"),
    "parcel.released": ("解除扣件", "released"),
    "parcel.overdue": ("超期", "overdue"),
    "parcel.accepted": ("收寄", "accepted from a sender"),
    "parcel.inspected": ("验视", "contents inspected"),
    "parcel.screened": ("安检", "screened"),
    "parcel.packed": ("装包", "packed"),
    "parcel.unpacked": ("拆出", "unpacked"),
    "notice.due": ("请县里通知", "county asked to tell"),
    "notice.called": ("已打电话", "called"),
    "notice.delivered": ("通知已送达", "told"),
    "case.opened": ("立案", "case opened"),
    "case.closed": ("办结", "case closed"),
    "case.dropped": ("没办的太多,不再提醒", "case no longer kept, too many"),
    "act.undone": ("撤销", "taken back"),
    "bag.received": ("总包已收", "bag received"),
    "box.put": ("放进冷箱", "put into a cold box"),
    "box.taken": ("取出冷箱", "taken from the cold box"),
    "excursion.opened": ("温度超限", "out of range"),
    "excursion.warned": ("温度预警", "warning"),
    "excursion.alarm": ("温度报警", "ALARM"),
    "excursion.ended": ("温度恢复", "back in range"),
    "excursion.recovered": ("报警后恢复", "back in range after the alarm"),
    "excursion.reopened": ("再次超限", "out of range again"),
    "excursion.closed": ("报警关闭", "alarm closed"),
}
"""What an entry is called; a kind that stands not here is told by its own name."""
FIELD_NAMES = {
    "code": ("取件码", "pick-up code"),
    "was": ("原取件码", "code before"),
    "carrier": ("承运", "carrier"),
    "bag": ("总包", "bag"),
    "batch": ("批次", "batch"),
    "how": ("方式", "how"),
    "proxy": ("代取", "by proxy"),
    "unreceived": ("本站未入库", "not received here"),
    "reason": ("原因", "reason"),
    "days": ("天数", "days"),
    "weight_g": ("克", "g"),
    "product": ("货品", "product"),
    "destination": ("寄往", "destination"),
    "seal": ("封志", "seal"),
    "case": ("编号", "no."),
    "about": ("事由", "about"),
    "box": ("冷箱", "box"),
    "profile": ("温度规则", "profile"),
    "excursion": ("超限序号", "excursion"),
    "limit": ("触发", "limit"),
    "peak_mc": ("最高或最低", "peak"),
    "out_ms": ("超限时长", "out for"),
    "cause": ("原因", "cause"),
    "by": ("经手", "by"),
    "device": ("设备", "device"),
}
"""The fields that are told, in this order; none of them says who the recipient is."""
ASSIGNS = ("parcel.received", "parcel.shelved")
"""Kinds that give a pick-up code."""


class Seen(NamedTuple):
    """An entry as the trace sees it. place: number of its epoch, and its sequence in the custody lane there."""

    place: tuple[int, int]
    kind: str
    body: dict[str, Any]
    recorded_ms: int
    trust: Trust
    boot: int
    since_boot_ms: int


@dataclass(slots=True)
class Life:
    """What is known of one code, in the order it happened.

    subject: the waybill or bag meant. undone: places of entries that were taken back.
    """

    subject: str
    seen: list[Seen] = field(default_factory=list)
    undone: set[tuple[int, int]] = field(default_factory=set)

    def take(self, entry: Seen) -> None:
        """Hear one entry of the custody lane, in order."""
        if entry.kind == "act.undone":
            places = {(entry.place[0], place) for place in entry.body.get("places", ())}
            self.undone |= places
            if not places & {one.place for one in self.seen}:
                return
        elif not _is_about(entry.body, self.subject):
            return
        self.seen.append(entry)

    @property
    def standing(self) -> list[Seen]:
        """Those that were not taken back."""
        return [one for one in self.seen if one.place not in self.undone and one.kind != "act.undone"]


def holder(entries: Iterable[Seen], code: str) -> str | None:
    """The parcel a pick-up code was given to last, None where it never was."""
    last = None
    for entry in entries:
        if entry.kind in ASSIGNS and entry.body.get("code") == code:
            last = entry.body["waybill"]
    return last


def line(life: Life, one: Seen) -> str:
    """One entry for people: when and how far that can be believed, what, by whom."""
    zh, en = KIND_NAMES.get(one.kind, (one.kind, one.kind))
    trust_zh, trust_en = TRUST_NAMES[one.trust]
    back = "  [已撤销 / taken back]" if one.place in life.undone else ""
    told = "  ".join(_field(name, value) for name, value in details(one).items())
    return f"{local(one.recorded_ms)} ({trust_zh} {trust_en})  {zh} / {en}{'  ' if told else ''}{told}{back}"


def details(one: Seen) -> dict[str, Any]:
    """The fields of an entry that may be told."""
    return {name: one.body[name] for name in FIELD_NAMES if one.body.get(name) not in (None, "")}


def document(life: Life, one: Seen) -> dict[str, Any]:
    """The same as JSON-ready words."""
    return {
        "recorded_ms": one.recorded_ms,
        "local": local(one.recorded_ms),
        "trust": one.trust.name.lower(),
        "kind": one.kind,
        "details": details(one),
        "undone": one.place in life.undone,
    }


def local(wall_ms: int) -> str:
    """A time in China, to the second; a wall time no calendar holds is told as it is."""
    try:
        at = datetime.fromtimestamp(wall_ms / 1000, UTC) + CHINA
    except (OverflowError, ValueError, OSError):
        return f"{wall_ms} ms"
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _field(name: str, value: Any) -> str:  # noqa: ANN401 - whatever an entry holds
    zh, en = FIELD_NAMES[name]
    if value is True:
        return f"{zh} {en}"
    if name == "peak_mc":
        return f"{zh} {en} {value / 1000:.1f} °C"
    return f"{zh} {en} {value / 60_000:.0f} min" if name == "out_ms" else f"{zh} {en} {value}"


def _is_about(body: dict[str, Any], code: str) -> bool:
    """Whether a field is the code, or a list that holds it."""
    return any(value == code or (isinstance(value, list) and code in value) for value in body.values())
