"""`station labels`: our own labels for parcels that have none, and for our bags: a PDF, PNGs, or to a label printer.

Only wording and the numbers: the layouts are `station_agent.printing`'s. Numbers are reserved before anything is
printed, so that none ever comes out twice. Called by the `station` group.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.commands.paper import (
    MAX_COUNT,
    digits_option,
    first_option,
    font_option,
    imprint_of,
    with_extra,
    write_pages,
)
from station_agent.config import Settings, load
from station_agent.errors import Unprintable
from station_agent.printing.cards import in_fours
from station_agent.printing.fonts import chinese_font
from station_agent.printing.label import RESOLUTIONS, SIZES_MM, Label, label_page
from station_agent.printing.output import send, write_file
from station_agent.printing.serials import Serials
from station_agent.printing.stickers import Sticker, sticker_pages
from station_agent.waybill import own_bag_code, own_parcel_code
from station_agent.waybill.parts import MAX_BAG_SERIAL, MAX_PARCEL_SERIAL

_KINDS = {
    "parcel": (("自制面单", "parcel"), own_parcel_code, MAX_PARCEL_SERIAL),
    "bag": (("周转袋", "bag"), own_bag_code, MAX_BAG_SERIAL),
}
_ENDINGS = (".pdf", ".png", ".tspl", ".zpl")


@click.command("labels")
@config_option
@click.option("--kind", type=click.Choice(list(_KINDS)), default="parcel", show_default=True, help="贴在哪 / for what.")
@click.option("--count", type=click.IntRange(1, MAX_COUNT), default=24, show_default=True, help="张数 / how many.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("labels.pdf"), show_default=True,
    help="文件,按结尾定格式 / a file; its ending says what: .pdf (A4, 3 x 8), .png, .tspl, .zpl.",
)  # fmt: skip
@click.option(
    "--printer", type=click.Path(path_type=Path, dir_okay=False),
    help="直接送标签打印机,如 /dev/usb/lp0 / send to a label printer's device instead.",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(["tspl", "zpl"]), default="tspl", show_default=True,
    help="打印机的语言 / what the printer speaks.",
)  # fmt: skip
@click.option(
    "--size", type=click.Choice(list(SIZES_MM)), default="60x40", show_default=True,
    help="标签毫米数;40x30 只放得下二维码 / mm; 40x30 has room for a QR only.",
)  # fmt: skip
@click.option(
    "--dpi", type=click.Choice([str(dpi) for dpi in RESOLUTIONS]), default="203", show_default=True,
    help="打印头 / the print head.",
)  # fmt: skip
@digits_option
@first_option
@font_option
@in_words
@with_extra
def labels_command(  # noqa: PLR0917 - click names them
    config: Path, kind: str, count: int, out: Path, printer: Path | None, language: str, size: str, dpi: str,
    digits: str | None, first: int | None, font: Path | None,
) -> None:  # fmt: skip
    """打印自制面单或袋牌 / print labels for parcels that have none, or for bags; no number comes out twice."""
    settings, _ = load(config)
    form = f".{language}" if printer else out.suffix.lower()
    if form not in _ENDINGS:
        hint = f"用这些结尾 / use one of these endings: {' '.join(_ENDINGS)}"
        raise Unprintable(f"不认识的文件格式 / unknown format: {out}", hint=hint)
    font = chinese_font(font)
    codes = _new_codes(settings, kind, count, digits, first)
    imprint, what = imprint_of(settings), _KINDS[kind][0]
    if form == ".pdf":
        stickers = [Sticker(code, what[0], f"{in_fours(code)} · {what[1]}") for code in codes]
        write_pages(sticker_pages(stickers, imprint), out, f"邮运通 labels {codes[0]}", font)
    else:
        labels = [Label(code, what, imprint.station) for code in codes]
        _print(labels, form, size=size, dots_per_mm=RESOLUTIONS[int(dpi)], font=font, out=out, printer=printer)
    click.echo("\n".join(codes))


def _new_codes(settings: Settings, kind: str, count: int, digits: str | None, first: int | None) -> list[str]:
    """Codes nobody has; their numbers are used up from now on."""
    _, code_of, last = _KINDS[kind]
    serials = Serials(settings.data)
    station = serials.station(digits, settings.station.id)
    return [code_of(station, serial) for serial in serials.reserve(f"{kind} {station}", count, last, first)]


def _print(
    labels: Sequence[Label], form: str, *, size: str, dots_per_mm: int, font: Path, out: Path, printer: Path | None
) -> None:
    """Draw labels one by one and bring each to the printer, or all to one file; pictures get a file each."""
    made = (_drawn(label, form, size, dots_per_mm, font) for label in labels)
    if printer is not None:
        for number, (label, content) in enumerate(zip(labels, made, strict=True), start=1):
            click.echo(f"{number}/{len(labels)} {label.code}", err=True)
            send(printer, content)
    elif form == ".png":
        for label, content in zip(labels, made, strict=True):
            write_file(out if len(labels) == 1 else out.with_stem(f"{out.stem}-{label.code}"), content)
    else:
        write_file(out, b"".join(made))


def _drawn(label: Label, form: str, size: str, dots_per_mm: int, font: Path) -> bytes:
    """One label in the form asked for."""
    from station_agent.printing.picture import as_dots, as_png  # noqa: PLC0415
    from station_agent.printing.tspl import as_tspl  # noqa: PLC0415
    from station_agent.printing.zpl import as_zpl  # noqa: PLC0415

    page = label_page(label, size, dots_per_mm)
    if form == ".png":
        return as_png(page, dots_per_mm=dots_per_mm, font=font)
    dots = as_dots(page, dots_per_mm=dots_per_mm, font=font)
    return as_tspl(dots, SIZES_MM[size]) if form == ".tspl" else as_zpl(dots)
