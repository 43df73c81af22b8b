"""Key files: made once, never overwritten, never half there; signatures checked against the key we know."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sync.entry import key_id
from sync.errors import BadSignature, SyncError
from sync.keys import SigningKey, verifier


def test_a_key_is_the_same_after_loading(tmp_path: Path) -> None:
    """Same public key, same name, and what one signs the other's public key verifies."""
    made = SigningKey.create(tmp_path / "keys" / "station.key")
    loaded = SigningKey.load(tmp_path / "keys" / "station.key")
    assert (loaded.public, loaded.id) == (made.public, made.id)
    assert made.id == key_id(made.public)
    assert verifier(made.public)(loaded.sign(b"message"), b"message")


def test_a_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Mode 0600, and nothing is left beside it."""
    SigningKey.create(tmp_path / "station.key")
    assert stat.S_IMODE((tmp_path / "station.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["station.key"]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """A second init does not take away the key the county knows."""
    path = tmp_path / "station.key"
    SigningKey.create(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        SigningKey.create(path)
    assert path.read_bytes() == before


def test_what_a_power_cut_left_is_made_good(tmp_path: Path) -> None:
    """Half a key beside its name, as a cut during init leaves it, does not stop the next init."""
    (tmp_path / "station.key.new").write_bytes(b"-----BEGIN PRIV")
    key = SigningKey.create(tmp_path / "station.key")
    assert SigningKey.load(tmp_path / "station.key").public == key.public
    assert [path.name for path in tmp_path.iterdir()] == ["station.key"]


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN PRIVATE KEY-----\n", bytes(100)])
def test_a_file_that_is_no_key_is_told(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty, cut short or something else: one error with what to do."""
    path = tmp_path / "station.key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SyncError) as refused:
        SigningKey.load(path)
    assert str(path) in refused.value.hint


def test_a_key_of_another_kind_is_told(tmp_path: Path) -> None:
    """An elliptic-curve key is a key, and not ours; a locked one cannot be read."""
    path = tmp_path / "station.key"
    private = generate_private_key(SECP256R1())
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SyncError, match="Ed25519"):
        SigningKey.load(path)
    path.unlink()
    SigningKey.create(path)
    ours = load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(ours.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    with pytest.raises(SyncError, match="cannot be read"):
        SigningKey.load(path)


def test_a_signature_is_of_one_key_and_one_message(tmp_path: Path) -> None:
    """Another message, another key, a flipped bit, a wrong length: all are simply not good."""
    key, other = SigningKey.create(tmp_path / "a.key"), SigningKey.create(tmp_path / "b.key")
    signature = key.sign(b"message")
    check = verifier(key.public)
    assert check(signature, b"message")
    assert not check(signature, b"massage")
    assert not check(other.sign(b"message"), b"message")
    assert not check(bytes([signature[0] ^ 1]) + signature[1:], b"message")
    assert not check(signature[:63], b"message")
    assert not check(b"", b"message")


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33)])
def test_what_is_no_public_key_is_told(public: bytes) -> None:
    """A wrong length cannot be a key."""
    with pytest.raises(BadSignature) as refused:
        verifier(public)
    assert "64" in refused.value.hint
