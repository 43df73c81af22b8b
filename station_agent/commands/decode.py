"""`station decode PICTURE...`: the codes in pictures, how each was read and why it counts or does not.

Only wording: the chain is `drivers.camera`'s, the carrier rule `station_agent.waybill`'s. A refused text (somebody's
payment code or identity number) is not shown. Several pictures of one label confirm each other. Called by the `station`
group.
"""

import json
import sys
import time
from pathlib import Path

import click

from drivers.camera.chain import Chain, Confirmation, Found, Sureness
from drivers.camera.health import camera_health
from drivers.camera.process import Decoding, decode
from drivers.errors import PortUnavailable
from station_agent.commands.common import in_words
from station_agent.waybill import identify
from station_agent.waybill.kinds import REFUSAL_NAMES
from station_agent.waybill.sure import surely_waybill

_SURENESS = {
    Sureness.SURE: ("可信", "sure"),
    Sureness.CONFIRMED: ("已验证", "confirmed"),
    Sureness.UNSURE: ("未验证,不算数", "unsure, does not count"),
}
_CONFIRMATIONS = {
    Confirmation.SECOND_DECODER: ("两种解码一致", "second decoder"),
    Confirmation.SECOND_FRAME: ("两张照片一致", "second picture"),
    Confirmation.CHECK_DIGIT: ("校验位", "check digit"),
    Confirmation.CARRIER_RULE: ("单号规则", "carrier rule"),
}


@click.command("decode")
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 数组 / print one JSON array.")
@in_words
def decode_command(pictures: tuple[Path, ...], as_json: bool) -> None:
    """从照片里读码 / read the codes in pictures of damaged labels.

    退出码 / exit status: 0 读到 / something that counts was read; 1 没有 / nothing, or no decoder.
    """
    documents, counted = _read_all(pictures, say=not as_json)
    if as_json:
        click.echo(json.dumps(documents, ensure_ascii=False))
    for missing in (part for part in camera_health() if not part.present):
        click.echo(f"缺少 / missing {missing.name}: {missing.used_for}\n→ {missing.install}", err=True)
    sys.exit(0 if counted else 1)


def _read_all(pictures: tuple[Path, ...], *, say: bool) -> tuple[list[dict[str, object]], bool]:
    """Take every picture through one chain; return documents, and whether anything counted."""
    decoding = Decoding()
    documents: list[dict[str, object]] = []
    counted = False
    try:
        chain = Chain(decoding.steps(), surely_waybill)
        for picture in pictures:
            error, found = "", list[Found]()
            try:
                found = decode(picture, chain, decoding, time.monotonic())
            except PortUnavailable as unread:
                error = f"{unread} → {unread.hint}"
            counted |= any(one.counts for one in found)
            documents.append(
                {"picture": str(picture), "error": error or None, "codes": [as_document(f) for f in found]}
            )
            if say:
                click.echo("\n".join([f"{picture}:", *(f"  {line}" for line in as_lines(found, error))]))
    finally:
        decoding.close()
    return documents, counted


def as_document(found: Found) -> dict[str, object]:
    """Return one code as JSON-ready words; a refused code is None, with the reason."""
    refused = identify(found.read.code).refused
    return {
        "code": None if refused else found.read.code,
        "refused": refused,
        "symbology": found.read.symbology,
        "step": found.read.step,
        "confidence": found.sureness,
        "confirmed_by": found.confirmed_by,
        "counts": found.counts,
    }


def as_lines(found: list[Found], error: str) -> list[str]:
    """Return the codes of one picture as lines for people, Chinese first."""
    if error:
        return [f"错误 / error: {error}"]
    return [_line(one) for one in found] or ["没读到码 / no code found"]


def _line(found: Found) -> str:
    refused = identify(found.read.code).refused
    code = f"[{' / '.join(REFUSAL_NAMES[refused])}]" if refused else found.read.code
    words = [" / ".join(_SURENESS[found.sureness])]
    if found.confirmed_by is not None:
        words.append(" / ".join(_CONFIRMATIONS[found.confirmed_by]))
    return f"{code}  {found.read.symbology}  步骤 step: {found.read.step}  {', '.join(words)}"
