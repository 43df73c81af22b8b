"""What both processes of a station say to systemd and hear from it: a stop, READY.

Not the protocol nor the watchdog's beat, which are `sync.service`. Called by `station run` and `station sync`.
"""

import signal
from collections.abc import Callable

import click

from sync.service import notify


def on_stop(stop: Callable[[], object]) -> None:
    """Call `stop` when systemd or the keyboard asks for an end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def ready() -> None:
    """Tell whoever started us that we can be used."""
    click.echo("READY", err=True)
    notify("READY=1")
