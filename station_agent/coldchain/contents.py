"""Which parcel lies in which cold box from when to when, and what may lie where. Pure.

Rules
1. Goods are kept under a profile that lists their product; the first one of the file that fits the box is taken. They
   fit a box when the box's own range lies within theirs, and nothing in it must not share a box with them.
2. Goods that fit elsewhere are refused with the box to put them into; refused goods (vaccines) are refused everywhere.
3. Goods without a product go in under the box's own profile, but not where everything must be declared (medicine).
4. A parcel lies in one box: putting it into another takes it out of the first.
5. A box that is out of range, not seen or out of use is never named as the place to go; one that is not cold yet is
   named for goods that come in, not for goods that must be saved.

What lies where is a book of the counter (`counter.chilled`): it changes with entries alone. Called by `boxes`.
"""

from collections.abc import Collection

from station_agent.coldchain.profiles import Profile, Profiles
from station_agent.counter.answers import Answer
from station_agent.counter.chilled import Chilled, Content

MAX_IN_BOX = 400
"""Parcels in one box; their waybills stand in every entry of an excursion, which has an upper size."""


class Contents:
    """What lies in the boxes now, and what may."""

    def __init__(self, profiles: Profiles, boxes: dict[str, Profile], chilled: Chilled) -> None:
        """boxes: the profile of every box, in the order they are to be offered. chilled: the book of what lies where.

        Boxes that are no longer set up keep what lies in them.
        """
        self._profiles, self._boxes, self._chilled = profiles, boxes, chilled

    def inside(self, box: str) -> list[Content]:
        """The parcels in a box, in the order they were put in."""
        return self._chilled.inside(box)

    def find(self, waybill: str) -> Content | None:
        """Where a parcel lies, None for one in no box."""
        return self._chilled.get(waybill)

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
