"""Bare paho: one publish of QoS 1 for each event, as JSON, straight from memory; what any script would do.

No storage at the station, no chain, no commit at the far end: the broker's acknowledgement of the last one ends it. The
window is paho's own, 20 messages. Call `publish`.
"""

import json
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from sim_hardware.link import Link
from tests.bench.gateway import Rate
from tests.broker import Mosquitto

EVENTS = 5_000
WAIT_S = 60.0


def publish(folder: Path, events: list[dict[str, object]]) -> Rate:
    """Publish them all and wait for every acknowledgement; events a second, and bytes an event in both directions."""
    folder.mkdir(parents=True)
    with Mosquitto(folder, more="set_tcp_nodelay true") as broker, Link(("127.0.0.1", broker.port)) as link:
        connected, client = threading.Event(), mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bare")
        client.on_connect = lambda *_: connected.set()
        client.connect(*link.address)
        client.loop_start()
        assert connected.wait(WAIT_S)
        before, begun_s = link.total, time.monotonic()
        sent = [client.publish("bench", json.dumps(event), qos=1) for event in events]
        for each in sent:
            each.wait_for_publish(WAIT_S)
        took_s, after = time.monotonic() - begun_s, link.total
        client.disconnect()
        client.loop_stop()
    bytes_sent = after.up_sent + after.down_sent - before.up_sent - before.down_sent
    return Rate(len(events) / took_s, bytes_sent / len(events))
