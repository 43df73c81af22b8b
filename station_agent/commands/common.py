"""What several commands share: the --config option, and the one place where errors become words and exit codes."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from drivers.errors import DriverError
from station_agent.config import DEFAULT_PATH
from station_agent.errors import StationError
from sync.errors import SyncError
from sync.settings import EXIT_BAD_SETTINGS, BadSettings

P = ParamSpec("P")
R = TypeVar("R")

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_PATH,
    envvar="YYT_CONFIG",
    show_default=True,
    help="配置文件 / configuration file.",
)


def in_words(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors we know into one message, what to do, and an exit code; anything else is raised as it is."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BadSettings as error:
            click.echo(f"{error}\n→ {error.hint}", err=True)
            sys.exit(EXIT_BAD_SETTINGS)
        except (StationError, SyncError, DriverError) as error:
            click.echo(f"错误 / error: {error}\n→ {error.hint}", err=True)
            sys.exit(1)

    return wrapped
