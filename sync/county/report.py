"""What the command line prints: tables for people, JSON for programs. Chinese first. Called by `cli`."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rich.markup import escape
from rich.table import Table

from sync.badge import Standing as BadgeStanding
from sync.county.arrivals import Standing, Trip
from sync.county.arrivals import standing as trip_standing
from sync.county.badges import BadgeRecord
from sync.county.lists import ListSummary
from sync.county.receipts import Checked, HandoverReceipt
from sync.county.register import State, StationSummary
from sync.county.trace import ParcelEvent
from sync.entry import Header, Lane, Trust
from sync.lists import EVERYBODY

TRUST = {
    Trust.UNKNOWN: "未知 unknown",
    Trust.KEPT: "保持 kept",
    Trust.SYNCHRONISED: "已同步 synchronised",
}
"""How far a time can be believed, in words."""

KINDS = {
    "parcel.received": "入库 received",
    "parcel.weighed": "称重 weighed",
    "parcel.collected": "取走 collected",
}
"""Kinds people meet most; others are shown as they are."""


BREAKS = {
    "broken": "账本损坏 broken",
    "lost": "账本丢失 lost",
    "rolled_back": "账本退回 rolled back",
    "fork": "分叉 fork",
    "provisioned": "重新建账 set up anew",
    "restored": "县里账退回太久 this county was restored too late",
}
"""Why a station's record does not go on from where it was; each asks for a stock-take and a question."""


def local_time(ms: int) -> str:
    """Local time for people, to the second."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def since(then_ms: int | None, now_ms: int) -> str:
    """How long ago, in the largest unit that says enough."""
    if then_ms is None:
        return "从未 never"
    seconds = max(now_ms - then_ms, 0) // 1000
    for size, name in ((86_400, "天 d"), (3600, "时 h"), (60, "分 min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} 秒 s"


def within(uncertainty_ms: int | None) -> str:
    """How far off a time may be, in the largest unit that says enough."""
    if uncertainty_ms is None:
        return "不明 unknown"
    return f"± {since(0, uncertainty_ms + 999)}"


def worst_first(stations: Iterable[StationSummary]) -> list[StationSummary]:
    """Forks, then breaks, then those never heard, then those silent longest."""
    return sorted(
        stations,
        key=lambda each: (each.forks == 0, not each.breaks, each.heard_ms is not None, each.heard_ms or 0, each.id),
    )


def gone_told(each: StationSummary) -> list[str]:
    """What nobody has any more, in words; nothing where that is nothing."""
    return [f"永缺业务 {each.gone:,} 条 custody entries gone for good"] if each.gone else []


def station_table(stations: list[StationSummary], now_ms: int) -> Table:
    """One line a station, in the order given."""
    table = Table(box=None, pad_edge=False)
    for title in ("站点\nstation", "名称\nname", "最近\nlast heard"):
        table.add_column(title, no_wrap=True)
    for title in ("业务条数\ncustody", "遥测条数\ntelemetry", "分叉\nforks", "密钥\nkeys", "封存\nseals"):
        table.add_column(title, justify="right")
    table.add_column("断账\nbreaks")
    table.add_column("自报(仅供参考)\nits own word, a hint")
    for each in stations:
        forks = f"[bold red]{each.forks}[/]" if each.forks else "0"
        keys = str(each.keys) if each.keys else "[yellow]已吊销 revoked[/]"
        counts = (f"{each.entries(lane):,}" for lane in Lane)
        seals = "✓" if each.seals else "[yellow]无 none[/]"
        told = ", ".join([*(BREAKS.get(reason, reason or "?") for reason in each.breaks), *gone_told(each)])
        last = (forks, keys, seals, f"[bold red]{told}[/]" if told else "", state_text(each.state, now_ms))
        table.add_row(each.id, escape(plain(each.name)), since(each.heard_ms, now_ms), *counts, *last)
    return table


def state_text(state: State | None, now_ms: int) -> str:
    """What a station last said of itself, for a cell of a table."""
    if state is None:
        return ""
    there = "在线 online" if state.online else f"[yellow]离线 offline[/] {since(state.since_ms, now_ms)}"
    boxes = ", ".join(escape(plain(box)) for box in state.alarms)
    alarms = f" [bold red]冷箱报警 cold box alarm: {boxes}[/]" if boxes else ""
    return f"{there} {escape(plain(state.version))}{alarms}"


def stations_json(stations: Iterable[StationSummary]) -> str:
    """All that is known, for programs; times in milliseconds since 1970 UTC."""
    return _json([_station(each) for each in stations])


def _station(each: StationSummary) -> dict[str, Any]:
    chains = [
        {
            "epoch": chain.epoch.hex(),
            "lane": chain.lane.name.lower(),
            "entries": chain.entries,
            "tip": chain.tip,
            "forks": chain.forks,
            "gone": chain.dropped,
            "heard_ms": chain.heard_ms,
        }
        for chain in each.chains
    ]
    return {
        "id": each.id,
        "name": each.name,
        "added_ms": each.added_ms,
        "keys": each.keys,
        "seals": each.seals,
        "heard_ms": each.heard_ms,
        "custody": each.entries(Lane.CUSTODY),
        "telemetry": each.entries(Lane.TELEMETRY),
        "forks": each.forks,
        "gone": each.gone,
        "breaks": list(each.breaks),
        "state": None if each.state is None else asdict(each.state),
        "openings": [{"epoch": opening.epoch.hex(), "reason": opening.reason} for opening in each.openings],
        "chains": chains,
    }


def parcel_table(events: list[ParcelEvent]) -> Table:
    """One line an event, in the order given."""
    table = Table(box=None, pad_edge=False)
    for title in (
        "时间\ntime",
        "误差\nwithin",
        "时钟\nclock",
        "站点\nstation",
        "事件\nevent",
        "内容\ndetails",
        "凭证\nentry",
    ):
        table.add_column(title, no_wrap=title.startswith(("时间", "凭证")))
    for event in events:
        entry = f"{event.sequence}:{event.hash.hex()[:12]}" + (" [red]分叉 fork[/]" if event.forked else "")
        details = " ".join(f"{key}={value}" for key, value in json.loads(event.details).items())
        kind = KINDS.get(event.kind, escape(plain(event.kind)))
        shown = escape(plain(details))
        time = (local_time(event.corrected_ms), within(event.uncertainty_ms), TRUST[event.trust])
        table.add_row(*time, event.station, kind, shown, entry)
    return table


def parcel_json(waybill: str, events: Iterable[ParcelEvent]) -> str:
    """The same for programs."""
    rows = [
        {
            "station": event.station,
            "recorded_ms": event.recorded_ms,
            "clock": event.trust.name.lower(),
            "corrected_ms": event.corrected_ms,
            "uncertainty_ms": event.uncertainty_ms,
            "kind": event.kind,
            "details": json.loads(event.details),
            "chain": event.chain,
            "sequence": event.sequence,
            "hash": event.hash.hex(),
            "forked": event.forked,
        }
        for event in events
    ]
    return _json({"waybill": waybill, "events": rows})


def list_table(lists: list[ListSummary], now_ms: int) -> Table:
    """One line a list, in the order given."""
    table = Table(box=None, pad_edge=False)
    for title in ("清单\nlist", "站点\nstation", "发布于\nput up", "经办\nby", ""):
        table.add_column(title, no_wrap=True)
    for title in ("版本\nversion", "字节\nbytes", "已收到\nhave it"):
        table.add_column(title, justify="right")
    for each in lists:
        scope = "全部 all" if each.scope == EVERYBODY else each.scope
        down = "" if each.content_bytes else "[yellow]已撤下 taken down[/]"
        put_by = escape(plain(each.put_by))
        figures = (str(each.version), f"{each.content_bytes:,}", str(each.holders))
        table.add_row(each.name, scope, since(each.put_ms, now_ms), put_by, down, *figures)
    return table


def lists_json(lists: Iterable[ListSummary]) -> str:
    """The same for programs."""
    return _json([each._asdict() for each in lists])


def day_text(day: int) -> str:
    """A day since 1970 as people write it."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


