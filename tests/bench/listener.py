"""Who listens at a broker in the measurements: counts events as they come, and answers what a gateway asks.

It does as little as it can while the clock runs: payloads are kept and counted by their `"ts":`, one each event.
"""

import json
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

TELEMETRY = "v1/gateway/telemetry"
ASKED = "v1/devices/me/rpc/request/"
ANSWER = "v1/devices/me/rpc/response/"
CONNECT_S = 10.0


class Listener:
    """A client of its own at the broker, on paho's thread."""

    def __init__(self, port: int, limits: dict[str, object]) -> None:
        """Connect; limits: what getSessionLimits is answered."""
        self.heard = 0
        self.answered = 0
        self._limits = json.dumps(limits)
        self._first_s: float | None = None
        self._last_s = 0.0
        self._ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="listener")
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(CONNECT_S)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def mark(self) -> int:
        """Begin to time with the next event; how many were heard before."""
        self._first_s = None
        return self.heard

    def took_s(self) -> float:
        """From the first event behind the mark to the newest."""
        assert self._first_s is not None
        return self._last_s - self._first_s

    def _subscribe(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe([(TELEMETRY, 0), (f"{ASKED}+", 1)])

    def _hear(self, client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == TELEMETRY:
            self._last_s = time.monotonic()
            if self._first_s is None:
                self._first_s = self._last_s
            self.heard += message.payload.count(b'"ts":')
        else:
            self.answered += 1
            client.publish(ANSWER + message.topic.removeprefix(ASKED), self._limits, qos=1)
