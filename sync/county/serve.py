"""The county in one process: embedded broker where configured, ingest, projector; each also alone.

Ingest and projector run in threads with a database engine each; the main thread waits for SIGTERM or SIGINT. A part
that fails unexpectedly ends the whole process, loudly, and one that hangs lets systemd's watchdog run out: systemd
restarts it, and stations come again. A shell; called by the command line.
"""

import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from sync.county.arrivals import put_arrivals
from sync.county.broker import BrokerFailed, EmbeddedBroker
from sync.county.complaints import Complaints
from sync.county.database import add_tables, create_tables, has_history, open_database
from sync.county.ingest import Ingest, subscription
from sync.county.lists import ListDesk
from sync.county.project import Progress, project_once
from sync.county.settings import County
from sync.county.states import TOPIC as STATES
from sync.county.states import StateDesk
from sync.county.store import CountyLog
from sync.errors import SyncError
from sync.keys import SigningKey, verifier
from sync.mqtt import Wire
from sync.receiver import LogUnavailable, Receiver
from sync.service import Beats, notify

IDLE_S = 1.0
"""How long the projector rests when all tables are up to date."""
BAGS_S = 60.0
"""How often stations are told what came of their bags."""
REFUSED_S = 5.0
"""How long it rests when the database refuses."""

_log = logging.getLogger(__name__)

Part = Callable[[threading.Event], None]


def now_ms() -> int:
    """Wall time in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@contextmanager
def opened(county: County, *, checkpoints: bool = False, create: bool = False) -> Iterator[Engine]:
    """The county's database. checkpoints: for the ingest alone. create: make what is missing, the file too.

    Raises LogUnavailable, and SyncError where it is gone: an empty one in its place would forget every station.
    """
    address = county.database
    hint = "从备份恢复,或运行 county init / restore the backup, or run county init"
    if not create and address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise SyncError(f"no database at {address.database}", hint=hint)
    engine = open_database(address, checkpoints=checkpoints)
    try:
        if not create and not has_history(engine):
            raise SyncError(f"nothing of a county in {address.render_as_string()}", hint=hint)
        (create_tables if create else add_tables)(engine)
        yield engine
    finally:
        engine.dispose()


def is_a_countys(county: County) -> bool:
    """Whether the PostgreSQL database it names holds a county; a file is looked for by its name. Raises SyncError."""
    if county.database.get_backend_name() == "sqlite":
        return False
    engine = open_database(county.database)
    try:
        return has_history(engine)
    finally:
        engine.dispose()


def serve(county: County, *, say: Callable[[str], None]) -> None:
    """Everything in one process, until a signal; `say` takes lines for stdout ("READY").

    Raises BrokerFailed, LogUnavailable and SyncError before READY; whatever a part raised after it.
    """
    beats = Beats()
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signals())
        parts: list[Part] = []
        embedded = county.settings.embedded_broker
        if embedded is not None:
            broker = EmbeddedBroker(embedded.host, embedded.port, password_file=county.password_file)
            stack.enter_context(broker)
            parts.append(lambda stop: _watch_broker(broker, stop))
        ingest = ingest_part(county, stack, lambda: _ready(say), beats.part())
        parts += [ingest, project_part(county, stack, beats.part())]
        run_parts(parts, stop)


def ingest_alone(county: County, *, say: Callable[[str], None]) -> None:
    """`county ingest`: one worker, until a signal. Raises as `serve`."""
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signals())
        run_parts([ingest_part(county, stack, lambda: _ready(say), Beats().part())], stop)


def project_alone(county: County, *, say: Callable[[str], None]) -> None:
    """`county project`: the projector, until a signal. Raises as `serve`."""
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signals())
        part = project_part(county, stack, Beats().part())
        _ready(say)
        run_parts([part], stop)


def ingest_part(county: County, stack: ExitStack, ready: Callable[[], None], turned: Callable[[], None]) -> Part:
    """Open what a worker needs; `ready` is called once, when its first try to connect was answered either way.

    turned: called again and again while it works.
    """
    settings = county.settings
    key = SigningKey.load(county.key_path)
    engine = stack.enter_context(opened(county, checkpoints=True))
    log = CountyLog(engine, clock_ms=now_ms)
    # Drawn: process numbers are the same in every container, and a broker throws out who bears another's name.
    worker = f"county-ingest-{key.id.hex()[:8]}-{secrets.token_hex(4)}"
    wire = Wire(
        settings.broker,
        client_id=worker,
        subscriptions=[subscription(shared=settings.shared), STATES],
        retry_cap_s=10.0,
    )
    stack.callback(wire.close)
    once = Once(ready)
    receiver = Receiver(log=log, sign=key.sign, verifier=verifier)
    lists = ListDesk(engine, public_key=log.public_key, verifier=verifier, clock_ms=now_ms)
    states = StateDesk(engine, clock_ms=now_ms)
    return Ingest(link=wire, receiver=receiver, log=log, lists=lists, states=states, settled=once, turned=turned).run


def project_part(county: County, stack: ExitStack, turned: Callable[[], None]) -> Part:
    """Open what the projector needs; its engine leaves checkpoints to the ingest's. turned: as for the ingest."""
    engine = stack.enter_context(opened(county))
    key = SigningKey.load(county.key_path)
    tell_of_bags = Every(BAGS_S, lambda: put_arrivals(engine, key, now_ms()))
    return lambda stop: project_until(stop, engine, tell_of_bags, turned)