_STANDINGS = {
    BadgeStanding.VALID: "有效 valid",
    BadgeStanding.EXPIRED: "已过期 expired",
    BadgeStanding.NOT_YET: "未到期 not yet",
    BadgeStanding.REVOKED: "[red]已吊销 revoked[/]",
}


def badge_table(badges: Iterable[BadgeRecord], today: int) -> Table:
    """One line a badge, in the order given."""
    table = Table(box=None, pad_edge=False)
    for title in ("编号\nid", "岗位\nrole", "线路/站点\nplace", "起\nfrom", "止\nuntil", "状态\nstanding"):
        table.add_column(title, no_wrap=True)
    for title in ("持证人\nholder", "经办\nby"):
        table.add_column(title)
    for each in badges:
        days = (day_text(each.first_day), day_text(each.last_day))
        people = (escape(plain(each.holder)), escape(plain(each.made_by)))
        standing = _STANDINGS[each.standing(today)]
        table.add_row(str(each.id), each.role.name.lower(), each.place, *days, standing, *people)
    return table


def badges_json(badges: Iterable[BadgeRecord]) -> str:
    """The same for programs; days counted from 1970-01-01."""
    return _json([asdict(each) | {"role": each.role.name.lower()} for each in badges])


_TRIPS = {
    Standing.CAME_IN: "已到 came in",
    Standing.LATE: "[red]未到 late[/]",
    Standing.UNDER_WAY: "在途 under way",
    Standing.ELSEWHERE: "超时,目的地不是本县站点 overdue, bound for no station of this county",
    Standing.NOWHERE: "超时,没说去哪 overdue, nobody said where it goes",
}


