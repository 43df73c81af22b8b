"""The process `station sync`: ships the journal to the county. It touches no device and writes no journal.

A thin shell: joins a journal reader, link.db, the pure sender and the MQTT wire, and drives them from one thread.
Called by the `station sync` command, which hands it the reader.
"""

import contextlib
import json
import random
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from sync.board import Board
from sync.broker import BrokerSettings
from sync.economy import Economy
from sync.errors import LinkFileUnwritable
from sync.keys import SigningKey, verifier
from sync.link import LinkFile
from sync.mqtt import Connected, Disconnected, Event, Message, Refused, Wire
from sync.sender import JournalReader, Sender, Timers
from sync.wire import is_batch

LOOK_S = 0.5
"""How often the journal is looked at for new entries while nothing else happens."""
SAVE_S = 1.0
"""How often confirmations are written to link.db while they stream in."""


_TWIN = (
    "另一台设备在用本站的名字,可能是克隆的卡,请停用其中一台 / "
    "another computer sends in this station's name, a cloned card perhaps: switch one of them off"
)


class Sticks(Protocol):
    """Looks for sticks that carry what the link does not."""

    def look(self, now_s: float) -> None:
        """Serve what was plugged in; called at every round, bounds its own work."""


class WatchedJournal(JournalReader, Protocol):
    """A journal reader that can also say cheaply whether anything was written."""

    def changed(self) -> bool:
        """Whether the journal was written since the last call."""


def topic(station: str, leaf: str) -> str:
    """Topic of one station: up, down or state."""
    return f"yyt/v1/{station}/{leaf}"


def state_payload(*, online: bool, version: str, session: str, alarms: Sequence[str] = ()) -> bytes:
    """The retained state message: a hint for people, never evidence.

    session: drawn by each process, so that one that meets another's here knows of a twin. alarms: cold boxes in alarm.
    """
    state = {"online": online, "version": version, "session": session} | ({"alarms": list(alarms)} if alarms else {})
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False).encode()


def session_of(payload: bytes) -> str:
    """The session in a state message, "" where it has none or is no such message."""
    try:
        return _session.decode(payload).session
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


class _Session(msgspec.Struct):
    session: str = ""


_session = msgspec.json.Decoder(_Session)


