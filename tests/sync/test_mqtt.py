"""The thin shell around paho: against a real Mosquitto, and against peers that speak nonsense."""

import contextlib
import random
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.broker import BrokerSettings
from sync.mqtt import Connected, Disconnected, Event, Message, Refused, Wire
from tests.broker import Mosquitto, free_port

WAIT_S = 10.0
broker = pytest.mark.broker
both = pytest.mark.parametrize("protocol", [3, 5])
OpenWire = Callable[..., Wire]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def open_wire() -> Iterator[OpenWire]:
    """Makes wires that are closed after the test."""
    opened: list[Wire] = []

    def make(port: int, protocol: int = 5, name: str = "test", host: str = "127.0.0.1", **kwargs: object) -> Wire:
        settings = BrokerSettings(host=host, port=port, protocol=5 if protocol == 5 else 3)
        options = {"subscriptions": ["yyt/v1/v001/down"], "retry_cap_s": 0.05} | kwargs
        opened.append(Wire(settings, client_id=name, **options))  # type: ignore[arg-type]  # by name, as given
        return opened[-1]

    yield make
    for wire in opened:
        wire.close()


def until(wire: Wire, kind: type[Event], *others: Wire) -> Event:
    """Step until an event of a kind comes; everything else is passed over."""
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        for event in wire.step(0.02):
            if isinstance(event, kind):
                return event
        for other in others:
            other.step(0.0)
    raise AssertionError(f"no {kind.__name__} within {WAIT_S} s")


def quiet(wire: Wire, seconds: float = 0.3) -> list[Event]:
    """Everything that comes within a while."""
    end_s = time.monotonic() + seconds
    events: list[Event] = []
    while time.monotonic() < end_s:
        events += wire.step(0.02)
    return events


