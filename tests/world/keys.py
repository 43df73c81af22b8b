"""Keys behind a seam: a cheap keyed hash in most seeds, real Ed25519 in a sample."""

from collections.abc import Callable
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.keys import SigningKey, verifier
from sync.wire import Sign, Verify
from tests.sync.memory import CheapKey, cheap_verifier


class Key(Protocol):
    """What both kinds have."""

    public: bytes
    id: bytes

    @property
    def sign(self) -> Sign:
        """Sign a message."""


def make_key(name: str, *, real: bool) -> Key:
    """The key of a name, the same each time."""
    cheap = CheapKey(name)
    return SigningKey(Ed25519PrivateKey.from_private_bytes(cheap.public)) if real else cheap


def verifiers(*, real: bool) -> Callable[[bytes], Verify]:
    """Makes checks of such keys."""
    return verifier if real else cheap_verifier
