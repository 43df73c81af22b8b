"""What the line to the county cost, today and this month, for `station status`. Pure, over what link.db tells."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from sync.usage import Used, day_of

_NAMES = {"custody": "包裹 / parcels", "telemetry": "温度 / telemetry", "link": "连接 / link"}


class UsageBook(Protocol):
    """Where the cost of the line is kept."""

    def usage(self, since_day: int) -> list[Used]:
        """What the line cost from a day on."""


def line_usage(book: UsageBook | None, now_ms: int) -> dict[str, dict[str, int]]:
    """Bytes both ways by purpose, under "today" and "month"; without a book nothing is known and all is empty."""
    today = day_of(now_ms)
    date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=today)
    found: dict[str, dict[str, int]] = {"today": {}, "month": {}}
    for used in book.usage(today - (date.day - 1)) if book is not None else []:
        for span in ("month", "today") if used.day == today else ("month",):
            found[span][used.purpose] = found[span].get(used.purpose, 0) + used.up + used.down
    return found


def usage_lines(usage: dict[str, dict[str, int]], daily_bytes: int | None) -> list[str]:
    """The same for people."""
    lines = []
    for span, said in (("today", "今天 / today"), ("month", "本月 / this month")):
        parts = "  ".join(f"{_NAMES.get(name, name)} {count:,} B" for name, count in sorted(usage[span].items()))
        of = f" / {daily_bytes:,} B" if span == "today" and daily_bytes is not None else ""
        lines.append(f"流量 / line {said}: {sum(usage[span].values()):,} B{of}  {parts}".rstrip())
    return lines
