"""Recipients of expected parcels, as the county's list brought them: sealed, each opened when its parcel is received.

Pure: how the list's key is opened is given from outside, since it takes a cipher that a station without such a list
need not load. Filled by `sent_down.py`, asked by the book of contacts.
"""

from collections.abc import Callable
from typing import Protocol

from sync.contact import Contact
from sync.contents import ExpectedParcels
from sync.errors import SealBroken


class Opens(Protocol):
    """The key of one list."""

    def open(self, place: int, waybill: str, sealed: bytes) -> Contact:
        """The contact of the parcel at this place; raises SealBroken."""


class Announced:
    """The newest list; at most as much as one list holds."""

    def __init__(self) -> None:
        """Nothing is expected."""
        self._boxes: dict[str, tuple[int, bytes]] = {}
        self._key: Opens | None = None

    def replace(self, found: ExpectedParcels | None, open_key: Callable[[bytes], Opens]) -> None:
        """Put a list in the place of the one before, None for none; where its key does not open that one stays.

        Raises what `open_key` raises, MalformedMessage or SealBroken.
        """
        boxes: dict[str, tuple[int, bytes]] = {}
        key = None
        if found is not None:
            sealed = ((place, parcel.waybill, parcel.contact) for place, parcel in enumerate(found.parcels))
            boxes = {waybill: (place, box) for place, waybill, box in sealed if box is not None}
        if found is not None and boxes:
            if found.key is None:
                raise SealBroken(
                    "list without its key", hint="请县中心重新发布 / have the county put the list up again"
                )
            key = open_key(found.key)
        self._key, self._boxes = key, boxes

    def contact(self, waybill: str) -> Contact | None:
        """Whom the list names, None where it names nobody or what it says does not open."""
        found = self._boxes.get(waybill)
        if found is None or self._key is None:
            return None
        place, box = found
        try:
            return self._key.open(place, waybill, box)
        except SealBroken:
            return None  # this one is keyed at the counter, as if no list had come
