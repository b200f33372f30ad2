"""A publisher that holds the right password and says what it likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from tests.product.product import Product


@contextmanager
def publisher(product: Product) -> Iterator[Client]:
    endpoint, joined = product.endpoint(), Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
    client.username_pw_set(endpoint.username, endpoint.password)
    client.on_connect = lambda *_: joined.set()
    client.connect(endpoint.host, endpoint.port)
    client.loop_start()
    try:
        assert joined.wait(20.0)
        yield client
    finally:
        client.disconnect()
        client.loop_stop()