class Every:
    """Does something again and again, with so many seconds between."""

    def __init__(self, seconds: float, action: Callable[[], object]) -> None:
        """It is due at once."""
        self._seconds, self._action, self._due_s = seconds, action, float("-inf")

    def __call__(self) -> None:
        """Do it where it is due."""
        if time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + self._seconds
            self._action()


def project_until(
    stop: threading.Event, engine: Engine, told: Callable[[], object], turned: Callable[[], None]
) -> None:
    """Keep the tables up to date until `stop`; a database that refuses is tried again.

    told: called between, whenever the tables are up to date. turned: after each chain and each round.
    """
    complaints = Complaints()
    while not stop.is_set():
        turned()
        try:
            progress = project_once(engine, turned)
            if not progress.entries:
                told()
        except LogUnavailable as refusal:
            if complaints.count("database", time.monotonic()) is not None:
                _log.warning("%s; %s", refusal, refusal.hint)
            stop.wait(REFUSED_S)
            continue
        tell(progress)
        if not progress.entries:
            stop.wait(IDLE_S)


def tell(progress: Progress) -> None:
    """Log entries that could not be read; each is met once, so that this needs no limit."""
    if progress.unreadable:
        _log.warning(
            "%d 条无法解读,已保留 / entries unread, kept in the log: %s", progress.unreadable, progress.example
        )


class Once:
    """Calls `action` at the first call only; the argument, whether the link is up, makes no difference to it."""

    def __init__(self, action: Callable[[], None]) -> None:
        """`action` has not been called."""
        self._action: Callable[[], None] | None = action

    def __call__(self, _connected: bool) -> None:
        """Call it unless that was done."""
        action, self._action = self._action, None
        if action is not None:
            action()


def run_parts(parts: list[Part], stop: threading.Event) -> None:
    """Run each part in a thread until `stop`, or until one of them ends; raises what the first one raised."""
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        futures = [pool.submit(part, stop) for part in parts]
        try:
            wait(futures, return_when=FIRST_COMPLETED)
        finally:
            stop.set()
            notify("STOPPING=1")
    for future in futures:
        future.result()


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; what they did before is put back. Main thread only."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def _ready(say: Callable[[str], None]) -> None:
    say("READY")
    notify("READY=1")


def _watch_broker(broker: EmbeddedBroker, stop: threading.Event) -> None:
    """End the process if the embedded broker's thread dies."""
    while not stop.wait(1.0):
        if not broker.alive:
            raise BrokerFailed("the embedded broker stopped by itself", hint="重启服务 / restart the service")
