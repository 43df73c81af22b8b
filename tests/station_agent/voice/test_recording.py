"""The tool that makes the clips: only what is missing, nothing that no sentence needs."""

from pathlib import Path

import pytest

from station_agent.voice.clips import read_readings
from station_agent.voice.recording import CannotRecord, readings_of, record


def _by_hand(name: str, path: Path) -> None:
    """A clip that is known by its contents."""
    path.write_text(f"made {name}")


def test_only_missing_clips_are_made_and_dead_ones_removed(tmp_path: Path) -> None:
    """What a person recorded stays; two words that sound alike share a clip."""
    folder = tmp_path / "clips"
    assert record(folder, ["入库", "出库", "事", "是"], _by_hand) == (["chu1-ku4", "ru4-ku4", "shi4"], [])
    (folder / "ru4-ku4.wav").write_text("a person's voice")
    assert record(folder, ["入库", "件"], _by_hand) == (["jian4"], ["chu1-ku4", "shi4"])
    assert (folder / "ru4-ku4.wav").read_text() == "a person's voice"
    assert read_readings(folder) == {"入库": "ru4-ku4", "件": "jian4"}
    assert record(folder, ["入库", "件"], _by_hand) == ([], [])
    assert record(folder, ["入库"], _by_hand, again=True) == (["ru4-ku4"], ["jian4"])
    assert (folder / "ru4-ku4.wav").read_text() == "made ru4-ku4"


def test_what_cannot_be_read_is_told_at_once_and_changes_nothing(tmp_path: Path) -> None:
    """Every text that is too long or has no reading is named, with what to do."""
    with pytest.raises(CannotRecord) as caught:
        record(tmp_path, ["入库", "长" * 31, "〇x"], _by_hand)
    assert "用逗号分开" in str(caught.value)
    assert "OVERRIDES" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_letters_are_not_pinyin() -> None:
    """B is a letter of another voice, and its file says so."""
    assert readings_of(["B", "百"]) == {"B": "letter-b", "百": "bai3"}
