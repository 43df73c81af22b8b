"""Recipients of expected parcels: sealed to one station and one list, each to its place and parcel."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sync.contact import MAX_FIELD, Contact
from sync.errors import SealBroken
from sync.keys import OpeningKey
from sync.list_sealing import ListKey, open_list_key, seal_contacts

STATION, LIST_KEY = "V042", bytes(range(32))
OURS = OpeningKey(X25519PrivateKey.from_private_bytes(b"s" * 32))
fields = st.none() | st.text(max_size=MAX_FIELD)


@given(
    st.lists(
        st.tuples(st.text(max_size=20), st.none() | st.builds(Contact, st.text(max_size=MAX_FIELD), fields, fields)),
        max_size=5,
    )
)
def test_the_station_reads_what_the_county_sealed(parcels: list[tuple[str, Contact | None]]) -> None:
    """Every recipient comes back at his place; a parcel without one has none."""
    wrapped, sealed = seal_contacts(STATION, OURS.public, parcels, key=LIST_KEY)
    key = open_list_key(OURS.private, STATION, wrapped)
    for place, ((waybill, contact), box) in enumerate(zip(parcels, sealed, strict=True)):
        assert (None if box is None else key.open(place, waybill, box)) == contact


def test_a_list_of_last_year_still_opens() -> None:
    """The format of README.md, held still: another maker's county seals so too."""
    box = bytes.fromhex("f8937cd931098ef74861e15bb87a8fa83d0bb938d338bf6f1918")
    key = ListKey(STATION, LIST_KEY)
    assert key.open(1, "SF1", box) == Contact("13800138000")
    assert key.seal(1, "SF1", Contact("13800138000")) == box


def test_it_opens_at_its_own_place_for_its_own_parcel_and_station_only() -> None:
    """Moved, relabelled, altered, or another station's: refused, and the refusal says nothing of what was in it."""
    wrapped, (box,) = seal_contacts(STATION, OURS.public, [("SF1", Contact("13800138000"))], key=LIST_KEY)
    assert box is not None
    key = open_list_key(OURS.private, STATION, wrapped)
    tries = [(1, "SF1", box), (0, "SF2", box), (0, "SF1", box[:-1] + bytes([box[-1] ^ 1])), (0, "SF1", b"")]
    for place, waybill, sealed in tries:
        with pytest.raises(SealBroken) as broken:
            key.open(place, waybill, sealed)
        assert "138" not in f"{broken.value}{broken.value.hint}"
    with pytest.raises(SealBroken):
        open_list_key(OURS.private, "V043", wrapped)
    with pytest.raises(SealBroken, match="another key"):
        open_list_key(X25519PrivateKey.generate(), STATION, wrapped)
    with pytest.raises(SealBroken):
        open_list_key(OURS.private, STATION, b"short")


def test_a_key_that_is_none_is_refused() -> None:
    """Zero bytes and a wrong length: the county's register never holds one."""
    for public in (bytes(32), b"short"):
        with pytest.raises(SealBroken) as broken:
            seal_contacts(STATION, public, [], key=LIST_KEY)
        assert "enrolment" in broken.value.hint
