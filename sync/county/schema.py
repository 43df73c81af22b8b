"""The county's tables. Portable between SQLite and PostgreSQL; nothing here opens a database.

    station, station_key    who may send, and with which key; a key is revoked, never deleted
    station_seal            what recipients of a station's expected parcels are sealed to
    station_state           what a station last said of itself on the state topic: a hint, never evidence
    chain                   one lane of one epoch of one station, with running totals kept in each commit's transaction
    log                     every entry ever committed, exactly as it was hashed; two entries at one place are a fork
    dropped                 ranges a station let go of, as its own entries say
    cursor                  up to which place a chain stands in the tables below
    parcel_event            first projection: every custody entry that speaks of a waybill
    bag_event               where bags left and for where, came in and were opened
    handover_event          handovers with bags that were closed, and the other side's word since
    station_boot            the boots of a custody chain: which places, how long, when at the latest it began
    clock_anchor            the corrections of a chain's clock; with station_boot it gives parcel_event its true times
    list_put                every list put up: who, when, and what it says while it is the newest
    list_held               which version of each list a station last said it has
    bag_said                what people of the county said of bags that places without this program took in, or missed
    badge                   badges issued and revoked, by whom; what is printed on them is not kept
    contact_access          who opened a recipient's contact, when and what for
    erasure                 what personal data was erased: how much, from when, by whom; holders of badges as entries
    county_meta             this database's incarnation

The log is clustered by (chain, sequence, hash): a batch lands on one leaf of the tree and a question for a range reads
neighbours, so that an entry costs the same at ten million as at a hundred thousand. It has no other index.
Waybills come in no order. An index over all of them would have each new event change a page of its own, anywhere in a
tree that only grows. So parcel_event is indexed by the day the county had the entry, then by waybill: only the day's
part of the tree is written, and it grows with the day's work, not with the years. Who looks for a waybill asks each day
there is (`EVENT_DAYS`): one descent each, a thousand of them for three years.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

_ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows itself only under the type name INTEGER."""

station = Table(
    "station",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
)

