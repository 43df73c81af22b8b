"""Shapes that overlap (domain.md A2): who wins, what is offered beside, and how sure the answer is."""

import pytest
from msgspec.structs import replace

from station_agent.waybill import Check, Confidence, Kind, habit_key, identify, ranked
from station_agent.waybill.kinds import Role


def carriers(code: str) -> list[str | None]:
    """The carriers offered for a code, best first."""
    return [one.carrier for one in identify(code).candidates]


def test_ems_wins_over_a_fitting_product_check() -> None:
    """1207119765021 fits EMS and EAN-13: the waybill wins and the product stays on the list."""
    found = identify("1207119765021")
    assert (found.kind, found.valid, found.carrier, found.check) == (Kind.CN_EMS_13, True, "ems", Check.OK)
    assert Kind.GTIN13 in [one.kind for one in found.candidates]


def test_yunda_that_fits_ems_by_luck_offers_both() -> None:
    """1201386764793 is Yunda's and fits the EMS check: both are offered and a person is asked."""
    found = identify("1201386764793")
    assert carriers("1201386764793")[:2] == ["ems", "yunda"]
    assert found.confidence is Confidence.POSSIBLE
    assert found.needs_choice


def test_prefix_12_with_a_failing_check_is_not_ems() -> None:
    """1201088260402 fails the EMS check, so EMS is not even a candidate; Yunda leads."""
    found = identify("1201088260402")
    assert found.kind is Kind.AMBIGUOUS_13
    assert carriers("1201088260402")[0] == "yunda"
    assert "ems" not in carriers("1201088260402")


def test_prefix_31_is_not_ems_even_if_the_check_fits() -> None:
    """3101314976598 fits the EMS arithmetic, but its prefix belongs to Yunda."""
    found = identify("3101314976598")
    assert (found.kind, found.carrier) == (Kind.YUNDA, "yunda")
    assert "ems" not in carriers("3101314976598")


def test_15_digits_from_43_are_yunda_or_sto() -> None:
    """432895069186308 fits two carriers' rules: no carrier is claimed, both are offered."""
    found = identify("432895069186308")
    assert found.carrier is None
    assert carriers("432895069186308") == ["yunda", "sto"]
    assert found.needs_choice


def test_14_digits_from_77_are_sto_or_zto() -> None:
    """77316523125896 has a length of ZTO and a prefix of STO: both are offered."""
    assert identify("77316523125896").carrier is None
    assert carriers("77316523125896") == ["sto", "zto"]


@pytest.mark.parametrize("code", ["719518551940", "968664596520", "986578788855", "989344276999"])
def test_12_digits_always_ask(code: str) -> None:
    """Twelve digits fit four carriers: none is claimed, all are offered."""
    found = identify(code)
    assert found.needs_choice
    assert found.carrier is None
    assert set(carriers(code)) >= {"sf", "zto", "sto", "fedex"}


def test_legacy_sto_prefix_leads_its_list() -> None:
    """968 and nine digits put STO first among the twelve-digit candidates."""
    assert carriers("968664596520")[0] == "sto"


def test_isbn_is_a_product_not_an_ems_97() -> None:
    """A book's code from 978 whose EMS check fails is a product; one that passes both offers both and asks."""
    assert identify("9780000000002").kind.role is Role.PRODUCT
    both = identify("9787000000407")
    assert [one.kind for one in both.candidates][:2] == [Kind.CN_EMS_13, Kind.GTIN13]
    assert both.needs_choice


def test_series_98_and_99_have_no_check() -> None:
    """China Post parcels from 98 and 99 are taken without arithmetic: EMS's check does not hold for them."""
    for code in ("9894779374320", "9889510569807"):
        found = identify(code)
        assert (found.kind, found.check, found.carrier) == (Kind.CN_POST_PARCEL_13, Check.NONE, "china_post")


@pytest.mark.parametrize(
    ("code", "carrier"),
    [("YT5409924808522", "yto"), ("YT2229521272164446", "yunexpress"), ("JJD0099999999", "dhl")],
)
def test_length_and_prefix_decide_between_namesakes(code: str, carrier: str) -> None:
    """YT is YTO with 13 digits and YunExpress with 16; JJD is DHL, never JD."""
    assert identify(code).carrier == carrier


@pytest.mark.parametrize(
    ("code", "carrier", "confidence"),
    [
        ("EE123456785CN", "ems", Confidence.CERTAIN),
        ("RR473124829CN", "china_post", Confidence.CERTAIN),
        ("RB123456785GB", "china_post", Confidence.CERTAIN),
        ("RB123456785MO", "china_post", Confidence.LIKELY),
        ("RB123456785XX", None, Confidence.POSSIBLE),
        ("RB123456786US", "china_post", Confidence.POSSIBLE),
    ],
)
def test_s10_is_delivered_by_the_post(code: str, carrier: str | None, confidence: Confidence) -> None:
    """Whoever issued an S10 item, the post brings it here: EMS with letter E; an unknown country claims nobody."""
    found = identify(code)
    assert (found.carrier, found.confidence) == (carrier, confidence)
    assert len(found.candidates) == 1


@pytest.mark.parametrize("code", ["SF1385628716739", "JT0006968326954", "JDVA00023324786", "DPK364112047425"])
def test_prefixed_waybills_are_certain(code: str) -> None:
    """A carrier's own prefix and length need no question."""
    found = identify(code)
    assert found.confidence is Confidence.CERTAIN
    assert not found.needs_choice
    assert len(found.candidates) == 1


def test_bare_and_prefixed_sscc_share_a_number() -> None:
    """An SSCC with and without its 00 is one unit: the codes differ, the number does not."""
    bare, prefixed = identify("040123450000001112"), identify("00040123450000001112")
    assert bare.code != prefixed.code
    assert bare.number == prefixed.number == "040123450000001112"


def test_choices_rank_but_do_not_decide() -> None:
    """Earlier choices reorder the candidates of an ambiguous code and change nothing else."""
    found = identify("432895069186308")
    again = ranked(found, {"sto": 7, "yunda": 2})
    assert [one.carrier for one in again.candidates] == ["sto", "yunda"]
    assert replace(again, candidates=found.candidates) == found
    assert habit_key(found.code) == ("4328", 15)


def test_choices_do_not_displace_a_sure_answer() -> None:
    """A likely or certain first candidate stays first, whatever was chosen before; nothing to rank is left alone."""
    found = identify("1207119765021")
    assert ranked(found, {"yunda": 99}).candidates[0].carrier == "ems"
    assert ranked(found, {"yunda": 99}).candidates[1].carrier == "yunda"
    unknown = identify("DPK20225261283")
    assert ranked(unknown, {"sf": 1}) is unknown
