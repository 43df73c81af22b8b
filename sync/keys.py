"""Ed25519 keys: the station signs its chain heads, the county signs its receipts. X25519: personal fields are sealed to
the county, and those of expected parcels to the station.

A thin shell over `cryptography`; the cores take `sign` and `verify` as functions, so that simulations may bring cheap
ones. A key file holds the private key as unencrypted PKCS#8 PEM, mode 0600; public keys travel as 64 hex digits.
"""

from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sync.entry import key_id
from sync.errors import BadSignature, SyncError
from sync.key_file import write_key_file
from sync.wire import Sign, Verify


class SigningKey:
    """A private key held by this process."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        """Take over a loaded private key."""
        self._private = private
        self.public: bytes = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id: bytes = key_id(self.public)
        self.sign: Sign = private.sign

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """Read a key file; raises SyncError when it is missing or not an Ed25519 key."""
        private = _load(path)
        if not isinstance(private, Ed25519PrivateKey):
            raise SyncError(f"key {path} is not an Ed25519 key", hint="重新初始化 / run the init command again")
        return cls(private)

    @classmethod
    def create(cls, path: Path) -> "SigningKey":
        """Draw a new key and write its file (mode 0600, synced); raises FileExistsError rather than overwrite one."""
        private = Ed25519PrivateKey.generate()
        write_key_file(path, _pem(private))
        return cls(private)


class OpeningKey:
    """A private key that opens what was sealed to it: the county's, or a station's."""

    def __init__(self, private: X25519PrivateKey) -> None:
        """Take over a loaded private key."""
        self.private = private
        self.public: bytes = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @classmethod
    def load(cls, path: Path) -> "OpeningKey":
        """Read a key file; raises SyncError when it is missing or not an X25519 key."""
        private = _load(path)
        if not isinstance(private, X25519PrivateKey):
            hint = "从备份恢复这个文件,或移走后重做 / restore it from the backup, or move it away for a new one"
            raise SyncError(f"key {path} is not an X25519 key", hint=hint)
        return cls(private)

    @classmethod
    def create(cls, path: Path) -> "OpeningKey":
        """Draw a new key and write its file (mode 0600, synced); raises FileExistsError rather than overwrite one."""
        private = X25519PrivateKey.generate()
        write_key_file(path, _pem(private))
        return cls(private)


def _load(path: Path) -> PrivateKeyTypes:
    """The private key in a file; raises SyncError."""
    try:
        return load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        hint = f"运行初始化命令生成密钥,或检查权限 / run the init command, or check who may read {path}"
        raise SyncError(f"key {path} cannot be read: {error}", hint=hint) from error


def _pem(private: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    """A private key as its file holds it."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def verifier(public_key: bytes) -> Verify:
    """Return a function that checks signatures of `public_key` (32 raw bytes); raises BadSignature if it is none."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
    except ValueError as error:
        raise BadSignature(
            f"not a public key: {error}", hint="64 位十六进制公钥 / a public key has 64 hex digits"
        ) from error

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify
