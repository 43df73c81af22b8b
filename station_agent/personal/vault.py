"""The cipher of what is kept of recipients on the card: ChaCha20-Poly1305, quickest on a Pi without AES instructions.

    row     (waybill, sealed)
    sealed  nonce[12] | ciphertext | tag[16], associated data = "yyt.vault.1" 00 | waybill

A row moved to another waybill does not open. Against a copied card file this helps nothing when the key file is copied
with it; it keeps names and numbers out of backups of journal.db, of what a support bundle takes, and of freed pages.
Pure: key and nonces are given from outside. Loads its cipher when first used: a station that knows nobody does not pay
for it. Called by the book of contacts.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

KEY_BYTES = 32
NONCE_BYTES = 12
_DOMAIN = b"yyt.vault.1\0"


class Vault:
    """Seals and opens rows with one key."""

    def __init__(self, key: bytes) -> None:
        """`key` has 32 bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"key of {len(key)} bytes")
        self._key = key
        self._made: ChaCha20Poly1305 | None = None

    def seal(self, plain: bytes, waybill: str, nonce: bytes) -> bytes:
        """Encrypt what is known of a waybill's recipient. nonce: 12 random bytes, never used before."""
        if len(nonce) != NONCE_BYTES:
            raise ValueError(f"nonce of {len(nonce)} bytes")
        return nonce + self._cipher.encrypt(nonce, plain, _DOMAIN + waybill.encode())

    def open(self, sealed: bytes, waybill: str) -> bytes | None:
        """What was sealed, None where this key does not open it for this waybill."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - loaded with the cipher

        nonce, box = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        if len(nonce) != NONCE_BYTES:
            return None
        try:
            return self._cipher.decrypt(nonce, box, _DOMAIN + waybill.encode())
        except InvalidTag:
            return None

    @property
    def _cipher(self) -> "ChaCha20Poly1305":
        if self._made is None:
            from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415

            self._made = ChaCha20Poly1305(self._key)
        return self._made
