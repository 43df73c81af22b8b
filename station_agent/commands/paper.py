"""What the commands that print share: the extra `labels`, the font, what stands at the foot, the closing words.

Called by `station cards`, `labels` and `sheets`; nothing that draws is imported before one of them runs.
"""

import functools
import importlib.util
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from station_agent import VERSION
from station_agent.config import DEFAULT_PATH, Settings, load
from station_agent.errors import Unprintable
from station_agent.printing.drawing import Imprint, Page
from station_agent.printing.output import write_file

P = ParamSpec("P")
R = TypeVar("R")

MAX_COUNT = 1000
_LIBRARIES = ("fpdf", "segno", "barcode", "PIL")

font_option = click.option(
    "--font",
    type=click.Path(path_type=Path, dir_okay=False),
    help="中文 TrueType 字体 / a Chinese TrueType font.",
)
digits_option = click.option(
    "--station", "digits", help="六位站码,只需给一次 / six digits of this station, given once."
)
first_option = click.option(
    "--first", type=click.IntRange(1), help="从这个号起,换卡后用 / begin at this number, after a new memory card."
)


def with_extra(command: Callable[P, R]) -> Callable[P, R]:
    """Say how to install the libraries that draw, where one is missing, before any number is used up."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
        if missing:
            raise Unprintable(
                f"没有安装打印部分 / the printing part is not installed: {', '.join(missing)}",
                hint="pip install 'youyuntong-station[labels]'",
            )
        return command(*args, **kwargs)

    return wrapped


def settings_or_none(config: Path) -> Settings | None:
    """The configuration; None where nobody wrote one, since cards are printed before a station is set up, too."""
    if config == DEFAULT_PATH and not config.exists():
        return None
    settings, _ = load(config)
    return settings


def imprint_of(settings: Settings | None) -> Imprint:
    """The foot of today's pages."""
    station = "" if settings is None else settings.station.name or settings.station.id
    return Imprint(station, f"{datetime.now().astimezone():%Y-%m-%d}", VERSION)


def write_pages(pages: Sequence[Page], out: Path, title: str, font: Path) -> None:
    """Make a PDF of pages, and say where it is and how to print it."""
    from station_agent.printing.pdf import as_pdf  # noqa: PLC0415 - fpdf2 comes with the extra

    write_file(out, as_pdf(pages, title=title, font=font, created=datetime.now().astimezone()))
    click.echo(
        f"✓ 已写 / written: {out},{len(pages)} 页 pages\n"
        "→ 打印时选“实际大小”,不要缩放 / print at actual size, do not scale to fit",
        err=True,
    )
