"""The county's badges: issues them, and takes them back by way of the list `badges.revoked`.

The text of a badge is not kept: whoever has it has the badge. Each number is given once; who lost a badge gets another
number. Whose a badge was is forgotten in time (`forget_holders`); the number stays, since entries name it. A shell over
the database; called by the command line.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from sync.badge import Role, Standing, day_of, make_badge, on_day
from sync.contents import MAX_REVOKED, RevokedBadges, pack_content
from sync.county import schema
from sync.county.database import insert_new, reading, writing
from sync.county.lists import put_list_in
from sync.errors import SyncError
from sync.keys import SigningKey
from sync.lists import EVERYBODY

_new_badge = insert_new(
    schema.badge, "id", "role", "place", "first_day", "last_day", "has_pin", "holder", "made_ms", "made_by"
)
_next = text("SELECT coalesce(max(id), 0) + 1 FROM badge")
_all = text("""
    SELECT id, role, place, first_day, last_day, has_pin, holder, made_ms, made_by, revoked_ms, revoked_by
    FROM badge ORDER BY id""")
_revoke = text("UPDATE badge SET revoked_ms = :now_ms, revoked_by = :by WHERE id = :id AND revoked_ms IS NULL")
_forget = text("UPDATE badge SET holder = '' WHERE last_day < :before AND holder <> ''")
# "by" is a word of SQL.
_erased = text("""
    INSERT INTO erasure (at_ms, "by", before_ms, waybills, entries, finished_ms)
    VALUES (:now_ms, :by, :before_ms, 0, :count, :now_ms)""")
_known = text("SELECT 1 FROM badge WHERE id = :id")
_revoked = text("SELECT id FROM badge WHERE revoked_ms IS NOT NULL ORDER BY last_day DESC, id DESC LIMIT :limit")

DAY_MS = 86_400_000


class BadgeConflict(SyncError):
    """Stop: what is on record speaks against it; nothing was changed."""


@dataclass(frozen=True, slots=True)
class BadgeRecord:
    """One badge as it is on record; days since 1970-01-01. holder: for the county's people, on no badge."""

    id: int
    role: Role
    place: str
    first_day: int
    last_day: int
    has_pin: bool
    holder: str
    made_ms: int
    made_by: str
    revoked_ms: int | None
    revoked_by: str | None

    def standing(self, today: int) -> Standing:
        """What it is worth today."""
        return on_day(today, self.first_day, self.last_day) if self.revoked_ms is None else Standing.REVOKED


def issue_badge(
    engine: Engine,
    key: SigningKey,
    *,
    number: int | None,
    role: Role,
    place: str,
    first_day: int,
    last_day: int,
    pin: tuple[str, bytes] | None,
    holder: str,
    made_by: str,
    now_ms: int,
) -> tuple[int, str]:
    """Put a badge on record and return its number (the next free one where None is given) and its text.

    Raises BadgeRefused for what no badge can say, BadgeConflict for a number that was given before.
    """
    with writing(engine, alone=True) as connection:
        given = connection.execute(_next).scalar_one() if number is None else number
        row = {"id": given, "role": role.name.lower(), "place": place, "first_day": first_day, "last_day": last_day}
        row |= {"has_pin": pin is not None, "holder": holder, "made_ms": now_ms, "made_by": made_by}
        badge = make_badge(
            key.sign,
            number=given,
            role=role,
            place=place,
            first_day=first_day,
            last_day=last_day,
            key=key.id,
            pin=pin,
        )
        if not connection.execute(_new_badge, row).rowcount:
            hint = (
                "每个编号只发一次,省略 --id 自动取号 / each number is given once: leave --id out for the next free one"
            )
            raise BadgeConflict(f"badge {given} was issued before", hint=hint)
    return given, badge


def revoke_badge(engine: Engine, key: SigningKey, number: int, *, revoked_by: str, now_ms: int) -> bool:
    """Take a badge back and put up the list that says so; False where that was done before.

    Raises BadgeConflict for a number nobody has.
    """
    with writing(engine, alone=True) as connection:
        if connection.execute(_known, {"id": number}).one_or_none() is None:
            hint = "用 county badge list 查看已发的证件 / county badge list shows which were issued"
            raise BadgeConflict(f"no badge {number}", hint=hint)
        if not connection.execute(_revoke, {"id": number, "by": revoked_by, "now_ms": now_ms}).rowcount:
            return False
        _put_revoked(connection, key, revoked_by, now_ms)
    return True


def _put_revoked(connection: Connection, key: SigningKey, put_by: str, now_ms: int) -> None:
    """Put up all revoked numbers: a station whose clock is not believed takes badges that are long over, too.

    Where they are too many, those that were over first are left out.
    """
    ids = sorted(connection.execute(_revoked, {"limit": MAX_REVOKED}).scalars())
    content = pack_content(RevokedBadges(ids))
    put_list_in(
        connection, key, scope=EVERYBODY, name=RevokedBadges.LIST, content=content, put_by=put_by, now_ms=now_ms
    )


def forget_holders(engine: Engine, *, days: int, by: str, now_ms: int) -> int:
    """Erase whose badges were that ended more than `days` ago; how many. It is recorded as an erasure."""
    before = day_of(now_ms) - days
    with writing(engine) as connection:
        count = connection.execute(_forget, {"before": before}).rowcount
        if count:
            row = {"now_ms": now_ms, "by": by, "before_ms": before * DAY_MS, "count": count}
            connection.execute(_erased, row)
    return count


def list_badges(engine: Engine) -> list[BadgeRecord]:
    """All badges by number."""
    with reading(engine) as connection:
        return [_record(row) for row in connection.execute(_all)]


def _record(row: Row[Any]) -> BadgeRecord:
    fields = dict(row._mapping)
    return BadgeRecord(**fields | {"role": Role[row.role.upper()], "has_pin": bool(row.has_pin)})
