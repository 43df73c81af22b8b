"""`systemd/certificates` and the county's Mosquitto configuration, together, against a real Mosquitto with TLS."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.broker import BrokerSettings
from sync.mqtt import Connected, Disconnected, Event, Message, Refused, Wire
from tests.broker import Mosquitto

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here: apt-get install openssl"),
]
SYSTEMD = Path(__file__).parents[2] / "systemd"
WAIT_S = 10.0
US, OTHER, LOST = "500237-001", "500237-002", "500237-003"


def certificates(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the script as a person at the county does."""
    command = ["sh", str(SYSTEMD / "certificates"), str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county's folder: two stations, one that was revoked, the county and the broker."""
    folder = tmp_path_factory.mktemp("county") / "certificates"
    for words in (["ca"], ["broker", "localhost", "127.0.0.1"], *(["client", name] for name in (US, OTHER, LOST))):
        made = certificates(folder, *words)
        assert made.returncode == 0, made.stderr
    assert certificates(folder, "client", "county").returncode == 0
    for end in ("pem", "key"):
        shutil.copy(folder / f"{LOST}.{end}", folder / f"lost.{end}")
    assert certificates(folder, "revoke", LOST).returncode == 0
    return folder


class CountyMosquitto(Mosquitto):
    """Mosquitto as Debian starts it, with our file in conf.d; only its port and paths are the test's."""

    def __init__(self, directory: Path, authority: Path) -> None:
        """`authority`: where the certificates lie."""
        super().__init__(directory)
        self._authority = authority

    def configuration(self) -> str:
        """Debian's main file, which includes ours."""
        ours = (SYSTEMD / "mosquitto-county.conf").read_text(encoding="utf-8")
        assert "listener 8883\n" in ours
        ours = ours.replace("listener 8883\n", f"listener {self.port} 127.0.0.1\n")
        ours = ours.replace("/etc/mosquitto/youyuntong/acl", str(SYSTEMD / "mosquitto-county.acl"))
        ours = ours.replace("/etc/mosquitto/youyuntong", str(self._authority))
        folder = self._directory / "conf.d"
        folder.mkdir(exist_ok=True)
        (folder / "youyuntong.conf").write_text(ours, encoding="utf-8")
        return f"persistence true\npersistence_location {self._directory}/\ninclude_dir {folder}"


@pytest.fixture
def mosquitto(tmp_path: Path, authority: Path) -> Iterator[Mosquitto]:
    """The county's broker."""
    with CountyMosquitto(tmp_path, authority) as running:
        yield running


def wire(port: int, authority: Path, name: str | None, *topics: str, host: str = "localhost") -> Wire:
    """An end of the link that shows the certificate of that name, or none."""
    certificate, key = (name and str(authority / f"{name}.{end}") for end in ("pem", "key"))
    settings = BrokerSettings(
        host=host, port=port, protocol=5, ca=str(authority / "ca.pem"), certificate=certificate, key=key
    )
    return Wire(settings, client_id=name or "nobody", subscriptions=list(topics), retry_cap_s=0.05)


def until(subject: Wire, kind: type[Event], *others: Wire) -> Event:
    """Step until an event of a kind comes."""
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        for event in subject.step(0.02):
            if isinstance(event, kind):
                return event
        for other in others:
            other.step(0.0)
    raise AssertionError(f"no {kind.__name__} within {WAIT_S} s")


def test_a_station_and_the_county_meet_over_tls(mosquitto: Mosquitto, authority: Path) -> None:
    """Each shows its certificate; the station's entries reach the county, the county's answer the station."""
    station = wire(mosquitto.port, authority, US, f"yyt/v1/{US}/down", host="127.0.0.1")
    county = wire(mosquitto.port, authority, "county", "yyt/v1/+/up", "yyt/v1/+/state")
    until(station, Connected)
    until(county, Connected)
    station.publish(f"yyt/v1/{US}/up", b"batch")
    assert until(county, Message, station) == Message(f"yyt/v1/{US}/up", b"batch")
    county.publish(f"yyt/v1/{US}/down", b"receipt")
    assert until(station, Message, county) == Message(f"yyt/v1/{US}/down", b"receipt")
    station.close()
    county.close()


def test_a_station_writes_nothing_in_anothers_name(mosquitto: Mosquitto, authority: Path) -> None:
    """Not where another writes, not where the county answers: each is refused, and the link goes on."""
    station = wire(mosquitto.port, authority, US, f"yyt/v1/{US}/down")
    until(station, Connected)
    for topic in (f"yyt/v1/{OTHER}/up", f"yyt/v1/{US}/down"):
        station.publish(topic, b"forged")
        assert isinstance(until(station, Refused), Refused)
    station.close()


@pytest.mark.parametrize("name", ["lost", None])
def test_who_shows_no_good_certificate_stays_out(mosquitto: Mosquitto, authority: Path, name: str | None) -> None:
    """A revoked one, or none at all."""
    stranger = wire(mosquitto.port, authority, name, "yyt/v1/+/up")
    assert isinstance(until(stranger, Disconnected), Disconnected)
    assert not stranger.ready
    stranger.close()


def test_nothing_is_made_twice_or_for_a_strange_name(authority: Path) -> None:
    """What is there stays as it is, and the answer says what to do; a path or the broker is no station's name."""
    before = {path.name: path.read_bytes() for path in authority.iterdir()}
    for words in (
        ["ca"],
        ["client", US],
        ["client", "../x"],
        ["client", "broker"],
        ["client", "-x"],
        ["revoke", "none"],
    ):
        refused = certificates(authority, *words)
        assert refused.returncode == 1, words
        assert "错误 / error:" in refused.stderr
    for words in ([], ["sign"], ["client"], ["broker"]):
        assert certificates(authority, *words).returncode == 64, words
    assert {path.name: path.read_bytes() for path in authority.iterdir()} == before


def test_a_station_that_lost_its_card_gets_another_certificate(authority: Path) -> None:
    """After `revoke` the same id may be signed again; private keys are their owner's alone."""
    again = certificates(authority, "client", LOST)
    assert again.returncode == 0, again.stderr
    assert (authority / f"{LOST}.pem").read_bytes() != (authority / "lost.pem").read_bytes()
    assert [path.name for path in authority.glob("*.key") if path.stat().st_mode & 0o077] == []


def test_a_clock_that_starts_in_1970_finds_every_certificate_valid(authority: Path) -> None:
    """Else a station without a clock chip could not reach the county before the network has set its clock."""
    for name in ("broker", US):
        for at_s in ("100", str(round(time.time()))):
            words = ["openssl", "verify", "-attime", at_s, "-CAfile", str(authority / "ca.pem")]
            verified = subprocess.run([*words, str(authority / f"{name}.pem")], capture_output=True, check=False)
            assert verified.returncode == 0, verified.stderr
