"""A real Mosquitto on a free loopback port, for tests marked `broker`. Stopped by what started it, whatever happens."""

import os
import random
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

TRIES = 5
START_S = 5.0
STOP_S = 5.0


def find_mosquitto() -> str:
    """Path of the program; without it the test is skipped, in CI it fails."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        message = "no mosquitto here: apt-get install mosquitto"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return program


def free_port() -> int:
    """A port nobody listens on now, and none that Linux gives to outgoing connections (from 32768 on).

    One of those may be taken between a kill and the next start, even by a client that tries to connect to itself.
    """
    for _ in range(100):
        port = random.randrange(20_000, 32_768)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


class Mosquitto:
    """One broker; a context manager. `kill` and `start` may be called in between, the port stays."""

    def __init__(self, directory: Path, *, acl: str | None = None, more: str = "") -> None:
        """acl: text of an access control file. more: further lines of configuration."""
        self.port = 0
        self._program, self._directory, self._more = find_mosquitto(), directory, more
        self._process: subprocess.Popen[bytes] | None = None
        if acl is not None:
            (directory / "acl").write_text(acl, encoding="utf-8")
            self._more += f"\nacl_file {directory / 'acl'}"

    def __enter__(self) -> "Mosquitto":
        for _ in range(TRIES):
            self.port = free_port()
            if self._try():
                return self
        raise AssertionError("mosquitto does not start; see its configuration")

    def __exit__(self, *_: object) -> None:
        self._end(kill=False)

    @property
    def pid(self) -> int | None:
        """Its process, None while it does not run."""
        process = self._process
        return None if process is None else process.pid

    @property
    def log(self) -> str:
        """What it said since it was started last."""
        return (self._directory / "mosquitto.log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start again on the same port."""
        assert self._try(), "mosquitto does not start again"

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(kill=True)

    def configuration(self) -> str:
        """What it is told, for the port drawn last."""
        return (
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_packet_size 2000000\n"
            f"persistence false\nlog_type all\n{self._more}"
        )

    def _try(self) -> bool:
        """Start, and wait until it says that it runs."""
        config = self._directory / "mosquitto.conf"
        # Started by root it would become a user that cannot read this directory.
        config.write_text(f"user root\nlog_dest stderr\n{self.configuration()}\n", encoding="utf-8")
        log = self._directory / "mosquitto.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen([self._program, "-c", str(config)], stderr=output)
        end_s = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < end_s:
            if b" running" in log.read_bytes():
                return True
            time.sleep(0.01)
        self._end(kill=True)
        return False

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        (process.kill if kill else process.terminate)()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
