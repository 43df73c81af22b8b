"""What a station gathered while there was no county, brought to one at last: the real sender, receiver and log.

The link between is this program's: it breaks now and then, with a receipt on it. Called by `test_days`.
"""

import random
import tracemalloc
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from station_agent.journal.reader import JournalFile
from sync.county.database import create_tables, open_database, sqlite_url
from sync.county.project import project_once
from sync.county.register import add_station
from sync.county.store import CountyLog
from sync.keys import SigningKey, verifier
from sync.link import LinkFile
from sync.receiver import Receiver
from sync.sender import Sender, Timers
from sync.wire import MAX_ENTRIES

NOW_MS = 1_796_000_000_000
BREAKS = 0.2
"""How many of the receipts are lost, and the connection with them."""
MOST = 100_000
"""Messages after which it is given up."""


class Drained(NamedTuple):
    """What it took. peak_bytes: most memory Python held meanwhile, both ends together, beyond what it held before."""

    messages: int
    breaks: int
    sent_bytes: int
    peak_bytes: int
    events: int


def drain(data: Path, station: str, county: Path, *, batch: int = MAX_ENTRIES) -> Drained:
    """Bring everything in the journal under `data` to a new county at `county`, whose key is beside its database.

    batch: entries in a message at most; with fewer there are more places at which the link can break.
    """
    engine = open_database(sqlite_url(county), checkpoints=True)
    create_tables(engine)
    key, own = SigningKey.load(county.with_name("county.key")), SigningKey.load(data / "station.key")
    add_station(engine, station, "龙雾村", own.public, now_ms=NOW_MS)
    log = CountyLog(engine, clock_ms=lambda: NOW_MS)
    receiver = Receiver(log=log, sign=key.sign, verifier=verifier)
    with (
        closing(JournalFile(data / "journal.db")) as journal,
        closing(LinkFile(data / "link.db", lambda: NOW_MS, writable=True)) as link,
    ):
        draw = random.Random(1)
        sender = Sender(
            station=station, key=own.id, sign=own.sign, verify=verifier(key.public), journal=journal, ledger=link,
            random=draw.random, draw=lambda: draw.getrandbits(62), timers=Timers(),
            batch_entries=batch,
        )  # fmt: skip
        tracemalloc.start()
        try:
            messages, breaks, sent_bytes = _talk(sender, receiver, link, station, draw)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    events = 0
    while (done := project_once(engine)).entries:
        assert not done.unreadable
        events += done.events
    engine.dispose()
    return Drained(messages, breaks, sent_bytes, peak_bytes, events)


def _talk(
    sender: Sender, receiver: Receiver, link: LinkFile, station: str, draw: random.Random
) -> tuple[int, int, int]:
    """Until nothing is left to send; messages, breaks and bytes. Confirmations never go back."""
    breaks = sent_bytes = 0
    confirmed: dict[object, int] = {}
    payloads = sender.connected(0.0)
    for message in range(MOST):
        if not payloads:
            return message, breaks, sent_bytes
        assert len(payloads) == 1, "one message is outstanding"
        sent_bytes += len(payloads[0])
        receipt = receiver.receive(station, payloads[0], NOW_MS)
        sender.prepare()
        if draw.random() < BREAKS:
            breaks += 1
            sender.disconnected()
            payloads = sender.connected(float(message))
            continue
        payloads = sender.received(receipt, float(message))
        link.save()
        for place in link.positions():
            assert place.sequence >= confirmed.get(place.chain, -1), "a confirmation went back"
            confirmed[place.chain] = place.sequence
    raise AssertionError(f"not drained after {MOST} messages")