class Shipment:
    """One running `station sync`."""

    def __init__(
        self,
        *,
        station: str,
        version: str,
        key: SigningKey,
        county_key: bytes,
        broker: BrokerSettings,
        journal: WatchedJournal,
        link: LinkFile,
        say: Callable[[str], None],
        timers: Timers | None = None,
        sticks: Sticks | None = None,
        alarms: Callable[[], Sequence[str]] = tuple,
        daily_bytes: int | None = None,
        look_s: float = LOOK_S,
    ) -> None:
        """`county_key`: the county's raw public key. `say` takes one plain line for the log.

        alarms: names of the cold boxes in alarm, asked when the journal was written. daily_bytes: telemetry waits once
        so many bytes went over the line today. look_s: how often the journal is looked at.
        """
        self._alarms, self._alarmed, self._look_s = alarms, tuple[str, ...](), look_s
        self._sticks = sticks
        self._station, self._version, self._say = station, version, say
        self._journal, self._link = journal, link
        self._session, self._ups = secrets.token_hex(4), 0
        self._wire = Wire(
            broker,
            client_id=f"yyt-{station}",
            subscriptions=[topic(station, "down")],
            besides=[topic(station, "state")],
            will=(topic(station, "state"), self._state(online=False)),
        )
        self._economy = Economy(link, lambda: self._wire.carried, _wall_ms, daily_bytes, say)
        self._sender = Sender(
            station=station,
            key=key.id,
            sign=key.sign,
            verify=verifier(county_key),
            journal=journal,
            ledger=link,
            random=random.random,
            draw=lambda: secrets.randbits(62),
            timers=timers or Timers(),
            board=Board(station=station, key=key.id, sign=key.sign, verify=verifier(county_key), store=link),
            may_send=self._economy.may_send,
        )
        self._saved_s = 0.0
        self._silent_broker = False
        self._silent_file = False

    def run(self, *, stop: Callable[[], bool], beat: Callable[[], None]) -> None:
        """Ship until `stop` says so; a broken link is waited out, anything unexpected is raised.

        beat is called at least twice a second while the loop turns.
        """
        try:
            while not stop():
                self._round()
                beat()
        finally:
            self._wire.publish(topic(self._station, "state"), self._state(online=False), retain=True)
            self._wire.close()
            self._economy.count()
            self._save()
            with contextlib.suppress(LinkFileUnwritable):
                self._link.close()

    def _round(self) -> None:
        """Wait for the link or the journal, then let the sender act."""
        deadline_s = self._sender.deadline_s
        wait_s = self._look_s if deadline_s is None else max(0.0, min(self._look_s, deadline_s - time.monotonic()))
        for event in self._wire.step(wait_s):
            self._publish(self._take(event))
        if self._wire.ready and (self._journal.changed() or self._overdue()):
            self._publish(self._sender.tick(time.monotonic()))
            self._tell_alarms()
        self._sender.prepare()
        if self._sticks is not None:
            self._sticks.look(time.monotonic())
        if time.monotonic() - self._saved_s >= SAVE_S:
            self._saved_s = time.monotonic()
            self._economy.count()
            self._save()

    def _tell_alarms(self) -> None:
        """Say which cold boxes are in alarm, where that is another word than the last."""
        alarms = tuple(self._alarms())
        if alarms != self._alarmed:
            self._tell_state(alarms)

    def _tell_state(self, alarms: tuple[str, ...]) -> None:
        self._alarmed = alarms
        self._wire.publish(topic(self._station, "state"), self._state(online=True, alarms=alarms), retain=True)

    def _state(self, *, online: bool, alarms: tuple[str, ...] = ()) -> bytes:
        return state_payload(online=online, version=self._version, session=self._session, alarms=alarms)

    def _hear_state(self, payload: bytes) -> None:
        """What stands on our own state topic: another's word since we were last there is a twin's (`jitter`, 3).

        What stands there at the first connection may be our own, of the process before.
        """
        if self._ups > 1 and session_of(payload) not in ("", self._session):
            self._say(_TWIN)
            self._wire.expect_twin()

    def _save(self) -> None:
        """Write link.db; a full card keeps nothing from being sent, and what was confirmed is written later."""
        try:
            self._link.save()
        except LinkFileUnwritable as error:
            if not self._silent_file:
                self._say(f"{error}; {error.hint}")
            self._silent_file = True
        else:
            self._silent_file = False

    def _overdue(self) -> bool:
        """Whether the sender's deadline has come."""
        return self._sender.deadline_s is not None and time.monotonic() >= self._sender.deadline_s

    def _take(self, event: Event) -> list[bytes]:
        """Tell the sender what happened on the wire."""
        match event:
            case Connected():
                self._say("已连上消息代理 / connected to the broker")
                self._silent_broker = False
                self._ups += 1
                self._tell_state(tuple(self._alarms()))
                return self._sender.connected(time.monotonic())
            case Disconnected(reason):
                if not self._silent_broker:
                    self._say(f"未连上消息代理,数据留在本站继续重试 / no broker, keeping everything here: {reason}")
                self._silent_broker = True
                self._sender.disconnected()
                return []
            case Message(where, payload) if where == topic(self._station, "state"):
                self._hear_state(payload)
                return []
            case Message(_, payload):
                heard_s = self._sender.heard_s
                answers = self._sender.received(payload, time.monotonic())
                if self._sender.heard_s != heard_s and self._sender.incarnation is not None:
                    self._link.met(self._sender.incarnation)
                return answers
            case Refused(reason):
                self._say(f"消息代理拒收,请检查权限 / the broker refused a message, check its access rules: {reason}")
                return []

    def _publish(self, payloads: list[bytes]) -> None:
        """Send what the sender wants sent."""
        for payload in payloads:
            if self._wire.ready and is_batch(payload) and (lane := self._sender.outstanding) is not None:
                self._economy.published(lane, len(payload))
            self._wire.publish(topic(self._station, "up"), payload)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
