"""Handovers that were closed with bags in them, for whoever holds a receipt: rows of `handover_event`.

    handover.confirmed, handover.one_sided, handover.dropped     the closing entry; its hash stands on the receipt
    handover.agreed                                              the other side's word on one of the last two, since

No station takes such an entry back. One that was saved from a broken journal is known by the hash it had there, which
is the one the driver was given. `read_handover` is pure. Made from the log by the projector; asked by `receipts`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from sync.county import schema
from sync.county.bag_events import is_number
from sync.county.database import insert_new
from sync.county.times import Stamped, Times
from sync.entry import Header
from sync.errors import MalformedMessage

AGREED = "handover.agreed"
CLOSINGS = ("handover.confirmed", "handover.one_sided", "handover.dropped")
KINDS = frozenset({AGREED, *CLOSINGS})
MAX_STUB = 64

_insert = insert_new(schema.handover_event)
_details = msgspec.json.Encoder(enc_hook=repr)


class HandoverEvent(NamedTuple):
    """What one entry says of a handover. shown: the hash its receipt shows, b"" where nobody knows it any more.

    said_ms: when it was, where another than the entry's own time is said. details: all of the body, as JSON.
    """

    kind: str
    handover: int
    shown: bytes
    stub: str
    said_ms: int | None
    details: str


def read_handover(header: Header, body: dict[str, Any], shown: bytes) -> HandoverEvent | None:
    """What an entry says of a closed handover, None where it is none of KINDS; raises MalformedMessage."""
    if header.kind not in KINDS:
        return None
    hint = "检查站点程序版本 / check the version of the station's program"
    number, stub, said_ms = body.get("handover"), body.get("stub", ""), body.get("at_ms")
    if not is_number(number) or not (said_ms is None or is_number(said_ms)):
        raise MalformedMessage(f"{header.kind} no. {str(number)[:40]} at {str(said_ms)[:40]}", hint=hint)
    if not isinstance(stub, str) or len(stub) > MAX_STUB or not (stub.isprintable() and stub.isascii()):
        raise MalformedMessage(f"stub {str(stub)[:80]!r}", hint=hint)
    bags = [body.get(name, []) for name in ("bags_in", "bags_out")]
    if not all(isinstance(codes, list) and all(isinstance(code, str) for code in codes) for codes in bags):
        raise MalformedMessage(f"bags of {header.kind} no. {number}", hint=hint)
    return HandoverEvent(header.kind, number, shown, stub, said_ms, _details.encode(body).decode())


def keep_handovers(
    connection: Connection, chain: int, times: Times, read: Sequence[tuple[Stamped, HandoverEvent]]
) -> None:
    """Write what entries of one chain say."""
    rows = [
        {
            "chain": chain,
            "sequence": stamped.header.sequence,
            "hash": stamped.hash,
            "station": stamped.header.station,
            "kind": event.kind,
            "handover": event.handover,
            "receipt": event.shown,
            "stub": event.stub,
            "details": event.details,
            "said_ms": event.said_ms,
            **times.columns(stamped),
        }
        for stamped, event in read
    ]
    if rows:
        connection.execute(_insert, rows)
