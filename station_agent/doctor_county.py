"""The doctor's looks at what came down from the county and what it seals to. Shows nothing personal, only how much.

Called by `doctor.py`.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator

from station_agent.config import Settings
from station_agent.county_word import DAY_MS, SealKey, county_word, open_link
from station_agent.errors import StationError
from station_agent.findings import Finding, State
from station_agent.journal.reader import JournalFile

SILENT_DAYS = 7
"""Weeks without network lose nothing; after one somebody should know of it."""


def look_at_word(settings: Settings) -> Iterator[Finding]:
    """Silence, sealing key, recipients known, and every list held."""
    try:
        with contextlib.ExitStack() as stack:
            journal = stack.enter_context(contextlib.closing(JournalFile(settings.journal_path)))
            link = open_link(settings)
            if link is not None:
                stack.callback(link.close)
            word = county_word(settings, link, journal)
    except (StationError, sqlite3.DatabaseError):
        return  # the journal's own look has told it
    now_ms = time.time_ns() // 1_000_000
    yield _heard(word.silent_days(now_ms))
    yield _seal_key(word.seal_key)
    yield Finding("收件人 recipients", State.OK, f"{word.contacts} 份联系方式 / contacts kept")
    for each in word.lists:
        part = f"清单 {each.name}"
        age = max(0, now_ms - each.at_ms) // DAY_MS
        seen = f"版本 / version {each.version},{age} 天前 / days ago,{each.items} 条 / items"
        yield Finding(part, State.LOOK if each.trouble else State.OK, seen, each.trouble)


def _heard(days: int | None) -> Finding:
    part = "联系县里 heard"
    repair = "看网络和 station sync;数据不会丢 / look at network and `station sync`; nothing is lost"
    if days is None:
        return Finding(part, State.LOOK, "从未 / never", repair)
    seen = f"{days} 天前 / days ago"
    return Finding(part, State.LOOK, seen, repair) if days >= SILENT_DAYS else Finding(part, State.OK, seen)


def _seal_key(key: SealKey) -> Finding:
    part = "封存密钥 sealing key"
    again = "然后 station enrolment,请县中心重新登记 / then `station enrolment`, and have the county add it again"
    match key:
        case SealKey.PRESENT:
            return Finding(part, State.OK, "在 / present")
        case SealKey.MISSING:
            return Finding(part, State.LOOK, "没有 / missing", f"启动 station run 会生成 / its start makes one;{again}")
        case SealKey.DAMAGED:
            return Finding(part, State.LOOK, "损坏 / damaged", f"移走后重启 / move it away and restart;{again}")
