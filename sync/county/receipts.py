"""What a driver shows of a handover, held against what the station recorded: `read_shown` and `differences` are pure.

    shown                                       found by
    ------------------------------------------  ---------------------------------------------------------------------
    text of `station receipt`, or of its QR     its last line, the check: the first half of the closing entry's hash
    the check alone, 16 to 64 hex digits        the same
    number of a paper stub (YYT..., or digits)  the stub that was scanned in that handover; it may have been used twice

A check proves that the handover is in the station's chain, as the county has it: nobody can make an entry for a hash he
chose. It proves nothing of the lines above it, which anybody may type: each but the seals is held against the entry. A
line left out is none that is wrong. That the other side confirmed after the receipt was given is told as it is now.

Called by `county receipt`.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, text

from sync.county.database import reading
from sync.county.handover_events import AGREED
from sync.county.heard import read_heard
from sync.entry import Trust

MAX_SHOWN = 4096
"""Characters of a receipt; the longest, of forty bags, has about 3,000."""
MAX_FOUND = 20
"""Handovers shown for one stub."""
CHINA = timedelta(hours=8)

_CHECK = re.compile(r"[0-9a-fA-F]{16,64}")
_CHECK_LINE = re.compile(r"\bcheck\s+([0-9a-fA-F]{16,64})\b")
_STUB = re.compile(r"(?:YYT)?([0-9]{4,16})")
_COLUMNS = """
    chain, sequence, hash, station, kind, handover, receipt, stub, details, recorded_ms, said_ms, trust, corrected_ms,
    uncertainty_ms"""
_by_check = text(f"""
    SELECT {_COLUMNS} FROM handover_event
    WHERE receipt >= :first AND receipt <= :last AND kind <> :agreed
    ORDER BY committed_ms, chain, sequence LIMIT :limit""")  # noqa: S608  # our own text
_by_stub = text(f"""
    SELECT {_COLUMNS} FROM handover_event WHERE stub = :stub AND kind <> :agreed
    ORDER BY committed_ms, chain, sequence LIMIT :limit""")  # noqa: S608  # our own text
_agreed = text("""
    SELECT corrected_ms, said_ms FROM handover_event
    WHERE chain = :chain AND sequence > :sequence AND handover = :handover AND kind = :agreed
    ORDER BY sequence LIMIT 1""")
_is_station = text("SELECT id FROM station WHERE id = :station")


class Shown(NamedTuple):
    """What was shown: a check or a stub's number, "" each where it is none. claims: what the lines of a text say."""

    check: str
    stub: str
    claims: dict[str, str]


class HandoverReceipt(NamedTuple):
    """A handover as the county has it. by: confirmed | one_sided | dropped. bags: their codes.

    entry_ms: the time the receipt shows; at_ms: the best guess at the true time, uncertainty_ms: how far off, None
    where nobody knows. agreed_ms: when the other side confirmed it later, None where it did not. weight_g: of the bags
    that left, None where nobody weighed.
    """

    station: str
    handover: int
    by: str
    check: str
    stub: str
    driver: str
    line: str
    vehicle: str
    bags_in: tuple[str, ...]
    bags_out: tuple[str, ...]
    entry_ms: int
    trust: Trust
    at_ms: int
    uncertainty_ms: int | None
    agreed_ms: int | None
    weight_g: int | None
    chain: int
    sequence: int

    @property
    def is_two_sided(self) -> bool:
        """Whether both sides said that this is what changed hands."""
        return self.by == "confirmed" or self.agreed_ms is not None


