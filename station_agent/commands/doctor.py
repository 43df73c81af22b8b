"""`station doctor`: looks at everything and says what to repair; for a technician, by eye or with --json."""

import json
import os
import sys
from pathlib import Path

import click

from station_agent.commands.common import config_option, in_words
from station_agent.config import load
from station_agent.doctor import examine
from station_agent.findings import Finding, State
from sync.settings import BadSettings

_MARKS = {State.OK: "✓", State.LOOK: "!", State.BAD: "✗"}
_HUES = {State.OK: "green", State.LOOK: "yellow", State.BAD: "red"}


@click.command("doctor")
@config_option
@click.option("--json", "as_json", is_flag=True, help="每行一个 JSON / one JSON object a line.")
@in_words
def doctor_command(config: Path, as_json: bool) -> None:
    """检查驿站,给出修法 / look at the station and say what to repair; exit status 1 when something does not work."""
    try:
        settings, devices = load(config)
    except BadSettings as mistakes:
        if as_json:
            for fault in mistakes.faults:
                seen = f"{fault.key or fault.file}: {fault.found};应为 / expected {fault.expected}"
                click.echo(_json(Finding("配置 config", State.BAD, seen, fault.hint)))
        raise
    findings = []
    for finding in examine(settings, devices):
        findings.append(finding)
        click.echo(_json(finding) if as_json else _lines(finding))
    worst = any(finding.state is State.BAD for finding in findings)
    if not as_json:
        looks = sum(finding.state is State.LOOK for finding in findings)
        bad = sum(finding.state is State.BAD for finding in findings)
        click.echo(f"\n{bad} 处不通,{looks} 处要看 / {bad} broken, {looks} to look at")
    raise SystemExit(1 if worst else 0)


def _json(finding: Finding) -> str:
    return json.dumps(finding._asdict(), ensure_ascii=False)


def _lines(finding: Finding) -> str:
    """One finding, its repair on a line of its own; colour only where a terminal wants it."""
    mark = f"[{_MARKS[finding.state]}]"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        mark = click.style(mark, fg=_HUES[finding.state])
    line = f"{mark} {finding.part}: {finding.seen}"
    return f"{line}\n      → {finding.repair}" if finding.repair else line
