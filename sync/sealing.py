"""A recipient's contact, sealed at the station so that the county's private key alone opens it; the erasable part of an
entry.

    sealed   = 01 | wrapped[80] | box
    wrapped  = HPKE base mode (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305), sealed to the county:
               enc[32] | the period's key[32] | tag[16], info = "yyt.contact.1" 00 | station
    box      = ChaCha20-Poly1305 with the period's key, nonce = the first 12 bytes of the part's salt,
               associated data = "yyt.contact.1" 00 | station | 00 | waybill
    in the box, a MessagePack array without its trailing nils: [phone, name, household]
               phone: a number where it is one without a leading zero, else text

One key wraps many contacts: a period (a day) has one `wrapped`, repeated in each, and compression takes the repetition
out of a batch. So each contact opens by itself, an erased one takes no other along, and the wire pays 50 bytes and not
80. The period's key lives in the memory of the running agent, which knows these contacts anyway.
What is sealed stays sealed to its station and its parcel. Pure, but that HPKE draws its own ephemeral key. Called by
the station's agent (`Sealer`) and `county contact` (`open_sealed`).
"""

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sync.contact import Contact, pack_contact, unpack_contact
from sync.entry import SALT_BYTES, Personal
from sync.errors import MalformedMessage, SealBroken

KEY_BYTES = 32
WRAPPED_BYTES = 32 + KEY_BYTES + 16
NONCE_BYTES = 12
MOST_OF_A_KEY = 100_000
"""Contacts one key seals; nonces are drawn, and so many of 12 bytes meet with a chance of 1 in 10^19."""

_FORMAT = b"\x01"
_DOMAIN = b"yyt.contact.1\0"

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


class Sealer:
    """Seals contacts of one station to the county's key."""

    def __init__(self, station: str, county_key: bytes, *, draw: Callable[[int], bytes]) -> None:
        """county_key: 32 raw bytes, from `county init`. draw: so many random bytes. Raises SealBroken for no key."""
        try:
            self._county = X25519PublicKey.from_public_bytes(county_key)
            # A key that is none of the curve's good ones shows only when something is wrapped to it.
            _SUITE.encrypt(bytes(KEY_BYTES), self._county, info=b"")
        except ValueError as error:
            hint = "检查 county.sealing_key / check county.sealing_key against what `county sealing-key` prints"
            raise SealBroken(f"not a sealing key: {error}", hint=hint) from error
        self._station, self._draw = station, draw
        self._period: int | None = None
        self._sealed = 0
        self._wrapped = b""
        self._cipher = ChaCha20Poly1305(bytes(KEY_BYTES))

    def personal(self, contact: Contact, waybill: str, salt: bytes, *, period: int) -> Personal:
        """The personal part of an entry about `waybill`.

        salt: 16 random bytes, never used before. period: any number that changes daily; a new one draws a new key.
        """
        if len(salt) != SALT_BYTES:
            raise ValueError(f"salt of {len(salt)} bytes")
        if period != self._period or self._sealed >= MOST_OF_A_KEY:
            self._turn(period)
        self._sealed += 1
        box = self._cipher.encrypt(salt[:NONCE_BYTES], pack_contact(contact), _about(self._station, waybill))
        return Personal.of(salt, _FORMAT + self._wrapped + box)

    def _turn(self, period: int) -> None:
        """Draw the key of another period and wrap it for the county."""
        key = self._draw(KEY_BYTES)
        self._wrapped = _SUITE.encrypt(key, self._county, info=_DOMAIN + self._station.encode())
        self._cipher, self._period, self._sealed = ChaCha20Poly1305(key), period, 0


def open_sealed(private: X25519PrivateKey, personal: Personal, *, station: str, waybill: str) -> Contact:
    """The contact a station sealed for this waybill; raises SealBroken, also for one that was erased."""
    salt, sealed = personal.salt, personal.sealed
    if salt is None or sealed is None:
        raise SealBroken(
            "已按期删除 / was erased", hint="保存期已过,无法恢复 / its time was over; nobody can bring it back"
        )
    hint = "检查县中心封存密钥是否为当时那把 / check whether this is the sealing key the station was given then"
    if sealed[:1] != _FORMAT or len(salt) != SALT_BYTES:
        raise SealBroken("sealed in a way this program does not know", hint="升级本程序 / upgrade this program")
    wrapped, box = sealed[1 : 1 + WRAPPED_BYTES], sealed[1 + WRAPPED_BYTES :]
    try:
        key = _SUITE.decrypt(wrapped, private, info=_DOMAIN + station.encode())
        plain = ChaCha20Poly1305(key).decrypt(salt[:NONCE_BYTES], box, _about(station, waybill))
        return unpack_contact(plain)
    except (InvalidTag, ValueError, MalformedMessage) as error:
        # Never with its cause: what was opened and could not be read may stand in there.
        raise SealBroken(f"does not open: {type(error).__name__}", hint=hint) from None


def _about(station: str, waybill: str) -> bytes:
    """What a box is bound to. A station's name holds no zero byte, so that no two pairs are alike."""
    return _DOMAIN + station.encode() + b"\0" + waybill.encode()
