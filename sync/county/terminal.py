"""What all commands of `county` share: the database they open, what they say, and how a known error ends them.

Data goes to stdout, messages to stderr. Called by `cli` and the modules of its commands.
"""

import functools
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from rich.console import Console
from sqlalchemy import Engine

from sync.county import serve
from sync.county.settings import County
from sync.errors import SyncError
from sync.settings import EXIT_BAD_SETTINGS, BadSettings

P = ParamSpec("P")
R = TypeVar("R")


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Translate known errors once, here: message and hint on stderr, and the exit code."""

    @functools.wraps(command)
    def shell(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SyncError as error:
            click.echo(f"错误 / error: {error}\n办法 / do: {error.hint}", err=True)
            sys.exit(EXIT_BAD_SETTINGS if isinstance(error, BadSettings) else 1)

    return shell


by_option = click.option(
    "--by",
    default=None,
    help="经办人,默认为登录名 / who does this; the login name where it is left out",
)


def who(by: str | None) -> str:
    """Who is put on record: the name given, or the one logged in with; raises SyncError where there is neither."""
    try:
        return by or getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        raise SyncError("nobody is logged in", hint="加上 --by 姓名 / add --by NAME") from error


@contextmanager
def database(config: Path) -> Iterator[Engine]:
    """The database that `config` names."""
    with serve.opened(County.read(config)) as engine:
        yield engine


def show(table: object) -> None:
    """A table on stdout: as wide as the terminal, or as wide as it needs where there is none."""
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200, soft_wrap=False).print(table)


def say(line: str) -> None:
    """A message for people, on stderr."""
    click.echo(line, err=True)
