"""Bags, packages and glued reads: what is printed inside a code, and two scans that became one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.waybill import (
    BagParts,
    Check,
    ItemParts,
    Kind,
    OwnParcelParts,
    PackageParts,
    Role,
    identify,
    looks_glued,
    own_bag_code,
    own_parcel_code,
)
from tests.station_agent.test_waybill_vectors import VECTORS, Vector

SURE = [
    "SF1385628716739",
    "YT5409924808522",
    "JT0006968326954",
    "JDVA00023324786",
    "DPK364112047425",
    "73116039505988",
    "773277027280336",
    "463431409940372",
    "EE123456785CN",
    "1006739505821",
    "9894779374320",
    "CNBJSAUSJFKAAUN81254",
    "CNBJSAUSJFKAAUN81254001100123",
    "YY500237000001",
]


def test_domestic_bag() -> None:
    """Only the slices read in a postal tool are named; weight is what is printed, in grams."""
    found = identify("430000005180000011311853003030")
    assert found.parts == BagParts("43000000", "51800000", "1853", printed_weight_g=3000)
    assert found.kind.role is Role.BAG


def test_a_bag_without_printed_weight_has_none() -> None:
    """Four zeros where the weight stands mean that none was printed, not zero grams."""
    parts = identify("990101202608105010100000000001").parts
    assert isinstance(parts, BagParts)
    assert parts.printed_weight_g is None


def test_international_receptacle_and_despatch() -> None:
    """An S9 receptacle names its despatch, which reads as the S8 of the same flight."""
    bag = identify("CNBJSAUSJFKAAUN81254001100123").parts
    assert bag == BagParts(
        "CNBJSA", "USJFKA", "1254", printed_weight_g=12_300, category="A", subclass="UN", year_digit="8",
        receptacle="001", last=True, insured=False, despatch="CNBJSAUSJFKAAUN81254",
    )  # fmt: skip
    despatch = identify("CNBJSAUSJFKAAUN81254").parts
    assert despatch == BagParts("CNBJSA", "USJFKA", "1254", category="A", subclass="UN", year_digit="8")


def test_own_bag() -> None:
    """Our bag's code is made and read by the same rule: YY, station, serial, check."""
    code = own_bag_code("500237", 42)
    assert len(code) == 15
    assert identify(code).kind is Kind.OWN_BAG
    assert identify(code).parts == BagParts("500237", None, "000042")


@pytest.mark.parametrize(("station", "serial"), [("50023", 1), ("50023A", 1), ("５00237", 1), ("500237", 1_000_000)])
def test_own_bag_code_wants_six_digits(station: str, serial: int) -> None:
    """A station or serial that does not fit its six digits is an error when printing, not a wrong label."""
    with pytest.raises(ValueError, match="bag"):
        own_bag_code(station, serial)


def test_own_parcel_label() -> None:
    """Our own label is made and read by the same rule, is a parcel of ours, and one wrong digit is seen."""
    code = own_parcel_code("237001", 42)
    found = identify(code)
    assert len(code) == 16
    assert (found.kind, found.kind.role, found.carrier, found.check) == (Kind.OWN_PARCEL, Role.PARCEL, "yyt", Check.OK)
    assert (found.valid, found.needs_choice) == (True, False)
    assert found.parts == OwnParcelParts("237001", "0000042")
    assert not identify(code[:-2] + str((int(code[-2]) + 1) % 10) + code[-1]).valid


@pytest.mark.parametrize(("station", "serial"), [("23700", 1), ("23700A", 1), ("２37001", 1), ("237001", 10_000_000)])
def test_own_parcel_code_wants_its_digits(station: str, serial: int) -> None:
    """A station or serial that does not fit is an error when printing, not a wrong label."""
    with pytest.raises(ValueError, match="parcel"):
        own_parcel_code(station, serial)


def test_jd_package() -> None:
    """A JD package label is one piece of a waybill; both pieces share its number."""
    first, second = identify("JDVA00049341283-1-2-"), identify("JDVA00049341283-2-2-")
    assert first.parts == PackageParts("JDVA00049341283", 1, 2)
    assert first.number == second.number == "JDVA00049341283"
    assert first.code != second.code


@pytest.mark.parametrize("code", ["JDVA00049341283-3-2-", "JDVA00049341283-0-2"])
def test_jd_piece_beyond_its_total_is_invalid(code: str) -> None:
    """Piece 3 of 2 is a known shape with a wrong content."""
    found = identify(code)
    assert (found.kind, found.valid) == (Kind.JD_PACKAGE, False)


def test_s10_item() -> None:
    """An S10 item tells its service, serial and country."""
    assert identify("RR473124829CN").parts == ItemParts("RR", "47312482", "CN")


SURE[-1:] = [own_bag_code("500237", 1), own_parcel_code("237001", 1)]


@pytest.mark.parametrize("second", SURE)
@pytest.mark.parametrize("first", SURE)
def test_two_codes_without_a_line_end_look_glued(first: str, second: str) -> None:
    """Two sure codes in a row are recognised and never identified as one valid parcel, whatever pair it is."""
    found = identify(first + second)
    assert not (found.valid and found.kind.role is Role.PARCEL)
    is_bag = found.kind is Kind.CN_BAG_30 and first != second and "77" not in (first[:2], second[:2])
    assert looks_glued(first + second) is not is_bag


@pytest.mark.parametrize("vector", [one for one in VECTORS if one.valid], ids=lambda vector: vector.code)
def test_a_known_code_is_not_glued(vector: Vector) -> None:
    """No recorded valid code looks like two."""
    assert not looks_glued(vector.code)


@pytest.mark.parametrize("code", ["719518551940", "3308347602249", "432895069186308"])
def test_an_ambiguous_code_twice_is_glued(code: str) -> None:
    """The same code read twice is glued even where one alone would need a question."""
    assert looks_glued(code + code)


def test_a_waybill_and_a_fragment_are_not_glued() -> None:
    """A waybill with a stray tail is just unknown: nothing says the tail is a code."""
    assert not looks_glued("SF138562871673912345")
    assert not looks_glued("5685685685685685")


def test_a_real_chongqing_bag_is_not_glued() -> None:
    """A 30-digit bag from an office code is a bag, though both halves could be Yunda numbers of 15 digits."""
    assert not looks_glued("400000004047200311311853003030")


def test_the_same_yunda_number_twice_is_glued_though_it_has_a_bags_length() -> None:
    """Fifteen digits read twice have the length of a bag and are still seen."""
    assert looks_glued("463431409940372" * 2)


@given(st.text(max_size=90))
def test_looks_glued_never_raises(text: str) -> None:
    """Any text gets a yes or no."""
    assert looks_glued(text) in (True, False)
