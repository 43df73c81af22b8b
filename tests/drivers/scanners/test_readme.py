"""The technician's sheets of scanners and camera: every model has a stanza, and every stanza is a configuration."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

import drivers
from drivers.models import MODELS

ROOT = Path(drivers.__file__).parent
SHEETS = [(ROOT / folder / "README.md").read_text(encoding="utf-8") for folder in ("scanners", "camera")]
STANZAS: list[dict[str, Any]] = [
    tomllib.loads(block)["device"][0] for sheet in SHEETS for block in re.findall(r"```toml\n(.*?)```", sheet, re.S)
]


def test_every_scanner_has_a_stanza() -> None:
    """A technician finds each model once."""
    here = ("drivers.scanners.", "drivers.camera.")
    assert sorted(s["model"] for s in STANZAS) == sorted(m.name for m in MODELS.values() if m.module.startswith(here))


@pytest.mark.parametrize("stanza", STANZAS, ids=lambda stanza: str(stanza["model"]))
def test_a_stanza_can_be_copied_as_it_stands(stanza: dict[str, Any]) -> None:
    """No key of it is unknown to its model, and no value out of bounds."""
    keys = {key: value for key, value in stanza.items() if key not in ("name", "model")}
    assert msgspec.convert(keys, MODELS[stanza["model"]].settings())


def test_what_is_told_to_beep_can_beep() -> None:
    """The table's word on beeping is the models' own."""
    for line in re.findall(r"^\| `\w+` \|.*$", SHEETS[0], re.M):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        model = MODELS[cells[0].strip("`")]
        assert (cells[4] != "no") is ("beep" in model.settings().__struct_fields__)
