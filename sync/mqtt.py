"""A thin shell around paho-mqtt, for both ends of the wire: connect, subscribe, publish, say what happened.

Nothing depends on paho's memory: every connection is a new client with a clean session, and what was not confirmed is
sent again by the sender. One thread drives the socket and callbacks only take notes (an exception in a paho callback
thread kills it while it still says connected). Reconnects wait with full jitter. Called by `ship.py` and
`county/ingest.py`.
"""

import contextlib
import os
import random
import select
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sync.broker import BrokerSettings
from sync.jitter import Reconnects
from sync.usage import Carried
from sync.wire import MAX_MESSAGE_BYTES

SETTLE_S = 10.0
"""A connection that is not subscribed by then is given up."""
CLOSE_S = 0.5
"""A broker that has not hung up by then does not answer at all."""
RETRY_CAP_S = 50.0
"""The longest wait between two tries: with a handshake after it, all stations of a county are back within a minute."""
_BROKEN = (OSError, ValueError, struct.error, LookupError, TypeError, MQTTException)
"""What a broken link, or a broker that speaks nonsense, makes of paho's parser (2.2 lets little of it through)."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted us and our subscriptions."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The link is gone, or could not be made; `reason` in the library's words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something was published to us."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker refused a publish (MQTT 5 only; a 3.1.1 broker cannot say so)."""

    reason: str


Event = Connected | Disconnected | Message | Refused


