"""`station identify`: its words, its JSON and its exit status."""

import json

import pytest
from click.testing import CliRunner, Result

from station_agent.commands.identify import identify_command
from station_agent.waybill import Kind, Refusal
from station_agent.waybill.identification import RULES
from station_agent.waybill.kinds import CARRIER_NAMES, CHECK_NAMES, CONFIDENCE_NAMES, KIND_NAMES, REFUSAL_NAMES
from station_agent.waybill.kinds import Check as CheckWord
from station_agent.waybill.kinds import Confidence as ConfidenceWord
from tests.station_agent.test_waybill_vectors import VECTORS, Vector


def run(*words: str) -> Result:
    """Run the command with these words."""
    return CliRunner().invoke(identify_command, list(words))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.code or "empty")
def test_json_agrees_with_the_vectors(vector: Vector) -> None:
    """With --json one object on one line says kind, valid, carrier and candidates; status 1 only for unknown."""
    result = run("--json", "--", vector.code)
    document = json.loads(result.output)
    assert result.output.count("\n") == 1
    assert (document["kind"], document["valid"]) == (vector.kind, vector.valid)
    assert {"carrier", "candidates", "code", "rule", "check", "confidence", "refused", "glued"} <= set(document)
    assert result.exit_code == (1 if vector.kind == "unknown" else 0)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.code or "empty")
def test_plain_text_for_people(vector: Vector) -> None:
    """Without --json every line starts in Chinese and names the English word too."""
    result = run("--", vector.code)
    assert result.exit_code in (0, 1)
    for line in result.output.splitlines():
        assert any("\u4e00" <= char <= "\u9fff" for char in line)


def test_candidates_show_their_rule() -> None:
    """An ambiguous code lists its candidates in order, each with its sentence and the rule's name."""
    output = run("432895069186308").output
    assert "1. 韵达 Yunda" in output
    assert "2. 申通 STO" in output
    assert "[yunda_43_15]" in output


def test_bag_and_package_show_their_parts() -> None:
    """A bag shows offices, number and printed weight; a package shows its place among the pieces."""
    assert "43000000 → 51800000" in run("430000005180000011311853003030").output
    assert "3.0 kg" in run("430000005180000011311853003030").output
    assert "1/2" in run("JDVA00049341283-1-2-").output


@pytest.mark.parametrize("flag", [[], ["--json"]])
@pytest.mark.parametrize("secret", ["11010519491231002X", "281234567890123456", "wxp://f2f0abcdef"])
def test_a_refused_text_is_not_echoed(secret: str, flag: list[str]) -> None:
    """A payment code or identity number is refused with status 1 and never printed back."""
    result = run(*flag, "--", secret)
    assert result.exit_code == 1
    assert secret.lower() not in result.output.lower()


def test_glued_codes_are_named() -> None:
    """Two codes in one read give status 1 and the advice to scan again."""
    result = run("YT5409924808522SF1385628716739")
    assert result.exit_code == 1
    assert "重扫" in result.output
    assert json.loads(run("--json", "YT5409924808522SF1385628716739").output)["glued"] is True


def test_help_names_the_exit_status() -> None:
    """The help says what 0 and 1 mean."""
    output = run("--help").output
    assert "退出码" in output
    assert "exit status" in output


def test_every_word_has_names_in_two_languages() -> None:
    """No kind, carrier, check, confidence or refusal can be printed without its Chinese and English name."""
    assert set(KIND_NAMES) == set(Kind)
    assert set(REFUSAL_NAMES) == set(Refusal)
    assert set(CHECK_NAMES) == set(CheckWord)
    assert set(CONFIDENCE_NAMES) == set(ConfidenceWord)
    assert {rule.carrier for rule in RULES.values() if rule.carrier} <= set(CARRIER_NAMES)
