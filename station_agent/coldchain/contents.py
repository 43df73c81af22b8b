"""Which parcel lies in which cold box from when to when, and what may lie where. Pure.

Rules
1. Goods are kept under a profile that lists their product; the first one of the file that fits the box is taken. They
   fit a box when the box's own range lies within theirs, and nothing in it must not share a box with them.
2. Goods that fit elsewhere are refused with the box to put them into; refused goods (vaccines) are refused everywhere.
3. Goods without a product go in under the box's own profile, but not where everything must be declared (medicine).
4. A parcel lies in one box: putting it into another takes it out of the first.
5. A box that is out of range, not seen or out of use is never named as the place to go; one that is not cold yet is
   named for goods that come in, not for goods that must be saved.

A row of the table changes only with an entry, `box.put` or `box.taken`; the entries' own times say from when to when.
Called by `boxes`.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from station_agent.coldchain.profiles import Profile, Profiles
from station_agent.counter.answers import Answer
from station_agent.journal.changes import Change, Row

TABLE = "cold_content"
MAX_IN_BOX = 400
"""Parcels in one box; their waybills stand in every entry of an excursion, which has an upper size."""


class Content(NamedTuple):
    """One row: a parcel in a box. profile: of the goods. product: "" where it was not said. put_ms: wall time."""

    waybill: str
    box: str
    profile: str
    product: str
    put_ms: int


class Contents:
    """What lies in the boxes now."""

    def __init__(self, profiles: Profiles, boxes: dict[str, Profile]) -> None:
        """boxes: the profile of every box, in the order they are to be offered. Starts empty."""
        self._profiles, self._boxes = profiles, boxes
        self._inside: dict[str, dict[str, Content]] = {box: {} for box in boxes}
        self._where: dict[str, str] = {}

    def load(self, rows: Iterable[Row]) -> None:
        """Fill from the stored table; boxes that are no longer set up keep what lies in them."""
        self.take(Change(TABLE, None, row) for row in rows)

    def take(self, changes: Iterable[Change]) -> None:
        """Let changes happen."""
        for change in changes:
            if change.before is not None:
                del self._inside[self._where.pop(change.before[0])][change.before[0]]
            if change.after is not None:
                content = Content(*change.after)
                self._inside.setdefault(content.box, {})[content.waybill] = content
                self._where[content.waybill] = content.box

    def inside(self, box: str) -> list[Content]:
        """The parcels in a box, in the order they were put in."""
        return list(self._inside.get(box, {}).values())

    def find(self, waybill: str) -> Content | None:
        """Where a parcel lies, None for one in no box."""
        box = self._where.get(waybill)
        return None if box is None else self._inside[box][waybill]

    def effects(self, kind: str, body: dict[str, Any], recorded_ms: int) -> list[Change]:
        """What an entry changes here; nothing for kinds that change nothing. recorded_ms: wall time of the entry."""
        if kind not in ("box.put", "box.taken"):
            return []
        before = self.find(body["waybill"])
        if kind == "box.taken":
            return [] if before is None else [Change(TABLE, before, None)]
        after = Content(body["waybill"], body["box"], body["profile"], body.get("product", ""), recorded_ms)
        return [Change(TABLE, before, after)]

    def fitting(self, product: str, box: str) -> Profile | None:
        """The profile under which a product may lie in a box, None if it may not."""
        own = self._boxes[box]
        neighbours = {content.profile for content in self.inside(box)}
        offers = self._profiles.of(product) if product else [own]
        for profile in offers:
            covers = profile.low_mc <= own.low_mc and own.high_mc <= profile.high_mc
            clash = any(self._profiles.clash(profile.id, other) for other in (own.id, *neighbours))
            if covers and not clash and not profile.refused:
                return profile
        return None

    def refusal(self, waybill: str, product: str, box: str, shunned: Collection[str]) -> Answer | None:
        """Why a parcel may not be put into a box, None if it may; shunned: boxes not to be offered instead."""
        own = self._boxes.get(box)
        if own is None:
            return Answer("box.unknown", {"box": box})
        offers = self._profiles.of(product)
        refused = next((profile for profile in offers if profile.refused), None)
        if refused is not None:
            return Answer("box.refused", {"goods": refused.zh, "goods_en": refused.en})
        here = self.find(waybill)
        if here is not None and here.box == box:
            return Answer("box.already", {"box": box})
        if own.declared and not product:
            return Answer("box.undeclared", {"box": box})
        if self.fitting(product, box) is None:
            return self._elsewhere(product, box, shunned)
        if len(self.inside(box)) >= MAX_IN_BOX:
            return Answer("box.full", {"box": box})
        return None

    def haven(self, box: str, shunned: Collection[str]) -> str | None:
        """One box that takes everything out of this one, None where there is none."""
        goods = self.inside(box)
        return next((name for name in self._offered(box, shunned) if self._takes_all(name, goods)), None)

    def _takes_all(self, box: str, goods: list[Content]) -> bool:
        """Whether a box takes these goods; such as carry no product must find their own profile there."""
        if len(self.inside(box)) + len(goods) > MAX_IN_BOX:
            return False
        return all(
            self.fitting(content.product, box) is not None
            and (content.product or self._boxes[box].id == content.profile)
            for content in goods
        )

    def _elsewhere(self, product: str, box: str, shunned: Collection[str]) -> Answer:
        for name in self._offered(box, shunned):
            room = len(self.inside(name)) < MAX_IN_BOX
            if product and room and self.fitting(product, name) is not None:
                return Answer("box.wrong", {"box": box, "to": name})
        return Answer("box.nowhere", {"box": box})

    def _offered(self, box: str, shunned: Collection[str]) -> list[str]:
        """Boxes to go to instead of this one."""
        return [name for name in self._boxes if name != box and name not in shunned]
