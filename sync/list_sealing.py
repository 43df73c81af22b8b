"""Recipients of expected parcels, sealed by the county so that one station's key alone opens them.

    key      in the list, once: HPKE base mode (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305) to the station:
             enc[32] | the list's key[32] | tag[16], info = "yyt.expected.1" 00 | station
    contact  of each parcel: ChaCha20-Poly1305 with the list's key, nonce = the parcel's place in the list (from 0, 12
             bytes, big-endian), associated data = "yyt.expected.1" 00 | station | 00 | waybill
    in it    the MessagePack array of a sealed contact (README.md, 5): [phone, name, household]

Every list gets a key of its own, so that a nonce never meets another list's; a phone number costs 26 bytes a parcel.
Pure, but that HPKE draws its own ephemeral key. Called by `county list put` (seals) and the agent when such a list came
(`open_list_key`, off the way of any scan).
"""

from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sync.contact import Contact, pack_contact, unpack_contact
from sync.errors import MalformedMessage, SealBroken

KEY_BYTES = 32
NONCE_BYTES = 12
_DOMAIN = b"yyt.expected.1\0"
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


class ListKey:
    """The key of one list for one station."""

    def __init__(self, station: str, key: bytes) -> None:
        """`key` has 32 bytes."""
        self._domain, self._cipher = _DOMAIN + station.encode() + b"\0", ChaCha20Poly1305(key)

    def seal(self, place: int, waybill: str, contact: Contact) -> bytes:
        """The contact of the parcel at this place of the list; no place may be sealed twice."""
        return self._cipher.encrypt(_nonce(place), pack_contact(contact), self._domain + waybill.encode())

    def open(self, place: int, waybill: str, sealed: bytes) -> Contact:
        """The contact of the parcel at this place; raises SealBroken."""
        try:
            return unpack_contact(self._cipher.decrypt(_nonce(place), sealed, self._domain + waybill.encode()))
        except (InvalidTag, ValueError, MalformedMessage) as error:
            # Never with its cause: what was opened and could not be read may stand in there.
            hint = "请县中心重新发布 parcels.expected / have the county put up parcels.expected again"
            raise SealBroken(f"contact {place} does not open: {type(error).__name__}", hint=hint) from None


def seal_contacts(
    station: str, public: bytes, contacts: Iterable[tuple[str, Contact | None]], *, key: bytes
) -> tuple[bytes, list[bytes | None]]:
    """The `key` field of a list and the contact of every parcel in it, None where there is none.

    public: the station's sealing key. contacts: waybill and recipient, in the list's order. key: 32 random bytes, never
    used before. Raises SealBroken for a sealing key that is none.
    """
    list_key = ListKey(station, key)
    try:
        to = X25519PublicKey.from_public_bytes(public)
        wrapped = _SUITE.encrypt(key, to, info=_DOMAIN + station.encode())
    except ValueError as error:
        hint = "在站上运行 station enrolment,重新登记 / run `station enrolment` there and add the station again"
        raise SealBroken(f"not a sealing key: {error}", hint=hint) from error
    sealed = [
        None if contact is None else list_key.seal(place, waybill, contact)
        for place, (waybill, contact) in enumerate(contacts)
    ]
    return wrapped, sealed


def open_list_key(private: X25519PrivateKey, station: str, wrapped: bytes) -> ListKey:
    """The key of a list that was sealed to us; raises SealBroken."""
    try:
        key = _SUITE.decrypt(wrapped, private, info=_DOMAIN + station.encode())
        return ListKey(station, key)
    except (InvalidTag, ValueError) as error:
        hint = (
            "封存密钥换过:运行 station enrolment,请县中心重新登记并发布 / "
            "the sealing key has changed: `station enrolment`, then have the county add the station and the list again"
        )
        raise SealBroken(f"list is sealed to another key: {type(error).__name__}", hint=hint) from None


def _nonce(place: int) -> bytes:
    return place.to_bytes(NONCE_BYTES, "big")
