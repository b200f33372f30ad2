"""Whatever arrives at the broker: the server goes on, counts it, and nobody loses a resource."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from tests.product.processes import until
from tests.product.product import Product

TOPIC = "cm/notify"

MALFORMED: list[bytes | dict[str, Any]] = [
    b"",
    b"not JSON",
    b"\x00\xff\xfe\x80",
    b"[" * 50_000,
    b"1" * 1_000_000,
    b"null",
    b"[]",
    b'{"o":"c","t":"Thing","k":{"id":"a"}',
    {"o": "explode", "t": "Thing"},
    {"o": "c"},
    {"o": "c", "t": None, "k": "a"},
    {"o": "c", "t": 5, "k": "a"},
    {"o": "c", "t": "Thing", "k": ["a", "b"]},
    {"o": "d", "t": "Thing", "k": {"id": None}},
    {"o": "d", "t": "Thing", "k": {"id": 1.5}},
    {"o": "d", "t": "Thing", "k": {"id": "x" * 10_000}},
    {"o": "c", "t": "Thing", "k": {"id": "nul\0nul"}},
    {"o": "c", "t": "Thing", "k": ""},
    {"o": "bd", "t": "Thing", "keys": [None, 1.5, {}]},
    {"o": "bd", "t": "Thing", "keys": "thing-000001"},
]

GARBAGE = (b"", b"\0" * 1_000, b"\xff" * 70_000, b"\x10\xff\xff\xff\x7f", b"GET / HTTP/9\r\n\r\n")

HARMLESS: list[dict[str, Any]] = [
    {"o": "bd", "t": "Thing", "where": {"id": {"$gt": "a"}}},
    {"o": "bd", "t": "Thing", "where": {"name": "x"}},
    {"o": "bd", "t": "Rule"},
    {"o": "d", "t": "Thing", "k": {"id": "thing-000001"}},
    {"o": "bd", "t": "Thing", "keys": [f"thing-{n:06}" for n in range(1, 2_001)]},
    {"o": "c", "t": "Thing", "k": {"id": "../../etc/passwd"}},
    {"o": "c", "t": "Thing", "k": {"id": "not/there/😀"}},
    {"o": "d", "t": "Thing", "k": "'; DROP TABLE Thing; --"},
    {"o": "c", "t": "Thing", "k": 7},
    {"o": "c", "t": "nobody knows this table", "k": "a"},
]


@pytest.fixture
def publisher(shared: Product) -> Iterator[Client]:
    client = _client(shared)
    joined = Event()
    client.on_connect = lambda *_: joined.set()
    endpoint = shared.endpoint()
    client.connect(endpoint.host, endpoint.port)
    client.loop_start()
    assert joined.wait(20.0)
    yield client
    client.disconnect()
    client.loop_stop()


def test_messages_that_are_none_are_counted_and_change_nothing(shared: Product, publisher: Client) -> None:
    before, commits = shared.counters(), _commits(shared)
    for message in MALFORMED:
        _publish(publisher, message)
    wanted = before.get("notifications.malformed", 0) + len(MALFORMED)
    until(
        lambda: shared.counters().get("notifications.malformed", 0) >= wanted,
        20.0,
        what="all of them are counted",
    )
    assert shared.counters()["notifications.malformed"] == wanted
    assert _commits(shared) == commits
    shared.assert_served_once(within=10.0)


def test_messages_that_contradict_the_catalog_move_nothing(shared: Product, publisher: Client) -> None:
    before, owners = shared.counters(), shared.served_by("Thing")
    for message in HARMLESS:
        _publish(publisher, message)
    wanted = before.get("notifications.received", 0) + len(HARMLESS)
    until(lambda: shared.counters().get("notifications.received", 0) >= wanted, 20.0, what="all came")
    shared.settle()
    assert shared.served_by("Thing") == owners
    assert shared.kind("Thing")["counts"]["held"] == 0
    shared.assert_served_once(within=10.0)


def test_a_wrong_password_is_turned_away(shared: Product) -> None:
    endpoint = shared.endpoint()
    for name, password in (("shardwright", "wrong"), ("", None), ("nobody", "x" * 1_000)):
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
        if name:
            client.username_pw_set(name, password)
        said: list[bool] = []
        answered = Event()

        def answer(*told: Any, said: list[bool] = said, answered: Event = answered) -> None:
            said.append(told[3].is_failure)
            answered.set()

        client.on_connect = answer
        client.on_disconnect = lambda *_, answered=answered: answered.set()
        client.connect(endpoint.host, endpoint.port)
        client.loop_start()
        assert answered.wait(20.0)
        client.disconnect()
        client.loop_stop()
        assert said in ([], [True])
    shared.settle()


def test_garbage_on_the_open_ports_harms_nobody(shared: Product, publisher: Client) -> None:
    endpoint = shared.endpoint()
    api = int(shared.url.rpartition(":")[2])
    for port in (endpoint.port, api):
        for garbage in (
            b"",
            b"\0" * 1_000,
            b"\xff" * 70_000,
            b"\x10\xff\xff\xff\x7f",
            b"GET / HTTP/9\r\n\r\n",
        ):
            with socket.create_connection((endpoint.host, port), timeout=10.0) as raw:
                try:
                    raw.sendall(garbage)
                    raw.shutdown(socket.SHUT_WR)
                except OSError:
                    continue
    assert shared.is_up()
    before = shared.counters()["notifications.received"]
    _publish(publisher, {"o": "u", "t": "Thing", "k": "thing-000002"})
    until(lambda: shared.counters()["notifications.received"] > before, 20.0, what="the broker works")
    shared.settle()
    shared.assert_served_once(within=10.0)


def _client(product: Product) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
    client.username_pw_set("shardwright", product.endpoint().password)
    return client


def _publish(client: Client, message: bytes | dict[str, Any]) -> None:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    client.publish(TOPIC, payload, qos=1).wait_for_publish(20.0)


def _commits(product: Product) -> dict[str, int]:
    return {kind: product.kind(kind)["commit"] for kind in ("Thing", "Rule")}
