"""sd_notify: one datagram to the socket systemd names, and silence where there is none."""

import socket
from pathlib import Path

import pytest

from sync.service import BEAT_S, Beats, notify


def test_a_state_is_sent_as_one_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path, and an abstract socket."""
    for address, named in ((str(tmp_path / "n"), str(tmp_path / "n")), (f"\0yyt-{tmp_path}", f"@yyt-{tmp_path}")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(address)
            monkeypatch.setenv("NOTIFY_SOCKET", named)
            assert notify("READY=1")
            assert systemd.recv(100) == b"READY=1"


def test_nothing_is_sent_where_systemd_did_not_start_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said by False."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")


def test_the_watchdog_hears_of_all_parts_or_of_none() -> None:
    """Told when every part turned since the last word, at most once in BEAT_S; one part that hangs silences it."""
    told: list[str] = []
    now = [100.0]
    beats = Beats(told.append, lambda: now[0])
    one, other = beats.part(), beats.part()
    one()
    one()
    assert told == []
    other()
    assert told == ["WATCHDOG=1"]
    one()
    other()
    assert len(told) == 1
    now[0] += BEAT_S
    other()
    assert len(told) == 2
    for _ in range(20):
        now[0] += BEAT_S
        one()
    assert len(told) == 2
