"""One county and one registered station for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.keys import SigningKey
from tests.sync.county.paper import PaperCounty, PaperStation, open_county, register


@pytest.fixture
def county(tmp_path: Path) -> Iterator[PaperCounty]:
    yield from open_county(tmp_path)


@pytest.fixture
def station(tmp_path: Path, county: PaperCounty) -> PaperStation:
    station = PaperStation(SigningKey.create(tmp_path / "station.key"))
    register(county.engine, station)
    return station
