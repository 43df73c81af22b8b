"""`station trace CODE`: one parcel's life here, with its temperatures while it lay in a cold box. A thin command.

It reads the journal beside an agent at work and changes nothing. What it tells holds no personal data.
"""

import json
from pathlib import Path
from typing import Any

import click

from station_agent.coldchain.history import Warmth
from station_agent.coldchain.picture import svg
from station_agent.coldchain.profiles import load_profiles
from station_agent.commands.common import config_option, in_words
from station_agent.config import load
from station_agent.counter.life import document, line, local
from station_agent.journal.reader import JournalFile
from station_agent.tracing import older_is_gone, read_life, read_warmth, subject_of

SVG_HELP = "温度图存到这里,有几段就编号 / write the temperature picture here, numbered where there are several."


@click.command("trace")
@click.argument("code")
@config_option
@click.option("--svg", "picture", type=click.Path(path_type=Path, dir_okay=False), help=SVG_HELP)
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象 / print one JSON object.")
@in_words
def trace_command(config: Path, code: str, picture: Path | None, as_json: bool) -> None:
    """一件包裹的经过:单号、取件码或总包号 / one parcel's life by waybill, pick-up code or bag CODE.

    退出码 / exit status: 0 有记录 / something is known; 1 没有记录 / nothing is.
    """
    from station_agent.box_settings import profiles_path  # noqa: PLC0415 - config imports it lazily too

    settings, _ = load(config)
    journal = JournalFile(settings.journal_path)
    life = read_life(journal, subject_of(journal, code))
    older = older_is_gone(journal)
    stays = read_warmth(journal, life, load_profiles(profiles_path(settings.boxes.profiles)))
    written = _drawn(stays, picture)
    if as_json:
        entries = [document(life, one) for one in life.seen]
        boxes = [_stay_document(stay, path) for stay, path in zip(stays, written, strict=True)]
        told = {"code": life.subject, "entries": entries, "boxes": boxes, "older_at_county": older}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _print(life.subject, [line(life, one) for one in life.seen], stays, written)
        if older:
            click.echo("  更早的记录只在县里 / what is older is at the county alone: county trace")
    raise SystemExit(0 if life.seen else 1)


def _print(subject: str, lines: list[str], stays: list[Warmth], written: list[Path | None]) -> None:
    """For people."""
    click.echo(subject if lines else f"本站没有 {subject} 的记录 / nothing is recorded of {subject} here")
    for each in lines:
        click.echo(f"  {each}")
    for stay, path in zip(stays, written, strict=True):
        click.echo("\n".join(_stay_lines(stay)))
        if path is not None:
            click.echo(f"    图 / picture: {path}")
        elif stay.picture is not None:
            click.echo("    加 --svg 文件名 可画图 / add --svg FILE for the picture")


def _drawn(stays: list[Warmth], picture: Path | None) -> list[Path | None]:
    """Write the pictures; where each lies, None for what was not drawn."""
    written: list[Path | None] = []
    for number, stay in enumerate(stays, start=1):
        if picture is None or stay.picture is None:
            written.append(None)
            continue
        path = picture if number == 1 else picture.with_stem(f"{picture.stem}-{number}")
        try:
            path.write_text(svg(stay.picture), "utf-8")
        except OSError as error:
            hint = "换一个能写的文件夹 / choose a folder you may write to"
            raise click.ClickException(f"{path}: {error.strerror}\n→ {hint}") from error
        written.append(path)
    return written


def _stay_lines(stay: Warmth) -> list[str]:
    """A stay in a box, and its figures."""
    until = local(stay.end_ms) if stay.lying.until is not None else "仍在箱内 / still inside"
    head = f"  冷箱 / box {stay.lying.box}: {local(stay.start_ms)} → {until}"
    if stay.figures is None:
        return [head, "    没有温度记录 / no temperatures are on record"]
    numbers = _figures(stay)
    if not stay.figures.values:
        return [head, f"    没有测到温度,覆盖 / nothing was measured, coverage {numbers['coverage_percent']:g} %"]
    lines = [
        head,
        f"    最低 min {numbers['minimum_c']:g} °C  最高 max {numbers['maximum_c']:g} °C"
        f"  平均 mean {numbers['mean_c']:g} °C",
        f"    超上限 above the range {numbers['degree_minutes']:g} °C·min / {numbers['minutes_above']:g} min"
        f"  覆盖 coverage {numbers['coverage_percent']:g} %  缺口 gaps {numbers['gaps']}",
    ]
    if "mkt_c" in numbers:
        lines.append(f"    平均动力学温度 MKT {numbers['mkt_c']:g} °C")
    return lines


def _figures(stay: Warmth) -> dict[str, Any]:
    """Figures rounded as people read them; MKT only where it says something of the goods."""
    found = stay.figures
    assert found is not None
    numbers: dict[str, Any] = {
        "values": found.values,
        "minimum_c": _rounded(found.minimum_c),
        "maximum_c": _rounded(found.maximum_c),
        "mean_c": _rounded(found.mean_c),
        "degree_minutes": _rounded(found.over.degree_minutes),
        "minutes_above": _rounded(found.over.minutes),
        "method": found.over.method.value,
        "coverage_percent": round(found.coverage_percent, 1),
        "gaps": found.gaps,
        "gap_minutes": _rounded(found.gap_minutes),
    }
    return numbers | {"mkt_c": _rounded(found.mkt_c)} if stay.shows_mkt else numbers


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _stay_document(stay: Warmth, path: Path | None) -> dict[str, Any]:
    """A stay as JSON-ready words."""
    return {
        "box": stay.lying.box,
        "profile": stay.lying.profile,
        "start_ms": stay.start_ms,
        "end_ms": stay.end_ms,
        "inside": stay.lying.until is None,
        "figures": None if stay.figures is None else _figures(stay),
        "svg": None if path is None else str(path),
    }
