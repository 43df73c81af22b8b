"""What the county may know of a recipient: sealed to its key, bound to station and parcel, small on the wire."""

import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync.contact import MAX_FIELD, Contact
from sync.entry import SALT_BYTES, Personal, personal_digest
from sync.errors import SealBroken, SyncError
from sync.keys import OpeningKey, SigningKey
from sync.sealing import WRAPPED_BYTES, Sealer, open_sealed
from tests.sync.county.paper import NOW_MS, PaperStation

WAYBILL = "YT1234567890123"
SALT = bytes(range(SALT_BYTES))
fields = st.none() | st.text(max_size=MAX_FIELD)


@pytest.fixture(scope="module")
def county() -> OpeningKey:
    return OpeningKey(X25519PrivateKey.generate())


GOLDEN = (
    "0110094ad2db4a30a83b4d3675d7ea6d9e77714f2cc71fd360157547b93151c40167801bd17eb30a9b148b80594bfeef0655"
    "af47c7bbb30a395f1c8a350e7d947b6841dd45046de7da16c94d7b84b09981be061df3e6957f43f3eb3ccfc28bf500aa26b9"
    "6a6623963a8aa0a35cd4c7fe4e81"
)
"""Sealed by station 500237-001 for WAYBILL with SALT, to the key whose private bytes are 0 to 31."""


def sealer(county: OpeningKey, station: str = "V042", seed: int = 1) -> Sealer:
    return Sealer(station, county.public, draw=random.Random(seed).randbytes)


@given(st.text(alphabet="0123456789-*", min_size=1, max_size=24) | st.text(max_size=MAX_FIELD), fields, fields)
def test_the_county_reads_what_the_station_sealed(phone: str, name: str | None, household: str | None) -> None:
    """Numbers with leading zeros, extensions and masks come back as they were, and so do missing fields."""
    key = OpeningKey(X25519PrivateKey.from_private_bytes(b"k" * 32))
    contact = Contact(phone, name, household)
    part = sealer(key).personal(contact, WAYBILL, SALT, period=1)
    assert open_sealed(key.private, part, station="V042", waybill=WAYBILL) == contact


def test_what_was_sealed_last_year_still_opens() -> None:
    """The format of README.md, held still: these bytes are in databases."""
    county = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    part = Personal.of(SALT, bytes.fromhex(GOLDEN))
    assert open_sealed(county, part, station="500237-001", waybill=WAYBILL) == Contact("13800138000", "张三")


def test_it_opens_for_its_own_station_and_parcel_only(county: OpeningKey) -> None:
    """Another waybill, another station, another key, another salt, any flipped bit: nothing, and nothing leaks."""
    part = sealer(county).personal(Contact("13800138000", "张三"), WAYBILL, SALT, period=1)
    sealed = part.sealed
    assert sealed is not None
    flipped = [bytes([*sealed[:at], sealed[at] ^ 1, *sealed[at + 1 :]]) for at in range(len(sealed))]
    wrong = [
        (county, part, "V042", "YT9"),
        (county, part, "V04", "2" + WAYBILL),
        (county, part, "V043", WAYBILL),
        (OpeningKey(X25519PrivateKey.generate()), part, "V042", WAYBILL),
        (county, Personal.of(bytes(SALT_BYTES), sealed), "V042", WAYBILL),
        *((county, Personal.of(SALT, bits), "V042", WAYBILL) for bits in flipped),
        *((county, Personal.of(SALT, sealed[:length]), "V042", WAYBILL) for length in (0, 1, 50, 81, len(sealed) - 1)),
    ]
    for key, altered, station, waybill in wrong:
        with pytest.raises(SealBroken) as refused:
            open_sealed(key.private, altered, station=station, waybill=waybill)
        assert refused.value.hint
        assert "138" not in f"{refused.value}{refused.value.__cause__}"


def test_what_was_erased_says_so(county: OpeningKey) -> None:
    """The digest alone opens nothing, and the county is told that its time was over."""
    part = sealer(county).personal(Contact("13800138000"), WAYBILL, SALT, period=1)
    with pytest.raises(SealBroken, match="erased"):
        open_sealed(county.private, Personal(part.digest, None, None), station="V042", waybill=WAYBILL)


def test_the_part_is_the_one_the_chain_holds(county: OpeningKey) -> None:
    """Its digest is over salt and sealed bytes."""
    part = sealer(county).personal(Contact("13800138000"), WAYBILL, SALT, period=1)
    assert part.salt == SALT
    assert part.sealed is not None
    assert part.digest == personal_digest(SALT, part.sealed)


def test_a_period_has_one_key(county: OpeningKey) -> None:
    """Contacts of one day repeat its wrapped key, which compression takes out; the next day draws another."""
    station = sealer(county)
    parts = [station.personal(Contact("13800138000"), WAYBILL, bytes([n]) * 16, period=n // 2) for n in range(4)]
    wrapped = [(part.sealed or b"")[1 : 1 + WRAPPED_BYTES] for part in parts]
    assert wrapped[0] == wrapped[1] != wrapped[2] == wrapped[3]
    boxes = {(part.sealed or b"")[1 + WRAPPED_BYTES :] for part in parts}
    assert len(boxes) == 4


@pytest.mark.parametrize("key", [bytes(32), b"\x01" + bytes(31), b"short"])
def test_a_key_that_is_none_is_refused_at_once(key: bytes) -> None:
    """Points of small order too: found out when the station is set up, not at the counter."""
    with pytest.raises(SealBroken, match="not a sealing key") as refused:
        Sealer("V042", key, draw=random.Random(1).randbytes)
    assert "sealing-key" in refused.value.hint


def test_a_salt_of_another_length_is_a_mistake(county: OpeningKey) -> None:
    """The nonce is cut from it."""
    with pytest.raises(ValueError, match="salt"):
        sealer(county).personal(Contact("13800138000"), WAYBILL, bytes(15), period=1)


def test_seventy_bytes_an_event_on_the_wire(county: OpeningKey) -> None:
    """A batch in which every event carries a sealed phone number stays within the budget."""
    draw = random.Random(3)
    station, seal = PaperStation(SigningKey(Ed25519PrivateKey.generate())), sealer(county)
    for number in range(1000):
        waybill = f"YT{draw.randrange(10**13):013d}"
        phone = f"1{draw.randint(3, 9)}{draw.randrange(10**9):09d}"
        part = seal.personal(Contact(phone), waybill, draw.randbytes(SALT_BYTES), period=number // 500)
        body = {"waybill": waybill, "code": f"{draw.randint(1, 3)}-{draw.randint(1, 4)}-{draw.randint(1000, 9999)}"}
        station.write("parcel.received", body, recorded_ms=NOW_MS + 20_000 * number, personal=part)
    assert len(station.batch()) / 1000 <= 70


def test_the_opening_key_is_kept_in_a_file(tmp_path: Path) -> None:
    """Made once, for its owner alone, never overwritten; another kind of key is no opening key."""
    path = tmp_path / "county.sealing.key"
    made = OpeningKey.create(path)
    assert OpeningKey.load(path).public == made.public
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        OpeningKey.create(path)
    SigningKey.create(tmp_path / "signing.key")
    with pytest.raises(SyncError, match="X25519"):
        OpeningKey.load(tmp_path / "signing.key")


def test_a_contact_never_shows_itself() -> None:
    """Errors and logs print values."""
    assert repr(Contact("13800138000", "张三")) == str(Contact("1")) == "Contact(...)"
