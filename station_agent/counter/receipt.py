"""The driver's receipt of one handover, as text: what he took and brought, when, and the hash that proves it. Pure.

    entries of the custody lane -> Receipts.take, in order -> receipt of a number -> text (all of it), qr_text (short)

Not the pre-numbered stub of paper, whose number it names where one was scanned, and no proof by itself: its last line
is held against the entry of that hash in the station's chain, which the county has. Nothing personal is in it: a driver
is the number of his badge. Called by `station receipt`; a page with a screen takes the same text.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from station_agent.counter.life import TRUST_NAMES, local
from sync.entry import Trust

SHORT_HASH = 16
"""Hexadecimal digits of an entry's hash that are printed: 64 bits tell the entries of a county apart, and can be read
out on the telephone."""
MAX_KEPT = 200
"""Handovers remembered while the journal is read, as many as the station's own table holds."""
_SAYS = {
    "handover.confirmed": ("双方确认", "confirmed by both"),
    "handover.one_sided": ("司机没确认", "not confirmed by the driver"),
    "handover.dropped": ("无人交接", "nobody of the other side was here"),
}
"""The entries that close a handover with bags, and who has said what."""
_BAG = {"bag.received": "收 in", "bag.departed": "发 out"}


class Closed(NamedTuple):
    """One entry of the custody lane, with its hash."""

    kind: str
    body: dict[str, Any]
    recorded_ms: int
    trust: Trust
    hash: bytes


@dataclass(slots=True)
class Receipt:
    """One closed handover. bags: the entries of its bags; agreed: the other side has confirmed it since."""

    closed: Closed
    bags: list[Closed] = field(default_factory=list)
    agreed: bool = False

    @property
    def number(self) -> int:
        """The handover's number."""
        number: int = self.closed.body["handover"]
        return number


class Receipts:
    """The receipts of the last MAX_KEPT handovers."""

    def __init__(self) -> None:
        """None yet."""
        self._receipts: dict[int, Receipt] = {}

    def take(self, entry: Closed) -> None:
        """Hear one entry of the custody lane, in order."""
        number = entry.body.get("handover")
        if not isinstance(number, int):
            return
        if entry.kind in _SAYS:
            self._receipts.pop(number, None)  # numbers began anew: the last one of a number is meant
            self._receipts[number] = Receipt(entry)
            if len(self._receipts) > MAX_KEPT:
                del self._receipts[next(iter(self._receipts))]
            return
        receipt = self._receipts.get(number)
        if receipt is None:
            return
        if entry.kind in _BAG and entry.body["bag"] in _listed(receipt):
            receipt.bags.append(entry)
        receipt.agreed |= entry.kind == "handover.agreed"

    def of(self, number: int | None) -> Receipt | None:
        """The receipt of a handover, of the last one for None; None where there is none."""
        if number is None:
            return next(reversed(self._receipts.values()), None)
        return self._receipts.get(number)


def text(receipt: Receipt, station: str) -> str:
    """The whole receipt, a line a bag with its seal."""
    bags = [_bag_line(entry) for entry in receipt.bags]
    return "\n".join((*_head(receipt, station), *bags, _proof(receipt)))


def qr_text(receipt: Receipt, station: str) -> str:
    """What a telephone shows: the same without the bags one by one, so that a code of any handover can be scanned."""
    return "\n".join((*_head(receipt, station), _proof(receipt)))


def _head(receipt: Receipt, station: str) -> list[str]:
    body, entry = receipt.closed.body, receipt.closed
    zh, en = _SAYS[entry.kind]
    if receipt.agreed:
        zh, en = f"{zh},后来已确认", f"{en}, confirmed since"
    trust_zh, trust_en = TRUST_NAMES[entry.trust]
    lines = [
        f"交接回执 / handover receipt  编号 no. {receipt.number}",
        f"驿站 station {station}",
        f"时间 time {local(entry.recorded_ms)} ({trust_zh} {trust_en})",
        f"收 in {len(body['bags_in'])} 袋 bags  发 out {len(body['bags_out'])} 袋 bags",
        f"{zh} / {en}",
    ]
    said = (("line", "线路 line"), ("vehicle", "车 vehicle"), ("driver", "工牌 badge"), ("stub", "存根 stub"))
    lines[2:2] = [f"{words} {body[name]}" for name, words in said if body.get(name)]
    if body.get("weight_g") is not None:
        lines.append(f"发出重量 weight out {body['weight_g'] / 1000:.3f} kg")
    return lines


def _bag_line(entry: Closed) -> str:
    seal = entry.body.get("seal")
    sealed = f"封志 seal {seal}" if seal else "封志没记 no seal noted"
    return f"  {_BAG[entry.kind]}  {entry.body['bag']}  {sealed}"


def _proof(receipt: Receipt) -> str:
    return f"核对码 check {receipt.closed.hash.hex()[:SHORT_HASH]}"


def _listed(receipt: Receipt) -> list[str]:
    body = receipt.closed.body
    return [*body["bags_in"], *body["bags_out"]]
