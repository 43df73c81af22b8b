"""Expected parcels as the county's people write them, recipients in clear, and as they leave: sealed to the station.

In clear a recipient stands in the file that was given and in this process, and nowhere else: no mistake shown, no
database and no message holds one. Pure; called by `county list put parcels.expected`.
"""

import re
from typing import Annotated, ClassVar

import msgspec

from sync.contact import MAX_FIELD, Contact
from sync.contents import MAX_PARCELS, Code, ExpectedParcel, ExpectedParcels, Words
from sync.county.lists import ListRefused
from sync.list_sealing import seal_contacts
from sync.settings import Fault

Field = Annotated[str, msgspec.Meta(max_length=MAX_FIELD)]
_PLAIN = (".waybill", ".hint")
_DIGITS = re.compile(r"[0-9]{5,}")
_PHONE = re.compile(r"\+?[0-9*][0-9* -]{2,30}")
MAX_SHOWN = 5


class AnnouncedParcel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parcel on its way. phone, name, household: its recipient; a name needs a phone. hint: where to put it."""

    waybill: Code
    phone: Field = ""
    name: Field = ""
    household: Field = ""
    hint: Words = ""

    @property
    def contact(self) -> Contact | None:
        """The recipient, None where none is given."""
        return Contact(self.phone, self.name or None, self.household or None) if self.phone else None


class Announcement(msgspec.Struct, frozen=True):
    """The whole file."""

    LIST: ClassVar[str] = ExpectedParcels.LIST
    parcels: Annotated[list[AnnouncedParcel], msgspec.Meta(max_length=MAX_PARCELS)]


def sealed_list(announced: Announcement, station: str | None, public: bytes | None, *, key: bytes) -> ExpectedParcels:
    """The list as it goes down. station: None for all of them; public: its sealing key; key: 32 fresh random bytes.

    Raises ListRefused where recipients are given and there is nothing to seal them to, or where one has no number.
    """
    parcels = announced.parcels
    _check(parcels)
    if not any(parcel.phone for parcel in parcels):
        return ExpectedParcels([ExpectedParcel(parcel.waybill, hint=parcel.hint) for parcel in parcels])
    if station is None:
        hint = "加 --station 站号,一站一份 / add --station ID: recipients are sealed for one station"
        raise ListRefused("收件人只能发给一个站点 / recipients go to one station only", hint=hint)
    if public is None:
        hint = "在站上运行 station enrolment,再 county station add / `station enrolment` there, then county station add"
        raise ListRefused(f"{station} 没有封存公钥 / has no sealing key, recipients cannot be sealed", hint=hint)
    contacts = [(parcel.waybill, parcel.contact) for parcel in parcels]
    wrapped, sealed = seal_contacts(station, public, contacts, key=key)
    return ExpectedParcels(
        [ExpectedParcel(parcel.waybill, box, parcel.hint) for parcel, box in zip(parcels, sealed, strict=True)], wrapped
    )


def told_of(fault: Fault) -> Fault:
    """A mistake as it may be shown: what stands in a list of parcels may be somebody's, whatever is wrong with it."""
    if not fault.key.startswith("parcels") or fault.key.endswith(_PLAIN):
        return fault
    return fault._replace(key=_DIGITS.sub("…", fault.key), found="…")


def _check(parcels: list[AnnouncedParcel]) -> None:
    """Numbers that are none and names without a number, told by their place; raises ListRefused."""
    wrong = [
        place
        for place, parcel in enumerate(parcels, start=1)
        if (parcel.phone or parcel.name or parcel.household) and not _PHONE.fullmatch(parcel.phone)
    ]
    if wrong:
        shown = ", ".join(f"parcels.{place}" for place in wrong[:MAX_SHOWN])
        more = f" … ({len(wrong)})" if len(wrong) > MAX_SHOWN else ""
        hint = "phone 只写数字、*、-、空格 / a phone has digits, asterisks, hyphens and spaces"
        raise ListRefused(f"电话不对或没写 / no telephone number: {shown}{more}", hint=hint)
