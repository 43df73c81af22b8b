"""What both processes of a station say to systemd and hear from it: a stop, READY, a beat for the watchdog.

Not the protocol, which is `sync.service`. Called by `station run` and `station sync`.
"""

import signal
import time
from collections.abc import Callable

import click

from sync.service import notify

BEAT_S = 5.0
"""How often systemd's watchdog is told that the loop turns."""


class Beat:
    """Tells systemd's watchdog that the loop turns, not more often than needed."""

    def __init__(self) -> None:
        """Nothing was told."""
        self._last_s = 0.0

    def __call__(self) -> None:
        """The loop turned."""
        now_s = time.monotonic()
        if now_s - self._last_s >= BEAT_S:
            self._last_s = now_s
            notify("WATCHDOG=1")


def on_stop(stop: Callable[[], object]) -> None:
    """Call `stop` when systemd or the keyboard asks for an end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def ready() -> None:
    """Tell whoever started us that we can be used."""
    click.echo("READY", err=True)
    notify("READY=1")