@broker
@both
def test_what_is_published_is_received(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """Connect, subscribe, publish, receive, under both protocols; topic and payload are exact."""
    station, county = open_wire(mosquitto.port, protocol, "a"), open_wire(mosquitto.port, protocol, "b")
    until(station, Connected)
    until(county, Connected)
    assert station.ready
    county.publish("yyt/v1/v001/down", b"\x00\xff")
    assert until(station, Message, county) == Message("yyt/v1/v001/down", b"\x00\xff")


@broker
@both
def test_a_message_as_large_as_allowed_passes(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """A megabyte in one piece, written and read in as many steps as it takes."""
    wire = open_wire(mosquitto.port, protocol)
    until(wire, Connected)
    payload = random.Random(1).randbytes(1 << 20)
    wire.publish("yyt/v1/v001/down", payload)
    assert until(wire, Message) == Message("yyt/v1/v001/down", payload)


@broker
@both
def test_shared_workers_get_each_message_once(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """Two county workers under one shared subscription: every batch reaches one of them."""
    workers = [
        open_wire(mosquitto.port, protocol, name, subscriptions=["$share/ingest/yyt/v1/+/up"]) for name in ("a", "b")
    ]
    for worker in workers:
        until(worker, Connected)
    station = open_wire(mosquitto.port, protocol, "s")
    until(station, Connected)
    for number in range(20):
        station.publish("yyt/v1/v001/up", b"%d" % number)
    got: list[Event] = []
    end_s = time.monotonic() + WAIT_S
    while len(got) < 20 and time.monotonic() < end_s:
        station.step(0.01)
        got += [event for worker in workers for event in worker.step(0.01)]
    assert sorted(event.payload for event in got if isinstance(event, Message)) == sorted(
        b"%d" % number for number in range(20)
    )


@broker
@both
def test_a_killed_broker_is_told_and_found_again(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """Disconnected, tries in vain, connected to its successor; subscriptions work there."""
    wire = open_wire(mosquitto.port, protocol)
    until(wire, Connected)
    mosquitto.kill()
    assert isinstance(until(wire, Disconnected), Disconnected)
    assert not wire.ready
    wire.publish("yyt/v1/v001/down", b"into nothing")
    assert until(wire, Disconnected) != Disconnected("")
    mosquitto.start()
    until(wire, Connected)
    wire.publish("yyt/v1/v001/down", b"again")
    assert until(wire, Message) == Message("yyt/v1/v001/down", b"again")


@broker
@both
def test_what_is_listened_to_besides(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """Retained words of it come at the connection, before anything we say there ourselves."""
    other = open_wire(mosquitto.port, protocol, "other")
    until(other, Connected)
    other.publish("yyt/v1/v001/state", b"of another", retain=True)
    quiet(other)
    wire = open_wire(mosquitto.port, protocol, besides=["yyt/v1/v001/state"])
    until(wire, Connected)
    wire.publish("yyt/v1/v001/state", b"ours", retain=True)
    heard = [until(wire, Message) for _ in range(2)]
    assert heard == [Message("yyt/v1/v001/state", b"of another"), Message("yyt/v1/v001/state", b"ours")]


@broker
@both
def test_a_broker_killed_while_we_publish(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """Publishing into a socket that breaks raises nothing."""
    wire = open_wire(mosquitto.port, protocol)
    until(wire, Connected)
    mosquitto.kill()
    for _ in range(50):
        wire.publish("yyt/v1/v001/up", bytes(1 << 20))
    until(wire, Disconnected)
    assert not wire.ready


@broker
@both
def test_no_session_outlives_a_connection(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """What was published while nobody was there is not delivered later: the sender asks instead."""
    first, other = open_wire(mosquitto.port, protocol, "a"), open_wire(mosquitto.port, protocol, "b")
    until(first, Connected)
    until(other, Connected)
    first.close()
    other.publish("yyt/v1/v001/down", b"missed")
    quiet(other, 0.1)
    again = open_wire(mosquitto.port, protocol, "a")
    until(again, Connected)
    assert quiet(again) == []


@broker
@both
def test_the_will_speaks_for_who_vanished(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """A cut without farewell publishes the will, retained for those who come later; a farewell does not."""
    will = ("yyt/v1/v001/state", b"gone")
    watcher = open_wire(mosquitto.port, protocol, "w", subscriptions=["yyt/v1/+/state"])
    until(watcher, Connected)
    polite = open_wire(mosquitto.port, protocol, "polite", will=will)
    until(polite, Connected)
    polite.close()
    assert quiet(watcher) == []
    station = open_wire(mosquitto.port, protocol, "station", will=will)
    until(station, Connected)
    _socket_of(station).shutdown(socket.SHUT_RDWR)
    assert until(watcher, Message, station) == Message(*will)
    late = open_wire(mosquitto.port, protocol, "late", subscriptions=["yyt/v1/+/state"])
    assert isinstance(until(late, Connected), Connected)
    assert until(late, Message) == Message(*will)


@broker
@both
def test_a_refused_publish_shows_under_5_only(tmp_path: Path, open_wire: OpenWire, protocol: int) -> None:
    """An access rule: told under MQTT 5; a 3.1.1 broker says Success and drops it, which is why we ask for 5."""
    with Mosquitto(tmp_path, acl="topic readwrite yyt/v1/v001/#\n") as mosquitto:
        wire = open_wire(mosquitto.port, protocol)
        until(wire, Connected)
        wire.publish("yyt/v1/v002/up", b"in another's name")
        refusals = [event for event in quiet(wire, 0.5) if isinstance(event, Refused)]
        assert [event.reason for event in refusals] == (["Not authorized"] if protocol == 5 else [])


@broker
@both
def test_small_messages_do_not_wait(mosquitto: Mosquitto, open_wire: OpenWire, protocol: int) -> None:
    """TCP_NODELAY is set on the socket."""
    wire = open_wire(mosquitto.port, protocol)
    until(wire, Connected)
    assert _socket_of(wire).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@broker
@both
def test_a_message_the_broker_will_not_take(tmp_path: Path, open_wire: OpenWire, protocol: int) -> None:
    """Thrown out for its size: Disconnected, then connected again, with waits that grow until a connection holds."""
    with Mosquitto(tmp_path, more="max_packet_size 2000") as mosquitto:
        wire = open_wire(mosquitto.port, protocol)
        for tries in range(1, 4):
            until(wire, Connected)
            wire.publish("yyt/v1/v001/up", bytes(100_000))
            until(wire, Disconnected)
            assert wire._reconnects.lost.tries == tries


# Peers that are no brokers


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    """A server the test plays itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT_S)
        yield server


def accept(server: socket.socket, wire: Wire) -> socket.socket:
    """Let the wire connect and take the connection."""
    for _ in range(200):
        wire.step(0.02)
        server.settimeout(0.0)
        with contextlib.suppress(BlockingIOError):
            peer, _ = server.accept()
            peer.settimeout(WAIT_S)
            return peer
    raise AssertionError("nobody connects")


CONNACK = {3: b"\x20\x02\x00\x00", 5: b"\x20\x03\x00\x00\x00"}
SUBACK_REFUSED = {3: b"\x90\x03\x00\x01\x80", 5: b"\x90\x04\x00\x01\x00\x87"}
CONNACK_REFUSED = {3: b"\x20\x02\x00\x05", 5: b"\x20\x03\x00\x87\x00"}


def test_nobody_listens(open_wire: OpenWire) -> None:
    """A closed port is Disconnected, again and again, never an exception; between tries the wire only waits."""
    wire = open_wire(free_port())
    for _ in range(3):
        until(wire, Disconnected)
    assert not wire.ready


def test_a_name_that_does_not_resolve(open_wire: OpenWire) -> None:
    """A wrong host name in the configuration is told as a broken link."""
    wire = open_wire(1, host="no..such..host")
    until(wire, Disconnected)


@both
def test_a_refused_connection_is_told(open_wire: OpenWire, protocol: int) -> None:
    """Wrong credentials: the broker's reason is in the event."""
    with listening() as server:
        wire = open_wire(server.getsockname()[1], protocol)
        with accept(server, wire) as peer:
            peer.sendall(CONNACK_REFUSED[protocol])
            event = until(wire, Disconnected)
    assert isinstance(event, Disconnected)
    assert "authorized" in event.reason.lower()


@both
def test_a_refused_subscription_is_told(open_wire: OpenWire, protocol: int) -> None:
    """A connection on which nothing can be heard is given up."""
    with listening() as server:
        wire = open_wire(server.getsockname()[1], protocol)
        with accept(server, wire) as peer:
            peer.sendall(CONNACK[protocol] + SUBACK_REFUSED[protocol])
            event = until(wire, Disconnected)
    assert isinstance(event, Disconnected)
    assert "subscription refused" in event.reason


@both
def test_a_peer_that_says_nothing_is_given_up(open_wire: OpenWire, protocol: int) -> None:
    """Connected and silent, as behind a captive portal: given up after a while, and tried again."""
    with listening() as server:
        wire = open_wire(server.getsockname()[1], protocol, settle_s=0.1)
        with accept(server, wire):
            event = until(wire, Disconnected)
    assert event == Disconnected("broker did not answer")


@both
@pytest.mark.parametrize("seed", range(10))
def test_nonsense_never_escapes(open_wire: OpenWire, protocol: int, seed: int) -> None:
    """Packets with wrong lengths, properties, text and types, before and after connecting: at worst Disconnected."""
    draws = random.Random(seed)
    with listening() as server:
        wire = open_wire(server.getsockname()[1], protocol, settle_s=0.1)
        for _ in range(5):
            with accept(server, wire) as peer:
                packets = [CONNACK[protocol]] if draws.random() < 0.8 else []
                for _ in range(draws.randrange(1, 6)):
                    body = draws.randbytes(draws.randrange(12))
                    packets.append(bytes([draws.choice([0x20, 0x30, 0x32, 0x34, 0x40, 0x62, 0x90, 0xE0, 0xF0])]))
                    packets.append(bytes([draws.choice([len(body), len(body), 0, 127])]) + body)
                with contextlib.suppress(OSError):
                    peer.sendall(b"".join(packets))
                for _ in range(8):
                    wire.step(0.001)


def test_publishing_without_a_link_is_nothing(open_wire: OpenWire) -> None:
    """Before a connection a message is dropped: the sender comes again, and nothing piles up in memory."""
    wire = open_wire(free_port())
    wire.publish("yyt/v1/v001/up", b"early")
    assert not wire.ready


def _socket_of(wire: Wire) -> socket.socket:
    """The socket under a wire."""
    assert wire._client is not None
    sock = wire._client.socket()
    assert isinstance(sock, socket.socket)
    return sock
