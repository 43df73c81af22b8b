"""county.toml: the sample is good, and what does not fit together is refused in words."""

from pathlib import Path

import pytest

from sync.county.settings import County, CountySettings, is_loopback, sample
from sync.settings import BadSettings, parse_settings


def faults_of(text: str) -> str:
    with pytest.raises(BadSettings) as bad:
        parse_settings(text.encode(), CountySettings, file="county.toml")
    return str(bad.value)


def test_the_sample_is_good_and_its_paths_are_beside_it(tmp_path: Path) -> None:
    """What init writes, serve reads."""
    path = tmp_path / "county.toml"
    path.write_text(sample("county.db", 1884), encoding="utf-8")
    county = County.read(path)
    assert county.settings.embedded_broker is not None
    assert (county.settings.broker.port, county.settings.embedded_broker.port) == (1884, 1884)
    assert county.database.database == str(tmp_path / "county.db")
    assert county.key_path == tmp_path / "county.key"
    assert county.password_file is None


def test_another_database_is_named_by_its_address(tmp_path: Path) -> None:
    """PostgreSQL, with as many workers as one likes."""
    settings = parse_settings(b'database = "postgresql+psycopg://county@/yyt"\n', CountySettings, file="f")
    assert County(settings, tmp_path).database.get_backend_name() == "postgresql"


def test_an_open_broker_on_a_network_is_refused() -> None:
    """Anonymous only on loopback; with passwords anywhere."""
    assert "password_file" in faults_of('[broker]\nprotocol = 3\n[embedded_broker]\nhost = "0.0.0.0"\n')
    text = '[broker]\nprotocol = 3\n[embedded_broker]\nhost = "0.0.0.0"\npassword_file = "users"\n'
    settings = parse_settings(text.encode(), CountySettings, file="f")
    assert County(settings, Path("/c")).password_file == Path("/c/users")


def test_keys_that_contradict_one_another_are_refused() -> None:
    """Sharing needs MQTT 5, the embedded broker speaks 3."""
    assert "protocol = 5" in faults_of("shared = true\n[broker]\nprotocol = 3\n")
    assert "protocol = 3" in faults_of("[embedded_broker]\n")
    assert "database" in faults_of('database = "://"\n')


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True)]
)
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    """By address or name; a name that may be anything is not."""
    assert is_loopback(host) is loopback
    assert not is_loopback("10.0.0.1")
    assert not is_loopback("county.example")
