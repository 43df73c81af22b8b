"""A recipient's contact, as the station learns it and the county may open it. Pure; it needs no cryptography.

Called by the station's book of contacts and by both seals, which pack it into the bytes they encrypt.
"""

from typing import Annotated, NamedTuple

import msgspec

from sync.entry import read_packed

MAX_FIELD = 100
"""Characters of a field; who learns a contact cuts what is longer."""
_NUMBER = range(1, 10**18)
_Field = Annotated[str, msgspec.Meta(max_length=MAX_FIELD)]
_pack = msgspec.msgpack.Encoder().encode
_plain = msgspec.msgpack.Decoder(
    Annotated[list[int | _Field | None], msgspec.Meta(min_length=1, max_length=3)],
)


class Contact(NamedTuple):
    """Whom to call; name and household are None where unknown. phone: digits, its extension after a hyphen."""

    phone: str
    name: str | None = None
    household: str | None = None

    def __repr__(self) -> str:
        """Never what is in it: errors and logs show this."""
        return "Contact(...)"


def pack_contact(contact: Contact) -> bytes:
    """As few bytes as say it: 10 for a mobile number alone."""
    phone = contact.phone
    number = int(phone) if phone.isascii() and phone.isdigit() and not phone.startswith("0") else 0
    fields = [number if number in _NUMBER else phone, contact.name, contact.household]
    while fields[-1] is None:
        fields.pop()
    return _pack(fields)


def unpack_contact(plain: bytes) -> Contact:
    """Reverse of `pack_contact`; raises MalformedMessage or ValueError."""
    phone, name, household = (*read_packed(_plain, plain, "contact"), None, None)[:3]
    if phone is None or isinstance(name, int) or isinstance(household, int):
        raise ValueError("fields of a wrong kind")
    return Contact(str(phone), name, household)