class Wire:
    """One endpoint on a broker; call `step` in a loop, it never raises for a broken link."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        client_id: str,
        subscriptions: list[str],
        besides: Sequence[str] = (),
        will: tuple[str, bytes] | None = None,
        retry_cap_s: float = RETRY_CAP_S,
        settle_s: float = SETTLE_S,
    ) -> None:
        """`will`: topic and retained payload the broker publishes for us when we vanish.

        besides: topics we listen to where the broker lets us; without `subscriptions` there is no link.
        """
        self._settle_s = settle_s
        self._settings, self._client_id = settings, client_id
        self._subscriptions, self._besides, self._will = subscriptions, besides, will
        self._has_twin = False
        self._reconnects = Reconnects(retry_cap_s, random.random)
        self._retry_at_s = 0.0
        self._settle_by_s = 0.0
        self._up_since_s: float | None = None
        self._events: deque[Event] = deque()
        self._client: paho.Client | None = None
        self._ready = False
        self._unacknowledged_subscriptions = 0
        self._ended = Carried()

    @property
    def carried(self) -> Carried:
        """What all connections carried so far, as the kernel counts it: TLS, framing and keep-alives are in it."""
        return self._ended.plus(_carried(self._client))

    @property
    def ready(self) -> bool:
        """Whether we are connected and subscribed."""
        return self._ready

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand a message to the broker (QoS 1); dropped when there is no link, as the sender will come again."""
        if self._client is not None and self._ready:
            self._client.publish(topic, payload, qos=1, retain=retain)

    def expect_twin(self) -> None:
        """Another client of our name was at the broker since we were: when it throws us out, leave it more time."""
        self._has_twin = True

    def step(self, timeout_s: float) -> list[Event]:
        """Drive the link for up to `timeout_s` and return what happened, as soon as anything did."""
        now_s = time.monotonic()
        if self._client is None:
            if now_s < self._retry_at_s:
                time.sleep(min(timeout_s, self._retry_at_s - now_s))
            else:
                self._connect()
        else:
            self._drive(self._client, timeout_s)
        events = list(self._events)
        self._events.clear()
        return events

    def close(self) -> None:
        """Say goodbye; the will is then not published."""
        client = self._client
        self._ended = self.carried
        self._client, self._ready = None, False
        if client is not None and (sock := client.socket()) is not None:
            with contextlib.suppress(*_BROKEN), _hung_up(sock.fileno()):
                client.disconnect()

    def _connect(self) -> None:
        """Make a fresh client and start connecting."""
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if self._settings.protocol == 5 else MQTTProtocolVersion.MQTTv311,
            clean_session=None if self._settings.protocol == 5 else True,
        )
        client.on_connect, client.on_subscribe = self._on_connect, self._on_subscribe
        client.on_message, client.on_publish = self._on_message, self._on_publish
        client.on_disconnect, client.on_socket_open = self._on_disconnect, _send_at_once
        client.connect_timeout = 5.0
        if self._will is not None:
            client.will_set(self._will[0], self._will[1], qos=1, retain=True)
        self._settle_by_s = time.monotonic() + self._settle_s
        try:
            if self._settings.ca is not None:
                client.tls_set_context(_tls_context(self._settings))
            client.connect(
                self._settings.host, self._settings.port, self._settings.keepalive_s, properties=self._properties()
            )
        except (OSError, ValueError) as error:
            self._lost(str(error))
        else:
            self._client = client

    def _properties(self) -> Properties | None:
        """MQTT 5: no session is kept for us, and nothing larger than our own bound is sent to us."""
        if self._settings.protocol != 5:
            return None
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.SessionExpiryInterval = 0
        properties.MaximumPacketSize = MAX_MESSAGE_BYTES + 1024
        return properties

    def _drive(self, client: paho.Client, timeout_s: float) -> None:
        """Wait for the socket and let paho read and write; give the client up on any error."""
        try:
            code = self._exchange(client, timeout_s)
        except _BROKEN as error:
            self._lost(f"{type(error).__name__}: {error}")
            return
        if self._client is client and code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost(paho.error_string(code))
        elif self._client is client and not self._ready and time.monotonic() > self._settle_by_s:
            self._lost("broker did not answer")

    def _exchange(self, client: paho.Client, timeout_s: float) -> MQTTErrorCode:
        """One round of the socket: wait, read, write, housekeeping."""
        sock = client.socket()
        if sock is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        wants = [sock] if client.want_write() else []
        readable, writable, _ = select.select([sock], wants, [], 0.0 if pending else timeout_s)
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if readable or pending:
            code = client.loop_read()
        if code is MQTTErrorCode.MQTT_ERR_SUCCESS and (writable or client.want_write()):
            code = client.loop_write()
        return code if code is not MQTTErrorCode.MQTT_ERR_SUCCESS else client.loop_misc()

    def _lost(self, reason: str) -> None:
        """Drop the client and plan the next try."""
        self._ended = self.carried
        client, self._client, self._ready = self._client, None, False
        if client is not None:
            sock = client.socket()
            if sock is not None:
                sock.close()
        now_s, since_s = time.monotonic(), self._up_since_s
        held_s, self._up_since_s = None if since_s is None else now_s - since_s, None
        self._retry_at_s = now_s + self._reconnects.after(held_s, taken_over=self._has_twin)
        self._has_twin = False
        self._events.append(Disconnected(reason))

    # Callbacks only take notes; they run inside `step`.

    def _on_connect(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._lost(str(reason))
            return
        self._unacknowledged_subscriptions = len(self._subscriptions)
        for topic in self._subscriptions:
            client.subscribe(topic, qos=1)
        if not self._subscriptions:
            self._settled()

    def _on_subscribe(
        self, _client: paho.Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: object
    ) -> None:
        if self._ready:
            return  # what is listened to besides, granted or not
        if any(reason.is_failure for reason in reasons):
            self._lost(f"subscription refused: {reasons[0]}")
            return
        self._unacknowledged_subscriptions -= 1
        if self._unacknowledged_subscriptions == 0:
            self._settled()

    def _settled(self) -> None:
        self._ready = True
        self._up_since_s = time.monotonic()
        for topic in self._besides:
            assert self._client is not None
            self._client.subscribe(topic, qos=1)
        self._events.append(Connected())

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._events.append(Message(message.topic, bytes(message.payload)))

    def _on_publish(
        self, _client: paho.Client, _data: object, _mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._events.append(Refused(str(reason)))

    def _on_disconnect(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if self._client is client:
            self._lost(str(reason))


@contextlib.contextmanager
def _hung_up(socket_fd: int) -> Iterator[None]:
    """Keep a connection that is closed within open until the broker hangs up, CLOSE_S at most.

    paho closes the socket as soon as it has written the goodbye. What is unread then makes the kernel reset it, and the
    broker take the goodbye for a loss.
    """
    kept_fd = os.dup(socket_fd)
    try:
        yield
        end_s = time.monotonic() + CLOSE_S
        while (left_s := end_s - time.monotonic()) > 0 and select.select([kept_fd], [], [], left_s)[0]:
            if not os.read(kept_fd, 65536):
                break
    finally:
        os.close(kept_fd)


_TCP_INFO = struct.Struct("=120x2Q2I")
"""Linux, tcp_info: bytes acked and received, segments out and in; what stands before them has not moved since 4.2."""


def _carried(client: paho.Client | None) -> Carried:
    """What the present connection carried; nothing where there is none, or a kernel that does not count."""
    sock = client.socket() if client is not None else None
    if not isinstance(sock, socket.socket):
        return Carried()
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    except (OSError, ValueError, AttributeError):
        return Carried()
    return Carried(*_TCP_INFO.unpack(info)) if len(info) == _TCP_INFO.size else Carried()


def _send_at_once(_client: paho.Client, _data: object, sock: object) -> None:
    """Small batches must not wait on Nagle and delayed acknowledgements."""
    assert isinstance(sock, socket.socket)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _tls_context(settings: BrokerSettings) -> ssl.SSLContext:
    """TLS with the county's own certificate authority, and our certificate where one is given."""
    context = ssl.create_default_context(cafile=settings.ca)
    if settings.certificate is not None:
        context.load_cert_chain(settings.certificate, settings.key)
    return context
