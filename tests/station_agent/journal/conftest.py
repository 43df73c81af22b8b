"""Fixtures of the journal's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station_agent.journal.files import LIBRARIES, Bench


@pytest.fixture(params=sorted(LIBRARIES))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A bench on each library."""
    made = Bench(tmp_path / "journal.db", LIBRARIES[request.param])
    yield made
    made.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Bench]:
    """A bench on the library the station runs, where its reader takes part."""
    made = Bench(tmp_path / "journal.db", LIBRARIES["sqlite3"])
    yield made
    made.close()
