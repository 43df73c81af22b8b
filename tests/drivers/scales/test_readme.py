"""The sheet a technician works from: a stanza for each scale, and each stanza one the program takes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

import drivers.scales
from drivers.models import MODELS

SHEET = (Path(drivers.scales.__file__).parent / "README.md").read_text(encoding="utf-8")
STANZAS: list[dict[str, Any]] = [
    table for block in re.findall(r"```toml\n(.*?)```", SHEET, re.DOTALL) for table in tomllib.loads(block)["device"]
]
SCALES = sorted(model.name for model in MODELS.values() if model.role == "scale")


@pytest.mark.parametrize("stanza", STANZAS, ids=lambda stanza: stanza["model"])
def test_every_sample_stanza_is_accepted(stanza: dict[str, Any]) -> None:
    """No key is misspelt and no value out of bounds."""
    keys = {key: value for key, value in stanza.items() if key not in ("name", "model")}
    msgspec.convert(keys, MODELS[stanza["model"]].settings())


@pytest.mark.parametrize("name", SCALES)
def test_every_scale_has_its_section(name: str) -> None:
    """A heading and a line of the table."""
    assert re.search(rf"^## .*\b{name}\b", SHEET, re.MULTILINE)
    assert re.search(rf"^\| .*`{name}`", SHEET, re.MULTILINE)
