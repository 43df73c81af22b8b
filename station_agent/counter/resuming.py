"""After the power comes back: the mode somebody was in and the last act that was saved, told at the start. Pure.

Both follow from the last entry a person made, so that nothing more need be written for it. Called when a station is
opened; a new kind of act adds a line to ACTS.
"""

from collections.abc import Iterable
from typing import Any

from station_agent.counter.answers import PHRASES, Answer
from station_agent.counter.cards import Mode

LOOK_BACK = 200
"""Custody entries among which the last act is looked for; alarms and commands write entries too."""

ACTS: dict[str, tuple[Mode, str]] = {
    "parcel.received": (Mode.IN, "parcel.received"),
    "parcel.shelved": (Mode.IN, "parcel.shelved"),
    "batch.confirmed": (Mode.IN, "batch.confirmed"),
    "bag.received": (Mode.IN, "bag.received"),
    "parcel.collected": (Mode.OUT, "parcel.collected"),
    "bag.opened": (Mode.PACK, "pack.opened"),
    "bag.reopened": (Mode.PACK, "pack.reopened"),
    "parcel.packed": (Mode.PACK, "pack.packed"),
    "parcel.unpacked": (Mode.PACK, "pack.taken_out"),
    "bag.sealed": (Mode.PACK, "pack.sealed"),
    "bag.unpacking": (Mode.UNPACK, "unpack.begun"),
    "bag.unpacked": (Mode.UNPACK, "unpack.closed"),
    "handover.begun": (Mode.HANDOVER, "handover.begun"),
    "handover.bag": (Mode.HANDOVER, "handover.bag_up"),
    "bag.departed": (Mode.HANDOVER, "handover.done"),
    "parcel.accepted": (Mode.SEND, "send.accepted"),
    "parcel.inspected": (Mode.SEND, "send.inspected"),
    "parcel.registered": (Mode.SEND, "send.registered"),
    "parcel.screened": (Mode.SEND, "send.screened"),
    "consignment.opened": (Mode.SEND, "bulk.opened"),
    "consignment.agreed": (Mode.SEND, "bulk.agreed"),
    "consignment.closed": (Mode.SEND, "bulk.closed"),
    "box.put": (Mode.BOX, "box.put"),
    "box.taken": (Mode.BOX, "box.taken"),
    "stocktake.counted": (Mode.COUNT, "count.counted"),
    "stocktake.seen": (Mode.COUNT, "count.adopt"),
    "service.counted": (Mode.SERVICE, "mode.service"),
    "stock.counted": (Mode.SERVICE, "mode.service"),
    "form.opened": (Mode.PAPER, "paper.opened"),
}
"""Kind of entry -> the mode it is made in and the sentence that was said."""

IN_ANY_MODE = {
    "act.undone": "undone",
    "notice.called": "called.noted",
    "household.registered": "household.registered",
    "duty.began": "duty.began",
    **{f"parcel.{mark}": f"marked.{mark}" for mark in ("damaged", "refused", "wrong_station", "returned", "released")},
}
"""Kind of entry -> the sentence that was said; the mode is that of the act before, since such an act leaves it."""


def resumed(newest_first: Iterable[tuple[str, dict[str, Any]]]) -> tuple[Mode, Answer] | None:
    """The mode and the answer of the last act among entries (kind, body), or None where there is none."""
    last: Answer | None = None
    for kind, body in newest_first:
        if kind in IN_ANY_MODE and last is None:
            last = Answer(IN_ANY_MODE[kind])
        if kind in ACTS:
            mode = _mode(kind, body)
            return mode, last or _said(ACTS[kind][1], body) or Answer(f"mode.{mode.value}")
    return None


def _mode(kind: str, body: dict[str, Any]) -> Mode:
    """The mode an entry was made in."""
    if body.get("form"):
        return Mode.PAPER  # entered from a sheet: its desk goes on with it
    if kind == "parcel.received" and "bag" in body:
        return Mode.UNPACK  # taken out of a bag, which must go on being unpacked
    if kind == "bag.received" and "handover" in body:
        return Mode.HANDOVER  # one of several, behind the entry that closes the handover
    return ACTS[kind][0]


def _said(phrase: str, body: dict[str, Any]) -> Answer | None:
    """The sentence that was said, None where the entry does not tell all of it."""
    values = {name: str(value) for name, value in body.items() if f"{{{name}}}" in PHRASES[phrase].zh}
    if "bag" in values:
        values["bag"] = values["bag"][-8:]
    return Answer(phrase, values) if _complete(phrase, values) else None


def _complete(phrase: str, values: dict[str, str]) -> bool:
    """Whether an entry told all the sentence needs."""
    try:
        PHRASES[phrase].zh.format(**values)
    except KeyError:
        return False
    return True
