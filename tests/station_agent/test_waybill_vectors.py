"""The recorded codes: what identification must say of each, and what must hold of every text there is."""

import json
import re
import timeit
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station_agent.waybill import RULES, Confidence, Kind, identify, normalise
from station_agent.waybill.rules import Rule

CASES = Path(__file__).parents[1] / "cases" / "waybills.json"


class Vector(NamedTuple):
    """One recorded code with its expected answer."""

    code: str
    kind: str
    valid: bool


VECTORS = [Vector(row["code"], row["expected_kind"], row["valid"]) for row in json.loads(CASES.read_text("utf-8"))]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.code or "empty")
def test_recorded_code(vector: Vector) -> None:
    """Every recorded code gets exactly the kind and validity it was recorded with."""
    found = identify(vector.code)
    assert (str(found.kind), found.valid) == (vector.kind, vector.valid)


@pytest.mark.parametrize("prefix", ["]C0", "]C1", "]E0", "]d2", "]Q3"])
@pytest.mark.parametrize("vector", [one for one in VECTORS if one.valid], ids=lambda vector: vector.code)
def test_scanner_dress_changes_nothing(vector: Vector, prefix: str) -> None:
    """An AIM prefix, lower case, full-width characters and a line end around a code do not change what it is."""
    plain = identify(vector.code)
    wide = "".join(chr(ord(char) + 0xFEE0) if char.isalnum() else char for char in vector.code)
    for dressed in (f"{prefix}{vector.code}\r\n", f"{prefix}{vector.code.lower()}\x1d", wide):
        found = identify(dressed)
        assert (found.kind, found.valid, found.code) == (plain.kind, plain.valid, plain.code)
        assert found.raw == dressed


def test_there_are_95_vectors() -> None:
    """The file of cases is whole: a truncated copy would prove nothing."""
    assert len(VECTORS) == 95


@given(st.text(max_size=90))
def test_never_raises(text: str) -> None:
    """Any text at all gets an answer, and a valid one only with a rule that names its reason."""
    found = identify(text)
    assert found.length == len(text)
    assert (found.rule in RULES) == (found.kind is not Kind.UNKNOWN)
    assert not (found.valid and found.kind is Kind.UNKNOWN)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=70))
def test_never_raises_on_scanner_bytes(text: str) -> None:
    """Any ASCII text, control characters included, gets an answer whose code is a fixed point of normalising."""
    found = identify(text)
    assert normalise(found.code) == found.code


@given(st.text(max_size=40))
def test_normalise_is_idempotent(text: str) -> None:
    """Normalising what is normalised changes nothing, whatever script it came in."""
    once = normalise(text)
    assert normalise(once) == once


def test_normalise_never_turns_a_letter_into_a_digit() -> None:
    """The letter O stays a letter: a misread is shown as unknown, not repaired in silence."""
    assert normalise("sf138562871673o") == "SF138562871673O"
    assert identify("SF138562871673O").kind is Kind.UNKNOWN


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
@given(data=st.data())
@settings(max_examples=25)  # times one for each rule
def test_every_rule_can_be_met(rule: Rule, data: st.DataObject) -> None:
    """A code of a rule's shape is refused only where the design says so, and is of a known kind if the rule decides."""
    code = data.draw(st.from_regex(rule.shape, fullmatch=True).filter(lambda text: len(text) in rule.lengths))
    found = identify(code)
    if found.refused is not None:
        assert rule.name in ("sscc", "sscc_behind_00") or not code.strip("0")
    elif rule.decides and rule.check is None:
        assert found.kind is not Kind.UNKNOWN


def test_rules_are_named_once_and_say_why() -> None:
    """Rule names travel in entries, so each is unique, and each has a sentence in two languages and a source."""
    for name, rule in RULES.items():
        assert re.fullmatch(r"[a-z0-9_]+", name)
        assert all(rule.says)
        assert rule.source
        assert rule.lengths


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.code or "empty")
def test_candidates_are_ranked(vector: Vector) -> None:
    """Candidates come surest first, name each carrier once, and the first agrees with the answer's own rule."""
    found = identify(vector.code)
    order = [list(Confidence).index(one.confidence) for one in found.candidates]
    assert order == sorted(order)
    assert len({(one.carrier, one.kind.role) for one in found.candidates}) == len(found.candidates)
    if found.carrier is not None:
        assert found.candidates[0].carrier == found.carrier


@pytest.mark.bench
def test_identify_is_quick() -> None:
    """One code takes well under 50 microseconds on average, best of five runs over all vectors (x86: about 8)."""
    codes = [vector.code for vector in VECTORS]
    best_s = min(timeit.repeat(lambda: [identify(code) for code in codes], number=20, repeat=5))
    assert best_s / 20 / len(codes) < 50e-6
