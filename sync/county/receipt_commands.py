"""`county receipt`: is what a driver shows of a handover so? A shell over `receipts`."""

import sys
from pathlib import Path

import click

from sync.county import report
from sync.county.project import waiting_chains
from sync.county.receipts import MAX_SHOWN, Checked, Shown, check_shown, read_shown
from sync.county.terminal import database, say, told


@click.command("receipt")
@click.argument("check", default="-")
@click.option("--json", "as_json", is_flag=True, help="供程序使用 / for programs")
@click.pass_obj
@told
def receipt_command(config: Path, check: str, as_json: bool) -> None:
    """核对司机的交接回执 / hold a driver's receipt of a handover against the record.

    CHECK: 回执的二维码或全文、核对码、存根编号;不写或写 - 从标准输入读。
    The text of the receipt or of its QR, its check alone, or the number of a paper stub; without it, or "-", stdin.

    退出码 / exit status: 0 属实 / it is so; 1 查不到或有不符 / there is none, or something in it is not so.
    """
    shown = read_shown(sys.stdin.read(MAX_SHOWN) if check == "-" else check)
    with database(config) as engine:
        checked = check_shown(engine, shown)
        behind = len(waiting_chains(engine))
    if behind:
        say(f"注意:{behind} 条链尚未整理,结果可能不全 / {behind} chain(s) not yet in the tables; run: county project")
    if as_json:
        click.echo(report.receipt_json(checked))
    for line in () if as_json else report.receipt_lines(checked):
        click.echo(line)
    if not checked.found:
        _say_none(shown, checked)
    elif checked.wrong:
        say("! 回执与记录不符,以记录为准 / the receipt differs from the record; the record holds")
    if not checked.is_good:
        sys.exit(1)


def _say_none(shown: Shown, checked: Checked) -> None:
    """There is no such receipt, and what to do."""
    if not shown.check and not shown.stub:
        say("看不懂 / this is no receipt")
        say("→ 扫回执二维码,或输入 16 位核对码、存根编号 / scan the QR, or type its 16-digit check or a stub's number")
        return
    say("没有这张回执 / no such receipt")
    if checked.station and not checked.is_ours:
        say(f"→ {report.plain(checked.station)} 不是本县站点 / is no station of this county")
    elif checked.station:
        until = "从没收到 never" if checked.heard_ms is None else report.local_time(checked.heard_ms)
        say(
            f"→ {checked.station} 的记录收到 {until} 为止;更晚的等它联网再查 / its record is here until then; ask later"
        )
    else:
        say("→ 核对号码;站点没联网时记录还没到,见 county station list / compare the digits; a station's record may")
        say("  not be here yet: county station list shows when each was last heard")
