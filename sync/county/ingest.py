"""Messages in, receipts out: joins the MQTT wire and the receiver. `answer` is the whole of it, without a broker.

Any number of workers may run where the broker speaks MQTT 5 (`$share`); none keeps anything that is not in the
database, so that each may die at any moment. Publishes receipts and nothing else. A shell; called by `ingest`, `serve`.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from sync.county.complaints import Complaints
from sync.county.store import CountyLog
from sync.errors import MalformedMessage
from sync.mqtt import Connected, Disconnected, Event, Message, Refused
from sync.receiver import Receiver

STEP_S = 0.5
"""How long one step may wait; also how soon a stop is noticed."""
TOPIC = "yyt/v1/+/up"
SHARED_TOPIC = f"$share/ingest/{TOPIC}"

_log = logging.getLogger(__name__)


class Publication(NamedTuple):
    """A receipt and the topic it goes to."""

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
        settled: Callable[[bool], None] = lambda _connected: None,
    ) -> None:
        """`settled` is told whenever the link is made (True) or lost or refused (False)."""
        self._link, self._receiver, self._county_log, self._settled = link, receiver, log, settled
        self._complaints = Complaints()
        self.malformed = 0
        """Messages that were not ours or were damaged, since the start."""

    def run(self, stop: threading.Event) -> None:
        """Answer stations until `stop` is set."""
        while not stop.is_set():
            self.step(STEP_S)

    def step(self, timeout_s: float) -> None:
        """Answer what came within `timeout_s`."""
        for event in self._link.step(timeout_s):
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Message():
                self._answer(event)
            case Connected():
                _log.info("已连接代理 / connected to the broker")
                self._settled(True)
            case Disconnected(reason):
                self._complain("broker", f"与代理断开,继续重试 / no broker, trying again: {reason}")
                self._settled(False)
            case Refused(reason):
                self._complain("refused", f"代理拒绝回执,检查访问控制 / the broker refused a receipt: {reason}")

    def _answer(self, message: Message) -> None:
        try:
            receipt = answer(self._receiver, message, time.time_ns() // 1_000_000)
        except MalformedMessage as error:
            self.malformed += 1
            self._complain(f"malformed {message.topic}", f"{message.topic}: {error}; {error.hint}")
            return
        self._link.publish(receipt.topic, receipt.payload)
        refusal = self._county_log.refusal
        if refusal is not None:
            self._complain("database", f"{refusal}; {refusal.hint}")

    def _complain(self, about: str, line: str) -> None:
        """Log the first of its kind in a minute, and how many it stands for."""
        count = self._complaints.count(about, time.monotonic())
        if count is not None:
            _log.warning("%s%s", line, f" (x{count})" if count > 1 else "")
