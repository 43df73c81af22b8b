"""`station sheets`: paper forms for the day the station is dead, each with a number of its own, as a PDF.

Only wording: the forms are `station_agent.printing.sheets`'. Print some ahead and keep them at the counter. Called by
the `station` group.
"""

from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.commands.paper import digits_option, first_option, font_option, imprint_of, with_extra, write_pages
from station_agent.config import load
from station_agent.counter.papers import MAX_SERIAL, PaperSort, serial_paper_code
from station_agent.printing.fonts import chinese_font
from station_agent.printing.serials import Serials
from station_agent.printing.sheets import Form, sheet_pages

_MAX_EACH = 100


@click.command("sheets")
@config_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("sheets.pdf"), show_default=True)
@click.option(
    "--form",
    "forms",
    multiple=True,
    type=click.Choice([str(form) for form in Form]),
    help="只要这种表 / this form only.",
)
@click.option(
    "--count", type=click.IntRange(1, _MAX_EACH), default=1, show_default=True, help="每种几张 / how many of each."
)
@digits_option
@first_option
@font_option
@in_words
@with_extra
def sheets_command(  # noqa: PLR0917 - click names them
    config: Path, out: Path, forms: tuple[str, ...], count: int, digits: str | None, first: int | None,
    font: Path | None,
) -> None:  # fmt: skip
    """打印停机时手填的登记表 / print the forms to fill by hand while the station is down."""
    settings, _ = load(config)
    font = chinese_font(font)
    wanted = [Form(name) for name in forms or Form for _ in range(count)]
    serials = Serials(settings.data)
    station = serials.station(digits, settings.station.id)
    reserved = serials.reserve(f"form {station}", len(wanted), MAX_SERIAL, first)
    codes = [serial_paper_code(PaperSort.FORM, station, serial) for serial in reserved]
    pages = sheet_pages(list(zip(wanted, codes, strict=True)), imprint_of(settings))
    write_pages(pages, out, f"邮运通 sheets {codes[0]}", font)
