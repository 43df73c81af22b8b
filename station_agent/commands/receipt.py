"""`station receipt [NUMBER]`: the driver's receipt of a handover, as text and as a QR for his telephone.

A thin command: it reads the journal beside an agent at work and changes nothing. Called by the `station` group.
"""

from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.commands.paper import with_extra
from station_agent.config import load
from station_agent.counter.receipt import Closed, Receipt, Receipts, qr_text, text
from station_agent.errors import Unprintable
from station_agent.journal.reader import JournalFile
from station_agent.printing.output import write_file
from sync.entry import Lane

_ENDINGS = (".png", ".svg")


@click.command("receipt")
@click.argument("number", type=click.IntRange(min=1), required=False)
@config_option
@click.option(
    "--qr", type=click.Path(path_type=Path, dir_okay=False),
    help="二维码存到这里,.png 或 .svg / write the QR here; its ending says what: .png or .svg.",
)  # fmt: skip
@in_words
def receipt_command(config: Path, number: int | None, qr: Path | None) -> None:
    """司机的交接回执,不写编号是最近一次 / a handover's receipt for the driver; without NUMBER the last one.

    退出码 / exit status: 0 有 / there is one; 1 没有 / there is none.
    """
    settings, _ = load(config)
    if qr is not None and qr.suffix.lower() not in _ENDINGS:
        hint = f"用这些结尾 / use one of these endings: {' '.join(_ENDINGS)}"
        raise Unprintable(f"不认识的文件格式 / unknown format: {qr}", hint=hint)
    receipt = _read(settings.journal_path, number)
    if receipt is None:
        which = f"编号 {number} / no. {number}" if number is not None else "一次也没有 / none at all"
        hint = "交接完成时会说编号;没有总包的交接没有回执 / the number is said when a handover is done"
        raise click.ClickException(f"没有这次交接 / no such handover: {which}\n→ {hint}")
    station = " ".join(filter(None, (settings.station.id, settings.station.name)))
    click.echo(text(receipt, station))
    if qr is not None:
        _write_qr(qr_text(receipt, station), qr)


def _read(path: Path, number: int | None) -> Receipt | None:
    """The receipt, from the custody entries of all epochs, older ones first."""
    receipts, journal = Receipts(), JournalFile(path)
    try:
        for head in journal.heads():
            if head.lane is not Lane.CUSTODY:
                continue
            for entry in journal.every(head.chain):
                header = entry.read_header()
                if not header.kind.startswith(("handover.", "bag.")):
                    continue
                body = entry.read_body()
                if number is None or body.get("handover") == number:
                    receipts.take(Closed(header.kind, body, header.recorded_ms, header.trust, entry.hash))
    finally:
        journal.close()
    return receipts.of(number)


@with_extra
def _write_qr(content: str, path: Path) -> None:
    """The QR as a file to show or to print."""
    from station_agent.printing.symbols import qr_picture  # noqa: PLC0415 - segno comes with the extra

    write_file(path, qr_picture(content, path.suffix.lower().lstrip(".")))