station_key = Table(
    "station_key",
    metadata,
    Column("station", Text, ForeignKey("station.id"), primary_key=True),
    Column("key_id", LargeBinary, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)

station_seal = Table(
    "station_seal",
    metadata,
    Column("station", Text, ForeignKey("station.id"), primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
)

station_state = Table(
    # alarms: a JSON list of cold boxes. since_ms: when the county first had this very word.
    "station_state",
    metadata,
    Column("station", Text, ForeignKey("station.id"), primary_key=True),
    Column("online", Boolean, nullable=False),
    Column("version", Text, nullable=False),
    Column("alarms", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

chain = Table(
    "chain",
    metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("station", Text, ForeignKey("station.id"), nullable=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("first_seen_ms", BigInteger, nullable=False),
    Column("heard_ms", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    UniqueConstraint("station", "epoch", "lane"),
)

log = Table(
    "log",
    metadata,
    Column("chain", BigInteger, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("header", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("personal_digest", LargeBinary),
    Column("personal_salt", LargeBinary),
    Column("personal_sealed", LargeBinary),
    Column("committed_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

signed_head = Table(
    # The station's own word for each branch of a chain: its signature over the last head committed.
    "signed_head",
    metadata,
    Column("chain", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

dropped = Table(
    # Ranges of a chain a station let go of, by its own signed entry: last and hash are the place the next follows.
    "dropped",
    metadata,
    Column("station", Text, primary_key=True),
    Column("epoch", LargeBinary, primary_key=True),
    Column("lane", SmallInteger, primary_key=True),
    Column("last", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("first", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

cursor = Table(
    "cursor",
    metadata,
    Column("chain", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
)

parcel_event = Table(
    "parcel_event",
    metadata,
    Column("chain", BigInteger, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("waybill", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("recorded_ms", BigInteger, nullable=False),
    Column("trust", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("forked", Boolean, nullable=False),
    Column("boot", BigInteger, nullable=False),
    Column("since_boot_ms", BigInteger, nullable=False),
    # The best guess at the true time; uncertainty_ms NULL where nobody knows how good it is.
    Column("corrected_ms", BigInteger, nullable=False),
    Column("uncertainty_ms", BigInteger),
    # Days since 1970 (UTC) by the county's clock at the commit, which no station's clock can lead astray.
    Column("committed_day", Integer, nullable=False),
    Index("parcel_event_day_waybill", "committed_day", "waybill"),
    sqlite_with_rowid=False,
)

EVENT_DAYS = """
    WITH RECURSIVE event_day (day) AS (
      SELECT min(committed_day) FROM parcel_event
      UNION ALL
      SELECT (SELECT min(committed_day) FROM parcel_event WHERE committed_day > event_day.day)
      FROM event_day WHERE event_day.day IS NOT NULL)"""
"""Begins a statement with the days that parcel_event knows, found by a descent of its index each; the last is NULL.

Joined as `event_day CROSS JOIN parcel_event` (SQLite then keeps this order) on the day and the waybill.
"""

station_boot = Table(
    # used_*: the bounds that this boot's events were last written with, where it has no correction (`times`).
    "station_boot",
    metadata,
    Column("chain", BigInteger, primary_key=True, autoincrement=False),
    Column("boot", BigInteger, primary_key=True, autoincrement=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("latest_ms", BigInteger, nullable=False),
    Column("used_earliest_ms", BigInteger),
    Column("used_latest_ms", BigInteger),
    sqlite_with_rowid=False,
)

clock_anchor = Table(
    "clock_anchor",
    metadata,
    Column("chain", BigInteger, primary_key=True, autoincrement=False),
    Column("boot", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("since_boot_ms", BigInteger, nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("uncertainty_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


def _when() -> list[Column[Any]]:
    """When an entry was made, as the station had it and as the corrections have it; and when the county had it.

    said_ms: NULL, or what a paper sheet or a salvaged entry said, which no correction moves.
    """
    return [
        Column("recorded_ms", BigInteger, nullable=False),
        Column("said_ms", BigInteger),
        Column("trust", SmallInteger, nullable=False),
        Column("boot", BigInteger, nullable=False),
        Column("since_boot_ms", BigInteger, nullable=False),
        Column("corrected_ms", BigInteger, nullable=False),
        Column("uncertainty_ms", BigInteger),
        Column("committed_ms", BigInteger, nullable=False),
    ]


bag_event = Table(
    # bound: the station a bag that left is bound for, or the code of the office on its label; "" where nobody said.
    "bag_event",
    metadata,
    Column("chain", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("bag", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("bound", Text, nullable=False),
    Column("due_ms", BigInteger),
    *_when(),
    Index("bag_event_committed", "committed_ms"),
    sqlite_with_rowid=False,
)

handover_event = Table(
    # receipt: the hash that the driver's receipt shows. A few a day and station: its indexes may be over all of them.
    "handover_event",
    metadata,
    Column("chain", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("station", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("handover", BigInteger, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Column("stub", Text, nullable=False),
    Column("details", Text, nullable=False),
    *_when(),
    Index("handover_event_receipt", "receipt"),
    Index("handover_event_stub", "stub"),
    sqlite_with_rowid=False,
)

PROJECTIONS = (parcel_event, station_boot, clock_anchor, bag_event, handover_event)
"""Tables made from the log alone: they may be emptied, dropped and filled again at any time."""

list_put = Table(
    # scope: a station, or "*". content: gone once a newer one is put up. announced_ms: when a worker began to push it.
    "list_put",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("content", LargeBinary),
    Column("content_bytes", BigInteger, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("put_ms", BigInteger, nullable=False),
    Column("put_by", Text, nullable=False),
    Column("announced_ms", BigInteger),
)

list_held = Table(
    "list_held",
    metadata,
    Column("station", Text, ForeignKey("station.id"), primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)

bag_said = Table(
    "bag_said",
    metadata,
    Column("bag", Text, primary_key=True),
    Column("at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("came_in", Boolean, nullable=False),
    Column("place", Text, nullable=False),
    Column("said_by", Text, nullable=False),
    Index("bag_said_at", "at_ms"),
)

badge = Table(
    # Days since 1970-01-01. holder: for the county's own people; it is on no badge and never leaves this database.
    "badge",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("role", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("first_day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("has_pin", Boolean, nullable=False),
    Column("holder", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("revoked_by", Text),
)

contact_access = Table(
    "contact_access",
    metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("waybill", Text, nullable=False),
    Column("sealed", Integer, nullable=False),
    Index("contact_access_waybill", "waybill"),
)

erasure = Table(
    "erasure",
    metadata,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("before_ms", BigInteger, nullable=False),
    Column("first_ms", BigInteger),
    Column("last_ms", BigInteger),
    Column("waybills", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("finished_ms", BigInteger),
)

county_meta = Table(
    "county_meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
