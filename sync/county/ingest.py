"""Messages in, receipts and lists out: joins the MQTT wire, the receiver and the desk of the lists.

`answer` is the whole of it without a broker, for batches and hellos; `ListDesk.answer` is for lists.

Any number of workers may run where the broker speaks MQTT 5 (`$share`); none keeps anything that is not in the
database, so that each may die at any moment. Publishes receipts and lists, nothing else. A shell; called by `ingest`
and `serve`.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from sync.county.complaints import Complaints
from sync.county.lists import ListDesk
from sync.county.states import StateDesk
from sync.county.states import station_of as state_of
from sync.county.store import CountyLog
from sync.errors import BadSignature, MalformedMessage
from sync.mqtt import Connected, Disconnected, Event, Message, Refused
from sync.receiver import LogUnavailable, Receiver
from sync.wire import open_envelope

STEP_S = 0.5
"""How long one step may wait; also how soon a stop is noticed."""
LOOK_S = 3.0
"""How often the database is asked for lists that were put up."""
AT_ONCE = 16
"""Lists pushed in one step, so that receipts never wait for hundreds of them."""
TOPIC = "yyt/v1/+/up"
SHARED_TOPIC = f"$share/ingest/{TOPIC}"

_log = logging.getLogger(__name__)


class Publication(NamedTuple):
    """A message and the topic it goes to."""

    topic: str
    payload: bytes


class Link(Protocol):
    """What ingest needs of `sync.mqtt.Wire`."""

    def step(self, timeout_s: float) -> Sequence[Event]:
        """Drive the link for a while and return what happened."""

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand over one message."""


def subscription(*, shared: bool) -> str:
    """The topic filter one worker subscribes to."""
    return SHARED_TOPIC if shared else TOPIC


def station_of(topic: str) -> str:
    """Name of the station that published to `topic`; raises MalformedMessage for another topic."""
    match topic.split("/"):
        case ["yyt", "v1", station, "up"] if station:
            return station
    hint = "检查代理的订阅和访问控制 / check the broker's subscriptions and access rules"
    raise MalformedMessage(f"message on topic {topic[:80]!r}", hint=hint)


def answer(receiver: Receiver, message: Message, now_ms: int) -> Publication:
    """Turn one message into the receipt to publish; raises MalformedMessage for what deserves none."""
    station = station_of(message.topic)
    return Publication(f"yyt/v1/{station}/down", receiver.receive(station, message.payload, now_ms))


class Ingest:
    """One worker; `run` drives the link until told to stop."""

    def __init__(
        self,
        *,
        link: Link,
        receiver: Receiver,
        log: CountyLog,
        lists: ListDesk | None = None,
        states: StateDesk | None = None,
        settled: Callable[[bool], None] = lambda _connected: None,
        look_s: float = LOOK_S,
        turned: Callable[[], None] = lambda: None,
    ) -> None:
        """`settled` is told whenever the link is made (True) or lost or refused (False).

        turned: called after each message and each step, for systemd's watchdog.

        lists: what comes down, looked for every `look_s`; without it stations are told nothing of lists. states: keeps
        what stations say of themselves; without it nobody listens.
        """
        self._link, self._receiver, self._county_log, self._settled = link, receiver, log, settled
        self._lists, self._look_s, self._states, self._turned = lists, look_s, states, turned
        self._up = False
        self._looked_s = float("-inf")
        self._complaints = Complaints()
        self.malformed = 0
        """Messages that were not ours or were damaged, since the start."""

    def run(self, stop: threading.Event) -> None:
        """Answer stations until `stop` is set."""
        while not stop.is_set():
            self.step(STEP_S)

    def step(self, timeout_s: float) -> None:
        """Answer what came within `timeout_s`, push lists that were put up, keep the database's log short."""
        for event in self._link.step(timeout_s):
            self._take(event)
            self._turned()
        if self._up and self._lists is not None:
            self._push(self._lists)
        if self._states is not None:
            self._try(self._states.save)
        self._try(self._county_log.keep_short)
        self._turned()

    def _try(self, action: Callable[[], object]) -> None:
        """Do what may wait: a database that refuses is asked again at the next step."""
        try:
            action()
        except LogUnavailable as refusal:
            self._complain("database", f"{refusal}; {refusal.hint}")

    def _take(self, event: Event) -> None:
        match event:
            case Message():
                self._answer(event)
            case Connected():
                _log.info("已连接代理 / connected to the broker")
                self._up = True
                self._settled(True)
            case Disconnected(reason):
                self._complain("broker", f"与代理断开,继续重试 / no broker, trying again: {reason}")
                self._up = False
                self._settled(False)
            case Refused(reason):
                self._complain("refused", f"代理拒绝回执,检查访问控制 / the broker refused a receipt: {reason}")

    def _answer(self, message: Message) -> None:
        try:
            published = self._answers(message)
        except (MalformedMessage, BadSignature) as error:
            self.malformed += 1
            self._complain(f"malformed {message.topic}", f"{message.topic}: {error}; {error.hint}")
            return
        except LogUnavailable as refusal:
            self._complain("database", f"{refusal}; {refusal.hint}")
            return
        for topic, payload in published:
            self._link.publish(topic, payload)
        refused = self._county_log.refusal
        if refused is not None:
            self._complain("database", f"{refused}; {refused.hint}")

    def _answers(self, message: Message) -> list[Publication]:
        """What to publish for one message: a receipt, or the lists a station lacks; nothing for a state."""
        if self._states is not None and (of := state_of(message.topic)) is not None:
            self._states.take(of, message.payload)
            return []
        if self._lists is None or open_envelope(message.payload)[0] != "lists":
            return [answer(self._receiver, message, time.time_ns() // 1_000_000)]
        station = station_of(message.topic)
        return [Publication(f"yyt/v1/{station}/down", each) for each in self._lists.answer(station, message.payload)]

    def _push(self, lists: ListDesk) -> None:
        """Push a few of the lists that were put up; a database that refuses is asked again at the next look."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= self._look_s:
            self._looked_s = now_s
            try:
                lists.look()
            except LogUnavailable as refusal:
                self._complain("database", f"{refusal}; {refusal.hint}")
        for station, payload in lists.next_pushes(AT_ONCE):
            self._link.publish(f"yyt/v1/{station}/down", payload)

    def _complain(self, about: str, line: str) -> None:
        """Log the first of its kind in a minute, and how many it stands for."""
        count = self._complaints.count(about, time.monotonic())
        if count is not None:
            _log.warning("%s%s", line, f" (x{count})" if count > 1 else "")