class Checked(NamedTuple):
    """The county's word on what was shown. wrong: lines of the text that are not so, by name with what the entry says.

    station: the one a text names that led to nothing, "" for none, is_ours: whether the county knows it, heard_ms:
    until when its record is here, None for never.
    """

    found: tuple[HandoverReceipt, ...]
    wrong: dict[str, str]
    station: str = ""
    is_ours: bool = False
    heard_ms: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether there is such a handover, and all that was shown is so."""
        return bool(self.found) and not self.wrong


def read_shown(words: str) -> Shown:
    """Tell what was shown; what is none of the three has neither check nor stub."""
    words = words[:MAX_SHOWN].strip()
    checks = _CHECK_LINE.findall(words)
    if checks:
        claims = {name: " ".join(sorted(told)) for name, (line, _) in _LINES.items() if (told := line.findall(words))}
        return Shown(checks[-1].lower(), "", claims)
    check = words.lower() if _CHECK.fullmatch(words) else ""
    stub = _STUB.fullmatch(words.upper())
    return Shown(check, stub.group(1) if stub is not None else "", {})


def differences(claims: dict[str, str], found: HandoverReceipt) -> dict[str, str]:
    """The lines of a text that are not so, by name with what the entry says."""
    truths = {name: truth(found) for name, (_, truth) in _LINES.items()}
    return {name: truths[name] for name, claim in claims.items() if claim != truths[name]}


def _local(wall_ms: int) -> str:
    """A time in China, as a receipt has it."""
    try:
        return f"{datetime.fromtimestamp(wall_ms / 1000, UTC) + CHINA:%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return f"{wall_ms} ms"


_BY = {"confirmed": "双方确认", "one_sided": "司机没确认", "dropped": "无人交接"}
"""Who has said what, as the receipt has it."""
_LINES: dict[str, tuple[re.Pattern[str], Callable[[HandoverReceipt], str]]] = {
    "station": (re.compile(r"驿站 station\s+(\S+)"), lambda found: found.station),
    "handover": (re.compile(r"编号 no\.\s*(\S+)"), lambda found: str(found.handover)),
    "time": (re.compile(r"时间 time\s+(\S+ \S+)"), lambda found: _local(found.entry_ms)),
    "line": (re.compile(r"线路 line\s+(\S+)"), lambda found: found.line),
    "vehicle": (re.compile(r"车 vehicle\s+(\S+)"), lambda found: found.vehicle),
    "driver": (re.compile(r"工牌 badge\s+(\S+)"), lambda found: found.driver),
    "stub": (re.compile(r"存根 stub\s+(\S+)"), lambda found: found.stub),
    "bags_in": (re.compile(r"收 in\s+(\S+) 袋"), lambda found: str(len(found.bags_in))),
    "bags_out": (re.compile(r"发 out\s+(\S+) 袋"), lambda found: str(len(found.bags_out))),
    "bags_in_listed": (re.compile(r"收 in\s+(\S+)\s+封志"), lambda found: " ".join(sorted(found.bags_in))),
    "bags_out_listed": (re.compile(r"发 out\s+(\S+)\s+封志"), lambda found: " ".join(sorted(found.bags_out))),
    "weight": (re.compile(r"weight out\s+(\S+ kg)"), lambda found: _kg(found.weight_g)),
    "confirmed": (
        re.compile("双方确认|司机没确认|无人交接"),
        lambda found: _BY[found.by],
    ),
    "confirmed_since": (re.compile("后来已确认"), lambda found: "" if found.agreed_ms is None else "后来已确认"),
}
"""The lines of a receipt that are held against its entry: how each is read, and what it must say."""


def _kg(weight_g: int | None) -> str:
    return "" if weight_g is None else f"{weight_g / 1000:.3f} kg"


def check_shown(engine: Engine, shown: Shown) -> Checked:
    """Look for what was shown; raises LogUnavailable."""
    with reading(engine) as connection:
        found = tuple(_receipt(connection, row) for row in _rows(connection, shown))
        if found:
            # Only a check comes with claims, and only one entry has its hash; in a fork any branch may have been shown.
            wrong = min((differences(shown.claims, each) for each in found), key=len) if shown.claims else {}
            return Checked(found, wrong)
        station = shown.claims.get("station", "")
        is_ours = connection.execute(_is_station, {"station": station}).one_or_none() is not None
        return Checked((), {}, station, is_ours, read_heard(connection, station) if is_ours else None)


def _rows(connection: Connection, shown: Shown) -> list[Row[Any]]:
    of = {"agreed": AGREED, "limit": MAX_FOUND}
    rows: list[Row[Any]] = []
    if shown.check:
        digits = shown.check
        first, last = bytes.fromhex(digits.ljust(64, "0")), bytes.fromhex(digits.ljust(64, "f"))
        rows += connection.execute(_by_check, {"first": first, "last": last, **of}).all()
    if shown.stub and not rows:
        rows += connection.execute(_by_stub, {"stub": shown.stub, **of}).all()
    return rows


def _receipt(connection: Connection, row: Row[Any]) -> HandoverReceipt:
    body = json.loads(row.details)
    weight_g = body.get("weight_g")
    place = {"chain": row.chain, "sequence": row.sequence, "handover": row.handover, "agreed": AGREED}
    agreed = connection.execute(_agreed, place).one_or_none()
    said = {name: str(body.get(name, "")) for name in ("driver", "line", "vehicle")}
    return HandoverReceipt(
        station=row.station,
        handover=row.handover,
        by=row.kind.removeprefix("handover."),
        check=bytes(row.receipt).hex(),
        stub=row.stub,
        bags_in=tuple(body.get("bags_in", ())),
        bags_out=tuple(body.get("bags_out", ())),
        entry_ms=row.said_ms if body.get("salvaged") else row.recorded_ms,
        trust=Trust(row.trust),
        at_ms=row.corrected_ms if row.said_ms is None else row.said_ms,
        uncertainty_ms=row.uncertainty_ms if row.said_ms is None else None,
        agreed_ms=None if agreed is None else agreed.corrected_ms if agreed.said_ms is None else agreed.said_ms,
        weight_g=weight_g if isinstance(weight_g, int) else None,
        chain=row.chain,
        sequence=row.sequence,
        **said,
    )
