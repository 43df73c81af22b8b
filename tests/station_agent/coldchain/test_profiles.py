"""The file of profiles: what it says as shipped, and every mistake at once."""

from pathlib import Path

import pytest

from station_agent.coldchain.profiles import SHIPPED, load_profiles
from sync.settings import BadSettings
from tests.station_agent.coldchain.world import limit

SHEET = {
    "plum_stored": (0, 1000, "good"),
    "plum_express": (0, 5000, "own"),
    "orange": (3000, 8000, "good"),
    "leafy_vegetables": (0, 2000, "fair"),
    "root_vegetables": (0, 2000, "fair"),
    "fruiting_vegetables": (7000, 10_000, "fair"),
    "ginger_sweet_potato": (12_000, 18_000, "fair"),
    "medicine": (2000, 8000, "good"),
    "vaccine": (2000, 8000, "good"),
    "chilled": (0, 10_000, "unseen"),
}
"""Ranges in millidegrees and confidence, as the domain sheet has them."""


def test_the_shipped_ranges_are_those_of_the_domain_sheet() -> None:
    """One row a profile; frozen food has an upper end alone that means something."""
    profiles = load_profiles()
    found = {p.id: (p.low_mc, p.high_mc, p.confidence) for p in profiles}
    assert found.pop("frozen")[1:] == (-18_000, "unseen")
    assert found == SHEET
    assert all(p.zh and p.en and p.source and (p.limits or p.refused) for p in profiles)


def test_the_limits_of_express_plums_are_those_of_the_domain_sheet() -> None:
    """Warn above 5 for 60 min, alarm above 10 for 60 min, alarm at -0.5 or less for 30 min."""
    limits = {one.name: (one.level, one.at_mc, one.minutes, one.mode) for one in load_profiles()["plum_express"].limits}
    assert limits == {
        "warm_warning": ("warn", 5001, 60, "continuous"),
        "warm": ("alarm", 10_001, 60, "continuous"),
        "freezing": ("alarm", -500, 30, "continuous"),
    }


def test_vaccines_are_refused_and_medicine_shares_with_nobody() -> None:
    """2-8 °C is the wrong box for plums."""
    profiles = load_profiles()
    assert [p.id for p in profiles if p.refused] == ["vaccine"]
    assert all(profiles.clash(p.id, "medicine") for p in profiles if p.id not in ("medicine", "vaccine"))
    assert [p.id for p in profiles if p.mkt] == ["medicine"]


def test_a_clash_holds_both_ways() -> None:
    """The file names it once."""
    profiles = load_profiles()
    assert profiles.clash("medicine", "frozen")
    assert profiles.clash("frozen", "medicine")
    assert not profiles.clash("plum_stored", "plum_express")


def test_crisp_plums_are_stored_or_sent() -> None:
    """A product may have several profiles, in the order of the file; an unknown one has none."""
    profiles = load_profiles()
    assert [p.id for p in profiles.of("crisp_plum")] == ["plum_stored", "plum_express"]
    assert profiles.of("durian") == []
    assert profiles.get("durian") is None


def test_the_version_changes_with_the_meaning_and_not_with_remarks(tmp_path: Path) -> None:
    """An edit cannot hide behind an old version number; a comment is no edit."""
    text = SHIPPED.read_text("utf-8")
    versions = []
    for number, edited in enumerate((text, text + "\n# seen\n", text.replace("at_mc = 10001", "at_mc = 12001", 1))):
        path = tmp_path / f"{number}.toml"
        path.write_text(edited, "utf-8")
        versions.append(load_profiles(path).version)
    assert versions[0] == versions[1] != versions[2]
    assert versions[0].startswith("1-")


def faults_of(tmp_path: Path, *edits: tuple[str, str]) -> list[str]:
    """Keys of the mistakes that an edited file has."""
    text = SHIPPED.read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "profiles.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadSettings) as caught:
        load_profiles(path)
    return [fault.key for fault in caught.value.faults]


def test_all_malformed_keys_are_told_at_once(tmp_path: Path) -> None:
    """Wrong type, wrong word, unknown key: three mistakes in one report."""
    edits = (
        ("low_mc = 0", 'low_mc = "0"'),
        ('mode = "continuous"', 'mode = "steady"'),
        ('confidence = "own"', 'confidence = "own"\ncolour = "red"'),
    )
    assert faults_of(tmp_path, *edits) == ["profile.1.low_mc", "profile.1.limits.1.mode", "profile.2.colour"]


def test_all_contradictions_are_told_at_once(tmp_path: Path) -> None:
    """A limit inside the range, a range upside down, a name twice, a profile nobody knows."""
    edits = (
        ("at_mc = 2001, minutes = 120", "at_mc = 900, minutes = 120"),
        ('name = "freezing"', 'name = "warm"'),
        ('not_with = ["medicine", "leafy_vegetables"]', 'not_with = ["medecine"]'),
        ('id = "root_vegetables"', 'id = "orange"'),
        ("high_mc = 18000", "high_mc = 11000"),
    )
    keys = faults_of(tmp_path, *edits)
    expected = ["profile.1.limits.1.at_mc", "profile.1.limits.4.name", "profile.3.not_with", "profile.5.id"]
    assert keys[:4] == expected
    assert "profile.7.low_mc" in keys
    assert any(key.startswith("profile.8.not_with") for key in keys)


def test_a_limit_is_reached_by_its_own_value() -> None:
    """30.0 counts, 29.9 does not; below likewise."""
    warm, cold = limit("warm", 30_000, 60), limit("cold", -500, 60)
    assert [warm.reached_by(mc) for mc in (29_999, 30_000)] == [False, True]
    assert [cold.reached_by(mc) for mc in (-499, -500)] == [False, True]
