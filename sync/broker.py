"""How to reach an MQTT broker; both ends read this from their configuration. No connection is made here."""

from typing import Annotated, Literal

import msgspec


class BrokerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to reach a broker.

    protocol: 5 for real brokers (refusals are visible), 3 for the embedded one. ca, certificate, key: PEM files; TLS is
    used when `ca` is given. keepalive_s: how often a silent link is probed.
    """

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    protocol: Literal[3, 5] = 5
    keepalive_s: Annotated[int, msgspec.Meta(ge=5, le=3600)] = 60
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
