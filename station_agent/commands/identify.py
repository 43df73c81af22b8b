"""`station identify CODE`: what a code is, by which rule, for a person at the counter or a program.

Only wording: the answer comes from `station_agent.waybill`. It opens no device and no journal, and never echoes a
refused text, since that may be somebody's payment code or identity number. Called by the `station` group.
"""

import json

import click
import msgspec

from station_agent.waybill import RULES, Candidate, Identification, identify, looks_glued
from station_agent.waybill.kinds import CARRIER_NAMES, CHECK_NAMES, CONFIDENCE_NAMES, KIND_NAMES, REFUSAL_NAMES
from station_agent.waybill.parts import BagParts, PackageParts

_NOBODY = ("无或待定", "none, or to be chosen")
_GLUED = ("像是两个单号连在一起，请分别重扫", "looks like two codes in one, scan each again")


@click.command("identify")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象 / print one JSON object.")
def identify_command(code: str, as_json: bool) -> None:
    """识别单号或袋号 / say what a waybill or bag CODE is, by which rule.

    退出码 / exit status: 0 已识别 / identified, even if its check digit fails; 1 拒收或无法识别 / refused or unknown.
    被拒内容不会显示 / a refused text is never shown.
    """
    found = identify(code)
    glued = looks_glued(code)
    if as_json:
        click.echo(json.dumps(as_document(found, glued=glued), ensure_ascii=False))
    else:
        click.echo("\n".join(as_lines(found, glued=glued)))
    raise SystemExit(1 if found.refused is not None or found.rule == "" else 0)


def as_document(found: Identification, *, glued: bool) -> dict[str, object]:
    """Return the answer as JSON-ready words: every field of the identification, sentences of rules, glued."""
    document: dict[str, object] = msgspec.to_builtins(found)
    candidates = [msgspec.to_builtins(one) | {"says": RULES[one.rule].says[1]} for one in found.candidates]
    return document | {"candidates": candidates, "glued": glued, "needs_choice": found.needs_choice}


def as_lines(found: Identification, *, glued: bool) -> list[str]:
    """Return the answer as lines for people, Chinese first, English second."""
    if found.refused is not None:
        return [_line("拒收", "refused", REFUSAL_NAMES[found.refused]), f"长度 length: {found.length}"]
    lines = [
        f"单号 code: {found.code}",
        f"{_line('种类', 'kind', KIND_NAMES[found.kind])} [{found.kind}]",
        _line("有效", "valid", ("是", "yes") if found.valid else ("否", "no")),
        _line("承运", "carrier", CARRIER_NAMES[found.carrier] if found.carrier else _NOBODY),
    ]
    if found.rule:
        lines.append(_line("校验", "check", CHECK_NAMES[found.check]))
        lines.append(f"{_line('规则', 'rule', RULES[found.rule].says)} [{found.rule}]")
    if found.confidence is not None:
        lines.append(_line("把握", "confidence", CONFIDENCE_NAMES[found.confidence]))
    lines += _parts_lines(found)
    lines += [f"  {place}. {_candidate(one)}" for place, one in enumerate(found.candidates, 1)]
    if glued:
        lines.append(_line("注意", "note", _GLUED))
    return lines


def _line(chinese: str, english: str, said: tuple[str, str]) -> str:
    return f"{chinese} {english}: {said[0]} / {said[1]}"


def _candidate(one: Candidate) -> str:
    """Say one candidate: who or what, how sure, and the rule's sentence in both languages."""
    name = CARRIER_NAMES[one.carrier] if one.carrier else KIND_NAMES[one.kind]
    sure = CONFIDENCE_NAMES[one.confidence]
    says = RULES[one.rule].says
    return f"{name[0]} {name[1]}（{sure[0]} {sure[1]}）: {says[0]} / {says[1]} [{one.rule}]"


def _parts_lines(found: Identification) -> list[str]:
    """Say what is printed inside a bag's or package's code."""
    parts = found.parts
    if isinstance(parts, BagParts):
        weight = "—" if parts.printed_weight_g is None else f"{parts.printed_weight_g / 1000:.1f} kg"
        route = f"{parts.origin} → {parts.destination}" if parts.destination else parts.origin
        return [f"总包 bag: {route}，号 no. {parts.number}，标签重量 printed weight {weight}"]
    if isinstance(parts, PackageParts):
        return [f"件 piece: {parts.sequence}/{parts.total}，运单 waybill {parts.waybill}"]
    return []
