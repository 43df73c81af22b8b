"""Certificates of a county and its stations by the very script a technician runs, and the Mosquitto it is made for."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.broker import Mosquitto

SYSTEMD = Path(__file__).parents[2] / "systemd"
COUNTY = "county"
HOST = "127.0.0.1"


def make_certificates(directory: Path, stations: Iterable[str]) -> None:
    """The authority, the broker's, the county's own, one for each station (P-256)."""
    verbs = [["ca"], ["broker", "localhost", HOST], *(["client", name] for name in (COUNTY, *stations))]
    for words in verbs:
        done = subprocess.run(
            ["sh", SYSTEMD / "certificates", directory, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


class CountyMosquitto(Mosquitto):
    """Mosquitto as the county installs it: the shipped configuration, but for its port, its paths and its user."""

    def __init__(self, directory: Path, certificates: Path) -> None:
        """`certificates`: where `make_certificates` put them."""
        super().__init__(directory)
        self._certificates = certificates
        (directory / "acl").write_bytes((SYSTEMD / "mosquitto-county.acl").read_bytes())

    def configuration(self) -> str:
        """The shipped text."""
        shipped = (SYSTEMD / "mosquitto-county.conf").read_text(encoding="utf-8")
        assert shipped.count("listener 8883") == 1
        here = shipped.replace("listener 8883", f"listener {self.port} {HOST}")
        here = here.replace("/etc/mosquitto/youyuntong/acl", str(self._directory / "acl"))
        return (
            here.replace("/etc/mosquitto/youyuntong", str(self._certificates))
            + "\nlog_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
        )
