"""How every MQTT client of ours is made: MQTT 3.1.1, a name of its own, no session, jitter in its waits."""

from __future__ import annotations

import random
import ssl
import uuid
from typing import TypeVar

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from notify.endpoint import Endpoint

Made = TypeVar("Made", bound=Client)


def new_client(endpoint: Endpoint, tls: ssl.SSLContext | None, reconnect_s: tuple[float, float]) -> Client:
    """A client that is not yet connected; ``reconnect_s`` is the first and the longest wait."""
    return new_client_of(Client, endpoint, tls, reconnect_s)


def new_client_of(
    sort: type[Made], endpoint: Endpoint, tls: ssl.SSLContext | None, reconnect_s: tuple[float, float]
) -> Made:
    """As ``new_client``, of a class of ours."""
    client = sort(
        CallbackAPIVersion.VERSION2,
        client_id=f"shardwright-{uuid.uuid4().hex[:10]}",
        clean_session=True,
        protocol=MQTTv311,
    )
    client.suppress_exceptions = True
    if endpoint.username is not None:
        client.username_pw_set(endpoint.username, endpoint.password)
    if tls is not None:
        client.tls_set_context(tls)
    draw_delays(client, reconnect_s)
    return client


def draw_delays(client: Client, reconnect_s: tuple[float, float]) -> None:
    """Choose new waits around ``reconnect_s``, so that clients of one broker do not return all at once."""
    jitter = random.uniform(0.75, 1.25)
    # paho's annotation says int, its arithmetic takes fractions of a second.
    client.reconnect_delay_set(reconnect_s[0] * jitter, reconnect_s[1] * jitter)  # type: ignore[arg-type]


def stop_client(client: Client) -> None:
    """Disconnect and wait for the network thread, which takes up to a second."""
    client.disconnect()
    client.loop_stop()
