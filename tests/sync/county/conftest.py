"""One county and one registered station for each test: on either engine, unless a mark names one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from sync.county import schema
from sync.county.database import create_tables, open_database, writing
from sync.keys import SigningKey
from tests.postgres import FAST, Postgres
from tests.sync.county.paper import PaperCounty, PaperStation, open_county, register

ENGINES = ("sqlite", "postgres")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "county" in metafunc.fixturenames:
        engines = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ENGINES]
        named = [name for name in ENGINES if metafunc.definition.get_closest_marker(name) is not None]
        wanted = [param for param in engines if not named or param.values[0] in named]
        metafunc.parametrize("county", wanted, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres(*FAST) as server:
        yield server


@pytest.fixture(scope="session")
def emptied(postgres: Postgres) -> Callable[[], URL]:
    """Empties the one set of tables all tests share, since making them takes longer than a test."""
    engine = open_database(postgres.new_address())

    def empty() -> URL:
        create_tables(engine)
        names = ", ".join(schema.metadata.tables)
        with writing(engine) as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        engine.dispose()  # a test may end all sessions there are
        return engine.url

    return empty


@pytest.fixture
def county(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaperCounty]:
    url = request.getfixturevalue("emptied")() if request.param == "postgres" else None
    yield from open_county(tmp_path, url=url)


@pytest.fixture
def station(tmp_path: Path, county: PaperCounty) -> PaperStation:
    station = PaperStation(SigningKey.create(tmp_path / "station.key"))
    register(county.engine, station)
    return station