def trip_table(trips: Iterable[Trip], now_ms: int) -> Table:
    """One line a trip of a bag, in the order given."""
    table = Table(box=None, pad_edge=False)
    titles = ("袋号\nbag", "发出站\nfrom", "发出\nleft", "去往\nto", "应到\ndue", "到达\ncame in", "地点\nat")
    for title in titles:
        table.add_column(title, no_wrap=True)
    table.add_column("状态\nstanding")
    for each in trips:
        due, seen = ("" if ms is None else local_time(ms) for ms in (each.due_ms, each.seen_ms))
        bag, station, bound, at = (escape(plain(code)) for code in (each.bag, each.station, each.bound, each.at))
        table.add_row(bag, station, local_time(each.left_ms), bound, due, seen, at, _trip_text(each, now_ms))
    return table


def _trip_text(trip: Trip, now_ms: int) -> str:
    """How a trip stands; of a place that was not heard since its time was over nothing is concluded."""
    standing = trip_standing(trip, now_ms)
    if standing is not Standing.UNHEARD:
        return _TRIPS[standing]
    bound = escape(plain(trip.bound))
    if trip.bound_heard_ms is None:
        return f"超时,{bound} 从没消息 overdue, {bound} was never heard from"
    heard = local_time(trip.bound_heard_ms)
    return f"超时,{bound} 自 {heard} 没消息 overdue, {bound} not heard from since {heard}"


def trips_json(trips: Iterable[Trip], now_ms: int) -> str:
    """The same for programs; times in milliseconds since 1970 UTC."""
    return _json([{**each._asdict(), "standing": trip_standing(each, now_ms).value} for each in trips])


_BOTH_SIDES = {
    "confirmed": "双方确认 confirmed by both",
    "one_sided": "司机没确认 not confirmed by the driver",
    "dropped": "无人交接 nobody of the other side was here",
}


def receipt_lines(checked: Checked) -> list[str]:
    """Each handover that was found, for people, and what was shown of it that is not so."""
    lines = [line for each in checked.found for line in _receipt_lines(each)]
    wrong = [f"! {name}: 记录是 the record says {truth or '没有 nothing'}" for name, truth in checked.wrong.items()]
    return [plain(line) for line in (*lines, *wrong)]


def _receipt_lines(each: HandoverReceipt) -> list[str]:
    sides = _BOTH_SIDES[each.by]
    if each.agreed_ms is not None:
        sides += f",{local_time(each.agreed_ms)} 对方确认 confirmed since"
    said = (
        ("工牌 badge", each.driver),
        ("线路 line", each.line),
        ("车 vehicle", each.vehicle),
        ("存根 stub", each.stub),
    )
    return [
        f"✓ {each.station} 交接 handover {each.handover}  {sides}",
        f"  时间 time {local_time(each.at_ms)}  误差 within {within(each.uncertainty_ms)}",
        "  " + "  ".join(f"{words} {value or '-'}" for words, value in said),
        f"  收 in {len(each.bags_in)} 袋 bags {' '.join(each.bags_in)}".rstrip(),
        f"  发 out {len(each.bags_out)} 袋 bags {' '.join(each.bags_out)}".rstrip(),
        f"  核对码 check {each.check}",
    ]


def receipt_json(checked: Checked) -> str:
    """The same for programs; times in milliseconds since 1970 UTC."""
    found = [
        {**each._asdict(), "trust": each.trust.name.lower(), "two_sided": each.is_two_sided} for each in checked.found
    ]
    return _json({**checked._asdict(), "good": checked.is_good, "found": found})


def entry_json(header: Header, body: dict[str, Any] | None, entry_hash: bytes) -> str:
    """One entry on one line; body None where it cannot be read."""
    fields = {
        "epoch": header.epoch.hex(),
        "lane": header.lane.name.lower(),
        "sequence": header.sequence,
        "boot": header.boot,
        "recorded_ms": header.recorded_ms,
        "clock": header.trust.name.lower(),
        "kind": header.kind,
        "body": body,
        "hash": entry_hash.hex(),
    }
    return json.dumps(fields, ensure_ascii=False, default=repr)


def entry_line(header: Header, body: dict[str, Any] | None, entry_hash: bytes) -> str:
    """One entry on one line, for people."""
    shown = "无法解读 unreadable" if body is None else " ".join(f"{key}={value}" for key, value in body.items())
    place = f"{header.lane.name.lower():9} {header.sequence:>8} {entry_hash.hex()[:12]}"
    return plain(f"{place}  {local_time(header.recorded_ms)} {TRUST[header.trust]}  {header.kind}  {shown}")


def plain(text: str) -> str:
    """Text that came from outside, with nothing in it that moves a terminal."""
    return "".join(letter if letter.isprintable() else "·" for letter in text)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
